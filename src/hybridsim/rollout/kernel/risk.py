"""Ratings, default clocks and payments that will fail (reference: risk)."""

from __future__ import annotations

from math import inf

from hybridsim.core import mathx, rng
from hybridsim.core.compiling import kernel, rule
from hybridsim.credit import default_time, ratings
from hybridsim.rollout.events import Rank
from hybridsim.rollout.kernel.ahead import call_touched
from hybridsim.rollout.kernel.books import (
    cash_of,
    grant_budget,
    happened,
    share_cents,
    uniform,
    year_at,
)
from hybridsim.rollout.kernel.calendar import put
from hybridsim.rollout.kernel.cohorts import exposure_in_cohort
from hybridsim.rollout.kernel.exact import periods
from hybridsim.rollout.kernel.loan_life import note_rating
from hybridsim.rollout.kernel.memory import (
    Run,
    counts_at,
    credit_at,
    institution_at,
    instrument_row,
    loan_at,
    person_at,
    project_at,
    totals,
    touched_at,
    world,
    year_row,
)
from hybridsim.rollout.kernel.records import CHANCES, CHANCES_FROM, CHANCES_PER_UNIT
from hybridsim.rollout.kernel.treasury import REVENUE_SHARE, due, flows, settle
from hybridsim.rollout.people import DAYS_PER_YEAR

_DEFAULT, _ILLIQUID = int(Rank.DEFAULT), int(Rank.ILLIQUID)
_S_DEFAULT = int(rng.S_DEFAULT)
_DAYS_PER_YEAR = float(DAYS_PER_YEAR)
UNTOUCHED = -1
"""Epoch of a default of an institution that nothing else happened to."""

norm_ppf = rule(mathx.norm_ppf)
default_threshold = rule(default_time.default_threshold)
hazard_per_month = rule(default_time.hazard_per_month)
months_to_default = rule(default_time.months_to_default)
threshold_after = rule(default_time.threshold_after)
conditional_pd = rule(ratings.conditional_pd)
logit_shift = rule(ratings.logit_shift)
shifted_pd = rule(ratings.shifted_pd)


@kernel
def factor_term(s: Run, row: int, year: int) -> float:
    """Loadings times factors of a year."""
    credit = credit_at(s, row)
    term = 0.0
    for k in range(world(s).n_factors):
        term = term + credit.loading[k] * s.factors[k, year]
    return term


@kernel
def default_uniform(s: Run, row: int, year: int) -> float:
    """The one uniform that decides on a default in a year."""
    w, credit = world(s), credit_at(s, row)
    return uniform(w.seed_lo, w.seed_hi, s.replication, credit.key_lo, credit.key_hi, _S_DEFAULT, year)


@kernel
def conditional(s: Run, row: int, pd_threshold: float) -> float:
    """PD of this year given its factors."""
    return conditional_pd(
        pd_threshold, factor_term(s, row, periods(s.year_start, 12.0)), credit_at(s, row).residual
    )


@kernel
def chance_below(s: Run, z: float) -> float:
    """A bound of the normal distribution function from above, to spare most institutions its exponentials."""
    position = (z - CHANCES_FROM) * CHANCES_PER_UNIT
    if 0.0 <= position < CHANCES:
        return float(world(s).chances[int(position)])
    return inf


@kernel
def start_untouched(s: Run, row: int, year: int) -> None:
    """Put the default of an institution that nothing else happened to on the calendar."""
    credit = credit_at(s, row)
    u, term = default_uniform(s, row, year), factor_term(s, row, year)
    if u >= chance_below(s, (credit.threshold - term) / credit.residual):
        return
    chance = conditional_pd(credit.threshold, term, credit.residual)
    if u >= chance * 1.000000001:
        return
    months = months_to_default(default_threshold(u), hazard_per_month(chance))
    if months < 12.0 and s.year_start + months <= world(s).horizon:
        put(s, s.year_start + months, _DEFAULT, row, 0, UNTOUCHED, 0)


@kernel
def start_clock(s: Run, row: int) -> None:
    """Draw this year's threshold for an institution that has just been touched or enters a new year."""
    inst = institution_at(s, row)
    year = periods(s.year_start, 12.0)
    inst.threshold_left = default_threshold(default_uniform(s, row, year))
    inst.watched_since = s.year_start
    if inst.first_start >= 0.0:
        inst.base_hazard = hazard_without_projects(s, row)


@kernel
def hazard_without_projects(s: Run, row: int) -> float:
    """Monthly hazard of this year at the rating that the institution had before any project."""
    return hazard_per_month(conditional(s, row, credit_at(s, row).threshold))


@kernel
def start_risk(s: Run, row: int) -> None:
    """An institution is touched for the first time: its clock of this year, at its own rating."""
    start_clock(s, row)
    institution_at(s, row).hazard = hazard_without_projects(s, row)


@kernel
def begin_exposure(s: Run, row: int) -> None:
    """The institution's first project starts: from now on its time under risk is counted."""
    close_clock(s, row)
    inst = institution_at(s, row)
    inst.first_start = s.now
    inst.base_hazard = hazard_without_projects(s, row)


@kernel
def close_clock(s: Run, row: int) -> None:
    """Use up the threshold until now and count the time under risk."""
    inst, now = institution_at(s, row), s.now
    elapsed = now - inst.watched_since
    if inst.first_start >= 0.0 and inst.watched_since < world(s).horizon:
        exposed = now - max(inst.watched_since, inst.first_start)
        total = totals(s)
        total.financed_years += share_cents(1000, exposed / 12.0)
        total.hazard_financed += share_cents(1_000_000, inst.hazard * exposed)
        total.base_hazard_financed += share_cents(1_000_000, inst.base_hazard * exposed)
    inst.threshold_left = threshold_after(inst.threshold_left, inst.hazard, elapsed)
    inst.watched_since = now


@kernel
def sites_working(s: Run, p: int) -> float:
    """Sites that work with a project, a pilot's share of a site included."""
    project = project_at(s, p)
    sites = 0.0
    for n in range(project.n_waves):
        sites += project.waves[n].sites
    return sites


@kernel
def set_run_rate(s: Run, p: int) -> None:
    """Keep what a project's live sites bring and move per year, after further ones or a price round.

    Net cash at full effect and present prices, and running cost plus benefit before any price round.
    """
    w, project = world(s), project_at(s, p)
    working = sites_working(s, p)
    benefit = share_cents(project.site_cash_pa, working)
    running = share_cents(project.site_running_pa, working)
    if project.repriced:
        benefit = share_cents(benefit, 1.0 - w.payers_take)
        running = share_cents(running, 1.0 - w.recognised)
    project.net_pa = benefit - running
    project.gross_pa = share_cents(project.site_running_pa + project.site_cash_pa, working)


@kernel
def service_of_loans(s: Run, row: int) -> int:
    """Yearly debt service of an institution's project loans, as a rating counts on it."""
    cents = 0
    n = institution_at(s, row).first_loan
    while n >= 0:
        loan = loan_at(s, n)
        cents += loan.service_pa
        n = loan.next
    return cents


@kernel
def net_of_projects(s: Run, row: int) -> int:
    """Net cash per year of all projects of an institution."""
    cents = 0
    p = institution_at(s, row).first_project
    while p >= 0:
        project = project_at(s, p)
        cents += project.net_pa
        p = project.next
    return cents


@kernel
def rating_shift(s: Run, row: int, extra_service: int) -> float:
    """What projects, and ``extra_service`` cents of new debt, add to the logit of an institution's PD."""
    w, person, inst = world(s), person_at(s, row), institution_at(s, row)
    revenue = float(person.revenue)
    service = extra_service + service_of_loans(s, row)
    baseline = person.liquidity + min(person.budget_cap, person.budget_pa * inst.budget_years)
    return logit_shift(
        service / revenue, net_of_projects(s, row) / revenue,
        (cash_of(s, row) - baseline) / (revenue / _DAYS_PER_YEAR), inst.failures,
        w.weight_service, w.weight_ebitda, w.weight_liquidity, w.weight_failed,
    )  # fmt: skip


@kernel
def rate(s: Run, row: int, extra_service: int) -> float:
    """One-year PD as projects leave the institution, with ``extra_service`` cents of new debt."""
    return shifted_pd(person_at(s, row).pd, rating_shift(s, row, extra_service), world(s).shift_cap)


@kernel
def rate_anew(s: Run, row: int) -> None:
    """Present PD and hazard; both stay what they are where neither the rating nor the year has changed."""
    inst = institution_at(s, row)
    shift = rating_shift(s, row, 0)
    if shift == inst.shift_now and inst.rated_in == s.year_start:
        return
    if shift != inst.shift_now:
        inst.shift_now = shift
        inst.pd_now = shifted_pd(person_at(s, row).pd, shift, world(s).shift_cap)
        inst.pd_threshold = norm_ppf(inst.pd_now)
    inst.rated_in = s.year_start
    inst.hazard = hazard_per_month(conditional(s, row, inst.pd_threshold))


@kernel
def review(s: Run, row: int) -> None:
    """Something changed: rate anew, restart the default clock, look for a payment that will fail."""
    close_clock(s, row)
    restart_clock(s, row)


@kernel
def restart_clock(s: Run, row: int) -> None:
    """Rate an institution whose clock is closed until now, and say when it would default or fail to pay."""
    inst = institution_at(s, row)
    rate_anew(s, row)
    note_rating(s, row)
    inst.epoch += 1
    at = s.now + months_to_default(inst.threshold_left, inst.hazard)
    if at < s.year_start + 12.0:
        put(s, at, _DEFAULT, row, 0, inst.epoch, 0)
    fails_at = next_failed_payment(s, row)
    if fails_at >= 0.0:
        put(s, fails_at, _ILLIQUID, row, 0, inst.epoch, 0)


@kernel
def project_cash(s: Run, p: int, start: float, until: float) -> tuple[int, int]:
    """Net cash of a project to come by ``until``, and what it saves after the payers' part."""
    w, project = world(s), project_at(s, p)
    if project.n_waves == 0:
        return 0, 0
    benefit, running = flows(s, p, start, until)
    taken = recognised = 0
    if project.repriced:
        taken = share_cents(max(0, benefit), w.payers_take)
        recognised = share_cents(running, w.recognised)
    if start == project.accrued_to:
        benefit += project.benefit
        running += project.running
        taken += project.taken
        recognised += project.recognised
    return benefit - running - taken + recognised, max(0, benefit - taken)


@kernel
def has_plenty(s: Run, row: int) -> bool:
    """Whether cash and line exceed twice all that a year could take, so that no payment can fail."""
    inst = institution_at(s, row)
    owed = running = 0
    n = inst.first_loan
    while n >= 0:
        loan = loan_at(s, n)
        owed += loan.outstanding
        n = loan.next
    p = inst.first_project
    while p >= 0:
        project = project_at(s, p)
        running += project.gross_pa
        p = project.next
    return bool(cash_of(s, row) + person_at(s, row).credit_line > 2 * (owed + running))


@kernel
def next_failed_payment(s: Run, row: int) -> float:
    """First quarter-end of this year at which cash and credit line do not suffice; -1 if none."""
    if has_plenty(s, row):
        return -1.0
    inst, line = institution_at(s, row), person_at(s, row).credit_line
    cash = cash_of(s, row)
    n = inst.first_loan
    while n >= 0:
        loan = loan_at(s, n)
        loan.ahead_outstanding, loan.ahead_quarter, loan.ahead_holiday = (
            loan.outstanding, loan.quarter, loan.holiday,
        )  # fmt: skip
        n = loan.next
    p = inst.first_project
    while p >= 0:
        project = project_at(s, p)
        project.looked = project.accrued_to
        p = project.next
    quarter = inst.next_quarter
    while quarter <= s.year_start + 12.0:
        cash = cash_ahead(s, row, cash, quarter)
        if cash < -line:
            return float(quarter)
        quarter += 3.0
    return -1.0


@kernel
def cash_ahead(s: Run, row: int, cash: int, quarter: float) -> int:
    """Cash after a quarter-end to come."""
    inst = institution_at(s, row)
    if cash < 0:
        cash -= share_cents(-cash, world(s).line_rate / 4.0)
    p = inst.first_project
    while p >= 0:
        project = project_at(s, p)
        net, project.saved = project_cash(s, p, project.looked, quarter)
        cash += net
        project.looked = quarter
        p = project.next
    n = inst.first_loan
    while n >= 0:
        loan = loan_at(s, n)
        project = project_at(s, loan.project)
        alive = project.ended == 0
        interest, principal, fee, outstanding, done, holiday = due(
            s, n, loan.ahead_outstanding, loan.ahead_quarter, loan.ahead_holiday, quarter,
            project.saved if alive else 0,
        )  # fmt: skip
        cash -= interest + principal + fee
        if loan.service == REVENUE_SHARE and alive:
            project.saved = max(0, project.saved - interest - principal)
        loan.ahead_outstanding, loan.ahead_quarter, loan.ahead_holiday = outstanding, done, holiday
        n = loan.next
    return cash


@kernel
def turn_year(s: Run, year: int) -> None:
    """New factors: draw every institution's threshold and start the clocks of those that default."""
    for position in range(s.n_touched):
        call_touched(s, position)
        row = touched_at(s, position).value
        if institution_at(s, row).defaulted_at < 0.0:
            close_clock(s, row)
    s.year_start = 12.0 * year
    if not s.running_off:
        for row in range(world(s).n):
            inst = institution_at(s, row)
            if not inst.touched and not inst.dead:
                start_untouched(s, row, year)
    for position in range(s.n_touched):
        call_touched(s, position)
        row = touched_at(s, position).value
        inst = institution_at(s, row)
        if inst.defaulted_at >= 0.0 or (s.running_off and inst.first_loan < 0):
            continue
        settle(s, row, s.now, True)
        grant_budget(s, row)
        start_clock(s, row)
        restart_clock(s, row)


@kernel
def count_default(s: Run, row: int, liquidity: bool, known: bool) -> None:
    """Count a default."""
    w, inst, now = world(s), institution_at(s, row), s.now
    owed = 0
    if known:
        n = inst.first_loan
        while n >= 0:
            loan = loan_at(s, n)
            owed += loan.outstanding
            n = loan.next
    happened(s, _ILLIQUID if liquidity else _DEFAULT, row, 0, owed)
    if now > w.horizon:
        return
    total, counts = totals(s), counts_at(s, row)
    total.defaults += 1
    total.institution_years -= share_cents(1000, (w.horizon - now) / 12.0)
    year_row(s, year_at(s, now)).defaults += 1
    counts.seen = 1
    counts.defaults += 1
    if known and inst.first_start >= 0.0:
        total.defaults_financed += 1
        total.defaults_liquidity += int(liquidity)


@kernel
def count_exposure(s: Run, n: int) -> None:
    """Count a loan's exposure at default."""
    loan, total = loan_at(s, n), totals(s)
    total.loans_defaulted += 1
    total.ead_cents += loan.ead
    exposure_in_cohort(s, n)
    instrument_row(s, loan.terms).defaulted_cents += loan.ead
    counts = counts_at(s, loan.row)
    counts.seen = 1
    counts.ead_cents += loan.ead
    if loan.defaulted_at <= world(s).horizon:
        year_row(s, year_at(s, loan.defaulted_at)).ead_cents += loan.ead
