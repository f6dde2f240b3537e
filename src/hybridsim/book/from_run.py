"""The loans of a run as a book: one future at one month, and how the other futures differ."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hybridsim.book.assembly import Assembly, assemble
from hybridsim.book.fields import TABLES
from hybridsim.book.frames import frame
from hybridsim.book.joining import joined, with_loadings
from hybridsim.book.mixing import FutureLosses, future_seed, mixed
from hybridsim.book.settings import BookSettings
from hybridsim.book.tailing import COARSER, estimated, exact
from hybridsim.core.errors import InputError
from hybridsim.credit.tail.risk import tail_risk
from hybridsim.study.loan_book import LoanBook
from hybridsim.study.tables import LOAN_REPLICATIONS

if TYPE_CHECKING:
    import pandas as pd

    from hybridsim.study.metrics import Row


@dataclass(frozen=True)
class FromRun:
    """The loans of one future of a run at a month."""

    run: LoanBook
    month: float
    replication: int
    loans: pd.DataFrame
    """Columns of a tape, and ``loading_*`` of the run's factors."""

    @property
    def facts(self) -> dict[str, Any]:
        """What the manifest says of it."""
        manifest = self.run.run.manifest
        return {
            "name": manifest["name"],
            "digest": manifest["digest"],
            "seed": manifest["seed"],
            "month": self.month,
            "replication": self.replication,
            "loans": len(self.loans),
        }


def from_run(folder: str | Path, month: float | None, replication: int) -> FromRun:
    """The loans of a run at a month.

    Raises
    ------
    InputError
        If no month is given, or nothing is owed then.
    """
    if month is None:
        raise InputError(f"{folder}: is a run; say at which month its loans are taken: --at 60")
    run = LoanBook(folder)
    loans = run.loans_at(month, replication)
    if loans.empty:
        raise InputError(
            f"{folder}: no loan is outstanding at month {month:g} of replication {replication}; take another "
            "month, or a design with loans"
        )
    return FromRun(run, month, replication, loans)


def assembled(found: FromRun, settings: BookSettings, tape: pd.DataFrame | None = None) -> Assembly:
    """The loans of a run on its own factors, or with those of a tape on the factors of both.

    The run's factors are known up to the year before the month (point in time).
    """
    state = found.run.factors_at(found.month, found.replication)
    if tape is None:
        return assemble(found.loans, settings, state)
    own = assemble(tape, settings)
    factors = own.dependence.factors
    loaded = with_loadings(tape, own.obligors["obligor_id"].tolist(), own.portfolio.loadings, factors)
    both, together = joined(loaded, factors, found.loans, state)
    return assemble(both, unstressed(settings), together)


def unstressed(settings: BookSettings) -> BookSettings:
    """Settings whose state and stress are in the factors already."""
    model = settings.model.model_copy(update={"state": {}, "shift": {}, "given": {}})
    return settings.model_copy(update={"model": model})


def futures(
    found: FromRun,
    settings: BookSettings,
    workers: int | None,
    progress: Callable[[str, int, int], None] | None = None,
) -> tuple[pd.DataFrame, list[Row]]:
    """The loss of the year over the futures whose loans are stored: the table ``futures`` and its figures.

    Each future's book on the run's factors, mixed with equal weights (`hybridsim.book.mixing`). ``progress``
    is called with the future's name, its scenarios told and planned.
    """
    done = min(int(found.run.run.manifest["replications"]["done"]), LOAN_REPLICATIONS)

    def tick(number: int) -> Callable[[int, int], None] | None:
        name = f"future {number + 1} of {done}"
        return None if progress is None else lambda told, planned: progress(name, told, planned)

    books = [_losses(found, settings, number, workers, tick(number)) for number in range(done)]
    mixture = mixed(books, settings.simulation.level)
    names = [field.name for field in TABLES["futures"]]
    exposures = [book.exposure_eur for book in books]
    rows = [
        estimated("futures_expected_loss_eur", mixture.expected_loss),
        estimated("futures_var_eur", mixture.value_at_risk),
        estimated("futures_es_eur", mixture.expected_shortfall),
        exact("futures_exposure_eur", float(np.mean(exposures)), f"mean of {len(books)} futures"),
    ]
    return frame("futures", mixture.futures[names].itertuples(index=False)), rows


def _losses(
    found: FromRun,
    settings: BookSettings,
    replication: int,
    workers: int | None,
    tick: Callable[[int, int], None] | None,
) -> FutureLosses:
    """The loss distribution of one future's book; a future without performing loans loses nothing."""
    loans = found.run.loans_at(found.month, replication)
    exposure = float(loans["exposure_eur"].sum())
    if not (loans["defaulted"] == 0.0).any():
        return FutureLosses(replication, exposure, np.zeros(1), np.ones(1))
    book = assemble(loans, settings, found.run.factors_at(found.month, replication))
    asked = settings.simulation
    sample = tail_risk(
        book.portfolio,
        book.dependence,
        level=asked.level,
        precision=min(COARSER * asked.precision, 0.5),
        seed=future_seed(asked.seed, replication),
        workers=workers,
        max_scenarios=asked.max_scenarios,
        progress=tick,
    ).sample
    weights = sample.calibrated.ravel()
    return FutureLosses(replication, exposure, sample.loss.ravel(), weights / weights.sum())
