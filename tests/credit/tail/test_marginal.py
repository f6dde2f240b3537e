"""What loans add, against the difference of two exact books."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from hybridsim.credit.distribution import bands, expected_shortfall, value_at_risk
from hybridsim.credit.finite_pool import one_factor_losses
from hybridsim.credit.portfolio import Dependence, portfolio
from hybridsim.credit.tail.marginal import added, var_influence
from hybridsim.credit.tail.risk import tail_risk
from hybridsim.credit.tail.sample import Sample
from hybridsim.credit.vasicek import pool_probabilities
from tests.credit.simulation.books import year
from tests.credit.tail.books import PDS, RHO, UNITS, exact_sixty


def test_what_a_loan_adds_is_the_difference_of_two_exact_books() -> None:
    """A loan of 390 euros more: exact figures with and without it by recursion, in 40 runs, which spread as
    their errors say. A standard deviation of 40 runs is itself uncertain by 11 %.
    """
    units, pds = np.append(UNITS, 390.0), np.append(PDS, 0.05)
    book = portfolio(units, 1.0, pds, np.full((units.size, 1), np.sqrt(RHO)))
    whole = one_factor_losses(bands(units, pds, 1.0), np.full(units.size, RHO))
    base = exact_sixty()
    before = value_at_risk(base, 0.999), expected_shortfall(base, 0.999)
    after = value_at_risk(whole, 0.999), expected_shortfall(whole, 0.999)
    truth = np.array([after[0] - before[0], after[1] - before[1], *before, 390.0 * 0.05])
    parts = (np.arange(units.size) == UNITS.size).astype(np.int64)
    runs, values, errors, hits = 40, [], [], np.zeros(5)
    for seed in range(runs):
        found = added(tail_risk(book, Dependence(year()), scenarios=4_096, seed=seed, parts=parts))
        figures = (
            found.value_at_risk, found.expected_shortfall, found.base_value_at_risk,
            found.base_expected_shortfall, found.expected_loss,
        )  # fmt: skip
        hits += [f.ci_low <= true <= f.ci_high for f, true in zip(figures, truth, strict=True)]  # type: ignore[operator]
        values.append([f.value for f in figures])
        errors.append([f.se for f in figures])
    assert (hits >= binom.ppf(1e-3, runs, 0.95)).all(), (hits, truth)
    spread = np.std(np.array(values, dtype=float), axis=0, ddof=1)
    typical = np.sqrt(np.mean(np.square(np.array(errors, dtype=float)), axis=0))
    assert (np.abs(spread / typical - 1.0) < 0.3).all(), spread / typical
    # Pairing takes most of the error away.
    assert typical[1] < 0.6 * np.sqrt(2.0) * typical[3]


def test_the_density_at_the_var_is_that_of_a_window_on_both_sides() -> None:
    """Exponential losses: quantiles at 1.25 and 0.75 of 1 - q are ln(1.25/0.75) apart and hold half of it."""
    beyond = 0.01
    loss = np.random.default_rng(3).exponential(size=(16, 50_000))
    sample = Sample(loss, np.ones_like(loss))
    found = var_influence(sample, sample.quantile(beyond), beyond)
    assert found is not None
    assert found.mean() == pytest.approx(np.log(1.25 / 0.75) / 0.5, rel=0.04)
    assert (found > 0.0).mean() == pytest.approx(beyond, rel=1e-3)


def test_where_losses_are_coarse_the_two_intervals_are_added() -> None:
    """Equal loans: both VaRs are whole numbers of defaults, and no density is near them."""
    loans, pd, rho = 20, 0.02, 0.2
    book = portfolio(np.ones(loans), 1.0, np.full(loans, pd), np.full((loans, 1), np.sqrt(rho)))
    parts = (np.arange(loans) < 8).astype(np.int64)
    exact = [int(np.searchsorted(np.cumsum(pool_probabilities(size, pd, rho)), 0.999)) for size in (20, 12)]
    result = tail_risk(book, Dependence(year()), scenarios=8_192, seed=1, parts=parts)
    found = added(result)
    var = found.value_at_risk
    assert var.value == exact[0] - exact[1] > 0
    halves = [figure.half_width for figure in (s.value_at_risk(0.999) for s in (result.sample, result.base))]
    assert var.ci_high - var.ci_low == pytest.approx(2.0 * sum(halves))  # type: ignore[operator]
    assert found.base_value_at_risk.value == exact[1]


def test_an_interval_from_one_loss_to_the_next_is_that_of_both_books() -> None:
    """At a level between two numbers of defaults the VaR may be either, with and without the loan."""
    loans, pd, rho = 20, 0.02, 0.2
    book = portfolio(np.ones(loans), 1.0, np.full(loans, pd), np.full((loans, 1), np.sqrt(rho)))
    level = float(np.cumsum(pool_probabilities(loans - 1, pd, rho))[5])
    parts = (np.arange(loans) == 0).astype(np.int64)
    result = tail_risk(book, Dependence(year()), level=level, scenarios=8_192, seed=1, parts=parts)
    one, other = (s.value_at_risk(level) for s in (result.sample, result.base))
    assert other.half_width > 0.0
    var = added(result).value_at_risk
    assert var.value == one.value - other.value
    assert var.se == pytest.approx(one.se + other.se)
    assert (var.ci_low, var.ci_high) == pytest.approx(
        (var.value - one.half_width - other.half_width, var.value + one.half_width + other.half_width)
    )
