"""Who bears a default: capped guarantees in the order of time, and claims in the order of their rank."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import Any

import pytest

from hybridsim.rollout.reference import simulate
from hybridsim.rollout.world import World
from tests.support.one_project import CERTAIN, asked
from tests.support.worlds import home, loans, make_world, totals

RISKY = (
    "underwriting.pd_limit=1", "underwriting.pd_limit_covered=1", "underwriting.minimum_dscr=0",
    "underwriting.lgd=0", "underwriting.risk_weight=0", "underwriting.running_cost_pa=0",
    "default_risk.minimum_workout_months=1",
)  # fmt: skip


@cache
def risky_world(*settings: str) -> World:
    rows = [
        home(f"Heim {k}", pd_pa=0.15, digital_budget_eur_pa=200_000, liquidity_days=200) for k in range(150)
    ]
    return make_world(*CERTAIN, *RISKY, *settings, rows=rows)


def half_up(amount: float) -> int:
    return int(amount + 0.5)


def order(*names: str) -> tuple[str, ...]:
    """As `asked`, but decisions and sizes of banks stay the catalogue's."""
    return tuple(s for s in asked(*names) if "probability" not in s and "budget" not in s)


@pytest.mark.parametrize(
    ("name", "cover", "cap"),
    [("eif_guarantee", 0.8, 0.3), ("eif_guarantee", 0.8, 0.05), ("first_loss_guarantee", 1.0, 0.1)],
)
def test_a_capped_guarantee_pays_its_share_of_each_loss_until_the_cap_and_the_bank_bears_the_rest(
    name: str, cover: float, cap: float
):
    at = f"instruments.{name}"
    terms = (f"{at}.cover.cover={cover}", f"{at}.cover.cap_rate={cap}", f"{at}.de_minimis=false")
    world = risky_world(*order("bank_loan", name), *terms)
    full = part = none = 0
    for replication in range(3):
        table = loans(world, simulate(world, replication))
        assert all(loan["guarantee"] >= 0 and loan["cover"] == cover for loan in table)
        defaulted = sorted((loan for loan in table if loan["ead_cents"]), key=lambda loan: loan["end_month"])
        paid = 0
        for loan in defaulted:
            volume = sum(
                half_up(cover * other["principal_cents"])
                for other in table
                if other["close_month"] <= loan["end_month"]
            )
            share = half_up(cover * (loan["ead_cents"] - loan["recovered_cents"]))
            due = max(0, min(share, half_up(cap * volume) - paid))
            assert loan["payout_cents"] == due
            assert loan["loss_cents"] == loan["ead_cents"] - loan["recovered_cents"] - due
            paid += due
            full += due == share > 0
            part += 0 < due < share
            none += due == 0 < share
    assert full > 0
    assert cap == 0.3 or part + none > 0


def test_a_first_loss_spares_the_bank_until_it_is_used_up():
    terms = ("instruments.first_loss_guarantee.cover.cap_rate=1",)
    world = risky_world(*order("bank_loan", "first_loss_guarantee"), *terms)
    figures = totals(simulate(world, 0))
    assert figures["ead_cents"] > 0 and figures["loss_cents"] == 0
    assert figures["payout_cents"] == figures["ead_cents"] - figures["recovered_cents"]


def by_default(world: World, replication: int) -> list[list[dict[str, Any]]]:
    """Defaulted loans, those of one institution's default together."""
    groups: dict[tuple[str, float], list[dict[str, Any]]] = defaultdict(list)
    for loan in loans(world, simulate(world, replication)):
        if loan["ead_cents"]:
            groups[(loan["institution"], loan["default_month"])].append(loan)
    return list(groups.values())


@pytest.mark.parametrize("junior", ["crowd_lending", "bfs_mezzanine"])
def test_a_junior_claim_recovers_nothing_before_every_senior_one_is_whole(junior: str):
    shares = (
        f"instruments.{junior}.sizing.share_of_cost=0.4",
        f"instruments.{junior}.eligibility.legal_forms=[]",
    )
    names = (
        *asked(junior),
        *(s for s in order(junior, "bank_loan") if not s.startswith(f"instruments.{junior}")),
    )
    guarantee = order(junior, "bank_loan", "eif_guarantee")[0]
    free = ("instruments.eif_guarantee.found_alone=1", "instruments.eif_guarantee.de_minimis=false")
    world = risky_world(*names, *shares, guarantee, *free, "default_risk.estate_headroom=1")
    whole = partly = nothing = 0
    for replication in range(4):
        for group in by_default(world, replication):
            seniors = [loan for loan in group if loan["instrument"] == "bank_loan"]
            juniors = [loan for loan in group if loan["instrument"] == junior]
            if not seniors or not juniors:
                continue
            senior_whole = all(loan["recovered_cents"] == loan["ead_cents"] for loan in seniors)
            recovered = sum(loan["recovered_cents"] for loan in juniors)
            assert senior_whole or recovered == 0
            whole += recovered == sum(loan["ead_cents"] for loan in juniors)
            partly += 0 < recovered < sum(loan["ead_cents"] for loan in juniors)
            nothing += recovered == 0
    assert whole > 5 and nothing > 5 and whole + partly + nothing > 40


def test_without_headroom_the_crowd_loses_all_whenever_the_bank_loses_anything():
    names = (*asked("crowd_lending"), 'design.order=["crowd_lending", "bank_loan", "eif_guarantee"]')
    bank = ("instruments.bank_loan.sizing.minimum_eur=0", "instruments.eif_guarantee.de_minimis=false")
    share = ("instruments.crowd_lending.sizing.share_of_cost=0.4", "default_risk.estate_headroom=0")
    world = risky_world(*names, *bank, *share)
    recovered = [
        loan["recovered_cents"]
        for replication in range(3)
        for group in by_default(world, replication)
        for loan in group
        if loan["instrument"] == "crowd_lending"
    ]
    assert len(recovered) > 20 and not any(recovered)


@pytest.mark.parametrize("cap", [1.0, 0.3, 0.05, 0.01])
def test_a_bank_prices_the_loss_that_a_capped_guarantee_leaves_it(cap: float):
    terms = ("instruments.eif_guarantee.de_minimis=false", f"instruments.eif_guarantee.cover.cap_rate={cap}")
    world = risky_world(*order("bank_loan", "eif_guarantee"), *terms, "underwriting.lgd=0.5")
    table = loans(world, simulate(world, 0))
    assert len(table) > 20
    funding, margin, quarters, cover = 0.023 + 0.003, 0.009, 20, 0.8
    balance = [
        1.0 - ((1 + funding / 4) ** k - 1) / ((1 + funding / 4) ** quarters - 1) for k in range(quarters)
    ]
    for loan in table:
        pd = loan["pd_pa"]
        years = sum(share / 4 * (1 - pd) ** (k // 4) for k, share in enumerate(balance))
        expected = pd * 0.5 * years
        retained = max((1.0 - cover) * expected, expected - cap * cover) / years
        assert loan["cover"] == cover
        assert loan["rate_pa"] == pytest.approx(funding + retained + margin, abs=1e-12)
