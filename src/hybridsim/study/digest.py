"""Fingerprint of result tables: names, types and values, nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hybridsim.study.tables import Field

if TYPE_CHECKING:
    import pyarrow as pa


def table_digest(name: str, fields: Iterable[Field], path: Path) -> str:
    """SHA-256 over a stored table: its name, then each column's name, type and little-endian values.

    Text is hashed as its lengths in UTF-8 and its bytes. One column is in memory at a time.
    """
    from pyarrow import parquet

    digest = hashlib.sha256(_framed(name))
    with parquet.ParquetFile(path) as file:
        for field in fields:
            digest.update(_framed(field.name) + _framed(field.type))
            digest.update(_values(field, file.read(columns=[field.name]).column(0)))
    return digest.hexdigest()


def run_digest(tables: Mapping[str, str]) -> str:
    """SHA-256 over the digests of the result tables, in their order."""
    digest = hashlib.sha256()
    for name, value in tables.items():
        digest.update(_framed(name) + _framed(value))
    return digest.hexdigest()


def _values(field: Field, column: pa.ChunkedArray) -> bytes:
    if field.type != "string":
        kind = "<i8" if field.type == "int64" else "<f8"
        return bytes(column.to_numpy().astype(kind, copy=False).tobytes())
    # Arrow's own bytes: a Python string for each of some million texts would take half a gigabyte.
    lengths, texts = [], []
    for chunk in column.chunks:
        _, ends, data = chunk.buffers()
        places = np.frombuffer(ends, dtype=np.int32)[chunk.offset : chunk.offset + len(chunk) + 1]
        lengths.append(np.diff(places).astype("<i8").tobytes())
        texts.append(b"" if data is None or not len(chunk) else data[places[0] : places[-1]].to_pybytes())
    return b"".join(lengths + texts)


def _framed(text: str) -> bytes:
    raw = text.encode("utf-8")
    return len(raw).to_bytes(8, "little") + raw
