"""What the loans of a book owe after each of their payments, in closed form for many loans at once.

A loan pays every ``every_months`` months up to its maturity, counted back from it, so that the first period
may be shorter than the others. Interest runs from the day of the tape, simple between payments, and a month
is a twelfth of a year (30E/360). :mod:`hybridsim.finance.schedule` pays one loan with the same terms row by
row; tests hold the two together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hybridsim.credit.arrays import Floats, Integers, column

if TYPE_CHECKING:
    import pandas as pd

BULLET, LINEAR, ANNUITY = 0, 1, 2
REPAYMENTS = ("bullet", "linear", "annuity")
"""Names of the codes; the tape's column ``repayment`` holds one of them."""


@dataclass(frozen=True)
class Contracts:
    """n loans as columns of shape (n,), in the order of the tape."""

    principal_eur: Floats
    """What is owed on the day of the tape."""
    months: Integers
    """Months left to the maturity, at least 1."""
    repayment: Integers
    """`BULLET`, `LINEAR` or `ANNUITY`."""
    rate_pa: Floats
    grace_months: Integers
    """Months from the day of the tape in which interest is paid and nothing repaid, below ``months``."""
    every_months: int
    """Months between payments, the same for all loans."""

    def __len__(self) -> int:
        """Number of loans."""
        return int(self.principal_eur.size)

    @property
    def payments(self) -> Integers:
        """Number of payments left, (n,)."""
        return -(-self.months // self.every_months)

    @property
    def effective_rate_pa(self) -> Floats:
        """Rate per year at which a period's interest compounds, ``(1 + r m/12)^(12/m) - 1``, (n,).

        The original effective interest rate of IFRS 9 (5.4.1) for loans without fees or discount.
        """
        share = self.every_months / 12.0
        return np.expm1(np.log1p(self.rate_pa * share) / share)

    def taken(self, rows: Integers) -> Contracts:
        """The loans at ``rows``."""
        return Contracts(
            self.principal_eur[rows],
            self.months[rows],
            self.repayment[rows],
            self.rate_pa[rows],
            self.grace_months[rows],
            self.every_months,
        )


def contracts(
    tape: pd.DataFrame, every_months: int = 3, rate_if_unknown_pa: float | None = None
) -> Contracts:
    """The contracts of a tape.

    Parameters
    ----------
    tape
        Columns ``exposure_eur``, ``maturity_months`` (parts of a month count as a month), ``repayment``,
        ``rate_pa`` and, if given, ``grace_months``.
    every_months
        1, 3, 6 or 12. Tapes rarely tell; quarterly is the habit of promotional loans (*assumption*).
    rate_if_unknown_pa
        Stands in for rates that are NaN; without it they are refused.

    Raises
    ------
    ValueError
        If a value is missing, out of its range or an unknown repayment; quotes the first one and its row.
    """
    if every_months not in (1, 3, 6, 12):
        raise ValueError(f"every_months(={every_months}) must be 1, 3, 6 or 12")
    size = len(tape)
    left = np.ceil(column("maturity_months", tape["maturity_months"])).astype(np.int64)
    given = tape["grace_months"] if "grace_months" in tape.columns else 0.0
    grace = np.floor(column("grace_months", given, size=size)).astype(np.int64)
    for name, wrong in (
        ("maturity_months must be above 0", left < 1),
        ("grace_months must leave a payment before the maturity", grace >= left),
    ):
        if wrong.any():
            raise ValueError(f"{name}: row {int(np.flatnonzero(wrong)[0])} of the tape does not")
    names = np.asarray(tape["repayment"], dtype=object)
    codes = np.full(size, -1)
    for code, name in enumerate(REPAYMENTS):
        codes[names == name] = code
    unknown = np.flatnonzero(codes < 0)
    if unknown.size:
        first = int(unknown[0])
        raise ValueError(f"repayment[{first}](={names[first]!r}) must be one of {', '.join(REPAYMENTS)}")
    rates = np.asarray(tape["rate_pa"], dtype=np.float64)
    if rate_if_unknown_pa is not None:
        rates = np.where(np.isnan(rates), rate_if_unknown_pa, rates)
    return Contracts(
        column("exposure_eur", tape["exposure_eur"], size=size),
        left,
        codes,
        column("rate_pa", rates, low=-0.5, size=size),
        grace,
        every_months,
    )


def month_of_payment(loans: Contracts, rows: Integers, number: Integers) -> Integers:
    """Months from the day of the tape to payments ``number`` of the loans at ``rows``; 0 for number 0.

    ``rows`` and ``number`` broadcast. Numbers beyond the last payment go on with the same period.
    """
    months = loans.months[rows] - (loans.payments[rows] - number) * loans.every_months
    return np.where(number > 0, months, 0)


def payments_until(loans: Contracts, rows: Integers, month: Integers) -> Integers:
    """Number of payments due up to ``month`` (included) of the loans at ``rows``; the two broadcast."""
    left = np.maximum(loans.months[rows] - month, 0)
    return np.asarray(loans.payments[rows] + (-left // loans.every_months))


def balance_share(loans: Contracts, rows: Integers, number: Integers) -> Floats:
    """Share of the principal that is owed after payment ``number`` (0: today) of the loans at ``rows``.

    ``rows`` and ``number`` broadcast. Linear: ``1 - k/R`` after k of R redemptions. Annuity, for k > 0:
    ``A (1 - q^(R - k)) / (r y)`` with ``q = 1/(1 + r y)``, y the period and A the level payment; it
    solves ``1 + r y_1 = A sum_(j < R) q^j``, y_1 the period before its first date.
    """
    count = loans.payments[rows]
    free = payments_until(loans, rows, loans.grace_months[rows])
    redemptions = count - free
    made = np.clip(number - free, 0, redemptions)
    kind = loans.repayment[rows]
    bullet = np.where(number < count, 1.0, 0.0)
    linear = 1.0 - made / redemptions
    share = np.where(kind == BULLET, bullet, linear)
    annuity = (kind == ANNUITY) & (made > 0)
    if annuity.any():
        share = np.where(annuity, _annuity_share(loans, rows, redemptions, redemptions - made, free), share)
    return np.asarray(share, dtype=np.float64)


def _annuity_share(
    loans: Contracts, rows: Integers, redemptions: Integers, left: Integers, free: Integers
) -> Floats:
    period = loans.every_months / 12.0
    rate = loans.rate_pa[rows]
    one = np.ones_like(free)
    before = month_of_payment(loans, rows, free + one) - month_of_payment(loans, rows, free)
    growth = np.log1p(rate * period)
    # Without interest the quotient of the sums of discounts is that of their numbers.
    without = left / redemptions
    divisor = np.where(rate == 0.0, 1.0, np.expm1(-redemptions * growth) * (1.0 + rate * period))
    with_interest = (1.0 + rate * before / 12.0) * np.expm1(-left * growth) / divisor
    return np.where(rate == 0.0, without, with_interest)
