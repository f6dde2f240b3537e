"""Money that flows by itself, quarter by quarter (reference: treasury)."""

from __future__ import annotations

from hybridsim.core import mathx
from hybridsim.core.codes import Service
from hybridsim.core.compiling import kernel, rule
from hybridsim.finance import operation, service
from hybridsim.rollout import rules
from hybridsim.rollout.kernel.books import (
    CLAIM,
    COST,
    REVENUE,
    cash_of,
    count_fiscal,
    count_fiscal_of_cohort,
    discount,
    pay,
    public_cash,
    refinance,
    share_cents,
    take_back,
    write_off,
    year_at,
)
from hybridsim.rollout.kernel.cohorts import effects_in_cohort, outstanding_in_cohort
from hybridsim.rollout.kernel.columns import (
    FIRST_PROVIDER,
    FISCAL_FEES,
    FISCAL_LOANS,
    FISCAL_PAYERS,
    M_BENEFIT,
    M_CREDIT_LINE,
    M_DIP,
    M_FEE,
    M_GIVEN_UP,
    M_INTEREST,
    M_PRINCIPAL,
    M_RECOGNISED,
    M_REFINANCING_INTEREST,
    M_RUNNING,
    M_TAKEN,
    OUTSIDE,
    PAYER,
    VENDORS,
)
from hybridsim.rollout.kernel.exact import periods
from hybridsim.rollout.kernel.loan_life import note_balance, rate_now
from hybridsim.rollout.kernel.memory import (
    Run,
    book_of,
    counts_at,
    institution_at,
    instrument_row,
    loan_at,
    person_at,
    project_at,
    totals,
    trend_at,
    world,
    year_row,
)
from hybridsim.rollout.kernel.records import QUARTERS, TYPES
from hybridsim.rollout.treasury import HOLIDAY_QUARTERS

REVENUE_SHARE = int(Service.REVENUE_SHARE)
_HOLIDAY_QUARTERS = int(HOLIDAY_QUARTERS)

years_of_effect = rule(rules.years_of_effect)
running_cents = rule(rules.running_cents)
trend_integral = rule(operation.trend_integral)
quarter_due = rule(service.quarter_due)
first_interest_cents = rule(service.first_interest_cents)
powi = rule(mathx.powi)


@kernel
def years(s: Run, sites: float, age_from: float, age_to: float) -> float:
    """Share of a yearly amount at full effect that sites yield between two ages."""
    w = world(s)
    return years_of_effect(sites, age_from, age_to, w.dip_months, w.dip_level, w.ramp_months)


@kernel
def priced_months(s: Run, use_case: int, kind: int, start: float, until: float) -> float:
    """Months at the prices of a use case's trend; those of whole quarters are remembered for all futures."""
    trend = world(s).use_cases[use_case, kind].trend_pa
    quarter = periods(start, 3.0)
    if quarter >= QUARTERS or start != 3.0 * quarter or until != start + 3.0:
        return trend_integral(start, until, trend)
    known = trend_at(s, (use_case * TYPES + kind) * QUARTERS + quarter)
    if known.amount == 0.0:
        known.amount = trend_integral(start, until, trend)
    return float(known.amount)


@kernel
def flows(s: Run, p: int, start: float, until: float) -> tuple[int, int]:
    """Cash benefit and running cost in cents between two months, before any price round."""
    project = project_at(s, p)
    use_case, kind = project.use_case, person_at(s, project.row).type
    benefit = running = 0
    for n in range(project.n_waves):
        wave = project.waves[n]
        live_at, sites = wave.live_at, wave.sites
        begin = max(start, live_at)
        if begin < until:
            benefit += share_cents(project.site_cash_pa, years(s, sites, begin - live_at, until - live_at))
            months = priced_months(s, use_case, kind, begin, until)
            running += running_cents(project.site_running_pa, sites, months)
    return benefit, running


@kernel
def effects(s: Run, p: int, start: float, until: float) -> tuple[int, int, int]:
    """Thousandths of hours and incidents, and cents of net social value, between two months."""
    w, project = world(s), project_at(s, p)
    hours = incidents = social = 0
    for n in range(project.n_waves):
        wave = project.waves[n]
        live_at, sites = wave.live_at, wave.sites
        begin = max(start, live_at)
        if begin >= until:
            continue
        age = begin - live_at
        share = years(s, sites, age, until - live_at)
        lasting = w.net_share * powi(w.kept, periods(age, 12.0))
        hours += share_cents(project.site_hours_milli_pa, share)
        incidents += share_cents(project.site_incidents_milli_pa, share)
        social += share_cents(share_cents(project.site_social_pa, share), lasting)
    return hours, incidents, social


@kernel
def count_effects(s: Run, p: int, start: float, until: float, benefit: int, running: int) -> None:
    """Count what a project achieved between two months, in the whole and in its cohort."""
    w, project = world(s), project_at(s, p)
    hours, incidents, social = effects(s, p, start, until)
    project.hours_milli += hours
    if start >= w.horizon:
        return
    end = min(until, project.followed_until)
    if start < end:
        if end < until:
            cut, spent = flows(s, p, start, end)
            in_hours, in_incidents, in_social = effects(s, p, start, end)
            effects_in_cohort(s, p, start, cut, spent, in_hours, in_incidents, in_social)
        else:
            effects_in_cohort(s, p, start, benefit, running, hours, incidents, social)
    value = w.social_discounts[periods(start, 3.0)]
    discounted = share_cents(social, value)
    total, year, counts = totals(s), year_row(s, year_at(s, start)), counts_at(s, project.row)
    total.hours_milli += hours
    total.incidents_milli += incidents
    total.social_pv_cents += discounted
    total.cash_benefit_pv_cents += share_cents(benefit, value)
    total.running_cost_pv_cents += share_cents(running, value)
    year.hours_milli += hours
    year.social_cents += social
    counts.seen = 1
    counts.hours_milli += hours
    counts.social_pv_cents += discounted


@kernel
def accrue(s: Run, p: int, until: float) -> None:
    """Add what a live project earned, cost and achieved since the last look, within one quarter."""
    w, project = world(s), project_at(s, p)
    start = project.accrued_to
    if until <= start:
        return
    benefit, running = flows(s, p, start, until)
    project.benefit += benefit
    project.running += running
    if project.repriced:
        project.taken += share_cents(max(0, benefit), w.payers_take)
        project.recognised += share_cents(running, w.recognised)
    count_effects(s, p, start, until, benefit, running)
    project.accrued_to = until


@kernel
def pay_project(s: Run, p: int, time: float) -> None:
    """Pay what a project accrued."""
    w, project = world(s), project_at(s, p)
    inst, book = institution_at(s, project.row), book_of(s, project.row)
    net = project.benefit - project.running - project.taken + project.recognised
    if project.benefit >= 0:
        pay(s, time, OUTSIDE, COST, book, REVENUE, project.benefit, M_BENEFIT, 0)
    else:
        pay(s, time, book, COST, OUTSIDE, REVENUE, -project.benefit, M_DIP, 0)
    pay(s, time, book, COST, VENDORS, REVENUE, project.running, M_RUNNING, 0)
    pay(s, time, book, COST, PAYER, REVENUE, project.taken, M_TAKEN, 0)
    pay(s, time, PAYER, COST, book, REVENUE, project.recognised, M_RECOGNISED, 0)
    if w.payers_public and time <= w.horizon:
        cents = share_cents(project.recognised - project.taken, discount(s, time))
        count_fiscal(s, -1, FISCAL_PAYERS, cents)
        count_fiscal_of_cohort(s, p, cents, time)
    cap = person_at(s, project.row).budget_cap
    inst.earmark = min(max(inst.earmark + net, 0), max(inst.earmark, cap))
    project.benefit = project.running = project.taken = project.recognised = 0


@kernel
def close_project(s: Run, p: int) -> None:
    """A project ends: pay what has accrued until now."""
    if project_at(s, p).n_waves:
        now = s.now
        accrue(s, p, now)
        pay_project(s, p, now)


@kernel
def due(
    s: Run, n: int, outstanding: int, quarter: int, holiday: int, time: float, saved: int
) -> tuple[int, int, int, int, int, int]:
    """What a loan takes at a quarter-end: interest, principal, fee; outstanding, quarter, holiday after."""
    loan = loan_at(s, n)
    w, project = world(s), project_at(s, loan.project)
    t = w.instruments[loan.terms]
    rate = rate_now(s, n)
    if loan.service == REVENUE_SHARE:
        left = share_cents(loan.principal, t.multiple) - loan.repaid - loan.interest
        payment = min(share_cents(saved, t.savings_share), left)
        principal = min(payment, outstanding)
        return payment - principal, principal, 0, outstanding - principal, quarter + 1, 0
    waits = t.holiday != 0 and project.n_waves == 0 and holiday < _HOLIDAY_QUARTERS
    k = 1 if waits else quarter - loan.plan_from + 1
    interest, principal = quarter_due(
        loan.service,
        outstanding,
        loan.planned,
        loan.level_payment,
        rate,
        k,
        loan.grace_quarters,
        loan.quarters,
    )
    fee = 0
    if loan.guarantee >= 0:
        fee = share_cents(outstanding, loan.cover * w.instruments[loan.guarantee].fee_pa / 4.0)
    if quarter == 0 and time - loan.closed_at < 3.0:
        interest = first_interest_cents(outstanding, rate, time - loan.closed_at)
    if waits:
        return interest, 0, fee, outstanding, quarter, holiday + 1
    return interest, principal, fee, outstanding - principal, quarter + 1, holiday


@kernel
def count_capital(s: Run, p: int, cents: int, start: float, until: float) -> None:
    """Discounted capital times time, within the horizon."""
    w = world(s)
    if start < w.horizon:
        value = w.social_discounts[periods(start, 3.0)]
        totals(s).capital_pv_cent_years += share_cents(cents, (until - start) / 12.0 * value)
        outstanding_in_cohort(s, p, cents, start, until)


@kernel
def forgive(s: Run, n: int, time: float) -> None:
    """The lender gives up what is left of a loan, without a default."""
    loan = loan_at(s, n)
    lender = FIRST_PROVIDER + world(s).instruments[loan.terms].provider
    write_off(s, time, lender, book_of(s, loan.row), loan.outstanding, M_GIVEN_UP, loan.terms)
    loan.forgiven = loan.outstanding
    loan.outstanding = 0
    loan.ended_at = time
    totals(s).forgiven_cents += loan.forgiven
    instrument_row(s, loan.terms).forgiven_cents += loan.forgiven


@kernel
def loan_ends(s: Run, n: int) -> bool:
    """A loan ends when it is repaid; a revenue share at its multiple or its term."""
    loan = loan_at(s, n)
    if loan.service != REVENUE_SHARE:
        return bool(loan.outstanding == 0)
    paid = loan.repaid + loan.interest
    limit = share_cents(loan.principal, world(s).instruments[loan.terms].multiple)
    return bool(paid >= limit or loan.quarter >= loan.quarters)


@kernel
def pay_refinancer(s: Run, n: int, time: float, principal: int) -> None:
    """Pass interest and principal on to whoever refinances the bank."""
    loan = loan_at(s, n)
    k = loan.terms
    t = world(s).instruments[k]
    lender, refinancer = FIRST_PROVIDER + t.provider, FIRST_PROVIDER + t.refinancer
    months = min(3.0, time - loan.closed_at)
    interest = first_interest_cents(loan.outstanding, loan.refinancing_pa, months)
    pay(s, time, lender, COST, refinancer, REVENUE, interest, M_REFINANCING_INTEREST, k)
    refinance(s, time, k, lender, refinancer, principal)
    public_cash(s, t.refinancer, k, FISCAL_LOANS, -(interest + principal), time, loan.project)


@kernel
def pay_loan(s: Run, n: int, time: float, saved: int) -> int:
    """Pay what a loan takes this quarter; returns interest, principal and fee in cents."""
    loan = loan_at(s, n)
    k = loan.terms
    t = world(s).instruments[k]
    before = loan.outstanding
    interest, principal, fee, outstanding, quarter, holiday = due(
        s, n, before, loan.quarter, loan.holiday, time, saved
    )
    lender, book = FIRST_PROVIDER + t.provider, book_of(s, loan.row)
    pay(s, time, book, COST, lender, REVENUE, interest, M_INTEREST, k)
    pay(s, time, book, CLAIM, lender, CLAIM, principal, M_PRINCIPAL, k)
    if loan.guarantee >= 0 and fee:
        g = loan.guarantee
        guarantor = world(s).instruments[g].provider
        pay(s, time, book, COST, FIRST_PROVIDER + guarantor, REVENUE, fee, M_FEE, g)
        public_cash(s, guarantor, g, FISCAL_FEES, -fee, time, loan.project)
        instrument_row(s, g).interest_cents += fee
    public_cash(s, t.provider, k, FISCAL_LOANS, -(interest + principal), time, loan.project)
    if t.refinancer >= 0:
        pay_refinancer(s, n, time, principal)
    count_capital(s, loan.project, before, max(loan.closed_at, time - 3.0), time)
    loan.quarter, loan.holiday, loan.outstanding = quarter, holiday, outstanding
    loan.repaid += principal
    loan.interest += interest
    counts = instrument_row(s, k)
    counts.repaid_cents += principal
    counts.interest_cents += interest
    take_back(s, k, interest + principal)
    if loan_ends(s, n):
        loan.ended_at = time
        if loan.outstanding:
            forgive(s, n, time)
    note_balance(s, n, time)
    return interest + principal + fee


@kernel
def drop_ended(s: Run, row: int) -> None:
    """Take loans that have ended off an institution's list."""
    inst = institution_at(s, row)
    kept = -1
    n = inst.first_loan
    inst.first_loan = inst.last_loan = -1
    while n >= 0:
        loan = loan_at(s, n)
        following = loan.next
        if loan.ended_at < 0.0:
            loan.next = -1
            if kept < 0:
                inst.first_loan = n
            else:
                loan_at(s, kept).next = n
            kept = n
            inst.last_loan = n
        n = following


@kernel
def quarter_end(s: Run, row: int, quarter: float) -> None:
    """Credit line, projects and loans at one quarter-end."""
    inst = institution_at(s, row)
    cash = cash_of(s, row)
    if cash < 0:
        interest = share_cents(-cash, world(s).line_rate / 4.0)
        pay(s, quarter, book_of(s, row), COST, OUTSIDE, REVENUE, interest, M_CREDIT_LINE, 0)
    p = inst.first_project
    while p >= 0:
        project = project_at(s, p)
        project.saved = 0
        if project.n_waves:
            accrue(s, p, quarter)
            project.saved = max(0, project.benefit - project.taken)
            pay_project(s, p, quarter)
        p = project.next
    n = inst.first_loan
    if n < 0:
        return
    ended = False
    while n >= 0:
        loan = loan_at(s, n)
        project = project_at(s, loan.project)
        alive = project.ended == 0
        service_cents = pay_loan(s, n, quarter, project.saved if alive else 0)
        if loan.service == REVENUE_SHARE and alive:
            project.saved = max(0, project.saved - service_cents)
        inst.earmark = max(0, inst.earmark - service_cents)
        ended = ended or loan.ended_at >= 0.0
        n = loan.next
    if ended:
        drop_ended(s, row)


@kernel
def settle(s: Run, row: int, until: float, inclusive: bool) -> None:
    """Pay all quarter-ends before ``until``, and the one at ``until`` itself if ``inclusive``."""
    inst = institution_at(s, row)
    quarter = inst.next_quarter
    while quarter < until or (inclusive and quarter == until):
        quarter_end(s, row, quarter)
        quarter += 3.0
        inst.next_quarter = quarter
