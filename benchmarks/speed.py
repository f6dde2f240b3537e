"""Seconds per replication: engine against engine, size against size, with and without ideas."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from math import log

from benchmarks.common import ENGINES, Timed, say, table, world_of
from hybridsim.rollout.world import World

PROJECTED = 1_000
REPEATED = 3
"""How often the kernel does what SimPy does once, because it is short."""
NO_IDEAS = ("adoption.innovation_pa=0", "adoption.imitation_pa=0")


def engines(sizes: Sequence[int], replications: int) -> None:
    """SimPy against the kernel, replication by replication in turns, so that a busy minute slows both."""
    worlds = {size: world_of(size) for size in sizes}
    timed = {(size, engine): Timed() for size in sizes for engine in ENGINES}
    for world in worlds.values():
        Timed().add("kernel", world, 0)
    for replication in range(replications):
        for (size, engine), times in timed.items():
            for _ in range(1 if engine == "SimPy" else REPEATED):
                times.add(engine, worlds[size], replication)
    rows = []
    for size in sizes:
        slow, fast = (timed[size, engine] for engine in ENGINES)
        ratio = f"{slow.median / fast.median:.0f}"
        rows += [_engine_row(size, "SimPy", slow, ""), _engine_row(size, "kernel", fast, ratio)]
    head = (
        "institutions", "engine", "core s per replication", "by the clock", "replications/s", "events",
        "events/s", "ratio",
    )  # fmt: skip
    say(f"SimPy against kernel, one core, medians of {replications} replications", table(head, rows))


def _engine_row(size: int, engine: str, times: Timed, ratio: str) -> list[str]:
    return [
        f"{size:,}", engine, f"{times.median:.4f}", times.clock, f"{1.0 / times.median:,.2f}",
        f"{statistics.median(times.events):,.0f}", f"{times.rate:,.0f}", ratio,
    ]  # fmt: skip


def growth(sizes: Sequence[int | None], replications: int) -> None:
    """How time grows with institutions, what is left of it without ideas, and what full size would take."""
    worlds = [(world_of(size), world_of(size, *NO_IDEAS)) for size in sizes]
    full, quiet = [Timed() for _ in sizes], [Timed() for _ in sizes]
    for replication in range(-1, replications):
        for (busy, still), times, without in zip(worlds, full, quiet, strict=True):
            if replication < 0:  # brings memory to its size, and is not counted
                Timed().add("kernel", busy, replications)
                Timed().add("kernel", still, replications)
                continue
            times.add("kernel", busy, replication)
            without.add("kernel", still, replication)
    rows = [
        _growth_row(world, worlds[0][0], times, full[0], without)
        for (world, _), times, without in zip(worlds, full, quiet, strict=True)
    ]
    head = (
        "institutions", "facilities", "core s per replication", "by the clock", "events/s", "time ratio",
        "n log n ratio", "without ideas s", "share",
    )  # fmt: skip
    say(f"Growth with institutions, kernel, one core, medians of {replications}", table(head, rows))
    last = worlds[-1][0]
    print(
        f"\nProjection, not a measurement: {last.n:,} institutions, {last.years * 12} months, "
        f"{PROJECTED:,} replications on two workers = {full[-1].median:.3f} s / 2 x {PROJECTED:,} = "
        f"{full[-1].median / 2 * PROJECTED:,.0f} s of simulating, plus building the world and storing."
    )


def _growth_row(world: World, first: World, times: Timed, base: Timed, without: Timed) -> list[str]:
    return [
        f"{world.n:,}", f"{int(sum(world.population.sites)):,}", f"{times.median:.4f}", times.clock,
        f"{times.rate:,.0f}", f"{times.median / base.median:.1f}",
        f"{world.n * log(world.n) / (first.n * log(first.n)):.1f}",
        f"{without.median:.4f}", f"{without.median / times.median:.0%}",
    ]  # fmt: skip
