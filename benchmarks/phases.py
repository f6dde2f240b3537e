"""Where the time of a whole run goes: each phase's own seconds, without the phases that it calls."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

from hybridsim import report, scenario
from hybridsim.rollout import world
from hybridsim.rollout.kernel import engine, workspace
from hybridsim.scenario import population
from hybridsim.study import assemble
from hybridsim.study import run as running

PHASES: tuple[tuple[str, Any, str], ...] = (
    ("reading the scenario", scenario, "resolve"),
    ("world: population", population, "build"),
    ("world: recoveries of estates", world, "_estate_mu"),
    ("world: ratings and loadings", world, "_credit_columns"),
    ("world: terms, keys and the rest", world, "build_world"),
    ("kernel: packing", workspace.Workspace, "__init__"),
    ("kernel: clearing and factors", workspace.Workspace, "begin"),
    ("kernel: simulating", engine, "replicate"),
    ("kernel: collecting tables", workspace.Workspace, "tables"),
    ("kernel: stacking blocks", workspace.Workspace, "stack"),
    ("kernel: sums of institutions", workspace.Workspace, "institutions"),
    ("storing: blocks", running, "write_block"),
    ("storing: tables", assemble, "_write_tables"),
    ("storing: metrics", assemble, "compute"),
    ("storing: digests", assemble, "table_digest"),
    ("storing: the rest", running, "assemble"),
    ("report", report, "write_report"),
)
"""Phase, and the function that it is."""


class Clock:
    """Own seconds by phase; each thread has a stack of what it is doing."""

    def __init__(self) -> None:
        self.seconds = {phase: 0.0 for phase, _, _ in PHASES}
        self._lock, self._stacks = threading.Lock(), threading.local()

    def around(self, phase: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, timed."""

        def timed(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401
            inner = self._stacks.__dict__.setdefault("inner", [])
            inner.append(0.0)
            began = time.perf_counter()
            try:
                return function(*arguments, **options)
            finally:
                spent = time.perf_counter() - began
                own = spent - inner.pop()
                if inner:
                    inner[-1] += spent
                with self._lock:
                    self.seconds[phase] += own

        return timed


def phases(path: Path, replications: int, settings: Sequence[str]) -> dict[str, float]:
    """Seconds of each phase of one run by one worker with its report."""
    engine.compile_now()
    clock = Clock()
    with ExitStack() as patched, TemporaryDirectory() as folder:
        for phase, owner, name in PHASES:
            patched.enter_context(patch.object(owner, name, clock.around(phase, getattr(owner, name))))
        patched.enter_context(patch.object(running, "make_ready", lambda _: None))
        began = time.perf_counter()
        resolved = scenario.resolve(path, settings)
        stored = running.run(resolved, replications, out=Path(folder, "run"))
        report.write_report(stored.folder, Path(folder, "report.html"))
        return {**clock.seconds, "whole run": time.perf_counter() - began}
