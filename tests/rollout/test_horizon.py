"""The table by year adds up, and looking further ahead changes nothing before."""

from __future__ import annotations

import pytest

from hybridsim.rollout import layout
from hybridsim.rollout.reference import simulate
from tests.support.worlds import by_year, make_world, shared_world, totals

LIVELY = (
    "population.size=100",
    "adoption.innovation_pa=0.1",
    "underwriting.minimum_ticket_eur=2000",
    "viability.mission_weight.non_profit=1",
    "viability.mission_weight.for_profit=1",
    "underwriting.pd_limit=1",
    "underwriting.hurdle_pa=-0.5",
    *(f"institution_types.{name}.pd_pa=0.02" for name in ("nursing_home", "ambulatory", "hospital")),
    *(f"stress.fix.{name}=[{', '.join(['-2'] * 14)}]" for name in ("economy", "reimbursement", "labour")),
)


@pytest.mark.parametrize(
    "name",
    [
        "ideas",
        "started",
        "passed",
        "sustained",
        "defaults",
        "lent_cents",
        "grant_cents",
        "own_funds_cents",
        "hours_milli",
    ],
)
def test_years_add_up_to_the_total(name):
    world = shared_world(*LIVELY)
    for replication in range(2):
        outcome = simulate(world, replication)
        assert totals(outcome)[name] > 0
        assert sum(by_year(outcome, name)) == totals(outcome)[name]


def test_projects_that_ended_are_those_with_a_reason():
    outcome = simulate(shared_world(*LIVELY), 0)
    assert sum(by_year(outcome, "ended")) == sum(outcome.reasons) > 0
    assert by_year(outcome, "live_projects")[-1] <= totals(outcome)["ideas"] - sum(outcome.reasons)


@pytest.mark.parametrize("imitation", [0.0, 0.4])
def test_a_longer_horizon_leaves_the_first_years_alone(imitation):
    settings = (*LIVELY, f"adoption.imitation_pa={imitation}")
    short = make_world(*settings, "run.horizon_months=60")
    long = make_world(*settings, "run.horizon_months=120")
    columns = [column.name for column in layout.YEAR]
    for replication in range(3):
        near, far = simulate(short, replication), simulate(long, replication)
        assert totals(near)["lent_cents"] > 0
        for year in range(5):
            differing = [
                (year, name, a, b)
                for name, a, b in zip(columns, near.years[year], far.years[year], strict=True)
                if a != b
            ]
            assert not differing


def test_loans_run_off_beyond_the_horizon_and_count_only_in_lifetime_figures():
    world = make_world(*LIVELY, "run.horizon_months=60")
    late = 0
    for replication in range(8):
        outcome = simulate(world, replication)
        figures = totals(outcome)
        exposed = figures["ead_cents"] - sum(by_year(outcome, "ead_cents"))
        assert exposed >= 0 and figures["loss_cents"] >= figures["loss_horizon_cents"]
        assert figures["defaults"] == sum(by_year(outcome, "defaults"))
        late += exposed > 0
    assert late > 0
