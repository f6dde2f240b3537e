"""What all measurements share: worlds, one timed replication of an engine, tables, the machine."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from hybridsim.rollout import layout
from hybridsim.rollout.kernel import engine as kernel
from hybridsim.rollout.reference import simulate as simpy
from hybridsim.rollout.world import World
from hybridsim.scenario import resolve
from hybridsim.study.executor import usable_cores
from hybridsim.study.prepare import prepare
from hybridsim.study.tables import LOAN_REPLICATIONS, START_REPLICATIONS

ROOT = Path(__file__).parents[1]
SCENARIO = ROOT / "scenarios" / "care-germany.toml"
ENGINES = ("SimPy", "kernel")
_EVENTS = [column.name for column in layout.REPLICATION].index("events")


def settings(institutions: int | None, *more: str) -> list[str]:
    """What is set in the scenario; None leaves the whole sector."""
    return [*([] if institutions is None else [f"population.size={institutions}"]), *more]


def world_of(institutions: int | None, *more: str) -> World:
    """The world of a sample, or of the whole sector."""
    return prepare(resolve(SCENARIO, settings(institutions, *more))).world


def replicate(engine: str, world: World, replication: int) -> tuple[float, float, int]:
    """Seconds by the clock and of the core, and events, of one replication as a stored run gets it."""
    began, worked = time.perf_counter(), time.thread_time()
    if engine == "SimPy":
        events = simpy(world, replication).totals[_EVENTS]
    else:
        loans, starts = LOAN_REPLICATIONS, START_REPLICATIONS
        block = kernel.simulate.block(world, [replication], loans, starts, lambda _: None)
        events = int(block["totals"][0, _EVENTS])
    return time.perf_counter() - began, time.thread_time() - worked, events


class Timed:
    """Seconds and events of some replications; seconds of the core leave out what others did meanwhile."""

    def __init__(self) -> None:
        self.by_clock: list[float] = []
        self.seconds: list[float] = []
        self.events: list[int] = []

    def add(self, engine: str, world: World, replication: int) -> None:
        by_clock, seconds, events = replicate(engine, world, replication)
        self.by_clock.append(by_clock)
        self.seconds.append(seconds)
        self.events.append(events)

    @property
    def median(self) -> float:
        """Seconds of the core per replication."""
        return statistics.median(self.seconds)

    @property
    def clock(self) -> str:
        """Seconds by the clock per replication."""
        return f"{statistics.median(self.by_clock):.4f}"

    @property
    def rate(self) -> float:
        """Events per second of the core, median."""
        return statistics.median(e / s for e, s in zip(self.events, self.seconds, strict=True))


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; the first column is text, the others are figures."""
    lines = [list(head), ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def say(title: str, text: str) -> None:
    """Print one section."""
    print(f"\n### {title}\n\n{text}", flush=True)


def machine() -> str:
    """Date, machine, versions, and how busy the machine was before the measurement."""
    import numba

    load = f", load {os.getloadavg()[0]:.1f} at the start" if hasattr(os, "getloadavg") else ""
    return (
        f"{date.today():%Y-%m-%d}, {usable_cores()} cores, {_processor()}, {platform.system()} "
        f"{platform.machine()}, Python {platform.python_version()}, Numba {numba.__version__}{load}"
    )


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown processor"


def fresh(task: str, *arguments: object, **environment: str) -> dict[str, Any]:
    """What a task of `benchmarks.child` measured in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.child", task, repr(time.time())]
    done = subprocess.run(
        [*command, *(str(argument) for argument in arguments)],
        cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found
