"""Reverse stress against closed forms."""

from __future__ import annotations

from math import log, pi, sqrt

import numpy as np
import pytest
from scipy.optimize import brentq, minimize
from scipy.stats import norm

from hybridsim.credit.factor_state import shifted
from hybridsim.credit.portfolio import Dependence, portfolio
from hybridsim.credit.tail.reverse import reverse_stress
from tests.credit.simulation.books import year


def equal(loadings: np.ndarray, pd: float = 0.02) -> object:
    return portfolio(np.full(loadings.shape[0], 100.0), 0.5, np.full(loadings.shape[0], pd), loadings)


def test_with_one_factor_it_is_the_quantile_of_the_large_book() -> None:
    """Vasicek's limit upside down."""
    rho, pd, loss = 0.2, 0.02, 400.0
    book = equal(np.full((50, 1), sqrt(rho)))
    found = reverse_stress(book, Dependence(year()), loss)  # type: ignore[arg-type]
    share = loss / (50 * 100.0 * 0.5)
    state = (norm.ppf(pd) - sqrt(1 - rho) * norm.ppf(share)) / sqrt(rho)
    assert found.factors == {"economy": pytest.approx(state, abs=3e-6)}
    assert found.distance == pytest.approx(-state, abs=3e-6)
    assert found.probability == pytest.approx(norm.cdf(state), rel=1e-5)
    assert found.log_density == pytest.approx(-0.5 * state * state - 0.5 * log(2 * pi), rel=1e-6)
    assert found.expected_loss_eur == pytest.approx(loss, rel=1e-6)


def test_of_equal_factors_all_are_as_bad_as_their_loading_says() -> None:
    """All obligors load alike: the likeliest state lies along the loadings; the factors are correlated."""
    correlation = 0.5
    weights = np.array([0.4, 0.2])
    book = equal(np.tile(weights, (30, 1)))
    found = reverse_stress(book, Dependence(year(2, correlation=correlation)), 300.0)  # type: ignore[arg-type]
    common = np.array([[1.0, correlation], [correlation, 1.0]])
    variance = float(weights @ common @ weights)
    level = (norm.ppf(0.02) - sqrt(1 - variance) * norm.ppf(300.0 / 1500.0)) / sqrt(variance)
    expected = common @ weights / sqrt(variance) * level
    np.testing.assert_allclose(list(found.factors.values()), expected, atol=1e-4)
    assert found.distance == pytest.approx(-level, abs=3e-6)


def test_of_two_sectors_the_larger_breaks_first() -> None:
    """Against a constrained search by SciPy from many starts."""
    loadings = np.zeros((40, 2))
    loadings[:22, 0] = loadings[22:, 1] = sqrt(0.3)
    book = equal(loadings)

    def loss(z: np.ndarray) -> float:
        given = norm.cdf((norm.ppf(0.02) - sqrt(0.3) * z) / sqrt(0.7))
        return float(50.0 * (22 * given[0] + 18 * given[1]))

    found = reverse_stress(book, Dependence(year(2)), 450.0)  # type: ignore[arg-type]
    best = min(
        (
            minimize(
                lambda z: 0.5 * z @ z, start, method="SLSQP",
                constraints={"type": "ineq", "fun": lambda z: loss(z) - 450.0}, tol=1e-12,
            )
            for start in ([-3.0, 0.0], [0.0, -3.0], [-2.0, -2.0])
        ),
        key=lambda done: done.fun,
    )  # fmt: skip
    np.testing.assert_allclose(list(found.factors.values()), best.x, atol=2e-3)
    assert found.distance == pytest.approx(sqrt(2 * best.fun), abs=1e-5)


def test_a_year_that_starts_bad_needs_less_and_the_t_copula_has_its_mixing_variable() -> None:
    book = equal(np.full((50, 1), sqrt(0.2)))
    calm = reverse_stress(book, Dependence(year()), 400.0)  # type: ignore[arg-type]
    bad = reverse_stress(book, Dependence(shifted(year(), "economy", -1.0)), 400.0)  # type: ignore[arg-type]
    assert bad.factors["economy"] == pytest.approx(calm.factors["economy"], abs=3e-6)
    assert bad.distance == pytest.approx(calm.distance - 1.0, abs=3e-6)
    mixed = reverse_stress(book, Dependence(year(), degrees_of_freedom=4.0), 400.0)  # type: ignore[arg-type]
    assert mixed.root_mixing < 1.0 and mixed.distance < calm.distance


def test_lgds_that_follow_the_economy_count() -> None:
    """LGD = Phi(mu - b F + s Z): mu such that defaulters lose 50 % on average; solved by brentq here."""
    sigma, weight, rho, pd = 0.3, 0.4, 0.2, 0.02
    book = equal(np.full((50, 1), sqrt(rho)))
    dependence = Dependence(year(), lgd_sigma=sigma, lgd_economy=weight)
    found = reverse_stress(book, dependence, 500.0)  # type: ignore[arg-type]
    f = np.linspace(-9, 9, 4001)
    given = norm.cdf((norm.ppf(pd) - sqrt(rho) * f) / sqrt(1 - rho)) * norm.pdf(f)
    wide = sqrt(1 + sigma**2)
    mu = brentq(lambda m: (given * norm.cdf((m - weight * f) / wide)).sum() / given.sum() - 0.5, -3, 3)
    state = found.factors["economy"]
    chance = norm.cdf((norm.ppf(pd) - sqrt(rho) * state) / sqrt(1 - rho))
    assert 5_000.0 * chance * norm.cdf((mu - weight * state) / wide) == pytest.approx(500.0, rel=1e-6)


def test_what_no_state_brings_about_is_refused_with_the_worst() -> None:
    book = equal(np.full((50, 1), sqrt(0.2)))
    with pytest.raises(ValueError, match=r"loss_eur\(=9,000\).*the worst one found expects 2,"):
        reverse_stress(book, Dependence(year()), 9_000.0)  # type: ignore[arg-type]
    assert reverse_stress(book, Dependence(year()), 0.0).distance == 0.0  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", [*range(8), 13, 18, 26, 38, 72, 180])
def test_of_many_directions_the_nearest_state_is_found(seed: int) -> None:
    """Three sectors of a few names with high correlations: losses bend sharply; SciPy from 27 starts."""
    rng = np.random.default_rng([9, seed])
    sector = rng.integers(0, 3, 12)
    rho, pd = rng.uniform(0.2, 0.9, 12), np.exp(rng.uniform(np.log(0.002), np.log(0.1), 12))
    exposure = np.exp(rng.normal(4.0, 1.2, 12))
    loadings = np.zeros((12, 3))
    loadings[np.arange(12), sector] = np.sqrt(rho)
    loadings[:, 0] = np.where(sector == 0, loadings[:, 0], 0.2 * (seed % 2) * np.sqrt(1.0 - rho))
    own = np.sqrt(1.0 - (loadings**2).sum(axis=1))
    wanted = float(exposure.sum()) * 0.5 * rng.uniform(0.2, 0.6)

    def loss(z: np.ndarray) -> float:
        return float(0.5 * exposure @ norm.cdf((norm.ppf(pd) - loadings @ z) / own))

    starts = [*(-3.0 * np.eye(3)), *(-3.0 * np.abs(rng.standard_normal((24, 3))))]
    tried = [
        minimize(
            lambda z: 0.5 * z @ z, start, jac=lambda z: z, method="SLSQP", options={"maxiter": 500},
            constraints={"type": "ineq", "fun": lambda z: (loss(z) - wanted) / wanted}, tol=1e-10,
        )
        for start in starts
    ]  # fmt: skip
    best = min(float(np.sqrt(2.0 * one.fun)) for one in tried if loss(one.x) > wanted * (1.0 - 1e-6))
    found = reverse_stress(portfolio(exposure, 0.5, pd, loadings), Dependence(year(3)), wanted)
    assert loss(np.array(list(found.factors.values()))) == pytest.approx(wanted, rel=1e-4)
    assert found.distance == pytest.approx(best, abs=1e-4)
    density = norm.logpdf(list(found.factors.values())).sum()
    assert found.log_density == pytest.approx(density, abs=1e-4)
