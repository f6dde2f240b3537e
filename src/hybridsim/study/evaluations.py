"""Runs that a search needs: each is stored once, found again by its inputs, and never simulated twice."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from hybridsim.core.errors import DataError
from hybridsim.study import folders
from hybridsim.study.prepare import engine as engine_named
from hybridsim.study.prepare import prepare
from hybridsim.study.resources import clear_limits
from hybridsim.study.run import execute
from hybridsim.study.store import MANIFEST, StoredRun, load_run

if TYPE_CHECKING:
    from hybridsim.scenario import Resolved

Progress = Callable[[str, int, int], None]
"""Called with what is simulated, and with replications done and expected, without those found stored."""

_DIGITS = 16


@dataclass(slots=True)
class Evaluations:
    """Runs below one folder, named by the identity of their inputs.

    ``ahead`` is the number of runs that the caller expects after the next one, for the progress.
    """

    folder: Path
    replications: int
    seed: int
    workers: int = 1
    engine: str = "compiled"
    progress: Progress | None = None
    ahead: int = 0
    _done: int = field(default=0, init=False)

    def run(self, scenario: Resolved, label: str) -> StoredRun:
        """The run of a scenario: the stored one, or a new one.

        Raises
        ------
        ResourceError, InvariantError
            As a run; the stored ones stay.
        """
        simulate = engine_named(self.engine)
        plan = prepare(scenario, self.replications, self.seed, self.engine)
        place = self.folder / plan.identity[:_DIGITS]
        stored = _stored(place, plan.identity)
        if stored is not None:
            return stored
        with clear_limits(place):
            self.folder.mkdir(parents=True, exist_ok=True)
        found: list[int] = []

        def tick(done: int, total: int) -> None:
            found.append(done)
            if self.progress is not None:
                fresh = self._done + done - found[0]
                self.progress(label, fresh, fresh + total - done + self.ahead * self.replications)

        stored = execute(plan, simulate, self.workers, place, tick, force=True)
        self._done += self.replications - found[0]
        return stored


def copy_run(run: StoredRun, place: Path) -> StoredRun:
    """A copy of a stored run in another folder, whole or not at all; replaces a run that stands there."""
    there = _stored(place, run.manifest["identity"])
    if there is not None:
        return there
    with clear_limits(place):
        place.parent.mkdir(parents=True, exist_ok=True)
        folders.check_target(place, force=True)
        whole = folders.sibling(place, "new")
        try:
            shutil.copytree(run.folder, whole)
            folders.put_in_place(whole, place, force=True)
        finally:
            folders.remove_run(whole)
    return StoredRun(place, run.manifest)


def _stored(place: Path, identity: str) -> StoredRun | None:
    if not (place / MANIFEST).is_file():
        return None
    try:
        run = load_run(place)
    except DataError:
        return None  # damaged: simulated again, if the folder may be replaced
    return run if run.manifest.get("identity") == identity else None
