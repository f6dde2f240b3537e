"""Expected losses before guarantees against closed forms and brute quadrature."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import ndtri
from scipy.stats import chi2, norm
from scipy.stats import t as student

from hybridsim.credit.factor_state import point_in_time, shifted
from hybridsim.credit.factors import factor_model
from hybridsim.credit.portfolio import Dependence, portfolio
from hybridsim.credit.simulation.preparing import prepare
from hybridsim.credit.tail.expected import gross_losses
from tests.credit.simulation.books import many_factors


@pytest.mark.parametrize("more", [{}, {"degrees_of_freedom": 4.0}, {"lgd_sigma": 0.4, "lgd_economy": 0.5}])
def test_through_the_cycle_it_is_pd_times_lgd_times_exposure(more: dict[str, float]) -> None:
    book, dependence = many_factors(40, **more)
    prepared = prepare(book, dependence)
    exact = (book.pd * book.lgd * book.exposure_eur)[prepared.loan_row]
    np.testing.assert_allclose(gross_losses(prepared), exact, rtol=2e-6)


def test_in_a_bad_year_it_is_the_shifted_probability() -> None:
    """Phi((t - w.mean)/1): the variance of a shifted year stays."""
    book, dependence = many_factors(10)
    bad = replace(dependence, factors=shifted(dependence.factors, "economy", -2.0))
    prepared = prepare(book, bad)
    chances = norm.cdf(ndtri(book.pd) + 2.0 * book.loadings[:, 0])
    exact = (chances * book.lgd * book.exposure_eur)[prepared.loan_row]
    np.testing.assert_allclose(gross_losses(prepared), exact, rtol=1e-9)


def test_point_in_time_with_everything_against_plain_draws() -> None:
    model = factor_model(["economy", "labour"], [[0.6, 0.0], [0.1, 0.3]], [[1.0, 0.3], [0.3, 1.0]])
    state = point_in_time(model, [-1.5, 0.5])
    weights, pd, freedom, sigma, economy = np.array([0.4, 0.3]), 0.03, 6.0, 0.3, 0.5
    dependence = Dependence(state, freedom, lgd_sigma=sigma, lgd_economy=economy)
    prepared = prepare(portfolio([100.0], 0.4, [pd], weights[None, :]), dependence)
    rng = np.random.default_rng(1)
    factors = state.mean + rng.standard_normal((2_000_000, 2)) @ state.root.T
    root_w = np.sqrt(chi2.ppf(rng.random(2_000_000), freedom) / freedom)
    own = np.sqrt(1.0 - weights @ state.correlation @ weights)
    chance = norm.cdf((student.ppf(pd, freedom) * root_w - factors @ weights) / own)
    location = float(prepared.lgd_location[0])
    lgd = norm.cdf((location - economy * factors[:, 0]) / np.sqrt(1 + sigma**2))
    loss = 100.0 * chance * lgd
    assert abs(gross_losses(prepared)[0] - loss.mean()) < 4.0 * loss.std() / np.sqrt(loss.size)
