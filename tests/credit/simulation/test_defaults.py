"""Skipping to the next default has the distribution of drawing every obligor."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from hybridsim.credit.factor_state import shifted
from hybridsim.credit.portfolio import Dependence, Portfolio, portfolio
from hybridsim.credit.simulation.arrays import Book, work_for
from hybridsim.credit.simulation.blocks import scenario_defaults, scenario_losses
from hybridsim.credit.simulation.preparing import prepare
from tests.credit.simulation.books import many_factors, year

SCENARIOS = 30_000


def uneven() -> tuple[Portfolio, Dependence]:
    """PDs from 0 to 1, loadings from 0 to 0.9 of either sign, in no common direction."""
    rng = np.random.default_rng(5)
    loadings = rng.normal(0.0, 0.3, (40, 3))
    loadings[:4] = [[0.0, 0.0, 0.0], [0.9, 0.0, 0.0], [-0.5, 0.0, 0.2], [0.3, 0.3, 0.3]]
    pd = np.concatenate([[0.0, 1.0, 0.4], rng.uniform(0.0, 0.3, 37)])
    return portfolio(rng.uniform(1.0, 5.0, 40), 0.6, pd, loadings), Dependence(year(3, correlation=0.3))


def same_direction() -> tuple[Portfolio, Dependence]:
    """Loadings that differ in length alone, as where the asset correlation falls with the PD."""
    rng = np.random.default_rng(6)
    pd = np.exp(rng.uniform(np.log(0.001), np.log(0.3), 200))
    loadings = np.sqrt(0.12 + 0.12 * np.exp(-50.0 * pd))[:, None] * np.array([[0.8, 0.6]])
    return portfolio(rng.uniform(1.0, 5.0, 200), 0.6, pd, loadings), Dependence(year(2), 4.0)


def stressed() -> tuple[Portfolio, Dependence]:
    book, dependence = many_factors(300)
    return book, Dependence(shifted(dependence.factors, "economy", -2.5))


BOOKS = {
    "sparse": lambda: many_factors(300),
    "uneven": uneven,
    "same direction, t": same_direction,
    "stressed": stressed,
}


def drawn(book: Book, one_by_one: bool, seed: int) -> tuple[np.ndarray, np.ndarray]:
    counts, times = np.zeros(SCENARIOS, dtype=np.int64), np.zeros(book.pd.size, dtype=np.int64)
    scenario_defaults(book, work_for(book), seed, 0, 0, one_by_one, counts, times)
    return counts, times


@pytest.mark.parametrize("name", sorted(BOOKS))
def test_counts_losses_and_frequencies_are_those_of_drawing_one_by_one(name: str):
    book = prepare(*BOOKS[name]())
    counts, times = drawn(book, False, 1)
    plain_counts, plain_times = drawn(book, True, 2)
    edges = np.unique(np.quantile(plain_counts, np.linspace(0.0, 1.0, 25)))
    groups = [
        np.bincount(np.minimum(np.searchsorted(edges, one), edges.size - 1), minlength=edges.size)
        for one in (counts, plain_counts)
    ]
    together = np.array(groups)[:, np.sum(groups, axis=0) > 0]
    assert stats.chi2_contingency(together).pvalue > 0.001
    # Each obligor's frequency: binomial over scenarios, whatever the factors do.
    pooled = (times + plain_times) / (2 * SCENARIOS)
    some = (pooled > 0.0) & (pooled < 1.0)
    assert np.array_equal(times[~some], plain_times[~some])
    spread = np.sqrt(2.0 * SCENARIOS * pooled[some] * (1.0 - pooled[some]))
    scores = (times[some] - plain_times[some]) / spread
    assert np.abs(scores).max() < 5.0
    assert stats.chi2.sf(scores @ scores, some.sum()) > 0.001
    losses = [np.zeros(SCENARIOS) for _ in range(4)]
    scenario_losses(book, work_for(book), 1, 0, 0, False, losses[0], losses[1])
    scenario_losses(book, work_for(book), 2, 0, 0, True, losses[2], losses[3])
    assert stats.ks_2samp(losses[0], losses[2]).pvalue > 0.001


@pytest.mark.parametrize("name", ["sparse", "uneven", "same direction, t"])
def test_every_obligor_defaults_as_often_as_its_pd_says(name: str):
    portfolio_, dependence = BOOKS[name]()
    book = prepare(portfolio_, dependence)
    _, times = drawn(book, False, 3)
    certain = (book.pd == 0.0) | (book.pd == 1.0)
    assert np.array_equal(times[certain], SCENARIOS * book.pd[certain])
    pd, found = book.pd[~certain], times[~certain]
    assert np.array_equal(np.sort(portfolio_.pd), np.sort(book.pd))
    # Exact binomial tests, all together.
    chances = [stats.binomtest(int(k), SCENARIOS, p).pvalue for k, p in zip(found, pd, strict=True)]
    assert min(chances) > 0.001 / len(chances)
    scores = (found - SCENARIOS * pd) / np.sqrt(SCENARIOS * pd * (1.0 - pd))
    assert 0.7 < scores.std() < 1.3


def test_the_state_of_a_scenario_is_the_same_however_defaults_are_drawn():
    """So that both see the same years, and 4711 alone is 4711 of many."""
    book = prepare(*many_factors(100))
    whole, one = np.zeros(20), np.zeros(1)
    scenario_losses(book, work_for(book), 9, 0, 0, False, whole, whole.copy())
    scenario_losses(book, work_for(book), 9, 0, 13, False, one, one.copy())
    assert one[0] == whole[13]
    counts, plain = np.zeros(5_000, dtype=np.int64), np.zeros(5_000, dtype=np.int64)
    for found, one_by_one in ((counts, False), (plain, True)):
        scenario_defaults(book, work_for(book), 9, 0, 0, one_by_one, found, np.zeros(100, dtype=np.int64))
    assert np.corrcoef(counts, plain)[0, 1] > 0.5


@pytest.mark.parametrize("freedom", [np.inf, 3.0])
def test_the_bound_of_a_cell_holds_for_each_of_its_obligors(freedom: float):
    """Equal PDs with scales far apart in one cell, so that either end of the scales is what binds."""
    rng = np.random.default_rng(9)
    loadings = rng.uniform(-0.9, 0.9, (60, 1)) * np.array([[0.8, 0.6]])
    pd = rng.choice([0.01, 0.3], 60)
    dependence = Dependence(shifted(year(2), "economy", 0.5), freedom)
    book = prepare(portfolio(np.ones(60), 1.0, pd, loadings), dependence)
    assert np.diff(book.cell_start).max() > 10
    work, nothing = work_for(book), np.zeros(60, dtype=np.int64)
    for scenario in range(300):
        scenario_defaults(book, work, 1, 0, scenario, False, np.zeros(1, dtype=np.int64), nothing)
        root_w = np.sqrt(stats.chi2.ppf(stats.norm.cdf(work.z[2]), 3.0) / 3.0) if freedom == 3.0 else 1.0
        probits = book.slope * root_w - book.offset
        probits -= book.scale * (book.directions @ work.z[:2])[book.direction]
        bounds = np.repeat(book.chances[work.steps], np.diff(book.cell_start))
        assert (stats.norm.cdf(probits) <= bounds).all()
