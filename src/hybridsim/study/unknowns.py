"""What nobody knows: figures with a range, how they are drawn, and a scenario with drawn figures.

A draw is a Latin hypercube (McKay, Beckman and Conover 1979): of n draws of one figure, one falls into each
n-th of its distribution. Order and place are keyed by the key path, so that all designs get the same draws,
and another unknown, or another version of a library, moves none of them. The distribution is triangular
with its mode at the catalogue's value: bounded, and with an inverse of roots only, so that draws repeat to
the byte. A PERT distribution would put less weight near the ends, but ranges that experts state are known to
be too narrow rather than too wide.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from math import sqrt
from typing import Any

from pydantic import ValidationError

from hybridsim.core.errors import InputError, ScenarioError
from hybridsim.core.rng import S_OUTER, entity_key, split_key, uniform
from hybridsim.scenario import Scenario, assumptions

_ORDER, _PLACE = 0, 1


@dataclass(frozen=True, slots=True)
class Unknown:
    """A figure of a scenario with a range."""

    path: str
    value: float
    low: float
    high: float
    unit: str
    source: str
    evidence: str


def unknowns_of(scenario: Scenario) -> list[Unknown]:
    """All figures with a range, in the order of the schema."""
    found = []
    for item in assumptions(scenario):
        low = item.value if item.low is None else item.low
        high = item.value if item.high is None else item.high
        if low < high:
            found.append(Unknown(item.path, item.value, low, high, item.unit, item.source, item.evidence))
    return found


def out_of_reach(scenario: Scenario, types: Iterable[str], path: str) -> str:
    """Why a figure cannot matter in this design and population; empty if it can."""
    parts = path.split(".")
    if parts[0] == "instruments" and parts[1] not in scenario.design.order:
        return "belongs to an instrument that the design does not use"
    kind = parts[1] if parts[0] == "institution_types" else parts[3] if parts[2:3] == ["types"] else ""
    if kind and kind not in set(types):
        return "belongs to a type of institution that is not simulated"
    return ""


def chosen(unknowns: Sequence[Unknown], patterns: Sequence[str]) -> list[Unknown]:
    """Those whose key path fits one of the patterns such as ``operation.*``; without patterns all.

    Raises
    ------
    InputError
        If a pattern fits none.
    """
    for pattern in patterns:
        if not any(fnmatchcase(unknown.path, pattern) for unknown in unknowns):
            raise InputError(
                f"only(={pattern!r}) fits no figure with a range that can matter here; write a key path, "
                "with * for any part of it: operation.*"
            )
    if not patterns:
        return list(unknowns)
    return [u for u in unknowns if any(fnmatchcase(u.path, pattern) for pattern in patterns)]


def triangular(u: float, low: float, mode: float, high: float) -> float:
    """Inverse of the triangular distribution function at ``u`` in (0, 1)."""
    width = high - low
    if u * width < mode - low:
        drawn = low + sqrt(u * width * (mode - low))
    else:
        drawn = high - sqrt((1.0 - u) * width * (high - mode))
    return min(max(drawn, low), high)


def hypercube(seed: int, path: str, draws: int, block: int = 0) -> list[float]:
    """Latin hypercube of one figure: a number in (0, 1) by draw; ``block`` counts further hypercubes."""
    seed_lo, seed_hi = split_key(seed)
    ent_lo, ent_hi = split_key(entity_key(f"unknown:{path}"))

    def drawn(draw: int, item: int) -> float:
        return uniform(seed_lo, seed_hi, draw, ent_lo, ent_hi, S_OUTER, 2 * block + item)

    order = sorted(range(draws), key=lambda draw: (drawn(draw, _ORDER), draw))
    stratum = {draw: position for position, draw in enumerate(order)}
    return [(stratum[draw] + drawn(draw, _PLACE)) / draws for draw in range(draws)]


def with_values(scenario: Scenario, values: Mapping[str, float]) -> Scenario:
    """The scenario with other values of some figures, their ranges kept.

    Raises
    ------
    ScenarioError
        If the values do not go together, such as a first date after the last.
    """
    data: dict[str, Any] = scenario.model_dump()
    for path, value in values.items():
        part = data
        for key in path.split("."):
            part = part[key]
        part["value"] = value
    try:
        return Scenario.model_validate(data)
    except ValidationError as error:
        faults = [
            f"{'.'.join(map(str, e['loc']))}: {e['msg'].removeprefix('Value error, ')}"
            for e in error.errors(include_url=False, include_input=False)
        ]
        raise ScenarioError("; ".join(faults)) from error
