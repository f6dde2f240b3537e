"""The factors that the obligors of a book hang on, and with which weights."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

import numpy as np

from hybridsim.book.settings import ModelSettings
from hybridsim.core.errors import Fault, InputError
from hybridsim.credit.arrays import Floats
from hybridsim.credit.factor_state import FactorState, given, shifted
from hybridsim.credit.irb import corporate_correlation
from hybridsim.credit.portfolio import Dependence
from hybridsim.scenario.schema.references import nearest

if TYPE_CHECKING:
    import pandas as pd

ECONOMY = "economy"
MAX_FACTORS = 200


def own_factors(obligors: pd.DataFrame, model: ModelSettings) -> FactorState:
    """Independent factors of the economy and of each Land and sector, through the cycle or point in time.

    Raises
    ------
    InputError
        If there are more than 200, or a stressed one is unknown.
    """
    lands = (
        [f"land:{name}" for name in sorted(set(obligors["land"].unique()) - {""})] if model.land_share else []
    )
    sectors = (
        [f"sector:{name}" for name in sorted(set(obligors["sector"].unique()) - {""})]
        if model.sector_share
        else []
    )
    names = (ECONOMY, *lands, *sectors)
    if len(names) > MAX_FACTORS:
        many = f"{len(lands)} Laender and {len(sectors)} sectors make more than {MAX_FACTORS} factors"
        remedy = 'shorten the codes in the mapping: sector = { column = "...", first = 2 }'
        raise InputError("the book cannot be assembled", [Fault("tape", 0, "sector", f"{many}; {remedy}")])
    _check_names(names, model)
    before = np.array([model.state.get(name, 0.0) for name in names])
    left = np.sqrt(1.0 - model.persistence**2) if model.state else 1.0
    state = FactorState(names, np.eye(len(names)), model.persistence * before, left * np.eye(len(names)))
    return _stressed(state, model)


def given_factors(factors: FactorState, model: ModelSettings) -> FactorState:
    """Factors that a run gives, under the stress of the settings.

    Raises
    ------
    InputError
        If a stressed factor is unknown, or a state is set although the factors have one.
    """
    _check_names(factors.names, model)
    if model.state:
        message = "is set, but the factors of a run stand in a state already; leave it out"
        raise InputError("the book cannot be assembled", [Fault("settings", 0, "model.state", message)])
    return _stressed(factors, model)


def _check_names(names: tuple[str, ...], model: ModelSettings) -> None:
    faults = [
        Fault("settings", 0, f"model.{table}", f"{name!r} is no factor of this book{nearest(name, names)}")
        for table in ("state", "shift", "given")
        for name in getattr(model, table)
        if name not in names
    ]
    if faults:
        raise InputError("the book cannot be assembled", faults)


def _stressed(state: FactorState, model: ModelSettings) -> FactorState:
    for name in sorted(model.shift):
        state = shifted(state, name, model.shift[name])
    for name in sorted(model.given):
        state = given(state, name, model.given[name])
    return state


def asset_correlations(obligors: pd.DataFrame, model: ModelSettings) -> Floats:
    """Asset correlation of each obligor, (m,)."""
    if model.asset_correlation == "basel":
        return corporate_correlation(obligors["pd"], obligors["turnover_eur"].to_numpy(dtype=np.float64))
    return np.full(len(obligors), float(model.asset_correlation))


def own_loadings(obligors: pd.DataFrame, state: FactorState, model: ModelSettings) -> Floats:
    """Weights whose squares share out R2; a share without sector or Land goes to the economy. (m, K)."""
    r2 = obligors["r2"].to_numpy(dtype=np.float64)
    weights = np.zeros((len(obligors), len(state.names)))
    economy = np.full(len(obligors), model.economy_share)
    places = {name: place for place, name in enumerate(state.names)}
    rows = np.arange(len(obligors))
    for column, share in (("land", model.land_share), ("sector", model.sector_share)):
        place = obligors[column].map(
            {n.partition(":")[2]: p for n, p in places.items() if n.startswith(column)}
        )
        known = place.notna().to_numpy()
        weights[rows[known], place[known].to_numpy(dtype=np.int64)] = np.sqrt(share * r2[known])
        economy[~known] += share
    weights[:, places[ECONOMY]] = np.sqrt(economy * r2)
    return weights


def given_loadings(obligors: pd.DataFrame, loans: pd.DataFrame, state: FactorState) -> Floats:
    """Weights that the frame gives; a guarantor that does not borrow hangs on none. (m, K)."""
    columns = [f"loading_{name}" for name in state.names]
    if missing := [column for column in columns if column not in loans]:
        fault = Fault(
            "tape", 0, missing[0], "is missing; a frame with factors of its own gives every loading"
        )
        raise InputError("the book cannot be assembled", [fault])
    first = loans.drop_duplicates("obligor_id").set_index("obligor_id")[columns]
    return first.reindex(obligors["obligor_id"]).fillna(0.0).to_numpy(dtype=np.float64)


def dependence(state: FactorState, model: ModelSettings) -> Dependence:
    """The dependence that the settings ask for; the LGD follows the economy, if that is a factor."""
    freedom = model.degrees_of_freedom if model.copula == "t" else inf
    follows = model.lgd_economy if ECONOMY in state.names else 0.0
    return Dependence(state, freedom, model.lgd_sigma, follows, ECONOMY)
