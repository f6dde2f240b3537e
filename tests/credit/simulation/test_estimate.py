"""Intervals that cover, and figures that agree with the plain sample they are summed up from."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from hybridsim.credit.distribution import bands, expected_shortfall, mean, standard_deviation, value_at_risk
from hybridsim.credit.finite_pool import one_factor_losses
from hybridsim.credit.portfolio import Dependence, portfolio
from hybridsim.credit.simulation import estimate
from hybridsim.credit.simulation.arrays import work_for
from hybridsim.credit.simulation.blocks import scenario_losses
from hybridsim.credit.simulation.preparing import prepare
from hybridsim.credit.simulation.sample import BINS, MOMENTS, Worst, add_up, bin_edges
from hybridsim.credit.simulation.simulate import simulate
from tests.credit.simulation.books import many_factors, one_factor, year


def test_figures_are_those_of_the_sample():
    book, dependence = many_factors(60)
    parts = np.arange(60) % 5 // 4
    n = 10_000
    sample = simulate(book, dependence, n, 1, parts=parts)
    ready = prepare(book, dependence, parts=parts)
    whole, base = np.zeros(n), np.zeros(n)
    scenario_losses(ready, work_for(ready), 1, 0, 0, False, whole, base)
    for losses, at in ((whole, False), (base, True)):
        ordered = np.sort(losses)
        assert estimate.expected_loss(sample, base=at).value == pytest.approx(losses.mean(), rel=1e-12)
        spread = estimate.standard_deviation(sample, base=at)
        assert spread.value == pytest.approx(losses.std(ddof=1), rel=1e-9)
        assert estimate.value_at_risk(sample, 0.99, base=at).value == ordered[9_899]
        beyond = np.maximum(losses - ordered[9_899], 0.0) / 0.01
        shortfall = estimate.expected_shortfall(sample, 0.99, base=at)
        assert shortfall.value == pytest.approx(ordered[9_899] + beyond.mean(), rel=1e-12)
        assert shortfall.se == pytest.approx(beyond.std(ddof=1) / np.sqrt(n), rel=1e-9)
        median = estimate.body_quantile(sample, 0.5, base=at)
        assert median <= ordered[4_999] <= median * 1.008
    excess = [np.maximum(x - np.sort(x)[9_899], 0.0) / 0.01 for x in (whole, base)]
    added = estimate.added_shortfall(sample, 0.99)
    assert added.se == pytest.approx(np.std(excess[0] - excess[1], ddof=1) / np.sqrt(n), rel=1e-9)
    difference = [estimate.expected_shortfall(sample, 0.99, base=at).value for at in (False, True)]
    assert added.value == pytest.approx(difference[0] - difference[1], rel=1e-9)
    assert added.se < estimate.expected_shortfall(sample, 0.99).se


def test_intervals_cover_the_exact_figures_in_repeated_runs():
    """95 % of 300 runs, within what chance leaves of 300 (three standard errors: 91.2 to 98.8 %)."""
    book, dependence = one_factor(60, 0.05, 0.15)
    exact = one_factor_losses(bands(book.exposure_eur, book.pd, 1.0), 0.15)
    wanted = {
        "mean": (estimate.expected_loss, mean(exact)),
        "spread": (estimate.standard_deviation, standard_deviation(exact)),
        "VaR": (lambda s: estimate.value_at_risk(s, 0.95), value_at_risk(exact, 0.95)),
        "ES": (lambda s: estimate.expected_shortfall(s, 0.95), expected_shortfall(exact, 0.95)),
    }
    covered = dict.fromkeys(wanted, 0)
    for seed in range(300):
        sample = simulate(book, dependence, 4_000, seed, workers=1, level=0.9)
        for name, (figure, value) in wanted.items():
            found = figure(sample)
            covered[name] += found.ci_low <= value <= found.ci_high
    shares = {name: count / 300 for name, count in covered.items()}
    assert all(0.912 <= shares[name] <= 0.988 for name in ("mean", "spread", "ES")), shares
    # Losses are whole here: the quantile's interval holds its value more often than that.
    assert shares["VaR"] >= 0.912, shares


def test_the_quantiles_interval_covers_where_losses_are_continuous():
    rng = np.random.default_rng(1)
    book = portfolio(rng.uniform(1.0, 2.0, 60), 0.5, np.full(60, 0.05), np.full((60, 1), np.sqrt(0.15)))
    dependence = Dependence(year(), lgd_sigma=0.5)
    truth = simulate(book, dependence, 1_000_000, 999, level=0.95)
    exact = estimate.value_at_risk(truth, 0.95).value
    covered = 0
    for seed in range(300):
        found = estimate.value_at_risk(simulate(book, dependence, 2_000, seed, workers=1, level=0.9), 0.95)
        covered += found.ci_low <= exact <= found.ci_high
    assert 0.912 <= covered / 300 <= 0.995


def test_binomial_ranks_hold_the_quantile():
    for n, level in ((1_000, 0.99), (50_000, 0.999), (37, 0.7)):
        lower, upper = estimate.binomial_ranks(n, level)
        # x_(l) <= q <= x_(u) unless fewer than l or at least u of the values lie below.
        assert stats.binom.cdf(lower - 1, n, level) <= 0.025 + 1e-12
        assert stats.binom.sf(upper - 1, n, level) <= 0.025 + 1e-12


def test_what_has_too_few_scenarios_says_so_and_what_was_not_kept_is_refused():
    book, dependence = one_factor(5, 0.1, 0.1)
    sample = simulate(book, dependence, 2_000, 1)
    missing = estimate.value_at_risk(sample, 0.999)
    assert missing.value is None
    assert missing.method == "needs n >= 10000"
    with pytest.raises(ValueError, match=r"level\(=0.5\) must be in \[0.99, 1\)"):
        estimate.expected_shortfall(sample, 0.5)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"scenarios": 0}, "scenarios"),
        ({"level": 1.0}, "level"),
        ({"workers": 0}, "workers"),
        ({"parts": np.array([0, 1, 2, 0, 0])}, "parts must be"),
        ({"loan_key": np.array([0.5] * 5)}, "whole numbers"),
        ({"scenarios": 1 << 32, "level": 0.5}, "higher level or fewer scenarios"),
    ],
)
def test_what_cannot_be_simulated_is_refused(change: dict[str, object], message: str):
    book, dependence = one_factor(5, 0.1, 0.1)
    with pytest.raises(ValueError, match=message):
        simulate(book, dependence, **({"scenarios": 100, "seed": 1} | change))


def test_the_worst_losses_are_kept_whatever_comes_first():
    rng = np.random.default_rng(3)
    losses = rng.integers(0, 50, 20_000).astype(float)
    worst = Worst(300)
    for first in range(0, 20_000, 1_000):
        worst.add(losses[first : first + 1_000], -losses[first : first + 1_000], first)
    tail = worst.tail()
    order = np.lexsort((np.arange(20_000), -losses))[:300]
    assert np.array_equal(tail.scenario, order)
    assert np.array_equal(tail.loss_eur, losses[order])
    assert np.array_equal(tail.other_eur, -losses[order])


def test_bins_hold_the_losses_between_their_edges():
    edges = bin_edges()
    assert edges.shape == (BINS,)
    losses = np.concatenate([[0.0, 0.5, 1.0, 2.0**40, 1e15], np.geomspace(1.0, 1e12, 5_000), edges])
    histogram = np.zeros((2, BINS), dtype=np.int64)
    add_up(losses, losses, 0.0, 0.0, np.zeros((3, MOMENTS)), histogram)
    wanted = np.bincount(np.searchsorted(edges, losses, side="right") - 1, minlength=BINS)
    assert np.array_equal(histogram[0], wanted)
    assert np.array_equal(histogram[1], wanted)
