"""An analysed book as the sections of its page read it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from hybridsim.report import format as fmt
from hybridsim.report.values import Value, Values

if TYPE_CHECKING:
    import pandas as pd

Row = dict[str, Any]
LABEL_AT_MOST = 30
KINDS = {
    "obligor": ("obligor", "obligors"),
    "group": ("group", "groups"),
    "sector": ("sector", "sectors"),
    "land": ("region", "regions"),
    "design": ("design", "designs"),
    "instrument": ("instrument", "instruments"),
    "provider": ("provider", "providers"),
    "part": ("part of the book", "parts of the book"),
}
"""By whom contributions are summed, in words: one, several."""


class Stored(Protocol):
    """An analysed book, as `hybridsim.book.store.load_book` hands it out."""

    @property
    def manifest(self) -> Mapping[str, Any]:
        """What was analysed, and with what."""

    @property
    def metrics(self) -> pd.DataFrame:
        """Table of all figures."""

    @property
    def tables(self) -> Mapping[str, pd.DataFrame]:
        """The result tables by name."""


@dataclass(frozen=True)
class Book:
    """An analysed book with its figures looked up by name."""

    manifest: Mapping[str, Any]
    values: Values
    tables: Mapping[str, pd.DataFrame]

    @property
    def title(self) -> str:
        """Title of the book."""
        return str(self.manifest.get("title") or "Loan book")

    @property
    def notes(self) -> Sequence[str]:
        """What a reader has to know before the figures."""
        return [str(note) for note in self.manifest["notes"]]

    @property
    def level(self) -> str:
        """The level of value at risk and shortfall in words."""
        return level_text(float(self.manifest["level"]))

    @property
    def sign(self) -> str:
        """What stands before an amount."""
        return fmt.currency_sign(str(self.manifest.get("currency") or "EUR"))

    def money(self, value: float | None, low: float | None = None, high: float | None = None) -> str:
        """An amount with its interval in brackets."""
        if value is None or math.isnan(value):
            return fmt.NOT_KNOWN
        figure, interval = fmt.amount(value, low, high, self.sign)
        return f"{figure} ({interval})" if interval else figure

    def get(self, metric: str, scope: str = "total") -> Value:
        """One figure."""
        return self.values.get(metric, scope)

    def rows(self, table: str, count: int | None = None, **wanted: str) -> list[Row]:
        """Rows of a table whose columns are as wanted, with None instead of NaN."""
        frame = self.tables[table]
        for column, value in wanted.items():
            frame = frame[frame[column] == value]
        return records(frame if count is None else frame.head(count))

    def causes(self, kind: str, count: int | None = None) -> list[Row]:
        """Contributions of a kind, the largest share of the shortfall first."""
        found = sorted(self.rows("contributions", kind=kind), key=lambda row: -row["es_share"])
        return found if count is None else found[:count]


def read(stored: Stored) -> Book:
    """The parts of a stored book that its page shows."""
    return Book(stored.manifest, Values(stored.metrics), stored.tables)


def records(frame: pd.DataFrame) -> list[Row]:
    """Rows as dictionaries with None instead of NaN."""
    return [
        {
            str(key): None if isinstance(value, float) and math.isnan(value) else value
            for key, value in row.items()
        }
        for row in frame.to_dict("records")
    ]


def level_text(level: float) -> str:
    """A level as per cent with as many places as it has."""
    return f"{fmt.plain(level * 100.0, 6)}{fmt.NBSP}%"


def share(value: float | None) -> str:
    """A share as per cent, three significant digits."""
    return fmt.NOT_KNOWN if value is None else fmt.per_cent(value)[0]


def label(name: object, most: int = LABEL_AT_MOST) -> str:
    """A name that a chart can show: Plotly would read signs of markup, and long ones take the room."""
    text = str(name) or "(none)"
    for sign in "<>&":
        text = text.replace(sign, " ")
    text = " ".join(text.split())
    return text if len(text) <= most else f"{text[: most - 1]}…"


def named(name: object) -> str:
    """A name in a sentence: as it is, but no longer than a line."""
    text = " ".join(str(name).split()) or "(none)"
    return text if len(text) <= 2 * LABEL_AT_MOST else f"{text[: 2 * LABEL_AT_MOST - 1]}…"


def total(values: Iterable[float | None]) -> float:
    """Largest of some figures, for the range of an axis."""
    return max((value for value in values if value is not None), default=0.0)
