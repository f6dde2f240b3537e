"""Small runs that find out where the tail lies: the loss, the shifts, how many scenarios it takes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil, floor, log10

import numpy as np
import numpy.typing as npt

from hybridsim.credit.arrays import Floats
from hybridsim.credit.simulation.arrays import Book
from hybridsim.credit.tail.directions import shifted_laws
from hybridsim.credit.tail.drawing import DENSITIES, LOSS, WEIGHT, Drawing
from hybridsim.credit.tail.landscape import Landscape
from hybridsim.credit.tail.mixture import Mixture, own_law, refined
from hybridsim.credit.tail.sample import Sample

BATCHES = 16
_WITHOUT, _WITH_LEADS = 3, 4
"""Pilot runs of laws without and with leads."""
SIZE = 64
_FIRST_LEVEL = 0.98
_LEAST_EFFECTIVE, _TOO_FEW = 60.0, 20.0
"""Effective scenarios of a tail that shifts are moved by; a pilot is made longer for the first, and fewer
than the second move nothing."""
_MOST_BATCHES = 128
_WIDEST = 0.1
"""Half-width at which a pilot is no longer believed: the run itself tells how many more it takes."""
FEWEST_SCENARIOS = 3_072
_BATCHES_LOW = 24
"""A run has from 24 to 47 batches at first: enough for their variance, few enough for even points in each."""


@dataclass(frozen=True)
class Pilot:
    """What the small runs found."""

    law: Mixture
    scenarios: int
    needed: float
    """Scenarios for a relative half-width of 1."""


def explore(book: Book, level: float, seed: int, workers: int, importance: bool) -> Pilot:
    """Small runs, each aiming where the one before found the tail: three, one more if obligors lead.

    None of their scenarios enters the result, so that what they happened to draw does not bias it.
    """
    landscape = Landscape(book)
    law = own_law(landscape.size)
    run = _Run(Drawing(book, law, seed, "pilot 0", SIZE), level, workers)
    told, runs = run.sample.size, 1
    if importance:
        wanted = _first_loss(run.sample, landscape, min(level, _FIRST_LEVEL))
        if wanted > 0.0:
            law = shifted_laws(landscape, wanted)
            while runs < (_WITH_LEADS if (law.leads >= 0).any() else _WITHOUT):
                run = _Run(Drawing(book, law, seed, f"pilot {runs}", SIZE), level, workers)
                run.extend(_LEAST_EFFECTIVE)
                wanted = _rounded(run.sample.quantile(1.0 - level)) or wanted
                law = shifted_laws(landscape, wanted) if runs == 1 else run.moved(wanted)
                told, runs = told + run.sample.size, runs + 1
    return Pilot(law, told, _needed(run.sample, level))


def split(scenarios: float) -> tuple[int, int]:
    """Batches and their size, a power of two, for at least so many scenarios."""
    wanted = max(scenarios, FEWEST_SCENARIOS)
    size = 1 << floor(np.log2(wanted / _BATCHES_LOW))
    return ceil(wanted / size), size


def half_width(sample: Sample, level: float, *, narrowing: bool = False) -> float:
    """The larger half-width of VaR and ES relative to its figure; 0 where the figure is 0 for certain.

    ``narrowing`` leaves out a VaR whose interval more scenarios do not narrow: losses near it are too coarse.
    """
    widths = []
    value = sample.value_at_risk(level)
    for figure in (value, sample.expected_shortfall(level)):
        if figure.half_width == 0.0 or (narrowing and figure is value and sample.is_coarse(figure)):
            widths.append(0.0)
        else:
            widths.append(figure.half_width / figure.value if figure.value > 0.0 else np.inf)
    return max(widths)


class _Run:
    """One pilot: its sample, and the scenarios of its tail for moving the law to where they lie."""

    def __init__(self, drawing: Drawing, level: float, workers: int) -> None:
        self._drawing, self._level, self._workers = drawing, level, workers
        self._take(self._more(range(BATCHES)))

    def extend(self, effective: float) -> None:
        """Tell twice as many scenarios until the tail has so many effective ones, within reason."""
        while self._effective() < effective and self._told.shape[1] < _MOST_BATCHES:
            batches = self._told.shape[1]
            self._take(np.concatenate((self._told, self._more(range(batches, 2 * batches))), axis=1))

    def moved(self, wanted: float) -> Mixture:
        """The law for a loss of that size, its shifts moved to where this run's tail lies."""
        law = replace(self._drawing.law, wanted_eur=wanted)
        if self._effective() < _TOO_FEW:
            return law
        tail, weights = self._tail()
        batches = range(tail.shape[0])
        places = np.concatenate([self._drawing.states(batch)[0][tail[batch]] for batch in batches])
        return refined(law, places, self._told[DENSITIES:, tail].T, weights)

    def _more(self, numbers: range) -> Floats:
        return self._drawing.batches(numbers, self._workers, None, 0, rows=None)

    def _take(self, told: Floats) -> None:
        self._told = told
        self.sample = Sample(told[LOSS], told[WEIGHT])

    def _tail(self) -> tuple[npt.NDArray[np.bool_], Floats]:
        """Which scenarios (B, n) lie in the tail, and what they count: half for its probability, which the
        VaR takes, half for its excess, which the shortfall takes.
        """
        sample = self.sample
        var = sample.quantile(1.0 - self._level)
        tail = sample.loss >= var
        weights, excess = sample.weight[tail], sample.loss[tail] - var
        together = float((weights * excess).sum())
        return tail, weights * (1.0 + excess * (weights.sum() / together if together > 0.0 else 0.0))

    def _effective(self) -> float:
        weights = self._tail()[1]
        return float(weights.sum() ** 2 / (weights * weights).sum())


def _first_loss(sample: Sample, landscape: Landscape, level: float) -> float:
    """Where to look first: a quantile that the plain sample has, or the largest single loss."""
    jumps = landscape.given(np.zeros(landscape.size)).jumps
    return _rounded(sample.quantile(1.0 - level)) or _rounded(0.9 * float(jumps.max(initial=0.0)))


def _needed(sample: Sample, level: float) -> float:
    """Scenarios for a relative half-width of 1; half-widths fall with the root of the number."""
    width = min(half_width(sample, level, narrowing=True), _WIDEST)
    return sample.size * width * width


def _rounded(loss: float) -> float:
    """Three leading digits: what differs between machines in the last bits must not move the run."""
    return round(loss, 2 - floor(log10(loss))) if loss > 0.0 else 0.0
