"""Differences between two runs: estimate, interval, and how much pairing the futures has gained.

Every estimate moves by ``influence_i / n`` when the weight of replication i rises, to first order. So the
variance of an estimate is ``var(influence) / n``, and that of a difference under common random numbers is
``var(influence_other - influence_baseline) / n`` (Hampel 1974; Glasserman and Yao 1992 on common random
numbers). A mean has ``x_i - mean(x)``, a ratio of means ``(x_i - R y_i) / mean(y)``, an expected shortfall
``VaR + max(x_i - VaR, 0) / (1 - q) - ES``. A quantile needs a density, so it is resampled instead.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hybridsim.core.estimate import CONFIDENCE
from hybridsim.study.figures import Lookup, evaluate
from hybridsim.study.metric import Metric
from hybridsim.study.statistics import mean, order_rank, quantile

Floats = npt.NDArray[np.float64]

RESAMPLES = 2_000
_RESAMPLING_KEY = 20_270_101
_ROUNDING = 1e-13
"""A standard error below this share of the values is rounding, not spread."""


@dataclass(frozen=True, slots=True)
class Change:
    """A difference with its interval; ``method`` says how, or why there is none.

    ``variance_reduction`` is the variance of the difference under independent futures to that under the same.
    """

    difference: float | None
    se: float | None
    ci_low: float | None
    ci_high: float | None
    variance_reduction: float | None
    method: str

    @property
    def excludes_zero(self) -> bool:
        """Whether there is an interval and zero is outside."""
        return self.ci_low is not None and self.ci_high is not None and not self.ci_low <= 0.0 <= self.ci_high


@dataclass(frozen=True, slots=True, eq=False)
class Influence:
    """Influence of each replication on an estimate, shape (n,), mean zero; ``doubt`` forbids an interval."""

    values: Floats
    method: str
    doubt: str = ""


def influence(metric: Metric, lookup: Lookup) -> Influence:
    """Influence of each replication on a mean, ratio or shortfall that has a value."""
    x = evaluate(metric.numerator, lookup)
    n = x.size
    if metric.statistic == "shortfall":
        at_risk = quantile(x, metric.level).value or 0.0
        x = at_risk + np.maximum(x - at_risk, 0.0) / (1.0 - metric.level)
        return Influence(x - math.fsum(x.tolist()) / n, "expected shortfall, influence function")
    if not metric.denominator:
        return Influence(x - math.fsum(x.tolist()) / n, "mean")
    y = evaluate(metric.denominator, lookup)
    total = math.fsum(y.tolist())
    ratio = math.fsum(x.tolist()) / total
    below = mean(y)
    unsure = below.ci_low is not None and below.ci_high is not None and below.ci_low <= 0.0 <= below.ci_high
    doubt = "the denominator cannot be told from zero" if unsure else ""
    return Influence((x - ratio * y) / (total / n), "ratio of means, delta method", doubt)


def paired(value: float, other: float, z: Floats, z_other: Floats, method: str) -> Change:
    """Difference ``other - value`` of two estimates from the same futures; influences of shape (n,)."""
    n = z.size
    difference = other - value
    if n == 1:
        return Change(difference, None, None, None, None, f"paired {method}; no interval: one replication")
    apart, together = _variance(z) + _variance(z_other), _variance(z_other - z)
    se = math.sqrt(together / n)
    if se <= _ROUNDING * max(abs(value), abs(other)):
        return _without_spread(difference, f"paired {method}")
    reach = _student(n - 1) * se
    return Change(
        difference,
        se,
        difference - reach,
        difference + reach,
        apart / together,
        f"paired {method}, t interval",
    )


def unpaired(value: float, other: float, z: Floats, z_other: Floats, method: str) -> Change:
    """Difference of two estimates from independent futures; influences of shapes (n,) and (m,).

    Welch's interval with the degrees of freedom of Satterthwaite (1946).
    """
    difference = other - value
    if min(z.size, z_other.size) == 1:
        return Change(difference, None, None, None, None, f"unpaired {method}; no interval: one replication")
    parts = [(_variance(part) / part.size, part.size - 1) for part in (z, z_other)]
    whole = sum(square for square, _ in parts)
    if math.sqrt(whole) <= _ROUNDING * max(abs(value), abs(other)):
        return _without_spread(difference, f"unpaired {method}")
    freedom = whole * whole / sum(square * square / degrees for square, degrees in parts)
    reach = _student(freedom) * math.sqrt(whole)
    return Change(
        difference,
        math.sqrt(whole),
        difference - reach,
        difference + reach,
        None,
        f"unpaired {method}, Welch's t interval",
    )


def quantiles(x: Floats, x_other: Floats, levels: Sequence[float], pair: bool) -> dict[float, Change]:
    """Differences of quantiles (order statistics) with percentile intervals from resampled replications.

    With ``pair`` a replication is drawn for both runs at once. The draws are keyed, so that the same runs
    give the same intervals.
    """
    n, m = x.size, x_other.size
    ranks = [(order_rank(n, q) - 1, order_rank(m, q) - 1) for q in levels]
    at, at_other = sorted({rank for rank, _ in ranks}), sorted({rank for _, rank in ranks})
    bits = np.random.Philox(_RESAMPLING_KEY)
    drawn = np.empty((RESAMPLES, len(levels), 2))
    for sample in range(RESAMPLES):
        rows = _rows(bits, n)
        first = np.partition(x[rows], at)
        second = np.partition(x_other[rows if pair else _rows(bits, m)], at_other)
        drawn[sample] = [(first[rank], second[rank_other]) for rank, rank_other in ranks]
    ordered, ordered_other = np.sort(x), np.sort(x_other)
    return {
        q: _resampled(float(ordered_other[rank_other] - ordered[rank]), drawn[:, level], pair)
        for level, (q, (rank, rank_other)) in enumerate(zip(levels, ranks, strict=True))
    }


def _resampled(difference: float, drawn: Floats, pair: bool) -> Change:
    """``drawn`` holds the resampled quantiles of both runs, shape (RESAMPLES, 2)."""
    method = f"{'' if pair else 'un'}paired order statistics"
    changes = drawn[:, 1] - drawn[:, 0]
    together = _variance(changes)
    if together == 0.0:
        return _without_spread(difference, method, "resamples")
    tail = (1.0 - CONFIDENCE) / 2.0
    ordered = np.sort(changes)
    low = float(ordered[order_rank(RESAMPLES, tail) - 1])
    high = float(ordered[order_rank(RESAMPLES, 1.0 - tail) - 1])
    gain = (_variance(drawn[:, 0]) + _variance(drawn[:, 1])) / together if pair else None
    method = f"{method}, percentile interval of {RESAMPLES:,} resamples"
    return Change(difference, math.sqrt(together), low, high, gain, method)


def _rows(bits: np.random.Philox, n: int) -> npt.NDArray[np.int64]:
    """n positions drawn with replacement, from raw bits, which no version of NumPy changes."""
    raw = np.asarray(bits.random_raw(n), dtype=np.uint64) >> np.uint64(11)
    return np.asarray(raw * 2.0**-53 * n, dtype=np.int64)


def _variance(values: Floats) -> float:
    centred = values - math.fsum(values.tolist()) / values.size
    return math.fsum((centred * centred).tolist()) / (values.size - 1)


def _without_spread(difference: float, method: str, among: str = "replications") -> Change:
    if difference == 0.0:
        return Change(0.0, 0.0, 0.0, 0.0, None, f"{method}; equal in all {among}")
    why = f"no interval: no spread among the {among}"
    return Change(difference, 0.0, None, None, None, f"{method}; {why}")


def _student(freedom: float) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 0.5 + CONFIDENCE / 2.0))
