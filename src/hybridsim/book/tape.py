"""A tape of loans: read, checked row by row, nothing lost.

Every row of the source is accepted, rejected (with the reasons) or left out by a rule of the mapping.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from hybridsim.book.cells import decimal_marks, numbers, shown, texts
from hybridsim.book.checks import PERCENT, Checks, agree, doubts
from hybridsim.book.columns import COLUMNS, MOST_EUR, SOURCE_ROW, Kind
from hybridsim.book.filling import Filler
from hybridsim.book.listing import left_out_rows, rejected_rows, row_faults
from hybridsim.book.mapping import ColumnRule, LeaveOut, TapeMapping, as_mapping
from hybridsim.book.matching import decimals, rules_for
from hybridsim.book.problems import Problems
from hybridsim.book.raw import MAX_SHOWN, RawTable, refused
from hybridsim.book.reading import read_raw
from hybridsim.core.errors import Fault
from hybridsim.core.memory import give_back

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Tape:
    """A tape as it was read."""

    frame: pd.DataFrame
    """Accepted loans in the order of the file: columns :data:`hybridsim.book.columns.NAMES`."""
    rejected: pd.DataFrame
    """Rejected rows, columns :data:`hybridsim.book.listing.REJECTED`; an unreadable exposure is NaN."""
    left_out: pd.DataFrame
    """Rows left out by rules of the mapping, columns :data:`hybridsim.book.listing.REJECTED`."""
    notes: tuple[str, ...]
    """What was assumed, and what is probably not meant."""
    digest: str
    """SHA-256 of the file, or of the frame's content."""
    name: str
    mapping: TapeMapping

    @property
    def rows(self) -> int:
        """Rows of the source; each is in exactly one of the three tables."""
        return len(self.frame) + len(self.rejected) + len(self.left_out)


def read_tape(
    source: str | Path | pd.DataFrame,
    mapping: TapeMapping | dict[str, Any] | str | Path | None = None,
    *,
    strict: bool = False,
) -> Tape:
    """Read a tape from a CSV, Excel or Parquet file or a frame.

    Parameters
    ----------
    source
        Path of the file, or a pandas frame.
    mapping
        Which column is which: a TOML file, its tables, or nothing if the headers are the tape's own.
    strict
        Whether one rejected row refuses the whole tape.

    Raises
    ------
    InputError
        If the mapping or the tape cannot be used as a whole, with all faults; also if every row is rejected.
    """
    wanted = as_mapping(mapping)
    raw = read_raw(Path(source) if isinstance(source, str) else source, wanted.file)
    rules, notes = rules_for(raw, wanted)
    marks = decimals(raw, rules, wanted)
    left = _left_out(raw, wanted)
    problems = Problems(len(raw.rows))
    frame, filled = _filled(raw, rules, Filler(raw, wanted, problems, left >= 0, marks))
    checks = Checks(frame, rules, problems, left >= 0)
    checks.ranges()
    rated = checks.pds(wanted.ratings.pds)
    checks.guarantors()
    _refuse_whole(raw, frame, problems, left < 0, strict)
    notes = [*notes, *filled, *([f"{rated:,} PDs are those of the rating"] if rated else [])]
    rejected = rejected_rows(raw, frame, problems, rules)
    left_out = left_out_rows(raw, frame, wanted.leave_out, left)
    # What is missing matters more than how the rest was read.
    counts = _counts(rejected, "rejected") + _counts(left_out, left_out["reason"].map("left out: {}".format))
    notes = [*counts, *raw.notes, *notes]
    digest, name = raw.digest, raw.name
    del raw, checks  # the cells as they were read take as much memory as what was made of them
    kept = ~problems.rejected & (left < 0)
    accepted = frame if kept.all() else frame[kept].reset_index(drop=True)
    del frame
    notes += [*agree(accepted), *doubts(accepted)]
    give_back()
    return Tape(accepted, rejected, left_out, tuple(notes), digest, name, wanted)


def _filled(raw: RawTable, rules: dict[str, ColumnRule], filler: Filler) -> tuple[pd.DataFrame, list[str]]:
    """The tape's columns over all rows, and notes on what was filled with defaults."""
    import pandas as pd
    import pyarrow as pa
    import pyarrow.compute as pc

    columns: dict[str, Any] = {}
    notes = []
    size = len(raw.rows)
    for column in COLUMNS:
        values = filler.column(column, rules[column.name]) if column.name in rules else None
        if column.kind is Kind.NUMBER:
            values = np.full(size, np.nan) if values is None else values
            missing = np.isnan(values)
            known = not np.isnan(float(column.default))
            columns[column.name] = np.where(missing, column.default, values) if known else values
        else:
            # Texts stay with Arrow: as objects of Python a million of them take half a gigabyte.
            values = pa.nulls(size, pa.string()) if values is None else values
            missing = np.asarray(values.is_null().to_numpy(zero_copy_only=False))
            known = column.default != ""
            columns[column.name] = pc.fill_null(values, str(column.default)).to_pandas().astype("str")
        counted, kept = int((missing & ~filler.ignored).sum()), int((~filler.ignored).sum())
        if known and counted and column.name in _TOLD:
            usual = f"{column.default:g}" if isinstance(column.default, float) else column.default
            notes.append(f"{column.name}: {counted:,} of {kept:,} rows filled with {usual}")
        if counted and column.name in _UNKNOWN:
            notes.append(f"{column.name}: {counted:,} of {kept:,} rows have none: {_UNKNOWN[column.name]}")
        give_back()
    frame = pd.DataFrame(columns)
    frame["group_id"] = frame["group_id"].where(frame["group_id"] != "", frame["obligor_id"])
    frame[SOURCE_ROW] = raw.rows
    return frame, notes


_TOLD = frozenset({"maturity_months", "repayment", "seniority"})
"""Columns whose default moves figures: how often it was used is told."""
_UNKNOWN = {
    "rate_pa": "provisions and cash flows take the funding rate, returns are not known",
    "originated_pd": "only arrears and defaults move a loan beyond stage 1",
}
"""Columns without a default, and what a figure does where they are empty."""


def _left_out(raw: RawTable, mapping: TapeMapping) -> npt.NDArray[np.int64]:
    """For each row, the first rule of the mapping that leaves it out, or -1."""
    left = np.full(len(raw.rows), -1, dtype=np.int64)
    for number, rule in enumerate(mapping.leave_out):
        left[(left < 0) & _meets(raw, rule, mapping)] = number
    return left


def _meets(raw: RawTable, rule: LeaveOut, mapping: TapeMapping) -> npt.NDArray[np.bool_]:
    import pyarrow.compute as pc

    column = raw.table.column(rule.column)
    words = texts(column, mapping.file.missing).values
    empty = np.asarray(pc.is_null(words).to_numpy(zero_copy_only=False))
    if rule.empty:
        return empty
    shown_marks = decimal_marks(column)[0]
    mark = mapping.file.decimal or (shown_marks.pop() if len(shown_marks) == 1 else ".")
    figures = numbers(column, mark, mapping.file.missing).values
    if rule.below is not None:
        return np.asarray(figures < rule.below)
    if rule.above is not None:
        return np.asarray(figures > rule.above)
    listed: Sequence[Any] = rule.equals if rule.equals is not None else rule.not_equals or ()
    wanted = {entry.strip().casefold() for entry in listed if isinstance(entry, str)}
    among = words.to_pandas().str.casefold().isin(wanted).to_numpy(dtype=bool)
    among = among | np.isin(figures, [float(entry) for entry in listed if not isinstance(entry, str)])
    return np.asarray(among if rule.equals is not None else ~among & ~empty)


def _refuse_whole(
    raw: RawTable, frame: pd.DataFrame, problems: Problems, counted: npt.NDArray[np.bool_], strict: bool
) -> None:
    """Refuse a tape that is wrong as a whole."""
    total = int(counted.sum())
    faults = _double_ids(raw, frame, counted)
    for name in ("pd", "lgd", "cover_rate", "rate_pa"):
        values = frame[name].to_numpy(dtype=np.float64)[counted]
        percent = int(((values > 1.0) & (values <= 100.0)).sum())
        if total > 1 and percent * 2 > total:
            message = (
                f"{percent:,} of {total:,} values {PERCENT.replace('is', 'are', 1)}they look like percent: "
                f'write {name} = {{ column = "...", unit = "percent" }} under [columns] in the mapping'
            )
            faults.append(Fault(raw.name, 0, name, message))
    if faults:
        raise refused(raw.name, faults)
    rejected = int(problems.rejected.sum()) + len(raw.ragged)
    if rejected and (strict or rejected == total + len(raw.ragged)):
        faults = list(islice(row_faults(raw, problems), MAX_SHOWN - 1))
        why = "--strict takes none" if strict else "none is left"
        many = f"{rejected:,} of {total + len(raw.ragged):,} rows are rejected, {why}"
        head = Fault(
            raw.name, 0, "", f"{many}; the first {len(faults)} faults:" if rejected > len(faults) else many
        )
        raise refused(raw.name, [head, *faults])
    if not total:
        raise refused(raw.name, [Fault(raw.name, 0, "", "every row is left out by a rule of the mapping")])


def _double_ids(raw: RawTable, frame: pd.DataFrame, counted: npt.NDArray[np.bool_]) -> list[Fault]:
    ids = frame.loc[counted & (frame["loan_id"] != "").to_numpy(), "loan_id"]
    double = ids[ids.duplicated(keep=False)]
    faults = []
    for value, rows in list(double.groupby(double, sort=False).groups.items())[:10]:
        lines = raw.rows[np.asarray(rows)]
        listed = ", ".join(str(line) for line in lines[:4]) + (" ..." if len(lines) > 4 else "")
        faults.append(Fault(raw.name, int(lines[1]), "loan_id", f"{shown(value)} stands in rows {listed}"))
    if len(double):
        remedy = (
            'join columns until ids differ (loan_id = { join = ["a", "b"] } in the mapping), or delete copies'
        )
        message = f"{double.nunique():,} ids stand more than once, in {len(double):,} rows; {remedy}"
        faults.insert(0, Fault(raw.name, 0, "loan_id", message))
    return faults


def _counts(listed: pd.DataFrame, why: pd.Series[str] | str) -> list[str]:
    """How many rows are not in the tape, and why, with their exposure as far as it can be read."""
    exposure = listed["exposure_eur"].where(listed["exposure_eur"] <= MOST_EUR).clip(lower=0.0)
    sums = exposure.groupby(listed.assign(why=why)["why"], sort=False).agg(["size", "sum"])
    return [
        f"{size:,} rows {reason}, exposure {total:,.2f}"
        for reason, size, total in zip(sums.index, sums["size"], sums["sum"], strict=True)
    ]
