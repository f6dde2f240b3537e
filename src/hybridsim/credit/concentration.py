"""Concentration of a book: Herfindahl-Hirschman index, largest names, Lorenz curve."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hybridsim.credit.arrays import Floats, Integers, column

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def herfindahl(amounts_eur: ArrayLike) -> float:
    """Sum of squared shares, from 1/n to 1; its inverse is the effective number of names.

    ``amounts_eur`` (n,) are exposures or risk contributions per name, >= 0: sum an obligor's loans first.

    Raises
    ------
    ValueError
        If an amount is negative or all are zero.
    """
    shares = _shares(amounts_eur)
    return float(shares @ shares)


def top_names(amounts_eur: ArrayLike, count: int) -> tuple[Integers, Floats]:
    """Positions and shares of the ``count`` largest names, largest first; equal ones by row.

    Both have shape (min(count, n),).
    """
    if count < 1:
        raise ValueError(f"count(={count}) must be >= 1")
    shares = _shares(amounts_eur)
    order = np.argsort(-shares, kind="stable")[:count]
    return order.astype(np.int64), shares[order]


def lorenz_curve(amounts_eur: ArrayLike) -> tuple[Floats, Floats]:
    """Share of the names, smallest first, and what they hold of the total; both (n + 1,), from 0 to 1."""
    shares = np.sort(_shares(amounts_eur))
    held = np.concatenate(([0.0], np.cumsum(shares)))
    return np.linspace(0.0, 1.0, shares.size + 1), held / held[-1]


def gini(amounts_eur: ArrayLike) -> float:
    """Twice the area between diagonal and Lorenz curve: 0 if all are equal, (n - 1)/n if one has all."""
    names, held = lorenz_curve(amounts_eur)
    return float(1.0 - np.sum((held[1:] + held[:-1]) * np.diff(names)))


def _shares(amounts_eur: ArrayLike) -> Floats:
    amounts = column("amounts_eur", amounts_eur)
    total = float(amounts.sum())
    if not total > 0.0:
        raise ValueError("amounts_eur must have a positive sum")
    return amounts / total
