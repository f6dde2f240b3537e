"""Cells: runs of obligors that share a direction and are close in PD, so that one bound serves them all."""

from __future__ import annotations

from typing import TypedDict

import numpy as np

from hybridsim.core.compiling import entry
from hybridsim.credit.arrays import Floats, Integers
from hybridsim.credit.simulation.arrays import WIDTH
from hybridsim.credit.simulation.kernel import FOLDER

_WASTE = 0.1
"""Candidates per scenario that a cell may offer in vain: about what one more cell costs in time."""


class Cells(TypedDict):
    """Fields of `arrays.Book` that hold the cells."""

    cell_start: Integers
    cell_size: Floats
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
    more = -count % WIDTH
    return Cells(
        cell_start=np.append(start, np.full(more, pd.size)),
        cell_size=_filled(np.diff(start).astype(np.float64), more),
        cell_slope=_filled(np.maximum.reduceat(slope, first), more),
        cell_offset=_filled(np.minimum.reduceat(offset, first), more),
        cell_low=_filled(np.minimum.reduceat(scale, first), more),
        cell_high=_filled(np.maximum.reduceat(scale, first), more),
        cell_direction=np.append(direction[first], np.zeros(more, dtype=np.int64)),
    )


def _filled(values: Floats, more: int) -> Floats:
    """Values of cells and as many zeros as fill the last block."""
    return np.append(values, np.zeros(more))


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
