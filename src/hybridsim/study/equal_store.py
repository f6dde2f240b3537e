"""The folder of designs at equal public cost: runs, scenario files, evaluations and the record of all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hybridsim.core.errors import InputError
from hybridsim.scenario.extending import extending_text, toml_text
from hybridsim.study import folders
from hybridsim.study.equal_inputs import Inputs, knob_settings
from hybridsim.study.equalised import Equalisation, Equalised

RECORD = "equalise.json"
_EVALUATIONS = "evaluations"


def evaluations(folder: Path) -> Path:
    """Where every evaluation is kept."""
    return folder / _EVALUATIONS


def run_folder(folder: Path, name: str) -> Path:
    """Where the run of a design, or of the target, is put in the end."""
    return folder / "runs" / name


def scenario_file(folder: Path, name: str) -> Path:
    """The scenario file of a solved design."""
    return folder / "scenarios" / f"{name}.toml"


def open_folder(folder: Path, inputs: Inputs, force: bool) -> None:
    """Refuse a folder that must not be written, and take away the result of another request.

    Raises
    ------
    InputError
        If it holds something else, or the result of another request and there is no ``force``.
    """
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise InputError(f"{folder}: exists and is not a folder; give another one with -o")
    if not folder.exists() or not any(folder.iterdir()):
        evaluations(folder).mkdir(parents=True, exist_ok=True)
        return
    if not evaluations(folder).is_dir():
        raise InputError(f"{folder}: exists, and not from an equalisation; give another folder with -o")
    record = _record(folder)
    if record is None or record.get("request") == inputs.request:
        return
    if not force:
        raise InputError(
            f"{folder}: holds the result of another request; replace it with --force (evaluations that "
            "still fit are used again), or give another -o"
        )
    _take_away(folder, record)


def write_scenario(folder: Path, inputs: Inputs, found: Equalised, target: float) -> None:
    """A scenario file that gives the run of a solved design again."""
    file = scenario_file(folder, found.design.name)
    file.parent.mkdir(parents=True, exist_ok=True)
    settings = [
        *inputs.settings,
        f"run.replications={inputs.replications}",
        f"run.seed={inputs.seed}",
        f"name={toml_text(found.design.name)}",
        *knob_settings(found.design, found.value),
    ]
    comment = [
        f"Written by hybridsim equalise: {inputs.metric} is {found.figure:,.2f}, the target {target:,.2f}.",
        *([found.note] if found.note else []),
    ]
    folders.write_text(file, extending_text(found.design.file, file.parent, settings, comment))


def write_record(folder: Path, result: Equalisation) -> None:
    """Everything that was found, as JSON."""
    folders.write_json(folder / RECORD, result.as_record())


def _record(folder: Path) -> dict[str, Any] | None:
    file = folder / RECORD
    if not file.is_file():
        return None
    try:
        record = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        record = None
    return record if isinstance(record, dict) else {}


def _take_away(folder: Path, record: dict[str, Any]) -> None:
    """Remove the runs and scenario files that a record names, and the record."""
    designs = [entry.get("scenario") for entry in record.get("designs", []) if isinstance(entry, dict)]
    for name in (*designs, record.get("base")):
        if isinstance(name, str) and Path(name).name == name:
            folders.remove_run(run_folder(folder, name))
            scenario_file(folder, name).unlink(missing_ok=True)
    (folder / RECORD).unlink()
