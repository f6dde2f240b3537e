"""How fast the engine is: ``python benchmarks/engine.py --sizes 100,1000,5000 --replications 5``.

Prints a Markdown table. All sizes take turns, replication by replication, so that a busy minute of the
machine slows them all and their ratios still hold; each figure is the median over the replications.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import sys
import time
import tracemalloc
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from os import cpu_count
from pathlib import Path

from hybridsim.rollout import layout
from hybridsim.rollout.reference import simulate
from hybridsim.rollout.world import World, build_world
from hybridsim.scenario import build, load

SCENARIO = Path(__file__).parents[1] / "scenarios" / "care-germany.toml"
EVENTS = [column.name for column in layout.REPLICATION].index("events")


@dataclass
class Case:
    """One size of the sector and what was measured of it."""

    size: int
    world: World
    build_seconds: float
    seconds: list[float] = field(default_factory=list)
    events: list[int] = field(default_factory=list)
    peak_mb: float = 0.0


def prepare(size: int, scenario: Path) -> Case:
    """World of ``size`` institutions, and how long it took to build."""
    began = time.perf_counter()
    settings = load(scenario, [f"population.size={size}"])
    world = build_world(settings, build(settings, scenario.parent))
    return Case(size, world, time.perf_counter() - began)


def measure(cases: Sequence[Case], replications: int) -> None:
    """Time every case in turn, then look at the memory of one replication each (which slows it down)."""
    for case in cases:
        simulate(case.world, replications)
    for replication in range(replications):
        for case in cases:
            began = time.perf_counter()
            outcome = simulate(case.world, replication)
            case.seconds.append(time.perf_counter() - began)
            case.events.append(outcome.totals[EVENTS])
    for case in cases:
        tracemalloc.start()
        simulate(case.world, 0)
        case.peak_mb = tracemalloc.get_traced_memory()[1] / 1e6
        tracemalloc.stop()


def process_peak_mb() -> float | None:
    """Most memory that this process ever held, where the system tells."""
    try:
        import resource
    except ImportError:
        return None
    # Kilobytes on Linux, bytes on macOS.
    unit = 1e6 if sys.platform == "darwin" else 1e3
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def table(cases: Sequence[Case]) -> str:
    """The Markdown table; the last column compares time per replication with the first size."""
    lines = [
        "| institutions | build s | s per replication | replications/s "
        "| events | events/s | peak MB | time ratio |",
        "|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    first = statistics.median(cases[0].seconds)
    for case in cases:
        seconds = statistics.median(case.seconds)
        rates = [count / spent for count, spent in zip(case.events, case.seconds, strict=True)]
        lines.append(
            f"| {case.size:,} | {case.build_seconds:.2f} | {seconds:.3f} | {1.0 / seconds:.2f} "
            f"| {statistics.median(case.events):,.0f} | {statistics.median(rates):,.0f} "
            f"| {case.peak_mb:.1f} | {seconds / first:.1f} |"
        )
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the arguments, measure, print."""
    parser = argparse.ArgumentParser(description="Speed and memory of the engine.")
    parser.add_argument("--sizes", default="100,1000,5000", help="institutions, separated by commas")
    parser.add_argument("--replications", type=int, default=5, help="replications per size")
    parser.add_argument("--scenario", type=Path, default=SCENARIO, help="scenario file")
    chosen = parser.parse_args(arguments)
    if chosen.replications < 1:
        parser.error(f"--replications {chosen.replications} must be 1 or more")
    try:
        sizes = [int(size) for size in chosen.sizes.split(",")]
    except ValueError:
        parser.error(f"--sizes {chosen.sizes!r} must be whole numbers separated by commas: 100,1000")
    if min(sizes) < 1:
        parser.error(f"--sizes {chosen.sizes!r} must all be 1 or more")
    cases = [prepare(size, chosen.scenario) for size in sizes]
    measure(cases, chosen.replications)
    print(f"{date.today():%Y-%m-%d}, {cpu_count()} cores, {platform.system()} {platform.machine()}, ", end="")
    print(f"Python {platform.python_version()}, median of {chosen.replications} replications\n")
    print(table(cases))
    peak = process_peak_mb()
    if peak is not None:
        print(f"\nPeak memory of the whole process: {peak:.0f} MB")


if __name__ == "__main__":
    main()
