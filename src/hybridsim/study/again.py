"""The plan of a stored run again, from what its manifest says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from hybridsim.core.errors import DataError, InputError
from hybridsim.study.prepare import prepare

if TYPE_CHECKING:
    from hybridsim.study.plan import Plan
    from hybridsim.study.store import StoredRun


def plan_again(run: StoredRun, folder: Path | None = None) -> Plan:
    """Scenario and population of a stored run, ready to be simulated again.

    Parameters
    ----------
    run
        The stored run.
    folder
        Where the population file lies, if the run had one.

    Raises
    ------
    InputError
        If the population file is not there.
    DataError
        If it is not the one of the run.
    """
    from hybridsim.scenario import Resolved, Scenario

    raw = run.manifest["scenario"]
    scenario = Scenario.model_validate_json(json.dumps(raw))
    file = scenario.population.file
    if file is not None and not ((folder or Path()) / file).is_file():
        where = "the current folder" if folder is None else repr(str(folder))
        raise InputError(f"the population file {file!r} of this run is not in {where}: say where (--folder)")
    plan = prepare(Resolved(scenario, raw, (), folder or Path(), ()))
    for name, digest in plan.files.items():
        if run.manifest["files"].get(name) not in (None, digest):
            raise DataError(f"{name}: not the population file of this run (its SHA-256 differs)")
    return plan


def check_replication(run: StoredRun, replication: int) -> None:
    """Refuse the number of a future that the run does not have."""
    done = run.manifest["replications"]["done"]
    if not 0 <= replication < done:
        raise InputError(f"replication(={replication}) must be from 0 to {done - 1}: the run has {done}")
