"""From blocks of simulated losses to a sample, in the same order whatever the number of threads."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, sqrt

import numpy as np

from hybridsim.credit.arrays import Floats
from hybridsim.credit.simulation.sample import BINS, MOMENTS, LossSample, Worst, add_up
from hybridsim.credit.simulation.threads import in_order, usable_workers

BLOCK = 1024
"""Scenarios of a block; part of the results, because sums are added up block by block."""
MOST_SCENARIOS = 1 << 32
MOST_IN_TAIL = 4_000_000
"""Worst losses that are kept at most: 24 bytes each, for the whole and for the base."""


def stream(
    losses: Callable[[int, Floats, Floats], None],
    scenarios: int,
    level: float,
    centre_eur: tuple[float, float],
    workers: int | None,
    progress: Callable[[int, int], None] | None,
) -> LossSample:
    """Sum up blocks of losses.

    Parameters
    ----------
    losses
        ``f(first, whole, base)`` fills both with the losses of the scenarios from number ``first`` on; called
        in threads.
    centre_eur
        Numbers near the means of whole and base, about which powers are summed.
    scenarios, level, workers, progress
        As for :func:`hybridsim.credit.simulation.simulate.simulate`, which raises the same.
    """
    if not 1 <= scenarios <= MOST_SCENARIOS:
        raise ValueError(f"scenarios(={scenarios}) must be in [1, {MOST_SCENARIOS}]")
    size = _tail_size(scenarios, level)
    threads = usable_workers(workers)

    def block(first: int) -> tuple[Floats, Floats]:
        number = min(BLOCK, scenarios - first)
        whole, base = np.zeros(number), np.zeros(number)
        losses(first, whole, base)
        return whole, base

    sums, histogram = np.zeros((3, MOMENTS)), np.zeros((2, BINS), dtype=np.int64)
    worst, base_worst = Worst(size), Worst(size)
    firsts = range(0, scenarios, BLOCK)
    for first, (whole, base) in zip(firsts, in_order(block, firsts, threads), strict=True):
        add_up(whole, base, *centre_eur, sums, histogram)
        worst.add(whole, base, first)
        base_worst.add(base, whole, first)
        if progress is not None:
            progress(first + whole.size, scenarios)
    return LossSample(scenarios, level, centre_eur, sums, histogram, worst.tail(), base_worst.tail())


def _tail_size(scenarios: int, level: float) -> int:
    """Worst losses that quantile and shortfall at a level need, with their intervals."""
    if not 0.0 < level < 1.0:
        raise ValueError(f"level(={level}) must be in (0, 1)")
    beyond = scenarios * (1.0 - level)
    size = min(scenarios, ceil(beyond + 6.0 * sqrt(beyond)) + 10)
    if size > MOST_IN_TAIL:
        raise ValueError(
            f"{scenarios:,} scenarios have {size:,} losses beyond the level {level}, more than "
            f"{MOST_IN_TAIL:,} are kept: ask for a higher level or fewer scenarios"
        )
    return size
