"""Reading a run folder; nothing is trusted before it was checked."""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hybridsim.core.errors import DataError, InputError
from hybridsim.study.digest import run_digest, table_digest
from hybridsim.study.manifest import PROGRAM
from hybridsim.study.tables import FORMAT_VERSION, METRICS, STORED, TABLES, Field

if TYPE_CHECKING:
    import pandas as pd

MANIFEST = "manifest.json"
PARTIAL = ".partial"
PLAN = "plan.json"
_AGAIN = "run the scenario again, or restore the folder from a copy"
_NEEDED = {
    "versions": dict, "seed": int, "replications": dict, "digest": str, "scenario": dict, "population": dict,
    "instruments": list, "years": int, "notes": list, "tables": dict, "metrics": dict, "assumptions": list,
}  # fmt: skip


class StoredRun:
    """A finished run: its manifest and its tables, each read when it is first asked for.

    Attributes
    ----------
    folder : Path
        Where the run is stored.
    manifest : dict
        What was simulated, with what, and how to do it again.
    """

    def __init__(self, folder: Path, manifest: dict[str, Any]) -> None:
        self.folder = folder
        self.manifest = manifest

    def __repr__(self) -> str:
        done = self.manifest["replications"]["done"]
        return f"<StoredRun {self.manifest['name']!r}: {done} replications, seed {self.manifest['seed']}>"

    @property
    def digest(self) -> str:
        """SHA-256 of the result tables; equal inputs give equal digests on every machine."""
        return str(self.manifest["digest"])

    @property
    def notes(self) -> list[str]:
        """What a reader has to know before the figures."""
        return list(self.manifest["notes"])

    @cached_property
    def metrics(self) -> pd.DataFrame:
        """All figures: metric, scope, value, unit, se, ci_low, ci_high, n, method."""
        return self._frame("metrics")

    @cached_property
    def replications(self) -> pd.DataFrame:
        """Totals, one row per replication."""
        return self._frame("replications")

    @cached_property
    def years(self) -> pd.DataFrame:
        """One row per replication and year."""
        return self._frame("years")

    @cached_property
    def instruments(self) -> pd.DataFrame:
        """One row per replication and instrument."""
        return self._frame("instruments")

    @cached_property
    def answers(self) -> pd.DataFrame:
        """Requests by replication, instrument and answer."""
        return self._frame("answers")

    @cached_property
    def reasons(self) -> pd.DataFrame:
        """Projects by replication and reason for falling out."""
        return self._frame("reasons")

    @cached_property
    def cohorts(self) -> pd.DataFrame:
        """One row per replication and year of start, with a fixed follow-up; incomplete ones are marked."""
        return self._frame("cohorts")

    @cached_property
    def starts(self) -> pd.DataFrame:
        """First start of each institution and use case, in the first hundred replications."""
        return self._frame("starts")

    @cached_property
    def institutions(self) -> pd.DataFrame:
        """One row per institution, summed over replications."""
        return self._frame("institutions")

    @cached_property
    def loans(self) -> pd.DataFrame:
        """Every project loan of the first ten replications."""
        return self._frame("loans")

    @cached_property
    def balances(self) -> pd.DataFrame:
        """What was outstanding of each of these loans, and on which terms: one row per change."""
        return self._frame("balances")

    @cached_property
    def ratings(self) -> pd.DataFrame:
        """PDs of their borrowers while they owed: one row per change."""
        return self._frame("ratings")

    def _frame(self, name: str) -> pd.DataFrame:
        from pyarrow import parquet

        frame: pd.DataFrame = parquet.read_table(
            self.folder / f"{name}.parquet", partitioning=None
        ).to_pandas()
        return frame


def load_run(folder: str | Path) -> StoredRun:
    """Open a run folder.

    Raises
    ------
    InputError
        If there is no such folder.
    DataError
        If it is no run folder, of another format version, incomplete or changed since it was written.
    """
    path = Path(folder)
    manifest = read_manifest(path)
    for name, fields in STORED.items():
        check_table(path, name, fields, manifest["tables"].get(name))
    check_table(path, "metrics", METRICS, manifest["metrics"])
    whole = run_digest({name: manifest["tables"][name]["digest"] for name in TABLES})
    if whole != manifest["digest"]:
        raise DataError(f"{path / MANIFEST}: the digest does not match its tables; {_AGAIN}")
    done = manifest["replications"].get("done")
    if manifest["tables"]["replications"]["rows"] != done:
        raise DataError(f"{path / MANIFEST}: claims {done} replications, but others are stored; {_AGAIN}")
    return StoredRun(path, manifest)


def read_manifest(path: Path) -> dict[str, Any]:
    """The manifest of a run folder, checked for program, version and the entries that readers need."""
    if not path.is_dir():
        raise InputError(f"{path}: no such folder; give one that `hybridsim run` wrote")
    file = path / MANIFEST
    if not file.is_file():
        unfinished = (path / PLAN).is_file()
        why = "an unfinished run: the same command again finishes it" if unfinished else "not a run folder"
        raise DataError(f"{path}: {why} (there is no {MANIFEST} in it)")
    try:
        manifest = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError, OSError) as error:
        raise DataError(f"{file}: cannot be read ({error}); {_AGAIN}") from error
    if not isinstance(manifest, dict) or manifest.get("program") != PROGRAM:
        raise DataError(f"{file}: was not written by {PROGRAM}; give the folder of a run")
    found = manifest.get("format_version")
    if found != FORMAT_VERSION:
        raise DataError(
            f"{file}: format version {found!r}; this version reads {FORMAT_VERSION}: "
            "read it with the version that wrote it, or run the scenario again"
        )
    wrong = [name for name, kind in _NEEDED.items() if not isinstance(manifest.get(name), kind)]
    if wrong:
        raise DataError(f"{file}: {', '.join(wrong)} missing or not of the right kind; {_AGAIN}")
    return manifest


def check_table(folder: Path, name: str, fields: tuple[Field, ...], entry: object) -> None:
    """Refuse a stored table that is not the one of its entry in the manifest."""
    import pyarrow as pa
    from pyarrow import parquet

    path = folder / f"{name}.parquet"
    if not isinstance(entry, dict):
        raise DataError(f"{folder / MANIFEST}: says nothing of the table {name}; {_AGAIN}")
    if not path.is_file():
        raise DataError(f"{path}: missing; {_AGAIN}")
    try:
        stored = parquet.ParquetFile(path)
        schema, rows = stored.schema_arrow, stored.metadata.num_rows
        stored.close()
        columns = [(column.name, str(column.type)) for column in schema]
        digest = table_digest(name, fields, path) if columns == [(f.name, f.type) for f in fields] else ""
    except (pa.ArrowException, OSError, ValueError, KeyError) as error:
        raise DataError(f"{path}: damaged ({error}); {_AGAIN}") from error
    if not digest:
        raise DataError(f"{path}: other columns than format version {FORMAT_VERSION} has; {_AGAIN}")
    if rows != entry.get("rows"):
        raise DataError(f"{path}: {rows} rows, but the manifest says {entry.get('rows')}; {_AGAIN}")
    if digest != entry.get("digest"):
        raise DataError(f"{path}: changed since it was written (its digest differs); {_AGAIN}")
