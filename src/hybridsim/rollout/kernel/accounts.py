"""Final accounts of grants, outcomes that are paid for, and what failure costs (reference: accounts)."""

from __future__ import annotations

from hybridsim.core import rng
from hybridsim.core.codes import Service
from hybridsim.core.compiling import kernel, rule
from hybridsim.finance import grants
from hybridsim.rollout import accounts as reference
from hybridsim.rollout.events import Rank
from hybridsim.rollout.kernel.books import (
    COST,
    REVENUE,
    draw_index,
    draw_of,
    happened,
    lognormal_median,
    normal,
    pay,
    public_cash,
    share_cents,
)
from hybridsim.rollout.kernel.calendar import put, sub_index
from hybridsim.rollout.kernel.columns import (
    FIRST_PROVIDER,
    FISCAL_GRANTS,
    FISCAL_OUTCOMES,
    M_GRANT,
    M_OUTCOMES,
    M_REPAID_GRANT,
)
from hybridsim.rollout.kernel.loan_life import note_balance
from hybridsim.rollout.kernel.memory import (
    FULL,
    Run,
    book_of,
    grant_at,
    institution_at,
    instrument_row,
    loan_at,
    project_at,
    settled_at,
    totals,
    world,
)
from hybridsim.rollout.kernel.records import ON_FAILURE
from hybridsim.rollout.kernel.risk import review
from hybridsim.rollout.kernel.treasury import REVENUE_SHARE, accrue, drop_ended, forgive, settle

_FINAL_ACCOUNT = int(Rank.FINAL_ACCOUNT)
_S_LAG, _S_OUTCOME, _FIRST_ITEM = int(rng.S_LAG), int(rng.S_OUTCOME), int(reference._FIRST_ITEM)
_WRITE_OFF, _CONVERT = ON_FAILURE.index("write_off"), ON_FAILURE.index("convert")
_LINEAR = int(Service.LINEAR)

settled_cents = rule(grants.settled_cents)


@kernel
def pay_grant(s: Run, p: int, k: int, cents: int) -> None:
    """Pay a grant, or take back (negative) what was paid too much."""
    provider, book = world(s).instruments[k].provider, book_of(s, project_at(s, p).row)
    if cents >= 0:
        pay(s, s.now, FIRST_PROVIDER + provider, COST, book, REVENUE, cents, M_GRANT, k)
    else:
        pay(s, s.now, book, COST, FIRST_PROVIDER + provider, REVENUE, -cents, M_REPAID_GRANT, k)
    public_cash(s, provider, k, FISCAL_GRANTS, cents, s.now, p)


@kernel
def open_account(s: Run, g: int, actual_cost: int, wave: int, drawn: int) -> float:
    """A stage is implemented: its grant will be settled at what it really cost; returns the month."""
    grant = grant_at(s, g)
    project, t = project_at(s, grant.project), world(s).instruments[grant.terms]
    index = draw_index(project.use_case, wave, project.attempt, _FIRST_ITEM + drawn)
    u = draw_of(s, project.row, grant.terms, _S_LAG, index)
    settled = s.now + lognormal_median(u, t.account_median, t.account_sigma)
    grant.actual_cost = actual_cost
    grant.sub = sub_index(project.use_case, wave + drawn - 1, grant.terms)
    s.open_accounts += 1
    put(s, settled, _FINAL_ACCOUNT, project.row, grant.sub, g, 0)
    return settled


@kernel
def settle_account(s: Run, g: int) -> None:
    """The final account of a grant, or the verification of an outcome contract."""
    grant = grant_at(s, g)
    s.open_accounts -= 1
    if world(s).instruments[grant.terms].outcome_payer >= 0:
        verify_outcomes(s, g)
        return
    p, k = grant.project, grant.terms
    project, t = project_at(s, p), world(s).instruments[k]
    row = project.row
    if institution_at(s, row).defaulted_at >= 0.0:
        return
    settle(s, row, s.now, True)
    cents = settled_cents(
        t.settlement, grant.amount, grant.amount / grant.planned_cost, grant.planned_cost, grant.actual_cost,
        grant.own_funds, grant.other_funds,
    )  # fmt: skip
    happened(s, _FINAL_ACCOUNT, row, grant.sub, cents)
    pay_grant(s, p, k, cents - grant.paid)
    institution_at(s, row).bridged -= grant.waiting
    if t.binding_months:
        if project.ended:
            repay(s, p, k, cents, s.now)
        else:
            bind(s, p, k, cents)
    review(s, row)


@kernel
def bind(s: Run, p: int, k: int, cents: int) -> None:
    """A settled grant binds its purpose for a while."""
    if s.n_settled >= s.room_settled:
        s.status |= FULL
        return
    b, project = s.n_settled, project_at(s, p)
    s.n_settled += 1
    grant = settled_at(s, b)
    grant.terms, grant.cents, grant.settled_at, grant.next = k, cents, s.now, -1
    if project.first_settled < 0:
        project.first_settled = b
    else:
        settled_at(s, project.last_settled).next = b
    project.last_settled = b


@kernel
def verify_outcomes(s: Run, g: int) -> None:
    """The payer pays the investor for the hours that an evaluator finds, up to the premium."""
    grant = grant_at(s, g)
    p, k = grant.project, grant.terms
    project, t = project_at(s, p), world(s).instruments[k]
    row = project.row
    if institution_at(s, row).defaulted_at < 0.0:
        settle(s, row, s.now, True)
        if not project.ended:
            accrue(s, p, s.now)
    index = draw_index(project.use_case, (grant.sub >> 6) & 31, project.attempt, 0)
    found = normal(draw_of(s, row, k, _S_OUTCOME, index), 1.0, t.outcome_error)
    hours = (project.hours_milli - project.hours_paid_milli) / 1000.0
    project.hours_paid_milli = project.hours_milli
    worth = share_cents(t.outcome_price, max(0.0, hours * found))
    paid = min(share_cents(grant.amount, 1.0 + t.outcome_premium), max(0, worth))
    happened(s, _FINAL_ACCOUNT, row, grant.sub, paid)
    payer, investor = FIRST_PROVIDER + t.outcome_payer, FIRST_PROVIDER + t.provider
    pay(s, s.now, payer, COST, investor, REVENUE, paid, M_OUTCOMES, k)
    public_cash(s, t.outcome_payer, k, FISCAL_OUTCOMES, paid, s.now, p)
    public_cash(s, t.provider, k, FISCAL_OUTCOMES, -paid, s.now, p)
    total, counts = totals(s), instrument_row(s, k)
    short = max(0, grant.amount - paid)
    total.outcome_paid_cents += paid
    total.forgiven_cents += short
    counts.forgiven_cents += short
    counts.repaid_cents += grant.amount - short
    counts.interest_cents += paid - (grant.amount - short)


@kernel
def repay(s: Run, p: int, k: int, cents: int, settled: float) -> None:
    """Repay what is left of a grant's binding, with interest since a final account before the end."""
    project, t = project_at(s, p), world(s).instruments[k]
    lived = project.ended_at - project.waves[0].live_at if project.n_waves else 0.0
    left = 1.0 - lived / t.binding_months
    if left > 0.0:
        years = max(0.0, project.ended_at - settled) / 12.0
        owed = share_cents(cents, left * (1.0 + t.clawback_interest * years))
        pay_grant(s, p, k, -owed)
        totals(s).clawback_cents += owed


@kernel
def claw_back(s: Run, p: int) -> None:
    """A project is given up while its grants still bind; later accounts follow the same rule."""
    project = project_at(s, p)
    b = project.first_settled
    while b >= 0:
        grant = settled_at(s, b)
        repay(s, p, grant.terms, grant.cents, grant.settled_at)
        b = grant.next
    project.first_settled = -1


@kernel
def revoke(s: Run, g: int) -> None:
    """A project ends after a stage was drawn and before it is live: what waits will never come."""
    grant = grant_at(s, g)
    p, k = grant.project, grant.terms
    row, t = project_at(s, p).row, world(s).instruments[k]
    inst = institution_at(s, row)
    inst.bridged -= grant.waiting
    if t.outcome_payer >= 0:
        totals(s).forgiven_cents += grant.amount
        instrument_row(s, k).forgiven_cents += grant.amount
    elif t.binding_months and grant.paid and inst.defaulted_at < 0.0:
        pay_grant(s, p, k, -grant.paid)
        totals(s).clawback_cents += grant.paid


@kernel
def fail_loans(s: Run, p: int) -> None:
    """What becomes of a given-up project's loans whose lenders share the failure."""
    row = project_at(s, p).row
    n = institution_at(s, row).first_loan
    while n >= 0:
        loan = loan_at(s, n)
        rule_code = world(s).instruments[loan.terms].on_failure
        if loan.project == p:
            if rule_code == _WRITE_OFF:
                forgive(s, n, s.now)
                note_balance(s, n, s.now)
            elif rule_code == _CONVERT and loan.service == REVENUE_SHARE:
                rest = max(4, loan.quarters - loan.quarter)
                loan.service = _LINEAR
                loan.plan_from, loan.planned = loan.quarter, loan.outstanding
                loan.quarters, loan.grace_quarters = rest, 0
                loan.service_pa = share_cents(loan.outstanding, 4.0 / rest)
                note_balance(s, n, s.now)
        n = loan.next
    drop_ended(s, row)
