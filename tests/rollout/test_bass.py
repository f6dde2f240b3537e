"""Ideas spread as F. Bass (1969) says, where the closed form holds."""

from __future__ import annotations

from math import exp, log, sqrt

import numpy as np
import pytest

from hybridsim.rollout.events import Rank
from hybridsim.rollout.reference import simulate
from hybridsim.rollout.world import World
from tests.support.worlds import by_year, happened, home, make_world, only, totals

ACTIVITIES = (
    "goal_definition",
    "needs_analysis",
    "viability_analysis",
    "staff_involvement",
    "carrier_involvement",
)
INNOVATION, INTEREST = 0.03, 1.6
IMMORTAL = ("adoption.readiness_slope=0", "adoption.max_attempts=1", "default_risk.shift_cap=0")


def first_ideas(world: World, replications: int) -> np.ndarray:
    """Months of the first idea of every institution and replication; infinite if none came."""
    months = np.full((replications, world.n), np.inf)
    for replication in range(replications):
        for time, row, _, attempt in happened(simulate(world, replication, record=True), Rank.IDEA):
            if attempt == 0:
                months[replication, row] = time
    return months.ravel()


def homes(count: int) -> list[dict[str, object]]:
    """Homes that practically never default."""
    return [home(f"home {k}", pd_pa=0.0005, readiness=0.4) for k in range(count)]


@pytest.fixture(scope="module")
def ideas() -> np.ndarray:
    world = make_world(
        *IMMORTAL,
        *only("documentation"),
        f"adoption.innovation_pa={INNOVATION}",
        "adoption.imitation_pa=0",
        f"use_cases.documentation.interest={INTEREST}",
        rows=homes(300),
    )
    return first_ideas(world, 10)


def test_without_imitation_the_share_with_an_idea_is_exponential(ideas):
    n = len(ideas)
    for years in (1, 3, 5, 10):
        # The dead have no ideas; at 5 basis points a year that is below a tenth of the standard error.
        expected = 1.0 - exp(-INNOVATION * INTEREST * years)
        assert np.mean(ideas <= 12.0 * years) == pytest.approx(
            expected, abs=3.0 * sqrt(expected * (1 - expected) / n)
        )


def test_idea_times_are_uniform_in_used_up_hazard_at_every_month_and_not_only_at_quarter_turns(ideas):
    came = np.sort(ideas[np.isfinite(ideas)])
    used = (1.0 - np.exp(-INNOVATION * INTEREST * came / 12.0)) / (
        1.0 - np.exp(-INNOVATION * INTEREST * 10.0)
    )
    distance = np.max(np.abs(used - (np.arange(len(used)) + 0.5) / len(used)))
    # Kolmogorov and Smirnov: exceeded by chance once in a thousand cases.
    assert distance < 1.95 / sqrt(len(used))
    within_quarter = np.mod(came, 3.0) / 3.0
    assert np.mean(within_quarter) == pytest.approx(0.5, abs=3.0 / sqrt(12.0 * len(came)))


def test_readiness_multiplies_the_hazard():
    rows = [home(f"home {k}", pd_pa=0.0005, readiness=0.3 if k % 2 else 0.7) for k in range(400)]
    world = make_world(
        *only("documentation"),
        "adoption.innovation_pa=0.02",
        "adoption.imitation_pa=0",
        "adoption.readiness_slope=3",
        "adoption.max_attempts=1",
        rows=rows,
    )
    ready = np.array([float(readiness) > 0.5 for readiness in world.population.readiness])
    came = np.isfinite(first_ideas(world, 10)).reshape(10, -1)
    hazards = [-log(1.0 - float(np.mean(came[:, chosen]))) for chosen in (ready, ~ready)]
    spread = sqrt(sum(1.0 / np.sum(came[:, chosen]) for chosen in (ready, ~ready)))
    assert log(hazards[0] / hazards[1]) == pytest.approx(3.0 * 0.4, abs=3.5 * spread)


def test_if_everything_succeeds_at_once_ideas_follow_the_bass_curve():
    p, q = 0.03, 0.5
    at_once = (
        "preparation.duration.median_months=0",
        "pilot.duration.median_months=0",
        "implementation.consent.median_months=0",
        "implementation.overrun_sigma=0",
        "implementation.overrun_tail_probability=0",
        "viability.minimum_dscr=0",
        "viability.mission_weight.non_profit=1",
        "operation.support_months=600",
        "design.order=[]",
        "use_cases.documentation.life_years=25",
        *(f"preparation.activities.{name}.months=0" for name in ACTIVITIES),
    )
    kind = "use_cases.documentation.types.nursing_home"
    easy = (
        f"{kind}.gate_probability=1",
        f"{kind}.implementation.median_months=0",
        f"{kind}.freed_hours_per_place_year=60",
    )
    world = make_world(
        *IMMORTAL,
        *only("documentation"),
        *at_once,
        *easy,
        f"adoption.innovation_pa={p}",
        f"adoption.imitation_pa={q}",
        "use_cases.documentation.interest=1",
        rows=[
            home(f"home {k}", pd_pa=0.0005, liquidity_days=300, digital_budget_eur_pa=200_000)
            for k in range(600)
        ],
    )
    outcomes = [simulate(world, k) for k in range(8)]
    assert all(totals(outcome)["rolled_out"] == totals(outcome)["ideas"] for outcome in outcomes)
    seen = np.array([np.cumsum(by_year(outcome, "ideas")) for outcome in outcomes]) / world.n
    error = seen.std(axis=0, ddof=1) / sqrt(len(outcomes))
    share, looked_at = 0.0, []
    for _ in range(40):
        # Peers are looked at once a quarter; in between the hazard is constant.
        share = 1.0 - (1.0 - share) * exp(-(p + q * share) / 4.0)
        looked_at.append(share)
    for years in (2, 3, 5, 8, 10):
        expected = looked_at[4 * years - 1]
        assert seen[:, years - 1].mean() == pytest.approx(expected, abs=4.0 * error[years - 1]), years
        grown = exp(-(p + q) * years)
        bass = (1.0 - grown) / (1.0 + q / p * grown)
        # The look back costs a month and a half on average, at most 14 % a year of those who are left.
        assert expected == pytest.approx(bass, abs=0.05), years
