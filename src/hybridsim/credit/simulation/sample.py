"""Simulated losses, summed up as they come: moments, a histogram and the worst of them."""

from __future__ import annotations

from dataclasses import dataclass
from math import frexp

import numpy as np

from hybridsim.core.compiling import entry, kernel
from hybridsim.credit.arrays import Floats, Integers
from hybridsim.credit.simulation.kernel import FOLDER

BINS_PER_OCTAVE = 128
_OCTAVES = 40
BINS = BINS_PER_OCTAVE * _OCTAVES + 2
MOMENTS = 4


@dataclass(frozen=True, eq=False)
class Tail:
    """The worst losses, falling; of equal ones those of earlier scenarios come first."""

    loss_eur: Floats
    other_eur: Floats
    """Loss of the other part of the book in the same scenarios: of the base for the whole, and vice versa."""
    scenario: Integers


@dataclass(frozen=True, eq=False)
class LossSample:
    """N simulated losses of a book and of its base part, from the same draws.

    Sums are over scenarios of ``(loss - centre)`` to the powers 1 to 4. Bins are those of :func:`bin_edges`.
    """

    scenarios: int
    level: float
    """From this level on quantiles and shortfalls can be had."""
    centre_eur: tuple[float, float]
    sums: Floats
    """(3, 4): whole, base, and whole less base (centred at the difference of the centres)."""
    histogram: Integers
    """(2, BINS): scenarios by loss of the whole and of the base."""
    tail: Tail
    base_tail: Tail


def bin_edges() -> Floats:
    """Lower ends in euros of the histogram's bins, (BINS,): 0, then 1 to 2**40, 128 bins an octave.

    A bin is at most 0.8 % wide; the first holds losses below one euro, the last all beyond.
    """
    steps = np.arange(BINS - 1)
    edges = np.ldexp(1.0 + (steps % BINS_PER_OCTAVE) / BINS_PER_OCTAVE, steps // BINS_PER_OCTAVE)
    return np.concatenate([[0.0], edges])


@entry(FOLDER)
def add_up(
    whole: Floats, base: Floats, centre: float, base_centre: float, sums: Floats, histogram: Integers
) -> None:
    """Add a block of losses to (3, 4) ``sums`` and (2, BINS) ``histogram``."""
    for i in range(len(whole)):
        values = (whole[i] - centre, base[i] - base_centre, whole[i] - base[i] - (centre - base_centre))
        for row in range(3):
            power = 1.0
            for moment in range(MOMENTS):
                power *= values[row]
                sums[row, moment] += power
        histogram[0, _bin(whole[i])] += 1
        histogram[1, _bin(base[i])] += 1


@kernel
def _bin(loss: float) -> int:
    if loss < 1.0:
        return 0
    mantissa, exponent = frexp(loss)
    if exponent > _OCTAVES:
        return BINS - 1
    return 1 + (exponent - 1) * BINS_PER_OCTAVE + int((mantissa - 0.5) * 2 * BINS_PER_OCTAVE)


class Worst:
    """Keeps the ``size`` worst of a stream of losses."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._kept: list[tuple[Floats, Floats, Integers]] = []
        self._count = 0
        self._least = -np.inf

    def add(self, losses: Floats, others: Floats, first: int) -> None:
        """Look at the losses of scenarios ``first``, ``first + 1``, ..., later than those seen before."""
        places = np.flatnonzero(losses > self._least)
        if places.size:
            self._kept.append((losses[places], others[places], places + first))
            self._count += places.size
            if self._count > 2 * self._size + losses.size:
                self._cut()

    def tail(self) -> Tail:
        """What was kept."""
        self._cut()
        return Tail(*self._kept[0])

    def _cut(self) -> None:
        nothing = (np.zeros(0), np.zeros(0), np.zeros(0, dtype=np.int64))
        losses, others, scenarios = map(np.concatenate, zip(nothing, *self._kept, strict=True))
        order = np.lexsort((scenarios, -losses))[: self._size]
        self._kept = [(losses[order], others[order], scenarios[order])]
        self._count = order.size
        if order.size == self._size:
            self._least = float(losses[order[-1]])
