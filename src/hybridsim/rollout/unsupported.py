"""Who gets public support at all: the switches by which additionality is measured."""

from __future__ import annotations

from hybridsim.core.codes import InstitutionType, Land
from hybridsim.core.errors import Fault, ScenarioError
from hybridsim.core.rng import S_SUPPORT, entity_key, split_key, uniform
from hybridsim.scenario.population import PopulationTable
from hybridsim.scenario.schema.scenario import Scenario

_INSTITUTION, _CELL = 0, 1
"""Indices of the stream: an institution's own draw, and the order of cells."""


def supported(scenario: Scenario, population: PopulationTable, keys: list[tuple[int, int]]) -> list[bool]:
    """Everybody, but for named ones, a share of all, and the share at which a cell is saturated.

    One draw per institution decides both shares, so that a larger share switches off the same ones and more.

    Raises
    ------
    ScenarioError
        If a named institution does not exist.
    """
    named = set(scenario.design.unsupported)
    unknown = sorted(named - set(population.ids))
    if unknown:
        more = f" (nor {len(unknown) - 1:,} others of the list)" if len(unknown) > 1 else ""
        message = f"there is no institution {unknown[0]!r} in the population{more}; name ids that it has"
        raise ScenarioError(
            f"{scenario.name}: cannot be simulated", [Fault(scenario.name, 0, "design.unsupported", message)]
        )
    seed_lo, seed_hi = split_key(scenario.population.seed)
    share = scenario.design.unsupported_share.value
    levels = cell_levels(scenario.population.seed, scenario.design.unsupported_saturation)
    return [
        name not in named
        and uniform(seed_lo, seed_hi, 0, lo, hi, S_SUPPORT, _INSTITUTION)
        >= max(share, levels.get((int(kind), int(land)), 0.0))
        for name, (lo, hi), kind, land in zip(
            population.ids, keys, population.type, population.land, strict=True
        )
    ]


def cell_levels(seed: int, saturation: tuple[float, ...]) -> dict[tuple[int, int], float]:
    """Share without support by type and Land: the first stage of a two-stage randomised design.

    Each type's Laender are put into a random order and get the levels in turn, so that every level has as
    many cells as any other, give or take one (Baird, Bohren, McIntosh and Oezler 2018). Who else is simulated
    changes nothing.
    """
    if not saturation:
        return {}
    seed_lo, seed_hi = split_key(seed)

    def order(name: str) -> float:
        return uniform(seed_lo, seed_hi, 0, *split_key(entity_key(f"cell:{name}")), S_SUPPORT, _CELL)

    levels = {}
    for kind in InstitutionType:
        first = int(order(kind.label) * len(saturation))
        drawn = sorted((order(f"{kind.label}:{land.name}"), land) for land in Land)
        for position, (_, land) in enumerate(drawn):
            levels[int(kind), int(land)] = saturation[(first + position) % len(saturation)]
    return levels
