"""The folder of an analysed book: written whole or not at all, and not trusted before it was checked."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hybridsim.book import invariants
from hybridsim.book.fields import FORMAT_VERSION, METRICS, TABLES
from hybridsim.book.listing import write_rows
from hybridsim.book.metrics import in_currency
from hybridsim.core.errors import DataError, InputError
from hybridsim.study import folders
from hybridsim.study.digest import run_digest, table_digest
from hybridsim.study.manifest import PROGRAM
from hybridsim.study.store import check_table
from hybridsim.study.tables import Field, describe
from hybridsim.study.writer import write_table

if TYPE_CHECKING:
    import pandas as pd

MANIFEST = "book.json"
REJECTED = "rejected.csv"
PAGE = "report.html"
WORKBOOK = "book.xlsx"
_OURS = re.compile(
    r"book\.json|metrics\.json|metrics\.parquet|rejected\.csv|report\.html|book\.xlsx|("
    + "|".join(TABLES)
    + r")\.parquet"
)
_AGAIN = "analyse the tape again, or restore the folder from a copy"
_NEEDED = {
    "versions": dict, "seed": int, "digest": str, "tape": dict, "settings": dict, "notes": list,
    "tables": dict, "metrics": dict,
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class BookResult:
    """An analysed book: what went in, all figures, and the tables by name; see ``TABLES`` for columns.

    Attributes
    ----------
    manifest : dict
        Tape, mapping, settings, seed, versions; once stored also digests.
    metrics : pandas.DataFrame
        All figures: metric, scope, value, unit, se, ci_low, ci_high, n, method.
    tables : dict of pandas.DataFrame
        Loans, contributions, distribution, stresses and the others.
    """

    manifest: dict[str, Any]
    metrics: pd.DataFrame
    tables: dict[str, pd.DataFrame]

    def __repr__(self) -> str:
        title, seed = self.manifest["title"], self.manifest["seed"]
        return f"<BookResult {title!r}: {len(self.loans):,} loans, seed {seed}>"

    @property
    def notes(self) -> list[str]:
        """What a reader has to know before the figures."""
        return list(self.manifest["notes"])

    @property
    def loans(self) -> pd.DataFrame:
        """One row per loan."""
        return self.tables["loans"]

    @property
    def contributions(self) -> pd.DataFrame:
        """Who causes the loss: by obligor, group, sector, Land, design, instrument, provider, part."""
        return self.tables["contributions"]

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the result tables; empty until they are stored."""
        return str(self.manifest.get("digest", ""))


def store_book(found: BookResult, out: str | Path, force: bool = False) -> BookResult:
    """Write a book's folder in one step; returns the result with its digests.

    Raises
    ------
    InputError
        If ``out`` must not be replaced.
    InvariantError
        If a table breaks a rule of risk measures; nothing is written.
    """
    target = Path(out)
    check_target(target, force)
    invariants.check(found)
    whole = folders.sibling(target, "new")
    whole.mkdir(parents=True)
    try:
        manifest = {**found.manifest, **_write_tables(found, whole)}
        write_rows(found.tables["rejected"], whole / REJECTED)
        folders.write_json(whole / MANIFEST, manifest)
        check_target(target, force)
        folders.replace_folder(whole, target, _OURS)
    finally:
        folders.remove_files(whole, _OURS)
    return BookResult(manifest, found.metrics, found.tables)


def load_book(folder: str | Path) -> BookResult:
    """Open the folder of a book.

    Raises
    ------
    InputError
        If there is no such folder.
    DataError
        If it holds no book, or one of another format, incomplete or changed since it was written.
    """
    from pyarrow import parquet

    path = Path(folder)
    manifest = _read_manifest(path)
    entries = {**manifest["tables"], "metrics": manifest["metrics"]}
    for name, fields in _all_tables().items():
        check_table(path, name, fields, entries.get(name))
    if run_digest({name: manifest["tables"][name]["digest"] for name in TABLES}) != manifest["digest"]:
        raise DataError(f"{path / MANIFEST}: the digest does not match its tables; {_AGAIN}")
    frames = {
        name: parquet.read_table(path / f"{name}.parquet", partitioning=None).to_pandas()
        for name in _all_tables()
    }
    metrics = frames.pop("metrics")
    return BookResult(manifest, metrics, frames)


def is_book(folder: Path) -> bool:
    """Whether a folder holds an analysed book rather than a run."""
    return (folder / MANIFEST).is_file()


def check_target(out: Path, force: bool) -> None:
    """Refuse a folder that must not be replaced, before anything is computed."""
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        raise InputError(f"{out}: exists and is not a folder; give another one with -o")
    if not out.exists() or not any(out.iterdir()):
        return
    strange = folders.foreign(out, _OURS)
    if strange or not is_book(out):
        raise InputError(
            f"{out}: exists, and is not a finished book of this program, so it is not replaced; "
            "give another folder with -o, or remove it yourself"
        )
    if not force:
        raise InputError(f"{out}: holds a finished book; replace it with --force, or give another -o")


def _all_tables() -> dict[str, tuple[Field, ...]]:
    return {**TABLES, "metrics": METRICS}


def _write_tables(found: BookResult, whole: Path) -> dict[str, Any]:
    """Write all tables; returns their entries for the manifest."""
    entries: dict[str, dict[str, Any]] = {}
    for name, fields in _all_tables().items():
        frame = found.metrics if name == "metrics" else found.tables[name]
        write_table(whole, name, fields, [_column(frame, field) for field in fields])
        digest = table_digest(name, fields, whole / f"{name}.parquet")
        columns = [
            {**column, "unit": in_currency(column["unit"], found.manifest["currency"])}
            for column in describe(fields)
        ]
        entries[name] = {"rows": len(frame), "digest": digest, "columns": columns}
    folders.write_json(whole / "metrics.json", _records(found.metrics))
    metrics = {**found.manifest["metrics"], **entries.pop("metrics")}
    whole_digest = run_digest({name: str(entry["digest"]) for name, entry in entries.items()})
    return {"tables": entries, "metrics": metrics, "digest": whole_digest}


def _column(frame: pd.DataFrame, field: Field) -> list[Any]:
    """A column as plain values, None where there is no figure."""
    values = frame[field.name]
    if field.type != "double":
        return list(values)
    return [None if value != value else value for value in values.tolist()]


def _records(frame: pd.DataFrame) -> list[Mapping[str, Any]]:
    return [
        {
            str(key): None if isinstance(value, float) and value != value else value
            for key, value in row.items()
        }
        for row in frame.to_dict("records")
    ]


def _read_manifest(path: Path) -> dict[str, Any]:
    if not path.is_dir():
        raise InputError(f"{path}: no such folder; give one that `hybridsim book` wrote")
    file = path / MANIFEST
    if not file.is_file():
        raise DataError(f"{path}: holds no analysed book (there is no {MANIFEST} in it)")
    try:
        manifest = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError, OSError) as error:
        raise DataError(f"{file}: cannot be read ({error}); {_AGAIN}") from error
    if not isinstance(manifest, dict) or manifest.get("program") != PROGRAM:
        raise DataError(f"{file}: was not written by {PROGRAM}; give the folder of a book")
    version = manifest.get("format_version")
    if version != FORMAT_VERSION:
        raise DataError(
            f"{file}: format version {version!r}; this version reads {FORMAT_VERSION}: "
            "read it with the version that wrote it, or analyse the tape again"
        )
    wrong = [name for name, kind in _NEEDED.items() if not isinstance(manifest.get(name), kind)]
    if wrong:
        raise DataError(f"{file}: {', '.join(wrong)} missing or not of the right kind; {_AGAIN}")
    return manifest
