"""Platform programmes: who runs them, what they cost and do, by hand; and that nothing counts twice."""

from __future__ import annotations

from functools import cache
from math import exp, sqrt

import numpy as np
import pytest

from hybridsim.core.codes import InstitutionType
from hybridsim.rollout.context import Context
from hybridsim.rollout.events import Rank
from hybridsim.rollout.peers import Peers
from hybridsim.rollout.reference import simulate
from hybridsim.rollout.tally import Outcome
from hybridsim.rollout.world import World, build_world
from hybridsim.scenario import build, load
from tests.support.one_project import CERTAIN, future, months_of, paid, world_of
from tests.support.worlds import (
    SCENARIOS,
    by_year,
    everywhere,
    happened,
    home,
    make_world,
    shared_world,
    totals,
)

PLATFORM = "platforms.data_platform"
MEMBERS = ("documentation", "rostering", "preventive_analytics")
DOCUMENTATION, ROSTERING, ANALYTICS, CODE = 0, 1, 2, 5
"""Use cases by their place in the catalogue; the platform's code follows them."""
AT = "use_cases.*.types.nursing_home"
SURE = (
    *everywhere(f"{AT}.gate_probability", 1, MEMBERS),
    *everywhere(f"{AT}.sustain_probability", 1, MEMBERS),
    *everywhere(f"{AT}.implementation.sigma", 0, MEMBERS),
    *everywhere("use_cases.*.life_years", 12, MEMBERS),
)
SITES, PLACES, VAT, HOURLY = 5, 90, 1.19, 39.0
EVERYBODY = (*everywhere("use_cases.*.initial_share", 0, MEMBERS), f"{PLATFORM}.share=1")


@cache
def story() -> tuple[World, Outcome]:
    """Five homes whose carrier runs the platform programme from own funds, with nothing left to chance."""
    rich = {"digital_budget_eur_pa": 2_000_000, "revenue_eur_pa": 22_500_000, "debt_service_eur_pa": 0}
    settings = (*SURE, *EVERYBODY, "adoption.innovation_pa=5", "design.order=[]")
    world = world_of(*settings, sites=SITES, places=SITES * PLACES, **rich)
    return world, future(world, Rank.NEXT_WAVE)


def technology(sites: float) -> float:
    """Euros of technology for ``sites`` homes with VAT: three catalogue entries, times three quarters."""
    return 0.75 * VAT * sites * ((3000 + 110 * PLACES) + (2500 + 40 * PLACES) + (6000 + 200 * PLACES))


def other(sites: float) -> float:
    """The same for data infrastructure per site and for training, which is staff time without VAT."""
    training = HOURLY * PLACES * (5 * 0.45 + 8 * 0.04 + 4 * 0.5)
    return 0.75 * sites * (VAT * (4900 + 1700 + 8900) + training)


def test_its_cost_is_three_quarters_of_that_of_its_use_cases_stage_by_stage():
    _, outcome = story()
    plan, *_ = months_of(outcome, Rank.PLANNED)
    waves = [(time, sites) for time, _, _, sites in happened(outcome, Rank.NEXT_WAVE)]
    assert sum(sites for _, sites in waves) == SITES - 1
    fixed = 0.75 * VAT * ((6000 + 11000 + 25000) * price(plan) + 2000 + 3000 + 22000 + 6000 + 5000 + 12000)
    expected = [
        fixed + technology(0.5) * price(plan) + other(0.5),
        technology(0.5) * price(plan) + other(0.5),
        *(technology(sites) * price(month) + other(sites) for month, sites in waves),
    ]
    closes = paid(outcome, "project cost")
    assert [closes[month] / 100 for month in sorted(closes)] == pytest.approx(expected, abs=0.5)
    # A ticket for a bank, other than the 42 thousand of a single home's documentation.
    assert 400_000 < fixed + technology(5) + other(5) < 410_000
    figures = totals(outcome)
    assert figures["platform_started"] == figures["started"] == 1
    assert figures["platform_uses_cents"] == figures["uses_cents"] == sum(closes.values())


def price(month: float) -> float:
    """Price of technology relative to month 0: six per cent less each year."""
    return exp(-0.06 * month / 12.0)


def test_it_takes_as_long_as_its_longest_use_case_and_is_one_pilot():
    _, outcome = story()
    pilot, first, *_ = months_of(outcome, Rank.LIVE)
    (gate,) = months_of(outcome, Rank.GATE)
    close, close2, *_ = sorted(paid(outcome, "project cost"))
    # Analytics takes twelve months (documentation 4 here, rostering 6), and half of that at later stages.
    assert pilot - close == pytest.approx(12.0) and first - close2 == pytest.approx(6.0)
    assert gate - pilot == pytest.approx(4.0)
    assert [totals(outcome)[stage] for stage in ("ideas", "started", "passed", "scaled")] == [1] * 4


def test_effects_and_running_cost_of_its_use_cases_add_up():
    _, outcome = story()
    assert max(months_of(outcome, Rank.LIVE)) + 6.0 < 108.0
    homes = SITES * PLACES
    assert by_year(outcome, "hours_milli")[9] == pytest.approx(1000 * homes * (20 + 3.5 + 1.5), abs=20)
    running = SITES * VAT * ((1500 + 1000 + 5000) + 12 * PLACES * (11 + 3 + 9))
    last = paid(outcome, "running cost")[120.0] / 100
    level = (price(117.0) - price(120.0)) / 0.06  # integral of the price over the quarter, in years
    assert last == pytest.approx(running * level, rel=1e-6)
    # Clients are reached once, by whichever use case: 95 % of the places.
    assert totals(outcome)["reached"] == pytest.approx(0.95 * homes, abs=3)


def test_its_cost_over_all_who_can_run_it_is_about_that_of_the_prototype():
    """p10/50/90 of 0.25/0.63/2.1 million euros; the median lies between two groups (docs/model.md, 5b)."""
    table = shared_world("population.size=2000").population
    use_cases = shared_world("population.size=2000").use_cases
    costs = []
    for kind, sites, places in zip(
        table.type.tolist(), table.sites.tolist(), table.places.tolist(), strict=True
    ):
        if sites >= 5 or kind == InstitutionType.HOSPITAL:
            terms = use_cases[(CODE, kind)]
            per_site = terms.technology_site + terms.other_site
            per_place = terms.technology_place + terms.other_place
            costs.append(terms.technology_fixed + terms.other_fixed + per_site * sites + per_place * places)
    low, median, high = np.quantile(costs, (0.1, 0.5, 0.9)) / 1e8
    assert low == pytest.approx(0.25, rel=0.2)
    assert high == pytest.approx(2.1, rel=0.2)
    assert 0.6 < median < 1.0


def test_incidents_keep_the_value_of_those_who_avoid_them():
    settings = [f"use_cases.{name}.types.nursing_home" for name in MEMBERS]
    world = world_of(
        f"{settings[0]}.incidents_per_place_year=0.5", f"{settings[0]}.incident_value_eur=100",
        f"{settings[1]}.incidents_per_place_year=0", f"{settings[1]}.incident_value_eur=9999",
        f"{settings[2]}.incidents_per_place_year=0.25", f"{settings[2]}.incident_value_eur=700",
    )  # fmt: skip
    terms = world.use_cases[(CODE, InstitutionType.NURSING_HOME)]
    assert terms.incidents_place_pa == 0.75
    assert terms.incidents_place_pa * terms.incident_value == pytest.approx(100 * (0.5 * 100 + 0.25 * 700))


def test_it_fails_as_easily_as_the_use_case_that_is_hardest():
    """Gate and sustained use of the catalogue's homes: 0.65, 0.65 and 0.45; 0.75, 0.75 and 0.55."""
    world = make_world("population.size=10")
    kind = InstitutionType.NURSING_HOME
    platform, hardest = world.use_cases[(CODE, kind)], world.use_cases[(ANALYTICS, kind)]
    assert platform.gate_intercept == hardest.gate_intercept
    assert platform.gate_intercept < world.use_cases[(DOCUMENTATION, kind)].gate_intercept
    assert platform.sustain_logit == pytest.approx(np.log(0.55 / 0.45))


def test_a_type_needs_two_of_the_use_cases_to_have_the_programme():
    world = make_world("population.size=10")
    kinds = {
        InstitutionType(kind).label: terms
        for (index, kind), terms in world.use_cases.items()
        if index == CODE
    }
    assert set(kinds) == {"nursing_home", "ambulatory", "hospital", "disability"}
    assert kinds["disability"].members == (DOCUMENTATION, ROSTERING)
    assert all(kinds[name].members == (0, 1, 2) for name in ("nursing_home", "ambulatory", "hospital"))


# ------------------------------------------------------------------ who runs one


def sector(share: float, *settings: str, initial: float = 0.0, count: int = 90) -> World:
    """Carriers of four, five and six homes and hospitals of one site, who have all ideas soon."""
    rows = [
        home(f"carrier {k}", sites=4 + k % 3, places=90 * (4 + k % 3), pd_pa=0.0005) for k in range(count)
    ]
    rows += [
        home(f"hospital {k}", type="hospital", places=300, revenue_eur_pa=60_000_000, pd_pa=0.0005)
        for k in range(count // 3)
    ]
    return make_world(
        f"{PLATFORM}.share={share}", "adoption.innovation_pa=2", "adoption.imitation_pa=0", *settings,
        *everywhere("use_cases.*.initial_share", initial, MEMBERS), rows=rows,
    )  # fmt: skip


def ideas(outcome: Outcome) -> dict[int, list[tuple[float, int]]]:
    """Month and use case of every idea, by row."""
    found: dict[int, list[tuple[float, int]]] = {}
    for time, row, sub, _ in happened(outcome, Rank.IDEA):
        found.setdefault(row, []).append((time, sub >> 11))
    return found


def test_the_wanted_share_of_large_carriers_and_hospitals_runs_one_and_nobody_else():
    world = sector(0.3, initial=0.2)
    can = (world.population.sites >= 5) | (world.population.type == InstitutionType.HOSPITAL)
    chosen, free = 0, 0
    for replication in range(4):
        peers = Peers(Context(world, replication, False), lambda row, use_case: None)
        unused = ~peers.initial[:3].any(axis=0)
        runs = {row for row, had in ideas(simulate(world, replication, True)).items() if CODE in dict_of(had)}
        assert all(can[row] and unused[row] for row in runs)
        chosen += len(runs)
        free += int(np.sum(can & unused))
    # 0.2 use each member at the start, so half of all use none; five in a thousand default before the idea.
    assert free == pytest.approx(4 * can.sum() * 0.8**3, rel=0.15)
    assert chosen / free == pytest.approx(0.3, abs=3.5 * sqrt(0.3 * 0.7 / free))


def dict_of(had: list[tuple[float, int]]) -> dict[int, float]:
    return {use_case: time for time, use_case in reversed(had)}


def test_no_carrier_has_the_programme_and_one_of_its_use_cases_at_a_time():
    """Single ideas come only after the programme has ended and a pause, and then they do come."""
    world = sector(0.5, "adoption.retry_pause.median_months=6")
    afterwards = 0
    for replication in range(3):
        outcome = simulate(world, replication, record=True)
        for row, had in ideas(outcome).items():
            when = dict_of(had)
            if CODE not in when:
                continue
            assert sum(use_case == CODE for _, use_case in had) == 1
            again = [
                time
                for time, where, sub, _ in happened(outcome, Rank.RETRY)
                if where == row and sub >> 11 == CODE
            ]
            singles = [time for time, use_case in had if use_case in (DOCUMENTATION, ROSTERING, ANALYTICS)]
            if singles:
                assert min(singles) > max(again) > when[CODE]
                afterwards += 1
    assert afterwards > 10


def test_the_idea_of_a_programme_comes_when_that_of_any_of_its_use_cases_would():
    """Without peers: exponential with the sum of the hazards, interest 1.6, 1.2 and 0.7."""
    quiet = ("adoption.innovation_pa=0.04", "adoption.readiness_slope=0")
    world = sector(1.0, *quiet, count=150)
    can = np.nonzero(world.population.sites >= 5)[0].tolist()
    months = []
    for replication in range(4):
        had = ideas(simulate(world, replication, record=True))
        months += [dict_of(had.get(row, [])).get(CODE, np.inf) for row in can]
    for years in (1, 3, 6, 10):
        expected = 1.0 - exp(-0.04 * (1.6 + 1.2 + 0.7) * years)
        spread = sqrt(expected * (1 - expected) / len(months))
        # The dead have no ideas: five basis points a year, below a third of the standard error.
        assert np.mean(np.array(months) <= 12.0 * years) == pytest.approx(expected, abs=3.5 * spread)


def test_a_live_programme_is_a_success_in_each_of_its_use_cases_and_they_count_for_it():
    world = make_world(*EVERYBODY, rows=[home(f"home {k}", sites=5, places=450) for k in range(10)])
    context = Context(world, 0, False)
    peers = Peers(context, lambda row, use_case: None)
    one, two = context.institution(0), context.institution(1)
    cell = int(world.cell[0])
    peers.succeeded(one, CODE, +1)
    peers.succeeded(two, ROSTERING, +1)
    assert [peers.users[code][cell] for code in (DOCUMENTATION, ROSTERING, ANALYTICS, CODE)] == [1, 2, 1, 0]
    # Ten homes in one cell, shrunk towards themselves: shares of 1, 2 and 1 in ten.
    assert peers.share_seen(ROSTERING, 3) == pytest.approx(0.2)
    assert peers.share_seen(CODE, 3) == pytest.approx((0.1 + 0.2 + 0.1) / 3)
    peers.succeeded(one, CODE, -1)
    assert [peers.users[code][cell] for code in (DOCUMENTATION, ROSTERING, ANALYTICS)] == [0, 1, 0]


# ------------------------------------------------------------------ as data


@pytest.mark.parametrize(
    ("named", "may"),
    [
        ([], True),
        (["documentation", "rostering", "preventive_analytics"], True),
        (["documentation", "rostering", "preventive_analytics", "robotics"], True),
        (["documentation", "rostering"], False),
        (["data_platform"], True),
    ],
)
def test_an_instrument_is_for_a_programme_if_it_is_for_all_that_is_in_it_or_names_it(
    named: list[str], may: bool
):
    quoted = ",".join(f'"{name}"' for name in named)
    world = make_world("population.size=10", f"instruments.iku148.eligibility.use_cases=[{quoted}]")
    terms = world.instruments[world.instrument_names.index("iku148")]
    assert (CODE in terms.use_cases) is may
    assert (DOCUMENTATION in terms.use_cases) is (not named or "documentation" in named)


QUICK = "default_risk.estate_headroom=0"  # worlds are built faster without it
SMALL = ("population.size=40", "adoption.innovation_pa=0.3", QUICK)


@cache
def futures(*settings: str) -> list[tuple[object, ...]]:
    world = make_world(*SMALL, *settings)
    return [_tables(simulate(world, replication, record=True)) for replication in range(2)]


def _tables(outcome: Outcome) -> tuple[object, ...]:
    return outcome.totals, outcome.years, outcome.instruments, outcome.loans, outcome.log, outcome.entries


def test_a_share_of_zero_is_a_world_without_platforms_to_the_bit():
    scenario = load(SCENARIOS / "care-germany.toml", SMALL)
    bare = build_world(scenario.model_copy(update={"platforms": {}}), build(scenario))
    without = [_tables(simulate(bare, replication, record=True)) for replication in range(2)]
    assert futures(f"{PLATFORM}.share=0") == without
    assert (
        futures(f"{PLATFORM}.share=0", f"{PLATFORM}.cost_factor=0.1", f"{PLATFORM}.minimum_sites=1")
        == without
    )
    assert futures(f"{PLATFORM}.share=1") != without


@cache
def moved(metric: str, *settings: str) -> list[int]:
    """One figure of five futures in which every carrier that can thinks in programmes."""
    large = ("population.size=120", "adoption.innovation_pa=0.3", "adoption.imitation_pa=0")
    world = make_world(*large, QUICK, f"{PLATFORM}.share=1", *settings)
    return [totals(simulate(world, replication))[metric] for replication in range(5)]


@pytest.mark.parametrize(
    ("setting", "metric", "sign"),
    [
        (f"{PLATFORM}.share=0.3", "platform_started", -1),
        (f"{PLATFORM}.cost_factor=0.4", "platform_started", +1),
        (f"{PLATFORM}.minimum_sites=40", "platform_started", -1),
        (f"{PLATFORM}.interest=0.1", "ideas", -1),
        (f"{PLATFORM}.any_size_types=[]", "ideas", +1),
    ],
)
def test_each_of_its_parameters_moves_a_figure_by_more_than_three_standard_errors(
    setting: str, metric: str, sign: int
):
    changed = moved(metric, setting)
    differences = [after - before for before, after in zip(moved(metric), changed, strict=True)]
    error = np.std(differences, ddof=1) / sqrt(len(differences))
    assert sign * np.mean(differences) > 3.0 * error


def test_certain_worlds_with_one_use_case_have_no_platform():
    assert f"{PLATFORM}.share=0" in CERTAIN
