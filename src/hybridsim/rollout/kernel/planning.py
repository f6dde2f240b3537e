"""What the people of an institution plan, draw and decide around a project (reference: planning)."""

from __future__ import annotations

from math import inf

from hybridsim.core import mathx, rng
from hybridsim.core.compiling import kernel, rule
from hybridsim.finance import service, viability
from hybridsim.rollout import planning as reference
from hybridsim.rollout import rules
from hybridsim.rollout.kernel.books import (
    COST,
    REVENUE,
    draw,
    draw_index,
    factor,
    lognormal_median,
    pay,
    public_cash,
    share_cents,
    to_cents,
)
from hybridsim.rollout.kernel.columns import FIRST_PROVIDER, FISCAL_ADVICE, M_ADVICE, OUTSIDE
from hybridsim.rollout.kernel.memory import Run, institution_at, person_at, project_at, totals, world
from hybridsim.rollout.kernel.promises import own_funds
from hybridsim.rollout.kernel.requests import expected_support
from hybridsim.rollout.kernel.risk import service_of_loans, sites_working

PREPARE, PILOT, IMPLEMENT, PAUSE, RETRY, ADVISE, TRAIN, CONSENT = (
    int(reference.PREPARE), int(reference.PILOT), int(reference.IMPLEMENT), int(reference.PAUSE),
    int(reference.RETRY), int(reference.ADVISE), int(reference.TRAIN), int(reference.CONSENT),
)  # fmt: skip
D_PREPARATION, D_PILOT, D_PAUSE, D_ADOPTION_RETRY, D_DESIGN_RETRY, D_ADVISE, D_TRAIN, D_WORKOUT, D_CONSENT = (
    range(9)
)
"""Positions of `records.DURATIONS`."""
_S_DURATION, _S_ADVICE, _S_PREPARATION = int(rng.S_DURATION), int(rng.S_ADVICE), int(rng.S_PREPARATION)
_S_EFFECT, _S_OVERRUN = int(rng.S_EFFECT), int(rng.S_OVERRUN)
_LOAN_RATE = float(reference._PLANNED_LOAN_RATE)
_LOAN_QUARTERS, _LINEAR = int(reference._PLANNED_LOAN_QUARTERS), int(reference._LINEAR)

exp = rule(mathx.exp)
annual_service_cents = rule(service.annual_service_cents)
accept = rule(viability.accept)
annuity_factor = rule(viability.annuity_factor)
dscr = rule(viability.dscr)
npv_cents = rule(viability.npv_cents)
gate_probability = rule(rules.gate_probability)
overrun_factor = rule(rules.overrun_factor)
stage_cost_cents = rule(rules.stage_cost_cents)


@kernel
def project_draw(s: Run, p: int, stream: int, item: int, wave: int) -> float:
    """Draw about a project."""
    project = project_at(s, p)
    return draw(s, project.row, stream, draw_index(project.use_case, wave, project.attempt, item))


@kernel
def months_of(s: Run, p: int, duration: int, item: int, wave: int) -> float:
    """Length of something that a project does."""
    w = world(s)
    return lognormal_median(
        project_draw(s, p, _S_DURATION, item, wave), w.median[duration], w.sigma[duration]
    )


@kernel
def wants_advice(s: Run, p: int) -> bool:
    """Whether the project looks for an adviser, and may have one."""
    w = world(s)
    if w.provider_public[w.advice_provider] and not person_at(s, project_at(s, p).row).supported:
        return False
    return bool(project_draw(s, p, _S_ADVICE, 0, 0) < w.advice_share)


@kernel
def is_done(s: Run, p: int, position: int) -> bool:
    """Whether an activity of preparation was done well."""
    return bool((project_at(s, p).done >> position) & 1)


@kernel
def prepare(s: Run, p: int) -> None:
    """What is done well, what the planner believes, and what will turn out."""
    w, project = world(s), project_at(s, p)
    done = 0
    for position in range(w.n_activities):
        activity = w.activities[position]
        chance = activity.done_advised if project.advised else activity.done_alone
        if project_draw(s, p, _S_PREPARATION, position, 0) < chance:
            done |= 1 << position
    project.done = done
    believed = w.advice_optimism if project.advised else w.optimism
    for position in range(w.n_activities):
        if (done >> position) & 1:
            believed *= exp(w.activities[position].optimism_effect)
    project.optimism = believed
    project.realised = lognormal_median(
        project_draw(s, p, _S_EFFECT, 0, 0), w.realised_median, w.realised_sigma
    )
    set_site_figures(s, p)
    charge_preparation(s, p)


@kernel
def charge_preparation(s: Run, p: int) -> None:
    """Staff time of preparation, and what an adviser costs."""
    w, project = world(s), project_at(s, p)
    days = 0.0
    for position in range(w.n_activities):
        days += w.activities[position].days if (project.done >> position) & 1 else 0.0
    project.staff_cents = to_cents(days * w.day_cost)
    totals(s).staff_cost_cents += project.staff_cents
    if project.advised:
        provider = w.advice_provider
        pay(s, s.now, FIRST_PROVIDER + provider, COST, OUTSIDE, REVENUE, w.advice_cost, M_ADVICE, 0)
        public_cash(s, provider, -1, FISCAL_ADVICE, w.advice_cost, s.now, p)


@kernel
def set_site_figures(s: Run, p: int) -> None:
    """What one site yields and costs per year at full use, as it will really be."""
    w, project = world(s), project_at(s, p)
    person = person_at(s, project.row)
    terms = w.use_cases[project.use_case, person.type]
    places = person.places_per_site
    hours = terms.hours_place_pa * places * project.realised
    incidents = terms.incidents_place_pa * places * project.realised
    cashed = (1.0 - w.overtime) * w.cash_freed
    cashed += w.overtime * w.cash_overtime
    turnover = w.turnover * w.cash_turnover
    incident_value = incidents * (terms.incident_value / 100.0)
    time_value = hours * w.hourly_cost
    project.site_cash_pa = to_cents(time_value * (cashed + turnover) + incident_value * w.cash_outcomes)
    project.site_social_pa = to_cents(
        hours * (1.0 - cashed) * w.hour_value + incident_value * (1.0 - w.cash_outcomes)
    )
    project.site_hours_milli_pa = share_cents(1000, hours)
    project.site_incidents_milli_pa = share_cents(1000, incidents)
    project.site_running_pa = terms.running_site_pa + share_cents(terms.running_place_pa, places)


@kernel
def preparation_months(s: Run, p: int) -> float:
    """Length of preparation, with what its activities add."""
    w = world(s)
    months = months_of(s, p, D_PREPARATION, PREPARE, 0)
    for position in range(w.n_activities):
        months += w.activities[position].months if is_done(s, p, position) else 0.0
    return max(0.0, months)


@kernel
def cost(s: Run, p: int, sites: float, with_fixed: bool) -> int:
    """Planned cost of bringing a use case to sites, in cents."""
    project = project_at(s, p)
    person = person_at(s, project.row)
    terms = world(s).use_cases[project.use_case, person.type]
    return stage_cost_cents(
        terms.technology_fixed, terms.other_fixed, terms.technology_site, terms.other_site,
        terms.technology_place, terms.other_place, sites, person.places_per_site, with_fixed, terms.trend_pa,
        s.now,
    )  # fmt: skip


@kernel
def renewal_cost(s: Run, p: int) -> int:
    """Cost of renewing the technology of all live sites, in cents."""
    project = project_at(s, p)
    person = person_at(s, project.row)
    terms = world(s).use_cases[project.use_case, person.type]
    technology = stage_cost_cents(
        terms.technology_fixed, 0, terms.technology_site, 0, terms.technology_place, 0,
        float(project.sites_live), person.places_per_site, True, terms.trend_pa, s.now,
    )  # fmt: skip
    return share_cents(technology, terms.renewal_share)


@kernel
def actual_cost(s: Run, p: int, planned: int, wave: int) -> int:
    """What a stage really costs, in cents."""
    w = world(s)
    spread = lognormal_median(project_draw(s, p, _S_OVERRUN, 0, wave), w.overrun_median, w.overrun_sigma)
    ratio = overrun_factor(
        spread, project_draw(s, p, _S_OVERRUN, 1, wave), w.overrun_tail, w.overrun_tail_index, w.overrun_cap
    )
    return share_cents(planned, ratio)


@kernel
def implementation_months(s: Run, p: int, wave: int) -> float:
    """Length of implementation; after the first stage only sites are added, which is faster."""
    w, project = world(s), project_at(s, p)
    terms = w.use_cases[project.use_case, person_at(s, project.row).type]
    u = project_draw(s, p, _S_DURATION, IMPLEMENT, wave)
    months = lognormal_median(u, terms.implementation_median, terms.implementation_sigma)
    return months if wave == 0 else months * w.later_stage_share


@kernel
def consent_months(s: Run, p: int, wave: int) -> float:
    """Months until works council, clients and data protection agree to a stage; later ones are faster."""
    w = world(s)
    shift = 0.0
    for position in range(w.n_activities):
        shift += w.activities[position].consent_effect if is_done(s, p, position) else 0.0
    months = months_of(s, p, D_CONSENT, CONSENT, wave) * exp(shift)
    return months if wave == 0 else months * w.later_stage_share


@kernel
def reached(s: Run, p: int, sites: int) -> int:
    """Clients reached when sites go live."""
    project = project_at(s, p)
    person = person_at(s, project.row)
    return share_cents(
        1, world(s).use_cases[project.use_case, person.type].reached_place * person.places_per_site * sites
    )


@kernel
def viable(s: Run, p: int, planned: int, sites: int) -> bool:
    """The carrier's decision on a plan of ``planned`` cents for ``sites`` sites."""
    w, project = world(s), project_at(s, p)
    person = person_at(s, project.row)
    first = project.sites_live == 0
    believed = project.optimism / project.realised if first else 1.0
    support = expected_support(s, p, 0 if first else 2, planned)
    further = person.sites - sites if first else 0
    later_cost = cost(s, p, float(further), False) if further else 0
    later_support = expected_support(s, p, 2, later_cost) if further else 0
    life = w.use_cases[project.use_case, person.type].life_months
    cash, social = plan_value(
        s, p, planned - support + later_cost - later_support, believed, sites + further, life
    )
    net = share_cents(project.site_cash_pa * sites, believed) - project.site_running_pa * sites
    own = own_funds(s, project.row, -1)
    new_service = annual_service_cents(
        _LINEAR, max(0, planned - support - own), _LOAN_RATE, 0, _LOAN_QUARTERS
    )
    cover = inf
    if new_service > 0:
        total = new_service + service_of_loans(s, project.row)
        cover = dscr(person.ebitda, person.debt_service, total, min(0, net))
    return accept(cash, social, w.mission_weight[person.legal_form], cover, w.minimum_dscr)


@kernel
def plan_value(
    s: Run, p: int, capex: int, believed: float, sites: int, life_months: float
) -> tuple[int, int]:
    """Planner's cash NPV and present non-cash value in cents."""
    w, project = world(s), project_at(s, p)
    trend = w.use_cases[project.use_case, person_at(s, project.row).type].trend_pa
    turn = (w.price_first + w.price_last) / 2.0
    if project.repriced:
        turn = 0.0
    price_level = exp(trend * s.now / 12.0)
    cash = npv_cents(
        capex, share_cents(project.site_cash_pa * sites, believed),
        share_cents(project.site_running_pa * sites, price_level), trend, w.payers_take, w.recognised, turn,
        life_months, w.planning_rate,
    )  # fmt: skip
    years = annuity_factor(w.planning_rate, int(life_months / 12.0))
    return cash, share_cents(project.site_social_pa * sites, believed * years)


@kernel
def worth_renewing(s: Run, p: int, cents: int) -> bool:
    """Whether another software life is worth its renewal, at what the carrier has seen."""
    w, project = world(s), project_at(s, p)
    person = person_at(s, project.row)
    life = w.use_cases[project.use_case, person.type].life_months
    cash, social = plan_value(s, p, cents, 1.0, project.sites_live, life)
    return accept(cash, social, w.mission_weight[person.legal_form], 1.0, 0.0)


@kernel
def gate_chance(s: Run, p: int, peers: float) -> float:
    """Probability of passing the gate."""
    w, project = world(s), project_at(s, p)
    person = person_at(s, project.row)
    terms = w.use_cases[project.use_case, person.type]
    preparation = 0.0
    for position in range(w.n_activities):
        activity = w.activities[position]
        preparation += activity.gate_effect * (float((project.done >> position) & 1) - activity.done_alone)
    return gate_probability(
        terms.gate_intercept,
        w.readiness_slope * person.readiness_gap,
        preparation,
        w.advice_effect if project.advised else 0.0,
        w.own_success_effect if institution_at(s, project.row).successes else 0.0,
        w.peer_slope * (peers - terms.initial_share),
        w.technology_slope * factor(s, w.technology_factor, s.now),
        w.scope_slope * (w.pilot_scope - 0.5),
    )


@kernel
def sustain_logit(s: Run, p: int) -> float:
    """Logit of going on when support ends."""
    w, project = world(s), project_at(s, p)
    logit = w.use_cases[project.use_case, person_at(s, project.row).type].sustain_logit
    for position in range(w.n_activities):
        activity = w.activities[position]
        logit += activity.sustain_effect * (float((project.done >> position) & 1) - activity.done_alone)
    logit += w.advice_sustain if project.advised else 0.0
    running = share_cents(project.site_running_pa, sites_working(s, p))
    if running:
        logit += w.sustain_cash_slope * (project.net_pa / running)
    return logit
