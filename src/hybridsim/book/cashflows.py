"""Cash flows of the loans of a book: as agreed, and as expected.

Agreed: interest and principal of each payment, in whole cents: balances are rounded, principal is the
difference of two balances, interest is that of the rounded balance before. Expected: what survivors pay, what
the estates of the others yield and what their guarantors pay, both at the end of the workout.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from hybridsim.book.amortisation import Contracts, balance_share, month_of_payment
from hybridsim.book.amounts import cents, euros
from hybridsim.credit.arrays import Floats, Integers, check_between, column
from hybridsim.finance.dates import add_months, is_month_end

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    from numpy.typing import ArrayLike

_ROWS_AT_ONCE = 2_000_000


@dataclass(frozen=True)
class Risk:
    """What makes expected flows differ from the agreed ones; n loans, Y years."""

    pd_pa: Floats
    """(n, Y) PD of each year given survival to its start; the last one goes on. 1: in default today."""
    lgd: Floats
    """(n,) share of what is owed that the estate leaves open, at its value on the day of default."""
    cover: Floats
    """(n,) share of that loss which the guarantor pays, net of his own default."""
    workout_months: float
    """From the end of the period of the default to the money, rounded up to whole periods."""


def risk(
    pd_pa: ArrayLike, lgd: ArrayLike, cover: ArrayLike = 0.0, workout_months: float = 18.0, *, loans: int
) -> Risk:
    """Check and put together; ``pd_pa`` is (n,) or (n, Y). 18 months of workout are an *assumption*."""
    yearly = np.asarray(pd_pa, dtype=np.float64)
    if yearly.ndim != 2:
        yearly = column("pd_pa", yearly, high=1.0, size=loans)[:, None]
    if yearly.shape[0] != loans or yearly.shape[1] == 0:
        raise ValueError(f"pd_pa has shape {yearly.shape}; it must be ({loans},) or ({loans}, years)")
    check_between("pd_pa", yearly, 0.0, 1.0)
    if workout_months < 0:
        raise ValueError(f"workout_months(={workout_months}) must be >= 0")
    return Risk(
        yearly,
        column("lgd", lgd, high=1.0, size=loans),
        column("cover", cover, high=1.0, size=loans),
        workout_months,
    )


def survival(pd_pa: Floats, rows: Integers, month: Integers) -> Floats:
    """Probability that the loans at ``rows`` have not defaulted by ``month``; hazard constant within a year.

    ``rows`` and ``month`` broadcast; ``pd_pa`` is (n, Y) as in `Risk`.
    """
    years = pd_pa.shape[1]
    passed = np.concatenate((np.ones((pd_pa.shape[0], 1)), np.cumprod(1.0 - pd_pa, axis=1)), axis=1)
    whole = np.minimum(month // 12, years - 1)
    rest = month / 12.0 - whole
    return np.asarray(passed[rows, whole] * (1.0 - pd_pa[rows, whole]) ** rest, dtype=np.float64)


def cash_flows(loan_id: ArrayLike, loans: Contracts, day: date, expected: Risk | None = None) -> pd.DataFrame:
    """Payments of all loans, in the order of the tape and of time.

    Parameters
    ----------
    loan_id
        (n,) names.
    loans
        The contracts, (n,).
    day
        The day of the tape: what is owed then is ``loans.principal_eur``.
    expected
        Adds the columns of the expected flows, and rows after the maturity for what workouts bring.

    Returns
    -------
    pandas.DataFrame
        ``loan_id`` (categorical), ``month`` (from ``day``), ``date``, ``interest_eur``, ``principal_eur``,
        ``balance_eur`` (owed afterwards), and with ``expected``: ``expected_interest_eur``,
        ``expected_principal_eur``, ``expected_recovery_eur``, ``expected_payout_eur``. Euros in whole cents;
        the principal of a loan adds up to what it owes.
    """
    import pandas as pd

    return pd.concat(list(cash_flow_blocks(loan_id, loans, day, expected)), ignore_index=True)


def cash_flow_blocks(
    loan_id: ArrayLike, loans: Contracts, day: date, expected: Risk | None = None
) -> Iterator[pd.DataFrame]:
    """`cash_flows` in pieces of about two million rows, for books that do not fit into memory.

    All pieces have the same categories of ``loan_id``. A book without loans gives one empty piece.
    """
    import pandas as pd

    names = pd.Index(np.asarray(loan_id, dtype=object))
    if names.size != len(loans):
        raise ValueError(f"loan_id has {names.size} names for {len(loans)} loans")
    extra = 0 if expected is None else ceil(expected.workout_months / loans.every_months)
    rows_of = loans.payments + extra
    ends = np.cumsum(rows_of)
    first = 0
    while first < len(loans) or first == 0:
        start = int(ends[first - 1]) if first else 0
        after = max(int(np.searchsorted(ends, start + _ROWS_AT_ONCE, side="right")), first + 1)
        block = np.arange(first, min(after, len(loans)))
        yield _block(names, loans, block, day, expected, extra)
        first = after


def _block(
    names: pd.Index, loans: Contracts, block: Integers, day: date, expected: Risk | None, extra: int
) -> pd.DataFrame:
    import pandas as pd

    rows_of = loans.payments[block] + extra
    rows = np.repeat(block, rows_of)
    number = np.arange(rows.size) - np.repeat(np.cumsum(rows_of) - rows_of, rows_of) + 1
    month = month_of_payment(loans, rows, number)
    owed = cents(loans.principal_eur[rows])
    before = cents(euros(owed) * balance_share(loans, rows, number - 1))
    after = cents(euros(owed) * balance_share(loans, rows, number))
    period = (month - month_of_payment(loans, rows, number - 1)) / 12.0
    interest = cents(euros(before) * loans.rate_pa[rows] * period)
    dates = _dates(day, int(month.max(initial=0)))
    table = pd.DataFrame(
        {
            "loan_id": pd.Categorical.from_codes(rows, dtype=pd.CategoricalDtype(names)),
            "month": month,
            "date": dates[month],
            "interest_eur": euros(interest),
            "principal_eur": euros(before - after),
            "balance_eur": euros(after),
        }
    )
    if expected is not None:
        alive = survival(expected.pd_pa, rows, month)
        recovered, paid_out = _recoveries(loans, rows, number, expected, extra)
        table["expected_interest_eur"] = euros(cents(alive * euros(interest)))
        table["expected_principal_eur"] = euros(cents(alive * euros(before - after)))
        table["expected_recovery_eur"] = euros(cents(recovered))
        table["expected_payout_eur"] = euros(cents(paid_out))
    return table


def _recoveries(
    loans: Contracts, rows: Integers, number: Integers, expected: Risk, extra: int
) -> tuple[Floats, Floats]:
    """Estates' yield and guarantors' payouts at payment ``number`` from defaults ``extra`` periods before.

    A loss share is a value on the day of default, so that what is paid later carries interest at the
    effective rate; it starts with the period of the default, whose interest is owed, too.
    """
    defaulted = np.maximum(number - extra, 0)
    began = month_of_payment(loans, rows, np.maximum(defaulted - 1, 0))
    ended = month_of_payment(loans, rows, defaulted)
    chance = survival(expected.pd_pa, rows, began) - survival(expected.pd_pa, rows, ended)
    owed = loans.principal_eur[rows] * balance_share(loans, rows, np.maximum(defaulted - 1, 0))
    years = (month_of_payment(loans, rows, number) - began) / 12.0
    grown = np.where(defaulted > 0, chance * owed, 0.0) * (1.0 + loans.effective_rate_pa[rows]) ** years
    lost = expected.lgd[rows]
    return grown * (1.0 - lost), grown * lost * expected.cover[rows]


def _dates(day: date, months: int) -> Integers:
    """Days of payment by month from the day of the tape; a month's last day stays a last day."""
    last = is_month_end(day)
    days = [add_months(day, month, last) for month in range(months + 1)]
    return np.array(days, dtype="datetime64[D]").astype("datetime64[s]")
