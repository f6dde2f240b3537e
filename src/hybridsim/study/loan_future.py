"""The loans of one future of a run: stored for the first ones, told again by their key for the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hybridsim.core.errors import DataError
from hybridsim.rollout import layout
from hybridsim.study.prepare import simulate_one
from hybridsim.study.tables import LOAN_REPLICATIONS, STORED
from hybridsim.study.writer import as_table, listed_columns

if TYPE_CHECKING:
    import pandas as pd

    from hybridsim.rollout.tally import Outcome
    from hybridsim.study.plan import Plan
    from hybridsim.study.store import StoredRun


@dataclass(frozen=True)
class LoanFuture:
    """Rows of one replication of the tables `loans`, `balances` and `ratings`, with their columns."""

    replication: int
    loans: pd.DataFrame
    balances: pd.DataFrame
    ratings: pd.DataFrame


def loan_future(run: StoredRun, plan: Plan, replication: int) -> LoanFuture:
    """Loans of a replication.

    Raises
    ------
    DataError
        If a replication that is told again differs from what the run counted of it.
    """
    if replication < LOAN_REPLICATIONS:
        parts = (_of(getattr(run, name), replication) for name in ("loans", "balances", "ratings"))
    else:
        outcome = simulate_one(plan, replication, record=False)
        _check_same(run, outcome)
        parts = (_frame(name, outcome, plan) for name in ("loans", "balances", "ratings"))
    return LoanFuture(replication, *parts)


def _of(table: pd.DataFrame, replication: int) -> pd.DataFrame:
    # Rows stand in the order of their replications.
    first, last = np.searchsorted(table["replication"].to_numpy(), [replication, replication + 1])
    return table.iloc[first:last].reset_index(drop=True)


def _frame(name: str, outcome: Outcome, plan: Plan) -> pd.DataFrame:
    rows: list[Any] = [(outcome.replication, *row) for row in getattr(outcome, name)]
    width = len(STORED[name])
    array = np.array(rows, dtype=np.float64).reshape(len(rows), width)
    frame: pd.DataFrame = as_table(STORED[name], listed_columns(name, array, plan.world)).to_pandas()
    return frame


def _check_same(run: StoredRun, outcome: Outcome) -> None:
    """Refuse a future that is not the one that was counted: other code, or another population."""
    names = [column.name for column in layout.REPLICATION]
    counted = run.replications[names].iloc[outcome.replication].tolist()
    for name, before, now in zip(names, counted, outcome.totals, strict=True):
        if before != now:
            raise DataError(
                f"{run.folder}: replication {outcome.replication} comes out differently today ({name}: "
                f"stored {before}, now {now}), so its loans cannot be told; run the scenario again"
            )
