"""Plain Monte Carlo of a book: every scenario counts the same."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from hybridsim.core.rng import split_key
from hybridsim.credit.arrays import Floats
from hybridsim.credit.portfolio import Dependence, Portfolio
from hybridsim.credit.simulation.arrays import Book, work_for
from hybridsim.credit.simulation.blocks import scenario_losses
from hybridsim.credit.simulation.preparing import prepare
from hybridsim.credit.simulation.sample import LossSample
from hybridsim.credit.simulation.streaming import stream

if TYPE_CHECKING:
    import numpy.typing as npt


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
        How many, at most 2**32, and of which random numbers. The first N of more scenarios are the same N.
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
    ready = prepare(book, dependence, parts=parts, obligor_key=obligor_key, loan_key=loan_key)
    seed_lo, seed_hi = split_key(seed)
    own = threading.local()

    def losses(first: int, whole: Floats, base: Floats) -> None:
        if not hasattr(own, "work"):
            own.work = work_for(ready)
        scenario_losses(ready, own.work, seed_lo, seed_hi, first, one_by_one, whole, base)

    return stream(losses, scenarios, level, _expected(ready), workers, progress)


def _expected(book: Book) -> tuple[float, float]:
    """Expected loss of the whole and of the base if no pool, guarantor or LGD did anything unexpected."""
    owner = np.repeat(np.arange(book.pd.size), np.diff(book.loan_start))
    net = book.pd[owner] * book.exposure * book.lgd * (1.0 - book.cover)
    return float(net.sum()), float(net[book.part == 0].sum())
