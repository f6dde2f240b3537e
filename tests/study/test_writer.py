"""The writer counts replications: none is lost, none is counted twice."""

from pathlib import Path

import pytest

from hybridsim.core.errors import InvariantError
from hybridsim.study.blocks import simulate_block
from hybridsim.study.writer import TableWriter
from tests.study import fake


def block(*replications: int):
    return simulate_block(fake.simulate, fake.world(), 7, replications)


def test_a_repeated_or_skipped_replication_is_refused(tmp_path: Path):
    with TableWriter(tmp_path, fake.world()).open() as writer:
        writer.add(block(0, 1))
        for wrong in (block(1, 2), block(3), block(0)):
            with pytest.raises(InvariantError, match="exactly once"):
                writer.add(wrong)


def test_a_missing_replication_at_the_end_is_refused(tmp_path: Path):
    with TableWriter(tmp_path, fake.world()).open() as writer:
        writer.add(block(0, 1))
        with pytest.raises(InvariantError, match="2 replications were simulated, 3 were asked for"):
            writer.finish(3)


def test_an_outcome_of_the_wrong_shape_or_kind_is_refused():
    def short(world: fake.World, replication: int) -> fake.Outcome:
        outcome = fake.simulate(world, replication)
        outcome.totals.pop()
        return outcome

    def fractional(world: fake.World, replication: int) -> fake.Outcome:
        outcome = fake.simulate(world, replication)
        outcome.totals[0] = 0.5  # type: ignore[call-overload]
        return outcome

    for engine in (short, fractional):
        with pytest.raises(InvariantError, match="not whole numbers of shape"):
            simulate_block(engine, fake.world(), 7, [0])
