"""Loans of a run at a month in several futures: each simulated, beside a tape if there is one, then mixed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import numpy as np

from hybridsim.book.assembly import Assembly, assemble
from hybridsim.book.joining import joined, with_loadings
from hybridsim.book.mixing import FutureLosses, MixedLosses, future_seed, mixed
from hybridsim.book.settings import BookSettings, changed
from hybridsim.credit.tail.risk import tail_risk
from hybridsim.study.tables import LOAN_REPLICATIONS

if TYPE_CHECKING:
    import pandas as pd

    from hybridsim.study.loan_book import LoanBook

MOST_SCENARIOS = 1 << 18
"""Of one future: a book of few loans never gets very precise, and what futures differ by is far more."""

Progress = Callable[[int, int], None]
"""Called with the futures done and asked for."""


def future_assembly(
    run: LoanBook, month: float, replication: int, settings: BookSettings, tape: pd.DataFrame | None = None
) -> Assembly | None:
    """Loans of one future on the run's factors, known up to the year before; a tape keeps its own.

    None if nothing is owed that is not in default already.

    Raises
    ------
    InputError
        If there is no such month or future, or settings or tape do not fit.
    """
    loans, state = run.loans_at(month, replication), run.factors_at(month, replication)
    if tape is not None:
        calm = changed(settings, {"model.shift": {}, "model.given": {}})
        alone = assemble(tape, calm)
        own = alone.dependence.factors
        weighted = with_loadings(tape, alone.obligors["obligor_id"].tolist(), alone.portfolio.loadings, own)
        loans, state = joined(weighted, own, loans, state)
    if not (loans["defaulted"] == 0.0).any():
        return None
    return assemble(loans, settings, state)


def mixed_run(
    run: LoanBook,
    month: float,
    settings: BookSettings,
    *,
    replications: Iterable[int] | None = None,
    tape: pd.DataFrame | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> MixedLosses:
    """Loss distribution of the coming year over the futures of a run, all equally likely.

    Parameters
    ----------
    month
        At which the loans are taken.
    settings
        Level, precision and seed are those of [simulation]; the precision is that of each future, as far as
        `MOST_SCENARIOS` reach.
    replications
        Numbers of futures; left out: those whose loans are stored. Each further one is told again first.
    tape
        A bank's own loans, the same in all futures, in the columns of a tape.

    Raises
    ------
    InputError
        If there is no such month or future, or settings or tape do not fit.
    DataError
        If a future does not come out as the run counted it.
    """
    asked = settings.simulation
    done = int(run.run.manifest["replications"]["done"])
    numbers = list(range(min(done, LOAN_REPLICATIONS)) if replications is None else replications)
    losses = []
    for position, replication in enumerate(numbers):
        book = future_assembly(run, month, replication, settings, tape)
        if book is None:
            losses.append(FutureLosses(replication, 0.0, np.zeros(1), np.ones(1)))
        else:
            found = tail_risk(
                book.portfolio,
                book.dependence,
                level=asked.level,
                precision=asked.precision,
                seed=future_seed(asked.seed, replication),
                workers=workers,
                max_scenarios=min(asked.max_scenarios, MOST_SCENARIOS),
            )
            chances = found.sample.calibrated.ravel()
            exposure = float(book.portfolio.exposure_eur.sum())
            losses.append(
                FutureLosses(replication, exposure, found.sample.loss.ravel(), chances / chances.sum())
            )
        if progress is not None:
            progress(position + 1, len(numbers))
    return mixed(losses, asked.level)
