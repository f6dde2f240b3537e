"""Columns of a stored run by scope, in natural units: what the metrics are computed from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from hybridsim.rollout import layout

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]
Lookup = Callable[[str], Floats]
"""From the name of a column to its values by replication, shape (n,)."""

_COLUMNS_KEPT = 24


def _scale(unit: str) -> float:
    for word, scale in (("cent", 0.01), ("thousandths", 0.001), ("millionths", 1e-6)):
        if unit.startswith(word):
            return scale
    return 1.0


_SCALES = {
    column.name: _scale(column.unit)
    for table in (layout.REPLICATION, layout.YEAR, layout.INSTRUMENT, layout.INSTITUTION, layout.COHORT)
    for column in table
}


def terms(expression: str) -> list[tuple[int, str]]:
    """Signed column names of a sum such as ``"lent_cents - repaid_cents"``."""
    signed, sign = [], 1
    for word in expression.split():
        if word in ("+", "-"):
            sign = 1 if word == "+" else -1
        else:
            signed.append((sign, word))
    return signed


def evaluate(expression: str, lookup: Lookup) -> Floats:
    """A sum of columns by replication, shape (n,)."""
    total: Floats | None = None
    for sign, name in terms(expression):
        values = lookup(name) if sign > 0 else -lookup(name)
        total = values if total is None else total + values
    if total is None:
        raise ValueError(f"no column in {expression!r}")
    return total


class Figures:
    """Columns of the result tables in a folder, in euros, hours, years and months.

    Besides the columns of the layout there are: ``institutions``, ``institutions_small`` (one site),
    ``institutions_large``, ``cohorts`` and ``cohorts_complete`` (years), ``rated_defaults_financed``
    (financed years times the population's mean hazard at its ratings), ``adopters_last`` and ``users_last``
    (last year), ``reasons`` and ``reason_NAME``, and for an instrument ``answers`` and ``answer_NAME``.
    """

    def __init__(self, folder: Path, instruments: list[str], years: int) -> None:
        self._instruments = instruments
        self._years = years
        self._folder = folder
        self._files: dict[str, Any] = {}
        self._closing = ExitStack()
        # Metrics ask for a column once per scope, one after the other; few need to be kept.
        self._read = lru_cache(maxsize=_COLUMNS_KEPT)(self._read_column)

    def __enter__(self) -> Figures:
        return self

    def __exit__(self, *error: object) -> None:
        self._closing.close()

    @cached_property
    def n(self) -> int:
        """Number of replications."""
        return len(self._read("replications", "replication"))

    @cached_property
    def institutions(self) -> dict[str, Any]:
        """Columns of the table of institutions."""
        names = ["type", "sites", "pd_pa", *(column.name for column in layout.INSTITUTION)]
        return {name: self._read("institutions", name) for name in names}

    def of_institutions(self, members: npt.NDArray[np.bool_]) -> Lookup:
        """Columns summed over some institutions and all replications, shape (1,)."""

        def column(name: str) -> Floats:
            if name == "institutions":
                return np.array([float(np.sum(members)) * self.n])
            return np.array([int(self.institutions[name][members].sum()) * _SCALES[name]])

        return column

    def scopes(self, kind: str) -> Iterator[tuple[str, Lookup]]:
        """Every scope of a kind (total, instrument, year, cohort) with its columns.

        Of cohorts only those with a whole follow-up, and all of these together.
        """
        if kind == "total":
            yield "total", self.total
        elif kind == "instrument":
            for index, name in enumerate(self._instruments):
                yield f"instrument:{name}", self._of_instrument(index)
        elif kind == "year":
            for year in range(self._years):
                yield f"year:{year}", self._of_year(year)
        elif kind == "cohort":
            complete = self._complete_cohorts
            for year in complete:
                yield f"cohort:{year}", self._of_cohorts([year])
            if complete:
                yield "cohort:all", self._of_cohorts(complete)
        else:
            raise ValueError(f"no scope {kind!r}")

    def total(self, name: str) -> Floats:
        """One column over the whole world."""
        constants = self._constants
        if name in constants:
            return np.full(self.n, constants[name])
        if name == "rated_defaults_financed":
            return self.total("financed_years") * self.mean_rating_hazard
        if name in ("adopters_last", "users_last"):
            return np.asarray(self._year_column(name.removesuffix("_last"))[:, -1])
        if name == "reasons" or name.startswith("reason_"):
            return _counted(self._reasons, layout.REASONS, name, "reason")
        return self._scaled("replications", name)

    @cached_property
    def mean_rating_hazard(self) -> float:
        """Mean over institutions of the yearly hazard ``-ln(1 - PD)`` at their ratings."""
        pd = self.institutions["pd_pa"]
        return float(np.mean(-np.log1p(-pd))) if len(pd) else 0.0

    @cached_property
    def _constants(self) -> dict[str, float]:
        sites = self.institutions["sites"]
        return {
            "institutions": float(len(sites)),
            "institutions_small": float(np.sum(sites == 1)),
            "institutions_large": float(np.sum(sites > 1)),
            "cohorts": float(self._years),
            "cohorts_complete": float(len(self._complete_cohorts)),
        }

    def _of_instrument(self, index: int) -> Lookup:
        def column(name: str) -> Floats:
            if name == "answers" or name.startswith("answer_"):
                return _counted(self._answers[:, index, :], layout.ANSWERS, name, "answer")
            return self._instrument_column(name)[:, index]

        return column

    def _of_year(self, year: int) -> Lookup:
        def column(name: str) -> Floats:
            if name in self._constants:
                return np.full(self.n, self._constants[name])
            return self._year_column(name)[:, year]

        return column

    @cached_property
    def _complete_cohorts(self) -> list[int]:
        """Cohorts whose follow-up ends within the horizon; the same in all replications."""
        complete = self._read("cohorts", "complete").reshape(self.n, self._years)
        return [int(year) for year in np.flatnonzero(complete[0])]

    def _of_cohorts(self, years: list[int]) -> Lookup:
        def column(name: str) -> Floats:
            if name in self._constants:
                return np.full(self.n, self._constants[name])
            table = self._scaled("cohorts", name).reshape(self.n, self._years)
            return np.asarray(table[:, years].sum(axis=1))

        return column

    def _year_column(self, name: str) -> Floats:
        return self._scaled("years", name).reshape(self.n, self._years)

    def _instrument_column(self, name: str) -> Floats:
        return self._scaled("instruments", name).reshape(self.n, len(self._instruments))

    @cached_property
    def _answers(self) -> Counts:
        # By far the largest column: kept as it is, and only here.
        shape = (self.n, len(self._instruments), len(layout.ANSWERS))
        return self._read_column("answers", "requests").reshape(shape)

    @cached_property
    def _reasons(self) -> Counts:
        return self._read_column("reasons", "projects").reshape(self.n, len(layout.REASONS))

    def _scaled(self, table: str, name: str) -> Floats:
        values: Floats = self._read(table, name).astype(np.float64)
        return values * _SCALES[name]

    def _read_column(self, table: str, name: str) -> npt.NDArray[Any]:
        from pyarrow import parquet

        if table not in self._files:
            file = parquet.ParquetFile(self._folder / f"{table}.parquet")
            self._files[table] = self._closing.enter_context(file)
        column = self._files[table].read(columns=[name]).column(0)
        return np.asarray(column.to_pylist() if str(column.type) == "string" else column.to_numpy())


def _counted(counts: Counts, labels: Sequence[str], name: str, kind: str) -> Floats:
    """All counts of a row together (``answers``) or those under one label (``answer_LABEL``)."""
    if name == f"{kind}s":
        return np.asarray(counts.sum(axis=1), dtype=np.float64)
    return counts[:, labels.index(name.removeprefix(f"{kind}_"))].astype(np.float64)
