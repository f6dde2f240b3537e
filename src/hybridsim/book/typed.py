"""Tables whose cells have types: workbooks, Parquet and frames."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np

from hybridsim.book.mapping import FileShape
from hybridsim.book.raw import MAX_ROWS, RawTable, refuse, refused
from hybridsim.credit.arrays import Floats

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

_QUOTE = 60
_SHEETS = ("tape", "loans", "kredite", "darlehen")


def from_workbook(name: str, content: bytes, digest: str, shape: FileShape) -> RawTable:
    """A sheet of an Excel workbook."""
    import pyarrow as pa

    from hybridsim.scenario.population.workbook import Wanted, read_sheet

    titles = (shape.sheet.strip().lower(),) if shape.sheet else _SHEETS
    wanted = Wanted(titles, bool(shape.sheet), shape.skip_rows, dates=True)
    sheet = read_sheet(name, content, MAX_ROWS, wanted)
    if faults := [*sheet.faults, *sheet.cell_faults]:
        raise refused(name, faults)
    rows = np.array([number for number, _ in sheet.rows], dtype=np.int64)
    odd: dict[str, dict[int, str]] = {}
    exact: dict[str, Floats] = {}
    cells = list(zip(*(values for _, values in sheet.rows), strict=True)) or [()] * len(sheet.columns)
    arrays = [_mixed(header, values, odd, exact) for header, values in zip(sheet.columns, cells, strict=True)]
    table = pa.Table.from_arrays(arrays, names=sheet.columns)
    return RawTable(name, table, rows, digest, True, odd, exact, notes=sheet.notes)


_NUMBERS = {int, float, np.float64, np.int64}


def _mixed(
    header: str, values: Sequence[Any], odd: dict[str, dict[int, str]], exact: dict[str, Floats]
) -> pa.Array:
    """A column of cells of any kind; ``odd`` and ``exact`` as in :class:`RawTable` are added to."""
    import pyarrow as pa

    from hybridsim.scenario.population.cells import Unreadable

    plain: list[Any] = []
    for place, value in enumerate(values):
        if isinstance(value, Unreadable):
            odd.setdefault(header, {})[place] = value.why
            value = None
        plain.append(_plain(value))
    kinds = {type(value) for value in plain if value is not None}
    if kinds and kinds <= _NUMBERS:
        return pa.array(plain, pa.int64() if kinds <= {int, np.int64} else pa.float64())
    if kinds == {dt.date}:
        return pa.array(plain, pa.date32())
    if kinds & _NUMBERS:
        exact[header] = np.array([float(v) if type(v) in _NUMBERS else np.nan for v in plain])
    return pa.array([None if value is None else _as_text(value) for value in plain], pa.string())


def _plain(value: Any) -> Any:  # noqa: ANN401  (a cell of a table)
    """A cell with the several ways to say nothing, to give a day and to store a number made one."""
    if value is None or type(value).__name__ in ("NaTType", "NAType"):
        return None
    if isinstance(value, float) and np.isnan(value):
        return None
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 63:
        return float(value) if value.bit_length() < 1000 else np.inf
    return value


def _as_text(value: object) -> str:
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return str(value).encode("utf-8", "replace").decode("utf-8")


def from_parquet(name: str, content: bytes, digest: str) -> RawTable:
    """A Parquet file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        source = pq.ParquetFile(io.BytesIO(content))
        if source.metadata.num_rows > MAX_ROWS:
            raise refuse(name, f"{source.metadata.num_rows:,} rows, more than {MAX_ROWS:,}; split the tape")
        table = source.read()
    except (pa.ArrowException, OSError) as error:
        message = f"is not valid Parquet ({str(error).strip()[:200]}); write it again, or save it as .csv"
        raise refuse(name, message) from None
    return _plain_table(name, table, digest, 1)


def from_frame(frame: pd.DataFrame) -> RawTable:
    """A frame; its index is no column."""
    import pyarrow as pa

    name = "the frame"
    if len(frame) > MAX_ROWS:
        raise refuse(name, f"has {len(frame):,} rows, more than {MAX_ROWS:,}; split the tape")
    exact: dict[str, Floats] = {}
    headers = [str(header).strip() for header in frame.columns]
    arrays = [_array(header, frame.iloc[:, place], exact) for place, header in enumerate(headers)]
    table = pa.Table.from_arrays(arrays, names=headers)
    raw = _plain_table(name, table, "", 0)
    return replace(raw, exact=exact, digest=_content_digest(raw.table))


def _array(header: str, values: pd.Series[Any], exact: dict[str, Floats]) -> pa.Array:
    import pyarrow as pa

    if values.dtype != object:
        try:
            return pa.array(values, from_pandas=True)
        except (pa.ArrowException, TypeError, ValueError):
            pass  # a type that Arrow does not know: its cells are read as texts
    return _mixed(header, values.tolist(), {}, exact)


def _plain_table(name: str, table: pa.Table, digest: str, first: int) -> RawTable:
    """A typed table with the few types that are read; the others are left out with a note."""
    import pyarrow as pa

    kept, names, notes = [], [], []
    for header, column in zip(table.column_names, table.columns, strict=True):
        wanted = _plain_type(column.type)
        if wanted is None:
            notes.append(f"column {header[:_QUOTE]!r} is left out: it holds {column.type}")
            continue
        kept.append(column.cast(wanted, safe=False))
        names.append(header.strip())
    rows = np.arange(first, first + table.num_rows, dtype=np.int64)
    return RawTable(name, pa.Table.from_arrays(kept, names=names), rows, digest, notes=notes)


def _plain_type(kind: pa.DataType) -> pa.DataType | None:
    import pyarrow as pa

    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return pa.string()
    if pa.types.is_uint64(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return pa.float64()
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind):
        return pa.int64()
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return pa.date32()
    return pa.string() if pa.types.is_null(kind) else None


def _content_digest(table: pa.Table) -> str:
    """SHA-256 over names, types and cells, whatever pieces they are stored in."""
    import pyarrow.compute as pc

    digest = sha256()
    for header, column in zip(table.column_names, table.columns, strict=True):
        digest.update(f"{header}\0{column.type}\0".encode())
        for value in pc.cast(column, "string", safe=False).to_pylist():
            digest.update(b"\1" if value is None else value.encode("utf-8") + b"\2")
    return digest.hexdigest()
