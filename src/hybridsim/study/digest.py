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
    digest = hashlib.sha256(_framed(name))
    for field in fields:
        digest.update(_framed(field.name) + _framed(field.type))
        column = _column(path, field.name)
        if field.type == "string":
            parts = [text.encode("utf-8") for text in column.to_pylist()]
            digest.update(np.array([len(part) for part in parts], dtype="<i8").tobytes())
            digest.update(b"".join(parts))
        else:
            kind = "<i8" if field.type == "int64" else "<f8"
            digest.update(column.to_numpy().astype(kind, copy=False).tobytes())
    return digest.hexdigest()


def run_digest(tables: Mapping[str, str]) -> str:
    """SHA-256 over the digests of the result tables, in their order."""
    digest = hashlib.sha256()
    for name, value in tables.items():
        digest.update(_framed(name) + _framed(value))
    return digest.hexdigest()


def _column(path: Path, name: str) -> pa.ChunkedArray:
    from pyarrow import parquet

    return parquet.read_table(path, columns=[name], partitioning=None).column(name)


def _framed(text: str) -> bytes:
    raw = text.encode("utf-8")
    return len(raw).to_bytes(8, "little") + raw
