"""What the shipped designs must look like to a practitioner: scarce money and advisers, plausible ratios."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from hybridsim.core.codes import InstitutionType
from hybridsim.rollout import layout
from hybridsim.rollout.reference import simulate
from hybridsim.rollout.tally import Outcome
from hybridsim.rollout.world import World
from tests.support.paired import figure
from tests.support.worlds import make_world, totals

HOME = int(InstitutionType.parse("nursing_home"))


@cache
def design(name: str, size: int = 600, replications: int = 4) -> tuple[World, list[Outcome]]:
    world = make_world(f"population.size={size}", base=f"{name}.toml")
    return world, [simulate(world, replication) for replication in range(replications)]


@pytest.mark.slow
def test_own_funds_leave_most_ideas_without_money():
    alone, hybrid = design("s0-own-funds"), design("s6-stage-gated-hybrid")
    # Of all finished plans not one in five gets to a first close, viable or not ...
    assert figure("projects_started", *alone) < 0.2 * figure("projects_planned", *alone)
    # ... of the viable ones two in five do not find the money ...
    unfunded = figure("reason_funding_gap_share", *alone) + figure("reason_out_of_patience_share", *alone)
    fallen = np.mean([sum(outcome.reasons) for outcome in alone[1]])
    assert unfunded * fallen > 0.4 * figure("projects_viable", *alone)
    # ... and most of what the same carriers start with hybrid finance does not happen.
    assert figure("projects_started", *alone) < 0.5 * figure("projects_started", *hybrid)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    ["care-germany", "s3-guarantee", "s4-concessional-advice", "s5-recyclable-fund", "s6-stage-gated-hybrid",
     "switch-legal-form"],
)  # fmt: skip
def test_a_mixed_design_brings_half_a_euro_to_four_of_private_money_per_euro_of_support(name: str):
    assert 0.5 < figure("leverage_private", *design(name)) < 4.0


@pytest.mark.slow
def test_a_ranked_call_and_the_advisers_are_fully_used_somewhere():
    world, outcomes = design("s6-stage-gated-hybrid", 1200, 3)
    assert 0.8 < figure("budget_use@land_digital_grant", world, outcomes) <= 1.0
    # ESF calls grant 0.3 to 0.5 of their applications.
    assert 0.3 < figure("granted_share@land_digital_grant", world, outcomes) < 0.5
    world, outcomes = design("s4-concessional-advice")
    assert 0.8 < figure("adviser_use", world, outcomes) <= 1.0
    assert 0.5 < figure("adviser_wait_months", world, outcomes) / 1000.0 < 6.0


def test_homes_are_rated_as_published():
    population = make_world("population.size=3000", 'population.types=["nursing_home"]').population
    assert 0.006 < float(np.mean(population.pd_pa)) < 0.013


@pytest.mark.slow
def test_homes_default_as_they_are_rated():
    world, outcomes = design("care-germany")
    column = [column.name for column in layout.INSTITUTION].index("defaults")
    homes = np.nonzero(world.population.type == HOME)[0].tolist()
    counted = [{row: counts[column] for row, counts in outcome.institutions.items()} for outcome in outcomes]
    assert sum(sum(counts.values()) for counts in counted) == sum(totals(o)["defaults"] for o in outcomes)
    defaults = sum(counts.get(row, 0) for counts in counted for row in homes)
    assert 0.006 < defaults / (len(homes) * world.years * len(outcomes)) < 0.013
