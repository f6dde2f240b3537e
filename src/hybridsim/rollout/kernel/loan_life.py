"""How loans and ratings change, noted for a lender's book (reference: loan_life)."""

from __future__ import annotations

from hybridsim.core.compiling import kernel
from hybridsim.rollout.kernel.memory import (
    FULL,
    Run,
    balance_at,
    institution_at,
    loan_at,
    project_at,
    rating_at,
    world,
)


@kernel
def rate_now(s: Run, n: int) -> float:
    """Borrower's rate per year, less the discount once the project is live."""
    loan = loan_at(s, n)
    if project_at(s, loan.project).live_at >= 0.0:
        return max(0.0, loan.rate_pa - world(s).instruments[loan.terms].live_discount)
    return float(loan.rate_pa)


@kernel
def note_balance(s: Run, n: int, time: float) -> None:
    """Note where a loan stands, if asked to."""
    if not s.follow:
        return
    if s.n_balances >= s.room_balances:
        s.status |= FULL
        return
    note, loan = balance_at(s, s.n_balances), loan_at(s, n)
    s.n_balances += 1
    done = loan.quarter - loan.plan_from
    note.loan, note.time, note.outstanding, note.undrawn = n, time, loan.outstanding, loan.undrawn
    note.rate_pa, note.service = rate_now(s, n), loan.service
    note.left, note.grace_left = loan.quarters - done, max(0, loan.grace_quarters - done)


@kernel
def note_rating(s: Run, row: int) -> None:
    """Note how a borrower is rated, if asked to."""
    inst = institution_at(s, row)
    if not s.follow or inst.first_loan < 0:
        return
    if s.n_ratings >= s.room_ratings:
        s.status |= FULL
        return
    note = rating_at(s, s.n_ratings)
    s.n_ratings += 1
    note.row, note.time, note.pd = row, s.now, inst.pd_now
