"""Frames in the shape of a stored table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hybridsim.book.fields import TABLES

if TYPE_CHECKING:
    import pandas as pd

_TYPES = {"int64": "int64", "double": "float64", "string": "str"}


def frame(name: str, rows: Iterable[Sequence[Any]]) -> pd.DataFrame:
    """Rows as the table of that name; None becomes NaN."""
    listed = list(rows)
    fields = TABLES[name]
    return shaped(name, {field.name: [row[place] for row in listed] for place, field in enumerate(fields)})


def shaped(name: str, columns: Mapping[str, Any]) -> pd.DataFrame:
    """Columns as the table of that name, in its order and types."""
    import pandas as pd

    return pd.DataFrame(
        {field.name: pd.Series(columns[field.name], dtype=_TYPES[field.type]) for field in TABLES[name]}
    ).reset_index(drop=True)
