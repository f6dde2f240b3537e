"""Estimates over replications with their 95 % intervals; a missing figure always says why."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from hybridsim.core.errors import InvariantError
from hybridsim.core.estimate import CONFIDENCE, TAIL_AT_LEAST, Estimate
from hybridsim.impact.yields import ratio_of_means

Floats = npt.NDArray[np.float64]


_ROUNDING = 1e-13
"""A standard error below this share of the value is rounding, not spread."""


def mean(x: Floats) -> Estimate:
    """Mean with Student's t interval, or that of its logarithm (see `_student`)."""
    n = x.size
    value = math.fsum(x.tolist()) / n
    if n == 1:
        return _without_spread(value, None, n, "mean")
    deviations = x - value
    se = math.sqrt(math.fsum((deviations * deviations).tolist()) / (n - 1) / n)
    return _student(value, se, n, "mean", bool(np.all(x >= 0.0)))


def ratio(x: Floats, y: Floats) -> Estimate:
    """Ratio of means ``mean(x) / mean(y)``, delta-method standard error, Student's t interval."""
    n = x.size
    if math.fsum(y.tolist()) == 0.0:
        return missing(n, "the denominator is zero in all replications")
    estimate = ratio_of_means(x, y)
    if estimate.se is None:
        return _without_spread(estimate.value, None, n, "ratio of means")
    never_negative = bool(np.all(x >= 0.0) and np.all(y >= 0.0))
    return _student(estimate.value, estimate.se, n, "ratio of means, delta method", never_negative)


def quantile(x: Floats, q: float) -> Estimate:
    """Order statistic ``x_(ceil(n q))`` with the binomial interval for a quantile.

    The interval is ``[x_(l), x_(u)]`` with l, u the 2.5 % and 97.5 % (plus one) quantiles of
    Binomial(n, q); free of any distribution (e.g. Hahn and Meeker, Statistical Intervals, 5.2).
    """
    n = x.size
    if _too_few(n, q):
        return missing(n, f"needs n >= {replications_for(q)}")
    ordered = np.sort(x)
    lower, upper = _binomial_ranks(n, q)
    value = float(ordered[order_rank(n, q) - 1])
    low, high = float(ordered[lower - 1]), float(ordered[upper - 1])
    if low == high:
        return _without_spread(value, None, n, "order statistic")
    return Estimate(value, None, low, high, n, "order statistic, binomial interval")


def shortfall(x: Floats, q: float) -> Estimate:
    """Expected shortfall: mean of the worst ``1 - q`` of the distribution.

    ``ES = VaR + mean(max(x - VaR, 0)) / (1 - q)`` (Acerbi and Tasche, 2002; exact with ties); standard error
    from its influence function ``VaR + max(x - VaR, 0) / (1 - q) - ES``.

    Raises
    ------
    InvariantError
        If it came out below the quantile or the mean, which cannot be.
    """
    n = x.size
    if _too_few(n, q):
        return missing(n, f"needs n >= {replications_for(q)}")
    at_risk = float(np.sort(x)[order_rank(n, q) - 1])
    contributions = at_risk + np.maximum(x - at_risk, 0.0) / (1.0 - q)
    estimate = mean(contributions)
    value, expected = estimate.value, math.fsum(x.tolist()) / n
    tolerance = 1e-9 * max(abs(at_risk), abs(expected), 1.0)
    if value is None or value < at_risk - tolerance or value < expected - tolerance:
        raise InvariantError(
            f"expected shortfall {value} at {q:.1%} is below value at risk {at_risk} or mean {expected}"
        )
    return replace(
        estimate, method=estimate.method.replace("mean", "expected shortfall, influence function", 1)
    )


def constant(value: float, n: int, method: str) -> Estimate:
    """A figure without chance in it, or whose interval cannot be had from what is stored."""
    return Estimate(value, None, None, None, n, method)


def missing(n: int, reason: str) -> Estimate:
    """No figure, and why."""
    return Estimate(None, None, None, None, n, reason)


def replications_for(q: float) -> int:
    """Replications that the quantile ``q`` needs."""
    return math.ceil(TAIL_AT_LEAST / (1.0 - q) - 1e-6)


def order_rank(n: int, q: float) -> int:
    """Rank (from 1) of the order statistic that is the quantile ``q`` of ``n`` values."""
    return max(1, math.ceil(n * q - 1e-9))


def _too_few(n: int, q: float) -> bool:
    return n < replications_for(q)


def _student(value: float, se: float, n: int, method: str, never_negative: bool) -> Estimate:
    """Interval of a mean with Student's t.

    Rare losses make the plain interval reach below zero, where no loss can be. Where a quantity was never
    negative and that happens, the interval is that of the logarithm: ``value exp(+- t se / value)``.
    """
    if se <= _ROUNDING * abs(value):
        return _without_spread(value, 0.0, n, method)
    from scipy.special import stdtrit

    reach = float(stdtrit(n - 1, 0.5 + CONFIDENCE / 2.0)) * se
    if never_negative and 0.0 < value < reach:
        factor = math.exp(reach / value)
        return Estimate(
            value, se, value / factor, value * factor, n, f"{method}, t interval of the logarithm"
        )
    return Estimate(value, se, value - reach, value + reach, n, f"{method}, t interval")


def _without_spread(value: float, se: float | None, n: int, method: str) -> Estimate:
    why = "a single replication" if n == 1 else "no spread among the replications"
    return Estimate(value, se, None, None, n, f"{method}; no interval: {why}")


def _binomial_ranks(n: int, q: float) -> tuple[int, int]:
    """Ranks (from 1) of the order statistics that hold the quantile with at least 95 %."""
    from scipy.special import bdtr

    below = bdtr(np.arange(n + 1), n, q)
    tail = (1.0 - CONFIDENCE) / 2.0
    lower = int(np.searchsorted(below, tail))
    upper = int(np.searchsorted(below, 1.0 - tail)) + 1
    return max(1, lower), min(n, upper)
