"""Nothing but the book, the seed and the scenario decides a loss."""

from __future__ import annotations

import numpy as np
import pytest

from hybridsim.credit.factor_state import given
from hybridsim.credit.portfolio import Dependence, Portfolio, portfolio
from hybridsim.credit.simulation.blocks import scenario_losses
from hybridsim.credit.simulation.directions import _measure
from hybridsim.credit.simulation.sample import LossSample
from hybridsim.credit.simulation.simulate import simulate
from tests.credit.simulation.books import year

OBLIGORS, LOANS = 40, 70


def shuffled(rng: np.random.Generator | None) -> tuple[Portfolio, dict[str, np.ndarray]]:
    """The same book with its rows in file order (None) or in any other."""
    fixed = np.random.default_rng(11)
    exposure = np.round(fixed.uniform(1.0, 3.0, LOANS) * 4.0) / 4.0
    pd = fixed.choice([0.02, 0.05, 0.1], OBLIGORS)
    loadings = fixed.choice([0.0, 0.2, 0.4], (OBLIGORS, 3))
    owner = np.concatenate([np.arange(OBLIGORS - 5), fixed.integers(OBLIGORS - 5, size=LOANS - OBLIGORS + 5)])
    guarantor = fixed.integers(-1, OBLIGORS, LOANS)
    pool = fixed.integers(-1, 3, LOANS)
    cover = fixed.choice([0.0, 0.5, 0.8], LOANS)
    parts = fixed.integers(0, 2, LOANS)
    pays = fixed.choice([0.0, 0.5], OBLIGORS)
    obligors, loans, pools = np.arange(OBLIGORS), np.arange(LOANS), np.arange(3)
    if rng is not None:
        for rows in (obligors, loans, pools):
            rng.shuffle(rows)
    where = np.append(np.argsort(obligors), -1)
    cap = np.array([2.0, 5.0, 9.0])
    book = portfolio(
        exposure[loans],
        0.5,
        pd[obligors],
        loadings[obligors],
        obligor=where[owner[loans]],
        cover=cover[loans],
        guarantor=where[guarantor[loans]],
        pool=np.append(np.argsort(pools), -1)[pool[loans]],
        pool_cap_eur=cap[pools],
        pays_in_default=pays[obligors],
    )
    return book, {"parts": parts[loans], "obligor_key": obligors, "loan_key": loans}


def same(one: LossSample, other: LossSample) -> bool:
    tails = (one.tail, other.tail), (one.base_tail, other.base_tail)
    return (
        one.sums.tobytes() == other.sums.tobytes()
        and np.array_equal(one.histogram, other.histogram)
        and all(a.loss_eur.tobytes() == b.loss_eur.tobytes() for a, b in tails)
        and all(np.array_equal(a.scenario, b.scenario) for a, b in tails)
    )


@pytest.mark.parametrize("one_by_one", [False, True])
def test_the_order_of_the_rows_changes_no_bit(one_by_one: bool):
    dependence = Dependence(year(3, correlation=0.2), 5.0, lgd_sigma=0.4, lgd_economy=0.3)
    book, keys = shuffled(None)
    first = simulate(book, dependence, 3_000, 1, one_by_one=one_by_one, **keys)
    for seed in range(3):
        book, keys = shuffled(np.random.default_rng(seed))
        assert same(first, simulate(book, dependence, 3_000, 1, one_by_one=one_by_one, **keys))


def test_arrays_of_any_layout_compile_nothing_anew():
    """Loadings as a file hands them over: read-only, columns first; a year given one factor."""
    rng = np.random.default_rng(1)
    loadings = np.asfortranarray(rng.uniform(0.0, 0.4, (6, 3)))
    loadings.setflags(write=False)
    caps = np.arange(8.0)[::2]
    pools = np.zeros(6, dtype=np.int64)
    book = portfolio(np.ones(6), 0.5, np.full(6, 0.1), loadings, pool=pools, pool_cap_eur=caps, cover=0.5)
    dependence = Dependence(given(year(3), "economy", -1.0))
    plain = portfolio(np.ones(6), 0.5, np.full(6, 0.1), loadings.copy(order="C"))
    simulate(plain, Dependence(year(3)), 10, 1)
    before = len(scenario_losses.signatures), len(_measure.signatures)
    simulate(book, dependence, 10, 1)
    assert before == (len(scenario_losses.signatures), len(_measure.signatures)) == (1, 1)


def test_fewer_scenarios_are_the_first_of_more():
    book, keys = shuffled(None)
    dependence = Dependence(year(3))
    few = simulate(book, dependence, 2_000, 1, level=0.001, **keys)
    more = simulate(book, dependence, 3_000, 1, level=0.001, **keys)
    losses = [np.zeros(3_000), np.zeros(3_000)]
    for found, sample in zip(losses, (few, more), strict=True):
        found[sample.tail.scenario] = sample.tail.loss_eur
    assert np.array_equal(losses[0][:2_000], losses[1][:2_000])
    assert losses[0].any()


def test_another_seed_is_another_future():
    book, keys = shuffled(None)
    dependence = Dependence(year(3))
    one, other = (simulate(book, dependence, 2_000, seed, **keys) for seed in (1, 2))
    assert not same(one, other)


def test_a_base_that_is_everything_is_the_whole():
    book, keys = shuffled(None)
    sample = simulate(book, Dependence(year(3)), 2_000, 1, parts=np.zeros(LOANS, dtype=np.int64))
    assert sample.tail.loss_eur.tobytes() == sample.base_tail.loss_eur.tobytes()
    assert not sample.sums[2].any()
    alone = np.flatnonzero(keys["parts"] == 0)
    part = portfolio(
        book.exposure_eur[alone], book.lgd[alone], book.pd, book.loadings,
        obligor=book.obligor[alone], cover=book.cover[alone], guarantor=book.guarantor[alone],
        pool=book.pool[alone], pool_cap_eur=book.pool_cap_eur, pays_in_default=book.pays_in_default,
    )  # fmt: skip
    with_more = simulate(book, Dependence(year(3)), 2_000, 1, one_by_one=True, **keys)
    kept = {"obligor_key": keys["obligor_key"], "loan_key": keys["loan_key"][alone]}
    found = simulate(part, Dependence(year(3)), 2_000, 1, one_by_one=True, **kept)
    assert found.tail.loss_eur.tobytes() == with_more.base_tail.loss_eur.tobytes()
    assert np.array_equal(found.tail.scenario, with_more.base_tail.scenario)
