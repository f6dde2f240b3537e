import math

import numpy as np
import pytest
from scipy import integrate, stats
from scipy.special import ndtr

from hybridsim.core.mathx import norm_ppf
from hybridsim.credit.estate import (
    U_SHAPED_SIGMA,
    EstateClass,
    _bisected,
    estate_recovery,
    mean_senior_recovery,
    solve_mu,
)
from hybridsim.credit.ratings import loadings

C = [[1.0, 0.4, -0.3], [0.4, 1.0, 0.2], [-0.3, 0.2, 1.0]]


def borrower(pd, r_squared, weight=1.0, direction=(1.0, 0.7, 0.4)):
    w = loadings(direction, C, r_squared)
    return EstateClass(weight, norm_ppf(pd), w, math.sqrt(1.0 - r_squared))


def mean_recovery(mu, b, s, item, economy=0):
    """E[r | default] as a ratio of normal orthant probabilities (SciPy's bivariate normal)."""
    whole = math.sqrt(1.0 + s * s + b * b)
    rho = float(np.array(C)[economy] @ np.array(item.loading))
    pair = stats.multivariate_normal([0.0, 0.0], [[1.0, -b * rho / whole], [-b * rho / whole, 1.0]])
    return float(pair.cdf([mu / whole, item.threshold])) / float(ndtr(item.threshold))


def test_the_spread_is_that_of_the_u_shaped_beta():
    assert pytest.approx(math.sqrt(1.0 + math.sqrt(2.0)), rel=1e-15) == U_SHAPED_SIGMA
    square, _ = integrate.quad(
        lambda z: estate_recovery(0.0, 0.0, 0.0, U_SHAPED_SIGMA, float(ndtr(z))) ** 2 * stats.norm.pdf(z),
        -8,
        8,
    )
    assert square - 0.25 == pytest.approx(stats.beta(0.5, 0.5).var(), abs=1e-9)
    assert stats.beta(0.5, 0.5).var() == pytest.approx(0.125)


def test_recoveries_pile_up_at_both_ends():
    draws = [estate_recovery(0.0, 0.0, 0.0, U_SHAPED_SIGMA, (k + 0.5) / 10_000) for k in range(10_000)]
    counts, _ = np.histogram(draws, bins=10, range=(0.0, 1.0))
    assert counts[0] == counts.max()
    assert counts[0] > 2 * counts[4]
    assert np.mean(draws) == pytest.approx(0.5, abs=1e-4)


def test_a_better_economy_and_a_luckier_estate_recover_more():
    assert estate_recovery(0.1, 0.3, 1.0, 1.5, 0.4) > estate_recovery(0.1, 0.3, -1.0, 1.5, 0.4)
    assert estate_recovery(0.1, 0.3, 0.0, 1.5, 0.6) > estate_recovery(0.1, 0.3, 0.0, 1.5, 0.4)


@pytest.mark.parametrize("target", [0.1, 0.5, 0.75])
@pytest.mark.parametrize("economy", [0, 2])
def test_the_default_weighted_mean_meets_its_target_in_closed_form(target, economy):
    item = borrower(0.012, 0.2)
    mu = solve_mu(target, 0.35, U_SHAPED_SIGMA, [item], C, economy)
    assert mean_recovery(mu, 0.35, U_SHAPED_SIGMA, item, economy) == pytest.approx(target, abs=1e-6)


def test_several_classes_meet_the_target_weighted_by_their_defaults():
    items = [
        borrower(0.004, 0.24, 3.0),
        borrower(0.018, 0.17, 1.0),
        borrower(0.1, 0.13, 0.2, (0.2, 1.0, 1.0)),
    ]
    mu = solve_mu(0.5, 0.4, U_SHAPED_SIGMA, items, C, 0)
    defaults = [item.weight * float(ndtr(item.threshold)) for item in items]
    means = [mean_recovery(mu, 0.4, U_SHAPED_SIGMA, item) for item in items]
    assert np.average(means, weights=defaults) == pytest.approx(0.5, abs=1e-6)


def test_the_target_is_met_by_simulated_defaults():
    rng = np.random.default_rng(12)
    item, b, s, count = borrower(0.02, 0.3), 0.5, U_SHAPED_SIGMA, 2_000_000
    mu = solve_mu(0.5, b, s, [item], C, 0)
    factors = rng.normal(size=(count, 3)) @ np.linalg.cholesky(np.array(C)).T
    asset = factors @ np.array(item.loading) + item.residual * rng.normal(size=count)
    defaulted = asset < item.threshold
    recoveries = ndtr(mu + b * factors[defaulted, 0] + s * rng.normal(size=int(defaulted.sum())))
    assert recoveries.mean() == pytest.approx(0.5, abs=4.5 * recoveries.std() / math.sqrt(len(recoveries)))


def test_without_an_economy_the_answer_is_a_quantile():
    mu = solve_mu(0.3, 0.0, U_SHAPED_SIGMA, [borrower(0.01, 0.2)], C, 0)
    assert mu == pytest.approx(stats.norm.ppf(0.3) * math.sqrt(1.0 + U_SHAPED_SIGMA**2), abs=1e-9)


def test_ignoring_that_defaults_come_in_bad_years_would_miss_the_target():
    item = borrower(0.012, 0.3)
    naive = float(stats.norm.ppf(0.5)) * math.sqrt(1.0 + U_SHAPED_SIGMA**2 + 0.25)
    assert mean_recovery(naive, 0.5, U_SHAPED_SIGMA, item) < 0.44
    assert solve_mu(0.5, 0.5, U_SHAPED_SIGMA, [item], C, 0) > naive


def test_what_has_no_answer_is_refused_with_its_value():
    with pytest.raises(ValueError, match=r"target_recovery\(=1.0\)"):
        solve_mu(1.0, 0.3, 1.5, [borrower(0.01, 0.2)], C, 0)
    with pytest.raises(ValueError, match="positive weight"):
        solve_mu(0.5, 0.3, 1.5, [], C, 0)
    with pytest.raises(ValueError, match="no risk beside the economy"):
        solve_mu(0.5, 0.3, 1.5, [EstateClass(1.0, -2.0, [1.0, 0.0, 0.0], 0.0)], C, 0)


@pytest.mark.parametrize("headroom", [0.02, 0.05, 0.5])
@pytest.mark.parametrize("location", [-2.0, 0.0, 1.5])
def test_seniors_with_headroom_recover_what_quadrature_says(location, headroom):
    exact, _ = integrate.quad(
        lambda z: min(1.0, (1 + headroom) * ndtr(location + 1.554 * z)) * stats.norm.pdf(z), -9, 9, limit=200
    )
    assert mean_senior_recovery(location, 1.554, headroom) == pytest.approx(exact, abs=2e-6)


def test_the_senior_target_is_met_with_headroom_too():
    item = borrower(0.012, 0.2)
    mu = solve_mu(0.5, 0.35, U_SHAPED_SIGMA, [item], C, 0, 0.05)
    rng = np.random.default_rng(5)
    factors = rng.multivariate_normal([0, 0, 0], C, size=2_000_000)
    defaulted = ndtr((item.threshold - factors @ np.array(item.loading)) / item.residual)
    estate = ndtr(mu + 0.35 * factors[:, 0] + U_SHAPED_SIGMA * rng.standard_normal(2_000_000))
    senior = np.minimum(1.0, 1.05 * estate)
    # The standard error of the weighted mean is about 0.0004.
    assert (senior * defaulted).sum() / defaulted.sum() == pytest.approx(0.5, abs=0.002)


@pytest.mark.parametrize("steps", [3, 48, 80])
@pytest.mark.parametrize("root", [-7.3, -1e-12, 0.0, 0.1, 2.0, 2.25, 1e4])
@pytest.mark.parametrize(
    "shape", [math.tanh, math.atan, lambda x: x**3, lambda x: x, lambda x: -math.expm1(-x)]
)
def test_the_root_is_the_bit_that_plain_bisection_finds(shape, root, steps):
    """Also for a root outside of the interval, and for a function that is flat or bends at its root."""
    asked = []

    def rising(x):
        asked.append(x)
        return shape(max(-50.0, x - root))

    low, high = -9.0, 11.0
    for _ in range(steps):
        middle = 0.5 * (low + high)
        if shape(max(-50.0, middle - root)) < 0.0:
            low = middle
        else:
            high = middle
    assert _bisected(rising, -9.0, 11.0, steps) == 0.5 * (low + high)
    if steps == 48 and root in (0.1, 2.0) and shape is math.tanh:
        assert len(asked) < 30
