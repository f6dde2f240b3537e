"""Columns of money in whole cents, so that the rows of a table add up to its totals exactly.

Amounts are computed in euros, rounded once per row by the rule of :mod:`hybridsim.core.money`, and summed as
whole numbers of cents. Tables show euros: the float next to a whole number of cents.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hybridsim.credit.arrays import Floats, Integers

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import ArrayLike

MONEY = "_eur"
"""Columns of a table whose names end so are money."""


def cents(eur: ArrayLike) -> Integers:
    """Euros as whole cents, half a cent away from zero; any shape, finite, below 45 trillion euros."""
    amounts = np.asarray(eur, dtype=np.float64)
    if not np.isfinite(amounts).all():
        raise ValueError("an amount in euros is not finite")
    return np.asarray(np.copysign(np.floor(np.abs(amounts) * 100.0 + 0.5), amounts), dtype=np.int64)


def euros(whole_cents: ArrayLike) -> Floats:
    """Whole cents as euros."""
    return np.asarray(np.asarray(whole_cents, dtype=np.int64) / 100.0, dtype=np.float64)


def rounded(eur: ArrayLike) -> Floats:
    """Euros rounded to cents."""
    return euros(cents(eur))


def total(eur: ArrayLike) -> float:
    """Sum of amounts in euros, each rounded to cents, summed exactly."""
    return int(cents(eur).sum()) / 100.0


def totals(frame: pd.DataFrame, by: Sequence[str] = ()) -> pd.DataFrame:
    """Sums of all columns of money, exact to the cent, and the number of rows (``loans``).

    One row per value of the columns ``by``, sorted by them, unknown values (NaN) a group of their own;
    without ``by`` one row for all.
    """
    import pandas as pd

    money = [name for name in frame.columns if str(name).endswith(MONEY)]
    whole = pd.DataFrame({name: cents(frame[name]) for name in money}, index=frame.index)
    whole["loans"] = 1
    if by:
        keys = [frame[name] for name in by]
        summed = whole.groupby(keys, dropna=False, sort=True, observed=True).sum().reset_index()
    else:
        summed = whole.sum().to_frame().T
    for name in money:
        summed[name] = euros(summed[name])
    return summed[[*by, "loans", *money]]
