"""Draws, double entry, counts: what every handler uses (reference: context, ledger, tally)."""

from __future__ import annotations

from math import nan

from hybridsim.core import mathx, money, rng
from hybridsim.core.compiling import kernel, rule
from hybridsim.finance import curve
from hybridsim.rollout.kernel.columns import (
    M_BUDGET,
    M_OPENING,
    M_REFINANCING,
    OUTSIDE,
)
from hybridsim.rollout.kernel.exact import periods
from hybridsim.rollout.kernel.memory import (
    FULL,
    Run,
    answers_at,
    book_at,
    book_of,
    cohort_row,
    column_at,
    credit_at,
    entry_at,
    institution_at,
    instrument_row,
    line_at,
    lists_at,
    person_at,
    project_at,
    totals,
    touched_at,
    world,
)

CASH, CLAIM, REVENUE, COST, GUARANTEE, RECOVERY, WRITE_OFF = range(7)

share_cents = rule(money.share_cents)
to_cents = rule(money.to_cents)
uniform = rule(rng.uniform)
draw_index = rule(rng.draw_index)
lognormal_median = rule(rng.lognormal_median)
normal = rule(rng.normal)
exp = rule(mathx.exp)
discount_factor = rule(curve.discount_factor)


@kernel
def draw(s: Run, row: int, stream: int, index: int) -> float:
    """Keyed uniform of one institution."""
    w, p = world(s), person_at(s, row)
    return uniform(w.seed_lo, w.seed_hi, s.replication, p.key_lo, p.key_hi, stream, index)


@kernel
def draw_of(s: Run, row: int, k: int, stream: int, index: int) -> float:
    """Keyed uniform of one institution and one instrument."""
    w, p = world(s), person_at(s, row)
    t = w.instruments[k]
    return uniform(
        w.seed_lo, w.seed_hi, s.replication, p.key_lo ^ t.key_lo, p.key_hi ^ t.key_hi, stream, index
    )


@kernel
def discount(s: Run, time: float) -> float:
    """Value at month 0 of 1 paid at ``time``, on the base-rate path."""
    w = world(s)
    quarter = periods(time, 3.0)
    if quarter >= 4 * (w.years + 60):
        return discount_factor(time, w.rates)
    if quarter * 3.0 == time:
        return float(w.quarter_discounts[quarter])
    year = quarter >> 2
    left = time - 12.0 * year
    return float(w.quarter_discounts[4 * year] * exp(-w.log_rates[year] * left / 12.0))


@kernel
def base_rate(s: Run) -> float:
    """Base rate of the present year."""
    return float(world(s).rates[periods(s.now, 12.0)])


@kernel
def factor(s: Run, position: int, time: float) -> float:
    """State of a factor in the year that contains ``time``."""
    return float(s.factors[position, periods(time, 12.0)])


@kernel
def cash_of(s: Run, row: int) -> int:
    """Cash of an institution in cents; negative if the credit line is drawn."""
    return int(book_at(s, book_of(s, row)).balance[CASH])


@kernel
def _enter(
    s: Run, time: float, giver: int, giver_kind: int, receiver: int, receiver_kind: int, cents: int,
    memo: int, k: int,
) -> None:  # fmt: skip
    if s.n_entries >= s.room_entries:
        s.status |= FULL
        return
    e = entry_at(s, s.n_entries)
    s.n_entries += 1
    e.time, e.giver, e.giver_kind, e.receiver, e.receiver_kind = (
        time,
        giver,
        giver_kind,
        receiver,
        receiver_kind,
    )
    e.cents, e.memo, e.instrument = cents, memo, k


@kernel
def pay(
    s: Run, time: float, giver: int, giver_kind: int, receiver: int, receiver_kind: int, cents: int,
    memo: int, k: int,
) -> None:  # fmt: skip
    """Cash from giver to receiver; each books the other side under its own kind."""
    if cents == 0:
        return
    paid, got = book_at(s, giver).balance, book_at(s, receiver).balance
    paid[CASH] -= cents
    paid[giver_kind] += cents
    got[CASH] += cents
    got[receiver_kind] -= cents
    if s.record:
        _enter(s, time, giver, giver_kind, receiver, receiver_kind, cents, memo, k)


@kernel
def write_off(s: Run, time: float, creditor: int, debtor: int, cents: int, memo: int, k: int) -> None:
    """A claim that is given up: no cash moves."""
    given_up, freed = book_at(s, creditor).balance, book_at(s, debtor).balance
    given_up[WRITE_OFF] += cents
    given_up[CLAIM] -= cents
    freed[CLAIM] += cents
    freed[WRITE_OFF] -= cents
    if s.record and cents:
        _enter(s, time, creditor, WRITE_OFF, debtor, CLAIM, cents, memo, k)


@kernel
def refinance(s: Run, time: float, k: int, giver: int, receiver: int, cents: int) -> None:
    """Move refinancing principal between the bank and its refinancer."""
    pay(s, time, giver, CLAIM, receiver, CLAIM, cents, M_REFINANCING, k)


@kernel
def count_fiscal(s: Run, k: int, column: int, cents: int) -> None:
    """Add discounted public cost to its component, the total and the instrument (-1: none)."""
    totals(s).fiscal_pv_cents += cents
    column_at(s, column).value += cents
    if k >= 0:
        instrument_row(s, k).fiscal_pv_cents += cents


@kernel
def follows(s: Run, p: int, time: float) -> bool:
    """Whether a project has started and its follow-up is not over."""
    project = project_at(s, p)
    return bool(project.started_at >= 0.0 and time <= project.followed_until)


@kernel
def count_fiscal_of_cohort(s: Run, p: int, cents_pv: int, time: float) -> None:
    """Public cash at month 0's value; what was paid before the start waits for it."""
    project = project_at(s, p)
    if project.started_at < 0.0:
        project.fiscal_before += cents_pv
    elif follows(s, p, time):
        cohort_row(s, project.cohort).fiscal_pv_cents += share_cents(cents_pv, 1.0 / project.fiscal_at_start)


@kernel
def public_cash(s: Run, provider: int, k: int, column: int, cents_out: int, time: float, p: int) -> None:
    """Count discounted cash that leaves (positive) or reaches (negative) a public provider."""
    if cents_out and world(s).provider_public[provider]:
        cents = share_cents(cents_out, discount(s, time))
        count_fiscal(s, k, column, cents)
        count_fiscal_of_cohort(s, p, cents, time)


@kernel
def take_back(s: Run, k: int, cents: int) -> None:
    """Money comes back to a revolving fund and can be lent again."""
    if world(s).instruments[k].fund:
        s.fund_cash[k] += cents


@kernel
def happened(s: Run, rank: int, row: int, sub: int, amount: int) -> None:
    """Count a handled event, and log it if asked to."""
    totals(s).events += 1
    if s.record:
        if s.n_log >= s.room_log:
            s.status |= FULL
            return
        line = line_at(s, s.n_log)
        s.n_log += 1
        line.time, line.rank, line.row, line.sub, line.amount = s.now, rank, row, sub, amount


@kernel
def answers_add(s: Run, k: int, answer: int) -> None:
    """Count one answer of an instrument."""
    answers_at(s, k, answer).value += 1


@kernel
def year_at(s: Run, time: float) -> int:
    """Year that contains ``time``; the horizon itself belongs to the last year."""
    return min(periods(time, 12.0), int(world(s).years) - 1)


@kernel
def grant_budget(s: Run, row: int) -> None:
    """Hand out the digital budgets of all years begun; what exceeds the carry-over goes elsewhere."""
    person, inst, now = person_at(s, row), institution_at(s, row), s.now
    due = periods(now, 12.0) + 1
    while inst.budget_years < due:
        inst.budget_years += 1
        added = min(person.budget_pa, person.budget_cap - inst.earmark)
        if added > 0:
            inst.earmark += added
            pay(s, now, OUTSIDE, COST, book_of(s, row), REVENUE, added, M_BUDGET, 0)


@kernel
def open_institution(s: Run, row: int) -> None:
    """State of an institution that something happens to for the first time."""
    person, inst = person_at(s, row), institution_at(s, row)
    inst.touched = 1
    touched_at(s, s.n_touched).value = row
    s.n_touched += 1
    inst.first_project = inst.last_project = inst.first_loan = inst.last_loan = -1
    lists = lists_at(s, row)
    lists.first_aid = lists.last_aid = lists.first_application = lists.first_followed = -1
    inst.first_start = inst.defaulted_at = -1.0
    inst.pd_now, inst.pd_threshold = person.pd, credit_at(s, row).threshold
    pay(s, s.now, OUTSIDE, COST, book_of(s, row), REVENUE, person.liquidity, M_OPENING, 0)
    inst.shift_now = nan
    inst.next_quarter = periods(s.now, 3.0) * 3.0 + 3.0
    grant_budget(s, row)
