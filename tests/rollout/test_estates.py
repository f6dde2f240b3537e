"""What estates yield: on average what the catalogue says, and pari passu."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from math import sqrt
from typing import Any

import numpy as np
import pytest

from hybridsim.rollout.reference import simulate
from tests.support.worlds import home, loans, make_world

PD = 0.1
LENDING = (
    "adoption.innovation_pa=0.5",
    "viability.mission_weight.non_profit=1",
    "viability.minimum_dscr=0",
    "underwriting.minimum_ticket_eur=2000",
    "underwriting.pd_limit=1",
    "underwriting.pd_limit_covered=1",
    "underwriting.minimum_dscr=0",
    "underwriting.hurdle_pa=-0.5",
    'design.order=["bank_loan", "eif_guarantee"]',
    "instruments.bank_loan.found_alone=1",
    "instruments.eif_guarantee.found_alone=1",
    "instruments.eif_guarantee.decision.probability=1",
    "instruments.eif_guarantee.cover.use=always",
    f"institution_types.nursing_home.pd_pa={PD}",
    "institution_types.nursing_home.pd_sigma=0",
    "default_risk.shift_cap=0",
)


@cache
def defaulted(debt: int, collateral: int, recovery: float, replications: int) -> list[list[dict[str, Any]]]:
    """Loans that defaulted, by replication."""
    rows = [
        home(f"home {k}", pd_pa=PD, debt_eur=debt, debt_service_eur_pa=0, collateral_eur=collateral)
        for k in range(80)
    ]
    world = make_world(*LENDING, f"default_risk.recovery_senior={recovery}", rows=rows)
    return [
        [loan for loan in loans(world, simulate(world, k)) if loan["default_month"] >= 0.0]
        for k in range(replications)
    ]


@pytest.mark.parametrize("target", [0.3, 0.5])
def test_default_weighted_recoveries_meet_the_catalogue_although_bad_years_yield_less(target):
    ratios = []
    for table in defaulted(0, 0, target, 16):
        by_carrier = {loan["institution"]: loan["recovered_cents"] / loan["ead_cents"] for loan in table}
        ratios.append((sum(by_carrier.values()), len(by_carrier)))
    counts = np.array(ratios)
    mean = counts[:, 0].sum() / counts[:, 1].sum()
    # Estates of one replication share their economy: the error is that of a ratio over replications.
    error = np.std(counts[:, 0] - mean * counts[:, 1]) * sqrt(len(counts)) / counts[:, 1].sum()
    assert counts[:, 1].sum() > 300
    assert mean == pytest.approx(target, abs=3.0 * error)


def test_estates_are_all_or_nothing_more_often_than_in_between():
    shares = np.array(
        [loan["recovered_cents"] / loan["ead_cents"] for table in defaulted(0, 0, 0.5, 16) for loan in table]
    )
    assert np.mean(shares < 0.2) > 0.25 and np.mean(shares > 0.8) > 0.25
    assert np.all((shares >= 0.0) & (shares <= 1.0))


def test_all_loans_of_an_estate_recover_the_same_share():
    several = 0
    for table in defaulted(1_000_000, 400_000, 0.5, 5):
        estates: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for loan in table:
            estates[loan["institution"]].append(loan)
        for claims in estates.values():
            share = sum(loan["recovered_cents"] for loan in claims) / sum(
                loan["ead_cents"] for loan in claims
            )
            several += len(claims) > 1
            for loan in claims:
                assert loan["recovered_cents"] == pytest.approx(share * loan["ead_cents"], abs=1.0)
            assert len({(loan["default_month"], loan["end_month"]) for loan in claims}) == 1
    assert several > 20


def test_existing_debt_shares_pari_passu_what_its_collateral_leaves_open_and_more_collateral_helps_all():
    alone, beside, rich = (
        {
            (k, loan["institution"], loan["close_month"]): loan["recovered_cents"] / loan["ead_cents"]
            for k, table in enumerate(defaulted(debt, collateral, 0.5, 3))
            for loan in table
        }
        for debt, collateral in ((0, 0), (1_000_000, 400_000), (1_000_000, 1_100_000))
    )
    assert len(alone) > 50 and alone.keys() == beside.keys() == rich.keys()
    # A cent of rounding on the smallest loans.
    for key, share in alone.items():
        assert beside[key] == pytest.approx(share, abs=1e-4)
        assert rich[key] >= share - 1e-4
    assert np.mean([rich[key] for key in rich]) > np.mean([alone[key] for key in alone]) + 0.05
