"""Plain Monte Carlo against closed forms, and that nothing but the seed decides a result."""

from __future__ import annotations

import numpy as np
import pytest

from hybridsim.credit.distribution import bands, expected_shortfall, mean, standard_deviation, value_at_risk
from hybridsim.credit.finite_pool import one_factor_losses
from hybridsim.credit.simulation import estimate
from hybridsim.credit.simulation.simulate import simulate
from tests.credit.simulation.books import many_factors, one_factor


def test_a_finite_pool_has_its_exact_distribution():
    book, dependence = one_factor(100, 0.02, 0.2)
    exact = one_factor_losses(bands(book.exposure_eur, book.pd, 1.0), 0.2)
    sample = simulate(book, dependence, 200_000, 7)
    for found, wanted in (
        (estimate.expected_loss(sample), mean(exact)),
        (estimate.standard_deviation(sample), standard_deviation(exact)),
        (estimate.expected_shortfall(sample, 0.99), expected_shortfall(exact, 0.99)),
    ):
        assert abs(found.value - wanted) < 4.0 * found.se
    at_risk = estimate.value_at_risk(sample, 0.999)
    assert at_risk.ci_low <= value_at_risk(exact, 0.999) <= at_risk.ci_high


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_threads_change_no_bit(workers: int):
    book, dependence = many_factors(50, lgd_sigma=0.5, lgd_economy=0.3)
    first = simulate(book, dependence, 5_000, 1, workers=1)
    other = simulate(book, dependence, 5_000, 1, workers=workers)
    assert first.sums.tobytes() == other.sums.tobytes()
    assert first.tail.loss_eur.tobytes() == other.tail.loss_eur.tobytes()
    assert np.array_equal(first.tail.scenario, other.tail.scenario)
