"""Whole months make most events tie: their order must come from what they are, not from chance."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict

import pytest

from hybridsim.rollout.events import Rank
from hybridsim.rollout.reference import simulate
from hybridsim.rollout.tally import Outcome
from hybridsim.rollout.world import World
from tests.support.worlds import NO_IMITATION, home, make_world, totals

SETTINGS = (
    "run.whole_months=true",
    "adoption.innovation_pa=0.3",
    "underwriting.minimum_ticket_eur=2000",
    "viability.mission_weight.non_profit=1",
    "instruments.foundation_grant.decision.budget_pa_eur=200000",
    'design.order=["sgb11_8_8", "land_digital_grant", "foundation_grant", "iku148", "bank_loan"]',
    "instruments.land_digital_grant.decision.budget_pa_eur=200000",
)


def carriers(count: int) -> list[dict[str, object]]:
    return [home(f"carrier {k}", sites=1 + k % 3, places=90 * (1 + k % 3), pd_pa=0.03) for k in range(count)]


def world_of(mode: str, order: int = 1) -> World:
    return make_world(*SETTINGS, f"design.application={mode}", rows=carriers(40)[::order])


@pytest.mark.parametrize("mode", ["sequential", "one_stop_shop"])
def test_most_events_of_whole_months_share_their_instant(mode):
    outcome = simulate(world_of(mode), 1, record=True)
    assert all(line[0] == int(line[0]) for line in outcome.log)
    instants = Counter(line[0] for line in outcome.log)
    assert sum(count for count in instants.values() if count > 1) > 0.9 * len(outcome.log)
    assert totals(outcome)["started"] > 20


@pytest.mark.parametrize("mode", ["sequential", "one_stop_shop"])
def test_ties_are_decided_the_same_way_again_and_in_every_order_of_rows(mode):
    one, other = world_of(mode), world_of(mode, order=-1)
    for replication in range(3):
        told = asdict(simulate(one, replication, record=True))
        assert asdict(simulate(one, replication, record=True)) == told
        assert asdict(simulate(other, replication, record=True)) == told


def test_no_event_comes_after_one_that_stands_behind_it():
    """Time, then rank, row and sub-index; only what an event brings about at once may follow with less."""
    outcome = simulate(world_of("sequential"), 0, record=True)
    times = [line[0] for line in outcome.log if line[0] <= 120.0]
    assert times == sorted(times)
    scheduled = [line for line in outcome.log if line[1] in BY_PLAN]
    assert len(scheduled) > 50
    assert scheduled == sorted(scheduled, key=lambda line: line[:4])


BY_PLAN = {Rank.SUPPORT_END, Rank.WORN_OUT, Rank.PRICE_ROUND, Rank.SUSTAINED}
"""Planned months ahead, and never brought about by something at their own instant."""


def test_neighbours_do_not_change_a_story_even_if_all_events_tie():
    rows = carriers(30)
    unlimited = tuple(
        f"instruments.{name}.decision.budget_pa_eur=1e9"
        for name in ("land_digital_grant", "foundation_grant")
    )
    whole = make_world(*SETTINGS, *NO_IMITATION, *unlimited, rows=rows)
    third = make_world(*SETTINGS, *NO_IMITATION, *unlimited, rows=rows[::3])
    full, part = (simulate(world, 2, record=True) for world in (whole, third))
    for name in third.ids:
        assert _lines(third, part, name) == _lines(whole, full, name), name


def _lines(world: World, outcome: Outcome, name: str) -> list[tuple[float, int, int, int]]:
    row = world.ids.index(name)
    return [
        (time, rank, sub, amount)
        for time, rank, where, sub, amount in outcome.log
        if where == row and rank not in WORLDS
    ]


WORLDS = {Rank.YEAR_TURN, Rank.QUARTER_TURN, Rank.COMMITTEE}
"""Events that belong to nobody."""
