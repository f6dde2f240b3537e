"""From a run to the mixture of its futures' losses, against plain simulation of every future."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hybridsim.book.futures import future_assembly, mixed_run
from hybridsim.book.settings import BookSettings, changed
from hybridsim.credit.simulation.simulate import simulate
from hybridsim.scenario import resolve
from hybridsim.study.loan_book import LoanBook
from hybridsim.study.run import run
from tests.book.test_joining import tape

SCENARIO = Path(__file__).parents[2] / "scenarios" / "s6-stage-gated-hybrid.toml"
SETTINGS = changed(
    BookSettings(),
    {"simulation.level": 0.99, "simulation.precision": 0.05, "simulation.max_scenarios": 16_384},
)
"""A book of some thirty loans loses few different sums: more scenarios would not narrow its intervals."""
MONTH = 84


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> LoanBook:
    settings = ("population.size=120", "adoption.innovation_pa=0.3", "run.replications=12")
    return LoanBook(run(resolve(SCENARIO, settings), out=tmp_path_factory.mktemp("run") / "run", seed=4))


def test_the_mixture_is_that_of_plain_simulation(book):
    finer = changed(SETTINGS, {"simulation.max_scenarios": 131_072, "simulation.precision": 0.01})
    found = mixed_run(book, MONTH, finer, replications=(0, 3, 11), workers=2)
    pooled = []
    for replication in (0, 3, 11):
        one = future_assembly(book, MONTH, replication, SETTINGS)
        assert one is not None
        sample = simulate(one.portfolio, one.dependence, 400_000, 5, workers=2, level=0.95)
        pooled.append(sample.tail.loss_eur)
    losses = np.sort(np.concatenate(pooled))[::-1]
    beyond = 3 * 400_000 // 100
    assert found.value_at_risk.value == pytest.approx(losses[beyond - 1], rel=0.06)
    assert found.expected_shortfall.value == pytest.approx(losses[:beyond].mean(), rel=0.04)
    assert found.futures.replication.tolist() == [0, 3, 11]


def test_stored_futures_are_mixed_unless_others_are_named_and_workers_change_nothing(book):
    one, other = (mixed_run(book, MONTH, SETTINGS, workers=workers) for workers in (1, 2))
    assert one.futures.equals(other.futures)
    assert one.futures.replication.tolist() == list(range(10))
    assert one.expected_shortfall == other.expected_shortfall
    assert one.expected_shortfall.value >= one.value_at_risk.value


def test_before_there_are_loans_nothing_is_lost(book):
    steps = []
    found = mixed_run(book, 0, SETTINGS, progress=lambda done, asked: steps.append((done, asked)))
    assert found.expected_shortfall.value == 0.0
    assert steps[-1] == (10, 10)


def test_a_tape_keeps_its_own_factors_beside_those_of_the_run(book):
    own = tape()
    both = future_assembly(book, MONTH, 1, SETTINGS, own)
    alone = future_assembly(book, MONTH, 1, SETTINGS)
    assert both is not None
    assert alone is not None
    assert both.dependence.factors.names[:4] == alone.dependence.factors.names
    assert {"sector:home", "land:NW", "land:BY"} < set(both.dependence.factors.names)
    assert len(both.loans) == len(alone.loans) + len(own)
    empty = future_assembly(book, 0, 1, SETTINGS, own)
    assert empty is not None
    assert len(empty.loans) == len(own)


def test_a_stress_is_applied_once(book):
    calm = future_assembly(book, MONTH, 1, SETTINGS, tape())
    stressed = future_assembly(book, MONTH, 1, changed(SETTINGS, {"model.shift": {"economy": -2.0}}), tape())
    assert calm is not None
    assert stressed is not None
    moved = stressed.dependence.factors.mean - calm.dependence.factors.mean
    assert moved.tolist() == pytest.approx([-2.0] + [0.0] * (len(moved) - 1))
