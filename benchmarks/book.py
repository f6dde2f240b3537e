"""The simulation of a loan book: side by side with plain NumPy and a published package, and its memory."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.common import fresh, say, table
from benchmarks.made_up import FACTORS, made_up
from hybridsim.credit.portfolio import Dependence, Portfolio
from hybridsim.credit.simulation import estimate
from hybridsim.credit.simulation.simulate import simulate

CORES = 2
_BLOCK = 1_000
"""Scenarios that the plain ways hold in memory at once, in each thread."""
_SLOWER = 20
"""The plain ways get this part of the scenarios, so that a turn takes seconds."""

Losses = np.ndarray
Way = tuple[int, Callable[[int], object]]


def kernel(book: Portfolio, dependence: Dependence, scenarios: int, *, one_by_one: bool = False) -> object:
    """A sample that is asked for its 99.9 % loss, so that all of it is made."""
    sample = simulate(book, dependence, scenarios, 1, workers=CORES, one_by_one=one_by_one)
    return estimate.value_at_risk(sample, 0.999)


def in_numpy(book: Portfolio, scenarios: int, threads: int) -> Losses:
    """A plain vectorised Gaussian copula: float32, blocks of scenarios."""
    from scipy.special import ndtri

    single = np.float32
    weights = book.loadings.T.astype(single)
    own = np.sqrt(1.0 - np.sum(book.loadings**2, axis=1)).astype(single)
    threshold, loss = ndtri(book.pd).astype(single), (book.exposure_eur * book.lgd).astype(single)

    def block(number: int) -> Losses:
        rng = np.random.default_rng((1, number))
        states = rng.standard_normal((_BLOCK, weights.shape[0]), dtype=single)
        # One factor: a product of the outer kind, for which matrix multiplication is slow.
        assets = states * weights if weights.shape[0] == 1 else states @ weights
        assets += own * rng.standard_normal(assets.shape, dtype=single)
        return (assets <= threshold) @ loss

    return _in_threads(block, scenarios, threads)


def in_package(book: Portfolio, scenarios: int, threads: int) -> Losses:
    """``creditriskengine.portfolio.copula.simulate_multi_factor`` in blocks."""
    from creditriskengine.portfolio.copula import simulate_multi_factor

    def block(number: int) -> Losses:
        return simulate_multi_factor(
            book.pd, book.lgd, book.exposure_eur, book.loadings, n_simulations=_BLOCK, seed=number
        )

    return _in_threads(block, scenarios, threads)


def _in_threads(block: Callable[[int], Losses], scenarios: int, threads: int) -> Losses:
    with ThreadPoolExecutor(threads) as pool:
        losses = np.concatenate(list(pool.map(block, range(max(1, scenarios // _BLOCK)))))
    return np.quantile(losses, 0.999)


def ways(obligors: int, factors: int, scenarios: int) -> dict[str, Way]:
    """What is compared: scenarios and how they are simulated."""
    book, dependence = made_up(obligors, factors)
    _, random = made_up(obligors, factors, lgd_sigma=0.5, lgd_economy=0.3)
    few = max(2 * _BLOCK, scenarios // _SLOWER)
    found: dict[str, Way] = {}
    for threads, how in ((1, "as it is"), (CORES, f"in {CORES} threads")):
        found[f"NumPy, float32, blocks, {how}"] = few, lambda n, t=threads: in_numpy(book, n, t)
        if find_spec("creditriskengine") is not None:
            found[f"creditriskengine, {how}"] = few, lambda n, t=threads: in_package(book, n, t)
    found["hybridsim, every obligor drawn"] = few, lambda n: kernel(book, dependence, n, one_by_one=True)
    found["hybridsim"] = scenarios, lambda n: kernel(book, dependence, n)
    found["hybridsim, random LGDs"] = scenarios, lambda n: kernel(book, random, n)
    return found


def side_by_side(obligors: int, scenarios: int, turns: int) -> None:
    """Obligor-scenarios per second, in turns on the same cores."""
    if find_spec("creditriskengine") is None:
        print("\ncreditriskengine is not installed (`pip install creditriskengine`): left out.")
    for factors in (1, FACTORS):
        compared = ways(obligors, factors, scenarios)
        times: dict[str, list[tuple[float, float]]] = {name: [] for name in compared}
        for count, way in compared.values():
            way(min(count, _BLOCK))
        for _ in range(turns):
            for name, (count, way) in compared.items():
                clock, core = time.perf_counter(), time.process_time()
                way(count)
                times[name].append((time.perf_counter() - clock, time.process_time() - core))
        best = [statistics.median(column) for column in zip(*times["hybridsim"], strict=True)]
        rows = []
        for name, (count, _) in compared.items():
            cells = [name, f"{count:,}"]
            for seconds, ours in zip(zip(*times[name], strict=True), best, strict=True):
                middle = statistics.median(seconds)
                cells += [f"{count * obligors / middle:.3g}", f"{middle / count / (ours / scenarios):.1f}"]
            rows.append(cells)
        head = (
            "way",
            "scenarios",
            "obligor-scenarios/s",
            "ratio",
            "per core second",
            "ratio",
        )
        say(
            f"Book: {obligors:,} obligors, {factors} factor{'s' * (factors > 1)}, medians of {turns}",
            table(head, rows),
        )


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
    say(f"Book: memory, {FACTORS} factors, {CORES} threads, a process each", table(head, rows))


def tapes(sizes: Sequence[int]) -> None:
    """Time and peak memory from a tape to the loss model, and of the rules; one obligor for each loan."""
    rows = []
    for size in sizes:
        with TemporaryDirectory() as folder:
            fresh("tape_files", size, folder)
            for name, file, how in (
                ("CSV", "tape.csv", "file"), ("Parquet", "tape.parquet", "file"),
                ("frame", "tape.parquet", "frame"),
            ):  # fmt: skip
                found = fresh("tape_memory", Path(folder, file), how)
                cells = [f"{found[f'{stage}_s']:.1f}" for stage in ("read", "put", "ruled")]
                peaks = [f"{found[key]:.0f}" for key in ("own_mb", "read_mb", "put_mb", "ruled_mb")]
                rows.append([name, f"{size:,}", *cells, *peaks])
    head = (
        "tape", "loans", "reading s", "putting together s", "rules s", "MB before", "peak MB until read",
        "until put together", "until under rules",
    )  # fmt: skip
    say("Book: from a tape to the loss model, a process each", table(head, rows))
