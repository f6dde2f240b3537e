"""A table from an Excel workbook (.xlsx): its rows, or everything that keeps them from being read.

The file is not trusted: its unpacked size is bounded before anything is unpacked, macros and links are not
followed, and formulas are not computed, only their stored values are read.
"""

from __future__ import annotations

import datetime as dt
import io
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from hybridsim.core.errors import Fault
from hybridsim.scenario.population.cells import Unreadable, is_missing
from hybridsim.scenario.population.sheet_parts import Marks, marks_of

if TYPE_CHECKING:
    from openpyxl import Workbook

SHEET = "institutions"
MAX_UNPACKED = 300_000_000
MAX_PARTS = 2_000
MAX_COLUMNS = 200
MAX_SHEET_ROWS = 1_048_576

_COMPOUND = b"\xd0\xcf\x11\xe0"
_MACROS = "vbaproject.bin"
_BROKEN = "is not a valid .xlsx workbook"


@dataclass(frozen=True)
class Wanted:
    """Which sheet of a workbook is read, and how."""

    titles: Sequence[str] = (SHEET,)
    """Sheets that are preferred to the first visible one, in lower case."""
    required: bool = False
    """Whether it must be one of them."""
    skip_rows: int = 0
    """Rows above the one that names the columns."""
    dates: bool = False
    """Whether dates are values; otherwise a cell formatted as a date is unreadable."""


@dataclass
class Sheet:
    """Cells of a sheet: names of the columns, and rows with their numbers; or what is wrong with it."""

    columns: list[str] = field(default_factory=list)
    rows: list[tuple[int, Sequence[Any]]] = field(default_factory=list)
    letters: dict[str, str] = field(default_factory=dict)
    """By column, its letter."""
    hidden: set[int] = field(default_factory=set)
    """Rows that are not shown."""
    notes: list[str] = field(default_factory=list)
    cell_faults: list[Fault] = field(default_factory=list)
    """Faults that do not keep the other cells from being checked."""
    faults: list[Fault] = field(default_factory=list)
    """Faults that do."""


def read_sheet(name: str, content: bytes, max_rows: int, wanted: Wanted = Wanted()) -> Sheet:
    """The wanted sheet of a workbook, else its first visible one.

    Parameters
    ----------
    name
        How faults call the file.
    content
        Its bytes.
    max_rows
        Number of rows that may not be exceeded.
    wanted
        Which sheet; the default is that of institutions.
    """
    fault = _package_fault(content)
    if fault:
        return Sheet(faults=[Fault(name, 0, "", fault)])
    try:
        with warnings.catch_warnings():
            # What openpyxl warns of (styles, validations, drawings) does not concern the values.
            warnings.simplefilter("ignore")
            return _read(name, content, max_rows, wanted)
    except MemoryError:
        raise
    except Exception as error:
        # Of a damaged file openpyxl raises whatever the damage leads to.
        what = f"{_BROKEN}: {type(error).__name__}: {error}"
        return Sheet(faults=[Fault(name, 0, "", f"{what[:200]}; save it again as .xlsx")])


def _package_fault(content: bytes) -> str:
    """What is wrong with the package as a whole, before anything is unpacked."""
    if content.startswith(_COMPOUND):
        return "is encrypted, or an old .xls under another name; remove the password and save it as .xlsx"
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            parts = package.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        return f"{_BROKEN}: {error}; save it again as .xlsx"
    if any(part.flag_bits & 1 for part in parts):
        return "is encrypted; remove the password"
    if any(part.filename.lower().endswith(_MACROS) for part in parts):
        return "holds macros; save it as .xlsx without them"
    # A zip entry never yields more than the size that it declares here.
    unpacked = sum(part.file_size for part in parts)
    if unpacked > MAX_UNPACKED or len(parts) > MAX_PARTS:
        return (
            f"unpacks to {unpacked:,} bytes in {len(parts):,} parts, more than {MAX_UNPACKED:,} bytes or "
            f"{MAX_PARTS:,} parts; keep only the table in it, or save it as CSV"
        )
    return ""


def _read(name: str, content: bytes, max_rows: int, wanted: Wanted) -> Sheet:
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    try:
        title = _title(book, wanted)
        if title is None:
            return Sheet(faults=[Fault(name, 0, "", _no_sheet(book, wanted))])
        marks = marks_of(content, title)
        worksheet = book[title]
        # Declared dimensions may be wrong, and empty cells up to them would be made.
        worksheet.reset_dimensions()
        sheet = _table(name, worksheet.iter_rows(values_only=True), marks, max_rows, wanted)
    finally:
        book.close()
    sheet.hidden = {number for number, _ in sheet.rows} & marks.hidden_rows
    if sheet.hidden:
        sheet.notes.append(
            f"{len(sheet.hidden):,} hidden rows were read too, the first is row {min(sheet.hidden)}"
        )
    return sheet


def _title(book: Workbook, wanted: Wanted) -> str | None:
    sheets = book.worksheets
    named = [sheet.title for sheet in sheets if sheet.title.strip().lower() in wanted.titles]
    visible = [sheet.title for sheet in sheets if sheet.sheet_state == "visible" and not wanted.required]
    return next(iter([*named, *visible]), None)


def _no_sheet(book: Workbook, wanted: Wanted) -> str:
    if not wanted.required:
        return f"has no sheet with cells; name one {wanted.titles[0]!r}"
    there = ", ".join(repr(sheet.title[:40]) for sheet in book.worksheets[:20])
    return f"has no sheet {wanted.titles[0]!r}; it has {there}"


def _table(name: str, cells: Iterator[tuple[Any, ...]], marks: Marks, max_rows: int, wanted: Wanted) -> Sheet:
    sheet = Sheet()
    first = wanted.skip_rows + 1
    head = _trimmed(next(islice(cells, wanted.skip_rows, None), ()))
    if len(head) > MAX_COLUMNS:
        return Sheet(
            faults=[Fault(name, first, "", f"{len(head):,} columns; a table has at most {MAX_COLUMNS}")]
        )
    letters = [_letter(place) for place in range(len(head))]
    sheet.faults += [
        Fault(name, first, f"column {letter}", "has no name in the first row; give it one")
        for letter, cell in zip(letters, head, strict=True)
        if is_missing(cell)
    ]
    sheet.columns = [str(cell).strip() for cell in head]
    sheet.letters = dict(zip(sheet.columns, letters, strict=True))
    sheet.cell_faults += [
        Fault(name, row, f"cells {area}", "are merged; split them, so that each row has its own values")
        for row, area in marks.merged
    ]
    for number, values in enumerate(cells, start=first + 1):
        row = _cells(_trimmed(values), number, marks, wanted.dates)
        if len(row) > MAX_COLUMNS or number > MAX_SHEET_ROWS or (row and len(sheet.rows) >= max_rows):
            what = f"{MAX_COLUMNS} columns" if len(row) > MAX_COLUMNS else f"{max_rows:,} rows; take a sample"
            sheet.faults.append(Fault(name, number, "", f"more than {what}"))
            break
        for place, cell in enumerate(row[len(head) :], start=len(head)):
            if cell is not None:
                why = (
                    cell.why
                    if isinstance(cell, Unreadable)
                    else "holds a value, but has no name in the first row"
                )
                sheet.cell_faults.append(Fault(name, number, f"column {_letter(place)}", why))
        if row:
            sheet.rows.append((number, [*row[: len(head)], *[None] * (len(head) - len(row))]))
    return sheet


def _cells(values: Sequence[Any], number: int, marks: Marks, dates: bool) -> list[Any]:
    """A row's values, with what cannot be read in its place."""
    empty_formulas = marks.without_value.get(number, ())
    row = [_cell(value, (number, place) in marks.errors, dates) for place, value in enumerate(values)]
    row += [None] * (max(empty_formulas, default=-1) + 1 - len(row))
    for place in empty_formulas:
        row[place] = Unreadable("has a formula without a stored value; save it in Excel, or paste the value")
    return row


def _cell(value: Any, error: bool, dates: bool) -> Any:  # noqa: ANN401  (a cell of a table)
    if error:
        return Unreadable(f"holds the error {str(value)[:20]}; mend the formula, or paste the value")
    if isinstance(value, dt.date) and dates:
        return value
    if isinstance(value, dt.date | dt.time | dt.timedelta):
        return Unreadable(f"is formatted as a date or time ({value}); format the cell as number or as text")
    # A whole number of a thousand digits may stand in the file, but is no double.
    return float("inf") if isinstance(value, int) and abs(value) > 2**63 else value


def _letter(place: int) -> str:
    from openpyxl.utils import get_column_letter

    return get_column_letter(place + 1)


def _trimmed(values: Sequence[Any]) -> Sequence[Any]:
    """Without the empty cells at the end."""
    end = len(values)
    while end and is_missing(values[end - 1]):
        end -= 1
    return values[:end]
