"""One future told by both engines."""

from __future__ import annotations

from dataclasses import fields

from hybridsim.rollout.kernel.engine import simulate as compiled
from hybridsim.rollout.reference import simulate
from hybridsim.rollout.tally import Outcome
from hybridsim.rollout.world import World


def assert_same_story(world: World, replication: int) -> Outcome:
    """Assert that event log, ledger and every count are equal to the bit; returns the outcome."""
    slow = simulate(world, replication, record=True)
    assert_compiled_tells(world, slow)
    return slow


def assert_compiled_tells(world: World, slow: Outcome) -> None:
    """Assert that the compiled engine tells what the reference has told, with its log and ledger."""
    replication = slow.replication
    fast = compiled(world, replication, record=True)
    for name in ("log", "entries"):
        for position, (left, right) in enumerate(zip(getattr(slow, name), getattr(fast, name), strict=False)):
            assert left == right, (
                f"{name}[{position}] of replication {replication}: reference {left}, compiled {right}"
            )
        assert len(getattr(slow, name)) == len(getattr(fast, name)), name
    for field in fields(Outcome):
        assert getattr(slow, field.name) == getattr(fast, field.name), field.name
