import numpy as np
import pytest
from scipy.stats import t

from hybridsim.impact.yields import cost_per_hour, discounted_sum, ratio_of_means, social_impact_yield, sroi


def test_a_ratio_of_means_is_not_a_mean_of_ratios():
    got = ratio_of_means(np.array([1.0, 9.0]), np.array([1.0, 3.0]))
    assert got.value == 2.5
    assert got.n == 2
    # residuals -1.5 and 1.5: sqrt(4.5 / (2 * 1 * 2^2))
    assert got.se == pytest.approx(0.75)


def test_the_standard_error_agrees_with_the_jackknife():
    rng = np.random.default_rng(7)
    y = rng.lognormal(0.0, 0.3, 400)
    x = 0.2 * y + rng.normal(0.0, 0.05, 400)
    got = ratio_of_means(x, y)
    left_out = (x.sum() - x) / (y.sum() - y)
    jackknife = np.sqrt(399 / 400 * ((left_out - left_out.mean()) ** 2).sum())
    assert got.se == pytest.approx(jackknife, rel=0.01)


def test_intervals_from_the_standard_error_cover_the_truth_as_often_as_they_say():
    rng = np.random.default_rng(11)
    n, trials = 50, 2_000
    y = rng.gamma(4.0, 0.25, (trials, n))
    x = 0.3 * y + rng.normal(0.0, 0.2, (trials, n)) * y
    estimates = [ratio_of_means(x[row], y[row]) for row in range(trials)]
    half = t.ppf(0.975, n - 1)
    covered = np.mean([abs(e.value - 0.3) <= half * e.se for e in estimates])
    # 95 % nominal; two thousand trials give +-1.5 points, the skew of y takes up to two more
    assert 0.925 <= covered <= 0.965


def test_one_replication_has_a_value_and_no_standard_error():
    got = ratio_of_means(np.array([6.0]), np.array([3.0]))
    assert (got.value, got.se, got.n) == (2.0, None, 1)


def test_a_ratio_without_a_denominator_is_refused():
    with pytest.raises(ValueError, match="denominator's mean is 0"):
        ratio_of_means(np.array([1.0, 2.0]), np.array([0.0, 0.0]))


@pytest.mark.parametrize("shapes", [((2,), (3,)), ((2, 2), (2, 2)), ((0,), (0,))])
def test_unequal_or_empty_samples_are_refused_with_their_shapes(shapes):
    with pytest.raises(ValueError, match=r"numerator has shape \("):
        ratio_of_means(np.ones(shapes[0]), np.ones(shapes[1]))


def test_yearly_flows_are_discounted_from_the_middle_of_their_year():
    flows = np.array([[100.0, 100.0, 100.0], [0.0, 0.0, 50.0]])
    expected = [100 * (1.03**-0.5 + 1.03**-1.5 + 1.03**-2.5), 50 * 1.03**-2.5]
    assert discounted_sum(flows, 0.03) == pytest.approx(expected, rel=1e-14)


def test_a_constant_yield_is_that_yield_at_any_discount_rate():
    capital = np.array([[100.0, 80.0, 60.0], [50.0, 40.0, 30.0]])
    for rate in (0.0, 0.03, 0.1):
        got = social_impact_yield(0.12 * capital, capital, rate)
        assert got.value == pytest.approx(0.12, rel=1e-14)
        assert got.se == pytest.approx(0.0, abs=1e-15)


def test_half_a_year_of_capital_doubles_the_yield_per_year():
    value = np.array([[10.0]])
    assert social_impact_yield(value, np.array([[50.0]]), 0.03).value == pytest.approx(0.2)


def test_sroi_discounts_value_that_comes_later():
    outcomes, inputs = np.array([[0.0, 103.0]]), np.array([[50.0, 0.0]])
    assert sroi(outcomes, inputs, 0.03).value == pytest.approx(2.0)


def test_cost_per_hour_freed_is_euros_over_hours():
    assert cost_per_hour(np.array([100.0, 300.0]), np.array([10.0, 10.0])).value == 20.0
