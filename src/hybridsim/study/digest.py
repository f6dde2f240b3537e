"""Fingerprint of result tables: names, types and values, nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hybridsim.study.tables import Field

if TYPE_CHECKING:
    import pyarrow as pa
    from pyarrow import parquet

_ROWS_AT_ONCE = 1 << 18


def table_digest(name: str, fields: Iterable[Field], path: Path) -> str:
    """SHA-256 over a stored table: its name, then each column's name, type and little-endian values.

    Text is hashed as its lengths in UTF-8 and then its bytes. Of one column some row groups are in memory at
    a time, so that memory does not grow with the table.
    """
    from pyarrow import parquet

    digest = hashlib.sha256(_framed(name))
    with parquet.ParquetFile(path) as file:
        slabs = list(_slabs(file.metadata))
        for field in fields:
            digest.update(_framed(field.name) + _framed(field.type))
            for part in (_lengths, _texts) if field.type == "string" else (_numbers,):
                for groups in slabs:
                    for chunk in file.read_row_groups(groups, columns=[field.name]).column(0).chunks:
                        digest.update(part(chunk))
    return digest.hexdigest()


def run_digest(tables: Mapping[str, str]) -> str:
    """SHA-256 over the digests of the result tables, in their order."""
    digest = hashlib.sha256()
    for name, value in tables.items():
        digest.update(_framed(name) + _framed(value))
    return digest.hexdigest()


def _slabs(metadata: parquet.FileMetaData) -> Iterator[list[int]]:
    """Row groups in turn, together as long as they have few rows: each reading has its price."""
    groups, rows = [], 0
    for group in range(metadata.num_row_groups):
        groups.append(group)
        rows += metadata.row_group(group).num_rows
        if rows >= _ROWS_AT_ONCE:
            yield groups
            groups, rows = [], 0
    if groups:
        yield groups


def _numbers(chunk: pa.Array) -> bytes:
    """Values of a column without gaps, 8 bytes each, little-endian."""
    values = chunk.to_numpy(zero_copy_only=False)
    return bytes(values.astype(values.dtype.newbyteorder("<"), copy=False).tobytes())


def _lengths(chunk: pa.Array) -> bytes:
    return bytes(np.diff(_places(chunk)).astype("<i8").tobytes())


def _texts(chunk: pa.Array) -> bytes:
    # Arrow's own bytes: a Python string for each of some million texts would take half a gigabyte.
    data = chunk.buffers()[2]
    places = _places(chunk)
    return b"" if data is None or not len(chunk) else bytes(data[places[0] : places[-1]].to_pybytes())


def _places(chunk: pa.Array) -> np.ndarray:
    """Where each text begins in the bytes of all, and where the last one ends."""
    return np.frombuffer(chunk.buffers()[1], dtype=np.int32)[chunk.offset : chunk.offset + len(chunk) + 1]


def _framed(text: str) -> bytes:
    raw = text.encode("utf-8")
    return len(raw).to_bytes(8, "little") + raw
