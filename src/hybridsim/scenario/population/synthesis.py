"""Carriers drawn from the catalogue, each by its own key: a draft is a part of the sector."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor

import numpy as np
import numpy.typing as npt

from hybridsim.core.errors import Fault, ScenarioError
from hybridsim.core.mathx import exp, norm_ppf
from hybridsim.core.rng import entity_key
from hybridsim.scenario.population.attributes import Draw, Words, attributes, uniforms, words
from hybridsim.scenario.population.table import PopulationTable, make_table
from hybridsim.scenario.schema.institutions import InstitutionTypePart
from hybridsim.scenario.schema.run import TypeName
from hybridsim.scenario.schema.scenario import Scenario

MAX_CARRIERS = 200_000

_BLOCK = 4096


@dataclass(frozen=True)
class _Carriers:
    """Consecutively numbered carriers of one type."""

    name: TypeName
    ids: list[str]
    sites: list[int]
    keys: Words


def synthesise(scenario: Scenario) -> PopulationTable:
    """The whole sector of the chosen types, or a sample of ``population.size`` carriers of it."""
    wanted = scenario.population
    sector = [_sector(scenario, name) for name in wanted.types]
    carriers = sum(len(part.ids) for part in sector)
    facilities = sum(sum(part.sites) for part in sector)
    if carriers == 0:
        raise _refused(
            scenario, "population.types", "no institution at all: facilities are 0 for each chosen type"
        )
    notes: list[str] = []
    if wanted.size is not None:
        if wanted.size > carriers:
            raise _refused(
                scenario,
                "population.size",
                f"{wanted.size:,} is more than the {carriers:,} carriers of the sector; leave it out for all",
            )
        counts = _largest_remainder([len(part.ids) for part in sector], wanted.size)
        sector = [_first(part, count) for part, count in zip(sector, counts, strict=True)]
    chosen = sum(sum(part.sites) for part in sector)
    if wanted.size is not None and wanted.size < carriers:
        notes.append(
            f"a sample of {wanted.size:,} of {carriers:,} carriers with {chosen:,} of {facilities:,}"
            " facilities: budgets, caps and capacities are scaled"
        )
    columns = [
        attributes(
            scenario.population.seed,
            part.name,
            scenario.institution_types[part.name],
            scenario.carriers,
            part.keys,
            part.sites,
        )
        for part in sector
        if part.ids
    ]
    merged = {name: np.concatenate([part[name] for part in columns]) for name in columns[0]}
    ids = [name for part in sector for name in part.ids]
    _refuse_collisions(scenario, ids)
    return make_table(ids, merged, chosen / facilities, notes)


def _refused(scenario: Scenario, path: str, message: str) -> ScenarioError:
    return ScenarioError(
        f"{scenario.name}: no population can be made", [Fault(scenario.name, 0, path, message)]
    )


def _refuse_collisions(scenario: Scenario, ids: Sequence[str]) -> None:
    if len({entity_key(name) for name in ids}) < len(ids):
        raise _refused(scenario, "population", "two ids have the same key; tell the developers")


def _sector(scenario: Scenario, name: TypeName) -> _Carriers:
    """Carriers of a type until its facilities are used up; the last one gets what is left."""
    part = scenario.institution_types[name]
    left = floor(part.facilities.value + 0.5)
    ids: list[str] = []
    sites: list[int] = []
    keys: list[npt.NDArray[np.uint64]] = []
    while left > 0:
        if len(ids) >= MAX_CARRIERS:
            path = f"institution_types.{name}.facilities"
            message = (
                f"{part.facilities.value:,.0f} facilities make more than {MAX_CARRIERS:,} carriers; give less"
            )
            raise _refused(scenario, path, message)
        block = [f"{name}-{number:06d}" for number in range(len(ids), len(ids) + _BLOCK)]
        block_keys = np.array([entity_key(carrier) for carrier in block], dtype=np.uint64)
        for carrier, drawn in zip(block, _draw_sites(scenario, part, block_keys), strict=True):
            if left <= 0:
                break
            ids.append(carrier)
            sites.append(min(drawn, left))
            left -= drawn
        keys.append(block_keys)
    all_keys = np.concatenate(keys)[: len(ids)] if keys else np.zeros(0, dtype=np.uint64)
    return _Carriers(name, ids, sites, words(all_keys))


def _first(part: _Carriers, count: int) -> _Carriers:
    low, high = part.keys
    return _Carriers(part.name, part.ids[:count], part.sites[:count], (low[:count], high[:count]))


def _draw_sites(scenario: Scenario, part: InstitutionTypePart, keys: npt.NDArray[np.uint64]) -> list[int]:
    single = part.single_site_share.value
    median, sigma, cap = part.sites_median.value, part.sites_sigma.value, part.sites_cap.value
    sites = []
    seed = scenario.population.seed
    key_words = words(keys)
    for u, v in zip(
        uniforms(seed, key_words, Draw.SINGLE_SITE), uniforms(seed, key_words, Draw.SITES), strict=True
    ):
        if u < single:
            sites.append(1)
        else:
            drawn = min(median * exp(sigma * norm_ppf(v)), max(cap, 2.0))
            sites.append(max(2, floor(drawn + 0.5)))
    return sites


def _largest_remainder(sizes: Sequence[int], total: int) -> list[int]:
    """``total`` split in proportion to ``sizes``; none gets more than its size."""
    whole = sum(sizes)
    parts = [total * size // whole for size in sizes]
    remainders = [total * size % whole for size in sizes]
    by_remainder = sorted(range(len(sizes)), key=lambda position: (-remainders[position], position))
    for position in by_remainder[: total - sum(parts)]:
        parts[position] += 1
    return parts
