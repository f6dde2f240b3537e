"""The metrics table, looked up by name, and its figures in words."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hybridsim.report import format as fmt

if TYPE_CHECKING:
    import pandas as pd

_COUNTED = {
    "projects",
    "institutions",
    "loans",
    "requests",
    "hours",
    "incidents",
    "clients",
    "months",
    "events",
    "sites",
    "scenarios",
    "obligors",
    "rows",
}


@dataclass(frozen=True, slots=True)
class Value:
    """One row of the metrics table; ``value`` is None if the figure is not defined (``method`` says why)."""

    metric: str
    scope: str
    value: float | None
    unit: str
    low: float | None
    high: float | None
    n: int
    method: str

    @property
    def known(self) -> bool:
        """Whether there is a figure."""
        return self.value is not None

    @property
    def figure(self) -> str:
        """The figure with its unit."""
        return self._texts[0]

    @property
    def interval(self) -> str:
        """The 95 % interval, such as ``21 to 25 %``; empty if there is none."""
        return self._texts[1]

    @property
    def with_interval(self) -> str:
        """The figure and, in brackets, its interval."""
        figure, interval = self._texts
        return f"{figure} ({interval})" if interval else figure

    def scaled(self, factor: float, unit: str) -> Value:
        """The same figure in another unit; a negative factor swaps the ends of the interval."""
        ends = (self.low, self.high) if factor > 0 else (self.high, self.low)
        value, low, high = (None if x is None else x * factor for x in (self.value, *ends))
        return Value(self.metric, self.scope, value, unit, low, high, self.n, self.method)

    @property
    def _texts(self) -> tuple[str, str]:
        if self.value is None:
            return fmt.NOT_KNOWN, ""
        return in_words(self.value, self.low, self.high, self.unit)


def in_words(value: float, low: float | None, high: float | None, unit: str) -> tuple[str, str]:
    """A figure and its interval with their unit in plain words."""
    if unit == "share":
        return fmt.per_cent(value, low, high)
    if unit == "per year":
        return _suffixed(fmt.per_cent(value, low, high), "a year")
    if fmt.is_currency(unit):
        return fmt.amount(value, low, high, fmt.currency_sign(unit))
    if unit == "EUR per hour":
        return _suffixed(fmt.amount(value, low, high), "per hour")
    if unit == "EUR per EUR":
        return _suffixed(fmt.amount(value, low, high), "per €")
    figure, interval = fmt.counted(value, low, high)
    return (f"{figure} {unit}" if unit in _COUNTED else figure), interval


def _suffixed(texts: tuple[str, str], suffix: str) -> tuple[str, str]:
    return f"{texts[0]} {suffix}", texts[1]


class Values:
    """All rows of the metrics table."""

    def __init__(self, metrics: pd.DataFrame) -> None:
        self.rows: tuple[Value, ...] = tuple(_rows(metrics))
        self._known = {(row.metric, row.scope): row for row in self.rows}

    def get(self, metric: str, scope: str = "total") -> Value:
        """One figure; an undefined one if the table does not hold it."""
        row = self._known.get((metric, scope))
        if row is None:
            return Value(metric, scope, None, "", None, None, 0, "not in the metrics table of this run")
        return row

    def scopes(self, kind: str) -> list[str]:
        """Names of all scopes of a kind (instrument, year, type) in the order of the table."""
        prefix = f"{kind}:"
        found = (row.scope.removeprefix(prefix) for row in self.rows if row.scope.startswith(prefix))
        return list(dict.fromkeys(found))


def _rows(metrics: pd.DataFrame) -> Iterable[Value]:
    columns = ("metric", "scope", "value", "unit", "ci_low", "ci_high", "n", "method")
    for metric, scope, value, unit, low, high, n, method in zip(
        *(metrics[name].tolist() for name in columns), strict=True
    ):
        yield Value(
            str(metric),
            str(scope),
            _number(value),
            str(unit),
            _number(low),
            _number(high),
            int(n),
            str(method),
        )


def _number(value: float | None) -> float | None:
    if value is None:
        return None
    number = float(value)
    return None if math.isnan(number) else number
