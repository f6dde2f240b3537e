"""Expected defaults and losses in a state of the factors against integrals and brute force of the model."""

from dataclasses import replace
from math import inf

import numpy as np
import pytest
from scipy import stats

from hybridsim.book.expecting import both, caps_can_bind, expected_loss, within_caps
from hybridsim.book.pd_terms import given_economy
from hybridsim.book.states import coming_years, default_probabilities, outlook
from hybridsim.credit.factor_state import FactorState, given, shifted
from hybridsim.credit.portfolio import Dependence, portfolio
from hybridsim.credit.simulation import estimate
from hybridsim.credit.simulation.simulate import simulate

CORRELATION = np.array([[1.0, 0.3, 0.2], [0.3, 1.0, 0.0], [0.2, 0.0, 1.0]])
FACTORS = FactorState(
    ("economy", "labour", "land"), CORRELATION, np.zeros(3), np.linalg.cholesky(CORRELATION)
)
LOADINGS = np.array([[0.3, 0.2, 0.1], [0.4, 0.0, 0.0], [0.1, 0.3, 0.2], [0.0, 0.5, 0.0]])


def book(**change):
    """Four obligors, the last one a guarantor of loans 0 and 1; loan 3 is obligor 0's second one."""
    columns = {
        "exposure_eur": [100.0, 200.0, 50.0, 80.0],
        "lgd": [0.4, 0.6, 0.45, 0.2],
        "pd": [0.02, 0.05, 0.1, 0.04],
        "loadings": LOADINGS,
        "obligor": np.array([0, 1, 2, 0]),
        "cover": [0.8, 0.5, 0.0, 0.5],
        "guarantor": np.array([3, 3, -1, -1]),
        "pays_in_default": [0.0, 0.0, 0.0, 0.25],
    }
    return portfolio(**{**columns, **change})


def drawn(dependence: Dependence, draws: int = 4_000_000, seed: int = 1):
    """Mean default rates and net losses of the book with their errors, by the model's own words."""
    rng = np.random.default_rng(seed)
    state, loans = dependence.factors, book()
    systematic = state.mean[:, None] + state.root @ rng.standard_normal((3, draws))
    mixing = np.ones(draws)
    if dependence.degrees_of_freedom < inf:
        df = dependence.degrees_of_freedom
        mixing = np.sqrt(rng.chisquare(df, draws) / df)
        threshold = stats.t.ppf(loans.pd, df)
    else:
        threshold = stats.norm.ppf(loans.pd)
    own = np.sqrt(1.0 - np.einsum("ij,jk,ik->i", LOADINGS, CORRELATION, LOADINGS))
    values = LOADINGS @ systematic + own[:, None] * rng.standard_normal((4, draws))
    hit = values <= threshold[:, None] * mixing
    pays = np.where(hit[3], 0.25, 1.0)
    losses = [
        100.0 * 0.4 * hit[0] * (1 - 0.8 * pays),
        200.0 * 0.6 * hit[1] * (1 - 0.5 * pays),
        50.0 * 0.45 * hit[2],
        80.0 * 0.2 * hit[0] * 0.5,
    ]
    rates = [(row.mean(), row.std() / np.sqrt(draws)) for row in hit]
    return rates, [(row.mean(), row.std() / np.sqrt(draws)) for row in losses]


@pytest.mark.parametrize("df", [inf, 4.0])
@pytest.mark.parametrize("stress", ["none", "shifted", "given"])
def test_defaults_and_losses_are_those_of_drawn_years(df: float, stress: str):
    state = {
        "none": FACTORS,
        "shifted": shifted(FACTORS, "labour", -1.5),
        "given": given(FACTORS, "economy", -2.0),
    }[stress]
    dependence = Dependence(state, degrees_of_freedom=df)
    rates, losses = drawn(dependence, 1_000_000)
    chances = default_probabilities(book(), dependence)
    for chance, (mean, error) in zip(chances, rates, strict=True):
        assert abs(chance - mean) < 4.5 * error
    found = expected_loss(book(), dependence)
    for loss, (mean, error) in zip(found.net_eur, losses, strict=True):
        assert abs(loss - mean) < 4.5 * error
    own = chances[[0, 1, 2, 0]] * book().lgd * book().exposure_eur
    assert found.gross_eur == pytest.approx(own, rel=1e-7)


@pytest.mark.parametrize("df", [inf, 3.0, 30.0])
def test_through_the_cycle_the_pd_is_the_rating_s(df: float):
    assert default_probabilities(book(), Dependence(FACTORS, df)) == pytest.approx(book().pd, rel=1e-10)


def test_with_the_only_factor_given_it_is_vasicek_s_formula():
    one = FactorState(("economy",), np.ones((1, 1)), np.zeros(1), np.ones((1, 1)))
    loans = portfolio([1.0], [0.4], [0.01], [[0.4]])
    stressed = Dependence(given(one, "economy", -2.0))
    assert default_probabilities(loans, stressed)[0] == pytest.approx(
        stats.norm.cdf((stats.norm.ppf(0.01) + 0.8) / np.sqrt(0.84))
    )
    assert expected_loss(loans, stressed).net_eur[0] == pytest.approx(
        0.4 * default_probabilities(loans, stressed)[0]
    )


def test_random_lgds_cost_what_is_asked_through_the_cycle_and_more_in_a_bad_year():
    dependence = Dependence(FACTORS, lgd_sigma=1.5, lgd_economy=0.4)
    usual = expected_loss(book(), dependence)
    assert usual.gross_eur == pytest.approx(
        book().exposure_eur * book().lgd * book().pd[[0, 1, 2, 0]], rel=1e-8
    )
    bad = replace(dependence, factors=shifted(FACTORS, "economy", -2.0))
    fixed = expected_loss(book(), replace(bad, lgd_sigma=0.0, lgd_economy=0.0))
    assert np.all(expected_loss(book(), bad).gross_eur > 1.05 * fixed.gross_eur)


def test_random_lgds_in_a_bad_year_are_those_of_drawn_years():
    # One loan: mu solved by hand's quadrature, then drawn: bad year, own spread, default.
    sigma, weight, loading, pd, lgd = 1.2, 0.5, 0.5, 0.05, 0.35
    one = FactorState(("economy",), np.ones((1, 1)), np.zeros(1), np.ones((1, 1)))
    f = np.linspace(-8, 8, 2001)
    given_f = stats.norm.cdf((stats.norm.ppf(pd) - loading * f) / np.sqrt(1 - loading**2)) * stats.norm.pdf(f)
    low, high = -5.0, 5.0
    for _ in range(80):
        mu = 0.5 * (low + high)
        mean = (stats.norm.cdf((mu - weight * f) / np.sqrt(1 + sigma**2)) * given_f).sum() / given_f.sum()
        low, high = (low, mu) if mean > lgd else (mu, high)
    rng = np.random.default_rng(4)
    economy, draws = rng.standard_normal(3_000_000) - 1.5, 3_000_000
    hit = loading * economy + np.sqrt(1 - loading**2) * rng.standard_normal(draws) <= stats.norm.ppf(pd)
    loss = hit * stats.norm.cdf(mu - weight * economy + sigma * rng.standard_normal(draws))
    stressed = Dependence(shifted(one, "economy", -1.5), lgd_sigma=sigma, lgd_economy=weight)
    ours = expected_loss(portfolio([1.0], [lgd], [pd], [[loading]]), stressed).net_eur[0]
    assert abs(ours - loss.mean()) < 4.5 * loss.std() / np.sqrt(draws)


@pytest.mark.parametrize("df", [inf, 5.0])
def test_the_compiled_simulation_expects_the_same_losses(df: float):
    stressed = Dependence(shifted(FACTORS, "economy", -1.0), df, lgd_sigma=1.2, lgd_economy=0.4)
    sample = estimate.expected_loss(simulate(book(), stressed, 400_000, 3))
    ours = expected_loss(book(), stressed).net_eur.sum()
    assert abs(sample.value - ours) < 4.5 * sample.se


def test_a_guarantor_who_guarantees_himself_pays_only_what_he_pays_in_default():
    loans = book(guarantor=np.array([0, -1, -1, -1]), pays_in_default=[0.3, 0.0, 0.0, 0.0])
    assert expected_loss(loans, Dependence(FACTORS)).net_eur[0] == pytest.approx(
        100.0 * 0.4 * 0.02 * (1.0 - 0.8 * 0.3)
    )


def test_borrowers_alike_but_for_their_sector_fail_with_their_guarantor_each_in_its_way():
    free = FactorState(("economy", "a", "b"), np.eye(3), np.zeros(3), np.eye(3))
    loans = portfolio(
        [100.0, 100.0],
        0.5,
        [0.03, 0.03, 0.06],
        [[0.2, 0.4, 0.0], [0.2, 0.0, 0.4], [0.2, 0.4, 0.0]],
        obligor=np.array([0, 1]),
        cover=1.0,
        guarantor=np.array([2, 2]),
    )
    limits = stats.norm.ppf([0.03, 0.06])
    together = [stats.multivariate_normal.cdf(limits, cov=[[1.0, r], [r, 1.0]]) for r in (0.2, 0.04)]
    found = expected_loss(loans, Dependence(free)).net_eur
    assert found == pytest.approx(50.0 * np.array(together), rel=1e-5)


def test_two_normal_variables_agree_with_scipy():
    rng = np.random.default_rng(0)
    h, k, rho = rng.normal(0, 2, 60), rng.normal(0, 2, 60), rng.uniform(-0.95, 0.95, 60)
    h[0], k[1], h[2], k[2] = 0.0, 0.0, 0.0, 0.0
    theirs = [
        stats.multivariate_normal.cdf([a, b], cov=[[1, r], [r, 1]]) for a, b, r in zip(h, k, rho, strict=True)
    ]
    assert both(h, k, rho) == pytest.approx(theirs, abs=1e-7)
    assert both(np.array([inf, -inf]), np.array([0.3, 0.3]), np.array([0.5, 0.5])) == pytest.approx(
        [stats.norm.cdf(0.3), 0.0]
    )


def test_later_years_agree_with_the_single_factor():
    one = FactorState(("economy",), np.ones((1, 1)), np.zeros(1), np.ones((1, 1)))
    loans = portfolio([1.0], [0.4], [0.02], [[0.45]])
    years = coming_years(loans, Dependence(given(one, "economy", -1.5)), 0.5, 4)
    assert years[0] == pytest.approx(given_economy([0.02], [0.45], -1.5, 0.5, 4)[0])


def test_later_years_are_those_of_a_drawn_ar1():
    # Three factors with one persistence: labour shifted and the state known in part, two years on.
    state = replace(shifted(FACTORS, "labour", -2.0), root=FACTORS.root * np.sqrt(0.5))
    rng = np.random.default_rng(12)
    draws, phi = 1_000_000, 0.6
    factors = state.mean[:, None] + state.root @ rng.standard_normal((3, draws))
    for _ in range(2):
        factors = phi * factors + np.sqrt(1.0 - phi**2) * FACTORS.root @ rng.standard_normal((3, draws))
    own = np.sqrt(1.0 - np.einsum("ij,jk,ik->i", LOADINGS, CORRELATION, LOADINGS))
    values = LOADINGS @ factors + own[:, None] * rng.standard_normal((4, draws))
    rates = (values <= stats.norm.ppf(book().pd)[:, None]).mean(axis=1)
    found = coming_years(book(), Dependence(state), phi, 3)[:, 2]
    assert np.all(np.abs(found - rates) < 4.5 * np.sqrt(rates / draws))
    assert coming_years(book(), Dependence(state), phi, 60)[:, -1] == pytest.approx(book().pd)


def test_the_loading_on_the_economy_is_a_correlation():
    # w.F and economy: 0.3 + 0.2 * 0.3 + 0.1 * 0.2.
    ahead = outlook(book(), Dependence(FACTORS))
    assert ahead.loading[0] == pytest.approx(0.38)
    assert ahead.mean == pytest.approx(0.0)
    assert ahead.variance == pytest.approx(1.0)


def in_part() -> FactorState:
    """Labour shifted, the economy known in part, the others' spread nearly whole."""
    known = np.diag([0.5, 0.9, 0.95])
    return replace(shifted(shifted(FACTORS, "labour", -1.0), "economy", -0.5), root=known @ FACTORS.root)


def test_courses_around_what_is_expected_average_to_the_state_s_pds():
    state = Dependence(in_part())
    ahead = outlook(book(), state)
    nodes, weights = np.polynomial.hermite_e.hermegauss(40)
    chance = book().pd
    courses = [given_economy(chance, ahead.loading, z, 0.6, 4, ahead.mean, ahead.variance) for z in nodes]
    averaged = np.tensordot(weights / weights.sum(), np.array(courses), axes=1)
    assert averaged == pytest.approx(coming_years(book(), state, 0.6, 4), rel=1e-6)


def test_a_course_of_a_known_year_is_what_is_drawn_near_it():
    state = in_part()
    ahead = outlook(book(), Dependence(state))
    rng = np.random.default_rng(13)
    factors = state.mean[:, None] + state.root @ rng.standard_normal((3, 4_000_000))
    z = (factors[0] - state.mean[0]) / np.sqrt(state.root[0] @ state.root[0])
    near = factors[:, np.abs(z + 1.0) < 0.02]
    own = np.sqrt(1.0 - np.einsum("ij,jk,ik->i", LOADINGS, CORRELATION, LOADINGS))
    values = LOADINGS @ near + own[:, None] * rng.standard_normal((4, near.shape[1]))
    rates = (values <= stats.norm.ppf(book().pd)[:, None]).mean(axis=1)
    found = given_economy(book().pd, ahead.loading, -1.0, 0.6, 1, ahead.mean, ahead.variance)[:, 0]
    assert np.all(np.abs(found - rates) < 4.5 * np.sqrt(rates / near.shape[1]))


def test_pools_pay_expected_claims_up_to_their_caps():
    loans = portfolio(
        [1_000.0, 2_000.0, 500.0, 100.0], 0.5, [0.01] * 4, np.full((4, 3), 0.1),
        cover=[0.8, 0.8, 0.5, 0.0], pool=[0, 0, 1, -1], pool_cap_eur=[6.0, 100.0],
    )  # fmt: skip
    loss = expected_loss(loans, Dependence(FACTORS))
    # Claims 4 + 8 of a pool of 6: half is paid; the second pool pays all of its 1.25.
    assert within_caps(loans, loss) == pytest.approx([5.0 - 2.0, 10.0 - 4.0, 2.5 - 1.25, 0.5], rel=1e-6)
    free = replace(loans, pool_cap_eur=np.array([12.1, 100.0]))
    assert within_caps(free, loss) == pytest.approx(loss.net_eur)


def test_only_pools_that_may_be_asked_for_too_much_bind():
    loans = book(pool=np.array([0, 0, -1, 1]), pool_cap_eur=[150.0, 40.0])
    assert caps_can_bind(loans).tolist() == [True, True, False, False]


def test_wrong_persistence_is_refused():
    with pytest.raises(ValueError, match="persistence"):
        coming_years(book(), Dependence(FACTORS), 1.0, 2)
