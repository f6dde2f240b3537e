"""Where the time goes: ``python -m benchmarks [INSTITUTIONS ...]``.

Prints, for each population size, the time to build the world, the time per replication, events per second
and the size of a pickled world (what each worker receives), then the functions that took most of the time.
"""

from __future__ import annotations

import cProfile
import pickle
import pstats
import sys
import time
from pathlib import Path

from hybridsim.rollout.reference import simulate
from hybridsim.rollout.world import World
from hybridsim.scenario import resolve
from hybridsim.study.prepare import prepare
from hybridsim.study.run import run

SCENARIO = Path(__file__).parents[1] / "scenarios" / "care-germany.toml"
SIZES = (100, 300, 1_000)
SECONDS = 5.0


def measure(institutions: int) -> World:
    """Build one world and simulate replications of it for some seconds."""
    began = time.perf_counter()
    world = prepare(resolve(SCENARIO, [f"population.size={institutions}"])).world
    built = time.perf_counter() - began
    events, replications, began = 0, 0, time.perf_counter()
    while (spent := time.perf_counter() - began) < SECONDS:
        events += simulate(world, replications).totals[-1]
        replications += 1
    size = len(pickle.dumps(world)) / 1e6
    per_replication, per_second = spent / replications, events / spent
    print(f"{institutions:>12,}  {built:>9.2f}  {per_replication:>15.4f}  {per_second:>11,.0f}  {size:>8.1f}")
    return world


def profile(world: World) -> None:
    """Functions of a few replications by their own time."""
    profiler = cProfile.Profile()
    profiler.enable()
    for replication in range(5):
        simulate(world, replication)
    profiler.disable()
    pstats.Stats(profiler).sort_stats("tottime").print_stats(15)


def scaling() -> None:
    """A whole run, stored, by one and by two processes."""
    resolved = resolve(SCENARIO, ["population.size=300"])
    for workers in (1, 2):
        timings = run(resolved, replications=100, workers=workers).manifest["timings"]
        print(
            f"100 replications of 300 institutions by {workers}: "
            f"{timings['simulation_seconds']} s simulating, {timings['storing_seconds']} s storing"
        )


if __name__ == "__main__":
    sizes = [int(word) for word in sys.argv[1:]] or list(SIZES)
    print("institutions  build (s)  replication (s)  events / s  world MB")
    worlds = [measure(size) for size in sizes]
    scaling()
    profile(worlds[-1])
