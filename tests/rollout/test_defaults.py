"""Defaults without projects are Vasicek's, and hazards add up to defaults with projects."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest

from hybridsim.credit.vasicek import pool_probabilities
from hybridsim.rollout.events import Rank
from hybridsim.rollout.reference import simulate
from hybridsim.rollout.world import World
from tests.support.worlds import (
    NO_FACTORS,
    NOBODY_ADOPTS,
    by_year,
    happened,
    home,
    make_world,
    shared_world,
    totals,
)

LOANS, PD = 200, 0.02
ONE_FACTOR = (
    "institution_types.nursing_home.loadings.economy=1",
    "institution_types.nursing_home.loadings.reimbursement=0",
    "institution_types.nursing_home.loadings.labour=0",
    "institution_types.nursing_home.loadings.technology=0",
)
# Basel's correlation at a PD of 2 % and 4.5 million euros of turnover (0.12 w + 0.24 (1 - w) - 0.04, with
# w = 1 - e^-1) plus 0.075 for the sector.
RHO = 0.12 * (1 - np.exp(-1.0)) + 0.24 * np.exp(-1.0) - 0.04 + 0.075


def homogeneous(pd: float, count: int, *settings: str) -> World:
    return make_world(*NOBODY_ADOPTS, *settings, rows=[home(f"home {k}", pd_pa=pd) for k in range(count)])


def first_years(world: World, replications: int) -> np.ndarray:
    """Defaults by replication and year."""
    return np.array([by_year(simulate(world, k), "defaults") for k in range(replications)])


@pytest.fixture(scope="module")
def pool() -> np.ndarray:
    world = homogeneous(PD, LOANS, *NO_FACTORS, *ONE_FACTOR, "run.horizon_months=12")
    return first_years(world, 2_000)[:, 0]


def test_one_factor_and_one_year_give_the_distribution_of_vasicek(pool):
    expected = np.cumsum(pool_probabilities(LOANS, PD, RHO))
    seen = np.cumsum(np.bincount(pool, minlength=LOANS + 1)) / len(pool)
    # Dvoretzky, Kiefer, Wolfowitz: exceeded by chance with a probability below 2 e^(-2 n d^2) = 0.001.
    assert np.max(np.abs(seen - expected)) < sqrt(np.log(2_000.0) / (2.0 * len(pool)))


def test_one_factor_and_one_year_have_the_mean_and_variance_of_vasicek(pool):
    probabilities = pool_probabilities(LOANS, PD, RHO)
    count = np.arange(LOANS + 1)
    mean = float(probabilities @ count)
    variance = float(probabilities @ (count - mean) ** 2)
    fourth = float(probabilities @ (count - mean) ** 4)
    assert mean == pytest.approx(LOANS * PD)
    assert pool.mean() == pytest.approx(mean, abs=3.0 * sqrt(variance / len(pool)))
    assert pool.var() == pytest.approx(variance, abs=3.5 * sqrt((fourth - variance**2) / len(pool)))


def test_defaults_come_at_any_time_of_the_year():
    world = homogeneous(0.1, 300, "run.horizon_months=12")
    months = np.array(
        [t for k in range(20) for t, *_ in happened(simulate(world, k, record=True), Rank.DEFAULT)]
    )
    assert np.all((months > 0.0) & (months < 12.0))
    # With a PD of 10 % the hazard is nearly even over the year.
    assert months.mean() == pytest.approx(5.9, abs=0.25)


def test_correlated_factors_with_memory_keep_the_average_pd_of_the_first_year():
    world = homogeneous(0.03, 250, "run.horizon_months=12")
    rates = first_years(world, 500)[:, 0] / 250.0
    assert rates.mean() == pytest.approx(0.03, abs=3.0 * rates.std() / sqrt(len(rates)))


def test_survivors_default_a_little_less_because_the_weak_have_gone():
    pd, count = 0.04, 120
    world = homogeneous(pd, count)
    years = first_years(world, 200)
    survived = 1.0 - np.cumsum(years, axis=1).mean(axis=0) / count
    error = np.cumsum(years, axis=1).std(axis=0) / count / sqrt(len(years))
    # Bad years come in a row and hit the same institutions only once: defaults cluster, more survive.
    for year in (4, 9):
        independent = (1.0 - pd) ** (year + 1)
        assert independent - 3.0 * error[year] < survived[year] < independent + 0.05
    # Without memory of the factors, each year is a fresh draw.
    fresh = first_years(homogeneous(pd, count, *NO_FACTORS), 200)
    gone = np.cumsum(fresh, axis=1)[:, -1] / count
    assert 1.0 - gone.mean() == pytest.approx((1.0 - pd) ** 10, abs=3.0 * gone.std() / sqrt(len(gone)))


def test_years_under_risk_end_with_the_default():
    world = homogeneous(0.1, 80)
    outcome = simulate(world, 0, record=True)
    lost = sum(120.0 - time for time, *_ in happened(outcome, Rank.DEFAULT)) / 12.0
    assert totals(outcome)["institution_years"] == pytest.approx(1000 * (80 * 10 - lost), abs=80)


RISKY = (
    "adoption.innovation_pa=0.3",
    "underwriting.minimum_ticket_eur=2000",
    "viability.mission_weight.non_profit=1",
    "viability.mission_weight.for_profit=1",
    "underwriting.pd_limit=1",
    "underwriting.minimum_dscr=0",
    "default_risk.weight_failed=1",
    "population.size=150",
    *(f"institution_types.{name}.pd_pa=0.05" for name in ("nursing_home", "ambulatory", "hospital")),
)


def test_expected_defaults_of_the_financed_add_up_to_their_defaults():
    world = shared_world(*RISKY)
    figures = [totals(simulate(world, k)) for k in range(18)]
    seen = np.array([f["defaults_financed"] - f["defaults_liquidity"] for f in figures], dtype=float)
    expected = np.array([f["hazard_financed"] / 1e6 for f in figures])
    assert seen.sum() > 150
    # Counts less their compensator are a martingale: mean zero, variance the expected count.
    assert abs(seen.sum() - expected.sum()) < 3.0 * sqrt(expected.sum())


def test_projects_that_leave_the_rating_alone_leave_every_default_where_it_was():
    """The clock of an institution that is often looked at shows the same time as one that nobody touches."""
    settings = ("population.size=120", "default_risk.shift_cap=0")
    rich = [
        f"institution_types.{name}.liquidity_days=400" for name in ("nursing_home", "ambulatory", "hospital")
    ]
    busy = make_world(*RISKY, *settings, *rich)
    idle = make_world(*RISKY, *settings, *rich, *NOBODY_ADOPTS)
    for replication in range(3):
        with_projects = simulate(busy, replication, record=True)
        assert totals(with_projects)["defaults_financed"] > 5
        seen = [line for line in happened(with_projects, Rank.DEFAULT) if line[0] <= 120.0]
        undisturbed = happened(simulate(idle, replication, record=True), Rank.DEFAULT)
        assert [row for _, row, *_ in seen] == [row for _, row, *_ in undisturbed]
        assert [time for time, *_ in seen] == pytest.approx([time for time, *_ in undisturbed], abs=1e-9)


def test_years_of_the_financed_are_counted_to_the_horizon_with_and_without_loans():
    for order in ("[]", '["bank_loan"]'):
        world = make_world(*RISKY, f"design.order={order}", "population.size=60")
        outcome = simulate(world, 1, record=True)
        # From the first close (the go-live's cost is paid then) to default or horizon, from the entries.
        closes: dict[str, float] = {}
        for entry in outcome.entries:
            if entry.memo == "project cost":
                closes.setdefault(entry.giver, entry.time)
        ends = dict.fromkeys(closes, 120.0)
        for rank in (Rank.DEFAULT, Rank.ILLIQUID):
            for time, row, *_ in happened(outcome, rank):
                if world.ids[row] in ends:
                    ends[world.ids[row]] = min(time, 120.0)
        years = sum(ends[name] - closes[name] for name in closes) / 12.0
        assert len(closes) > 10
        assert totals(outcome)["financed_years"] == pytest.approx(1000 * years, abs=1 + 40 * len(closes))
