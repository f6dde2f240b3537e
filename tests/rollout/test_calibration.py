"""Figures that the catalogue solves for: the status quo must come out as it says."""

from math import sqrt

import numpy as np
import pytest

from hybridsim.rollout import layout
from hybridsim.rollout.reference import simulate
from tests.support.worlds import everywhere, make_world, only, totals

USERS = [column.name for column in layout.YEAR].index("users")


@pytest.mark.slow
def test_the_status_quo_reaches_a_quarter_of_institutions_in_year_ten():
    world = make_world("population.size=1500", "run.seed=99")
    users = [simulate(world, replication).years[9][USERS] / world.n for replication in range(8)]
    # Spread between futures 0.01 and between samples of institutions 0.01.
    assert np.mean(users) == pytest.approx(0.25, abs=0.025)


@pytest.mark.parametrize(
    ("use_case", "kind", "rate", "settings"),
    [
        ("documentation", "nursing_home", 0.65, ()),
        ("preventive_analytics", "hospital", 0.45, ()),
        # Readiness spreads the odds so far that the intercept is not the rate's logit.
        ("documentation", "nursing_home", 0.2, ("pilot.readiness_slope=12",)),
    ],
)
def test_first_unadvised_pilots_pass_at_the_catalogues_rate(use_case, kind, rate, settings):
    base = f"use_cases.{use_case}.types.{kind}.gate_probability"
    everybody_comes_to_the_gate = (
        *only(use_case), f"use_cases.{use_case}.interest=1", f'population.types=["{kind}"]',
        "population.size=80", "run.horizon_months=60", "adoption.innovation_pa=3", "adoption.imitation_pa=0",
        "adoption.max_attempts=1", "pilot.peer_slope=0", "advice.share=0", "viability.optimism=20",
        "viability.minimum_dscr=0",
        *everywhere("viability.mission_weight.*", 1, ("non_profit", "for_profit", "public")),
        "implementation.overrun_median=1", "implementation.overrun_sigma=0",
        "implementation.overrun_tail_probability=0", "design.order=[]", "default_risk.shift_cap=0",
        f"institution_types.{kind}.digital_budget_share=0.2", f"institution_types.{kind}.liquidity_days=200",
    )  # fmt: skip
    world = make_world(*everybody_comes_to_the_gate, *settings, *((f"{base}={rate}",) if settings else ()))
    assert world.scenario.use_cases[use_case].types[kind].gate_probability.value == rate
    counts = np.array(
        [
            [totals(outcome)[name] for name in ("ideas", "piloted", "passed")]
            for outcome in (simulate(world, replication) for replication in range(40))
        ]
    )
    ideas, piloted, passed = counts.sum(axis=0)
    assert piloted > 0.9 * ideas, "a selection came to the gate"
    seen = passed / piloted
    # Pilots of one future share the technology factor: the error is that of a ratio over futures.
    error = np.std(counts[:, 2] - seen * counts[:, 1]) * sqrt(len(counts)) / piloted
    assert error < 0.015
    assert seen == pytest.approx(rate, abs=3.0 * error)
