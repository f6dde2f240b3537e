"""What support really does: runs of the same design and the same futures, with and without it.

Switched off for everybody, the difference is the total effect. Switched off for a few, their own difference
is the direct effect of support, and that of the others is what the few's support does to them; total less
direct is spillover. What starts without support as well is deadweight; how much earlier it started with
support is acceleration.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from hybridsim.core.codes import InstitutionType, Land
from hybridsim.core.estimate import CONFIDENCE, Estimate
from hybridsim.rollout.unsupported import cell_levels
from hybridsim.study.levers import levers
from hybridsim.study.starts import first_starts, matched
from hybridsim.study.statistics import mean, missing, ratio

if TYPE_CHECKING:
    from hybridsim.study.store import StoredRun

Floats = npt.NDArray[np.float64]
Members = npt.NDArray[np.bool_]

_SWITCH = "design.unsupported"
_OUTCOMES = (
    ("started", "started", "projects", 1.0),
    ("sustained", "sustained", "projects", 1.0),
    ("hours_freed", "hours_milli", "hours", 0.001),
    ("social_value_eur", "social_pv_cents", "EUR", 0.01),
)
"""Outcome, column of the table of institutions, unit, scale."""


@dataclass(frozen=True, slots=True)
class Effect:
    """One measured effect of support in the run ``without`` it, against the run with it.

    ``estimate`` is with support less without, per institution and future where the measure is an effect;
    ``saturation`` is the share without support in the cells that it is about, if the design deals them out.
    """

    without: str
    measure: str
    outcome: str
    unit: str
    estimate: Estimate
    saturation: float | None = None


MEANINGS = {
    "deadweight": "of the projects with public money in their first close, those that also start without "
    "support within the horizon",
    "deadweight_all": "the same of all projects",
    "acceleration": "how much earlier projects with public money start that would also start without support",
    "crowded_out": "projects that start only without support, per future",
    "total": "support of everybody, per institution without it",
    "direct": "own support, per institution without it",
    "on_others": "what the support of those without it does to one that keeps it, per institution",
    "spillover": "total less direct, of the same institutions",
}
"""Measures and what they are."""


def additionality(runs: Mapping[str, StoredRun]) -> list[Effect]:
    """Effects of support among paired runs of one design, by label; none if no run switches it off."""
    group = _alike(runs)
    supported = {label: _supported(run) for label, run in group.items()}
    if not group:
        return []
    with_it = max(group, key=lambda label: int(supported[label].sum()))
    found: list[Effect] = []
    nobody = next((label for label in group if not supported[label].any()), None)
    for label, run in group.items():
        off = supported[with_it] & ~supported[label]
        if not off.any() or (supported[label] & ~supported[with_it]).any():
            continue
        found += _of_starts(group[with_it], run, label, off)
        found += _of_outcomes(group, with_it, label, off, nobody)
    return found


def _alike(runs: Mapping[str, StoredRun]) -> dict[str, StoredRun]:
    """Runs that differ from the first in nothing but who has support."""
    first = next(iter(runs.values())).manifest["scenario"]
    return {
        label: run
        for label, run in runs.items()
        if all(lever.key.startswith(_SWITCH) for lever in levers(first, run.manifest["scenario"]))
    }


def _supported(run: StoredRun) -> Members:
    return np.asarray(run.institutions["supported"].to_numpy() != 0)


# ------------------------------------------------------------------ started anyway, started earlier


def _of_starts(with_it: StoredRun, without: StoredRun, label: str, off: Members) -> Iterator[Effect]:
    pairs = matched(first_starts(with_it), first_starts(without), off)
    none, n = "no project started", pairs.n
    helped = f"{none} with public money"
    for measure, unit, estimate in (
        ("deadweight", "share", _ratio(pairs.helped_anyway, pairs.helped, n, helped)),
        ("deadweight_all", "share", _ratio(pairs.anyway, pairs.started, n, none)),
        ("acceleration", "months", _ratio(pairs.months_earlier, pairs.helped_anyway, n, f"{helped} in both")),
        ("crowded_out", "projects", mean(pairs.only_without)),
    ):
        yield Effect(label, measure, "started", unit, estimate)


def _ratio(above: Floats, below: Floats, n: int, undefined: str) -> Estimate:
    return ratio(above, below) if below.any() else missing(n, undefined)


# ------------------------------------------------------------------ effects on outcomes


def _of_outcomes(
    group: Mapping[str, StoredRun], with_it: str, label: str, off: Members, nobody: str | None
) -> Iterator[Effect]:
    base, run = group[with_it], group[label]
    kept = _supported(run)
    for outcome, column, unit, scale in _OUTCOMES:
        change = _change(base, run, column, scale)
        if not kept.any():
            yield Effect(label, "total", outcome, unit, _over(base, change, off))
            continue
        whole = None if nobody is None else _change(base, group[nobody], column, scale)
        for saturation, members in _levels(run):
            ours, others = off & members, kept & members
            if ours.any():
                yield Effect(label, "direct", outcome, unit, _over(base, change, ours), saturation)
            if others.any():
                yield Effect(label, "on_others", outcome, unit, _over(base, change, others), saturation)
            if whole is not None and ours.any():
                yield Effect(label, "total", outcome, unit, _over(base, whole, ours), saturation)
                apart = _over(base, whole - change, ours)
                yield Effect(label, "spillover", outcome, unit, apart, saturation)


def _levels(run: StoredRun) -> Iterator[tuple[float | None, Members]]:
    """Institutions by the saturation of their cells; all of them together if cells are not dealt out."""
    scenario, table = run.manifest["scenario"], run.institutions
    saturation = tuple(scenario["design"].get("unsupported_saturation", ()))
    if not saturation:
        yield None, np.ones(len(table), dtype=np.bool_)
        return
    levels = cell_levels(int(scenario["population"]["seed"]), saturation)
    own = np.array(
        [
            levels[int(InstitutionType.parse(kind)), int(Land[land])]
            for kind, land in zip(table["type"], table["land"], strict=True)
        ]
    )
    for level in sorted(set(saturation)):
        yield level, own == level


def _change(with_it: StoredRun, without: StoredRun, column: str, scale: float) -> Floats:
    """Difference of an outcome per future, shape (institutions,)."""
    both = [run.institutions[column].to_numpy(dtype=np.float64) for run in (with_it, without)]
    done = int(with_it.manifest["replications"]["done"])
    return np.asarray((both[0] - both[1]) * (scale / done))


def _over(run: StoredRun, change: Floats, members: Members) -> Estimate:
    """Mean over institutions; its error lets those of one cell (type and Land) depend on each other.

    ``se^2 = G/(G - 1) sum_cells (sum of deviations)^2 / n^2`` (Liang and Zeger 1986), t with G - 1 degrees.
    """
    values = change[members]
    n = int(run.manifest["replications"]["done"])
    value = math.fsum(values.tolist()) / values.size
    table = run.institutions
    names = (table["type"] + ":" + table["land"]).to_numpy()[members]
    cells, position = np.unique(names.astype(str), return_inverse=True)
    method = f"mean over {values.size:,} institutions in {len(cells)} cells (type and Land)"
    if len(cells) < 2:
        return Estimate(value, None, None, None, n, f"{method}; no interval: a single cell")
    sums = np.bincount(position, weights=values - value)
    spread = math.fsum((sums * sums).tolist()) * len(cells) / (len(cells) - 1)
    se = math.sqrt(spread) / values.size
    if se == 0.0:
        return Estimate(value, 0.0, None, None, n, f"{method}; no interval: no spread among the cells")
    from scipy.special import stdtrit

    reach = float(stdtrit(len(cells) - 1, 0.5 + CONFIDENCE / 2.0)) * se
    return Estimate(value, se, value - reach, value + reach, n, f"{method}, t interval of the cells")
