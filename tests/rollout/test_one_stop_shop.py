"""A one-stop shop asks at once for what would close the gap, and once more for what then is missing."""

from __future__ import annotations

import pytest

from hybridsim.rollout import layout
from hybridsim.rollout.events import Rank
from hybridsim.rollout.layout import Answer
from hybridsim.rollout.reference import simulate
from hybridsim.rollout.tally import Outcome
from hybridsim.rollout.world import World
from tests.support.one_project import asked, entries, future, world_of
from tests.support.worlds import by_instrument, happened, make_world, totals

SHOP = 'design.application="one_stop_shop"'
SECTOR = (
    SHOP,
    "population.size=60",
    "run.horizon_months=72",
    "adoption.innovation_pa=0.3",
    "viability.mission_weight.non_profit=1",
    "viability.minimum_dscr=0",
    "underwriting.minimum_ticket_eur=1000",
    "underwriting.file_cost_eur=0",
    "instruments.land_digital_grant.found_alone=1",
    "default_risk.estate_headroom=0",
)
BEHIND = ("land_digital_grant", "iku148", "erp511", "bank_loan")
GENEROUS = (
    "instruments.rueckenwind.sizing.share_of_cost=1",
    "instruments.rueckenwind.sizing.eligible_share=1",
    "instruments.rueckenwind.sizing.minimum_eur=0",
    "instruments.rueckenwind.sizing.maximum_eur=1e9",
)
NOBODY_FINDS_IT = ("instruments.rueckenwind.found_alone=0", "instruments.rueckenwind.found_advised=0")
NOBODY_MAY_HAVE_IT = (
    "instruments.rueckenwind.found_alone=1",
    "instruments.rueckenwind.found_advised=1",
    'instruments.rueckenwind.eligibility.types=["counselling"]',
)


def in_order(*names: str) -> str:
    return "design.order=[" + ",".join(f'"{name}"' for name in names) + "]"


def answers(world: World, outcome: Outcome, name: str) -> list[Answer]:
    """Answers of one instrument in the order of time."""
    index = world.instrument_names.index(name)
    return [Answer(amount) for *_, sub, amount in happened(outcome, Rank.ANSWER) if sub & 63 == index]


def without(world: World, outcome: Outcome, name: str) -> list[object]:
    """All that a replication hands out but what one instrument's own answers count."""
    index = world.instrument_names.index(name)
    figures = totals(outcome)
    figures["events"] -= len(answers(world, outcome, name))
    log = [line for line in outcome.log if line[1] != Rank.ANSWER or line[3] & 63 != index]
    others = [row for k, row in enumerate(outcome.instruments) if k != index]
    said = [row for k, row in enumerate(outcome.answers) if k != index]
    return [figures, outcome.years, others, said, outcome.reasons, outcome.loans, log, outcome.entries]


@pytest.mark.parametrize(
    ("settings", "answer"),
    [(NOBODY_FINDS_IT, Answer.NOT_FOUND), (NOBODY_MAY_HAVE_IT, Answer.NOT_ELIGIBLE)],
)
def test_what_nobody_can_have_changes_nothing_for_those_behind_it(settings: tuple[str, ...], answer: Answer):
    alone = make_world(*SECTOR, *GENEROUS, *settings, in_order(*BEHIND))
    led = make_world(*SECTOR, *GENEROUS, *settings, in_order("rueckenwind", *BEHIND))
    for replication in range(2):
        base, other = (simulate(world, replication, record=True) for world in (alone, led))
        assert totals(base)["loans"] > 10
        assert set(answers(led, other, "rueckenwind")) == {answer}
        assert without(led, other, "rueckenwind") == without(alone, base, "rueckenwind")


WHOLE = (
    SHOP,
    'design.financing="project"',
    "instruments.land_digital_grant.sizing.share_of_cost=0.9",
    "instruments.land_digital_grant.sizing.eligible_share=1",
    "instruments.land_digital_grant.sizing.maximum_eur=1e9",
    "instruments.bank_loan.sizing.share_of_cost=1",
    "instruments.land_digital_grant.disbursement.retention_share=0",
)
TICKET = "underwriting.minimum_ticket_eur=20000"
"""More than a tenth of the project's cost, and less than all of it."""


def test_a_loan_that_is_too_small_beside_the_hoped_for_grant_is_asked_for_when_the_grant_is_refused():
    order = asked("land_digital_grant", "bank_loan")
    refused = "instruments.land_digital_grant.decision.probability=0"
    for says_no in (True, False):
        world = world_of(*order, *WHOLE, TICKET, *((refused,) if says_no else ()))
        outcome = future(world, Rank.GATE)
        cost = sum(entry.cents for entry in entries(outcome, "project cost"))
        assert cost * 0.1 < 2_000_000 < cost
        lent = totals(outcome)["lent_cents"]
        grant, loan = (answers(world, outcome, name) for name in ("land_digital_grant", "bank_loan"))
        if says_no:
            assert lent >= 2_000_000 and grant == [Answer.REFUSED] and loan == [Answer.GRANTED]
        else:
            assert lent == 0 and grant == [Answer.GRANTED] and loan == [Answer.BELOW_MINIMUM]


def test_the_second_instrument_is_asked_for_what_the_first_would_leave():
    world = world_of(*asked("land_digital_grant", "bank_loan"), *WHOLE, "underwriting.minimum_ticket_eur=0")
    outcome = future(world, Rank.GATE)
    figures = totals(outcome)
    assert figures["grant_cents"] == pytest.approx(0.9 * figures["uses_cents"], abs=2)
    assert figures["lent_cents"] == pytest.approx(0.1 * figures["uses_cents"], abs=2)
    requests = [column.name for column in layout.INSTRUMENT].index("requests")
    assert [
        by_instrument(world, outcome, name)["requests"] for name in ("land_digital_grant", "bank_loan")
    ] == [1, 1]
    assert sum(row[requests] for row in outcome.instruments) == 2


def test_nobody_is_asked_for_more_than_the_gap():
    whole = "instruments.land_digital_grant.sizing.share_of_cost=1"
    world = world_of(
        *asked("land_digital_grant", "bank_loan"), *WHOLE, whole, "underwriting.minimum_ticket_eur=0"
    )
    outcome = future(world, Rank.GATE)
    assert answers(world, outcome, "land_digital_grant") == [Answer.GRANTED]
    assert answers(world, outcome, "bank_loan") == []
    assert totals(outcome)["lent_cents"] == totals(outcome)["own_funds_cents"] == 0
