"""What investors and flexible lenders are paid: each payment recomputed from the ledger's other entries."""

from __future__ import annotations

from functools import cache
from math import floor

import pytest

from hybridsim.rollout.events import Rank
from hybridsim.rollout.tally import Outcome
from hybridsim.rollout.world import World
from tests.support.one_project import AT, HOME, asked, entries, future, months_of, paid, world_of
from tests.support.worlds import by_instrument, loans, totals

SHARE = "impact_revenue_share"
SERVICE = f"instruments.{SHARE}.service"
GIVEN_UP = (f"{AT}.sustain_probability=0", "operation.sustain_cash_slope=0")


@cache
def revenue_share(*settings: str) -> tuple[World, Outcome]:
    """One revenue share over half of the pilot's cost; own funds pay the rest."""
    order = (*asked(SHARE), f'instruments.{SHARE}.eligibility.stages=["pilot"]')
    world = world_of(*order, *settings)
    return world, future(world, Rank.SUPPORT_END)


def half_up(amount: float) -> int:
    return floor(amount + 0.5)


def test_a_revenue_share_takes_its_part_of_the_savings_until_the_multiple_is_reached():
    world, outcome = revenue_share(f"{SERVICE}.savings_share=0.3", f"{SERVICE}.multiple=1.6")
    (loan,) = loans(world, outcome)
    left = half_up(1.6 * loan["principal_cents"])
    expected = {}
    for month, saved in sorted(paid(outcome, "cash benefit").items()):
        due = min(half_up(0.3 * saved), left)
        if due:
            expected[month] = due
        left -= due
    assert left == 0 and max(expected) < loan["close_month"] + 84
    principal, profit = paid(outcome, f"principal {SHARE}"), paid(outcome, f"interest {SHARE}")
    got = {month: principal.get(month, 0) + profit.get(month, 0) for month in principal | profit}
    assert got == expected
    assert sum(principal.values()) == loan["principal_cents"]
    assert loan["end_month"] == max(expected) and totals(outcome)["forgiven_cents"] == 0


def test_what_payers_take_is_not_shared():
    _, outcome = revenue_share("operation.payers_take=0.6", f"{SERVICE}.savings_share=0.2")
    taken = paid(outcome, "benefit taken by payers")
    got = paid(outcome, f"principal {SHARE}")
    after = [month for month in sorted(taken) if month in got][2]
    assert taken[after] == pytest.approx(0.6 * paid(outcome, "cash benefit")[after], abs=1)
    assert got[after] == half_up(0.2 * (paid(outcome, "cash benefit")[after] - taken[after]))


def test_what_is_left_at_the_end_of_the_term_is_written_off():
    world, outcome = revenue_share(f"{SERVICE}.savings_share=0.02", f"{SERVICE}.term_months=36")
    (loan,) = loans(world, outcome)
    first_quarter = (floor(loan["close_month"] / 3.0) + 1) * 3.0
    repaid = sum(paid(outcome, f"principal {SHARE}").values())
    assert 0 < repaid < loan["principal_cents"]
    assert loan["end_month"] == first_quarter + 33.0
    assert totals(outcome)["forgiven_cents"] == loan["principal_cents"] - repaid
    assert paid(outcome, f"given up {SHARE}") == {loan["end_month"]: loan["principal_cents"] - repaid}
    assert loan["ead_cents"] == loan["loss_cents"] == 0


def test_a_given_up_project_is_written_off_at_once_if_investors_share_the_failure():
    world, outcome = revenue_share(*GIVEN_UP, f'{SERVICE}.on_failure="write_off"')
    (loan,) = loans(world, outcome)
    (end,) = months_of(outcome, Rank.SUPPORT_END)
    repaid = sum(paid(outcome, f"principal {SHARE}").values())
    assert paid(outcome, f"given up {SHARE}") == {end: loan["principal_cents"] - repaid}
    assert by_instrument(world, outcome, SHARE)["forgiven_cents"] == loan["principal_cents"] - repaid
    assert max(paid(outcome, f"principal {SHARE}")) <= end


def test_a_given_up_project_pays_equal_parts_over_the_rest_of_the_term_if_the_investment_converts():
    world, outcome = revenue_share(
        *GIVEN_UP, f'{SERVICE}.on_failure="convert"', f"{SERVICE}.savings_share=0.1"
    )
    (loan,) = loans(world, outcome)
    (end,) = months_of(outcome, Rank.SUPPORT_END)
    got = paid(outcome, f"principal {SHARE}")
    before = sum(cents for month, cents in got.items() if month <= end)
    first_quarter = (floor(loan["close_month"] / 3.0) + 1) * 3.0
    done = floor((end - first_quarter) / 3.0) + 1
    rest, left = 28 - done, loan["principal_cents"] - before
    after = [got[month] for month in sorted(got) if month > end]
    assert after[:-1] == [left // rest] * (rest - 1) and sum(after) == left
    assert loan["end_month"] == first_quarter + 81.0
    assert totals(outcome)["forgiven_cents"] == 0


def test_a_given_up_project_without_a_rule_saves_nothing_and_the_rest_ends_with_the_term():
    world, outcome = revenue_share(*GIVEN_UP, f'{SERVICE}.on_failure="none"', f"{SERVICE}.savings_share=0.1")
    (loan,) = loans(world, outcome)
    (end,) = months_of(outcome, Rank.SUPPORT_END)
    assert max(paid(outcome, f"principal {SHARE}")) <= end < loan["end_month"]
    assert list(paid(outcome, f"given up {SHARE}")) == [loan["end_month"]]


# ------------------------------------------------------------------ flexible loans

LOAN = "flexible_loan"


@cache
def flexible(*settings: str) -> tuple[World, Outcome]:
    """The pilot paid by the flexible loan, implementation takes 8 months."""
    only_pilot = f'instruments.{LOAN}.eligibility.stages=["pilot"]'
    bank = (only_pilot, f"{AT}.implementation.median_months=8")
    names = [setting for setting in asked(LOAN) if ".decision." not in setting]
    world = world_of(*names, *bank, *settings)
    return world, future(world, Rank.SUPPORT_END)


def test_a_holiday_waits_for_the_first_go_live_and_then_instalments_grow_by_equal_steps():
    world, outcome = flexible(f"instruments.{LOAN}.service.term_months=36")
    (loan,) = loans(world, outcome)
    live = months_of(outcome, Rank.LIVE)[0]
    principal, interest = paid(outcome, f"principal {LOAN}"), paid(outcome, f"interest {LOAN}")
    start = min(principal)
    assert start == (floor(live / 3.0) + 1) * 3.0
    lent, steps = loan["principal_cents"], [lent_step * 2 for lent_step in range(1, 13)]
    expected = [lent * step // (12 * 13) for step in steps[:-1]]
    assert [principal[month] for month in sorted(principal)] == [*expected, lent - sum(expected)]
    assert loan["end_month"] == start + 33.0
    first = (floor(loan["close_month"] / 3.0) + 1) * 3.0
    left, month = lent, first
    while month <= loan["end_month"]:
        rate = loan["rate_pa"] - (0.0025 if month > months_of(outcome, Rank.LIVE)[1] else 0.0)
        length = month - loan["close_month"] if month == first else 3.0
        assert interest[month] == pytest.approx(left * rate * length / 12.0, abs=1.0), month
        left -= principal.get(month, 0)
        month += 3.0


def test_a_holiday_ends_after_two_years_even_if_nothing_is_live():
    world, outcome = flexible(f"{AT}.implementation.median_months=60", "run.horizon_months=240")
    (loan,) = loans(world, outcome)
    first = (floor(loan["close_month"] / 3.0) + 1) * 3.0
    assert min(paid(outcome, f"principal {LOAN}")) == first + 8 * 3.0


def test_the_commitment_fee_is_paid_for_what_waits_and_for_how_long():
    settings = ('design.financing="project"', f"instruments.{LOAN}.eligibility.stages=[]")
    world, outcome = flexible(*settings, f"instruments.{LOAN}.service.commitment_fee_per_month=0.002")
    pilot, rollout = sorted(loans(world, outcome), key=lambda loan: loan["close_month"])
    waited = rollout["close_month"] - pilot["close_month"]
    assert waited == pytest.approx(8.0 + 4.0, abs=1e-9)
    fee = half_up(rollout["principal_cents"] * 0.002 * waited)
    assert paid(outcome, f"commitment fee {LOAN}") == {rollout["close_month"]: fee}


def test_a_pilot_that_fails_pays_the_commitment_fee_on_what_is_never_drawn():
    settings = ('design.financing="project"', f"instruments.{LOAN}.eligibility.stages=[]")
    fee_rate = f"instruments.{LOAN}.service.commitment_fee_per_month=0.002"
    names = [setting for setting in asked(LOAN) if ".decision." not in setting]
    world = world_of(*names, *settings, fee_rate, f"{AT}.gate_probability=0")
    outcome = future(world, Rank.GATE)
    (loan,) = loans(world, outcome)
    (gate,) = months_of(outcome, Rank.GATE)
    passing = world_of(*names, *settings, fee_rate)
    drawn = loans(passing, future(passing, Rank.SUPPORT_END))
    undrawn = sum(other["principal_cents"] for other in drawn) - loan["principal_cents"]
    fee = paid(outcome, f"commitment fee {LOAN}")
    assert fee == {gate: pytest.approx(undrawn * 0.002 * 8.0, rel=0.02)}


def test_a_platform_keeps_its_share_of_what_comes():
    world = world_of(*asked("crowd_lending"), "instruments.crowd_lending.disbursement.fee_share=0.06")
    outcome = future(world, Rank.SUPPORT_END)
    fees = paid(outcome, "fee crowd_lending")
    lent = {loan["close_month"]: loan["principal_cents"] for loan in loans(world, outcome)}
    assert fees == {month: half_up(0.06 * cents) for month, cents in lent.items()}
    assert all(entry.giver == HOME for entry in entries(outcome, "fee crowd_lending"))
