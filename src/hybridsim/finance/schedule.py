"""The payments of one loan, row by row, on their dates.

Rules and kinds of rows are those of the ACTUS Algorithmic Contract Type Specification (ACTUS Financial
Research Foundation) at fixed rates: PAM (bullet), LAM (linear), ANN (annuity) and LAX (steps). Nothing is
rounded.

The function is pure, knows one loan and takes tens of microseconds a row. Amounts are proportional to the
principal (and to the amounts that legs give), so a book of many loans needs one schedule at principal 1 for
each distinct set of terms, and multiplies its columns by the principals.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from hybridsim.finance.dates import add_months, year_fraction
from hybridsim.finance.due import Due, Kind, dues, level_ends
from hybridsim.finance.terms import Repayment, Terms

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Schedule:
    """Rows of one loan in order, as columns of equal length, seen from the lender.

    ``cash`` is positive when the borrower pays. ``principal`` lowers the balance (a payout and capitalised
    interest raise it), so ``cash = principal + interest`` but for a discount and for prices of loans bought
    and sold. ``balance``, ``accrued`` and ``rate_pa`` stand as they are after the row. ``kind`` holds codes
    of `Kind`, ``day`` the day of payment as datetime64[D].
    """

    day: npt.NDArray[np.datetime64]
    kind: npt.NDArray[np.str_]
    cash: Floats
    principal: Floats
    interest: Floats
    balance: Floats
    accrued: Floats
    rate_pa: Floats


class _Row(NamedTuple):
    due: Due
    cash: float
    principal: float
    interest: float
    balance: float
    accrued: float
    rate_pa: float


def schedule(terms: Terms) -> Schedule:
    """All payments of a loan; simple interest between payments, on the balance.

    Redemption takes place before interest on the same day, interest is paid in full on its dates. Without a
    maturity the loan ends when its legs have repaid it.

    Raises
    ------
    ValueError : if the terms have no maturity and their payments do not repay the loan within 160 years
    """
    rows = [row for row in _rows(terms, _maturity(terms)) if not row.due.silent]
    if terms.bought is not None:
        bought = [i for i, row in enumerate(rows) if row.due.kind is Kind.PURCHASE]
        if not bought:
            raise ValueError(
                f"bought={terms.bought[0]} comes after the loan's last day {rows[-1].due.nominal}"
            )
        rows = rows[bought[0] :]
    return Schedule(
        day=np.array([row.due.paid_on for row in rows], dtype="datetime64[D]"),
        kind=np.array([str(row.due.kind) for row in rows]),
        cash=np.array([row.cash for row in rows]),
        principal=np.array([row.principal for row in rows]),
        interest=np.array([row.interest for row in rows]),
        balance=np.array([row.balance for row in rows]),
        accrued=np.array([row.accrued for row in rows]),
        rate_pa=np.array([row.rate_pa for row in rows]),
    )


def _maturity(terms: Terms) -> date:
    """The last day: as agreed, else when solved payments have repaid the loan, else found by paying."""
    if terms.maturity is not None:
        return terms.maturity
    if terms.amortised_by is not None:
        return terms.amortised_by
    for years in (10, 40, 160):
        for row in _rows(terms, add_months(terms.start, 12 * years)):
            if row.due.kind is Kind.REDEMPTION and row.balance <= 1e-9 * terms.principal:
                return row.due.nominal
    raise ValueError(
        f"payments do not repay principal={terms.principal} at rate_pa={terms.rate_pa} in 160 years; "
        "raise them or give a maturity"
    )


def _rows(terms: Terms, end: date) -> list[_Row]:
    """Steps through what is due, up to the sale or the maturity."""
    state = _State(terms, end)
    rows = []
    for due in dues(terms, end):
        state.accrue(due.accrues_to)
        cash, principal, interest = state.take(due)
        rows.append(_Row(due, cash, principal, interest, state.balance, state.accrued, state.rate))
        if due.kind in {Kind.SALE, Kind.MATURITY}:
            break
    return rows


class _State:
    """Balance, accrued interest, rate and solved amounts of the legs, up to a day."""

    def __init__(self, terms: Terms, end: date) -> None:
        self.terms, self.end = terms, end
        self.balance, self.accrued = (terms.principal, terms.accrued) if terms.drawn else (0.0, 0.0)
        self.rate, self.until = terms.rate_pa, terms.start
        self.solved: dict[int, float] = {}

    def accrue(self, day: date) -> None:
        self.accrued += self.balance * self.rate * year_fraction(self.until, day, self.terms.day_count)
        self.until = day

    def take(self, due: Due) -> tuple[float, float, float]:
        """Cash, principal and interest of one row."""
        match due.kind:
            case Kind.PAYOUT:
                self.balance = self.terms.principal
                return self.terms.discount - self.balance, -self.balance, 0.0
            case Kind.REDEMPTION | Kind.DRAWING:
                paid = self._redeemed(due)
                self.balance -= paid
                return paid, paid, 0.0
            case Kind.INTEREST:
                paid, self.accrued = self.accrued, 0.0
                return paid, 0.0, paid
            case Kind.CAPITALISATION:
                added, self.accrued = self.accrued, 0.0
                self.balance += added
                return 0.0, -added, added
            case Kind.RATE:
                self.rate = due.amount or 0.0
            case Kind.PAYMENT_FIXED:
                self.solved[due.leg] = self._level_payment(level_ends(self.terms, self.end, due))
            case Kind.PURCHASE:
                return -(due.amount or 0.0) - self.accrued, -self.balance, -self.accrued
            case Kind.SALE:
                paid, self.accrued = self.accrued, 0.0
                sold, self.balance = self.balance, 0.0
                return (due.amount or 0.0) + paid, sold, paid
            case Kind.MATURITY:
                paid, self.balance = self.balance, 0.0
                return paid, paid, 0.0
        return 0.0, 0.0, 0.0

    def _redeemed(self, due: Due) -> float:
        annuity = self.terms.repayment is Repayment.ANNUITY
        amount = due.amount
        if amount is None and due.leg not in self.solved and not annuity:
            left = level_ends(self.terms, self.end, due)
            self.solved[due.leg] = self.balance / (1 + len(left))
        if amount is None:
            amount = self.solved[due.leg]
        return min(self.balance, amount - self.accrued if annuity else amount)

    def _level_payment(self, ends: list[date]) -> float:
        """Payment that leaves nothing at the last of ``ends``: what is owed over the sum of discounts.

        With no date left it is whatever is owed.
        """
        if not ends:
            return math.inf
        owed, factor, annuity = self.balance + self.accrued, 1.0, 0.0
        until = self.until
        for number, day in enumerate(ends):
            growth = self.rate * year_fraction(until, day, self.terms.day_count)
            if number == 0:
                owed += self.balance * growth
            else:
                factor /= 1.0 + growth
            annuity += factor
            until = day
        return owed / annuity
