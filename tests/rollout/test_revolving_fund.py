"""A fund that lends again what comes back: recomputed from the ledger's entries, and against 1 / loss."""

from __future__ import annotations

from functools import cache
from math import sqrt

import pytest
from scipy.special import ndtr, ndtri

from hybridsim.rollout.reference import simulate
from hybridsim.rollout.tally import Outcome
from hybridsim.rollout.world import World
from tests.support.one_project import CERTAIN, asked
from tests.support.worlds import by_instrument, everywhere, home, make_world, totals

NAME = "first_loss_fund"
CAPITAL = 60_000_00
FUND = (
    *(setting for setting in asked(NAME) if "minimum_eur" not in setting),
    f"instruments.{NAME}.sizing.minimum_eur=5000",
    f"instruments.{NAME}.sizing.maximum_eur=15000",
    f"instruments.{NAME}.decision.revolving_capital_eur={CAPITAL // 100}",
)
NO_COMMON_SHOCKS = tuple(
    f"stress.fix.{name}=[{','.join(['0'] * 30)}]"
    for name in ("economy", "reimbursement", "labour", "technology")
)
"""All factors stay at zero for thirty years."""


@cache
def world_with_fund(n: int, pd: float, *settings: str) -> World:
    rows = [home(f"Heim {k}", pd_pa=pd, digital_budget_eur_pa=200_000, liquidity_days=200) for k in range(n)]
    return make_world(*CERTAIN, *FUND, *settings, rows=rows)


def flows(outcome: Outcome) -> tuple[list[tuple[float, int]], list[tuple[float, int]]]:
    """What the fund lent, and what came back to it: month and cents."""
    lent, back = [], []
    for entry in outcome.entries:
        if entry.memo == f"loan {NAME}":
            lent.append((entry.time, entry.cents))
        elif entry.memo in (f"principal {NAME}", f"interest {NAME}", f"recovery {NAME}"):
            back.append((entry.time, entry.cents))
    return lent, back


@pytest.mark.parametrize("financing", ["stage", "project"])
@pytest.mark.parametrize("pd", [0.01, 0.2])
@pytest.mark.parametrize("application", ["sequential", "one_stop_shop"])
def test_a_fund_never_lends_more_than_it_has(financing: str, pd: float, application: str):
    settings = (f'design.financing="{financing}"', f'design.application="{application}"')
    world = world_with_fund(120, pd, *settings)
    assert world.instruments[world.instrument_names.index(NAME)].fund == CAPITAL
    for replication in range(3):
        outcome = simulate(world, replication, record=True)
        lent, back = flows(outcome)
        # What comes back at an instant is there before anything is lent at it.
        steps = sorted(
            [(month, 0, cents) for month, cents in back] + [(month, 1, -cents) for month, cents in lent]
        )
        cash, lowest = CAPITAL, CAPITAL
        for _, _, cents in steps:
            cash += cents
            lowest = min(lowest, cash)
        assert lowest >= 0
        assert lowest < 15_000_00, "the fund was never short, so nothing was tested"
        assert sum(cents for _, cents in lent) == by_instrument(world, outcome, NAME)["granted_cents"]


def test_money_lent_without_loss_and_interest_comes_back_and_is_lent_again():
    free = (f"instruments.{NAME}.service.rate_pa=0", f"instruments.{NAME}.service.grace_months=0")
    world = world_with_fund(120, 0.0005, *free)
    outcome = next(
        found
        for found in (simulate(world, replication, record=True) for replication in range(20))
        if totals(found)["ead_cents"] == 0
    )
    lent, back = (sum(cents for _, cents in side) for side in flows(outcome))
    assert lent == back > 2 * CAPITAL


def test_what_was_promised_to_a_close_that_fails_is_lent_to_others():
    half = (f"instruments.{NAME}.sizing.share_of_cost=0.5", "run.horizon_months=60")
    rich = [
        home(f"Heim {k}", pd_pa=0.0005, digital_budget_eur_pa=200_000, liquidity_days=200) for k in range(30)
    ]
    poor = [home(f"Haus {k}", pd_pa=0.0005, digital_budget_eur_pa=0, liquidity_days=200) for k in range(60)]
    alone, beside = (make_world(*CERTAIN, *FUND, *half, rows=rows) for rows in (rich, rich + poor))
    for replication in range(3):
        one, other = (simulate(world, replication, record=True) for world in (alone, beside))
        assert by_instrument(beside, other, NAME)["granted"] > by_instrument(alone, one, NAME)["granted"] + 10
        assert flows(one)[0] == flows(other)[0] and len(flows(one)[0]) > 5


def test_a_capital_that_is_lent_until_it_is_lost_makes_one_over_the_loss_share_of_loans():
    """Bullet loans of a year, no interest, hardly any recovery: a euro lent loses the chance of a default."""
    pd, recovery = 0.2, 0.05
    service = f"instruments.{NAME}.service"
    plain = (
        f'{service}.mode="bullet"', f"{service}.term_months=12", f"{service}.grace_months=0",
        f"{service}.rate_pa=0",
        f"default_risk.recovery_senior={recovery}", "default_risk.recovery_economy=0",
        "default_risk.estate_headroom=0", "default_risk.workout.median_months=3", "run.horizon_months=240",
        *everywhere("default_risk.weight_*", 0, ("service", "ebitda", "liquidity_per_day", "failed")),
        "adoption.innovation_pa=0.05",
        f"instruments.{NAME}.decision.revolving_capital_eur=200000", *NO_COMMON_SHOCKS,
    )  # fmt: skip
    world = world_with_fund(1500, pd, *plain)
    large = 200_000_00
    lent = kept = capital = 0
    lives = []
    for replication in range(8):
        outcome = simulate(world, replication, record=True)
        out, back = flows(outcome)
        lent += sum(cents for _, cents in out)
        kept += large + sum(cents for _, cents in back) - sum(cents for _, cents in out)
        capital += large
        # Four quarter-ends after the close, the first of them within three months.
        lives += [(month // 3.0) * 3.0 + 12.0 - month for month, _ in out]
    # With all factors at zero a year's PD is Phi(Phi^-1(pd) / sqrt(1 - R2)), R2 is Basel's 0.12 - 0.04 and
    # the sector's 0.075.
    yearly = float(ndtr(ndtri(pd) / sqrt(1.0 - 0.155)))
    default = sum(1.0 - (1.0 - yearly) ** (life / 12.0) for life in lives) / len(lives)
    loss = default * (1.0 - recovery)
    assert kept < 0.2 * capital
    assert lent / (capital - kept) == pytest.approx(1.0 / loss, rel=0.15)
