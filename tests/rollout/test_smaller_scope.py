"""A wave that money does not reach for is tried again with fewer sites, but never with none."""

from __future__ import annotations

from hybridsim.rollout.events import Rank
from hybridsim.rollout.world import World
from tests.support.biting import WORLDS
from tests.support.engines import assert_same_story
from tests.support.worlds import make_world, totals


def tight(share: float) -> World:
    rows, settings = WORLDS["tight"]
    return make_world(*settings, f"design.smaller_scope={share}", rows=rows)


def test_no_part_of_a_wave_is_the_same_as_the_whole_or_nothing():
    for replication in range(6):
        whole, none = (assert_same_story(tight(share), replication) for share in (1.0, 0.0))
        assert none.log == whole.log
        assert none.totals == whole.totals


def test_half_a_wave_is_tried_where_the_whole_is_out_of_reach():
    half = [assert_same_story(tight(0.5), replication) for replication in range(6)]
    whole = [assert_same_story(tight(1.0), replication) for replication in range(6)]
    assert any(a.log != b.log for a, b in zip(half, whole, strict=True))
    assert any(line[1] == Rank.NEXT_WAVE for one in half for line in one.log)
    assert all(totals(one)["scaled"] <= totals(one)["rolled_out"] for one in half)
