"""Reverse stress: the likeliest state of the factors in which a book is expected to lose so much.

The state z nearest to 0 in independent standard normal coordinates with ``E[L | z] >= X``. Its distance b is
the Mahalanobis distance of the factors from their mean, and beyond the plane through it that is at right
angles to it the probability is ``Phi(-b)``. In reliability this is the design point. Source: A. Hasofer and
N. Lind, "Exact and invariant second-moment code format", Journal of the Engineering Mechanics Division 100
(1974).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import log, pi

import numpy as np

from hybridsim.core.mathx import norm_cdf
from hybridsim.credit.arrays import Floats
from hybridsim.credit.portfolio import Dependence, Portfolio
from hybridsim.credit.simulation.preparing import prepare
from hybridsim.credit.tail.directions import maxima, starts
from hybridsim.credit.tail.landscape import Landscape

_FARTHEST = 8.0
_STEP = 1e-4
_CLOSE = 1e-8
_ROUNDS = 100
_PAIRED, _MOST, _ROUGHLY = 8, 16, 0.02
_GRID = float(1 << 20)


@dataclass(frozen=True)
class ReverseStress:
    """A state of the factors that costs what was asked."""

    factors: dict[str, float]
    """In standard deviations of each factor's stationary law."""
    root_mixing: float
    """sqrt(W) of the t copula in this state; 1 for the Gaussian copula."""
    distance: float
    """b, standard deviations from the year's mean along the state's direction."""
    probability: float
    """``Phi(-b)``: of being at least as bad along this direction."""
    log_density: float
    """Of the independent coordinates."""
    expected_loss_eur: float
    """In this state, which is rounded to a millionth of a standard deviation."""


def reverse_stress(book: Portfolio, dependence: Dependence, loss_eur: float) -> ReverseStress:
    """The likeliest state in which the expected loss is at least ``loss_eur``.

    With pools of guarantees the cap is applied to the state's expected claims.

    Raises
    ------
    ValueError
        If no state within eight standard deviations is so bad; the worst that was found is quoted.
    """
    landscape = Landscape(prepare(book, dependence))
    origin = np.zeros(landscape.size)
    if landscape.given(origin).expected_eur >= loss_eur:
        return _told(landscape, dependence, origin)
    found = [
        _nearest(landscape, direction, length, loss_eur)
        for direction in _directions(landscape, loss_eur)
        if (length := landscape.reaching(direction, loss_eur, _FARTHEST)) is not None
    ]
    if not found:
        directions = starts(landscape)
        worst = max((landscape.given(_FARTHEST * d).expected_eur for d in directions), default=0.0)
        raise ValueError(
            f"loss_eur(={loss_eur:,.0f}) is not expected in any state within {_FARTHEST:g} standard "
            f"deviations; the worst one found expects {worst:,.0f}"
        )
    return _told(landscape, dependence, min(found, key=lambda place: float((place * place).sum())))


def _directions(landscape: Landscape, loss_eur: float) -> list[Floats]:
    """Where to look: the shifts of the importance sampling for this loss, the directions they start from, and
    two of these at once; the ones that reach the loss first.
    """
    shifts = [shift for _, shift in maxima(landscape, loss_eur) if (shift * shift).sum() > 0.0]
    alone = starts(landscape)
    both = [one + other for one, other in combinations(alone[:_PAIRED], 2)]
    found = []
    for place in [*shifts, *alone, *both]:
        length = float(np.sqrt((place * place).sum()))
        if length > _STEP:
            direction = place / length
            reached = landscape.reaching(direction, loss_eur, _FARTHEST, _ROUGHLY)
            found.append((np.inf if reached is None else reached, direction))
    # Roughly equal ones stay in their order, whatever a machine's last bits are.
    return [direction for _, direction in sorted(found, key=lambda one: round(one[0], 3))[:_MOST]]


def _nearest(landscape: Landscape, direction: Floats, length: float, loss_eur: float) -> Floats:
    """Turn a direction that reaches the loss at a length towards the gradient there, until both agree."""
    share = 1.0
    for _ in range(_ROUNDS):
        slope = _slope(landscape, length * direction)
        size = float(np.sqrt((slope * slope).sum()))
        if not size > 0.0:
            break
        turned = (1.0 - share) * direction + share * slope / size
        turned /= np.sqrt((turned * turned).sum())
        reached = landscape.reaching(turned, loss_eur, _FARTHEST)
        if reached is None or reached > length:
            share *= 0.5
            if share < _CLOSE:
                break
            continue
        done = length - reached < 10.0 * _CLOSE
        direction, length = turned, reached
        if done:
            break
    return length * direction


def _slope(landscape: Landscape, z: Floats) -> Floats:
    """Gradient of the expected loss."""
    slope = np.zeros(z.size)
    for axis in range(z.size):
        step = np.zeros(z.size)
        step[axis] = _STEP
        slope[axis] = landscape.given(z + step).expected_eur - landscape.given(z - step).expected_eur
    return slope


def _told(landscape: Landscape, dependence: Dependence, z: Floats) -> ReverseStress:
    state = dependence.factors
    # Nothing hangs on the last bits of the search, which may differ between machines.
    z = np.rint(z * _GRID) / _GRID
    values = state.mean + (state.root * z[: landscape.factors]).sum(axis=1)
    distance = float(np.sqrt((z * z).sum()))
    return ReverseStress(
        dict(zip(state.names, (round(float(value), 6) for value in values), strict=True)),
        round(landscape.root_mixing(z), 6),
        distance,
        norm_cdf(-distance),
        -0.5 * (distance * distance + z.size * log(2.0 * pi)),
        round(landscape.given(z).expected_eur, 2),
    )
