"""A book under stress: losses, provisions and capital with the factors shifted or given.

Expected losses are exact in each state (:mod:`hybridsim.book.expecting`); the tail is the caller's to
simulate. A stress holds in the first year and drifts back from there.
"""

from __future__ import annotations

from dataclasses import replace
from math import ceil, log
from typing import TYPE_CHECKING

import numpy as np

from hybridsim.book.amounts import rounded, total
from hybridsim.book.capital_rules import capital_summary, loan_capital
from hybridsim.book.expecting import ExpectedLoss, expected_loss, loss_share
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

    Returns
    -------
    pandas.DataFrame
        ``stress``, ``default_rate`` (PD weighted by exposure), ``gross_expected_loss_eur``,
        ``expected_loss_eur`` (of one year, after guarantees without pool caps), ``ecl_eur`` (allowances
        with the PDs of the state in each year, stages moved by those of the first one), ``stage_2_eur``
        (exposure in stage 2), ``rwa_eur`` and ``capital_eur`` (8 %; under IRB with the PDs of the first
        year, as if all ratings had followed), ``var_eur``, ``es_eur``, and for all of them
        ``..._change_eur`` to the baseline.
    """
    import pandas as pd

    rows = []
    for name, state in {BASELINE: dependence.factors, **states}.items():
        stressed = replace(dependence, factors=state)
        row: dict[str, str | float] = {"stress": name}
        loss = expected_loss(book, stressed)
        share = loss_share(book, stressed, loss)
        row |= _losses(book, stressed, loss)
        row |= _rules(book, stressed, share, tape, loans, rules, persistence)
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


def _rules(
    book: Portfolio,
    dependence: Dependence,
    share: Floats,
    tape: pd.DataFrame,
    loans: Contracts,
    rules: RuleSettings,
    persistence: float,
) -> dict[str, float]:
    """Allowances and capital with the PDs of the state."""
    longest = -(-int(loans.months.max(initial=12)) // 12)
    forgotten = ceil(log(_FORGOTTEN) / log(persistence)) + 1 if persistence > 0.0 else 2
    years = min(_YEARS, longest, forgotten)
    chances = coming_years(book, dependence, persistence, years)[book.obligor]
    then = tape["originated_pd"].where(tape["originated_pd"].notna(), tape["pd"])
    moved = tape.assign(pd=chances[:, 0], originated_pd=then)
    stage = stage_of(moved, rules)

    def yearly(rows: Integers, wanted: int) -> Floats:
        return chances[rows, : max(wanted, 1)]

    losses = expected_losses(loans, share, yearly)
    allowance = loss_allowance(stage, losses.twelve_month, losses.lifetime, share * loans.principal_eur)
    table = loan_capital(
        moved, approach=rules.approach, year=rules.year, known_guarantors=rules.guarantor_weights
    )
    summary = capital_summary(
        table, approach=rules.approach, year=rules.year, capital_ratio=rules.capital_ratio
    )
    required = summary[summary["measure"] == "required"]
    return {
        "ecl_eur": total(allowance),
        "stage_2_eur": total(loans.principal_eur[stage == 2]),
        "rwa_eur": total(required["rwa_eur"]),
        "capital_eur": total(required["capital_eur"]),
    }
