"""Figures of a simulated loss with their 95 % intervals; a missing figure says why."""

from __future__ import annotations

from math import ceil, sqrt

import numpy as np

from hybridsim.core.estimate import CONFIDENCE, TAIL_AT_LEAST, Estimate
from hybridsim.credit.arrays import Floats
from hybridsim.credit.simulation.sample import LossSample, Tail, bin_edges


def expected_loss(sample: LossSample, *, base: bool = False) -> Estimate:
    """Mean loss in euros of the book, or of its base part."""
    row, n = int(base), sample.scenarios
    return _mean(sample.centre_eur[row], sample.sums[row], n, "mean")


def added_expected_loss(sample: LossSample) -> Estimate:
    """Mean loss of the whole less that of the base, from the same scenarios."""
    centre = sample.centre_eur[0] - sample.centre_eur[1]
    return _mean(centre, sample.sums[2], sample.scenarios, "paired mean")


def standard_deviation(sample: LossSample, *, base: bool = False) -> Estimate:
    """Standard deviation of the loss in euros; ``se^2 = (m_4 / s^4 - 1) s^2 / (4 n)`` (delta method)."""
    n = sample.scenarios
    first, second, third, fourth = sample.sums[int(base)] / n
    variance = second - first * first
    if n < 2 or not variance > 0.0:
        return Estimate(0.0 if n > 1 else None, None, None, None, n, "standard deviation; no spread")
    central = fourth - 4.0 * first * third + 6.0 * first * first * second - 3.0 * first**4
    value = sqrt(variance * n / (n - 1))
    se = sqrt(max(central / (variance * variance) - 1.0, 0.0) * variance / (4.0 * n))
    return _normal(value, se, n, "standard deviation, delta method")


def value_at_risk(sample: LossSample, level: float, *, base: bool = False) -> Estimate:
    """Order statistic ``x_(ceil(n level))`` with the binomial interval of a quantile.

    Free of any distribution (Hahn and Meeker, *Statistical Intervals*, 5.2).
    """
    n = sample.scenarios
    if (why := _too_few(sample, level)) is not None:
        return why
    losses = _tail(sample, base).loss_eur
    rank = order_rank(n, level)
    lower, upper = binomial_ranks(n, level)
    low, high = (float(losses[n - place]) for place in (lower, upper))
    return Estimate(float(losses[n - rank]), None, low, high, n, "order statistic, binomial interval")


def expected_shortfall(sample: LossSample, level: float, *, base: bool = False) -> Estimate:
    """Mean of the worst ``1 - level``: ``VaR + mean(max(L - VaR, 0)) / (1 - level)`` (Acerbi, Tasche 2002).

    The standard error is that of its influence function ``max(L - VaR, 0) / (1 - level)``.
    """
    n = sample.scenarios
    if (why := _too_few(sample, level)) is not None:
        return why
    at_risk = float(_tail(sample, base).loss_eur[n - order_rank(n, level)])
    excess = np.maximum(_tail(sample, base).loss_eur - at_risk, 0.0) / (1.0 - level)
    return _from_excess(at_risk, excess, n, "expected shortfall, influence function")


def added_shortfall(sample: LossSample, level: float) -> Estimate:
    """ES of the whole less ES of the base, from the same scenarios, with the interval of the difference."""
    n = sample.scenarios
    if (why := _too_few(sample, level)) is not None:
        return why
    place = n - order_rank(n, level)
    at_risk, base_at_risk = float(sample.tail.loss_eur[place]), float(sample.base_tail.loss_eur[place])
    whole, base = _union(sample)
    excess = np.maximum(whole - at_risk, 0.0) - np.maximum(base - base_at_risk, 0.0)
    return _from_excess(
        at_risk - base_at_risk, excess / (1.0 - level), n, "difference of expected shortfalls, paired"
    )


def body_quantile(sample: LossSample, level: float, *, base: bool = False) -> float:
    """Quantile from the histogram, right to the width of a bin (0.8 % of the loss)."""
    below = np.cumsum(sample.histogram[int(base)])
    place = int(np.searchsorted(below, level * sample.scenarios))
    return float(bin_edges()[min(place, below.size - 1)])


def order_rank(n: int, level: float) -> int:
    """Rank (from 1) of the order statistic that is the quantile of n values."""
    return max(1, ceil(n * level - 1e-9))


def binomial_ranks(n: int, level: float) -> tuple[int, int]:
    """Ranks (from 1) of the order statistics that hold the quantile with at least 95 %."""
    from scipy.special import bdtrik

    tail = (1.0 - CONFIDENCE) / 2.0
    lower, upper = ceil(bdtrik(tail, n, level)), ceil(bdtrik(1.0 - tail, n, level)) + 1
    return max(1, lower), min(n, upper)


def _tail(sample: LossSample, base: bool) -> Tail:
    return sample.base_tail if base else sample.tail


def _union(sample: LossSample) -> tuple[Floats, Floats]:
    """Losses of whole and base in all scenarios that are among the worst of either."""
    only_base = ~np.isin(sample.base_tail.scenario, sample.tail.scenario)
    whole = np.concatenate([sample.tail.loss_eur, sample.base_tail.other_eur[only_base]])
    base = np.concatenate([sample.tail.other_eur, sample.base_tail.loss_eur[only_base]])
    return whole, base


def _too_few(sample: LossSample, level: float) -> Estimate | None:
    if not sample.level <= level < 1.0:
        raise ValueError(f"level(={level}) must be in [{sample.level}, 1), for which losses were kept")
    if sample.scenarios * (1.0 - level) < TAIL_AT_LEAST - 1e-6:
        needed = ceil(TAIL_AT_LEAST / (1.0 - level) - 1e-6)
        return Estimate(None, None, None, None, sample.scenarios, f"needs n >= {needed}")
    return None


def _mean(centre: float, sums: Floats, n: int, method: str) -> Estimate:
    mean = float(sums[0]) / n
    if n < 2:
        return Estimate(centre + mean, None, None, None, n, f"{method}; no interval: a single scenario")
    variance = max(float(sums[1]) - n * mean * mean, 0.0) / (n - 1)
    return _normal(centre + mean, sqrt(variance / n), n, method)


def _from_excess(start: float, excess: Floats, n: int, method: str) -> Estimate:
    """``start`` plus a mean over n scenarios of which only those given are not zero."""
    mean = float(excess.sum()) / n
    variance = max(float((excess * excess).sum()) - n * mean * mean, 0.0) / (n - 1)
    return _normal(start + mean, sqrt(variance / n), n, method)


def _normal(value: float, se: float, n: int, method: str) -> Estimate:
    from scipy.special import stdtrit

    reach = float(stdtrit(n - 1, 0.5 + CONFIDENCE / 2.0)) * se
    return Estimate(value, se, value - reach, value + reach, n, f"{method}, t interval")
