"""One run of a comparison, opened: its figures, their definitions, and the influence of its replications."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from hybridsim.study.figures import Figures, Lookup, evaluate
from hybridsim.study.influence import Change, Influence, influence, paired, quantiles, unpaired
from hybridsim.study.metrics import METRICS, describe

if TYPE_CHECKING:
    from hybridsim.study.metric import Metric
    from hybridsim.study.store import StoredRun

Key = tuple[str, str]

_DEFINED_BY = ("unit", "formula", "statistic", "level")
_METRICS: dict[Key, Metric] = {(metric.name, metric.scope): metric for metric in METRICS}
_CURRENT: dict[Key, dict[str, Any]] = {
    (str(entry["metric"]), str(entry["scope"])): {name: entry[name] for name in _DEFINED_BY}
    for entry in describe()
}


class Side:
    """A stored run with its tables open."""

    def __init__(self, label: str, run: StoredRun) -> None:
        manifest = run.manifest
        self.label = label
        self.rows: dict[Key, dict[str, Any]] = {
            (row["metric"], row["scope"]): {str(name): _plain(value) for name, value in row.items()}
            for row in run.metrics.to_dict("records")
        }
        self._definitions: dict[Key, dict[str, Any]] = {
            (entry["metric"], entry["scope"]): entry for entry in manifest["metrics"]["definitions"]
        }
        self._figures = Figures(run.folder, list(manifest["instruments"]), manifest["years"])
        self._lookups: dict[str, Lookup] = {}
        self._resampled: dict[tuple[int, str], dict[float, Change]] = {}

    def __enter__(self) -> Side:
        self._figures.__enter__()
        for kind in ("total", "instrument", "year", "cohort"):
            self._lookups.update(self._figures.scopes(kind))
        return self

    def __exit__(self, *error: object) -> None:
        self._figures.__exit__(*error)

    def group(self, metric: str, scope: str) -> str:
        """Group of a metric, such as risk."""
        return str(self._definitions.get((metric, _kind(scope)), {}).get("group", ""))

    def defined(self, metric: str, scope: str) -> dict[str, Any]:
        """What decides the meaning of a metric in the version that wrote the run."""
        entry = self._definitions.get((metric, _kind(scope)), {})
        return {name: entry.get(name) for name in _DEFINED_BY}

    def influence(self, metric: Metric, scope: str) -> Influence:
        """Influence of each replication on a figure."""
        return influence(metric, self._lookups[scope])

    def quantile_change(self, other: Side, metric: Metric, scope: str, pair: bool) -> Change:
        """Difference of a quantile; all levels of one quantity are resampled together."""
        key = (id(other), metric.numerator)
        if key not in self._resampled:
            alike = [m for m in METRICS if m.statistic == "quantile" and m.numerator == metric.numerator]
            levels = [
                m.level
                for m in alike
                if all(side.rows.get((m.name, scope), {}).get("value") is not None for side in (self, other))
            ]
            x, y = (evaluate(metric.numerator, side._lookups[scope]) for side in (self, other))
            self._resampled[key] = quantiles(x, y, levels, pair)
        return self._resampled[key][metric.level]


def change(baseline: Side, other: Side, name: str, scope: str, pair: bool) -> Change:
    """Difference of one figure that both runs have a row for."""
    before, after = baseline.rows[name, scope], other.rows[name, scope]
    for side, row in ((baseline, before), (other, after)):
        if row["value"] is None:
            return _none(None, f"no figure in {side.label}: {row['method']}")
    metric = _METRICS.get((name, _kind(scope)))
    now = _CURRENT.get((name, _kind(scope)))
    if metric is None or not baseline.defined(name, scope) == other.defined(name, scope) == now:
        return _none(None, "not defined alike in the versions that wrote the runs and in this one")
    if metric.scope == "type":
        return _none(after["value"] - before["value"], "no interval: only sums over replications are stored")
    if metric.statistic == "quantile":
        return baseline.quantile_change(other, metric, scope, pair)
    z, z_other = baseline.influence(metric, scope), other.influence(metric, scope)
    doubt = z.doubt or z_other.doubt
    if doubt and not (pair and np.array_equal(z.values, z_other.values)):
        return _none(after["value"] - before["value"], f"no interval: {doubt}")
    of_both = paired if pair else unpaired
    return of_both(before["value"], after["value"], z.values, z_other.values, z.method)


def _none(difference: float | None, method: str) -> Change:
    return Change(difference, None, None, None, None, method)


def _kind(scope: str) -> str:
    return scope.split(":", 1)[0]


def _plain(value: Any) -> Any:  # noqa: ANN401  (a cell of a table)
    return None if isinstance(value, float) and math.isnan(value) else value
