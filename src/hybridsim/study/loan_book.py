"""The loans of a run as a lender's book: what was owed at any month of any future, and what it depends on."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hybridsim.core.errors import DataError, InputError
from hybridsim.credit.factor_state import FactorState, point_in_time, shifted, through_the_cycle
from hybridsim.credit.portfolio import Dependence
from hybridsim.rollout.world import RUN_OFF_YEARS
from hybridsim.study.again import check_replication, plan_again
from hybridsim.study.loan_future import LoanFuture, loan_future
from hybridsim.study.loan_tape import FACTOR, tape

if TYPE_CHECKING:
    import pandas as pd

    from hybridsim.rollout.world import World
    from hybridsim.study.plan import Plan
    from hybridsim.study.store import StoredRun

__all__ = ["FACTOR", "LoanBook", "loans_at", "run_dependence"]


class LoanBook:
    """The futures of a stored run as books of loans.

    Nothing is simulated for the first ten replications, whose loans are stored; another one is told again by
    its key, and refused if it does not come out as it was counted.

    Parameters
    ----------
    run
        A run, or its folder.
    folder
        Where the population file lies, if the run had one.
    """

    def __init__(self, run: StoredRun | str | Path, folder: Path | None = None) -> None:
        from hybridsim.study.store import load_run

        self.run = load_run(run) if isinstance(run, str | Path) else run
        self._folder = folder
        self._last: LoanFuture | None = None

    @cached_property
    def plan(self) -> Plan:
        """What was simulated.

        Raises
        ------
        DataError
            If this version makes other institutions of it.
        """
        plan = plan_again(self.run, self._folder)
        if plan.world.ids != self.run.institutions["id"].tolist():
            raise DataError(
                f"{self.run.folder}: its scenario gives other institutions today; run the scenario again"
            )
        return plan

    @property
    def world(self) -> World:
        """Institutions, instruments and factors of the run."""
        return self.plan.world

    def loans_at(self, month: float, replication: int) -> pd.DataFrame:
        """Loans with something outstanding after what is paid at a month: see `study.loan_tape.tape`.

        Parameters
        ----------
        month
            Months after the start, from 0; after the horizon loans run off.
        replication
            Number of the future.

        Raises
        ------
        InputError
            If there is no such month or replication.
        DataError
            If the replication does not come out as it was counted.
        """
        self._check(month, replication)
        if self._last is None or self._last.replication != replication:
            self._last = loan_future(self.run, self.plan, replication)
        return tape(self.world, self._last, month)

    def factors_at(self, month: float, replication: int, known: bool = True) -> FactorState:
        """The run's factors of the year that contains a month, as they look from its start.

        Parameters
        ----------
        known
            Point in time: given the state of this future's year before, and the stress of the year. Otherwise
            through the cycle, which is the same for all futures and knows no stress. Before year 0 nothing is
            known unless the scenario gives a start.
        """
        self._check(month, replication)
        world, year = self.world, int(month // 12.0)
        if not known:
            return through_the_cycle(world.factors)
        before = world.start_state if year == 0 else _state(world, replication, year - 1)
        state = through_the_cycle(world.factors) if before is None else point_in_time(world.factors, before)
        for k, name in enumerate(world.factors.names):
            fixed = world.stress.fix[k][year]
            if fixed == fixed:
                state = _fixed(state, k, fixed)
            else:
                state = shifted(state, name, world.stress.shift[k][year])
        return state

    def dependence(self, month: float, replication: int, known: bool = True) -> Dependence:
        """How defaults and recoveries of that year hang together: the run's factors, its estates' spread."""
        risk = self.world.scenario.default_risk
        return Dependence(
            self.factors_at(month, replication, known),
            lgd_sigma=risk.recovery_sigma.value,
            lgd_economy=risk.recovery_economy.value,
            economy=self.world.factors.names[0],
        )

    def _check(self, month: float, replication: int) -> None:
        check_replication(self.run, replication)
        last = 12 * (self.world.years + RUN_OFF_YEARS)
        if not 0.0 <= month < last:
            raise InputError(
                f"month(={month}) must be from 0 to below {last}, the last that loans run off to"
            )


def loans_at(
    run: StoredRun | str | Path, month: float, replication: int = 0, folder: Path | None = None
) -> pd.DataFrame:
    """Loans of one future of a run at a month, in the columns of a tape; see `LoanBook.loans_at`."""
    return LoanBook(run, folder).loans_at(month, replication)


def run_dependence(
    run: StoredRun | str | Path,
    month: float,
    replication: int = 0,
    known: bool = True,
    folder: Path | None = None,
) -> Dependence:
    """How the obligors of that book hang together; see `LoanBook.dependence`."""
    return LoanBook(run, folder).dependence(month, replication, known)


def _state(world: World, replication: int, year: int) -> list[float]:
    """State from which the year after goes on: a fixed factor as it is, another without its shift."""
    path = world.factor_years(replication)
    shift, fix = world.stress.shift, world.stress.fix
    return [
        path[k][year] if fix[k][year] == fix[k][year] else path[k][year] - shift[k][year]
        for k in range(len(path))
    ]


def _fixed(state: FactorState, k: int, value: float) -> FactorState:
    """A factor that the stress imposes; the others keep their own draws, as in the engines."""
    mean, root = np.array(state.mean), np.array(state.root)
    mean[k], root[k, :] = value, 0.0
    return replace(state, mean=mean, root=root)
