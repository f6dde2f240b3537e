"""Outcome contracts by hand: hours times price, never more than the premium allows."""

from __future__ import annotations

from functools import cache
from math import floor

import pytest

from hybridsim.rollout.events import Rank
from hybridsim.rollout.reference import simulate
from hybridsim.rollout.tally import Outcome
from hybridsim.rollout.world import World
from tests.support.one_project import AT, CERTAIN, asked, entries, future, months_of, paid, world_of
from tests.support.worlds import by_instrument, home, make_world, totals

NAME = "outcome_contract"
OUTCOME = f"instruments.{NAME}.outcome"
SITE_HOURS = 20.0 * 90


@cache
def contract(*settings: str, **changes: object) -> tuple[World, Outcome]:
    """One contract over the pilot's cost, verified 24 months after the pilot went live."""
    at = f"instruments.{NAME}"
    terms = (
        f'{at}.eligibility.stages=["pilot"]', f"{at}.disbursement.settlement.median_months=24",
        f"{at}.disbursement.settlement.sigma=0", f"{OUTCOME}.error_sd=0", f"{OUTCOME}.premium_share=0.1",
    )  # fmt: skip
    world = world_of(*asked(NAME), *terms, *settings, **changes)
    return world, future(world, Rank.SUPPORT_END)


def ramp_months(age: float) -> float:
    """Months at full effect in the first ``age`` months: a dip of 27 % for two, then a line to month 6."""
    if age <= 2.0:
        return -0.27 * age
    rising = min(age, 6.0) - 2.0
    return -0.54 + rising * rising / 8.0 + max(0.0, age - 6.0)


def hours_at(outcome: Outcome, month: float) -> float:
    """Half of the site works from the pilot on, all of it from the rollout on."""
    pilot, rollout = months_of(outcome, Rank.LIVE)
    return SITE_HOURS / 12.0 * 0.5 * (ramp_months(month - pilot) + ramp_months(month - rollout))


def test_the_payer_pays_the_price_of_each_hour_to_the_investor():
    world, outcome = contract(f"{OUTCOME}.price_per_hour_eur=5")
    verified = months_of(outcome, Rank.LIVE)[0] + 24.0
    invested = sum(paid(outcome, f"grant {NAME}").values())
    worth = hours_at(outcome, verified) * 500
    assert 0 < worth < invested
    assert paid(outcome, f"outcomes {NAME}") == {verified: pytest.approx(worth, abs=10)}
    (entry,) = entries(outcome, f"outcomes {NAME}")
    assert (entry.giver, entry.receiver) == ("land", "impact_investor")
    figures, row = totals(outcome), by_instrument(world, outcome, NAME)
    assert figures["outcome_cents"] == invested == row["granted_cents"]
    assert figures["forgiven_cents"] == row["forgiven_cents"] == invested - entry.cents
    assert row["repaid_cents"] == entry.cents and row["interest_cents"] == 0


def test_the_premium_caps_what_the_investor_earns():
    world, outcome = contract(f"{OUTCOME}.price_per_hour_eur=500")
    invested = sum(paid(outcome, f"grant {NAME}").values())
    cap = floor(1.1 * invested + 0.5)
    assert list(paid(outcome, f"outcomes {NAME}").values()) == [cap]
    assert by_instrument(world, outcome, NAME)["interest_cents"] == cap - invested
    assert totals(outcome)["forgiven_cents"] == 0


def test_the_public_payer_bears_the_outcomes_and_the_private_investor_what_is_not_verified():
    _, outcome = contract(f"{OUTCOME}.price_per_hour_eur=5")
    ((month, cents),) = paid(outcome, f"outcomes {NAME}").items()
    assert totals(outcome)["fiscal_outcomes_pv_cents"] == pytest.approx(cents * 1.023 ** (-month / 12), abs=2)
    assert totals(outcome)["fiscal_grants_pv_cents"] == 0


def test_no_hour_is_paid_for_twice_although_every_stage_has_its_contract():
    settings = (f"instruments.{NAME}.eligibility.stages=[]", f"{OUTCOME}.price_per_hour_eur=3")
    _, outcome = contract(*settings)
    live = months_of(outcome, Rank.LIVE)
    last = max(paid(outcome, f"outcomes {NAME}"))
    assert last == pytest.approx(live[1] + 24.0)
    payments = list(paid(outcome, f"outcomes {NAME}").values())
    assert len(payments) == 2
    assert sum(payments) == pytest.approx(hours_at(outcome, last) * 300, abs=10)


def test_a_failed_project_frees_no_further_hours():
    at = f"instruments.{NAME}"
    terms = (f"{at}.disbursement.settlement.median_months=24", f"{at}.disbursement.settlement.sigma=0")
    price = (f"{OUTCOME}.error_sd=0", f"{OUTCOME}.price_per_hour_eur=5", f"{AT}.gate_probability=0")
    world = world_of(*asked(NAME), *terms, *price)
    outcome = future(world, Rank.GATE)
    (live,) = months_of(outcome, Rank.LIVE)
    (gate,) = months_of(outcome, Rank.GATE)
    worth = SITE_HOURS / 12.0 * 0.5 * ramp_months(gate - live) * 500
    assert list(paid(outcome, f"outcomes {NAME}")) in ([], [pytest.approx(live + 24.0)])
    assert sum(paid(outcome, f"outcomes {NAME}").values()) == pytest.approx(max(0.0, worth), abs=10)


def test_after_a_default_only_the_hours_until_then_are_paid():
    at = f"instruments.{NAME}"
    terms = (f"{at}.disbursement.settlement.median_months=90", f"{at}.disbursement.settlement.sigma=0")
    price = (f"{OUTCOME}.error_sd=0", f"{OUTCOME}.price_per_hour_eur=5", f'{at}.eligibility.stages=["pilot"]')
    world = world_of(*asked(NAME), *terms, *price, pd_pa=0.25)
    outcome = future(world, Rank.SUPPORT_END, defaults=1)
    (dead,) = months_of(outcome, Rank.DEFAULT)
    ((verified, cents),) = paid(outcome, f"outcomes {NAME}").items()
    assert months_of(outcome, Rank.LIVE)[1] < dead < verified
    assert cents == pytest.approx(hours_at(outcome, dead) * 500, abs=10)


def test_the_evaluators_error_has_its_spread_and_no_bias():
    at = f"instruments.{NAME}"
    terms = (
        f'{at}.eligibility.stages=["pilot"]', f"{at}.disbursement.settlement.median_months=24",
        f"{at}.disbursement.settlement.sigma=0", f"{OUTCOME}.error_sd=0.1", f"{OUTCOME}.price_per_hour_eur=5",
    )  # fmt: skip

    rows = [
        home(f"Heim {k}", pd_pa=0.0005, digital_budget_eur_pa=200_000, liquidity_days=200) for k in range(300)
    ]
    world = make_world(*CERTAIN, *asked(NAME), *terms, rows=rows)
    outcome = simulate(world, 0, record=True)
    live: dict[int, list[float]] = {}
    for time, rank, row, _, _ in outcome.log:
        if rank == Rank.LIVE:
            live.setdefault(row, []).append(time)
    factors = []
    for time, rank, row, _, cents in outcome.log:
        if rank == Rank.FINAL_ACCOUNT and len(live[row]) == 2:
            worked = ramp_months(time - live[row][0]) + ramp_months(time - live[row][1])
            factors.append(cents / (SITE_HOURS / 12.0 * 0.5 * worked * 500))
    n = len(factors)
    mean = sum(factors) / n
    spread = (sum((factor - mean) ** 2 for factor in factors) / (n - 1)) ** 0.5
    assert n > 200
    assert mean == pytest.approx(1.0, abs=4 * 0.1 / n**0.5)
    assert spread == pytest.approx(0.1, abs=4 * 0.1 / (2 * n) ** 0.5)
