"""What must hold in every replication (reference: checks): found here, explained by the reference engine."""

from __future__ import annotations

from itertools import pairwise

from hybridsim.core.compiling import kernel
from hybridsim.rollout import checks as reference
from hybridsim.rollout import layout
from hybridsim.rollout.kernel.books import CASH, CLAIM
from hybridsim.rollout.kernel.columns import FIRST_PROVIDER
from hybridsim.rollout.kernel.memory import (
    BROKEN,
    Run,
    aid_at,
    book_at,
    column_at,
    instrument_row,
    lists_at,
    loan_at,
    totals,
    touched_at,
    world,
)
from hybridsim.rollout.kernel.promises import WINDOW

_TOTAL = [column.name for column in layout.REPLICATION]
_PAIRS = tuple(
    (_TOTAL.index(more), _TOTAL.index(fewer)) for chain in reference.CHAINS for more, fewer in pairwise(chain)
)
_SOURCES = tuple(_TOTAL.index(name) for name in reference.SOURCES)
_GRANT = 3


@kernel
def books_hold(s: Run) -> bool:
    """Each owner's books add up to zero, and so do cash and claims over all owners."""
    cash = claims = 0
    for owner in range(FIRST_PROVIDER + world(s).n_providers + world(s).n):
        balance = book_at(s, owner).balance
        total = 0
        for kind in range(7):
            total += balance[kind]
        if total != 0:
            return False
        cash += balance[CASH]
        claims += balance[CLAIM]
    return bool(cash == 0 and claims == 0)


@kernel
def loans_hold(s: Run) -> bool:
    """Every loan has ended, and what was lent is accounted for."""
    first = FIRST_PROVIDER + world(s).n_providers
    for n in range(s.n_loans):
        loan = loan_at(s, n)
        if loan.outstanding != 0 or loan.principal != loan.repaid + loan.ead + loan.forgiven:
            return False
        if loan.ead != loan.recovered + loan.payout + loan.loss:
            return False
        if loan.recovered < 0 or loan.payout < 0 or loan.loss < 0:
            return False
        if book_at(s, first + loan.row).balance[CLAIM] != 0:
            return False
    return True


@kernel
def totals_hold(s: Run) -> bool:
    """Stages in order, sources equal uses, exposure is borne by somebody."""
    total = totals(s)
    for more, fewer in _PAIRS:
        if column_at(s, fewer).value > column_at(s, more).value:
            return False
    paid = losses = 0
    for column in _SOURCES:
        paid += column_at(s, column).value
    for k in range(world(s).n_instruments):
        losses += instrument_row(s, k).loss_cents
    borne = total.recovered_cents + total.payout_cents + total.loss_cents
    return bool(paid == total.uses_cents and borne == total.ead_cents and losses == total.loss_cents)


@kernel
def caps_hold(s: Run) -> bool:
    """De-minimis ceilings, programme budgets and guarantee caps."""
    w = world(s)
    for position in range(s.n_touched):
        first = lists_at(s, touched_at(s, position).value).first_aid
        a = first
        while a >= 0:
            month, used = aid_at(s, a).month, 0
            b = first
            while b >= 0:
                other = aid_at(s, b)
                if month - WINDOW < other.month <= month:
                    used += other.cents
                b = other.next
            if used > w.ceiling:
                return False
            a = aid_at(s, a).next
    for k in range(w.n_instruments):
        t, counts = w.instruments[k], instrument_row(s, k)
        if counts.budget_cents and t.kind == _GRANT and counts.granted_cents > counts.budget_cents:
            return False
        if t.cap_rate < 1.0 and s.guarantee_paid[k] > t.cap_rate * s.guaranteed_volume[k] + 1.0:
            return False
    return True


@kernel
def check(s: Run) -> None:
    """Mark the run as broken if a rule does not hold."""
    if not (books_hold(s) and loans_hold(s) and totals_hold(s) and caps_hold(s)):
        s.status |= BROKEN
