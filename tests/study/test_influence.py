"""Differences between runs: against scipy's paired t, brute force, and simulated coverage."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from hybridsim.study.influence import RESAMPLES, influence, paired, quantiles, unpaired
from hybridsim.study.metric import Metric

MEAN = Metric("risk", "m", "EUR", "text", "x")
RATIO = Metric("risk", "r", "EUR", "text", "x", "y")
SHORTFALL = Metric("risk", "s", "EUR", "text", "x", statistic="shortfall", level=0.9)


def of(metric, **columns):
    return influence(metric, columns.__getitem__)


def common(rng, n):
    """Two runs that share most of their noise."""
    shared = rng.normal(size=n)
    return 5.0 + shared + 0.3 * rng.normal(size=n), 5.4 + shared + 0.3 * rng.normal(size=n)


def test_a_difference_of_means_is_scipys_paired_t_interval():
    x, other = common(np.random.default_rng(1), 40)
    found = paired(x.mean(), other.mean(), of(MEAN, x=x).values, of(MEAN, x=other).values, "mean")
    expected = stats.ttest_rel(other, x).confidence_interval(0.95)
    assert found.difference == pytest.approx(other.mean() - x.mean())
    assert (found.ci_low, found.ci_high) == pytest.approx((expected.low, expected.high))
    assert found.se == pytest.approx(stats.sem(other - x))
    assert found.excludes_zero
    assert found.variance_reduction == pytest.approx(
        (x.var(ddof=1) + other.var(ddof=1)) / (other - x).var(ddof=1)
    )


def test_an_unpaired_difference_is_scipys_welch_interval():
    rng = np.random.default_rng(2)
    x, other = rng.normal(5.0, 1.0, 40), rng.normal(5.5, 3.0, 25)
    found = unpaired(x.mean(), other.mean(), of(MEAN, x=x).values, of(MEAN, x=other).values, "mean")
    expected = stats.ttest_ind(other, x, equal_var=False).confidence_interval(0.95)
    assert (found.ci_low, found.ci_high) == pytest.approx((expected.low, expected.high))
    assert found.variance_reduction is None
    assert "unpaired" in found.method


def test_the_interval_of_a_difference_of_ratios_covers_it_as_often_as_it_says():
    rng = np.random.default_rng(3)
    rounds, n, hits = 1_500, 60, 0
    for _ in range(rounds):
        shared = rng.gamma(4.0, 1.0, n)
        y, y_other = shared + rng.gamma(2.0, 0.5, n), shared + rng.gamma(2.0, 0.5, n)
        x, x_other = 0.5 * y + rng.normal(0, 0.5, n), 0.6 * y_other + rng.normal(0, 0.5, n)
        z, z_other = of(RATIO, x=x, y=y).values, of(RATIO, x=x_other, y=y_other).values
        ratio, other = x.sum() / y.sum(), x_other.sum() / y_other.sum()
        found = paired(ratio, other, z, z_other, "ratio")
        hits += found.ci_low <= 0.1 <= found.ci_high
    # Standard error of the coverage: sqrt(0.95 * 0.05 / 1500) = 0.6 %.
    assert 0.93 < hits / rounds < 0.97


def test_the_influence_of_a_ratio_is_what_leaving_one_replication_out_shows():
    rng = np.random.default_rng(4)
    x, y = rng.gamma(3.0, 1.0, 400), rng.gamma(5.0, 1.0, 400)
    ratio = x.sum() / y.sum()
    left_out = (x.sum() - x) / (y.sum() - y)
    assert of(RATIO, x=x, y=y).values == pytest.approx((ratio - left_out) * 399, rel=0.02, abs=1e-3)


def test_the_spread_of_a_shortfall_difference_is_that_of_resampling():
    rng = np.random.default_rng(5)
    shared = rng.exponential(1.0, 2_000)
    x, other = shared + rng.exponential(0.2, 2_000), 1.2 * shared + rng.exponential(0.2, 2_000)

    def es(values):
        return np.sort(values)[1_800:].mean()

    rows = [rng.integers(0, 2_000, 2_000) for _ in range(800)]
    resampled = np.std([es(other[r]) - es(x[r]) for r in rows])
    found = paired(es(x), es(other), of(SHORTFALL, x=x).values, of(SHORTFALL, x=other).values, "shortfall")
    assert found.se == pytest.approx(resampled, rel=0.1)


def test_a_denominator_that_may_be_zero_gives_no_interval():
    y = np.array([1.0, -1.0, 2.0, -1.5, 0.5])
    assert "cannot be told from zero" in of(RATIO, x=np.ones(5), y=y).doubt
    assert of(RATIO, x=np.ones(5), y=np.abs(y)).doubt == ""
    assert of(RATIO, x=np.arange(5.0), y=np.full(5, 3.0)).doubt == ""


def test_a_difference_of_quantiles_is_that_of_the_order_statistics_and_repeats():
    x, other = common(np.random.default_rng(6), 500)
    found = quantiles(x, other, [0.9, 0.95], pair=True)
    assert found[0.9].difference == np.sort(other)[449] - np.sort(x)[449]
    assert found[0.95].difference == np.sort(other)[474] - np.sort(x)[474]
    assert found[0.9].ci_low < found[0.9].difference < found[0.9].ci_high
    assert f"{RESAMPLES:,} resamples" in found[0.9].method
    assert quantiles(x, other, [0.95], pair=True)[0.95] == found[0.95]


def test_the_interval_of_a_difference_of_quantiles_has_the_width_that_theory_gives():
    rng = np.random.default_rng(7)
    shared = rng.normal(size=4_000)
    x, other = shared, shared + 0.5 * rng.normal(size=4_000)
    alone = quantiles(x, other, [0.9], pair=False)[0.9]
    together = quantiles(x, other, [0.9], pair=True)[0.9]
    # Asymptotic variance q (1 - q) / (n f^2) of each quantile, f its density there.
    scales = np.array([1.0, np.sqrt(1.25)])
    density = stats.norm.pdf(stats.norm.ppf(0.9)) / scales
    assert alone.se == pytest.approx(np.sqrt((0.09 / (4_000 * density**2)).sum()), rel=0.15)
    assert together.se < alone.se
    assert together.variance_reduction > 1.2


def test_runs_that_are_equal_differ_by_exactly_zero():
    x = np.random.default_rng(8).normal(size=200)
    z = of(MEAN, x=x).values
    for found in (paired(1.5, 1.5, z, z, "mean"), quantiles(x, x, [0.9], pair=True)[0.9]):
        assert (found.difference, found.ci_low, found.ci_high) == (0.0, 0.0, 0.0)
        assert not found.excludes_zero
        assert found.variance_reduction is None


def test_a_difference_without_spread_or_of_one_replication_has_no_interval():
    nothing = np.zeros(9)
    still = paired(1.0, 3.0, nothing, nothing, "mean")
    assert (still.difference, still.ci_low) == (2.0, None)
    assert "no spread" in still.method
    for alone in (paired, unpaired):
        found = alone(1.0, 3.0, np.zeros(1), np.zeros(1), "mean")
        assert (found.difference, found.ci_low) == (2.0, None)
        assert "one replication" in found.method
