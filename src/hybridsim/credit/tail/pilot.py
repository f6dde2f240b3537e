"""Small runs that find out where the tail lies: the loss, the shifts, how many scenarios it takes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil, floor, log10

import numpy as np

from hybridsim.credit.arrays import Floats
from hybridsim.credit.simulation.arrays import Book
from hybridsim.credit.tail.directions import shifted_laws
from hybridsim.credit.tail.drawing import LOSS, WEIGHT, Drawing
from hybridsim.credit.tail.landscape import Landscape
from hybridsim.credit.tail.mixture import Mixture, own_law, refined
from hybridsim.credit.tail.sample import Sample

BATCHES = 16
SIZE = 64
_FIRST_LEVEL = 0.98
_LEAST_EFFECTIVE = 60.0
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
    """Three small runs, each aiming where the one before found the tail.

    None of their scenarios enters the result, so that what they happened to draw does not bias it.
    """
    landscape = Landscape(book)
    law = own_law(landscape.size)
    sample, drawing = _told(book, law, seed, "pilot 0", workers)
    if importance:
        wanted = _first_loss(sample, landscape, min(level, _FIRST_LEVEL))
        if wanted > 0.0:
            law = shifted_laws(landscape, wanted)
            for stage in (1, 2):
                sample, drawing = _told(book, law, seed, f"pilot {stage}", workers)
                wanted = _rounded(sample.quantile(1.0 - level)) or wanted
                law = _aimed(law, landscape, sample, drawing, level, wanted, again=stage == 1)
    told = BATCHES * SIZE * (3 if law.shifts.shape[0] else 1)
    return Pilot(law, told, _needed(sample, level))


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


def _told(book: Book, law: Mixture, seed: int, stage: str, workers: int) -> tuple[Sample, Drawing]:
    drawing = Drawing(book, law, seed, stage, SIZE)
    told = drawing.batches(range(BATCHES), workers, None, 0)
    return Sample(told[LOSS], told[WEIGHT]), drawing


def _first_loss(sample: Sample, landscape: Landscape, level: float) -> float:
    """Where to look first: a quantile that the plain sample has, or the largest single loss."""
    jumps = landscape.given(np.zeros(landscape.size)).jumps
    return _rounded(sample.quantile(1.0 - level)) or _rounded(0.9 * float(jumps.max(initial=0.0)))


def _aimed(
    law: Mixture,
    landscape: Landscape,
    sample: Sample,
    drawing: Drawing,
    level: float,
    wanted: float,
    again: bool,
) -> Mixture:
    """The law for a new loss: shifts searched again, or moved to where the sample's tail lies."""
    loss = sample.quantile(1.0 - level)
    if again:
        return shifted_laws(landscape, wanted)
    if sample.effective_size(loss) < _LEAST_EFFECTIVE:
        return replace(law, wanted_eur=wanted)
    places: list[Floats] = []
    for batch in range(BATCHES):
        coordinates, _, _ = drawing.states(batch)
        places.append(coordinates[sample.loss[batch] >= loss])
    weights = sample.weight[sample.loss >= loss]
    return refined(replace(law, wanted_eur=wanted), np.concatenate(places), weights)


def _needed(sample: Sample, level: float) -> float:
    """Scenarios for a relative half-width of 1; half-widths fall with the root of the number."""
    width = min(half_width(sample, level, narrowing=True), _WIDEST)
    return sample.size * width * width


def _rounded(loss: float) -> float:
    """Three leading digits: what differs between machines in the last bits must not move the run."""
    return round(loss, 2 - floor(log10(loss))) if loss > 0.0 else 0.0
