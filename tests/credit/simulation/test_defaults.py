"""Skipping to the next default has the distribution of drawing every obligor."""

from __future__ import annotations

import numba
import numpy as np
import pytest
from scipy import stats

from hybridsim.credit.factor_state import shifted
from hybridsim.credit.portfolio import Dependence, Portfolio, portfolio
from hybridsim.credit.simulation.arrays import BATCH, WIDTH, Book, Work, work_for
from hybridsim.credit.simulation.blocks import scenario_defaults, scenario_losses
from hybridsim.credit.simulation.preparing import prepare
from hybridsim.credit.simulation.skipping import _cells_hit, _lay
from hybridsim.credit.simulation.tables import normal_tables, step_of
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
        bounds = np.repeat(book.chances[work.steps], book.cell_size.astype(int))
        assert (stats.norm.cdf(probits) <= bounds).all()


@numba.njit
def lay(book, work):
    return _lay(book, work)


@numba.njit
def cells_hit(work, size, block):
    return _cells_hit(work, size, block)


def laid(sizes: np.ndarray, probits: np.ndarray) -> tuple[Book, Work]:
    """Cells of these sizes, bounded by these probits; blocks are filled up with empty ones."""
    pd = np.repeat(stats.norm.cdf(probits), sizes)
    loadings = np.zeros((pd.size, 1))
    book = prepare(portfolio(np.ones(pd.size), 1.0, pd, loadings), Dependence(year(1)))
    more = -sizes.size % WIDTH
    book = book._replace(cell_size=np.append(sizes, np.zeros(more)).astype(float))
    steps = np.array([step_of.py_func(x) for x in (*probits, *np.zeros(more))], dtype=np.int64)
    work = work_for(book)._replace(
        steps=steps, reach=np.zeros(steps.size), ends=np.zeros(steps.size // WIDTH)
    )
    return book, work


def test_points_meet_the_cells_that_they_lie_in():
    rng = np.random.default_rng(4)
    sizes, probits = rng.integers(1, 9, 50), rng.uniform(-3.0, 1.2, 50)
    book, work = laid(sizes, probits)
    assert lay(book, work)
    hazards = -np.log1p(-normal_tables().chances[work.steps]) * (work.steps < 641)
    ends = np.cumsum(book.cell_size * hazards)
    assert np.allclose(work.ends, ends[WIDTH - 1 :: WIDTH], rtol=1e-13)
    points = np.sort(rng.uniform(0.0, 1.1 * ends[-1], BATCH))
    work.points[:] = points
    hits, block = cells_hit(work, BATCH, 0)
    assert hits == (points < ends[-1]).sum() > 30
    cells = np.searchsorted(ends, points[:hits], side="right")
    assert np.array_equal(work.hit_cell[:hits], cells)
    assert block == cells[-1] // WIDTH
    assert np.allclose(work.left[:hits], ends[cells] - points[:hits], atol=1e-12)


def test_a_point_on_the_edge_of_a_block_meets_a_cell_that_has_a_hazard():
    """Where sums round, also with a dense or an empty cell at the end of the block."""
    rng = np.random.default_rng(5)
    for _ in range(300):
        sizes, probits = rng.integers(1, 9, 30), rng.uniform(-5.0, 0.9, 30)
        probits[[14, 15]] = 2.0
        book, work = laid(sizes, probits)
        lay(book, work)
        edges = np.array([np.nextafter(0.0, 1.0), work.ends[0], work.ends[1]])
        points = np.sort(np.concatenate([edges, np.nextafter(edges, 0.0)]))
        work.points[: points.size] = points
        hits, _ = cells_hit(work, points.size, 0)
        assert hits == 5
        assert (work.left[:hits] > 0.0).all()
        assert (book.hazards[work.steps[work.hit_cell[:hits]]] > 0.0).all()
        assert book.cell_size[work.hit_cell[:hits]].all()


@pytest.mark.parametrize("pd", [0.1, 0.5, 0.8])
def test_who_is_hit_twice_is_a_candidate_once(pd: float):
    """Without common risk the number in default is binomial, however long the hazards are."""
    book = prepare(portfolio(np.ones(40), 1.0, np.full(40, pd), np.zeros((40, 1))), Dependence(year(1)))
    assert np.count_nonzero(book.cell_size) == 1
    counts, _ = drawn(book, False, 5)
    exact = stats.binom(40, pd)
    groups = exact.ppf(np.linspace(0.0, 1.0, 20)[1:-1])
    edges = np.unique(groups)
    chances = np.diff(np.concatenate([[0.0], exact.cdf(edges), [1.0]]))
    found = np.bincount(np.searchsorted(edges, counts), minlength=chances.size)
    assert stats.chisquare(found, SCENARIOS * chances).pvalue > 0.001
