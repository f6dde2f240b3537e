"""What the people of an institution plan, draw and decide around a project."""

from __future__ import annotations

from math import inf

from hybridsim.core.codes import LegalForm
from hybridsim.core.mathx import exp
from hybridsim.core.money import share_cents, to_cents
from hybridsim.core.rng import (
    S_ADVICE,
    S_DURATION,
    S_EFFECT,
    S_OVERRUN,
    S_PREPARATION,
    draw_index,
    lognormal_median,
)
from hybridsim.finance.service import annual_service_cents
from hybridsim.finance.viability import accept, annuity_factor, dscr, npv_cents
from hybridsim.rollout.context import Context
from hybridsim.rollout.funding import Funding
from hybridsim.rollout.ledger import COST, REVENUE
from hybridsim.rollout.risk import Risk
from hybridsim.rollout.rules import gate_probability, overrun_factor, stage_cost_cents
from hybridsim.rollout.state import Project
from hybridsim.scenario.schema.values import Duration

# Items of the duration stream, by stage.
PREPARE, PILOT, IMPLEMENT, PAUSE, RETRY = 0, 1, 8, 40, 2
ADVISE, TRAIN, CONSENT = 3, 9, 10

_PLANNED_LOAN_RATE = 0.05
_PLANNED_LOAN_QUARTERS = 20
_LINEAR = 2


class Planning:
    """Preparation, cost, viability, gate and sustained use of one replication's projects."""

    def __init__(self, context: Context, risk: Risk, funding: Funding) -> None:
        self.context = context
        self.risk = risk
        self.funding = funding
        self.scenario = context.world.scenario
        self._activities = list(self.scenario.preparation.activities.values())
        weights = self.scenario.viability.mission_weight
        self._mission_weight = {int(LegalForm.parse(form)): share.value for form, share in weights.items()}
        self._technology = self.scenario.factors.names.index(self.scenario.pilot.technology_factor)

    def _draw(self, project: Project, stream: int, item: int, wave: int = 0) -> float:
        index = draw_index(project.use_case, wave, project.attempt, item)
        return self.context.draw(project.institution, stream, index)

    def _months(self, project: Project, duration: Duration, item: int, wave: int = 0) -> float:
        u = self._draw(project, S_DURATION, item, wave)
        return lognormal_median(u, duration.median_months.value, duration.sigma.value)

    # ------------------------------------------------------------------ preparation

    def wants_advice(self, project: Project) -> bool:
        """Whether the project looks for an adviser, and may have one."""
        world = self.context.world
        public = self.scenario.providers[self.scenario.advice.provider].public
        if public and not world.supported[project.institution.row]:
            return False
        return self._draw(project, S_ADVICE, 0) < self.scenario.advice.share.value

    def service_months(self, project: Project, people: str, wave: int) -> float:
        """How long an adviser or trainer is busy with the project."""
        queues = self.scenario.queues
        part, item = (queues.advisers, ADVISE) if people == "advisers" else (queues.trainers, TRAIN)
        return self._months(project, part.service, item, wave)

    def prepare(self, project: Project) -> None:
        """What is done well, what the planner believes, and what will turn out."""
        advice = self.scenario.advice
        project.done = tuple(
            self._draw(project, S_PREPARATION, position)
            < (activity.done_advised if project.advised else activity.done_alone).value
            for position, activity in enumerate(self._activities)
        )
        believed = (advice.optimism if project.advised else self.scenario.viability.optimism).value
        for done, activity in zip(project.done, self._activities, strict=True):
            if done:
                believed *= exp(activity.optimism_effect.value)
        project.optimism = believed
        operation = self.scenario.operation
        project.realised = lognormal_median(
            self._draw(project, S_EFFECT, 0), operation.realised_median.value, operation.realised_sigma.value
        )
        self._set_site_figures(project)
        self._charge_preparation(project)

    def _charge_preparation(self, project: Project) -> None:
        days = 0.0
        for done, activity in zip(project.done, self._activities, strict=True):
            days += activity.days.value if done else 0.0
        context, advice = self.context, self.scenario.advice
        project.staff_cents = to_cents(days * self.scenario.preparation.day_cost_eur.value)
        context.tally.total["staff_cost_cents"] += project.staff_cents
        if project.advised:
            cost = to_cents(advice.cost_eur.value)
            provider = context.world.provider_names.index(advice.provider)
            context.ledger.pay(
                context.now, context.providers[provider], COST, context.outside, REVENUE, cost, "advice"
            )
            context.public_cash(provider, -1, "advice", cost, context.now, project)

    def _set_site_figures(self, project: Project) -> None:
        """What one site yields and costs per year at full use, as it will really be.

        Freed hours are split so that none counts twice: a share avoids overtime and agency work, the rest is
        freed time; of each a share becomes cash, and only the other hours are social value.
        """
        terms, operation, impact = project.terms, self.scenario.operation, self.scenario.impact
        places = project.institution.places_per_site
        hours = terms.hours_place_pa * places * project.realised
        incidents = terms.incidents_place_pa * places * project.realised
        overtime = operation.overtime_agency_share.value
        cashed = (1.0 - overtime) * operation.cashable_freed_time.value
        cashed += overtime * operation.cashable_overtime_agency.value
        turnover = operation.turnover_sickness_share.value * operation.cashable_turnover_sickness.value
        incident_value = incidents * (terms.incident_value / 100.0)
        in_cash = operation.cashable_outcomes.value
        time_value = hours * self.scenario.carriers.hourly_cost_eur.value
        project.site_cash_pa = to_cents(time_value * (cashed + turnover) + incident_value * in_cash)
        project.site_social_pa = to_cents(
            hours * (1.0 - cashed) * impact.hour_value_eur.value + incident_value * (1.0 - in_cash)
        )
        project.site_hours_milli_pa = share_cents(1000, hours)
        project.site_incidents_milli_pa = share_cents(1000, incidents)
        project.site_running_pa = terms.running_site_pa + share_cents(terms.running_place_pa, places)

    def preparation_months(self, project: Project) -> float:
        """Length of preparation, with what its activities add."""
        months = self._months(project, self.scenario.preparation.duration, PREPARE)
        for done, activity in zip(project.done, self._activities, strict=True):
            months += activity.months.value if done else 0.0
        return max(0.0, months)

    # ------------------------------------------------------------------ cost and time

    def _cost(self, project: Project, sites: float, with_fixed: bool) -> int:
        terms = project.terms
        return stage_cost_cents(
            terms.technology_fixed, terms.other_fixed, terms.technology_site, terms.other_site,
            terms.technology_place, terms.other_place, sites, project.institution.places_per_site,
            with_fixed, terms.trend_pa, self.context.now,
        )  # fmt: skip

    def pilot_cost(self, project: Project) -> int:
        """Planned cost of the pilot in cents: all fixed cost and the pilot's share of the first site."""
        return self._cost(project, self.scenario.pilot.scope.value, True)

    def rollout_cost(self, project: Project) -> int:
        """Planned cost of the rest of the first site, in cents."""
        return self._cost(project, 1.0 - self.scenario.pilot.scope.value, False)

    def scale_cost(self, project: Project, sites: int) -> int:
        """Planned cost of further sites, in cents."""
        return self._cost(project, float(sites), False)

    def renewal_cost(self, project: Project) -> int:
        """Cost of renewing the technology of all live sites, in cents."""
        terms = project.terms
        technology = stage_cost_cents(
            terms.technology_fixed, 0, terms.technology_site, 0, terms.technology_place, 0,
            float(project.sites_live), project.institution.places_per_site, True,
            terms.trend_pa, self.context.now,
        )  # fmt: skip
        return share_cents(technology, terms.renewal_share)

    def actual_cost(self, project: Project, planned: int, wave: int) -> int:
        """What a stage really costs, in cents: a lognormal overrun with a fat tail."""
        rules = self.scenario.implementation
        spread = lognormal_median(
            self._draw(project, S_OVERRUN, 0, wave), rules.overrun_median.value, rules.overrun_sigma.value
        )
        factor = overrun_factor(
            spread,
            self._draw(project, S_OVERRUN, 1, wave),
            rules.overrun_tail_probability.value,
            rules.overrun_tail_index.value,
            rules.overrun_cap.value,
        )
        return share_cents(planned, factor)

    def implementation_months(self, project: Project, wave: int) -> float:
        """Length of implementation; after the first stage only sites are added, which is faster."""
        terms = project.terms
        u = self._draw(project, S_DURATION, IMPLEMENT, wave)
        months = lognormal_median(u, terms.implementation_median, terms.implementation_sigma)
        return months if wave == 0 else months * self.scenario.implementation.later_stage_share.value

    def consent_months(self, project: Project, wave: int) -> float:
        """Months until works council, clients and data protection agree to a stage; later ones are faster."""
        rules = self.scenario.implementation
        shift = 0.0
        for done, activity in zip(project.done, self._activities, strict=True):
            shift += activity.consent_effect.value if done else 0.0
        months = self._months(project, rules.consent, CONSENT, wave) * exp(shift)
        return months if wave == 0 else months * rules.later_stage_share.value

    def pilot_months(self, project: Project) -> float:
        """Length of the pilot."""
        return self._months(project, self.scenario.pilot.duration, PILOT)

    def scaling_pause(self, project: Project, wave: int) -> float:
        """Months from a wave's go-live to the decision on the next."""
        return self._months(project, self.scenario.scaling.pause, PAUSE, wave)

    def retry_pause(self, project: Project) -> float:
        """Months after an abandoned project before the idea can come up again."""
        return self._months(project, self.scenario.adoption.retry_pause, RETRY)

    def reached(self, project: Project, sites: int) -> int:
        """Clients reached when sites go live."""
        return share_cents(1, project.terms.reached_place * project.institution.places_per_site * sites)

    # ------------------------------------------------------------------ decisions

    def viable(self, project: Project, cost: int, sites: int) -> bool:
        """The carrier's decision on a plan of ``cost`` cents for ``sites`` sites.

        Before anything is live it believes the published effect times its optimism, and values the plan over
        all its sites, since they share the fixed cost; later it believes what it has seen, wave by wave.
        A plan that needs a loan must leave the institution its least debt service cover; the loan is that of
        the next close only.
        """
        first = project.sites_live == 0
        believed = project.optimism / project.realised if first else 1.0
        support = self.funding.requests.expected_support(project, 0 if first else 2, cost)
        further = project.institution.sites - sites if first else 0
        later_cost = self.scale_cost(project, further) if further else 0
        later_support = self.funding.requests.expected_support(project, 2, later_cost) if further else 0
        value = self._plan_value(
            project,
            cost - support + later_cost - later_support,
            believed,
            sites + further,
            project.terms.life_months,
        )
        net = share_cents(project.site_cash_pa * sites, believed) - project.site_running_pa * sites
        own = self.funding.promises.own_funds(project.institution)
        new_service = annual_service_cents(
            _LINEAR, max(0, cost - support - own), _PLANNED_LOAN_RATE, 0, _PLANNED_LOAN_QUARTERS
        )
        cover = inf
        if new_service > 0:
            institution = project.institution
            service = new_service + sum(loan.service_pa for loan in institution.loans)
            cover = dscr(institution.ebitda, institution.debt_service, service, min(0, net))
        return accept(
            value[0], value[1], self._mission(project), cover, self.scenario.viability.minimum_dscr.value
        )

    def _mission(self, project: Project) -> float:
        return self._mission_weight[project.institution.legal_form]

    def _plan_value(
        self, project: Project, capex: int, believed: float, sites: int, life_months: float
    ) -> tuple[int, int]:
        """Planner's cash NPV and present non-cash value in cents."""
        operation = self.scenario.operation
        rate = self.scenario.viability.planning_rate_pa.value
        turn = (operation.price_round_first_months.value + operation.price_round_last_months.value) / 2.0
        if project.repriced:
            turn = 0.0
        price_level = exp(project.terms.trend_pa * self.context.now / 12.0)
        cash = npv_cents(
            capex,
            share_cents(project.site_cash_pa * sites, believed),
            share_cents(project.site_running_pa * sites, price_level),
            project.terms.trend_pa,
            operation.payers_take.value,
            operation.recognised_running_cost.value,
            turn,
            life_months,
            rate,
        )
        years = annuity_factor(rate, int(life_months / 12.0))
        return cash, share_cents(project.site_social_pa * sites, believed * years)

    def worth_renewing(self, project: Project, cost: int) -> bool:
        """Whether another software life is worth its renewal, at what the carrier has seen."""
        cash, social = self._plan_value(project, cost, 1.0, project.sites_live, project.terms.life_months)
        return accept(cash, social, self._mission(project), 1.0, 0.0)

    def gate_chance(self, project: Project, peers: float) -> float:
        """Probability of passing the gate."""
        pilot = self.scenario.pilot
        preparation = 0.0
        for done, activity in zip(project.done, self._activities, strict=True):
            preparation += activity.gate_effect.value * (float(done) - activity.done_alone.value)
        return gate_probability(
            project.terms.gate_intercept,
            pilot.readiness_slope.value * project.institution.readiness_gap,
            preparation,
            pilot.advice_effect.value if project.advised else 0.0,
            pilot.own_success_effect.value if project.institution.successes else 0.0,
            pilot.peer_slope.value * (peers - project.terms.initial_share),
            pilot.technology_slope.value * self.context.factor(self._technology, self.context.now),
            pilot.scope_slope.value * (pilot.scope.value - 0.5),
        )

    def sustain_logit(self, project: Project) -> float:
        """Logit of going on when support ends."""
        logit = project.terms.sustain_logit
        for done, activity in zip(project.done, self._activities, strict=True):
            logit += activity.sustain_effect.value * (float(done) - activity.done_alone.value)
        logit += self.scenario.advice.sustain_effect.value if project.advised else 0.0
        running = share_cents(project.site_running_pa, project.sites_working)
        if running:
            net = self.risk.net_run_rate(project) / running
            logit += self.scenario.operation.sustain_cash_slope.value * net
        return logit
