"""Estimators against SciPy, brute force and the coverage of their intervals."""

import math

import numpy as np
import pytest
from scipy import stats

from hybridsim.core.errors import InvariantError
from hybridsim.study import statistics
from hybridsim.study.statistics import mean, missing, quantile, ratio, replications_for, shortfall


def noise(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_mean_and_interval_equal_those_of_a_one_sample_t_test():
    x = noise().lognormal(size=37)
    wanted = stats.ttest_1samp(x, 0.0).confidence_interval(0.95)
    estimate = mean(x)
    assert estimate.value == pytest.approx(x.mean(), rel=1e-14)
    assert estimate.se == pytest.approx(stats.sem(x), rel=1e-12)
    assert (estimate.ci_low, estimate.ci_high) == pytest.approx((wanted.low, wanted.high), rel=1e-10)
    assert estimate.n == 37


def test_ratio_of_means_covers_the_true_ratio_about_95_times_in_100():
    generator = noise(2)
    hits = 0
    for _ in range(2_000):
        y = generator.gamma(4.0, 2.0, size=60)
        x = 0.3 * y + generator.normal(0.0, 0.5, size=60)
        estimate = ratio(x, y)
        assert estimate.ci_low is not None and estimate.ci_high is not None
        hits += estimate.ci_low <= 0.3 <= estimate.ci_high
    assert 0.93 < hits / 2_000 < 0.97


def test_ratio_is_the_ratio_of_means_and_not_the_mean_of_ratios():
    estimate = ratio(np.array([1.0, 8.0]), np.array([1.0, 2.0]))
    assert estimate.value == pytest.approx(9.0 / 3.0)


@pytest.mark.parametrize("q", [0.9, 0.95])
def test_quantile_interval_covers_the_true_quantile_at_least_95_times_in_100(q: float):
    generator, true = noise(3), -np.log(1.0 - q)
    hits = 0
    for _ in range(2_000):
        estimate = quantile(generator.exponential(size=220), q)
        assert estimate.ci_low is not None and estimate.ci_high is not None
        hits += estimate.ci_low <= true <= estimate.ci_high
    assert hits / 2_000 > 0.945


def test_quantile_ranks_are_those_of_the_binomial_distribution():
    n, q = 1_000, 0.99
    estimate = quantile(np.arange(1.0, n + 1.0), q)
    assert estimate.value == 990.0
    assert estimate.ci_low == stats.binom.ppf(0.025, n, q)
    assert estimate.ci_high == stats.binom.ppf(0.975, n, q) + 1


@pytest.mark.parametrize(("q", "n"), [(0.90, 100), (0.95, 200), (0.99, 1_000), (0.999, 10_000)])
def test_a_quantile_is_shown_only_with_ten_values_expected_beyond_it(q: float, n: int):
    assert replications_for(q) == n
    x = noise().exponential(size=n)
    assert quantile(x, q).value is not None
    assert shortfall(x, q).value is not None
    for estimate in (quantile(x[1:], q), shortfall(x[1:], q)):
        assert estimate.value is None
        assert estimate.ci_low is None
        assert estimate.method == f"needs n >= {n}"


def test_expected_shortfall_is_the_integral_of_the_quantiles_beyond():
    x = np.round(noise(4).lognormal(size=205), 1)  # ties, and 205 * 0.05 is no whole number
    grid = (np.arange(200_000) + 0.5) / 200_000 * 0.05 + 0.95
    wanted = np.quantile(x, grid, method="inverted_cdf").mean()
    assert shortfall(x, 0.95).value == pytest.approx(wanted, rel=1e-4)


def test_expected_shortfall_covers_the_true_one():
    generator = noise(5)
    true = -np.log(0.1) + 1.0
    hits = 0
    for _ in range(2_000):
        estimate = shortfall(generator.exponential(size=500), 0.9)
        assert estimate.ci_low is not None and estimate.ci_high is not None
        hits += estimate.ci_low <= true <= estimate.ci_high
    assert 0.91 < hits / 2_000 < 0.97  # the distribution is skewed: somewhat too short is known


@pytest.mark.parametrize("x", [np.zeros(300), np.full(300, 0.1), np.r_[np.zeros(299), 1e9]])
def test_expected_shortfall_is_never_below_value_at_risk_or_mean(x: np.ndarray):
    tail, at_risk = shortfall(x, 0.95).value, quantile(x, 0.95).value
    assert tail is not None and at_risk is not None
    assert tail >= at_risk - 1e-12
    assert tail >= x.mean() * (1.0 - 1e-12)


def test_an_expected_shortfall_below_value_at_risk_stops_the_run(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(statistics, "mean", lambda x: statistics.constant(0.0, x.size, "mean"))
    with pytest.raises(InvariantError, match="below value at risk"):
        shortfall(noise().exponential(size=300), 0.95)


def test_a_single_replication_has_a_value_and_no_interval():
    for estimate in (mean(np.array([3.0])), ratio(np.array([6.0]), np.array([2.0]))):
        assert estimate.value == 3.0
        assert (estimate.se, estimate.ci_low, estimate.ci_high) == (None, None, None)
        assert "a single replication" in estimate.method


def test_without_spread_there_is_no_interval():
    y = noise().uniform(1.0, 2.0, size=50)
    flat = (mean(np.full(50, 0.1)), ratio(0.1 * y, y), quantile(np.full(300, 2.0), 0.9))
    for estimate in flat:
        assert (estimate.ci_low, estimate.ci_high) == (None, None)
        assert "no spread" in estimate.method


def test_a_zero_denominator_gives_no_figure_and_says_so():
    estimate = ratio(np.ones(5), np.zeros(5))
    assert estimate == missing(5, "the denominator is zero in all replications")


def test_the_interval_of_rare_losses_stays_above_zero_and_covers_better_than_the_plain_one():
    rng = np.random.default_rng(11)
    n, chance, repeats = 60, 0.05, 4000
    truth = chance * math.exp(0.5)
    covered = plain = positive = shown = 0
    for _ in range(repeats):
        x = rng.lognormal(0.0, 1.0, n) * (rng.random(n) < chance)
        found = mean(x)
        if found.ci_low is None or not found.value:
            continue
        shown += 1
        positive += found.ci_low > 0.0
        covered += found.ci_low <= truth <= found.ci_high
        reach = stats.t.ppf(0.975, n - 1) * found.se
        plain += found.value - reach <= truth <= found.value + reach
    assert positive == shown
    assert covered / shown > plain / shown
    assert covered / shown > 0.86  # with three losses in sixty futures; the plain one has 75 %


def test_a_quantity_that_can_be_negative_keeps_the_plain_interval():
    x = np.array([-1.0, 3.0, -2.0, 4.0])
    found = mean(x)
    assert found.ci_low < 0.0 < found.ci_high
    assert found.method == "mean, t interval"
