"""One book analysed: loss distribution, who causes it, rules, pricing, stress, put together to tables."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from hybridsim.book import earning, ruling, stressing, tailing
from hybridsim.book.amounts import total
from hybridsim.book.causing import contributions
from hybridsim.book.concentrating import concentration
from hybridsim.book.contributing import Contributed, contributed
from hybridsim.book.frames import frame
from hybridsim.book.from_run import FromRun, futures
from hybridsim.book.metrics import DEFINITIONS, in_currency
from hybridsim.book.other_models import other_models
from hybridsim.book.ruling import Ruled, ruled
from hybridsim.book.store import BookResult
from hybridsim.book.telling import (
    book_rows,
    capital_rows,
    capital_table,
    ecl_rows,
    loans_table,
    provisions_table,
)
from hybridsim.credit.tail.risk import tail_risk
from hybridsim.study.metrics import Row
from hybridsim.study.tables import METRICS

if TYPE_CHECKING:
    import pandas as pd

    from hybridsim.book.assembly import Assembly
    from hybridsim.book.settings import BookSettings
    from hybridsim.credit.tail.result import TailResult

Progress = Callable[[str, int, int], None]
"""Called with the name of the stage, scenarios told and planned."""

Tick = Callable[[int, int], None]


@dataclass(frozen=True)
class Inputs:
    """A book ready to be analysed."""

    title: str
    currency: str
    assembly: Assembly
    settings: BookSettings
    rows_out: pd.DataFrame
    """Rows of the tape that are not in the book: the table ``rejected``."""
    notes: tuple[str, ...]
    facts: dict[str, Any]
    """Entries of the manifest: tape, mapping, settings."""
    run: FromRun | None = None
    """The run that the loans, or some of them, come from."""


def analyse(inputs: Inputs, *, workers: int | None = None, progress: Progress | None = None) -> BookResult:
    """Analyse a book; the result depends on neither workers nor the order of the tape's rows.

    Raises
    ------
    InvariantError
        If a table breaks a rule of risk measures; names the seed.
    """
    began, clock = datetime.now(UTC), time.monotonic()
    settings, assembly = inputs.settings, inputs.assembly
    rules = ruled(assembly, settings)
    risk = simulated(assembly, settings, workers, _stage("book", progress))
    parts = contributed(risk, assembly, rules.tape, progress=_stage("who causes it", progress))
    prices = earning.priced(rules, parts, settings)
    loans = loans_table(rules, parts, prices)
    bare = _without_guarantees(inputs, rules, workers, progress)
    guarantees, worth = earning.worth(rules, parts, bare, settings) if bare else earning.no_worth()
    capital = capital_table(rules, risk, parts, settings)
    causes = contributions(loans, parts.groups)
    concentrated, lorenz = concentration(causes)
    by_future, of_futures = frame("futures", ()), list[Row]()
    if inputs.run is not None:
        by_future, of_futures = futures(inputs.run, settings, workers, progress)
    tables = {
        "loans": loans,
        "contributions": causes,
        "distribution": tailing.distribution(risk),
        "concentration": concentrated,
        "lorenz": lorenz,
        "stresses": stressing.stresses(
            assembly, rules, settings, risk, parts.expected_loss, workers, progress
        ),
        "models": other_models(assembly.portfolio, assembly.dependence, risk, parts.expected_loss),
        "reverse_stress": stressing.reverse(assembly, settings, _losses(capital)),
        "cash_flows": ruling.cash_flow_table(rules, settings),
        "provisions": provisions_table(loans),
        "pd_terms": ruling.terms(rules, settings),
        "capital": capital,
        "pricing": earning.pricing_table(prices),
        "guarantees": guarantees.assign(
            unit=[in_currency(unit, inputs.currency) for unit in guarantees["unit"]]
        ),
        "futures": by_future,
        "rejected": inputs.rows_out,
    }
    rows: list[Row] = [
        *of_futures,
        *book_rows(rules, inputs.rows_out),
        *tailing.loss_rows(risk, parts.expected_loss, total(loans["exposure_eur"])),
        *parts.added,
        *capital_rows(capital, risk, parts, settings),
        *ecl_rows(loans),
        *worth,
        *earning.pricing_rows(prices),
        *tailing.quality_rows(risk),
    ]
    timings = {
        "began": began.isoformat(timespec="seconds"),
        "seconds": round(time.monotonic() - clock, 3),
        "workers": workers,
    }
    manifest = {**inputs.facts, "notes": [*risk.warnings, *assembly.notes, *inputs.notes], "timings": timings}
    return BookResult(manifest, metrics_frame(rows, inputs.currency), tables)


def simulated(
    assembly: Assembly, settings: BookSettings, workers: int | None, tick: Tick | None
) -> TailResult:
    """The loss distribution of an assembled book, to the settings' precision."""
    asked = settings.simulation
    ai = (assembly.loans["part"] == "ai").to_numpy()
    return tail_risk(
        assembly.portfolio,
        assembly.dependence,
        level=asked.level,
        precision=asked.precision,
        seed=asked.seed,
        workers=workers,
        max_scenarios=asked.max_scenarios,
        parts=ai.astype(np.int64) if ai.any() and not ai.all() else None,
        progress=tick,
    )


def metrics_frame(rows: list[Row], currency: str) -> pd.DataFrame:
    """The metrics table in the order of the definitions, money in the book's currency."""
    import pandas as pd

    order = {definition.metric: place for place, definition in enumerate(DEFINITIONS)}
    records = [row.as_record() for row in sorted(rows, key=lambda row: order[row.metric])]
    for record in records:
        record["unit"] = in_currency(record["unit"], currency)
    table = pd.DataFrame(records, columns=[column.name for column in METRICS])
    return table.astype({column.name: "float64" for column in METRICS if column.type == "double"})


def _without_guarantees(
    inputs: Inputs, rules: Ruled, workers: int | None, progress: Progress | None
) -> Contributed | None:
    """The loss distribution of the same book without any guarantee; None if there is none."""
    if not earning.guaranteed(rules):
        return None
    book = inputs.assembly.portfolio
    bare = replace(inputs.assembly, portfolio=replace(book, cover=np.zeros_like(book.cover)))
    risk = simulated(bare, inputs.settings, workers, _stage("without guarantees", progress))
    told = _stage("without guarantees, who causes it", progress)
    return contributed(risk, bare, rules.tape, named=False, progress=told)


def _stage(name: str, progress: Progress | None) -> Tick | None:
    return None if progress is None else lambda done, planned: progress(name, done, planned)


def _losses(capital: pd.DataFrame) -> list[float]:
    """The loss whose likeliest state is worth knowing if none is asked for: the required capital."""
    required = float(capital.loc[capital["measure"] == "required", "capital_eur"].iloc[0])
    return [required] if required > 0.0 else []
