"""Loans of one future at one month as a tape: one row per loan, in the columns that a bank's tape has."""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from hybridsim.core.codes import InstitutionType, Land
from hybridsim.core.money import share_cents
from hybridsim.credit.arrays import Floats, Integers
from hybridsim.credit.estate_lgd import mean_lgds
from hybridsim.credit.ratings import PD_CEILING
from hybridsim.finance.guarantee import portfolio_cap_cents
from hybridsim.rollout.people import person

if TYPE_CHECKING:
    import pandas as pd

    from hybridsim.rollout.world import World
    from hybridsim.study.loan_future import LoanFuture

Bools = npt.NDArray[np.bool_]
Texts = npt.NDArray[Any]

FACTOR = "loading_"
"""Prefix of the columns with the loadings on the run's factors."""

REPAYMENT = {"annuity": "annuity", "linear": "linear", "step_up": "linear", "bullet": "bullet"}
"""A tape's word for each kind of service; a revenue share may pay nothing before its term: a bullet."""
WORKOUT_MONTHS = 1.0
"""Least remaining life of a loan in workout, whose plan may be over."""


def tape(world: World, future: LoanFuture, month: float) -> pd.DataFrame:
    """Loans with something outstanding after what is paid at ``month``.

    The columns of a tape (`loan_id`, `obligor_id`, `group_id`, `exposure_eur`, `pd`, `rating`, `lgd`,
    `collateral_eur`, `seniority`, `maturity_months`, `repayment`, `rate_pa`, `sector`, `land`,
    `guarantor_id`, `cover_rate`, `cover_cap_eur`, `guarantor_pd`, `design`, `instrument`, `provider`,
    `turnover_eur`, `originated_pd`, `days_past_due`, `defaulted`, `part`, `source_row`) and then what only a
    run knows:
    `replication`, `use_case`, `wave`, `service`, `grace_months`, `principal_eur`, `undrawn_eur`, `guarantor`
    (the provider that pays) and `loading_*`, one per factor.

    The exposure is what is outstanding; what is promised and not drawn stands beside it (none after the
    horizon). A loan in default waits for its estate: `defaulted` is 1, its PD 1. `pd` is the borrower's
    rating at the month, its projects included, over the average of the factors. `lgd` is the waterfall's mean
    before guarantees, given a default in the coming year, or for a loan in default given the economy of that
    year; collateral is in it (existing debt has it first), so `collateral_eur` is 0. `guarantor_id` is the
    guarantee, whose cap all its loans share; `cover_cap_eur` what it can still pay: cap rate times the volume
    covered so far, less what was paid. Guarantors of a run do not fail.
    """
    live, where = _live(future, month)
    loans, balances = future.loans.iloc[live].reset_index(drop=True), future.balances.iloc[where]
    balances = balances.reset_index(drop=True)
    rows = _rows(world, loans)
    defaulted = _defaulted(loans, month)
    pd_now = np.where(defaulted, 1.0, _ratings(future, loans["institution"].to_numpy(), month))
    instruments = [world.instrument_names.index(name) for name in loans["instrument"]]
    junior = np.array([world.instruments[k].subordinated for k in instruments], dtype=bool)
    outstanding = balances["outstanding_cents"].to_numpy(dtype=np.float64)
    columns: dict[str, Any] = {
        "loan_id": [f"run-{future.replication}-{number}" for number in live],
        "obligor_id": loans["institution"],
        "group_id": loans["institution"],
        "exposure_eur": outstanding / 100.0,
        "pd": pd_now,
        "rating": "",
        "lgd": _lgds(world, future.replication, loans, rows, junior, outstanding, pd_now),
        "collateral_eur": 0.0,
        "seniority": np.where(junior, "junior", "senior"),
        "maturity_months": _left(balances["due_month"], month, defaulted),
        "repayment": [REPAYMENT.get(kind, "bullet") for kind in balances["service"]],
        "rate_pa": balances["rate_pa"],
        "sector": [InstitutionType(int(world.population.type[row])).label for row in rows],
        "land": [Land(int(world.population.land[row])).name for row in rows],
        **_covers(world, future, loans, instruments, month),
        "design": world.scenario.design.title,
        "instrument": loans["instrument"],
        "provider": [world.provider_names[world.instruments[k].provider] for k in instruments],
        "turnover_eur": np.asarray(world.population.revenue_eur_pa, dtype=np.float64)[rows],
        "originated_pd": loans["pd_pa"],
        "days_past_due": 0.0,
        "defaulted": defaulted.astype(np.float64),
        "part": "ai",
        "source_row": live,
        "replication": future.replication,
        "use_case": loans["use_case"],
        "wave": loans["wave"],
        "service": balances["service"],
        "grace_months": np.maximum(balances["grace_until_month"].to_numpy() - month, 0.0),
        "principal_eur": loans["principal_cents"] / 100.0,
        "undrawn_eur": balances["undrawn_cents"] / 100.0 * float(month <= world.horizon),
    }
    columns["guarantor"] = columns.pop("guarantor")
    for k, name in enumerate(world.factors.names):
        columns[f"{FACTOR}{name}"] = world.loading[rows, k]
    from pandas import DataFrame

    return DataFrame(columns)


def _live(future: LoanFuture, month: float) -> tuple[Integers, Integers]:
    """Loans with something outstanding at a month, and the rows of their balances."""
    table = future.balances
    until = np.flatnonzero(table["month"].to_numpy() <= month)
    loan = table["loan"].to_numpy()[until]
    last = until[np.append(loan[1:] != loan[:-1], True)] if until.size else until
    owed = last[table["outstanding_cents"].to_numpy()[last] > 0]
    return table["loan"].to_numpy()[owed].astype(np.int64), owed


def _rows(world: World, loans: pd.DataFrame) -> Integers:
    place = {name: row for row, name in enumerate(world.ids)}
    return np.array([place[name] for name in loans["institution"]], dtype=np.int64)


def _defaulted(loans: pd.DataFrame, month: float) -> Bools:
    at = loans["default_month"].to_numpy()
    found: Bools = (at >= 0.0) & (at <= month)
    return found


def _ratings(future: LoanFuture, institutions: Texts, month: float) -> Floats:
    """One-year PD of each borrower as last rated; it is rated when it borrows."""
    table = future.ratings
    known = table[table["month"].to_numpy() <= month].drop_duplicates("institution", keep="last")
    pds: Floats = known.set_index("institution")["pd_pa"].loc[institutions].to_numpy(dtype=np.float64)
    return pds


def _left(due_month: pd.Series, month: float, defaulted: Bools) -> Floats:
    left = due_month.to_numpy() - month
    return np.where(defaulted, np.maximum(left, WORKOUT_MONTHS), left)


def _lgds(
    world: World,
    replication: int,
    loans: pd.DataFrame,
    rows: Integers,
    junior: Bools,
    cents: Floats,
    pd: Floats,
) -> Floats:
    """Mean LGD of each loan, from what its borrower owes at the month, older debt included."""
    from scipy.special import ndtri

    risk, economy = world.scenario.default_risk, world.factor_years(replication)[0]
    borrowers, first, own = np.unique(rows, return_index=True, return_inverse=True)
    known = [person(world, int(row)) for row in borrowers]
    debt = np.array([someone.debt for someone in known], dtype=np.float64)
    collateral = np.array([someone.collateral for someone in known], dtype=np.float64)
    claims = np.bincount(own, np.where(junior, 0.0, cents), len(borrowers))
    # The year of a default is known; -1 // 12 of the others points at a value that is not taken.
    years = (loans["default_month"].to_numpy()[first] // 12.0).astype(np.int64)
    senior_lgd, junior_lgd = mean_lgds(
        [world.estate_mu[someone.type] for someone in known],
        risk.recovery_economy.value,
        risk.recovery_sigma.value,
        risk.estate_headroom.value,
        ndtri(np.minimum(pd[first], PD_CEILING)),
        world.loading[borrowers] @ np.asarray(world.factors.correlation[0]),
        np.maximum(debt - collateral, 0.0) + claims,
        np.maximum(collateral - debt, 0.0),
        np.bincount(own, np.where(junior, cents, 0.0), len(borrowers)),
        np.where(pd[first] >= 1.0, np.asarray(economy)[years], nan),
    )
    lgds: Floats = np.where(junior, junior_lgd[own], senior_lgd[own])
    return lgds


def _covers(
    world: World, future: LoanFuture, loans: pd.DataFrame, instruments: list[int], month: float
) -> dict[str, Any]:
    """Who covers each loan, at which rate, and what its pool can still pay."""
    left = {name: _cap_left(world, future, name, month) for name in set(loans["guarantee"]) - {""}}
    names, rates, payers, caps = [], [], [], []
    for k, guarantee, cover in zip(instruments, loans["guarantee"], loans["cover"], strict=True):
        terms = world.instruments[k]
        if guarantee:
            provider = world.instruments[world.instrument_names.index(guarantee)].provider
            names.append(guarantee)
            rates.append(cover)
        else:
            # A liability exemption: who refinances the loan bears this share of its loss.
            provider = terms.refinancer if terms.exemption > 0.0 else -1
            names.append(world.provider_names[provider] if provider >= 0 else "")
            rates.append(terms.exemption)
        payers.append(world.provider_names[provider] if provider >= 0 else "")
        caps.append(left.get(guarantee, nan))
    return {
        "guarantor_id": names,
        "cover_rate": np.array(rates, dtype=np.float64),
        "cover_cap_eur": np.array(caps, dtype=np.float64),
        "guarantor_pd": np.where(np.array(names, dtype=object) == "", nan, 0.0),
        "guarantor": payers,
    }


def _cap_left(world: World, future: LoanFuture, guarantee: str, month: float) -> float:
    """Euros that a guarantee's pool can still pay; NaN without a cap."""
    terms = world.instruments[world.instrument_names.index(guarantee)]
    if terms.cap_rate >= 1.0:
        return nan
    pool = future.loans[future.loans["guarantee"] == guarantee]
    closed = pool[pool["close_month"] <= month]
    volume = sum(
        share_cents(int(cents), float(cover))
        for cents, cover in zip(closed["principal_cents"], closed["cover"], strict=True)
    )
    ended = pool[(pool["default_month"] >= 0.0) & (pool["end_month"] <= month)]
    paid = int(ended["payout_cents"].sum())
    return max(0, portfolio_cap_cents(terms.cap_rate, 1.0, volume) - paid) / 100.0
