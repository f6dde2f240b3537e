"""Where in the factors large losses come from: the shifts of the importance sampling.

A shift maximises the bound ``max over theta of psi(theta; z) - theta x - z.z/2`` on ``ln P(L > x | z)
phi(z)`` (Glasserman and Li 2005, 5.1). A tail with several directions has several maxima; all that matter are
kept, since with one shift alone the others' scenarios would be rare and heavy (Glasserman, Kang and
Shahabuddin, "Fast simulation of multifactor portfolio credit risk", Operations Research 56, 2008).
"""

from __future__ import annotations

import numpy as np

from hybridsim.credit.arrays import Floats
from hybridsim.credit.tail.bound import Cells, expected_loss
from hybridsim.credit.tail.climb import height, lowest
from hybridsim.credit.tail.landscape import Landscape
from hybridsim.credit.tail.leading import leads
from hybridsim.credit.tail.mixture import Mixture, mixture

_FARTHEST = 6.0
_NEAR = 1.25
"""Shifts nearer to each other than this are one direction."""
_FORGOTTEN = 6.0
"""A direction is left out if its bound is this much lower on the log scale than the best."""
_MOST = 12
_CLOSE = 0.02
_DIRECTIONS = 40
_CELLS = 500


def shifted_laws(landscape: Landscape, wanted_eur: float) -> Mixture:
    """The mixture for losses above ``wanted_eur``: the shifts without a lead, then the leads with theirs."""
    shifts = maxima(landscape, wanted_eur)
    for bound, place in _expecting(landscape, wanted_eur, shifts[0][0]):
        if all(float(np.linalg.norm(place - other)) > _NEAR for _, other in shifts):
            shifts.append((bound, place))
    found = [(bound, -1, place) for bound, place in shifts]
    found += leads(landscape, [place for _, _, place in found], wanted_eur)[:_MOST]
    best = max(bound for bound, _, _ in found)
    found = [law for law in found if law[1] < 0 or law[0] >= best - _FORGOTTEN]
    odds = np.array([np.exp(0.5 * (bound - best)) for bound, _, _ in found])
    who = np.array([lead for _, lead, _ in found], dtype=np.int64)
    return mixture(np.array([place for _, _, place in found]), who, odds, wanted_eur)


def maxima(landscape: Landscape, wanted_eur: float) -> list[tuple[float, Floats]]:
    """Bound and place of each shift that matters, the highest first; 0 where nothing hangs on a factor."""
    cells, scale = _cells(landscape, np.zeros(landscape.size))
    wanted = wanted_eur / scale
    found: list[tuple[float, Floats]] = []
    for direction in starts(landscape):
        start = _reaching(landscape, cells, direction, wanted)
        if start is None and found:
            continue
        start = direction * _FARTHEST if start is None else start
        if found and height(landscape.book, cells, start, wanted) < found[0][0] - 2.0 * _FORGOTTEN:
            continue
        _keep(found, *_climb(landscape, cells, start, wanted))
    if landscape.varies:
        # Jumps at default hang on the state: look again from where the first search ended.
        places, found = [place for _, place in found], []
        for start in places:
            cells, scale = _cells(landscape, start)
            _keep(found, *_climb(landscape, cells, start, wanted_eur / scale))
    if not found:
        origin = np.zeros(landscape.size)
        return [(float(height(landscape.book, cells, origin, wanted_eur / scale)), origin)]
    return [pair for pair in found if pair[0] >= found[0][0] - _FORGOTTEN][:_MOST]


def _expecting(landscape: Landscape, wanted_eur: float, best: float) -> list[tuple[float, Floats]]:
    """States that expect the loss without a tilt: what hurts the whole book, and a small W.

    Chernoff's bound rates single large defaults too high, and a book's bad years too low.
    """
    found = []
    for direction in starts(landscape)[: 1 + landscape.size - landscape.factors]:
        length = landscape.reaching(direction, wanted_eur, _FARTHEST, _CLOSE)
        if length is not None and 0.5 * length * length <= 2.0 * _FORGOTTEN - best:
            found.append((-0.5 * length * length, length * direction))
    return found


def _keep(found: list[tuple[float, Floats]], bound: float, place: Floats) -> None:
    """Add a maximum, unless a higher one is near; highest first."""
    near = [pair for pair in found if float(np.linalg.norm(pair[1] - place)) <= _NEAR]
    if any(pair[0] >= bound for pair in near):
        return
    found[:] = [pair for pair in found if not any(pair is other for other in near)]
    found.append((bound, place))
    found.sort(key=lambda pair: -pair[0])


def starts(landscape: Landscape) -> list[Floats]:
    """Directions of length 1: what hurts the whole book, like obligors, and single factors; a small W."""
    book = landscape.book
    given = landscape.given(np.zeros(landscape.size))
    hurt = np.bincount(
        book.direction, given.jumps * book.scale * np.sqrt(given.chances), book.directions.shape[0]
    )
    together = (book.directions * hurt[:, None]).sum(axis=0)
    rows = [together]
    rows += [book.directions[place] for place in np.argsort(-hurt, kind="stable")[:_DIRECTIONS]]
    rows += [np.sign(together[axis]) * unit for axis, unit in enumerate(np.eye(landscape.factors))]
    found = [np.append(-row, np.zeros(landscape.size - landscape.factors)) for row in rows]
    if landscape.size > landscape.factors:
        found.insert(0, -np.eye(landscape.size)[-1])
    lengths = [float(np.sqrt((start * start).sum())) for start in found]
    return [start / length for start, length in zip(found, lengths, strict=True) if length > 0.0]


def _reaching(landscape: Landscape, cells: Cells, direction: Floats, wanted: float) -> Floats | None:
    """Where a direction's expected loss first reaches the wanted one; None if not within six deviations."""
    low, high = 0.0, _FARTHEST
    if expected_loss(landscape.book, cells, direction * high) <= wanted:
        return None
    for _ in range(6):
        middle = 0.5 * (low + high)
        if expected_loss(landscape.book, cells, direction * middle) < wanted:
            low = middle
        else:
            high = middle
    return direction * high


def _climb(landscape: Landscape, cells: Cells, start: Floats, wanted: float) -> tuple[float, Floats]:
    """Height and place of the maximum next to a start."""
    place = start.copy()
    return -float(lowest(landscape.book, cells, place, wanted)), place


def _cells(landscape: Landscape, z: Floats) -> tuple[Cells, float]:
    """All obligors, or of a larger book some five hundred, the weighty ones and others for their like.

    Losses are in units of the largest, which is returned too.
    """
    book = landscape.book
    given = landscape.given(z)
    scale = max(float(given.jumps.max(initial=0.0)), 1e-300)
    size = given.chances.size
    if size <= _CELLS:
        return Cells(np.arange(size), np.ones(size), given.jumps / scale), scale
    weight = given.jumps * np.sqrt(book.pd) + 1e-12 * scale
    chance = np.minimum(1.0, weight / weight.sum() * _CELLS)
    order = np.lexsort((weight, book.direction))
    steps = np.floor(np.cumsum(chance[order]) + 0.5)
    taken = order[np.diff(steps, prepend=0.0) > 0.0]
    return Cells(taken, 1.0 / chance[taken], given.jumps[taken] / scale), scale
