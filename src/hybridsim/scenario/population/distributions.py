"""Distributions of attributes whose mean after clipping is given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

from hybridsim.core.mathx import expit, logit, norm_pdf

PD_FLOOR = 0.0005
PD_CEILING = 0.30

_STEPS = 160
_REACH = 8.0
_HALVINGS = 50


def clip(x: float, low: float, high: float) -> float:
    """``x`` held within [low, high]."""
    return low if x < low else high if x > high else x


def pd_of(location: float, sigma: float, z: float) -> float:
    """Logit-normal probability of default at the standard normal ``z``, within [5 bp, 30 %]."""
    return clip(expit(location + sigma * z), PD_FLOOR, PD_CEILING)


def readiness_of(location: float, sd: float, z: float) -> float:
    """Normal readiness at the standard normal ``z``, within [0, 1]."""
    return clip(location + sd * z, 0.0, 1.0)


@lru_cache(maxsize=64)
def pd_location(mean: float, sigma: float) -> float:
    """Location of the logit-normal distribution whose clipped mean is ``mean``."""
    centre = logit(mean)
    return _solve(pd_of, mean, sigma, centre - 2.0 - sigma * sigma, centre + 2.0 + sigma)


@lru_cache(maxsize=64)
def readiness_location(mean: float, sd: float) -> float:
    """Location of the normal distribution whose clipped mean is ``mean``."""
    return _solve(readiness_of, mean, sd, mean - 10.0 * sd, mean + 10.0 * sd)


def _solve(
    value: Callable[[float, float, float], float], mean: float, spread: float, low: float, high: float
) -> float:
    """Bisection; plain loops, so that the bits are the same on every machine."""
    step = 2.0 * _REACH / _STEPS
    nodes = [-_REACH + step * position for position in range(_STEPS + 1)]
    weights = [norm_pdf(z) * step for z in nodes]
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        total = 0.0
        for z, weight in zip(nodes, weights, strict=True):
            total += weight * value(middle, spread, z)
        if total < mean:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


def pick(u: float, weights: Sequence[float]) -> int:
    """Position drawn with the given weights from one uniform."""
    # A plain loop: the built-in sum rounds differently from one version of Python to the next.
    total = 0.0
    for weight in weights:
        total += weight
    target = u * total
    reached = 0.0
    last = 0
    for position, weight in enumerate(weights):
        if weight > 0.0:
            reached += weight
            last = position
            if target < reached:
                return position
    return last
