import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from hybridsim.credit.distribution import (
    bands,
    expected_shortfall,
    mean,
    value_at_risk,
)
from hybridsim.credit.finite_pool import (
    conditional_losses,
    conditional_pds,
    granularity_adjustment,
    limit_value_at_risk,
    one_factor_losses,
)
from hybridsim.credit.vasicek import limit_quantile, pool_probabilities, pool_quantile


def test_a_hundred_equal_loans_have_the_known_figures():
    # PD 1 %, rho 0.2, 99.9 %: limit, adjusted to first order, and the exact share of a hundred loans.
    shares, pd = np.full(100, 0.01), np.full(100, 0.01)
    limit = limit_value_at_risk(shares, pd, 0.2, 0.999)
    assert limit == pytest.approx(0.14553, abs=5e-6)
    assert limit == pytest.approx(limit_quantile(0.999, 0.01, 0.2), rel=1e-11)
    assert limit + granularity_adjustment(shares, pd, 0.2, 0.999) == pytest.approx(0.16167, abs=5e-6)
    assert pool_quantile(0.999, 100, 0.01, 0.2) == 0.16
    assert value_at_risk(one_factor_losses(bands(shares, pd, 0.01), 0.2), 0.999) == pytest.approx(0.16)


def test_equal_loans_agree_with_the_binomial_mixture():
    losses = one_factor_losses(bands(np.ones(80), np.full(80, 0.03), 1.0), 0.15)
    assert losses.probabilities == pytest.approx(pool_probabilities(80, 0.03, 0.15), abs=1e-12)


def test_a_few_unequal_loans_agree_with_every_outcome_counted():
    units, chances = np.array([1, 2, 5, 3]), np.array([[0.1, 0.3, 0.05, 0.5], [0.2, 0.6, 0.4, 0.9]])
    weights = [0.25, 0.75]
    expected = np.zeros(12)
    for outcome in itertools.product((0, 1), repeat=4):
        for row, weight in zip(chances, weights, strict=True):
            expected[np.dot(outcome, units)] += weight * np.prod(np.where(outcome, row, 1.0 - row))
    book = bands(units.astype(float), np.full(4, 0.5), 1.0)
    assert conditional_losses(book, chances, weights).probabilities == pytest.approx(expected, abs=1e-16)


def test_given_one_state_equal_loans_are_binomial_far_into_the_tail():
    book = bands(np.ones(40), np.full(40, 0.01), 1.0)
    losses = conditional_losses(book, np.full((1, 40), 0.01), [1.0])
    # Relative, down to 1e-80: nothing cancels in the recursion.
    assert losses.probabilities == pytest.approx(stats.binom.pmf(np.arange(41), 40, 0.01), rel=1e-11, abs=0)


def unequal_book(loans: int):
    rng = np.random.default_rng(3)
    loss, pd, rho = (
        rng.lognormal(0.0, 1.0, loans),
        rng.uniform(0.002, 0.05, loans),
        rng.uniform(0.0, 0.3, loans),
    )
    return loss, pd, rho


def test_an_unequal_book_agrees_with_plain_simulation():
    loss, pd, rho = unequal_book(60)
    book = bands(loss, pd, 0.05)
    exact = one_factor_losses(book, rho)
    rng = np.random.default_rng(8)
    futures = 200_000
    factor = rng.standard_normal((futures, 1))
    own = rng.standard_normal((futures, 60))
    simulated = ((np.sqrt(rho) * factor + np.sqrt(1 - rho) * own) < stats.norm.ppf(book.pd)) @ book.units
    for level in (0.9, 0.99, 0.999):
        units = round(value_at_risk(exact, level) / 0.05)
        cdf = exact.probabilities[: units + 1].sum()
        assert np.mean(simulated <= units) == pytest.approx(cdf, abs=3.9 * np.sqrt(cdf * (1 - cdf) / futures))
    assert mean(exact) == pytest.approx(loss @ pd, rel=1e-9)


@settings(deadline=None, max_examples=25)
@given(
    st.lists(st.tuples(st.integers(1, 9), st.floats(0.001, 0.5)), min_size=1, max_size=12), st.floats(0, 0.9)
)
def test_every_book_keeps_its_expected_loss_and_its_order_of_figures(
    loans: list[tuple[int, float]], rho: float
):
    loss, pd = np.array(loans, dtype=float).T
    losses = one_factor_losses(bands(loss, pd, 1.0), rho)
    assert mean(losses) == pytest.approx(loss @ pd, rel=1e-8)
    assert expected_shortfall(losses, 0.99) >= value_at_risk(losses, 0.99)
    assert expected_shortfall(losses, 0.99) >= mean(losses) * (1.0 - 1e-9)


def test_the_order_of_the_loans_moves_no_bit():
    loss, pd, _ = unequal_book(40)
    order = np.random.default_rng(1).permutation(40)
    first = one_factor_losses(bands(loss, pd, 0.1), 0.2)
    again = one_factor_losses(bands(loss[order], pd[order], 0.1), 0.2)
    assert first.probabilities.tobytes() == again.probabilities.tobytes()


def test_the_adjustment_shrinks_with_the_loans_and_then_meets_the_exact_figure():
    adjustments = []
    for loans in (200, 800):
        loss, pd = np.full(loans, 1.0 / loans), np.full(loans, 0.02)
        adjustment = granularity_adjustment(loss, pd, 0.2, 0.99)
        exact = pool_quantile(0.99, loans, 0.02, 0.2)
        # A share of defaults moves in steps of 1/n; beyond that the rest is of second order.
        assert limit_value_at_risk(loss, pd, 0.2, 0.99) + adjustment == pytest.approx(exact, abs=1.0 / loans)
        adjustments.append(adjustment)
    assert adjustments[0] == pytest.approx(4.0 * adjustments[1], rel=1e-12)


def test_the_adjustment_is_the_derivative_that_it_claims_to_be():
    # Martin and Wilde: -(1/2) d/dy (phi v / m') / phi at y = Phi^-1(1 - q), here by differences.
    loss, pd, rho = unequal_book(30)

    def inner(y: float) -> float:
        given = conditional_pds(pd, rho, y)[0]
        slope = loss @ (conditional_pds(pd, rho, y + 1e-5)[0] - conditional_pds(pd, rho, y - 1e-5)[0]) / 2e-5
        return stats.norm.pdf(y) * (loss**2 @ (given * (1 - given))) / slope

    y = stats.norm.ppf(0.001)
    expected = -0.5 * (inner(y + 1e-4) - inner(y - 1e-4)) / 2e-4 / stats.norm.pdf(y)
    assert granularity_adjustment(loss, pd, rho, 0.999) == pytest.approx(expected, rel=1e-4)


def test_conditional_pds_average_to_the_pds():
    nodes, weights = np.polynomial.hermite_e.hermegauss(80)
    average = weights @ conditional_pds([0.01, 0.2], [0.3, 0.05], nodes) / weights.sum()
    assert average == pytest.approx([0.01, 0.2], rel=1e-6)


def test_a_loan_that_loses_nothing_keeps_its_row_and_changes_nothing():
    with_it = bands([1.0, 0.0, 2.0], [0.1, 0.4, 0.2], 1.0)
    without = bands([1.0, 2.0], [0.1, 0.2], 1.0)
    expected = one_factor_losses(without, 0.2).probabilities
    assert one_factor_losses(with_it, 0.2).probabilities == pytest.approx(expected, abs=1e-15)


def test_certain_and_impossible_defaults_stay_so():
    losses = one_factor_losses(bands([1.0, 2.0], [0.0, 1.0], 1.0), 0.2)
    assert losses.probabilities == pytest.approx([0.0, 0.0, 1.0, 0.0], abs=1e-15)
    assert granularity_adjustment([1.0, 2.0, 1.0], [0.0, 1.0, 0.1], 0.2, 0.9) > 0.0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: one_factor_losses(bands([1.0], [0.1], 1.0), 1.0), r"rho\[0\]\(=1.0\)"),
        (lambda: limit_value_at_risk([1.0], [0.1], 0.2, 0.0), r"level\(=0.0\)"),
        (lambda: granularity_adjustment([1.0], [0.1], 0.0, 0.99), "no loan depends on the factor"),
        (lambda: conditional_losses(bands([1.0], [0.1], 1.0), [[0.1, 0.2]], [1.0]), r"need \(1, 1\)"),
        (lambda: conditional_losses(bands([1.0], [0.1], 1.0), [[1.5]], [1.0]), r"pd_given_state\[0, 0\]"),
        (lambda: conditional_losses(bands([1.0], [0.1], 1.0), [[0.1]], [0.0]), "positive sum"),
        (lambda: one_factor_losses(bands([1e9], [0.1], 1.0), 0.1), "take a larger unit_eur"),
        (
            lambda: one_factor_losses(bands(np.ones(60_000), np.full(60_000, 0.1), 1.0), 0.2),
            "60,000 loans are too",
        ),
        (lambda: pool_quantile(1.0, 10, 0.1, 0.1), r"level\(=1.0\)"),
    ],
)
def test_impossible_books_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
