"""Where a figure meets a target along the steps of a knob, with few evaluations.

The method is ITP (Oliveira and Takahashi, ACM TOMS 47(1), 2020, algorithm 1) on whole steps: like regula
falsi where the figure is smooth, and never much worse than bisection where it jumps. It needs no more than a
change of sign, so noise that makes the figure less than monotone can move the answer, but not lose it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

_SPARE = 1
"""Evaluations that it may need beyond bisection."""

Status = Literal["reached", "jump", "out_of_reach"]


@dataclass(frozen=True, slots=True)
class Root:
    """The step that comes nearest to the target.

    ``status`` is `reached` (within the tolerance), `jump` (the figure jumps over the target between two
    neighbouring steps) or `out_of_reach` (both ends lie on the same side of it).
    """

    step: int
    difference: float
    status: Status


def find(difference: Callable[[int], float], steps: int, tolerance: float) -> Root:
    """Find a step from 0 to ``steps`` at which ``difference`` is zero, give or take ``tolerance``.

    Each step is evaluated once at most, the ends first; see `evaluations_at_most`.
    """
    seen: dict[int, float] = {}

    def at(step: int) -> float:
        seen[step] = difference(step)
        return seen[step]

    def nearest(status: Status) -> Root:
        step = min(seen, key=lambda place: (abs(seen[place]), place not in (low, high)))
        return Root(step, seen[step], "reached" if abs(seen[step]) <= tolerance else status)

    low, high = 0, steps
    for end in (low, high):
        if abs(at(end)) <= tolerance:
            return nearest("reached")
    if (seen[low] > 0.0) == (seen[high] > 0.0):
        return nearest("out_of_reach")
    halvings = _halvings(steps)
    for count in range(2 * steps):
        if high - low == 1:
            break
        middle = _between(low, high, steps, seen, 0.5 * 2.0 ** (halvings + _SPARE - count))
        if abs(at(middle)) <= tolerance:
            break
        if (seen[middle] > 0.0) == (seen[low] > 0.0):
            low = middle
        else:
            high = middle
    return nearest("jump")


def evaluations_at_most(steps: int) -> int:
    """Evaluations that `find` needs at most."""
    return 2 + (_halvings(steps) + 2 * _SPARE + 1 if steps > 1 else 0)


def _halvings(steps: int) -> int:
    return max(0, math.ceil(math.log2(steps)))


def _between(low: int, high: int, steps: int, seen: dict[int, float], reach: float) -> int:
    """The next step: interpolated, truncated towards the middle, projected so that halving is kept."""
    half = (low + high) / 2.0
    slope = seen[high] - seen[low]
    straight = (seen[high] * low - seen[low] * high) / slope
    side = math.copysign(1.0, half - straight)
    away = 0.01 * (high - low) ** 2 / steps
    pulled = straight + side * away if away <= abs(half - straight) else half
    slack = max(0.0, reach - (high - low) / 2.0)
    place = pulled if abs(pulled - half) <= slack else half - side * slack
    return min(max(round(place), low + 1), high - 1)
