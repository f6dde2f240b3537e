"""Conditions of grants: what is kept back, what binds, what excludes, and who bridges; by hand."""

from __future__ import annotations

import pytest

from hybridsim.core.codes import GrantSettlement
from hybridsim.finance.grants import settled_cents
from hybridsim.rollout.events import Rank
from hybridsim.rollout.layout import Answer
from hybridsim.rollout.tally import Outcome
from hybridsim.rollout.world import World
from tests.support.one_project import AT, HOME, asked, future, months_of, paid, world_of
from tests.support.worlds import by_instrument, totals

GRANT = "foundation_grant"
OTHER = "land_digital_grant"
HALF = (f"instruments.{GRANT}.sizing.share_of_cost=0.5", f"instruments.{GRANT}.sizing.eligible_share=1")
GIVEN_UP = (f"{AT}.sustain_probability=0", "operation.sustain_cash_slope=0")


def settled_after(name: str, months: float) -> tuple[str, ...]:
    at = f"instruments.{name}.disbursement.settlement"
    return (f"{at}.median_months={months}", f"{at}.sigma=0")


def answers(world: World, outcome: Outcome, name: str) -> dict[Answer, int]:
    row = outcome.answers[world.instrument_names.index(name)]
    return {answer: row[answer] for answer in Answer if row[answer]}


def test_the_retained_part_comes_with_the_final_account():
    disbursement = f"instruments.{GRANT}.disbursement.retention_share=0.15"
    world = world_of(*asked(GRANT), *HALF, *settled_after(GRANT, 7), disbursement)
    outcome = future(world, Rank.SUPPORT_END)
    closes, live = sorted(paid(outcome, "project cost")), months_of(outcome, Rank.LIVE)
    got = paid(outcome, f"grant {GRANT}")
    assert sorted(got) == pytest.approx(sorted([*closes, *(month + 7.0 for month in live)]), abs=1e-9)
    for close, done in zip(closes, live, strict=True):
        award = paid(outcome, "project cost")[close] / 2
        assert got[close] == pytest.approx(0.85 * award, abs=1.0)
        late = min(got, key=lambda month, done=done: abs(month - done - 7.0))
        assert got[close] + got[late] == pytest.approx(award, abs=1.0)


def test_money_in_arrears_costs_the_interest_of_the_credit_line_that_bridges_it():
    late = (f'instruments.{GRANT}.disbursement.mode="arrears"', *settled_after(GRANT, 30))
    share = (f"instruments.{GRANT}.sizing.share_of_cost=0.8", f"instruments.{GRANT}.sizing.eligible_share=1")
    bridge = ("carriers.bridging_reserve_share=0", "carriers.credit_line_rate_pa=0.09")
    poor = {"liquidity_days": 0.1, "digital_budget_eur_pa": 8_000, "credit_line_eur": 150_000}
    reserve = ("institution_types.nursing_home.reserve_days=0", f"{AT}.gate_probability=0")
    world = world_of(*asked(GRANT), *late, *share, *bridge, *reserve, **poor)
    outcome = future(world, Rank.FINAL_ACCOUNT)
    (close,), (account,) = paid(outcome, "project cost"), months_of(outcome, Rank.FINAL_ACCOUNT)
    seen = paid(outcome, "credit line")
    for quarter in range(3, 120, 3):
        before = sum(
            entry.cents * ((entry.receiver == HOME) - (entry.giver == HOME))
            for entry in outcome.entries
            if entry.time < quarter
        )
        assert seen.get(quarter, 0) == (int(-before * 0.09 / 4.0 + 0.5) if before < 0 else 0), quarter
    assert account == pytest.approx(close + 4.0 + 30.0) and len(seen) >= 8
    assert min(seen) > close and max(seen) <= account + 3.0


def test_a_crowd_that_gives_after_a_deficit_grant_was_approved_lowers_it_euro_for_euro():
    def total(crowd: int) -> int:
        grant = settled_cents(
            int(GrantSettlement.DEFICIT), 80_000_00, 0.8, 100_000_00, 100_000_00, 20_000_00, crowd
        )
        return grant + crowd + 20_000_00

    assert [total(crowd) for crowd in (0, 5_000_00, 30_000_00, 80_000_00)] == [100_000_00] * 4


@pytest.mark.parametrize("settlement", ["deficit", "fixed"])
def test_what_a_stage_cost_below_plan_is_the_deficit_grants_gain_and_not_the_carriers(settlement: str):
    crowd = (
        "instruments.crowd_donation.sizing.share_of_cost=0.5",
        "instruments.crowd_donation.decision.size_slope=0",
    )
    cheap = ("implementation.overrun_median=0.9", f'instruments.{GRANT}.grant_settlement="{settlement}"')
    world = world_of(*asked(GRANT, "crowd_donation"), *HALF, *crowd, *cheap, *settled_after(GRANT, 2))
    outcome = future(world, Rank.SUPPORT_END)
    cost, below = (sum(paid(outcome, memo).values()) for memo in ("project cost", "below plan"))
    assert below == pytest.approx(0.1 * cost, abs=2)
    back = sum(paid(outcome, f"repaid grant {GRANT}").values())
    given = sum(paid(outcome, "grant crowd_donation").values()) + sum(
        paid(outcome, f"grant {GRANT}").values()
    )
    assert given == cost
    assert back == (pytest.approx(below, abs=2) if settlement == "deficit" else 0)


def test_giving_up_while_a_grant_binds_costs_the_rest_pro_rata_with_interest():
    at = f"instruments.{GRANT}.disbursement"
    binding = (f"{at}.binding_months=48", f"{at}.clawback_interest_pa=0.073")
    world = world_of(*asked(GRANT), *HALF, *settled_after(GRANT, 3), *binding, *GIVEN_UP)
    outcome = future(world, Rank.SUPPORT_END)
    (end,), live = months_of(outcome, Rank.SUPPORT_END), months_of(outcome, Rank.LIVE)
    awards = sorted(paid(outcome, f"grant {GRANT}").items())
    left = 1.0 - (end - live[0]) / 48.0
    owed = sum(
        cents * left * (1.0 + 0.073 * (end - done - 3.0) / 12.0)
        for (_, cents), done in zip(awards, live, strict=True)
    )
    assert left > 0.3 and paid(outcome, f"repaid grant {GRANT}") == {end: pytest.approx(owed, abs=2)}
    assert totals(outcome)["clawback_cents"] == pytest.approx(owed, abs=2)
    assert totals(outcome)["fiscal_grants_pv_cents"] == 0  # a foundation is not public


@pytest.mark.parametrize(("months", "settings"), [(12, GIVEN_UP), (60, ())])
def test_nothing_is_owed_after_the_binding_or_while_the_project_goes_on(
    months: int, settings: tuple[str, ...]
):
    at = f"instruments.{GRANT}.disbursement"
    world = world_of(*asked(GRANT), *HALF, f"{at}.binding_months={months}", *settings)
    outcome = future(world, Rank.SUPPORT_END)
    assert totals(outcome)["clawback_cents"] == 0 and paid(outcome, f"repaid grant {GRANT}") == {}


@pytest.mark.parametrize("application", ["sequential", "one_stop_shop"])
@pytest.mark.parametrize("who_says_so", [GRANT, OTHER])
def test_two_grants_that_exclude_each_other_are_never_in_one_close(application: str, who_says_so: str):
    other = OTHER if who_says_so == GRANT else GRANT
    excludes = (
        f'instruments.{who_says_so}.eligibility.excludes=["{other}"]',
        f'design.application="{application}"',
    )
    small = (f"instruments.{OTHER}.sizing.share_of_cost=0.3", *HALF)
    settings = (*asked(GRANT, OTHER), *small, "use_cases.documentation.life_years=3")
    free, bound = (world_of(*settings, f'design.application="{application}"'), world_of(*settings, *excludes))
    together, apart = future(free, Rank.SUPPORT_END), future(bound, Rank.SUPPORT_END)
    assert all(by_instrument(free, together, name)["granted"] == 2 for name in (GRANT, OTHER))
    granted = [by_instrument(bound, apart, name)["granted"] for name in (GRANT, OTHER)]
    assert sorted(granted) == [0, 2]
    refused = GRANT if granted[0] == 0 else OTHER
    assert answers(bound, apart, refused) == {Answer.NOT_ELIGIBLE: 2}


@pytest.mark.parametrize("application", ["sequential", "one_stop_shop"])
def test_grants_together_never_exceed_the_cumulation_share(application: str):
    limits = (f"instruments.{OTHER}.eligibility.cumulation_share=0.7", f'design.application="{application}"')
    shares = (f"instruments.{OTHER}.sizing.share_of_cost=0.5", f"instruments.{OTHER}.sizing.eligible_share=1")
    late = (
        f"instruments.{GRANT}.timing.lag.median_months=1",
        f"instruments.{OTHER}.timing.lag.median_months=9",
    )
    world = world_of(*asked(GRANT, OTHER), *HALF, *limits, *shares, *late)
    outcome = future(world, Rank.SUPPORT_END)
    costs = paid(outcome, "project cost")
    first, second = paid(outcome, f"grant {GRANT}"), paid(outcome, f"grant {OTHER}")
    for month, cost in costs.items():
        assert first[month] == pytest.approx(0.5 * cost, abs=1)
        assert second[month] == pytest.approx(0.2 * cost, abs=1)


def test_a_campaign_fails_as_a_whole_and_the_more_often_the_larger_its_target():
    settings = (
        "instruments.crowd_donation.decision.reference_eur=1000",
        "instruments.crowd_donation.decision.size_slope=200",
    )
    names = [setting for setting in asked("crowd_donation") if "probability" not in setting]
    world = world_of(*names, *settings, "instruments.crowd_donation.decision.probability=0.5")
    outcome = future(world, Rank.SUPPORT_END)
    assert paid(outcome, "grant crowd_donation") == {} and totals(outcome)["crowd_cents"] == 0
    assert answers(world, outcome, "crowd_donation") == {Answer.REFUSED: 2}
