"""Blocks and the identity under which they are recognised."""

from dataclasses import replace

import pytest

from hybridsim.core.errors import InvariantError
from hybridsim.study.blocks import simulate_one
from hybridsim.study.executor import MAX_WORKERS, check_workers, usable_cores
from hybridsim.study.plan import block_size
from tests.study import fake


@pytest.mark.parametrize("replications", [1, 2, 63, 64, 65, 200, 10_000, 1_000_000])
@pytest.mark.parametrize("institutions", [1, 300, 20_000, 200_000])
def test_blocks_hold_each_replication_exactly_once(replications: int, institutions: int):
    size = block_size(replications, institutions)
    blocks = [range(first, min(first + size, replications)) for first in range(0, replications, size)]
    assert sum(len(block) for block in blocks) == replications
    assert len(blocks) <= 2_000
    assert size * institutions <= max(60_000, institutions) or len(blocks) > 1_000


def test_a_plan_cuts_itself_into_those_blocks():
    assert [list(block) for block in fake.plan(3).blocks] == [[0], [1], [2]]
    flat = [replication for block in fake.plan(1_000).blocks for replication in block]
    assert flat == list(range(1_000))


def test_every_input_changes_the_identity_and_nothing_else_does():
    plan = fake.plan(40)
    others = [
        replace(plan, seed=8),
        replace(plan, replications=41),
        replace(plan, scenario_hash="1" * 64),
        replace(plan, files={"fake.toml": "2" * 64}),
        replace(plan, engine="other"),
    ]
    assert len({plan.identity, *(other.identity for other in others)}) == 6
    assert replace(plan, notes=("other",), name="renamed").identity == plan.identity
    assert fake.with_options(plan, stuck_from=1).identity == plan.identity


def test_changed_code_changes_the_identity(monkeypatch: pytest.MonkeyPatch):
    before = fake.plan(40).identity
    monkeypatch.setattr("hybridsim.study.plan.code_digest", lambda: "edited")
    assert fake.plan(40).identity != before


def test_an_engine_that_answers_for_another_replication_is_refused():
    with pytest.raises(InvariantError, match="replication 3 was asked for, 4 came back"):
        simulate_one(lambda world, replication: fake.simulate(world, replication + 1), fake.world(), 7, 3)


@pytest.mark.parametrize("workers", [0, -1, MAX_WORKERS + 1])
def test_the_number_of_workers_is_bounded(workers: int):
    with pytest.raises(
        ValueError if workers is None else Exception, match=f"must be between 1 and {MAX_WORKERS}"
    ):
        check_workers(workers)


def test_at_least_one_processor_is_usable():
    assert 1 <= usable_cores() <= 4096
