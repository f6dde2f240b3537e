"""What becomes of money when a project ends too early: undrawn, drawn but not live, live but not settled."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hybridsim.rollout.events import Rank
from hybridsim.rollout.reference import Story
from hybridsim.rollout.tally import Outcome
from tests.support.one_project import AT, CERTAIN, asked, months_of, paid, world_of
from tests.support.worlds import by_instrument, home, make_world, totals

GRANT, OUTCOME, FUND = "foundation_grant", "outcome_contract", "first_loss_fund"
HALF = (f"instruments.{GRANT}.sizing.share_of_cost=0.5", f"instruments.{GRANT}.sizing.eligible_share=1")
LATE = (
    f"instruments.{GRANT}.disbursement.settlement.median_months=6",
    f"instruments.{GRANT}.disbursement.settlement.sigma=0",
)
IN_THE_MIDDLE = (
    # The software wears out a year after the first site is live, and own funds cannot renew what was paid
    # from large grants: the next wave is paid, but not live before two.
    "use_cases.documentation.life_years=1", "use_cases.documentation.renewal_share=1",
    f"{AT}.technology_fixed_eur=550000", f"{AT}.freed_hours_per_place_year=400",
    f"{AT}.implementation.median_months=40", "scaling.pause.median_months=1", "scaling.pause.sigma=0",
    "run.horizon_months=240",
)  # fmt: skip


def stories(*settings: str, **changes: object) -> Iterator[tuple[Story, Outcome]]:
    """Futures of one home that does not default, with an idea and an end of support."""
    world = world_of(*settings, **changes)
    for replication in range(60):
        story = Story(world, replication, record=True)
        outcome = story.tell()
        if totals(outcome)["defaults"] == 0 and months_of(outcome, Rank.IDEA):
            yield story, outcome


def given_up_in_the_middle_of_a_wave(*settings: str) -> tuple[Story, Outcome]:
    for story, outcome in stories(*settings, *IN_THE_MIDDLE, sites=3, places=270):
        if months_of(outcome, Rank.WORN_OUT) and len(paid(outcome, "project cost")) == 3:
            assert len(months_of(outcome, Rank.LIVE)) == 2
            return story, outcome
    raise AssertionError("no such future")


def test_cash_that_waited_for_a_grant_in_arrears_is_free_again_when_its_stage_never_goes_live():
    arrears = f'instruments.{GRANT}.disbursement.mode="arrears"'
    story, outcome = given_up_in_the_middle_of_a_wave(*asked(GRANT), *HALF, *LATE, arrears)
    live = months_of(outcome, Rank.LIVE)
    assert sorted(paid(outcome, f"grant {GRANT}")) == pytest.approx([month + 6.0 for month in live])
    assert story.context.institutions[0].bridged == 0


@pytest.mark.parametrize(("binding", "repaid"), [(0, False), (48, True)])
def test_a_grant_for_a_stage_that_never_goes_live_is_repaid_if_it_binds(binding: int, repaid: bool):
    terms = f"instruments.{GRANT}.disbursement.binding_months={binding}"
    _, outcome = given_up_in_the_middle_of_a_wave(*asked(GRANT), *HALF, *LATE, terms)
    (end,) = months_of(outcome, Rank.WORN_OUT)
    close = max(paid(outcome, "project cost"))
    back = paid(outcome, f"repaid grant {GRANT}")
    if not repaid:
        assert back == {} and totals(outcome)["clawback_cents"] == 0
        return
    wave = paid(outcome, f"grant {GRANT}")[close]
    earlier = sum(cents for month, cents in paid(outcome, f"grant {GRANT}").items() if month < close)
    lived = end - months_of(outcome, Rank.LIVE)[0]
    assert 0.0 < lived < 48.0
    assert back == {end: pytest.approx(wave + earlier * (1.0 - lived / 48.0), abs=2)}
    assert totals(outcome)["clawback_cents"] == back[end]


def test_an_investor_in_outcomes_of_a_stage_that_never_goes_live_has_given_his_money_away():
    price = f"instruments.{OUTCOME}.outcome.price_per_hour_eur=0"
    story, outcome = given_up_in_the_middle_of_a_wave(*asked(OUTCOME), price)
    given = sum(paid(outcome, f"grant {OUTCOME}").values())
    assert len(paid(outcome, f"grant {OUTCOME}")) == 3
    assert by_instrument(story.world, outcome, OUTCOME)["forgiven_cents"] == given


def test_who_gives_up_before_the_final_account_repays_as_much_as_who_gives_up_after_it():
    """A pilot that fails in month 4 of a binding of 20 keeps a fifth, whenever its account is settled."""
    kept = []
    for settled_after in (1, 30):
        terms = (
            f"instruments.{GRANT}.disbursement.settlement.median_months={settled_after}",
            f"instruments.{GRANT}.disbursement.settlement.sigma=0",
            f"instruments.{GRANT}.disbursement.binding_months=20",
        )
        _, outcome = next(stories(*asked(GRANT), *HALF, *terms, f"{AT}.gate_probability=0"))
        (grant,), (back,) = (
            paid(outcome, f"grant {GRANT}").values(),
            paid(outcome, f"repaid grant {GRANT}").values(),
        )
        (gate,), (live,) = months_of(outcome, Rank.GATE), months_of(outcome, Rank.LIVE)
        assert gate - live == pytest.approx(4.0)
        assert back == pytest.approx(grant * 16.0 / 20.0, abs=1)
        kept.append(grant - back)
        assert sorted(paid(outcome, f"repaid grant {GRANT}")) == pytest.approx(
            [max(gate, live + settled_after)]
        )
    assert kept[0] == kept[1]


def test_a_cost_overrun_before_anything_is_live_costs_the_whole_grant_if_it_binds():
    terms = (f"instruments.{GRANT}.disbursement.binding_months=20", "implementation.overrun_median=40")
    poor = {"digital_budget_eur_pa": 30_000, "liquidity_days": 30}
    _, outcome = next(stories(*asked(GRANT), *HALF, *LATE, *terms, "implementation.overrun_cap=50", **poor))
    assert totals(outcome)["started"] == 1 and totals(outcome)["piloted"] == 0
    assert sum(paid(outcome, f"repaid grant {GRANT}").values()) == sum(
        paid(outcome, f"grant {GRANT}").values()
    )


@pytest.mark.parametrize("financing", ["stage", "project"])
def test_a_fund_has_what_it_had_less_what_it_lent_plus_what_came_back(financing: str):
    """Also what was promised for a second stage and never drawn, after failed pilots and defaults."""
    settings = (
        *asked(FUND), f'design.financing="{financing}"', f"{AT}.gate_probability=0.5",
        "run.horizon_months=240", f"instruments.{FUND}.decision.revolving_capital_eur=2000000",
        "default_risk.workout.median_months=3",
    )  # fmt: skip
    rows = [
        home(f"Heim {k}", pd_pa=0.2, digital_budget_eur_pa=200_000, liquidity_days=200) for k in range(60)
    ]
    world = make_world(*CERTAIN, *settings, rows=rows)
    index = world.instrument_names.index(FUND)
    between = 0
    for replication in range(4):
        story = Story(world, replication, record=True)
        outcome = story.tell()
        cash = world.instruments[index].fund
        pilots = {entry.receiver for entry in outcome.entries if entry.memo == f"loan {FUND}"}
        for entry in outcome.entries:
            if entry.memo == f"loan {FUND}":
                cash -= entry.cents
            elif entry.memo in (f"principal {FUND}", f"interest {FUND}", f"recovery {FUND}"):
                cash += entry.cents
        dead = {world.ids[row] for _, rank, row, *_ in outcome.log if rank in (Rank.DEFAULT, Rank.ILLIQUID)}
        live = {world.ids[row] for _, rank, row, *_ in outcome.log if rank == Rank.GATE}
        between += len(pilots & dead - live)
        assert totals(outcome)["piloted"] > totals(outcome)["passed"] > 0
        assert story.context.fund_cash[index] == cash
    assert between > 0


def test_a_failed_pilot_gives_back_caps_and_ceiling_of_the_stage_that_never_came():
    whole = ('design.financing="project"', f"{AT}.gate_probability=0")
    room = (f"instruments.{GRANT}.sizing.maximum_per_site_eur=900000", f"instruments.{GRANT}.de_minimis=true")
    nominal = f'instruments.{GRANT}.gge_rule="nominal"'
    story, outcome = next(stories(*asked(GRANT), *HALF, *LATE, *whole, *room, nominal))
    institution = story.context.institutions[0]
    drawn = sum(paid(outcome, f"grant {GRANT}").values())
    assert sum(institution.granted_before.values()) == drawn > 0
    assert sum(institution.aid_cents) == pytest.approx(drawn, abs=1)
    own = sum(paid(outcome, "project cost").values()) - drawn
    assert totals(outcome)["own_funds_cents"] == own


def test_own_funds_of_a_stage_that_never_came_are_as_free_as_if_it_had_not_been_financed_yet():
    found = []
    for financing in ("stage", "project"):
        own = ("design.order=[]", f'design.financing="{financing}"', f"{AT}.gate_probability=0")
        story, outcome = next(
            (story, outcome)
            for story, outcome in stories(*own, "run.horizon_months=36", digital_budget_eur_pa=60_000)
            if months_of(outcome, Rank.GATE) and months_of(outcome, Rank.GATE)[0] > 24.0
        )
        institution = story.context.institutions[0]
        assert institution.earmark < institution.budget_cap
        found.append((outcome.replication, paid(outcome, "project cost"), institution.earmark))
    assert found[0] == found[1] and found[0][2] > 0
