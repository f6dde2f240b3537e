"""Which tables a run folder holds: names, columns, types, units and meanings, in key order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from hybridsim.rollout import layout

FORMAT_VERSION = 3
"""Version of the run folder; raised whenever a table or the manifest changes its shape."""

LOAN_REPLICATIONS = 10
"""Replications whose loans are listed one by one."""

START_REPLICATIONS = 100
"""Replications whose first starts are listed one by one, to compare them with another run's."""

Type = Literal["int64", "double", "string"]


@dataclass(frozen=True, slots=True)
class Field:
    """One stored column."""

    name: str
    type: Type
    unit: str
    text: str


_LOAN_NAMES = ("institution", "use_case", "instrument", "guarantee", "service")
_LOAN_NUMBERS = (
    "close_month", "rate_pa", "pd_pa", "cover", "default_month", "end_month", "month", "grace_until_month",
    "due_month",
)  # fmt: skip


def _whole(columns: Iterable[layout.Column]) -> tuple[Field, ...]:
    return tuple(Field(column.name, "int64", column.unit, column.text) for column in columns)


def _loan_type(name: str) -> Type:
    if name in _LOAN_NAMES:
        return "string"
    return "double" if name in _LOAN_NUMBERS else "int64"


_REPLICATION = Field("replication", "int64", "index", "replication, counted from 0")
_YEAR = Field("year", "int64", "index", "year of the simulation, counted from 0")
_COHORT = Field("cohort", "int64", "index", "year of the first disbursement, counted from 0")
_INSTRUMENT = Field("instrument", "string", "name", "instrument of the scenario")

TABLES: dict[str, tuple[Field, ...]] = {
    "replications": (_REPLICATION, *_whole(layout.REPLICATION)),
    "years": (_REPLICATION, _YEAR, *_whole(layout.YEAR)),
    "instruments": (_REPLICATION, _INSTRUMENT, *_whole(layout.INSTRUMENT)),
    "answers": (
        _REPLICATION,
        _INSTRUMENT,
        Field("answer", "string", "name", "what became of the request"),
        Field("requests", "int64", "requests", "requests with this answer"),
    ),
    "reasons": (
        _REPLICATION,
        Field("reason", "string", "name", "why a project ended or was not started"),
        Field("projects", "int64", "projects", "projects with this reason"),
    ),
    "cohorts": (_REPLICATION, _COHORT, *_whole(layout.COHORT)),
    "institutions": (
        Field("id", "string", "name", "institution"),
        Field("type", "string", "name", "institution type"),
        Field("land", "string", "name", "Land"),
        Field("legal_form", "string", "name", "legal form"),
        Field("sites", "int64", "sites", "facilities of the institution"),
        Field("revenue_eur_pa", "double", "EUR per year", "revenue"),
        Field("pd_pa", "double", "decimal", "one-year probability of default of its rating"),
        Field("supported", "int64", "flag", "0 if public support is switched off for it"),
        *_whole(layout.INSTITUTION),
    ),
    "loans": tuple(Field(c.name, _loan_type(c.name), c.unit, c.text) for c in layout.LOAN),
    "starts": tuple(Field(c.name, _loan_type(c.name), c.unit, c.text) for c in layout.START),
}
"""Result tables in the order of the digest; rows stand in the order of their key columns."""

FOLLOWED: dict[str, tuple[Field, ...]] = {
    "balances": tuple(Field(c.name, _loan_type(c.name), c.unit, c.text) for c in layout.BALANCE),
    "ratings": tuple(Field(c.name, _loan_type(c.name), c.unit, c.text) for c in layout.RATING),
}
"""How loans and ratings changed: what a book at any month is read from. No figure of a run comes from them;
each has a digest of its own, and the digest of the run leaves them out."""

STORED = {**TABLES, **FOLLOWED}
"""All tables of a run folder but the metrics."""

METRICS: tuple[Field, ...] = (
    Field("metric", "string", "name", "name of the metric"),
    Field(
        "scope",
        "string",
        "name",
        "total, instrument:NAME, year:Y, type:NAME, cohort:Y or cohort:all (those with a whole follow-up)",
    ),
    Field("value", "double", "see unit", "estimate; null if it is not defined (the method says why)"),
    Field("unit", "string", "name", "unit of value, se and interval"),
    Field("se", "double", "see unit", "standard error; null if unknown"),
    Field("ci_low", "double", "see unit", "lower end of the 95 % interval; null if there is none"),
    Field("ci_high", "double", "see unit", "upper end of the 95 % interval; null if there is none"),
    Field("n", "int64", "replications", "replications behind the estimate"),
    Field("method", "string", "text", "how value and interval were computed, or why they are missing"),
)
"""The metrics table, computed from the result tables alone."""


def describe(fields: Iterable[Field]) -> list[dict[str, str]]:
    """Columns for the manifest."""
    return [{"name": f.name, "type": f.type, "unit": f.unit, "text": f.text} for f in fields]
