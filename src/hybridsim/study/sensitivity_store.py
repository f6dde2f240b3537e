"""The folder of a sensitivity study: tables, a manifest, and what a reader has to know."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hybridsim.core.errors import DataError, InputError
from hybridsim.study import folders, sensitivity_tables
from hybridsim.study.digest import table_digest
from hybridsim.study.manifest import PROGRAM, versions
from hybridsim.study.plan import code_digest
from hybridsim.study.points import Answer
from hybridsim.study.ranking import noise_level
from hybridsim.study.sensitivity_fields import TABLES
from hybridsim.study.sensitivity_tables import Answers, Row
from hybridsim.study.store import check_table
from hybridsim.study.tables import FORMAT_VERSION, Field, describe
from hybridsim.study.writer import as_table, write_table

if TYPE_CHECKING:
    import pandas as pd

    from hybridsim.study.survey import Survey

MANIFEST = "sensitivity.json"
PAGE = "sensitivity.html"
_OURS = re.compile(r"sensitivity\.json|sensitivity\.html|(" + "|".join(TABLES) + r")\.parquet")
_OURS_PARTIAL = re.compile(r"point-[0-9a-f]{64}\.npz(\.\d+\.tmp)?")


@dataclass(frozen=True, eq=False)
class Sensitivity:
    """A finished study: its manifest and its tables by name.

    Tables are unknowns, draws and points, and spread and ranking or one_at_a_time.
    """

    manifest: dict[str, Any]
    tables: dict[str, pd.DataFrame]

    @property
    def notes(self) -> list[str]:
        """What a reader has to know before the figures."""
        return list(self.manifest["notes"])

    @property
    def failures(self) -> list[dict[str, Any]]:
        """Runs without a result: design, point and reason."""
        return list(self.manifest["failures"])

    @property
    def inert(self) -> list[str]:
        """Unknowns of a one-at-a-time study whose ends change not one bit of any design's outcomes."""
        return list(self.manifest["inert"])


def store(
    survey: Survey, found: Mapping[tuple[int, int], Answer], out: Path | None, force: bool
) -> Sensitivity:
    """Put a study together and, if there is a folder, write it there as a whole.

    Raises
    ------
    InputError
        If a design cannot be simulated even with all figures at their values.
    """
    answers = Answers(survey, found)
    for label, point, why in answers.failures():
        if point == 0:
            raise InputError(f"{label}: cannot be simulated with all figures at their values: {why}")
    rows = {name: list(make(answers)) for name, make in _makers(survey.one_at_a_time).items()}
    tables: dict[str, pd.DataFrame] = {
        name: as_table(TABLES[name], _columns(TABLES[name], part)).to_pandas() for name, part in rows.items()
    }
    manifest = _manifest(answers, tables)
    if out is not None:
        _write(manifest, rows, out, force)
    return Sensitivity(manifest, tables)


def load_sensitivity(folder: str | Path) -> Sensitivity:
    """Open the folder of a study.

    Raises
    ------
    DataError
        If it holds no study, or one that was changed.
    """
    from pyarrow import parquet

    path = Path(folder)
    manifest = _read_manifest(path)
    for name, entry in manifest["tables"].items():
        check_table(path, name, TABLES[name], entry)
    tables = {
        name: parquet.read_table(path / f"{name}.parquet", partitioning=None).to_pandas()
        for name in manifest["tables"]
    }
    return Sensitivity(manifest, tables)


def check_target(out: Path, force: bool) -> None:
    """Refuse a folder that must not be replaced, before anything is simulated."""
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        raise InputError(f"{out}: exists and is not a folder; give another one with -o")
    if not out.exists() or not any(out.iterdir()):
        return
    strange = folders.foreign(out, _OURS)
    if strange or not (out / MANIFEST).is_file():
        raise InputError(
            f"{out}: exists, and is not a finished sensitivity study, so it is not replaced; "
            "give another folder with -o, or remove it yourself"
        )
    if not force:
        raise InputError(f"{out}: holds a finished study; replace it with --force, or give another -o")


def partial_folder(out: Path) -> Path:
    """Where finished points wait; refused if something else stands there."""
    folder = out.with_name(out.name + ".partial")
    if folder.exists() and (not folder.is_dir() or folders.foreign(folder, _OURS_PARTIAL)):
        raise InputError(f"{folder}: is in the way and no study wrote it; move it, or give another -o")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def remove_partial(folder: Path) -> None:
    """Remove a partial folder with its points, and nothing else."""
    folders.remove_files(folder, _OURS_PARTIAL)


def _makers(one_at_a_time: bool) -> dict[str, Any]:
    shown = ("one_at_a_time",) if one_at_a_time else ("spread", "ranking")
    makers = {
        "unknowns": sensitivity_tables.unknown_rows,
        "draws": sensitivity_tables.draw_rows,
        "points": sensitivity_tables.point_rows,
        "spread": sensitivity_tables.spread_rows,
        "ranking": sensitivity_tables.ranking_rows,
        "one_at_a_time": sensitivity_tables.one_at_a_time_rows,
    }
    return {name: makers[name] for name in ("unknowns", "draws", "points", *shown)}


def _columns(fields: Iterable[Field], rows: list[Row]) -> list[list[Any]]:
    return [[row[field.name] for row in rows] for field in fields]


def _manifest(answers: Answers, tables: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    survey = answers.survey
    return {
        "program": PROGRAM,
        "kind": "sensitivity",
        "format_version": FORMAT_VERSION,
        "versions": versions(),
        "code_digest": code_digest(),
        "one_at_a_time": survey.one_at_a_time,
        "seed": survey.seed,
        "replications": survey.replications,
        "points": {"asked": len(survey.quantiles), "done": len(answers.points)},
        "designs": [
            {
                "label": design.label,
                "title": design.scenario.title,
                "files": dict(design.files),
                "unknowns": len(design.unknowns),
                "scenario": design.scenario.model_dump(mode="json"),
            }
            for design in survey.designs
        ],
        "metrics": [
            {"metric": m.name, "unit": m.unit, "group": m.group, "text": m.text, "title": m.title.strip()}
            for m in survey.metrics
        ],
        "left_out": dict(survey.left_out),
        "rejected": [{"point": point, "reason": why} for point, why in survey.rejected],
        "failures": [
            {"design": label, "point": point, "reason": why} for label, point, why in answers.failures()
        ],
        "inert": _inert(tables.get("one_at_a_time")),
        "notes": list(_notes(answers)),
        "tables": {name: {"rows": len(table)} for name, table in tables.items()},
    }


def _inert(table: pd.DataFrame | None) -> list[str]:
    if table is None or table.empty:
        return []
    own = table[table["compared_to"] == ""]
    same = own.groupby("path", sort=False)["same_outcomes"].min()
    return sorted(str(path) for path in same.index[same == 1])


def _notes(answers: Answers) -> Iterable[str]:
    survey, count = answers.survey, len(answers.survey.unknowns)
    done = len(answers.points)
    if survey.one_at_a_time:
        yield (
            f"{count:,} unknowns, each alone at both ends of its range: what they do together is not seen; "
            "of many intervals, one in twenty excludes zero by chance"
        )
    else:
        yield (
            f"{done:,} draws of {count:,} unknowns: triangular between low and high with the mode at the "
            "value, independent of each other; ranges that lean to one side move the mean away from the "
            "central figure"
        )
        if done > 2:
            yield (
                f"with {done:,} draws of {count:,} unknowns, an unknown stands out from noise only if its "
                f"rank correlation is beyond {noise_level(done, count):.2f}"
            )
    for reason, unknowns in survey.left_out.items():
        yield f"{unknowns:,} figures with a range are left out: each {reason}"
    if survey.rejected:
        point, why = survey.rejected[0]
        what = "ends of ranges" if survey.one_at_a_time else "draws were replaced: their figures"
        yield f"{len(survey.rejected):,} {what} do not go together; the first ({point}): {why}"
    if len(answers.failures()):
        yield f"{len(answers.failures()):,} runs failed and are left out, in all designs; see failures"
    if survey.sample_fraction < 1.0:
        yield (
            f"{survey.sample_fraction:.1%} of the sector: chance in the world is larger in a small sample, "
            "so the share of the unknowns is larger in the whole sector"
        )


def _write(manifest: dict[str, Any], rows: Mapping[str, list[Row]], out: Path, force: bool) -> None:
    whole = folders.sibling(out, "new")
    whole.mkdir(parents=True)
    try:
        for name, part in rows.items():
            fields = TABLES[name]
            write_table(whole, name, fields, _columns(fields, part))
            digest = table_digest(name, fields, whole / f"{name}.parquet")
            manifest["tables"][name].update(digest=digest, columns=describe(fields))
        folders.write_json(whole / MANIFEST, manifest)
        check_target(out, force)
        folders.remove_files(out, _OURS)
        whole.rename(out)
    finally:
        folders.remove_files(whole, _OURS)


def _read_manifest(path: Path) -> dict[str, Any]:
    try:
        manifest = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: holds no sensitivity study that can be read ({error})") from error
    if not isinstance(manifest, dict) or manifest.get("format_version") != FORMAT_VERSION:
        raise DataError(f"{path / MANIFEST}: is of another version; run the study again")
    tables = manifest.get("tables")
    if not isinstance(tables, dict) or not {"unknowns", "draws", "points"} <= set(tables) <= set(TABLES):
        raise DataError(f"{path / MANIFEST}: names other tables than a study has; run the study again")
    return manifest
