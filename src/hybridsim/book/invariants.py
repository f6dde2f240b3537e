"""What must hold in the tables of a book before anything is written; what breaks it is our fault."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from hybridsim.book.fields import METRICS, NULLABLE, TABLES
from hybridsim.core.errors import InvariantError

if TYPE_CHECKING:
    import pandas as pd

    from hybridsim.book.store import BookResult
    from hybridsim.study.tables import Field

_CENT = 0.005
_ADDITIVE = ("exposure_eur", "el_eur", "var_eur", "es_eur")
_TOTALS = {
    "exposure_eur": "exposure_eur",
    "el_eur": "expected_loss_eur",
    "var_eur": "loss_var_eur",
    "es_eur": "loss_es_eur",
}


def check(found: BookResult) -> None:
    """Refuse tables that break a rule of risk measures or hold something that is no figure.

    Raises
    ------
    InvariantError
        Naming every rule that is broken and the seed to replay it.
    """
    faults = [*_not_figures(found), *_measures(found.metrics), *_sums(found)]
    if faults:
        seed = found.manifest["seed"]
        raise InvariantError(f"the book's tables break rules (seed {seed}): {'; '.join(faults)}")


def cents(amounts: pd.Series[float]) -> int:
    """Sum of amounts in whole cents, each rounded first: what adding up a printed column gives."""
    return int(np.rint(amounts.to_numpy(dtype=np.float64) * 100.0).astype(np.int64).sum())


def _not_figures(found: BookResult) -> Iterator[str]:
    frames: dict[str, tuple[pd.DataFrame, tuple[Field, ...]]] = {
        name: (found.tables[name], fields) for name, fields in TABLES.items()
    }
    frames["metrics"] = (found.metrics, METRICS)
    for name, (frame, fields) in frames.items():
        for field in fields:
            if field.type != "double":
                continue
            values = frame[field.name].to_numpy(dtype=np.float64)
            wrong = np.isinf(values) if field.name in NULLABLE.get(name, ()) else ~np.isfinite(values)
            if wrong.any():
                row = int(np.flatnonzero(wrong)[0])
                yield f"{name}.{field.name} is {values[row]} in row {row} and {int(wrong.sum())} in all"


def _measures(metrics: pd.DataFrame) -> Iterator[str]:
    values = _values(metrics)
    for (metric, scope), shortfall in values.items():
        if metric != "loss_es_eur" or shortfall != shortfall:
            continue
        # A part of the book has its own value at risk; only the whole has an expected loss beside it.
        for other in ("loss_var_eur", "expected_loss_eur"):
            below = values.get((other, "total" if other == "expected_loss_eur" else scope), np.nan)
            if below > shortfall + _CENT:
                yield f"{scope}: the expected shortfall {shortfall:.2f} is below {other} {below:.2f}"


def _values(metrics: pd.DataFrame) -> dict[tuple[str, str], float]:
    columns = (metrics[name].tolist() for name in ("metric", "scope", "value"))
    return {(str(metric), str(scope)): float(value) for metric, scope, value in zip(*columns, strict=True)}


def _sums(found: BookResult) -> Iterator[str]:
    """Each kind of contribution adds up to the whole, cent by cent, and so do the loans."""
    totals = _values(found.metrics)
    whole = {name: round(totals[metric, "total"] * 100.0) for name, metric in _TOTALS.items()}
    kinds = found.contributions.groupby("kind", sort=False)
    for label, frame in [("loans", found.loans), *((str(kind), part) for kind, part in kinds)]:
        for name in _ADDITIVE:
            if len(frame) and cents(frame[name]) != whole[name]:
                yield f"{label}: {name} adds up to {cents(frame[name])} cents, the book's is {whole[name]}"
