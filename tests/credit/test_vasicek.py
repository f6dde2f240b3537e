import numpy as np
import pytest
from scipy import integrate, stats

from hybridsim.credit.vasicek import expected_loss, limit_cdf, limit_pdf, limit_quantile, pool_probabilities


def test_a_pool_of_ten_has_the_known_distribution():
    assert pool_probabilities(10, 0.1, 0.2)[:3] == pytest.approx([0.456466, 0.282781, 0.143735], abs=1e-6)


def test_the_limit_quantile_has_its_known_value():
    assert limit_quantile(0.999, 0.01, 0.2) == pytest.approx(0.14552527, abs=5e-9)


@pytest.mark.parametrize(
    ("loans", "pd", "rho"), [(1, 0.02, 0.2), (10, 0.1, 0.5), (500, 0.01, 0.2), (3_000, 0.3, 0.9)]
)
def test_a_pool_loses_its_expected_share_in_the_mean(loans, pd, rho):
    probabilities = pool_probabilities(loans, pd, rho)
    assert probabilities.sum() == pytest.approx(1.0, abs=1e-10)
    assert probabilities @ np.arange(loans + 1) == pytest.approx(loans * pd, rel=1e-9)


def test_two_loans_default_together_with_the_bivariate_probability():
    threshold = stats.norm.ppf(0.05)
    joint = stats.multivariate_normal([0.0, 0.0], [[1.0, 0.3], [0.3, 1.0]]).cdf([threshold, threshold])
    assert pool_probabilities(2, 0.05, 0.3)[2] == pytest.approx(float(joint), abs=1e-8)


def test_a_pool_without_correlation_is_binomial():
    assert pool_probabilities(25, 0.07, 0.0) == pytest.approx(
        stats.binom.pmf(np.arange(26), 25, 0.07), abs=1e-13
    )


def test_a_pool_agrees_with_adaptive_integration():
    def density(z):
        p = stats.norm.cdf((stats.norm.ppf(0.03) - np.sqrt(0.15) * z) / np.sqrt(0.85))
        return stats.binom.pmf(4, 60, p) * stats.norm.pdf(z)

    expected, _ = integrate.quad(density, -9.0, 9.0, epsabs=1e-13, limit=200)
    assert pool_probabilities(60, 0.03, 0.15)[4] == pytest.approx(expected, abs=1e-11)


def test_a_larger_pool_approaches_the_limit_in_proportion_to_its_size():
    def distance(loans, share):
        cumulated = np.cumsum(pool_probabilities(loans, 0.02, 0.2))
        defaults = round(loans * share)
        # The usual continuity correction: a count up to k is a share up to (k + 1/2) / n.
        return cumulated[defaults] - limit_cdf((defaults + 0.5) / loans, 0.02, 0.2)

    for share in (0.005, 0.02, 0.06, 0.15):
        coarse, fine = distance(1_000, share), distance(4_000, share)
        assert fine == pytest.approx(coarse / 4.0, rel=0.15)
        assert abs(fine) < 3e-3


def test_quantile_and_distribution_undo_each_other():
    for level in (0.01, 0.5, 0.9, 0.999):
        assert limit_cdf(limit_quantile(level, 0.018, 0.17), 0.018, 0.17) == pytest.approx(level, rel=1e-10)


def test_the_density_integrates_to_the_distribution_and_to_the_pd():
    part, _ = integrate.quad(lambda x: limit_pdf(x, 0.05, 0.2), 0.01, 0.10)
    assert part == pytest.approx(limit_cdf(0.10, 0.05, 0.2) - limit_cdf(0.01, 0.05, 0.2), abs=1e-9)
    mean, _ = integrate.quad(lambda x: x * limit_pdf(x, 0.05, 0.2), 0.0, 1.0, limit=200)
    assert mean == pytest.approx(0.05, abs=1e-7)


def test_without_correlation_every_quantile_is_the_pd():
    assert limit_quantile(0.999, 0.02, 0.0) == pytest.approx(0.02, rel=1e-14)


def test_expected_loss_is_exposure_times_pd_times_lgd():
    assert expected_loss(1_000_000.0, 0.01, 0.45) == pytest.approx(4_500.0)


@pytest.mark.parametrize(
    ("function", "arguments", "message"),
    [
        (limit_quantile, (0.9, 0.0, 0.2), r"pd\(=0.0\)"),
        (limit_quantile, (0.9, 0.1, 1.0), r"rho\(=1.0\) must be in \[0, 1\)"),
        (limit_cdf, (0.1, 0.1, 0.0), r"rho\(=0.0\) must be in \(0, 1\)"),
        (limit_pdf, (0.1, 0.1, -0.1), r"rho\(=-0.1\)"),
        (pool_probabilities, (0, 0.1, 0.2), r"loans\(=0\)"),
    ],
)
def test_impossible_parameters_are_refused_with_their_value(function, arguments, message):
    with pytest.raises(ValueError, match=message):
        function(*arguments)
