"""Every figure of a scenario with its source, for the manifest and the report."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import BaseModel

from hybridsim.scenario.schema.run import BaseRatePath, Factors
from hybridsim.scenario.schema.scenario import Scenario
from hybridsim.scenario.schema.values import NEUTRAL, Quantity

_UNITS = (
    (r"eur_pa$|year_eur$", "EUR per year"),
    (r"month_eur$", "EUR per month"),
    (r"eur$", "EUR"),
    (r"months$", "months"),
    (r"days$", "days"),
    (r"years$", "years"),
    (r"hours", "hours"),
    (r"_pa$|_rate$", "per year"),
    (r"share|probability|^cover$|readiness$|^deadweight$|^attribution$|^cashable_|^found_|^done_", "share"),
    (r"^payers_take$|^recognised_|^(non_profit|for_profit|public)$|^lgd$|^recovery_senior$|^scope$", "share"),
    (r"^pd_limit|^liability_exemption$|^dip_level$|^capital_ratio$|^fee_upfront$|_scope$|^vat", "share"),
)


@dataclass(frozen=True)
class Assumption:
    """One figure: where it stands, its unit and where it comes from."""

    path: str
    value: float
    unit: str
    source: str
    evidence: str
    low: float | None
    high: float | None


def assumptions(scenario: Scenario) -> list[Assumption]:
    """All figures of a scenario that carry a source, in the order of the schema; not what has no effect."""
    return list(_walk(scenario, ()))


def unit_of(name: str) -> str:
    """Unit that the name of a key ends in; empty if it has none."""
    return next((unit for pattern, unit in _UNITS if re.search(pattern, name)), "")


def _walk(part: object, path: tuple[str, ...]) -> Iterator[Assumption]:
    if isinstance(part, Quantity):
        if part.source == NEUTRAL:
            return
        unit = unit_of(path[-1])
        yield Assumption(
            ".".join(path), part.value, unit, part.source, part.evidence.value, part.low, part.high
        )
    elif isinstance(part, BaseRatePath):
        for year, rate in enumerate(part.path_pa):
            yield _plain((*path, "path_pa", str(year)), rate, "per year", part)
    elif isinstance(part, Factors):
        yield from _matrices(part, path)
    elif isinstance(part, BaseModel):
        for name in type(part).model_fields:
            yield from _walk(getattr(part, name), (*path, name))
    elif isinstance(part, dict):
        for name, below in part.items():
            yield from _walk(below, (*path, str(name)))


def _matrices(factors: Factors, path: tuple[str, ...]) -> Iterator[Assumption]:
    """Coefficients that are not zero, and correlations above the diagonal."""
    for row, name in enumerate(factors.names):
        for column, other in enumerate(factors.names):
            if factors.transition[row][column]:
                yield _plain((*path, "transition", name, other), factors.transition[row][column], "", factors)
            if row < column:
                yield _plain(
                    (*path, "correlation", name, other), factors.correlation[row][column], "", factors
                )


def _plain(path: tuple[str, ...], value: float, unit: str, part: BaseRatePath | Factors) -> Assumption:
    return Assumption(".".join(path), value, unit, part.source, part.evidence.value, None, None)
