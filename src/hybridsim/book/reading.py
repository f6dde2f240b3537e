"""A file or frame as raw cells: nothing is interpreted yet, nothing is left out without being told."""

from __future__ import annotations

import csv
import io
from collections import Counter
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from hybridsim.book.mapping import FileShape
from hybridsim.book.raw import MAX_ROWS, Ragged, RawTable, refuse, refused
from hybridsim.book.typed import from_frame, from_parquet, from_workbook
from hybridsim.core.errors import Fault, InputError

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

MAX_BYTES = 2_000_000_000
MAX_COLUMNS = 500
_CHUNK = 50_000
_QUOTE = 60
_DELIMITERS = ",;\t|"
_WORKBOOK, _PARQUET, _COMPOUND = b"PK\x03\x04", b"PAR1", b"\xd0\xcf\x11\xe0"


def read_raw(source: Path | pd.DataFrame, shape: FileShape) -> RawTable:
    """Cells of a CSV, Excel or Parquet file, or of a frame.

    Raises
    ------
    InputError
        If it cannot be read as a table at all; with the remedy.
    """
    raw = _from_path(source, shape) if isinstance(source, Path) else from_frame(source)
    faults = [
        Fault(raw.name, shape.skip_rows + 1, column[:_QUOTE], f"stands {count} times among the headers")
        for column, count in Counter(raw.table.column_names).items()
        if count > 1
    ]
    faults += [
        Fault(raw.name, shape.skip_rows + 1, f"column {place}", "has no name; give it one, or delete it")
        for place, column in enumerate(raw.table.column_names, start=1)
        if not column
    ]
    if raw.table.num_columns > MAX_COLUMNS:
        message = f"has {raw.table.num_columns:,} columns; at most {MAX_COLUMNS} are read"
        faults.append(Fault(raw.name, 0, "", message))
    if not faults and not len(raw.rows) and not raw.ragged:
        faults.append(Fault(raw.name, 0, "", "has no row below its headers: at least one loan is needed"))
    if faults:
        raise refused(raw.name, faults)
    return raw


def _from_path(path: Path, shape: FileShape) -> RawTable:
    name = path.name
    try:
        if path.is_dir():
            raise refuse(str(path), "is a folder; name a .csv, .xlsx or .parquet file in it")
        if not path.is_file():
            raise refuse(str(path), "does not exist")
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise refuse(
                name, f"has {size:,} bytes, more than {MAX_BYTES:,}; split it or save it as .parquet"
            )
        content = path.read_bytes()
    except (OSError, ValueError) as error:
        raise refuse(str(path), f"cannot be read: {error}") from None
    if not content.strip(b"\xef\xbb\xbf\xff\xfe \r\n\t"):
        raise refuse(name, "is empty; the first line names the columns")
    digest, suffix = sha256(content).hexdigest(), path.suffix.lower()
    if suffix in (".csv", ".tsv", ".txt"):
        _refuse_other_content(name, content)
        return _from_csv(name, content, digest, shape)
    if suffix == ".xlsx":
        return from_workbook(name, content, digest, shape)
    if suffix in (".parquet", ".pq"):
        return from_parquet(name, content, digest)
    why = {".xlsm": "may have macros, which are never run", ".xls": "is the old binary format of Excel"}
    message = f"{suffix or 'no ending'!r} {why.get(suffix, 'is not read')}"
    raise refuse(name, f"{message}; save the table as .xlsx, .csv (UTF-8) or .parquet")


def _refuse_other_content(name: str, content: bytes) -> None:
    kinds = ((_WORKBOOK, "a workbook (.xlsx)"), (_PARQUET, "Parquet (.parquet)"), (_COMPOUND, "an old .xls"))
    for start, kind in kinds:
        if content.startswith(start):
            raise refuse(name, f"is {kind} by its content; give the file that ending, or save it as CSV")


def _from_csv(name: str, content: bytes, digest: str, shape: FileShape) -> RawTable:
    encoding, notes = _encoding(name, content, shape)
    stream = io.TextIOWrapper(io.BytesIO(content), encoding=encoding, newline="")
    for _ in range(shape.skip_rows):
        stream.readline()
    start = stream.tell()
    delimiter = shape.delimiter or _delimiter(stream.readline())
    stream.seek(start)
    reader = csv.reader(stream, delimiter=delimiter, strict=True)
    try:
        header = [cell.strip() for cell in next(reader, [])]
        if len(header) < 2:
            raise _one_column(name, header, delimiter, shape)
        table, rows, ragged = _csv_rows(name, reader, header, shape.skip_rows + 2)
    except csv.Error as error:
        line = reader.line_num + shape.skip_rows
        raise refuse(name, f"is not valid CSV: {error}; is a quote left open?", line) from None
    return RawTable(name, table, rows, digest, delimiter in ";\t|", ragged=ragged, notes=notes)


def _one_column(name: str, header: list[str], delimiter: str, shape: FileShape) -> InputError:
    first = header[0][:_QUOTE] if header else ""
    message = f"only one column was found, {first!r}, with {delimiter!r} between the columns"
    remedy = f"; set [file] delimiter in the mapping to one of {', '.join(map(repr, _DELIMITERS))}"
    if shape.delimiter:
        remedy = "; correct [file] delimiter in the mapping, or leave it out"
    return refuse(name, message + remedy, shape.skip_rows + 1)


def _encoding(name: str, content: bytes, shape: FileShape) -> tuple[str, list[str]]:
    """Encoding of a text, and what to say about it."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding, note = "utf-16", ""
    elif shape.encoding:
        encoding, note = {"utf-8": "utf-8-sig"}.get(shape.encoding, shape.encoding), ""
    elif (start := content[:4000]).count(0) > len(start) // 3:
        encoding = "utf-16-le" if start[1::2].count(0) > start[::2].count(0) else "utf-16-be"
        note = f"{name} was read as UTF-16 without a byte order mark"
    else:
        encoding, note = "utf-8-sig", ""
    try:
        content.decode(encoding)
    except UnicodeDecodeError as error:
        byte = content[error.start]
        line = content.count(b"\n", 0, error.start) + 1
        message = f"is not {encoding} at byte {error.start} (0x{byte:02x})"
        if shape.encoding or encoding.startswith("utf-16"):
            raise refuse(name, f"{message}; save it as CSV UTF-8", line) from None
        try:
            content.decode("cp1252")
        except UnicodeDecodeError:
            raise refuse(name, f"{message}, nor cp1252; save it as CSV UTF-8", line) from None
        encoding, note = (
            "cp1252",
            f"{name} was read as Windows-1252, as it is not UTF-8 (first in line {line})",
        )
    return encoding, [note] if note else []


def _delimiter(line: str) -> str:
    """The one that makes most columns of a line; quoted ones do not count."""
    counts = {mark: len(next(csv.reader([line], delimiter=mark), [])) for mark in _DELIMITERS}
    return max(counts, key=lambda mark: counts[mark])


def _csv_rows(
    name: str,
    reader: Any,  # noqa: ANN401  (the type of csv.reader is private)
    header: list[str],
    first: int,
) -> tuple[pa.Table, npt.NDArray[np.int64], list[Ragged]]:
    import pyarrow as pa

    width = len(header)
    schema = pa.schema([(str(place), pa.string()) for place in range(width)])
    batches: list[pa.RecordBatch] = []
    numbers: list[npt.NDArray[np.int64]] = []
    ragged: list[Ragged] = []
    read = 0
    while chunk := list(islice(reader, _CHUNK)):
        places = np.arange(first, first + len(chunk), dtype=np.int64)
        first += len(chunk)
        if not all(len(cells) == width and any(cells) for cells in chunk):
            kept = [place for place, cells in enumerate(chunk) if len(cells) == width and any(cells)]
            ragged += [
                _ragged(int(places[place]), cells, width)
                for place, cells in enumerate(chunk)
                if len(cells) != width and any(cell.strip() for cell in cells)
            ]
            chunk, places = [chunk[place] for place in kept], places[kept]
        columns = list(zip(*chunk, strict=True)) or [()] * width
        batches.append(pa.record_batch([pa.array(column, pa.string()) for column in columns], schema=schema))
        numbers.append(places)
        read += len(chunk)
        if read + len(ragged) > MAX_ROWS:
            raise refuse(name, f"more than {MAX_ROWS:,} rows; split the tape", first)
    table = pa.Table.from_batches(batches, schema=schema).rename_columns(header)
    return table, np.concatenate([np.zeros(0, dtype=np.int64), *numbers]), ragged


def _ragged(row: int, cells: list[str], width: int) -> Ragged:
    text = " | ".join(cells)
    other = [mark for mark in _DELIMITERS if any(mark in cell for cell in cells)]
    hint = f"; is {other[0]!r} between its columns?" if len(cells) == 1 and other else ""
    hint = hint or ("; quote texts that hold the delimiter" if len(cells) > width else "")
    return Ragged(row, text[:1000], f"has {len(cells)} cells, the headers are {width}{hint}")
