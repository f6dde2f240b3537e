"""Cohorts: what counts within a fixed follow-up, by hand, whole, and whatever the horizon."""

from __future__ import annotations

import math

import pytest

from hybridsim.rollout import layout
from hybridsim.rollout.events import Rank
from hybridsim.rollout.reference import simulate
from tests.rollout.test_random_scenarios import _rich
from tests.support.one_project import asked, entries, future, months_of, paid, world_of
from tests.support.worlds import by_year, make_world, totals

COLUMNS = [column.name for column in layout.COHORT]
LIVELY = ("adoption.innovation_pa=0.3", "underwriting.minimum_ticket_eur=2000", "advice.share=0.5")


def cohorts(outcome):
    return [dict(zip(COLUMNS, row, strict=True)) for row in outcome.cohorts]


def complete(outcome):
    return [row for row in cohorts(outcome) if row["complete"]]


# ------------------------------------------------------------------ whatever the horizon


@pytest.mark.parametrize(
    "settings",
    [
        ("population.size=60", *LIVELY),
        ("population.size=40", *LIVELY, "run.whole_months=true"),
        (*_rich(1), "population.size=30"),
        (*_rich(3), "population.size=30"),
    ],
    ids=["status quo", "whole months", "everything", "everything, revenue shares"],
)
def test_a_longer_horizon_leaves_complete_cohorts_alone(settings):
    worlds = [make_world(*settings, f"run.horizon_months={months}") for months in (120, 156)]
    seen = 0
    for replication in range(2):
        short, long = (simulate(world, replication) for world in worlds)
        assert [row["complete"] for row in cohorts(short)] == [1] * 5 + [0] * 5
        assert [row["complete"] for row in cohorts(long)] == [1] * 8 + [0] * 5
        assert short.cohorts[:5] == long.cohorts[:5]
        seen += sum(
            row["social_pv_cents"] != 0 and row["capital_pv_cent_years"] > 0 for row in complete(short)
        )
    assert seen > 4


@pytest.mark.parametrize(("months", "years"), [(12, 9), (60, 5), (61, 4), (108, 1), (109, 0), (240, 0)])
def test_a_cohort_is_complete_if_its_last_project_is_followed_to_the_end(months, years):
    outcome = simulate(make_world("population.size=5", f"run.follow_up_months={months}"), 0)
    assert [row["complete"] for row in cohorts(outcome)] == [1] * years + [0] * (10 - years)


# ------------------------------------------------------------------ whole


@pytest.mark.parametrize("settings", [("population.size=60", *LIVELY), (*_rich(2), "population.size=40")])
def test_with_a_follow_up_beyond_the_horizon_cohorts_add_up_to_the_totals(settings):
    world = make_world(*settings, "run.horizon_months=96", "run.follow_up_months=240")
    for replication in range(2):
        outcome = simulate(world, replication)
        figures, rows = totals(outcome), cohorts(outcome)
        added = {name: sum(row[name] for row in rows) for name in COLUMNS}
        for name in (*layout.COHORT_STAGES, "hours_milli", "incidents_milli", "lent_cents"):
            assert added[name] == figures[name], name
        assert [row["started"] for row in rows] == by_year(outcome, "started")
        assert added["ead_cents"] == figures["ead_cents"]
        # After the start every reason is a reason of a cohort; before it none is.
        for reason in ("cost_overrun", "pilot_failed", "support_ended", "not_renewed"):
            assert added[f"ended_{reason}"] == outcome.reasons[layout.Reason[reason.upper()]], reason
        assert added["ended_not_viable"] == 0
        assert added["inst_started"] >= figures["inst_started"]
        assert added["staff_cost_cents"] <= figures["staff_cost_cents"]


def test_without_discounting_money_of_cohorts_adds_up_too():
    world = make_world(
        "population.size=60", *LIVELY, "run.horizon_months=96", "run.follow_up_months=240",
        "impact.discount_rate_pa=0", "base_rate.path_pa=[0.0]", "advice.share=0",
    )  # fmt: skip
    figures = totals(outcome := simulate(world, 0))
    added = {name: sum(row[name] for row in cohorts(outcome)) for name in COLUMNS}
    assert figures["started"] > 20
    for name in ("social_pv_cents", "cash_benefit_pv_cents", "running_cost_pv_cents", "fiscal_pv_cents"):
        assert added[name] == figures[name] != 0, name
    assert added["inputs_pv_cents"] == figures["uses_cents"] + figures["overrun_cents"]
    assert added["capital_pv_cent_years"] == pytest.approx(figures["capital_pv_cent_years"], rel=1e-6)


# ------------------------------------------------------------------ by hand

AT = "use_cases.documentation.types.nursing_home"
CALM = (
    "run.horizon_months=144", "run.follow_up_months=50", "operation.dip_months=0", "operation.ramp_months=0",
    "impact.deadweight=0", "impact.attribution=1", "impact.drop_off_pa=0", "base_rate.path_pa=[0.02]",
    "public_cost.statutory_payers_public=false", "instruments.sgb11_8_8.administration_share=0",
)  # fmt: skip


@pytest.fixture(scope="module")
def alone():
    """One project with a public grant and own funds; followed for 50 months, which is no whole quarter."""
    world = world_of(*CALM, *asked("sgb11_8_8"))
    outcome = future(world, Rank.SUSTAINED)
    return world, outcome, next(row for row in cohorts(outcome) if row["started"])


def test_what_is_counted_stops_at_the_end_of_the_follow_up(alone):
    _, outcome, row = alone
    start = entries(outcome, "project cost")[0].time
    pilot, rollout = (months_of(outcome, Rank.LIVE)[k] for k in (0, 1))
    assert cohorts(outcome).index(row) == int(start // 12.0)
    # 90 places with 20 hours a year each: half of the site from the pilot on, all of it from the rollout on.
    hours = 90 * 20 / 12 * (0.5 * (start + 50 - pilot) + 0.5 * (start + 50 - rollout))
    assert row["hours_milli"] == pytest.approx(1000 * hours, abs=50)
    assert row["hours_milli"] < totals(outcome)["hours_milli"]
    assert row["sustained"] == int(months_of(outcome, Rank.SUSTAINED)[0] <= start + 50)
    assert totals(outcome)["sustained"] == 1


def test_value_and_cost_are_discounted_to_the_start(alone):
    world, outcome, row = alone
    costs = paid(outcome, "project cost")
    start, rate = min(costs), world.scenario.impact.discount_rate_pa.value
    at_start = sum(cents * (1 + rate) ** (-(time - start) / 12) for time, cents in costs.items())
    assert row["inputs_pv_cents"] == pytest.approx(at_start, abs=5)
    # The value of an hour is constant here, so discounted hours give it; in steps of a hundredth month.
    pilot, rollout = (months_of(outcome, Rank.LIVE)[k] for k in (0, 1))
    discounted = sum(
        90 * 20 / 1200 * 0.5 * ((t > pilot) + (t > rollout)) * (1 + rate) ** (-(t - start) / 12)
        for t in ((k + 0.5) / 100 for k in range(int(100 * start), int(100 * (start + 50))))
    )
    undiscounted = sum(by_year(outcome, "social_cents")) / (totals(outcome)["hours_milli"] / 1000)
    assert row["social_pv_cents"] == pytest.approx(discounted * undiscounted, rel=2e-3)


def test_capital_at_work_by_hand(alone):
    world, outcome, row = alone
    force, life = math.log(1 + world.scenario.impact.discount_rate_pa.value), 12.0
    costs = paid(outcome, "project cost")
    start, total, steps = min(costs), 0.0, 2000
    for time, cents in costs.items():
        # Midpoint rule: what is left of the money after s years, discounted to the start of the project.
        end = (start + 50 - time) / 12
        for s in ((k + 0.5) * end / steps for k in range(steps)):
            total += cents * (1 - s / life) * math.exp(-force * ((time - start) / 12 + s)) * end / steps
    assert row["capital_pv_cent_years"] == pytest.approx(total, rel=1e-5)


def test_public_money_is_discounted_to_the_start_too(alone):
    _, outcome, row = alone
    start = entries(outcome, "project cost")[0].time
    grants = {
        time: sum(entry.cents for entry in outcome.entries if entry.time == time and "grant" in entry.memo)
        for time in {entry.time for entry in outcome.entries if "grant" in entry.memo}
    }
    assert len(grants) > 1 and max(grants) < start + 50
    at_start = sum(cents * 1.02 ** (-(time - start) / 12) for time, cents in grants.items())
    assert row["fiscal_pv_cents"] == pytest.approx(at_start, abs=5)


def test_advice_before_the_start_counts_from_the_start_on():
    free = ("impact.discount_rate_pa=0", "base_rate.path_pa=[0.0]", "advice.share=1", "advice.cost_eur=900")
    world = world_of(*CALM, *free, *asked("sgb11_8_8"))
    outcome = future(world, Rank.SUSTAINED)
    row = next(row for row in cohorts(outcome) if row["started"])
    figures = totals(outcome)
    assert row["fiscal_pv_cents"] == figures["fiscal_pv_cents"]
    assert figures["fiscal_advice_pv_cents"] == 90_000 < row["fiscal_pv_cents"]
    assert 0 < row["staff_cost_cents"] <= figures["staff_cost_cents"]


def test_a_default_counts_within_the_follow_up_even_if_the_project_is_over():
    at = (f"{AT}.gate_probability=0", "institution_types.nursing_home.pd_pa=0.3")
    inside = outside = 0
    for months in (12, 60):
        world = world_of(*CALM[:1], f"run.follow_up_months={months}", *at, *asked("sgb11_8_8"), pd_pa=0.3)
        for replication in range(60):
            outcome = simulate(world, replication, record=True)
            starts, defaults = entries(outcome, "project cost"), months_of(outcome, Rank.DEFAULT)
            if not starts or not defaults:
                continue
            row = next(row for row in cohorts(outcome) if row["started"])
            after = defaults[0] - starts[0].time
            assert row["defaults"] == row["inst_defaults"] == int(after <= months)
            alive = not outcome.reasons[layout.Reason.PILOT_FAILED]
            assert row["ended_defaulted"] == int(alive and after <= months)
            inside += row["defaults"] and not alive
            outside += not row["defaults"]
    assert inside > 3 and outside > 3


def test_a_second_try_is_no_first_start():
    settings = (f"{AT}.gate_probability=0", "adoption.max_attempts=3", "adoption.retry_pause.median_months=1")
    world = world_of(*CALM, *asked("sgb11_8_8"), *settings)
    outcome = future(world, Rank.RETRY)
    begun = sorted(entry.time for entry in entries(outcome, "project cost"))
    assert totals(outcome)["started"] == len(begun) > 1
    assert outcome.starts == [(0, world.use_case_names.index("documentation"), begun[0], 1)]


def test_a_loan_is_at_work_until_it_is_repaid_or_the_follow_up_ends():
    world = world_of(*CALM, "impact.discount_rate_pa=0", *asked("bank_loan"), digital_budget_eur_pa=30_000)
    outcome = future(world, Rank.SUSTAINED)
    row = next(row for row in cohorts(outcome) if row["started"])
    costs, drawn = paid(outcome, "project cost"), paid(outcome, "loan bank_loan")
    end, capital = min(costs) + 50, 0.0
    for time, cents in costs.items():
        years = (end - time) / 12
        capital += (cents - drawn.get(time, 0)) * (years - years * years / 24)
    for time, cents in drawn.items():
        capital += cents * (end - time) / 12
    repaid = paid(outcome, "principal bank_loan")
    assert sum(drawn.values()) == row["lent_cents"] > 0
    assert min(repaid) < end < max(repaid)
    for time, cents in repaid.items():
        capital -= cents * max(0.0, end - time) / 12
    assert row["capital_pv_cent_years"] == pytest.approx(capital, abs=20)
