"""What each synthesised carrier is like, drawn by its own key."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from math import floor, sqrt
from typing import Any

import numpy as np
import numpy.typing as npt

from hybridsim.core.codes import InstitutionType, Land, LegalForm
from hybridsim.core.mathx import norm_ppf
from hybridsim.core.rng import S_POPULATION, lognormal_median, normal, split_key, uniform_array
from hybridsim.scenario.population.distributions import (
    pd_location,
    pd_of,
    pick,
    readiness_location,
    readiness_of,
)
from hybridsim.scenario.population.table import MAX_PLACES
from hybridsim.scenario.population.typical import RULES
from hybridsim.scenario.schema.institutions import Carriers, InstitutionTypePart

Words = tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]]
"""Low and high 32-bit words of entity keys."""


class Draw(IntEnum):
    """What a population draw is for; a number keeps its meaning within a randomness scheme."""

    LAND = 0
    LEGAL_FORM = 1
    SINGLE_SITE = 2
    SITES = 3
    PLACES = 4
    EBITDA = 5
    LIQUIDITY = 6
    PD = 7
    READINESS = 8


def words(keys: npt.NDArray[np.uint64]) -> Words:
    """Entity keys as low and high words."""
    return keys & np.uint64(0xFFFFFFFF), keys >> np.uint64(32)


def uniforms(seed: int, keys: Words, draw: Draw) -> list[float]:
    """One keyed uniform per carrier."""
    seed_lo, seed_hi = split_key(seed)
    drawn: list[float] = uniform_array(
        seed_lo, seed_hi, 0, keys[0], keys[1], S_POPULATION, int(draw)
    ).tolist()
    return drawn


def attributes(
    seed: int, name: str, part: InstitutionTypePart, carriers: Carriers, keys: Words, sites: Sequence[int]
) -> dict[str, npt.NDArray[Any]]:
    """All columns but the ids for carriers of one type.

    Parameters
    ----------
    seed
        Key of the synthesis.
    name, part, carriers
        The type, its figures, and what all types share.
    keys, sites
        Entity keys and numbers of sites, one per carrier.
    """
    row: dict[str, npt.NDArray[Any]] = {
        "type": np.full(len(sites), int(InstitutionType.parse(name)), dtype=np.int64),
        "sites": np.array(sites, dtype=np.int64),
        **_categories(seed, part, keys),
        **_drawn(seed, part, carriers, keys, sites),
    }
    for column, (_, rule) in RULES.items():
        if column not in row:
            row[column] = rule(part, row)
    return row


def _categories(seed: int, part: InstitutionTypePart, keys: Words) -> dict[str, npt.NDArray[Any]]:
    land_weight = {str(name): weight.value for name, weight in part.land_weights.items()}
    form_share = {str(name): share.value for name, share in part.legal_form_shares.items()}
    by_land = [land_weight.get(land.name, 0.0) for land in Land]
    by_form = [form_share.get(form.label, 0.0) for form in LegalForm]
    lands = [pick(u, by_land) for u in uniforms(seed, keys, Draw.LAND)]
    forms = [pick(u, by_form) for u in uniforms(seed, keys, Draw.LEGAL_FORM)]
    return {"land": np.array(lands, dtype=np.int64), "legal_form": np.array(forms, dtype=np.int64)}


def _ratings(seed: int, carriers: Carriers, keys: Words) -> list[float]:
    """Standard normal rating per carrier (high is bad): good margins and liquidity go with good ratings."""
    by_margin, by_liquidity = (
        carriers.rating_margin_correlation.value,
        carriers.rating_liquidity_correlation.value,
    )
    rest = sqrt(max(0.0, 1.0 - by_margin * by_margin - by_liquidity * by_liquidity))
    return [
        rest * norm_ppf(own) - by_margin * norm_ppf(margin) - by_liquidity * norm_ppf(liquidity)
        for own, margin, liquidity in zip(
            uniforms(seed, keys, Draw.PD),
            uniforms(seed, keys, Draw.EBITDA),
            uniforms(seed, keys, Draw.LIQUIDITY),
            strict=True,
        )
    ]


def _drawn(
    seed: int, part: InstitutionTypePart, carriers: Carriers, keys: Words, sites: Sequence[int]
) -> dict[str, npt.NDArray[Any]]:
    median, sigma = part.places_median.value, part.places_sigma.value
    places = [
        min(MAX_PLACES, max(count, floor(count * lognormal_median(u, median, sigma) + 0.5)))
        for count, u in zip(sites, uniforms(seed, keys, Draw.PLACES), strict=True)
    ]
    margin, margin_sd = part.ebitda_margin.value, part.ebitda_margin_sd.value
    days, days_sigma = part.liquidity_days.value, part.liquidity_sigma.value
    pd_sigma, ready_sd = part.pd_sigma.value, part.readiness_sd.value
    pd_centre = pd_location(part.pd_pa.value, pd_sigma)
    ready_centre = readiness_location(part.readiness.value, ready_sd)
    return {
        "places": np.array(places, dtype=np.int64),
        "ebitda_margin": np.array([normal(u, margin, margin_sd) for u in uniforms(seed, keys, Draw.EBITDA)]),
        "liquidity_days": np.array(
            [lognormal_median(u, days, days_sigma) for u in uniforms(seed, keys, Draw.LIQUIDITY)]
        ),
        "pd_pa": np.array([pd_of(pd_centre, pd_sigma, z) for z in _ratings(seed, carriers, keys)]),
        "readiness": np.array(
            [readiness_of(ready_centre, ready_sd, norm_ppf(u)) for u in uniforms(seed, keys, Draw.READINESS)]
        ),
    }
