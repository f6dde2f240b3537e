"""The rows of a source that are not in its tape, told one by one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from hybridsim.book.cells import shown
from hybridsim.book.columns import SOURCE_ROW
from hybridsim.book.mapping import ColumnRule, LeaveOut
from hybridsim.book.problems import Problems
from hybridsim.book.raw import RawTable
from hybridsim.core.errors import Fault

if TYPE_CHECKING:
    import pandas as pd

REJECTED = (SOURCE_ROW, "loan_id", "column", "value", "reason", "exposure_eur", "cells")
"""Columns of the rejected rows and of those left out; ``cells`` is the whole row as JSON."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_rows(frame: pd.DataFrame, path: Path) -> None:
    """Write rows as CSV (UTF-8 with a byte order mark); no text is taken for a formula by a spreadsheet."""
    import pandas as pd

    safe = {
        name: frame[name] if pd.api.types.is_numeric_dtype(frame[name]) else frame[name].map(_neutral)
        for name in frame
    }
    pd.DataFrame(safe).to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\n")


def _neutral(text: object) -> str:
    return f"'{text}" if str(text).startswith(_FORMULA) else str(text)


def row_faults(raw: RawTable, problems: Problems) -> Iterator[Fault]:
    """One fault per thing that is wrong with a row."""
    for ragged in raw.ragged:
        yield Fault(raw.name, ragged.row, "", ragged.why)
    for problem in sorted(problems, key=lambda problem: problem.place):
        value = _cell(raw, problem.header, problem.place)
        what = f"{shown(value)} {problem.reason}" if value else problem.reason
        yield Fault(raw.name, int(raw.rows[problem.place]), problem.column, what)


def _cell(raw: RawTable, header: str, place: int) -> str:
    value = raw.table.column(header)[place].as_py() if header else None
    return "" if value is None else str(value)


def rejected_rows(
    raw: RawTable, frame: pd.DataFrame, problems: Problems, rules: dict[str, ColumnRule]
) -> pd.DataFrame:
    """The rejected rows, columns :data:`REJECTED`; several faults of a row stand in one line."""
    import pandas as pd

    by_row: dict[int, list[tuple[str, str, str]]] = {}
    for place, column, header, reason in problems:
        value = _cell(
            raw, header or (rules[column].headers[:1] or ("",))[0] if column in rules else "", place
        )
        by_row.setdefault(place, []).append((column, value, reason))
    records: list[tuple[Any, ...]] = [
        (ragged.row, "", "", ragged.text, ragged.why, np.nan, "") for ragged in raw.ragged
    ]
    places = np.array(sorted(by_row), dtype=np.int64)
    known = frame.loc[places, ["loan_id", "exposure_eur"]].itertuples(index=False)
    for place, cells, (loan, exposure) in zip(
        places.tolist(), _rows_as_json(raw, places), known, strict=True
    ):
        found = by_row[place]
        columns, values = ("; ".join(entry[at] for entry in found) for at in (0, 1))
        reasons = "; ".join(f"{column} {reason}" for column, _, reason in found)
        records.append((int(raw.rows[place]), loan, columns, values, reasons, exposure, cells))
    return _table(pd.DataFrame(records, columns=list(REJECTED)))


def left_out_rows(
    raw: RawTable, frame: pd.DataFrame, leave_out: Sequence[LeaveOut], left: npt.NDArray[np.int64]
) -> pd.DataFrame:
    """The rows that a rule leaves out, columns :data:`REJECTED`; ``left`` is the number of the rule or -1."""
    import pandas as pd

    places = np.flatnonzero(left >= 0)
    rules = [leave_out[number] for number in left[places]]
    values = [_cell(raw, rule.column, place) for rule, place in zip(rules, places.tolist(), strict=True)]
    records = {
        SOURCE_ROW: raw.rows[places],
        "loan_id": frame["loan_id"].to_numpy()[places],
        "column": [rule.column for rule in rules],
        "value": values,
        "reason": [rule.reason for rule in rules],
        "exposure_eur": frame["exposure_eur"].to_numpy()[places],
        "cells": list(_rows_as_json(raw, places)),
    }
    return _table(pd.DataFrame(records, columns=list(REJECTED)))


def _table(frame: pd.DataFrame) -> pd.DataFrame:
    kinds = {SOURCE_ROW: "int64", "exposure_eur": "float64"}
    return frame.astype({name: kinds.get(name, "str") for name in REJECTED}).sort_values(
        SOURCE_ROW, kind="stable", ignore_index=True
    )


def _rows_as_json(raw: RawTable, places: npt.NDArray[np.int64]) -> Iterator[str]:
    for record in raw.table.take(places).to_pylist():
        yield json.dumps(record, ensure_ascii=False, default=str)
