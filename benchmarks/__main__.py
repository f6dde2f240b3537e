"""How fast hybridsim is and where its time goes: ``python -m benchmarks [--help]``."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence

from benchmarks import book, runs, speed, tail
from benchmarks.common import machine

PARTS = ("engines", "growth", "workers", "memory", "phases", "starts", "book", "tail")


def numbers(text: str) -> list[int]:
    """Whole numbers of 1 or more, separated by commas."""
    try:
        found = [int(word) for word in text.split(",")]
    except ValueError:
        found = [0]
    if min(found) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} must be whole numbers of 1 or more: 100,1000")
    return found


def number(text: str) -> int:
    """One whole number of 1 or more."""
    return numbers(text)[0]


def parts(text: str) -> list[str]:
    """Names of parts, separated by commas."""
    unknown = sorted(set(text.split(",")) - set(PARTS))
    if unknown:
        raise argparse.ArgumentTypeError(f"no part {', '.join(unknown)}; there are {', '.join(PARTS)}")
    return text.split(",")


def options() -> argparse.ArgumentParser:
    """What can be asked for."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Speed and memory of hybridsim."
    )
    add = parser.add_argument
    add("--only", type=parts, default=list(PARTS), help=f"parts, with commas: {','.join(PARTS)}")
    add("--sizes", type=numbers, default=[100, 1_000, 5_000], help="institutions, SimPy against kernel")
    add("--replications", type=number, default=2, help="of SimPy for each size; the kernel does three times")
    add("--growth", type=numbers, default=[1_000, 5_000], help="institutions; the whole sector follows")
    add("--without-sector", action="store_true", help="growth and phases without the whole sector")
    add("--turns", type=number, default=3, help="repetitions of growth, workers and starts")
    add("--run-size", type=number, default=1_000, help="institutions of the stored runs")
    add("--run-replications", type=number, default=128, help="replications of the stored runs")
    add("--memory", type=numbers, default=[100, 1_000], help="replications whose peaks are measured")
    add("--memory-size", type=number, default=100, help="institutions of these runs")
    add("--book", type=number, default=1_000, help="obligors of the simulated loan book")
    add("--book-scenarios", type=number, default=400_000, help="its scenarios; plain ways do a twentieth")
    add("--book-memory", type=numbers, default=[10_000, 1_000_000], help="obligors whose peaks are measured")
    add("--tail-precision", type=float, default=0.01, help="wanted half-width of VaR and ES, relative")
    add("--tail-trial", type=number, default=200_000, help="plain scenarios that tell how many it takes")
    add("--without-compiling", action="store_true", help="do not compile the kernel anew (a minute or two)")
    add("--long", action="store_true", help="more repetitions, peak memory at 10,000 replications too")
    add("--sector", type=number, metavar="N", help="really run N replications of the whole sector")
    return parser


def every_phase(institutions: int, whole: Sequence[None], replications: int) -> None:
    """Phases of a sample, and of the whole sector with an eighth of the replications."""
    runs.phases(institutions, replications)
    for sector in whole:
        runs.phases(sector, max(1, replications // 8))


def every_book(obligors: int, scenarios: int, sizes: Sequence[int], turns: int) -> None:
    """The simulation of a loan book: speed beside others, memory, then what a tape takes until then."""
    book.side_by_side(obligors, scenarios, turns)
    book.memory([scenarios // 10, scenarios, scenarios * 10], sizes)
    book.tapes(sizes)


def every_tail(obligors: int, wanted: float, trial: int, turns: int) -> None:
    """Tail risk of a loan book: what a wanted precision takes, and what contributions take after it."""
    tail.precision(obligors, wanted, trial, turns)
    tail.shares(obligors, wanted, turns)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and print Markdown."""
    chosen = options().parse_args(arguments)
    if chosen.long:
        chosen.replications = max(chosen.replications, 5)
        chosen.turns = max(chosen.turns, 7)
        chosen.memory = sorted({*chosen.memory, 10_000})
    began = time.perf_counter()
    print(machine())
    whole = [] if chosen.without_sector else [None]
    todo: dict[str, Callable[[], None]] = {
        "engines": lambda: speed.engines(chosen.sizes, chosen.replications),
        "growth": lambda: speed.growth([*chosen.growth, *whole], chosen.turns),
        "workers": lambda: runs.scaling(chosen.run_size, chosen.run_replications, chosen.turns),
        "memory": lambda: runs.memory(chosen.memory_size, chosen.memory),
        "phases": lambda: every_phase(chosen.run_size, whole, chosen.run_replications),
        "book": lambda: every_book(chosen.book, chosen.book_scenarios, chosen.book_memory, chosen.turns),
        "tail": lambda: every_tail(chosen.book, chosen.tail_precision, chosen.tail_trial, chosen.turns),
        "starts": lambda: runs.starts(not chosen.without_compiling, chosen.turns),
    }
    for part in PARTS:
        if part in chosen.only:
            todo[part]()
    if chosen.sector:
        runs.sector(chosen.sector)
    print(f"\nMeasured in {time.perf_counter() - began:.0f} s.")


if __name__ == "__main__":
    main()
