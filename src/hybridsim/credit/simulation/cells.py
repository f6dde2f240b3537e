"""Cells: runs of obligors that share a direction and are close in PD, so that one bound serves them all."""

from __future__ import annotations

from typing import TypedDict

import numpy as np

from hybridsim.core.compiling import entry
from hybridsim.credit.arrays import Floats, Integers
from hybridsim.credit.simulation.kernel import FOLDER

_WASTE = 0.1
"""Candidates per scenario that a cell may offer in vain: about what one more cell costs in time."""


class Cells(TypedDict):
    """Fields of `arrays.Book` that hold the cells."""

    cell_start: Integers
    cell_slope: Floats
    cell_offset: Floats
    cell_low: Floats
    cell_high: Floats
    cell_direction: Integers


def cells(pd: Floats, slope: Floats, offset: Floats, scale: Floats, direction: Integers) -> Cells:
    """Cut obligors, sorted by direction and falling PD, into cells; see `arrays.Book` for the fields."""
    starts = np.zeros(pd.size + 1, dtype=np.int64)
    count = _cut(pd, direction, starts)
    start = starts[: count + 1].copy()
    first = start[:-1]
    return Cells(
        cell_start=start,
        cell_slope=np.maximum.reduceat(slope, first),
        cell_offset=np.minimum.reduceat(offset, first),
        cell_low=np.minimum.reduceat(scale, first),
        cell_high=np.maximum.reduceat(scale, first),
        cell_direction=direction[first],
    )


@entry(FOLDER)
def _cut(pd: Floats, direction: Integers, starts: Integers) -> int:
    """Fill ``starts`` with the cells' first obligors and the end; returns the number of cells."""
    count, total = 0, 0.0
    for i in range(len(pd)):
        begin = starts[count - 1] if count > 0 else 0
        waste = (i + 1 - begin) * pd[begin] - total - pd[i]
        if count == 0 or direction[i] != direction[begin] or waste > _WASTE:
            starts[count] = i
            count += 1
            total = 0.0
        total += pd[i]
    starts[count] = len(pd)
    return count
