"""From a tape and its settings to what the loss models take: portfolio and dependence.

Loans stand in the order of their ids, obligors in the order of theirs, so that the order of the tape's rows
changes nothing. Loans in default are kept apart: their loss is no question of this year's factors.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from hybridsim.book.factors import (
    asset_correlations,
    dependence,
    given_factors,
    given_loadings,
    own_factors,
    own_loadings,
)
from hybridsim.book.settings import BookSettings, ModelSettings
from hybridsim.core.errors import Fault, InputError
from hybridsim.core.memory import give_back
from hybridsim.credit.arrays import Floats, Integers
from hybridsim.credit.ecl import DAYS_TO_STAGE_3
from hybridsim.credit.factor_state import FactorState
from hybridsim.credit.portfolio import Dependence, Portfolio, portfolio

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Assembly:
    """A book ready for the loss models."""

    portfolio: Portfolio
    """n loans that are not in default, of m obligors (borrowers and guarantors that can fail)."""
    dependence: Dependence
    loans: pd.DataFrame
    """(n,) the tape's rows of the portfolio, in its order, with the LGD filled in."""
    obligors: pd.DataFrame
    """(m,) obligor_id, group_id, sector, land, pd, r2 and whether it borrows, in the portfolio's order."""
    in_default: pd.DataFrame
    """The tape's rows of obligors in default, by loan_id, with the LGD filled in."""
    notes: tuple[str, ...]
    """What was decided on the way."""


def assemble(frame: pd.DataFrame, settings: BookSettings, factors: FactorState | None = None) -> Assembly:
    """Put a tape's loans together for the loss models: :func:`put_together` of its :func:`parted` loans."""
    return put_together(parted(frame, settings.model), settings, factors)


@dataclass(frozen=True)
class Parted:
    """A tape's loans by loan_id, with the LGD filled in."""

    loans: pd.DataFrame
    """Those of obligors that are not in default."""
    in_default: pd.DataFrame


def put_together(parts: Parted, settings: BookSettings, factors: FactorState | None = None) -> Assembly:
    """Make what the loss models take of a tape's loans.

    Parameters
    ----------
    parts
        The loans, which a caller who is short of memory need not hold twice.
    settings
        Of the book; [model] is used.
    factors
        The year's factors, if a run gives them; the loans have then a column ``loading_<name>`` for each of
        them, the weight of the loan's obligor. Left out: the factors of the settings.

    Raises
    ------
    InputError
        If no loan is left, a stressed factor is unknown, or there are more than 200 factors.
    """
    model = settings.model
    loans, in_default = parts.loans, parts.in_default
    if loans.empty:
        fault = Fault("tape", 0, "", "no loan that is not in default: there is no loss to simulate")
        raise InputError("the book cannot be assembled", [fault])
    obligors, notes = _obligors(loans)
    loans, cover_notes = _covers(loans, in_default, model)
    in_default = _covers_of_defaults(in_default, loans, model)
    obligors = _with_guarantors(obligors, loans)
    obligors["r2"] = asset_correlations(obligors, model)
    if factors is None:
        state = own_factors(obligors, model)
        weights = own_loadings(obligors, state, model)
    else:
        state = given_factors(factors, model)
        weights = given_loadings(obligors, loans, state)
        obligors["r2"] = np.einsum("ij,jk,ik->i", weights, state.correlation, weights)
    guarantors = _places(loans["guarantor_id"], obligors["obligor_id"], loans["_fails"].to_numpy())
    pool, caps, pool_notes = _pools(loans, in_default)
    book = portfolio(
        loans["exposure_eur"],
        loans["lgd"],
        obligors["pd"],
        weights,
        obligor=_places(loans["obligor_id"], obligors["obligor_id"]),
        cover=loans["cover_rate"],
        guarantor=guarantors,
        pool=pool,
        pool_cap_eur=caps,
        pays_in_default=model.pays_in_default,
    )
    if len(in_default):
        notes.append(f"{len(in_default):,} loans of obligors in default are not simulated")
    kept = loans.drop(columns="_fails")
    return Assembly(
        book, dependence(state, model), kept, obligors, in_default, (*notes, *cover_notes, *pool_notes)
    )


def parted(frame: pd.DataFrame, model: ModelSettings) -> Parted:
    """A tape in the order of its loan_id, loans of obligors in default apart.

    ``frame`` has the columns :data:`hybridsim.book.columns.NAMES`, as ``read_tape`` returns them.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    order = pc.sort_indices(pa.array(frame["loan_id"], pa.large_string())).to_numpy().astype(np.int64)
    failed = _in_default(frame)[order]
    parts = [frame.take(order[rows]).reset_index(drop=True) for rows in (~failed, failed)]
    give_back()
    for part in parts:
        part["lgd"] = derived_lgd(part, model)
    return Parted(*parts)


def derived_lgd(frame: pd.DataFrame, model: ModelSettings) -> Floats:
    """LGD of each loan: the tape's, else ``(LGD_U (E - E_S) + LGD_S E_S) / E`` as in CRR Article 230(1).

    ``E_S = min(E, collateral (1 - haircut))``; LGD_U is that of the loan's seniority (Article 161(1)).
    """
    stated = frame["lgd"].to_numpy(dtype=np.float64)
    exposure = frame["exposure_eur"].to_numpy(dtype=np.float64)
    value = frame["collateral_eur"].to_numpy(dtype=np.float64) * (1.0 - model.collateral_haircut)
    share = np.divide(np.minimum(value, exposure), exposure, out=np.zeros(len(frame)), where=exposure > 0.0)
    open_lgd = np.where(frame["seniority"] == "junior", model.lgd_junior, model.lgd_senior)
    mixed = open_lgd * (1.0 - share) + np.minimum(model.lgd_secured, open_lgd) * share
    return np.where(np.isnan(stated), mixed, stated)


def _in_default(frame: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Loans of obligors with a loan in default: default is the obligor's (CRR Article 178(1))."""
    own = (frame["defaulted"] == 1.0) | (frame["pd"] >= 1.0) | (frame["days_past_due"] >= DAYS_TO_STAGE_3)
    return np.asarray(frame["obligor_id"].isin(frame.loc[own, "obligor_id"].unique()))


def _obligors(loans: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Borrowers by id: highest PD, highest known turnover, sector and Land of the largest exposure."""
    import pandas as pd

    owner, names = pd.factorize(loans["obligor_id"], sort=True)
    group, groups = pd.factorize(loans["group_id"], sort=True)
    figures = loans[["pd", "turnover_eur"]].assign(group=group).groupby(owner, sort=True)
    found = figures.agg({"pd": "max", "turnover_eur": "max", "group": "min"})
    found.insert(0, "obligor_id", names)
    found["group_id"] = groups.take(found.pop("group").to_numpy())
    exposure = loans["exposure_eur"].to_numpy(dtype=np.float64)
    notes = []
    for name in ("sector", "land"):
        found[name], several = _of_largest(owner, loans[name], exposure)
        if several:
            notes.append(
                f"{several:,} times an obligor has a second {name}: that of its largest exposure counts"
            )
        if unknown := int((found[name] == "").sum()):
            notes.append(
                f"{unknown:,} of {len(found):,} obligors have no {name}: the economy has its share of R2"
            )
    found["borrower"] = True
    give_back()
    return found, notes


def _of_largest(owner: Integers, label: pd.Series[str], exposure: Floats) -> tuple[pd.Index[str], int]:
    """Label with each owner's largest exposure, of equal ones the first, and how many further ones there are.

    In numbers instead of texts, which a million loans would hold several times.
    """
    import pandas as pd

    code, labels = pd.factorize(label, sort=True)
    pairs, place = np.unique(owner * len(labels) + code, return_inverse=True)
    who, which = np.divmod(pairs, len(labels))
    order = np.lexsort((which, -np.bincount(place, exposure), who))
    first = order[np.unique(who[order], return_index=True)[1]]
    return labels.take(which[first]), pairs.size - first.size


def _covers(
    loans: pd.DataFrame, in_default: pd.DataFrame, model: ModelSettings
) -> tuple[pd.DataFrame, list[str]]:
    """Loans whose covers are worth what their guarantors are; ``_fails`` marks guarantors that can fail."""
    covered = ((loans["guarantor_id"] != "") & (loans["cover_rate"] > 0.0)).to_numpy()
    names = loans.loc[covered, "guarantor_id"].unique()
    down = covered & loans["guarantor_id"].isin(_known(in_default["obligor_id"], names)).to_numpy()
    borrowers = loans["guarantor_id"].isin(_known(loans["obligor_id"], names)).to_numpy()
    risky = (loans["guarantor_pd"] > 0.0).to_numpy()
    sure_to_fail = covered & ~borrowers & (loans["guarantor_pd"] >= 1.0).to_numpy()
    down = down | sure_to_fail
    loans = loans.assign(
        cover_rate=np.where(down, loans["cover_rate"] * model.pays_in_default, loans["cover_rate"]),
        guarantor_pd=_as_borrowers(loans, loans, names),
        _fails=covered & ~down & (borrowers | risky),
    )
    notes = []
    if down.any():
        notes.append(f"{int(down.sum()):,} loans are covered by a guarantor in default")
    return loans, notes


def _covers_of_defaults(in_default: pd.DataFrame, loans: pd.DataFrame, model: ModelSettings) -> pd.DataFrame:
    """Loans in default with the PDs that guarantors have as borrowers, and what failed ones still pay."""
    in_default = in_default.copy()
    names = in_default.loc[in_default["cover_rate"] > 0.0, "guarantor_id"].unique()
    in_default["guarantor_pd"] = _as_borrowers(in_default, loans, names)
    down = in_default["guarantor_id"].isin(_known(in_default["obligor_id"], names)).to_numpy()
    paid = in_default["cover_rate"].to_numpy(dtype=np.float64)
    in_default["cover_rate"] = np.where(down, paid * model.pays_in_default, paid)
    return in_default


def _as_borrowers(rows: pd.DataFrame, loans: pd.DataFrame, names: Any) -> pd.Series[float]:  # noqa: ANN401
    """PDs of the guarantors of some rows: those that they have as borrowers, if they are any."""
    pds = loans[loans["obligor_id"].isin(names)].groupby("obligor_id")["pd"].max()
    if pds.empty:
        return rows["guarantor_pd"]
    own = rows["guarantor_id"].map(pds)
    return own.where(own.notna(), rows["guarantor_pd"])


def _known(ids: pd.Series[str], names: Any) -> Any:  # noqa: ANN401  (few texts)
    """Those of some names that are among many ids; asking each of the many would take seconds."""
    return ids[ids.isin(names)].unique()


def _with_guarantors(obligors: pd.DataFrame, loans: pd.DataFrame) -> pd.DataFrame:
    """The obligors, with those guarantors that can fail and do not borrow themselves."""
    import pandas as pd

    pure = loans[loans["_fails"]]
    pure = pure[~pure["guarantor_id"].isin(_known(obligors["obligor_id"], pure["guarantor_id"].unique()))]
    if pure.empty:
        return obligors
    pds = pure.groupby("guarantor_id", sort=True)["guarantor_pd"].max()
    others = pd.DataFrame(
        {
            "obligor_id": pds.index,
            "pd": pds.to_numpy(),
            "turnover_eur": np.nan,
            "group_id": pds.index,
            "sector": "",
            "land": "",
            "borrower": False,
        }
    )
    return pd.concat([obligors, others], ignore_index=True).sort_values("obligor_id", ignore_index=True)


def _places(
    ids: pd.Series[str], among: pd.Series[str], used: npt.NDArray[np.bool_] | None = None
) -> Integers:
    """Position of each id among the obligors; -1 where it is not used."""
    import pyarrow as pa
    import pyarrow.compute as pc

    found = pc.index_in(pa.array(ids, pa.large_string()), pa.array(among, pa.large_string()))
    places = np.asarray(pc.fill_null(found, -1), dtype=np.int64)
    return places if used is None else np.where(used, places, -1)


def _pools(loans: pd.DataFrame, in_default: pd.DataFrame) -> tuple[Integers, Floats, list[str]]:
    """Pool of each loan (-1: no cap), what each pool has left, and notes on caps that several loans share.

    Covers of one guarantor under the same cap share it. Loans in default have a claim on it already:
    their expected payout is taken off.
    """
    capped = (loans["cover_cap_eur"].notna() & (loans["guarantor_id"] != "")).to_numpy()
    keys = loans.loc[capped, ["guarantor_id", "cover_cap_eur"]]
    pool = np.full(len(loans), -1, dtype=np.int64)
    grouped = keys.groupby(["guarantor_id", "cover_cap_eur"], sort=True)
    pool[capped] = grouped.ngroup().to_numpy()
    listed = grouped.size().index.to_frame(index=False)
    paid = in_default.assign(_paid=in_default["cover_rate"] * in_default["lgd"] * in_default["exposure_eur"])
    claims = paid.groupby(["guarantor_id", "cover_cap_eur"])["_paid"].sum()
    used = claims.reindex(grouped.size().index, fill_value=0.0).to_numpy(dtype=np.float64)
    caps: Floats = np.maximum(listed["cover_cap_eur"].to_numpy(dtype=np.float64) - used, 0.0)
    notes = []
    sizes = grouped.size().to_numpy()
    if (shared := int((sizes > 1).sum())) > 0:
        largest, (name, cap) = int(sizes.max()), listed.iloc[int(sizes.argmax())]
        more = f", and {shared - 1:,} more such pools" if shared > 1 else ""
        notes.append(
            f"{largest:,} loans under {name!r} share one cap of {cap:,.2f}{more}: a cap is what a guarantor "
            "pays for all loans with the same one"
        )
    return pool, caps, notes
