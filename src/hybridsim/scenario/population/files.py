"""Institutions from a CSV, Excel or Parquet file."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from hybridsim.core.codes import InstitutionType
from hybridsim.core.errors import Fault, PopulationError
from hybridsim.core.rng import entity_key
from hybridsim.scenario.population.cells import COLUMNS, REQUIRED, Unreadable, is_missing, refuse_thousands
from hybridsim.scenario.population.table import FLOAT_COLUMNS, INT_COLUMNS, PopulationTable, make_table
from hybridsim.scenario.population.typical import RULES
from hybridsim.scenario.schema.references import nearest
from hybridsim.scenario.schema.scenario import Scenario

MAX_ROWS = 200_000
MAX_BYTES = 200_000_000
MAX_SHOWN = 50
MAX_QUOTE = 60

Row = dict[str, Any]


@dataclass(frozen=True)
class _File:
    """A file as cells: its columns, and its rows with their lines."""

    name: str
    columns: list[str]
    rows: list[tuple[int, Sequence[Any]]]
    digest: str
    grouped: bool = False
    """Whether a point in a text may group thousands, as in German spreadsheets."""
    letters: Mapping[str, str] = field(default_factory=dict)
    """By column, its letter in a workbook."""
    hidden: Set[int] = frozenset()
    """Rows of a workbook that are not shown."""
    faults: Sequence[Fault] = ()
    """What is wrong with single cells."""
    notes: Sequence[str] = ()


def read_population(path: Path, scenario: Scenario) -> PopulationTable:
    """Institutions of a file; what it leaves out is filled with what is typical of the type.

    Raises
    ------
    PopulationError
        With up to 50 faults and the number of the others.
    """
    file = _read(path)
    faults = _column_faults(file)
    if faults:
        raise _refused(file.name, faults)
    rows, faults = _checked_rows(file)
    faults += file.faults
    faults += _double_ids(file, rows)
    faults += _unknown_types(file.name, rows, scenario)
    faults += _taken_ids(file.name, rows, scenario)
    fraction, fraction_faults = _sample_fraction(file.name, rows)
    faults += fraction_faults
    if faults:
        raise _refused(file.name, _lettered(file, faults))
    notes = [*file.notes, *_doubts(rows), *_fill(rows, scenario)]
    ids = [row["id"] for _, row in rows]
    columns = {name: [row[name] for _, row in rows] for name in (*INT_COLUMNS, *FLOAT_COLUMNS)}
    return make_table(ids, columns, fraction, notes, file.digest)


def _lettered(file: _File, faults: Sequence[Fault]) -> list[Fault]:
    """Faults of a workbook with the letters of their columns, in the order of its rows."""
    if not file.letters:
        return list(faults)
    named = {column: f"{column} (column {letter})" for column, letter in file.letters.items()}
    ordered = sorted(faults, key=lambda fault: fault.line)
    return [
        replace(
            fault,
            path=named.get(fault.path, fault.path),
            message=fault.message + ("; this row is hidden" if fault.line in file.hidden else ""),
        )
        for fault in ordered
    ]


def _refused(name: str, faults: Sequence[Fault]) -> PopulationError:
    shown = list(faults[:MAX_SHOWN])
    if len(faults) > MAX_SHOWN:
        shown.append(Fault(name, 0, "", f"and {len(faults) - MAX_SHOWN:,} more faults"))
    count = f"{len(faults):,} fault{'s' if len(faults) != 1 else ''}"
    return PopulationError(f"{name}: {count} in the population file", shown)


def _read(path: Path) -> _File:
    name = str(path)
    try:
        if path.is_dir():
            raise _refused(name, [Fault(name, 0, "", "is a folder; name a .csv, .xlsx or .parquet file")])
        if not path.is_file():
            raise _refused(
                name, [Fault(name, 0, "", "does not exist (the path is relative to the scenario file)")]
            )
        if path.stat().st_size > MAX_BYTES:
            raise _refused(name, [Fault(name, 0, "", f"has more than {MAX_BYTES:,} bytes")])
        content = path.read_bytes()
    except (OSError, ValueError) as error:
        raise _refused(name, [Fault(name, 0, "", f"cannot be read: {error}")]) from None
    digest = sha256(content).hexdigest()
    if not content:
        raise _refused(name, [Fault(name, 0, "", "is empty; the first line names the columns")])
    suffix = path.suffix.lower()
    if suffix in (".parquet", ".pq"):
        return _from_parquet(name, content, digest)
    if suffix in (".csv", ".tsv", ".txt"):
        return _from_csv(name, content, digest)
    if suffix == ".xlsx":
        return _from_workbook(name, content, digest)
    why = "has macros" if suffix == ".xlsm" else "cannot be read"
    message = f"{suffix or 'no ending'!r} {why}; save the table as .csv (UTF-8), .xlsx or .parquet"
    raise _refused(name, [Fault(name, 0, "", message)])


def _from_csv(name: str, content: bytes, digest: str) -> _File:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        message = f"is not UTF-8 at byte {error.start} (0x{content[error.start]:02x}); save it as CSV UTF-8"
        raise _refused(name, [Fault(name, line, "", message)]) from None
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[tuple[int, Sequence[Any]]] = []
    try:
        columns = [column.strip() for column in next(reader, [])]
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append((reader.line_num, cells))
            if len(rows) > MAX_ROWS:
                raise _refused(
                    name, [Fault(name, reader.line_num, "", f"more than {MAX_ROWS:,} rows; take a sample")]
                )
    except csv.Error as error:
        message = f"is not valid CSV: {error}; is a quote left open?"
        raise _refused(name, [Fault(name, reader.line_num, "", message)]) from None
    return _File(name, columns, rows, digest, grouped=delimiter == ";")


def _from_workbook(name: str, content: bytes, digest: str) -> _File:
    from hybridsim.scenario.population.workbook import read_sheet

    sheet = read_sheet(name, content, MAX_ROWS)
    if sheet.faults:
        raise _refused(name, sheet.faults)
    return _File(
        name,
        sheet.columns,
        sheet.rows,
        digest,
        True,
        sheet.letters,
        sheet.hidden,
        sheet.cell_faults,
        sheet.notes,
    )


def _from_parquet(name: str, content: bytes, digest: str) -> _File:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        source = pq.ParquetFile(io.BytesIO(content))
        if source.metadata.num_rows > MAX_ROWS:
            raise _refused(name, [Fault(name, 0, "", f"more than {MAX_ROWS:,} rows; take a sample")])
        table = source.read()
    except (pa.ArrowException, OSError) as error:
        message = f"is not valid Parquet ({str(error).strip()}); write it again, or save the table as .csv"
        raise _refused(name, [Fault(name, 0, "", message)]) from None
    cells = [column.to_pylist() for column in table.columns]
    rows = [(number, values) for number, values in enumerate(zip(*cells, strict=True), start=1)]
    return _File(name, list(table.column_names), list(rows), digest)


def _column_faults(file: _File) -> list[Fault]:
    if not {column.lower() for column in file.columns} & set(COLUMNS):
        first = ", ".join(column[:MAX_QUOTE] for column in file.columns[:3] if column)
        message = (
            f"the first line {f'names no known column, but {first!r}' if first else 'is empty'}; a table is "
            f"needed whose first line is {','.join(REQUIRED)} (or with ; or tab between the names)"
        )
        return [Fault(file.name, 1, "", message)]
    faults = []
    for column, count in Counter(file.columns).items():
        if not column:
            position = file.columns.index(column) + 1
            faults.append(Fault(file.name, 1, f"column {position}", "has no name in the first line"))
        elif column not in COLUMNS:
            shown, hint = column[:MAX_QUOTE], nearest(column.lower(), COLUMNS)
            faults.append(Fault(file.name, 1, shown, f"unknown column {shown!r}{hint}"))
        elif count > 1:
            faults.append(Fault(file.name, 1, column, f"stands {count} times in the first line"))
    for column in REQUIRED:
        if column not in file.columns:
            faults.append(
                Fault(file.name, 1, column, f"this column is missing; needed are {', '.join(REQUIRED)}")
            )
    if not faults and not file.rows:
        faults.append(Fault(file.name, 0, "", "has no row: at least one institution is needed"))
    return faults


def _checked_rows(file: _File) -> tuple[list[tuple[int, Row]], list[Fault]]:
    rows: list[tuple[int, Row]] = []
    faults: list[Fault] = []
    for line, cells in file.rows:
        if len(cells) != len(file.columns):
            message = f"{len(cells)} cells, but the first line names {len(file.columns)} columns"
            faults.append(Fault(file.name, line, "", message))
            continue
        row: Row = {}
        for column, cell in zip(file.columns, cells, strict=True):
            if isinstance(cell, Unreadable):
                faults.append(Fault(file.name, line, column, cell.why))
                continue
            if is_missing(cell):
                if column in REQUIRED:
                    faults.append(Fault(file.name, line, column, "is empty, but every institution needs it"))
                continue
            try:
                # A semicolon is the mark of a German spreadsheet, where a point groups thousands.
                if file.grouped and "_eur" in column:
                    refuse_thousands(cell)
                row[column] = COLUMNS[column].read(cell, COLUMNS[column])
            except ValueError as error:
                faults.append(Fault(file.name, line, column, str(error)))
        faults += _row_faults(file.name, line, row)
        rows.append((line, row))
    return rows, faults


def _row_faults(name: str, line: int, row: Row) -> list[Fault]:
    """Values that do not fit together."""
    faults = []
    for small, large in (("sites", "places"), ("fte_care", "fte_total")):
        if small in row and large in row and row[small] > row[large]:
            message = f"{row[small]:g} is more than {large} {row[large]:g}"
            faults.append(Fault(name, line, small, message))
    return faults


def _double_ids(file: _File, rows: Sequence[tuple[int, Row]]) -> list[Fault]:
    faults = []
    first: dict[int, tuple[int, str]] = {}
    for line, row in rows:
        if "id" not in row:
            continue
        # Blanks around a name or twice within it are not seen, least of all in a spreadsheet.
        key = entity_key(" ".join(row["id"].split()))
        if key not in first:
            first[key] = (line, row["id"])
            continue
        before, other = first[key]
        same = "stands" if other == row["id"] else f"counts as the same as {other!r}"
        where = f"line {before}{' (hidden)' if before in file.hidden else ''}"
        message = f"{row['id']!r} {same} already in {where}; ids must differ"
        faults.append(Fault(file.name, line, "id", message))
    return faults


def _unknown_types(name: str, rows: Sequence[tuple[int, Row]], scenario: Scenario) -> list[Fault]:
    faults = []
    known = {str(label) for label in scenario.institution_types}
    for line, row in rows:
        label = InstitutionType(row["type"]).label if "type" in row else ""
        if label and label not in known:
            message = f"the scenario has no institution_types.{label}, which fills what the file leaves out"
            faults.append(Fault(name, line, "type", message))
    return faults


def _taken_ids(name: str, rows: Sequence[tuple[int, Row]], scenario: Scenario) -> list[Fault]:
    """Ids that would be confused with other owners of accounts when one reads the ledger."""
    taken = {"outside", "vendor", "payer", *scenario.providers}
    return [
        Fault(name, line, "id", f"{row['id']!r} has an account of its own in the books; choose another id")
        for line, row in rows
        if row.get("id") in taken
    ]


def _sample_fraction(name: str, rows: Sequence[tuple[int, Row]]) -> tuple[float, list[Fault]]:
    given = {row.get("sample_fraction", 1.0) for _, row in rows}
    if len(given) <= 1:
        return (given.pop() if given else 1.0), []
    message = f"the same value is needed in every row, not {len(given)} different ones"
    return 1.0, [Fault(name, 0, "sample_fraction", message)]


def _doubts(rows: Sequence[tuple[int, Row]]) -> list[str]:
    """What may stand in a file but probably is a mistake."""
    notes = []
    for one, other in (("debt_eur", "debt_service_eur_pa"), ("debt_service_eur_pa", "debt_eur")):
        lines = [line for line, row in rows if row.get(one, 0.0) > 0.0 and row.get(other) == 0.0]
        if lines:
            notes.append(
                f"{one} is above zero but {other} is 0 in {len(lines):,} rows, first in line {lines[0]}"
            )
    return notes


def _fill(rows: Sequence[tuple[int, Row]], scenario: Scenario) -> list[str]:
    """Fill what is missing from the type, and say how often that happened."""
    parts = {int(InstitutionType.parse(label)): part for label, part in scenario.institution_types.items()}
    filled: Counter[str] = Counter()
    for _, row in rows:
        part = parts[row["type"]]
        for column, (_, rule) in RULES.items():
            if column not in row:
                row[column] = rule(part, row)
                filled[column] += 1
    return [
        f"{column}: {filled[column]:,} of {len(rows):,} rows filled with the {origin}"
        for column, (origin, _) in RULES.items()
        if filled[column]
    ]
