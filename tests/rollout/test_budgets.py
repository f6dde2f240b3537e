"""Budgets, ranking and the de-minimis ceiling, recomputed from what was logged and paid."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest

from hybridsim.rollout.events import Rank
from hybridsim.rollout.layout import Answer
from hybridsim.rollout.reference import simulate
from hybridsim.rollout.tally import Outcome
from hybridsim.rollout.world import World
from tests.support.one_project import entries
from tests.support.worlds import by_instrument, happened, home, make_world, only

ACTIVITIES = (
    "goal_definition",
    "needs_analysis",
    "viability_analysis",
    "staff_involvement",
    "carrier_involvement",
)
WANTING = ("adoption.innovation_pa=0.4", "viability.mission_weight.non_profit=1", "viability.minimum_dscr=0")


def answers(world: World, outcome: Outcome, instrument: str) -> list[tuple[float, int, Answer]]:
    """Time, row and answer of all requests to one instrument."""
    index = world.instrument_names.index(instrument)
    return [
        (time, row, Answer(amount))
        for time, row, sub, amount in happened(outcome, Rank.ANSWER)
        if sub & 63 == index
    ]


@pytest.mark.parametrize("mode", ["sequential", "one_stop_shop"])
def test_a_rolling_budget_is_used_up_and_never_exceeded(mode):
    world = make_world(
        *WANTING,
        f"design.application={mode}",
        'design.order=["foundation_grant"]',
        "instruments.foundation_grant.found_alone=1",
        "instruments.foundation_grant.decision.probability=1",
        "instruments.foundation_grant.decision.budget_pa_eur=30000",
        rows=[home(f"home {k}") for k in range(60)],
    )
    for replication in range(2):
        outcome = simulate(world, replication, record=True)
        counts = by_instrument(world, outcome, "foundation_grant")
        assert counts["budget_cents"] == 10 * 3_000_000
        assert 0.5 * counts["budget_cents"] < counts["granted_cents"] <= counts["budget_cents"]
        seen = answers(world, outcome, "foundation_grant")
        assert Answer.BUDGET_SPENT in {answer for _, _, answer in seen}
        # An award counts in its own year; the close may follow in the next one, with own funds of then.
        awarded: dict[int, int] = defaultdict(int)
        for entry in entries(outcome, "grant foundation_grant"):
            award = max(
                time
                for time, row, answer in seen
                if answer is Answer.GRANTED and world.ids[row] == entry.receiver and time <= entry.time
            )
            awarded[int(award // 12.0)] += entry.cents
        assert 0 < max(awarded.values()) <= 3_000_000


def test_a_committee_gives_at_most_its_calls_share_of_the_budget_and_the_best_come_first():
    world = make_world(
        *WANTING,
        *only("documentation"),
        'design.order=["land_digital_grant"]',
        "advice.share=0",
        *(f"preparation.activities.{name}.done_alone=0" for name in ACTIVITIES),
        "instruments.land_digital_grant.found_alone=1",
        "instruments.land_digital_grant.decision.probability=1",
        "instruments.land_digital_grant.decision.budget_pa_eur=60000",
        rows=[home(f"home {k}", readiness=round(0.1 + 0.8 * k / 80, 4)) for k in range(80)],
    )
    ready = world.population.readiness
    outranked = 0
    for replication in range(4):
        outcome = simulate(world, replication, record=True)
        assert all(0 < amount <= 3_000_000 for *_, amount in happened(outcome, Rank.COMMITTEE))
        met: dict[float, list[tuple[int, Answer]]] = defaultdict(list)
        for time, row, answer in answers(world, outcome, "land_digital_grant"):
            met[time].append((row, answer))
        for decided in met.values():
            winners = [ready[row] for row, answer in decided if answer is Answer.GRANTED]
            losers = [ready[row] for row, answer in decided if answer is Answer.OUTRANKED]
            outranked += len(losers)
            if winners and losers:
                assert min(winners) >= max(losers)
    assert outranked > 10


@pytest.mark.parametrize("calls", [1, 5, 9, 12])
def test_every_application_meets_a_committee_however_many_calls_a_year(calls):
    world = make_world(
        *WANTING,
        'design.order=["land_digital_grant"]',
        "instruments.land_digital_grant.found_alone=1",
        "instruments.land_digital_grant.decision.probability=1",
        "instruments.land_digital_grant.decision.budget_pa_eur=1e9",
        "instruments.land_digital_grant.timing.lag.median_months=0",
        f"instruments.land_digital_grant.timing.calls_per_year={calls}",
        rows=[home(f"home {k}") for k in range(40)],
    )
    outcome = simulate(world, 0, record=True)
    seen = Counter(answer for *_, answer in answers(world, outcome, "land_digital_grant"))
    assert seen[Answer.GRANTED] > 20 and seen[Answer.OUTRANKED] == 0
    closings = [time for time, *_ in happened(outcome, Rank.COMMITTEE)]
    assert all(
        time * calls / 12.0 == pytest.approx(round(time * calls / 12.0), abs=1e-9) for time in closings
    )
    assert len(set(closings)) == len(closings)


def test_no_window_of_three_years_holds_more_de_minimis_aid_than_the_ceiling():
    world = make_world(
        *WANTING,
        'design.order=["land_digital_grant"]',
        "instruments.land_digital_grant.found_alone=1",
        "instruments.land_digital_grant.decision.probability=1",
        "instruments.land_digital_grant.decision.budget_pa_eur=1e9",
        # Aid counts from its award; without retries it is paid at that moment or never.
        "de_minimis.ceiling_eur=25000",
        "design.retries=0",
        rows=[home(f"home {k}", sites=3, places=270) for k in range(30)],
    )
    fullest, refused = 0, 0
    for replication in range(3):
        outcome = simulate(world, replication, record=True)
        aid: dict[str, list[tuple[float, int]]] = defaultdict(list)
        for entry in outcome.entries:
            if entry.memo == "grant land_digital_grant":
                aid[entry.receiver].append((entry.time, entry.cents))
        for grants in aid.values():
            for end, _ in grants:
                held = sum(cents for time, cents in grants if end - 36.0 < time <= end)
                assert held <= 2_500_000
                fullest = max(fullest, held)
        given = [answer for *_, answer in answers(world, outcome, "land_digital_grant")]
        refused += sum(answer is Answer.DE_MINIMIS for answer in given)
        assert any(len(grants) > 2 for grants in aid.values())
    assert fullest == 2_500_000 and refused > 0


def test_a_limit_per_site_holds_over_all_applications_of_an_institution():
    world = make_world(
        *WANTING,
        'design.order=["sgb11_8_8"]',
        "instruments.sgb11_8_8.found_alone=1",
        "instruments.sgb11_8_8.decision.probability=1",
        rows=[home(f"home {k}", sites=1 + k % 3, places=90 * (1 + k % 3)) for k in range(30)],
    )
    sites = dict(zip(world.ids, world.population.sites.tolist(), strict=True))
    outcome = simulate(world, 0, record=True)
    paid: dict[str, int] = defaultdict(int)
    for entry in outcome.entries:
        if entry.memo == "grant sgb11_8_8":
            paid[entry.receiver] += entry.cents
    assert max(paid[name] / sites[name] for name in paid) == pytest.approx(1_200_000, abs=1)
