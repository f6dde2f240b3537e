"""Joint defaults, mixing and the year's state against closed forms and brute force."""

from __future__ import annotations

import numba
import numpy as np
import pytest
from scipy import stats

from hybridsim.credit.factor_state import point_in_time
from hybridsim.credit.factors import factor_model
from hybridsim.credit.portfolio import Dependence, portfolio
from hybridsim.credit.simulation import estimate
from hybridsim.credit.simulation.arrays import work_for
from hybridsim.credit.simulation.blocks import scenario_defaults
from hybridsim.credit.simulation.preparing import prepare
from hybridsim.credit.simulation.simulate import simulate
from hybridsim.credit.simulation.tables import KNOTS, REACH, from_table, gamma_table, mixing_table
from hybridsim.credit.vasicek import limit_quantile
from tests.credit.simulation.books import many_factors, one_factor, year


@numba.njit
def squares(table, z):
    return np.array([from_table(table, value) ** 2 for value in z])


def counts(book, dependence, scenarios: int, seed: int = 1) -> np.ndarray:
    ready = prepare(book, dependence)
    found = np.zeros(scenarios, dtype=np.int64)
    times = np.zeros(book.pd.size, dtype=np.int64)
    scenario_defaults(ready, work_for(ready), seed, 0, 0, False, found, times)
    return found


@pytest.mark.parametrize("freedom", [2.5, 4.0, 30.0])
def test_two_obligors_default_together_as_the_bivariate_t_distribution_says(freedom: float):
    book = portfolio([1.0, 1.0], 1.0, [0.05, 0.1], [[0.6], [0.5]])
    found = counts(book, Dependence(year(), freedom), 400_000)
    thresholds = stats.t.ppf([0.05, 0.1], freedom)
    joint = stats.multivariate_t(shape=[[1.0, 0.3], [0.3, 1.0]], df=freedom, seed=1)
    wanted = joint.cdf(thresholds, maxpts=200_000)
    share = np.mean(found == 2)
    assert abs(share - wanted) < 4.0 * np.sqrt(wanted / found.size)
    assert abs(np.mean(found) - 0.15) < 4.0 * np.std(found) / np.sqrt(found.size)


def test_the_t_copula_agrees_with_brute_force():
    """A plain NumPy simulation of the definition, from another generator."""
    rng = np.random.default_rng(8)
    book, dependence = many_factors(60, degrees_of_freedom=3.0, rho=0.3)
    own = np.sqrt(1.0 - np.sum(book.loadings**2, axis=1))
    n = 60_000
    asset = rng.standard_normal((n, 21)) @ book.loadings.T + own * rng.standard_normal((n, 60))
    mixed = asset / np.sqrt(rng.chisquare(3.0, n) / 3.0)[:, None]
    losses = (mixed <= stats.t.ppf(book.pd, 3.0)) @ (book.exposure_eur * 0.45)
    sample = simulate(book, dependence, n, 2, level=0.5)
    found = sample.tail.loss_eur
    assert stats.ks_2samp(found[: n // 4], np.sort(losses)[::-1][: n // 4]).pvalue > 0.001
    for level in (0.9, 0.99):
        at_risk = estimate.value_at_risk(sample, level)
        brute = np.sort(losses)[[k - 1 for k in estimate.binomial_ranks(n, level)]]
        assert at_risk.ci_low <= brute[1]
        assert brute[0] <= at_risk.ci_high
    assert abs(np.mean(losses) - estimate.expected_loss(sample).value) < 5.0 * np.std(losses) / np.sqrt(n)


def test_the_mixing_coordinate_has_chi_squared_quantiles_and_grows():
    z = np.linspace(-7.0, 7.0, 57)
    for freedom in (1.0, 3.0, 10.0, 200.0):
        table = mixing_table(freedom)
        found = squares(table, z)
        wanted = np.where(
            z < 0.0,
            stats.chi2.ppf(stats.norm.cdf(z), freedom),
            stats.chi2.isf(stats.norm.sf(z), freedom),
        )
        np.testing.assert_allclose(found, wanted / freedom, rtol=2e-7)
        assert (np.diff(found) > 0.0).all()


def test_gamma_quantiles_go_on_where_they_underflow():
    table = gamma_table(0.01)
    assert table.shape == (KNOTS,)
    assert np.isfinite(table).all()
    assert (np.diff(table) > 0.0).all()
    assert table[0] == pytest.approx((stats.norm.logcdf(-REACH) + 0.01 * 0 + np.log(0.9943)) / 0.01, rel=1e-3)


def test_a_fine_pool_reaches_vasiceks_limit():
    book, dependence = one_factor(20_000, 0.01, 0.2)
    sample = simulate(book, dependence, 20_000, 4)
    found = estimate.value_at_risk(sample, 0.99)
    wanted = 20_000 * limit_quantile(0.99, 0.01, 0.2)
    # n = 20,000 adds less than 0.1 % to the limit.
    assert found.ci_low < wanted * 1.001
    assert found.ci_high > wanted * 0.999


def test_years_after_known_states_average_to_a_year_through_the_cycle():
    model = factor_model(["economy", "labour"], [[0.5, 0.1], [0.0, 0.3]], [[1.0, 0.4], [0.4, 1.0]])
    book = portfolio(np.ones(50), 1.0, np.full(50, 0.03), np.tile([[0.4, 0.2]], (50, 1)))
    states = np.random.default_rng(3).standard_normal((200, 2)) @ np.array(model.correlation_root).T
    covariance = np.array(model.innovation_root) @ np.array(model.innovation_root).T
    weight = np.array([0.4, 0.2])
    common = weight @ np.array(model.correlation) @ weight
    found, wanted = [], []
    for number, state in enumerate(states):
        year_after = point_in_time(model, state)
        sample = simulate(book, Dependence(year_after), 2_000, number, workers=1, level=0.9)
        found.append(estimate.expected_loss(sample).value)
        spread = np.sqrt(1.0 - common + weight @ covariance @ weight)
        wanted.append(50.0 * stats.norm.cdf((stats.norm.ppf(0.03) - weight @ year_after.mean) / spread))
    miss = np.array(found) - np.array(wanted)
    assert abs(miss.mean()) < 4.0 * miss.std() / np.sqrt(miss.size)
    assert np.corrcoef(found, wanted)[0, 1] > 0.95
    assert abs(np.mean(found) - 1.5) < 4.0 * np.std(found) / np.sqrt(200)
