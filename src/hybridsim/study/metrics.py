"""The metrics table: every figure that the terminal, the report and the Python API show.

A metric is data: a name, a unit, what it means, and sums of columns to divide. It is computed here and
nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from hybridsim.core.estimate import Estimate
from hybridsim.study import metrics_cohorts, metrics_impact, metrics_public, metrics_risk, metrics_scaling
from hybridsim.study.figures import Figures, Lookup, evaluate
from hybridsim.study.metric import Metric
from hybridsim.study.statistics import constant, mean, missing, quantile, ratio, shortfall

METRICS: tuple[Metric, ...] = (
    *metrics_risk.METRICS,
    *metrics_impact.METRICS,
    *metrics_scaling.METRICS,
    *metrics_public.METRICS,
    *metrics_cohorts.METRICS,
)
"""All metrics, in the order of the table."""

_ONLY_SUMS = "sums over replications; no interval: only sums are stored"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the metrics table."""

    metric: str
    scope: str
    value: float | None
    unit: str
    se: float | None
    ci_low: float | None
    ci_high: float | None
    n: int
    method: str

    def as_record(self) -> dict[str, Any]:
        """Column names to values; None where there is no figure."""
        return asdict(self)


def compute(figures: Figures) -> list[Row]:
    """The metrics table of a run.

    Raises
    ------
    InvariantError
        If an expected shortfall came out below its value at risk or the mean.
    """
    return list(_rows(figures))


def describe() -> list[dict[str, str | bool | float]]:
    """Every metric with unit, group, meaning and formula, for manifest and documentation."""
    return [
        {
            "metric": m.name,
            "scope": m.scope,
            "unit": m.unit,
            "group": m.group,
            "text": m.text,
            "formula": m.formula,
            "title": m.title,
            "main": bool(m.title),
            "statistic": m.statistic,
            "level": m.level,
        }
        for m in METRICS
    ]


def _rows(figures: Figures) -> Iterator[Row]:
    for metric in METRICS:
        if metric.scope == "type":
            yield from _by_type(metric, figures)
            continue
        for scope, lookup in figures.scopes(metric.scope):
            yield _row(metric, scope, estimate(metric, lookup, figures.n))


def estimate(metric: Metric, lookup: Lookup, n: int) -> Estimate:
    """A figure from its columns; ``n`` replications."""
    values = evaluate(metric.numerator, lookup)
    if metric.statistic == "quantile":
        return _with_note_below_mean(quantile(values, metric.level), mean(values))
    if metric.statistic == "shortfall":
        return shortfall(values, metric.level)
    if not metric.denominator:
        return mean(values)
    below = evaluate(metric.denominator, lookup)
    if not below.any():
        return missing(n, metric.if_undefined or "the denominator is zero in all replications")
    if below.min() == below.max():
        return mean(values / below[0])
    return ratio(values, below)


def _with_note_below_mean(found: Estimate, expected: Estimate) -> Estimate:
    if found.value is None or expected.value is None or found.value >= expected.value:
        return found
    note = f"{found.method}; below the expected loss: a few loans carry it"
    return Estimate(found.value, found.se, found.ci_low, found.ci_high, found.n, note)


def _by_type(metric: Metric, figures: Figures) -> Iterable[Row]:
    """Only sums over replications are stored by institution, so these figures have no interval."""
    table = figures.institutions
    for name in sorted(set(table["type"].tolist())):
        members = table["type"] == name

        lookup = figures.of_institutions(members)
        above = float(evaluate(metric.numerator, lookup)[0])
        below = float(evaluate(metric.denominator, lookup)[0]) if metric.denominator else float(figures.n)
        if below == 0.0:
            found = missing(figures.n, "the denominator is zero in all replications")
        else:
            found = constant(above / below, figures.n, _ONLY_SUMS)
        yield _row(metric, f"type:{name}", found)


def _row(metric: Metric, scope: str, e: Estimate) -> Row:
    return Row(metric.name, scope, e.value, metric.unit, e.se, e.ci_low, e.ci_high, e.n, e.method)
