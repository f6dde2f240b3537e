"""A book under stress: losses, provisions and capital with the factors shifted or given.

Expected losses are exact in each state but for caps of pools (:mod:`hybridsim.book.expecting`); the tail is
the caller's to simulate. A stress holds in the first year and drifts back from there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil, log
from typing import TYPE_CHECKING

import numpy as np

from hybridsim.book.amounts import rounded, total
from hybridsim.book.capital_rules import capital_summary, loan_capital
from hybridsim.book.expecting import ExpectedLoss, expected_loss, loss_share
from hybridsim.book.guarantees import paid_share
from hybridsim.book.provisions import expected_losses, stage_of
from hybridsim.book.states import coming_years, default_probabilities
from hybridsim.credit.ecl import loss_allowance
from hybridsim.credit.factor_state import given, shifted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd

    from hybridsim.book.amortisation import Contracts
    from hybridsim.book.settings import RuleSettings
    from hybridsim.credit.arrays import Floats, Integers
    from hybridsim.credit.factor_state import FactorState
    from hybridsim.credit.portfolio import Dependence, Portfolio

_YEARS, _FORGOTTEN = 30, 1e-4
"""A stress is followed for at most these years, until less than this share of it is left."""
BASELINE = "baseline"


@dataclass(frozen=True, eq=False)
class Failed:
    """Loans in default: rows of the tape and what is provided for each, (n,) in euros."""

    tape: pd.DataFrame
    ecl_eur: Floats


def stressed_state(
    state: FactorState, shifts: Mapping[str, float], values: Mapping[str, float] | None = None
) -> FactorState:
    """A state with the means of some factors shifted and then some factors given, in standard deviations."""
    for name, by in shifts.items():
        state = shifted(state, name, by)
    for name, value in (values or {}).items():
        state = given(state, name, value)
    return state


def stress_table(
    book: Portfolio,
    dependence: Dependence,
    states: Mapping[str, FactorState],
    *,
    tape: pd.DataFrame,
    loans: Contracts,
    rules: RuleSettings,
    persistence: float,
    tail: Callable[[Dependence], tuple[float, float]] | None = None,
    failed: Failed | None = None,
) -> pd.DataFrame:
    """One row per stress, the unstressed state of ``dependence`` first as "baseline".

    Parameters
    ----------
    book, dependence
        The performing loans and how they hang together.
    states
        Stressed factors by name; see :func:`stressed_state`.
    tape, loans
        Rows and contracts of the loans of ``book``, in its order.
    rules, persistence
        Thresholds of the stages, approach to capital and guarantors' weights; phi with which a stress drifts
        back.
    tail
        Gives VaR and ES in euros under a stressed dependence; left out, the columns are missing.
    failed
        Loans in default, whose provisions and capital no stress moves; left out: none.

    Returns
    -------
    pandas.DataFrame
        ``stress``, ``default_rate`` (PD weighted by exposure), ``gross_expected_loss_eur``,
        ``expected_loss_eur`` (of one year, after guarantees without pool caps), ``ecl_eur`` (allowances
        with the PDs of the state in each year, stages moved by those of the first one), ``stage_2_eur``
        (exposure in stage 2), ``rwa_eur`` and ``capital_eur`` (8 %; under IRB as if all ratings had
        followed the first year, :func:`moved_ratings`), ``var_eur``, ``es_eur``, and for all of them
        ``..._change_eur`` to the baseline.
    """
    import pandas as pd

    usual = default_probabilities(book, dependence)
    rows = []
    for name, state in {BASELINE: dependence.factors, **states}.items():
        stressed = replace(dependence, factors=state)
        row: dict[str, str | float] = {"stress": name}
        loss = expected_loss(book, stressed)
        row |= _losses(book, stressed, loss)
        row |= _provisions(book, stressed, loss, tape, loans, rules, persistence, failed)
        rated = moved_ratings(book.pd, usual, default_probabilities(book, stressed))
        row |= _capital(tape.assign(pd=rated[book.obligor]), rules, failed)
        if tail is not None:
            row["var_eur"], row["es_eur"] = (float(value) for value in rounded(np.array(tail(stressed))))
        rows.append(row)
    table = pd.DataFrame(rows)
    for name in [column for column in table.columns if column.endswith("_eur")]:
        table[name.replace("_eur", "_change_eur")] = rounded(table[name] - table[name].iloc[0])
    return table


def _losses(book: Portfolio, dependence: Dependence, loss: ExpectedLoss) -> dict[str, float]:
    chance = default_probabilities(book, dependence)[book.obligor]
    exposure = float(book.exposure_eur.sum())
    return {
        "default_rate": float(chance @ book.exposure_eur) / exposure if exposure else 0.0,
        "gross_expected_loss_eur": total(loss.gross_eur),
        "expected_loss_eur": total(loss.net_eur),
    }


def moved_ratings(rating: Floats, usual: Floats, stressed: Floats) -> Floats:
    """PDs that ratings show once they have followed a stress, (m,): moved as far, in probits, as the year is.

    ``Phi(Phi^-1(rating) + Phi^-1(stressed) - Phi^-1(usual))`` with the PDs of the year as it is and stressed:
    the rating itself without a stress, also where the year as it is differs from it (point in time).
    """
    from scipy.special import ndtr, ndtri

    inside = (rating > 0.0) & (rating < 1.0) & (usual > 0.0) & (stressed > 0.0)
    by = ndtri(np.where(inside, stressed, 0.5)) - ndtri(np.where(inside, usual, 0.5))
    return np.where(inside & (by != 0.0), ndtr(ndtri(np.where(inside, rating, 0.5)) + by), rating)


def _provisions(
    book: Portfolio,
    dependence: Dependence,
    loss: ExpectedLoss,
    tape: pd.DataFrame,
    loans: Contracts,
    rules: RuleSettings,
    persistence: float,
    failed: Failed | None,
) -> dict[str, float]:
    """Allowances with the PDs of the state."""
    longest = -(-int(loans.months.max(initial=12)) // 12)
    forgotten = ceil(log(_FORGOTTEN) / log(persistence)) + 1 if persistence > 0.0 else 2
    years = min(_YEARS, longest, forgotten)
    chances = coming_years(book, dependence, persistence, years)[book.obligor]
    then = tape["originated_pd"].where(tape["originated_pd"].notna(), tape["pd"])
    moved = tape.assign(pd=chances[:, 0], originated_pd=then)
    stage = stage_of(moved, rules)
    share = _share_left(book, dependence, loss, tape, chances)

    def yearly(rows: Integers, wanted: int) -> Floats:
        return chances[rows, : max(wanted, 1)]

    losses = expected_losses(loans, share, yearly)
    allowance = loss_allowance(stage, losses.twelve_month, losses.lifetime, share * loans.principal_eur)
    return {
        "ecl_eur": total(allowance) + (total(failed.ecl_eur) if failed else 0.0),
        "stage_2_eur": total(loans.principal_eur[stage == 2]),
    }


def _share_left(
    book: Portfolio, dependence: Dependence, loss: ExpectedLoss, tape: pd.DataFrame, chances: Floats
) -> Floats:
    """Share of each loan that a default costs in the state, (n,), pools paying as far as their caps reach."""
    net = loss_share(book, dependence, loss)
    gross = loss_share(book, dependence, ExpectedLoss(loss.gross_eur, loss.gross_eur))
    ends, years = tape["maturity_months"].to_numpy() / 12.0, chances.shape[1]
    lived = np.clip(ends[:, None] - np.arange(years), 0.0, 1.0)
    lived[:, -1] += np.maximum(ends - years, 0.0)
    life = -np.expm1((np.log1p(-np.minimum(chances, 1.0 - 1e-15)) * lived).sum(axis=1))
    cover = tape["cover_rate"].to_numpy(dtype=np.float64)
    paid = paid_share(tape, life * gross * tape["exposure_eur"].to_numpy(dtype=np.float64))
    reach = np.divide(paid, cover, out=np.ones(cover.size), where=cover > 0.0)
    return np.asarray(gross - reach * (gross - net), dtype=np.float64)


def _capital(rated: pd.DataFrame, rules: RuleSettings, failed: Failed | None) -> dict[str, float]:
    """Required capital of all loans, those in default too."""
    import pandas as pd

    provisions = np.zeros(len(rated))
    if failed is not None:
        rated = pd.concat([rated, failed.tape], ignore_index=True)
        provisions = np.append(provisions, failed.ecl_eur)
    table = loan_capital(
        rated,
        approach=rules.approach,
        year=rules.year,
        provisions_eur=provisions,
        known_guarantors=rules.guarantor_weights,
    )
    summary = capital_summary(
        table, approach=rules.approach, year=rules.year, capital_ratio=rules.capital_ratio
    )
    required = summary[summary["measure"] == "required"]
    return {"rwa_eur": total(required["rwa_eur"]), "capital_eur": total(required["capital_eur"])}
