"""The workbook of an analysed book: a sheet for each table, and one that says what they hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hybridsim.report.book_facts import Stored
from hybridsim.report.format import is_currency
from hybridsim.report.xlsx import GENERAL, MONEY, ONE_DECIMAL, PER_CENT, Cell, Sheet, write_xlsx

if TYPE_CHECKING:
    import pandas as pd

MOST_ROWS = 50_000
"""Rows of a sheet: more of them make a file that nobody opens; the Parquet files hold all."""
_STYLES = {"decimal": PER_CENT, "months": ONE_DECIMAL}
_WIDEST, _NARROWEST = 48, 9


def write_workbook(stored: Stored, target: Path) -> Path:
    """Write all tables of a stored book as one XLSX file, whole or not at all; returns its path.

    The same book gives the same bytes. Text that a spreadsheet might take for a formula stays text.
    """
    manifest = stored.manifest
    sheets = [_about(stored), _sheet("metrics", stored.metrics, manifest["metrics"]["columns"])]
    for name, entry in manifest["tables"].items():
        frame = stored.tables[name]
        if name == "loans":  # those that matter most are in the workbook, however many there are
            frame = frame.sort_values("es_eur", ascending=False, kind="stable")
        sheets.append(_sheet(name, frame, entry["columns"]))
    write_xlsx(sheets, target)
    return target


def _about(stored: Stored) -> Sheet:
    """What the sheets hold, which of them are cut, and every column with unit and meaning."""
    manifest, tape = stored.manifest, stored.manifest["tape"]
    rows: list[Sequence[Cell]] = [
        ("book", str(manifest.get("title", ""))),
        ("tape", str(tape.get("name", "")), "", f"SHA-256 {tape.get('sha256', '')}"),
        (
            "currency",
            str(manifest.get("currency", "EUR")),
            "",
            "of all amounts, also in columns whose names end in _eur",
        ),
        ("seed", str(manifest["seed"])),
        ("level", float(manifest["level"])),
        ("digest", str(manifest.get("digest", ""))),
        *(("note", "", "", str(note)) for note in manifest["notes"]),
        (),
        ("sheet", "column", "unit", "meaning"),
    ]
    for name, entry in {"metrics": manifest["metrics"], **manifest["tables"]}.items():
        if entry["rows"] > MOST_ROWS:
            cut = f"the first {MOST_ROWS:,} of {entry['rows']:,} rows; all are in {name}.parquet"
            rows.append((name, "", "", cut))
        rows += [(name, column["name"], column["unit"], column["text"]) for column in entry["columns"]]
    return Sheet("about", rows, (GENERAL,) * 4, (20, 26, 12, 90), head=0)


def _sheet(name: str, frame: pd.DataFrame, columns: Sequence[Mapping[str, str]]) -> Sheet:
    shown = frame.head(MOST_ROWS)
    return Sheet(
        name,
        _rows(shown, [column["name"] for column in columns]),
        [_style(column["unit"]) for column in columns],
        [_width(column, shown) for column in columns],
    )


def _style(unit: str) -> int:
    return MONEY if is_currency(unit) else _STYLES.get(unit, GENERAL)


def _rows(frame: pd.DataFrame, names: Sequence[str]) -> Iterator[Sequence[Cell]]:
    yield names
    yield from zip(*(frame[name].tolist() for name in names), strict=True)


def _width(column: Mapping[str, str], frame: pd.DataFrame) -> float:
    if column["type"] != "string":
        return max(_NARROWEST + 5, len(column["name"]) + 3)
    longest = max((len(text) for text in frame[column["name"]].head(500)), default=0)
    return min(max(longest, len(column["name"]), _NARROWEST) + 3, _WIDEST)
