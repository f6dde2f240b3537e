"""What defaults cost: means of random LGDs, pools, guarantors in default, all against enumeration."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import stats

from hybridsim.credit.portfolio import Dependence, Portfolio, portfolio
from hybridsim.credit.simulation import estimate
from hybridsim.credit.simulation.preparing import prepare
from hybridsim.credit.simulation.simulate import simulate
from tests.credit.simulation.books import year

PARTS = np.array([0, 1, 0, 0, 1, 0])


def guaranteed() -> Portfolio:
    """Six loans of four borrowers; obligors 4 and 3 guarantee; one pool is short, the other is not."""
    return portfolio(
        [10.0, 20.0, 30.0, 40.0, 15.0, 25.0],
        [0.5, 0.4, 0.6, 0.3, 0.7, 0.5],
        [0.2, 0.3, 0.25, 0.15, 0.1],
        [[0.5], [0.4], [0.6], [-0.2], [0.3]],
        obligor=np.array([0, 0, 1, 2, 2, 3]),
        cover=[0.8, 0.5, 0.8, 1.0, 0.6, 0.0],
        guarantor=np.array([4, 4, 4, 3, -1, -1]),
        pool=np.array([0, 0, 0, 1, -1, -1]),
        pool_cap_eur=[12.0, 1_000.0],
        pays_in_default=[0.0, 0.0, 0.0, 0.25, 0.4],
    )


def loss_of(book: Portfolio, hit: np.ndarray, loans: np.ndarray) -> float:
    """Loss of some loans when obligors ``hit`` default, as the text of the model says it."""
    total, claims = 0.0, np.zeros(2)
    lost = book.exposure_eur * book.lgd * hit[book.obligor] * loans
    for loan, pool in enumerate(book.pool):
        if pool >= 0:
            claims[pool] += book.cover[loan] * lost[loan]
    for loan, pool in enumerate(book.pool):
        payout = book.cover[loan] * lost[loan]
        if pool >= 0 and claims[pool] > 0.0:
            payout *= min(1.0, book.pool_cap_eur[pool] / claims[pool])
        guarantor = book.guarantor[loan]
        if guarantor >= 0 and hit[guarantor]:
            payout *= book.pays_in_default[guarantor]
        total += lost[loan] - payout
    return total


def test_pools_and_guarantors_in_default_agree_with_every_outcome_counted():
    book = guaranteed()
    states, weights = np.polynomial.hermite_e.hermegauss(60)
    weights = weights / weights.sum()
    own = np.sqrt(1.0 - book.loadings[:, 0] ** 2)
    given = stats.norm.cdf(
        (stats.norm.ppf(book.pd)[:, None] - book.loadings @ states[None, :]) / own[:, None]
    )
    moments = np.zeros((3, 2))
    for outcome in itertools.product((0, 1), repeat=5):
        hit = np.array(outcome)
        chance = weights @ np.prod(np.where(hit[:, None] == 1, given, 1.0 - given), axis=0)
        whole = loss_of(book, hit, np.ones(6))
        base = loss_of(book, hit, 1.0 - PARTS)
        for row, loss in enumerate((whole, base, whole - base)):
            moments[row] += chance * np.array([loss, loss * loss])
    sample = simulate(book, Dependence(year()), 400_000, 3, parts=PARTS)
    for row, found in enumerate(
        (
            estimate.expected_loss(sample),
            estimate.expected_loss(sample, base=True),
            estimate.added_expected_loss(sample),
        )
    ):
        assert abs(found.value - moments[row, 0]) < 4.0 * found.se
        exact = np.sqrt(moments[row, 1] - moments[row, 0] ** 2)
        assert found.se * np.sqrt(400_000) == pytest.approx(exact, rel=0.02)


def test_the_mean_lgd_of_those_that_default_is_the_one_asked_for():
    """By a plain simulation of the LGD's definition, from another generator, with the locations found."""
    rng = np.random.default_rng(4)
    n = 400_000
    lgd = np.array([0.1, 0.45, 0.9])
    pd, loadings = np.array([0.01, 0.05, 0.3]), np.array([[0.5, 0.0], [0.3, 0.4], [-0.4, 0.1]])
    book = portfolio(np.ones(3), lgd, pd, loadings)
    for freedom in (np.inf, 4.0):
        dependence = Dependence(year(2, correlation=0.3), freedom, lgd_sigma=0.8, lgd_economy=0.6)
        ready = prepare(book, dependence)
        factors = rng.standard_normal((n, 2)) @ dependence.factors.root.T
        common = np.einsum("ij,jk,ik->i", loadings, dependence.factors.correlation, loadings)
        asset = factors @ loadings.T + np.sqrt(1.0 - common) * rng.standard_normal((n, 3))
        if freedom < np.inf:
            asset /= np.sqrt(rng.chisquare(freedom, n) / freedom)[:, None]
        for place, row in enumerate(ready.loan_row):
            threshold = stats.t.ppf(pd[row], freedom) if freedom < np.inf else stats.norm.ppf(pd[row])
            state = factors[asset[:, row] <= threshold, 0]
            probit = ready.lgd_location[place] - 0.6 * state + 0.8 * rng.standard_normal(state.size)
            found = stats.norm.cdf(probit)
            assert abs(found.mean() - lgd[row]) < 4.0 * found.std() / np.sqrt(found.size)


def test_the_location_agrees_with_the_bivariate_normal_distribution():
    """``E[LGD; default] = Phi_2(mu / sqrt(1 + s^2 + b^2), T; b c / sqrt(1 + s^2 + b^2))``."""
    rng = np.random.default_rng(2)
    lgd, pd = rng.uniform(0.02, 0.98, 30), np.exp(rng.uniform(np.log(1e-4), np.log(0.5), 30))
    loadings = rng.uniform(-0.9, 0.9, (30, 1))
    sigma, weight = 0.7, 0.5
    ready = prepare(
        portfolio(np.ones(30), lgd, pd, loadings), Dependence(year(), lgd_sigma=sigma, lgd_economy=weight)
    )
    spread = np.sqrt(1.0 + sigma**2 + weight**2)
    for place, row in enumerate(ready.loan_row):
        slope = weight * loadings[row, 0] / spread
        point = [ready.lgd_location[place] / spread, stats.norm.ppf(pd[row])]
        joint = stats.multivariate_normal.cdf(point, cov=[[1.0, slope], [slope, 1.0]], abseps=1e-12)
        assert joint / pd[row] == pytest.approx(lgd[row], rel=1e-6)


def test_losses_given_default_worsen_with_the_economy_and_keep_their_mean():
    exposure, pd = np.ones(400), np.full(400, 0.05)
    loadings = np.full((400, 1), np.sqrt(0.2))
    fixed = simulate(portfolio(exposure, 0.4, pd, loadings), Dependence(year()), 100_000, 6)
    moving = simulate(
        portfolio(exposure, 0.4, pd, loadings),
        Dependence(year(), lgd_sigma=0.5, lgd_economy=0.5),
        100_000,
        6,
    )
    means = [estimate.expected_loss(sample) for sample in (fixed, moving)]
    for found in means:
        assert abs(found.value - 8.0) < 4.0 * found.se
    tails = [estimate.expected_shortfall(sample, 0.99) for sample in (fixed, moving)]
    assert tails[1].ci_low > tails[0].ci_high


def test_an_lgd_of_nothing_or_everything_stays_what_it_is():
    book = portfolio([1.0, 1.0], [0.0, 1.0], [0.5, 0.5], [[0.5], [0.5]])
    sample = simulate(book, Dependence(year(), lgd_sigma=0.5, lgd_economy=0.5), 4_000, 1, level=0.5)
    assert set(np.unique(sample.tail.loss_eur)) <= {0.0, 1.0}
