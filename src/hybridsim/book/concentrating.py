"""How concentrated a book is: by exposure and by what each name adds to the shortfall."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from hybridsim.book.frames import frame
from hybridsim.credit.arrays import Floats
from hybridsim.credit.concentration import gini, herfindahl, lorenz_curve, top_names

if TYPE_CHECKING:
    import pandas as pd

_MEASURES = ("exposure", "es")
_CURVES = ("obligor", "group")
_POINTS = 201


def concentration(contributions: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The tables ``concentration`` and ``lorenz``; kinds of one name or without amounts are left out."""
    amounts = list(_amounts(contributions))
    return frame("concentration", map(_figures, *zip(*amounts, strict=True)) if amounts else ()), frame(
        "lorenz",
        (row for kind, measure, held in amounts if kind in _CURVES for row in _curve(kind, measure, held)),
    )


def _amounts(contributions: pd.DataFrame) -> Iterator[tuple[str, str, Floats]]:
    for kind, part in contributions.groupby("kind", sort=False):
        for measure in _MEASURES if len(part) > 1 or kind == "obligor" else ():
            # Rounding to cents may leave a cent below zero; nobody holds less than nothing.
            held = np.maximum(part[f"{measure}_eur"].to_numpy(dtype=np.float64), 0.0)
            if held.sum() > 0.0:
                yield str(kind), measure, held


def _figures(
    kind: str, measure: str, held: Floats
) -> tuple[str, str, int, float, float, float, float, float]:
    index = herfindahl(held)
    _, shares = top_names(held, 10)
    return kind, measure, held.size, index, 1.0 / index, gini(held), float(shares[0]), float(shares.sum())


def _curve(kind: str, measure: str, held: Floats) -> Iterator[tuple[str, str, float, float]]:
    """The curve at all names, or of a large book at some of them."""
    names, shares = lorenz_curve(held)
    places = np.unique(np.linspace(0, names.size - 1, min(names.size, _POINTS)).round().astype(np.int64))
    for place in places.tolist():
        yield kind, measure, float(names[place]), float(shares[place])
