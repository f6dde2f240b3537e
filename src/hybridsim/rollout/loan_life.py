"""How each loan and each borrower's rating changed: what a lender's book showed at any month.

Engines note every quarter's balance as it comes; kept are the rows that say something new. A loan that runs
as planned changes only in what is outstanding: its last instalment and its last quarter of interest only are
months of the calendar, which stay until a payment holiday or a new plan moves them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from hybridsim.rollout.state import Institution, Loan

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
LoanRow = tuple[float | int, ...]

NOTED_BALANCE, NOTED_RATING = 8, 3
"""Figures of one note; see `Lives`."""


def rate_now(loan: Loan) -> float:
    """Borrower's rate per year, less the discount once the project is live."""
    if loan.project.live_at >= 0.0:
        return max(0.0, loan.rate_pa - loan.terms.live_discount)
    return loan.rate_pa


class Lives:
    """Notes of one replication, as they come.

    A balance: loan, month, cents outstanding, cents undrawn, rate, service, quarters left and quarters left
    with interest only. A rating: institution, month, PD.
    """

    def __init__(self) -> None:
        self.balances: list[LoanRow] = []
        self.ratings: list[LoanRow] = []

    def balance(self, loan: Loan, time: float) -> None:
        """Note where a loan stands."""
        done = loan.quarter - loan.plan_from
        self.balances.append(
            (
                loan.number, time, loan.outstanding, loan.undrawn, rate_now(loan), loan.service,
                loan.quarters - done, max(0, loan.grace_quarters - done),
            )
        )  # fmt: skip

    def rating(self, institution: Institution, time: float) -> None:
        """Note how a borrower is rated."""
        if institution.loans:
            self.ratings.append((institution.row, time, institution.pd_now))


def notes(rows: Sequence[LoanRow], width: int) -> Floats:
    """Notes as an array, shape (k, width); whole numbers below 2**53 stay exact."""
    return np.array(rows, dtype=np.float64).reshape(len(rows), width)


def in_order(rows: Sequence[LoanRow]) -> tuple[list[LoanRow], Integers]:
    """Rows of loans in the order of their table, and the place of each in it."""
    order = sorted(range(len(rows)), key=rows.__getitem__)
    places = np.empty(len(rows), dtype=np.int64)
    places[order] = np.arange(len(rows))
    return [rows[n] for n in order], places


def balance_rows(notes: Floats, places: Integers) -> Floats:
    """Columns of `layout.BALANCE` without the replication, from the notes of a replication, shape (k, 8)."""
    rows = notes.copy()
    rows[:, 0] = places[notes[:, 0].astype(np.int64)]
    # Quarter-ends up to the note are paid, so the first quarter left ends with the next one.
    paid = np.floor(notes[:, 1] / 3.0) * 3.0
    rows[:, 6] = np.where(notes[:, 7] > 0.0, paid + 3.0 * notes[:, 7], -1.0)
    rows[:, 7] = paid + 3.0 * notes[:, 6]
    rows[notes[:, 2] == 0.0, 6:] = -1.0
    return _news(rows)


def rating_rows(notes: Floats) -> Floats:
    """Columns of `layout.RATING` without the replication, from the notes of a replication, shape (k, 3)."""
    return _news(notes)


def _news(rows: Floats) -> Floats:
    """Rows by owner and month (the first two columns): the last of a month, if it says something new."""
    rows = rows[np.lexsort((np.arange(len(rows)), rows[:, 1], rows[:, 0]))]
    if not len(rows):
        return rows
    rows = rows[np.append(np.any(rows[1:, :2] != rows[:-1, :2], axis=1), True)]
    new = (rows[1:, 0] != rows[:-1, 0]) | np.any(rows[1:, 2:] != rows[:-1, 2:], axis=1)
    news: Floats = rows[np.append(True, new)]
    return news
