"""Plain Monte Carlo of a book: every scenario counts the same."""

from __future__ import annotations

import threading
from collections.abc import Callable
from math import ceil, sqrt
from typing import TYPE_CHECKING

import numpy as np

from hybridsim.core.rng import split_key
from hybridsim.credit.arrays import Floats
from hybridsim.credit.portfolio import Dependence, Portfolio
from hybridsim.credit.simulation.arrays import Book, Work, work_for
from hybridsim.credit.simulation.blocks import scenario_losses
from hybridsim.credit.simulation.preparing import prepare
from hybridsim.credit.simulation.sample import BINS, MOMENTS, LossSample, Worst, add_up
from hybridsim.credit.simulation.threads import in_order, usable_workers

if TYPE_CHECKING:
    import numpy.typing as npt

BLOCK = 1024
"""Scenarios of a block; part of the results, because sums are added up block by block."""
MOST_SCENARIOS = 1 << 32
MOST_IN_TAIL = 4_000_000
"""Worst losses that are kept at most: 24 bytes each, for the whole and for the base."""


def simulate(
    book: Portfolio,
    dependence: Dependence,
    scenarios: int,
    seed: int,
    *,
    workers: int | None = None,
    parts: npt.NDArray[np.int64] | None = None,
    level: float = 0.99,
    obligor_key: npt.NDArray[np.int64] | None = None,
    loan_key: npt.NDArray[np.int64] | None = None,
    one_by_one: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> LossSample:
    """Simulate a year of a book.

    Parameters
    ----------
    scenarios, seed
        How many, below 2**32, and of which random numbers. The first N of more scenarios are the same N.
    workers
        Threads; left out: one for each core. They change no bit of the result.
    parts, obligor_key, loan_key
        As for :func:`hybridsim.credit.simulation.preparing.prepare`.
    level
        Lowest level of quantiles and shortfalls that will be asked for; lower ones keep more losses.
    one_by_one
        Draw every obligor instead of skipping to the next default: slower, for comparison.
    progress
        Called with scenarios done and asked for.

    Raises
    ------
    ValueError
        If a value is out of range, or the tail has more losses than can be kept.
    """
    if not 1 <= scenarios <= MOST_SCENARIOS:
        raise ValueError(f"scenarios(={scenarios}) must be in [1, {MOST_SCENARIOS}]")
    size = tail_size(scenarios, level)
    threads = usable_workers(workers)
    ready = prepare(book, dependence, parts=parts, obligor_key=obligor_key, loan_key=loan_key)
    seed_lo, seed_hi = split_key(seed)

    own = threading.local()

    def memory() -> Work:
        if not hasattr(own, "work"):
            own.work = work_for(ready)
        work: Work = own.work
        return work

    def losses(first: int) -> tuple[Floats, Floats]:
        number = min(BLOCK, scenarios - first)
        whole, base = np.zeros(number), np.zeros(number)
        scenario_losses(ready, memory(), seed_lo, seed_hi, first, one_by_one, whole, base)
        return whole, base

    centre, base_centre = _expected(ready)
    sums, histogram = np.zeros((3, MOMENTS)), np.zeros((2, BINS), dtype=np.int64)
    worst, base_worst = Worst(size), Worst(size)
    firsts = range(0, scenarios, BLOCK)
    for first, (whole, base) in zip(firsts, in_order(losses, firsts, threads), strict=True):
        add_up(whole, base, centre, base_centre, sums, histogram)
        worst.add(whole, base, first)
        base_worst.add(base, whole, first)
        if progress is not None:
            progress(first + whole.size, scenarios)
    return LossSample(
        scenarios, level, (centre, base_centre), sums, histogram, worst.tail(), base_worst.tail()
    )


def tail_size(scenarios: int, level: float) -> int:
    """Worst losses that quantile and shortfall at a level need, with their intervals.

    Raises
    ------
    ValueError
        If the level is not in (0, 1) or they are more than are kept.
    """
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


def _expected(book: Book) -> tuple[float, float]:
    """Expected loss of the whole and of the base if no pool, guarantor or LGD did anything unexpected."""
    owner = np.repeat(np.arange(book.pd.size), np.diff(book.loan_start))
    net = book.pd[owner] * book.exposure * book.lgd * (1.0 - book.cover)
    return float(net.sum()), float(net[book.part == 0].sum())
