"""Counting what happens, and handing it out in the fixed layout."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from hybridsim.rollout import layout
from hybridsim.rollout.ledger import Entry

LogLine = tuple[float, int, int, int, int]
"""Time in months, rank, row, sub-index, amount (cents or count; its meaning depends on the rank)."""


@dataclass(slots=True)
class Outcome:
    """One replication in the order of `layout`; all figures are whole numbers."""

    replication: int
    totals: list[int]
    years: list[list[int]]
    instruments: list[list[int]]
    answers: list[list[int]]
    reasons: list[int]
    institutions: dict[int, list[int]]
    loans: list[tuple[float | int, ...]] = field(default_factory=list)
    cohorts: list[list[int]] = field(default_factory=list)
    starts: list[tuple[float | int, ...]] = field(default_factory=list)
    balances: list[list[float]] = field(default_factory=list)
    ratings: list[list[float]] = field(default_factory=list)
    log: list[LogLine] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)


def _zeros(columns: Sequence[layout.Column]) -> dict[str, int]:
    return {column.name: 0 for column in columns}


class Tally:
    """The running counts of one replication, by the names of `layout`."""

    def __init__(self, years: int, instruments: int) -> None:
        self.total = _zeros(layout.REPLICATION)
        self.years = [_zeros(layout.YEAR) for _ in range(years)]
        self.instruments = [_zeros(layout.INSTRUMENT) for _ in range(instruments)]
        self.answers = [[0] * len(layout.Answer) for _ in range(instruments)]
        self.reasons = [0] * len(layout.Reason)
        self.cohorts = [_zeros(layout.COHORT) for _ in range(years)]
        self.starts: dict[tuple[int, int], tuple[float, int]] = {}
        self._institutions: dict[int, dict[str, int]] = {}

    def year(self, time: float) -> dict[str, int]:
        """Counts of the year that contains ``time``; the horizon itself belongs to the last year."""
        return self.years[min(int(time // 12.0), len(self.years) - 1)]

    def institution(self, row: int) -> dict[str, int]:
        """Counts of one institution."""
        counts = self._institutions.get(row)
        if counts is None:
            counts = self._institutions[row] = _zeros(layout.INSTITUTION)
        return counts

    def outcome(self, replication: int) -> Outcome:
        """Everything counted, in the order of `layout`."""
        return Outcome(
            replication=replication,
            totals=list(self.total.values()),
            years=[list(year.values()) for year in self.years],
            instruments=[list(row.values()) for row in self.instruments],
            answers=self.answers,
            reasons=self.reasons,
            institutions={row: list(self._institutions[row].values()) for row in sorted(self._institutions)},
            cohorts=[list(row.values()) for row in self.cohorts],
            starts=[(*key, *self.starts[key]) for key in sorted(self.starts)],
        )
