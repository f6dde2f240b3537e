"""Funders who are talked to before the plan is ready answer sooner; for plans that fall it is in vain."""

from __future__ import annotations

import pytest

from hybridsim.rollout.events import Rank
from hybridsim.rollout.layout import Answer, Reason
from hybridsim.rollout.reference import simulate
from hybridsim.rollout.tally import Outcome
from hybridsim.rollout.world import World
from tests.support.one_project import asked, future, months_of, world_of
from tests.support.worlds import by_instrument, happened, make_world, totals

GRANT = "foundation_grant"
PREPARATION = 4.0 + 0.25 + 0.5 + 0.5 + 1.0 + 0.5
"""Months of the catalogue: without and for each of the five activities, all of which are done."""
ROLLING = (
    *asked(GRANT, "bank_loan"),
    'design.financing="project"',
    f'instruments.{GRANT}.timing.mode="rolling"',
    f'instruments.{GRANT}.decision.mode="probability"',
    f"instruments.{GRANT}.timing.start_before_approval=false",
    f"instruments.{GRANT}.timing.lag.median_months=5",
    f"instruments.{GRANT}.sizing.share_of_cost=0.5",
    f"instruments.{GRANT}.sizing.maximum_eur=1e9",
    "instruments.bank_loan.timing.lag.median_months=2",
    "instruments.bank_loan.sizing.share_of_cost=1",
)


def contact(share: float) -> str:
    return f"design.first_contact={share}"


def answered(world: World, outcome: Outcome, name: str) -> list[float]:
    """Months of an instrument's answers after the plan was ready."""
    index, (plan,) = world.instrument_names.index(name), months_of(outcome, Rank.PLANNED)
    return [time - plan for time, _, sub, _ in happened(outcome, Rank.ANSWER) if sub & 63 == index]


@pytest.mark.parametrize("share", [1.0, 0.9, 0.6, 0.25, 0.0])
@pytest.mark.parametrize("application", ["sequential", "one_stop_shop"])
def test_each_rolling_answer_comes_earlier_by_the_time_that_its_giver_knew_the_project(share, application):
    world = world_of(*ROLLING, contact(share), f'design.application="{application}"')
    outcome = future(world, Rank.GATE)
    (idea,), (plan,) = months_of(outcome, Rank.IDEA), months_of(outcome, Rank.PLANNED)
    assert plan == pytest.approx(idea + PREPARATION, abs=1e-9)
    head_start = (1.0 - share) * PREPARATION
    grant, bank = max(0.0, 5.0 - head_start), max(0.0, 2.0 - head_start)
    after = grant + bank if application == "sequential" else bank
    assert answered(world, outcome, GRANT) == pytest.approx([grant], abs=1e-9)
    assert answered(world, outcome, "bank_loan") == pytest.approx([after], abs=1e-9)
    started = max(grant, after)
    assert totals(outcome)["funding_months"] == pytest.approx(1000 * started, abs=1)


def test_a_call_a_campaign_and_a_second_try_take_as_long_as_ever():
    called = (
        'design.order=["land_digital_grant", "crowd_donation"]',
        "instruments.land_digital_grant.found_alone=1",
        "instruments.crowd_donation.found_alone=1",
        "instruments.crowd_donation.timing.lag.sigma=0",
    )
    for settings, name in ((called, "land_digital_grant"), (called, "crowd_donation")):
        late, early = (world_of(*settings, contact(share)) for share in (1.0, 0.0))
        assert answered(late, future(late), name) == answered(early, future(early), name) != []
    refused = (*ROLLING, f"instruments.{GRANT}.decision.probability=0", 'design.application="one_stop_shop"')
    nothing = ("instruments.bank_loan.found_alone=0", "design.retries=1", "design.retry_pause.sigma=0")
    world = world_of(*refused, *nothing, contact(0.0), digital_budget_eur_pa=0)
    outcome = future(world, Rank.RETRY)
    pause = world.scenario.design.retry_pause.median_months.value
    assert answered(world, outcome, GRANT)[:2] == pytest.approx([0.0, pause + 5.0], abs=1e-9)


@pytest.mark.parametrize("share", [1.0, 0.75, 0.0])
def test_what_was_begun_for_a_plan_that_is_not_viable_is_in_vain(share: float):
    order = ("land_digital_grant", GRANT, "bank_loan", "iku148")
    settings = (
        *(s for s in ROLLING if not s.startswith("design.order")),
        "design.order=[" + ",".join(f'"{name}"' for name in order) + "]",
        "instruments.land_digital_grant.found_alone=1",
        "instruments.iku148.found_alone=0",
        f"instruments.{GRANT}.application_days=8",
        "instruments.bank_loan.application_days=3",
        "use_cases.documentation.types.nursing_home.freed_hours_per_place_year=0",
        "use_cases.documentation.types.nursing_home.incidents_per_place_year=0",
        "preparation.day_cost_eur=400",
    )
    world = world_of(*settings, contact(share))
    outcome = future(world, Rank.PLANNED)
    assert outcome.reasons[Reason.NOT_VIABLE] == 1 == sum(outcome.reasons)
    prepared = 3 + 5 + 5 + 6 + 2
    days = prepared + (1.0 - share) * (8 + 3)
    assert totals(outcome)["staff_cost_cents"] == 40_000 * days
    vain = {name: by_instrument(world, outcome, name)["in_vain"] for name in order}
    begun = int(share < 1.0)
    assert vain == {"land_digital_grant": 0, GRANT: begun, "bank_loan": begun, "iku148": 0}
    assert not any(row[Answer.GRANTED] for row in outcome.answers)


def test_early_contact_makes_funding_faster_and_applications_dearer_by_more_than_chance():
    loans = ("underwriting.minimum_ticket_eur=1000", "underwriting.file_cost_eur=0")
    sector = ("population.size=60", "run.horizon_months=72", "adoption.innovation_pa=0.3", *loans)
    worlds = [make_world(*sector, contact(share), "default_risk.estate_headroom=0") for share in (1.0, 0.0)]
    months, vain = [], []
    for replication in range(8):
        late, early = (simulate(world, replication) for world in worlds)
        pace = [totals(o)["funding_months"] / 1000 / totals(o)["started"] for o in (late, early)]
        months.append(pace[1] - pace[0])
        vain.append(
            sum(by_instrument(worlds[1], early, name)["in_vain"] for name in worlds[1].instrument_names)
        )
        assert not any(by_instrument(worlds[0], late, name)["in_vain"] for name in worlds[0].instrument_names)
    mean, spread = sum(months) / 8, (sum((m - sum(months) / 8) ** 2 for m in months) / 7 / 8) ** 0.5
    assert mean < -3 * spread
    assert min(vain) > 10
