"""How long, how often and for whom a scenario is simulated."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from hybridsim.scenario.schema.matrices import matrix_faults
from hybridsim.scenario.schema.values import Evidence, Part, Title

TypeName = Literal["nursing_home", "ambulatory", "hospital", "disability", "youth", "counselling"]
LegalFormName = Literal["non_profit", "for_profit", "public"]
LandName = Literal[
    "BW", "BY", "BE", "BB", "HB", "HH", "HE", "MV", "NI", "NW", "RP", "SL", "SN", "ST", "SH", "TH"
]  # fmt: skip

FactorPath = Annotated[
    tuple[Annotated[float, Field(ge=-10.0, le=10.0)], ...], Field(min_length=1, max_length=100, strict=False)
]
"""States of a factor by year, in standard deviations."""


def _whole_years(months: int) -> int:
    if months % 12:
        raise ValueError(f"{months} is not a whole number of years: use a multiple of 12")
    return months


def _distinct(names: tuple[str, ...]) -> tuple[str, ...]:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"named twice: {', '.join(twice)}")
    return names


class Run(Part):
    """Length, number and seed of the replications."""

    start: dt.date = dt.date(2027, 1, 1)
    """Calendar date of month 0."""
    horizon_months: Annotated[int, Field(ge=12, le=480), AfterValidator(_whole_years)] = 120
    """Months in which decisions are taken; loans run off past it."""
    follow_up_months: Annotated[int, Field(ge=12, le=240)] = 60
    """Time after its start within which a project counts in the figures by cohort."""
    replications: Annotated[int, Field(ge=1, le=1_000_000)] = 200
    """Number of possible futures."""
    seed: Annotated[int, Field(ge=0, le=2**63 - 1)] = 20270101
    """Key of all random draws; the same seed gives the same futures."""
    whole_months: bool = False
    """Round every duration up to whole months, so that most events tie (a check of the event order)."""


class Population(Part):
    """Who is simulated: institutions from a file or synthesised from the catalogue."""

    size: Annotated[int, Field(ge=1, le=200_000)] | None = None
    """Number of institutions (carriers); left out: the whole sector of the chosen types."""
    types: Annotated[tuple[TypeName, ...], Field(min_length=1, strict=False), AfterValidator(_distinct)] = (
        "nursing_home",
        "ambulatory",
        "hospital",
    )
    """Institution types that are synthesised."""
    file: Annotated[str, Field(min_length=1)] | None = None
    """CSV, XLSX or Parquet file, a row per institution, relative to the scenario; instead of synthesis."""
    seed: Annotated[int, Field(ge=0, le=2**63 - 1)] = 1
    """Key of the synthesis; independent of the seed of the replications."""


class BaseRatePath(Part):
    """Risk-free base rate by year; the last value holds afterwards."""

    path_pa: Annotated[
        tuple[Annotated[float, Field(ge=-0.02, le=0.25)], ...], Field(min_length=1, strict=False)
    ]
    """One rate per year from the start, as decimals."""
    source: str = Field(min_length=1)
    """Where the path was read, or why it was assumed."""
    evidence: Annotated[Evidence, Field(strict=False)]
    """published, derived or assumption."""


class Factors(Part):
    """Systematic factors: annual AR(1), stationary correlation C, coefficient matrix A."""

    names: Annotated[
        tuple[str, ...], Field(min_length=1, max_length=8, strict=False), AfterValidator(_distinct)
    ]
    """Names of the factors; positive states are good times."""
    transition: Annotated[tuple[Annotated[tuple[float, ...], Field(strict=False)], ...], Field(strict=False)]
    """A, one row per factor."""
    correlation: Annotated[tuple[Annotated[tuple[float, ...], Field(strict=False)], ...], Field(strict=False)]
    """C, one row per factor, unit diagonal."""
    start: Annotated[tuple[float, ...], Field(strict=False)] | None = None
    """State in year 0 (point in time); left out: drawn from the stationary state (through the cycle)."""
    source: str = Field(min_length=1)
    """Where A and C come from."""
    evidence: Annotated[Evidence, Field(strict=False)]
    """published, derived or assumption."""

    @model_validator(mode="after")
    def _can_be_drawn(self) -> Factors:
        faults = matrix_faults(len(self.names), self.transition, self.correlation, self.start)
        if faults:
            raise ValueError("; ".join(faults))
        return self


class Stress(Part):
    """An imposed path: a shift moves a factor's path, a fix replaces it; standard deviations by year."""

    name: Title = "baseline"
    """Name of the stress in tables and reports."""
    shift: dict[str, FactorPath] = Field(default_factory=dict)
    """By factor: standard deviations added in year 0, 1, ...; nothing afterwards."""
    fix: dict[str, FactorPath] = Field(default_factory=dict)
    """By factor: state imposed in year 0, 1, ...; free afterwards."""
    base_rate_shift_pa: Annotated[
        tuple[Annotated[float, Field(ge=-0.1, le=0.2)], ...], Field(strict=False)
    ] = ()
    """Added to the base rate in year 0, 1, ...; the last value holds afterwards."""
