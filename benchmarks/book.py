"""The simulation of a loan book: side by side with plain NumPy and a published package, and its memory."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec

import numpy as np

from benchmarks.common import fresh, say, table
from benchmarks.made_up import FACTORS, made_up
from hybridsim.credit.portfolio import Dependence, Portfolio
from hybridsim.credit.simulation import estimate
from hybridsim.credit.simulation.simulate import simulate

CORES = 2
_NUMPY_BLOCK = 1_000
_PACKAGE_BLOCK = 1_000
_SLOWER = 20
"""The plain ways get this part of the scenarios, so that a turn takes seconds."""

Losses = np.ndarray


def kernel(book: Portfolio, dependence: Dependence, scenarios: int, *, one_by_one: bool = False) -> float:
    """Seconds; the sample is asked for its 99.9 % loss so that all of it is made."""
    began = time.perf_counter()
    sample = simulate(book, dependence, scenarios, 1, workers=CORES, one_by_one=one_by_one)
    estimate.value_at_risk(sample, 0.999)
    return time.perf_counter() - began


def in_numpy(book: Portfolio, scenarios: int) -> tuple[float, Losses]:
    """A plain vectorised Gaussian copula: float32, blocks of scenarios, one thread for each core."""
    from scipy.special import ndtri

    single = np.float32
    weights = book.loadings.T.astype(single)
    own = np.sqrt(1.0 - np.sum(book.loadings**2, axis=1)).astype(single)
    threshold, loss = ndtri(book.pd).astype(single), (book.exposure_eur * book.lgd).astype(single)

    def block(number: int) -> Losses:
        rng = np.random.default_rng((1, number))
        assets = rng.standard_normal((_NUMPY_BLOCK, weights.shape[0]), dtype=single) @ weights
        assets += own * rng.standard_normal(assets.shape, dtype=single)
        return (assets <= threshold) @ loss

    return _in_threads(block, scenarios // _NUMPY_BLOCK)


def in_package(book: Portfolio, scenarios: int) -> tuple[float, Losses]:
    """``creditriskengine.portfolio.copula.simulate_multi_factor``, called by one thread for each core."""
    from creditriskengine.portfolio.copula import simulate_multi_factor

    def block(number: int) -> Losses:
        return simulate_multi_factor(
            book.pd, book.lgd, book.exposure_eur, book.loadings, n_simulations=_PACKAGE_BLOCK, seed=number
        )

    return _in_threads(block, scenarios // _PACKAGE_BLOCK)


def _in_threads(block: Callable[[int], Losses], blocks: int) -> tuple[float, Losses]:
    began = time.perf_counter()
    with ThreadPoolExecutor(CORES) as pool:
        losses = np.concatenate(list(pool.map(block, range(max(1, blocks)))))
        np.quantile(losses, 0.999)
    return time.perf_counter() - began, losses


def side_by_side(obligors: int, scenarios: int, turns: int) -> None:
    """Obligor-scenarios per second, in turns on the same cores."""
    few = max(_NUMPY_BLOCK, scenarios // _SLOWER)
    for factors in (1, FACTORS):
        book, dependence = made_up(obligors, factors)
        _, random = made_up(obligors, factors, lgd_sigma=0.5, lgd_economy=0.3)
        ways: dict[str, tuple[int, Callable[[int], float]]] = {
            "plain NumPy, float32, blocks": (few, lambda n, b=book: in_numpy(b, n)[0]),
            "creditriskengine": (few, lambda n, b=book: in_package(b, n)[0]),
            "hybridsim, every obligor drawn": (
                few,
                lambda n, b=book, d=dependence: kernel(b, d, n, one_by_one=True),
            ),
            "hybridsim": (scenarios, lambda n, b=book, d=dependence: kernel(b, d, n)),
            "hybridsim, random LGDs": (scenarios, lambda n, b=book, d=random: kernel(b, d, n)),
        }
        if find_spec("creditriskengine") is None:
            del ways["creditriskengine"]
            print("\ncreditriskengine is not installed (`pip install creditriskengine`): left out.")
        seconds: dict[str, list[float]] = {name: [] for name in ways}
        for count, way in ways.values():
            way(min(count, _NUMPY_BLOCK))
        for _ in range(turns):
            for name, (count, way) in ways.items():
                seconds[name].append(way(count))
        rates = {name: ways[name][0] * obligors / statistics.median(found) for name, found in seconds.items()}
        rows = [
            [
                name, f"{ways[name][0]:,}", f"{statistics.median(seconds[name]):.3f}", f"{rate:.3g}",
                f"{rates['hybridsim'] / rate:.1f}",
            ]
            for name, rate in rates.items()
        ]  # fmt: skip
        head = ("way", "scenarios", "s", "obligor-scenarios/s", "hybridsim is faster by")
        title = f"Book: {obligors:,} obligors, {factors} factors, {CORES} threads, medians of {turns}"
        say(title, table(head, rows))


def memory(counts: Sequence[int], obligors: Sequence[int]) -> None:
    """Peak memory of a process that simulates, by scenarios and by obligors."""
    rows = []
    for scenarios, size in [*((count, 1_000) for count in counts), *((2_048, size) for size in obligors)]:
        found = fresh("book_memory", scenarios, size)
        rows.append(
            [
                f"{size:,}", f"{scenarios:,}", f"{found['peak_mb']:.0f}", f"{found['preparing']:.1f}",
                f"{found['seconds']:.1f}",
            ]
        )  # fmt: skip
    head = ("obligors", "scenarios", "peak MB", "preparing s", "simulating s")
    say(f"Book: memory, 21 factors, {CORES} threads, a process each", table(head, rows))
