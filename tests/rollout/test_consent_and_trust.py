"""What involvement and accompaniment do after the plan: consent, sustained use, and what a bank sees."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from functools import cache
from math import exp, sqrt

import pytest

from hybridsim.core.rng import S_SUSTAIN, draw_index, entity_key, split_key, uniform
from hybridsim.rollout.events import Rank
from hybridsim.rollout.layout import Answer
from hybridsim.rollout.reference import simulate
from hybridsim.rollout.tally import Outcome
from hybridsim.rollout.world import World
from tests.support.one_project import CERTAIN, HOME, asked, entries, future, months_of, world_of
from tests.support.worlds import happened, home, make_world, totals

CONSENT = "implementation.consent"
EFFECT = "preparation.activities.staff_involvement.consent_effect"
CARRIER = "preparation.activities.carrier_involvement.consent_effect=0"
SECTOR = (
    "population.size=60",
    "run.horizon_months=72",
    "adoption.innovation_pa=0.3",
    "default_risk.estate_headroom=0",
)


def moves(one: Callable[[int], float], other: Callable[[int], float], replications: int = 12) -> float:
    """Paired difference of a figure between two worlds, in standard errors."""
    differences = [other(replication) - one(replication) for replication in range(replications)]
    mean = sum(differences) / replications
    spread = sum((difference - mean) ** 2 for difference in differences) / (replications - 1)
    return mean / sqrt(spread / replications)


def lives_after_closes(outcome: Outcome) -> list[float]:
    """Months from each payment of a stage's cost to its go-live."""
    closes = [entry.time for entry in entries(outcome, "project cost")]
    return [live - close for close, live in zip(closes, months_of(outcome, Rank.LIVE), strict=True)]


@pytest.mark.parametrize(
    ("median", "effect", "waits"),
    [
        (0.0, 0.0, (4.0, 2.0)),
        (3.9, 0.0, (4.0, 2.0)),
        (9.0, 0.0, (9.0, 4.5)),
        (9.0, -0.5, (9.0 * exp(-0.5), 4.5 * exp(-0.5))),
        (9.0, -2.0, (4.0, 2.0)),
    ],
)
def test_a_stage_goes_live_when_it_is_implemented_and_everybody_agrees(
    median: float, effect: float, waits: tuple[float, float]
):
    consent = (f"{CONSENT}.median_months={median}", f"{CONSENT}.sigma=0", f"{EFFECT}={effect}", CARRIER)
    outcome = future(world_of(*asked("bank_loan"), *consent), Rank.SUPPORT_END)
    assert lives_after_closes(outcome) == pytest.approx(waits, abs=1e-9)


def test_consent_waits_beside_the_trainer_and_not_after_him():
    trainers = (
        "queues.trainers.servers=1e6",
        "queues.trainers.service.median_months=3",
        "queues.trainers.service.sigma=0",
    )
    for median, wait in ((6.9, 7.0), (8.0, 8.0)):
        consent = (f"{CONSENT}.median_months={median}", f"{CONSENT}.sigma=0", f"{EFFECT}=0", CARRIER)
        outcome = future(world_of(*asked("bank_loan"), *consent, *trainers), Rank.LIVE)
        assert lives_after_closes(outcome)[0] == pytest.approx(wait, abs=1e-9)


def test_where_nobody_has_to_agree_neither_spread_nor_involvement_changes_a_bit():
    none = (*SECTOR, f"{CONSENT}.median_months=0")
    worlds = (make_world(*none, f"{CONSENT}.sigma=2", f"{EFFECT}=-3"), make_world(*none, f"{EFFECT}=0"))
    for replication in range(2):
        one, other = (simulate(world, replication, record=True) for world in worlds)
        assert asdict(one) == asdict(other)


def test_a_year_of_consent_costs_rollouts_and_involvement_wins_them_back():
    @cache
    def rolled_out(median: int, effect: float) -> Callable[[int], float]:
        involved = ("done_alone=1", "done_advised=1")
        settings = (f"preparation.activities.staff_involvement.{done}" for done in involved)
        consent = (f"{CONSENT}.median_months={median}", f"{EFFECT}={effect}")
        world = make_world(*SECTOR, *settings, *consent)
        return cache(lambda replication: float(totals(simulate(world, replication))["rolled_out"]))

    assert moves(rolled_out(0, 0.0), rolled_out(12, 0.0)) < -3.0
    assert moves(rolled_out(12, 0.0), rolled_out(12, -2.0)) > 3.0


@pytest.mark.parametrize(("advised", "effect"), [(1, 1.2), (1, 0.0), (1, -1.2), (0, 1.2)])
def test_an_advised_project_goes_on_with_the_logit_plus_the_effect_of_advice(advised: int, effect: float):
    evenly = (
        "use_cases.documentation.types.nursing_home.sustain_probability=0.4",
        "operation.sustain_cash_slope=0",
        *(s.replace("done_alone", "done_advised") for s in CERTAIN if "done_alone" in s),
        f"advice.share={advised}",
        f"advice.sustain_effect={effect}",
        "run.horizon_months=60",
    )
    world = world_of(*asked("bank_loan"), *evenly)
    odds = 0.4 / 0.6 * exp(effect * advised)
    lo, hi = split_key(entity_key(HOME))
    seen = []
    for replication in range(40):
        ends = happened(simulate(world, replication, record=True), Rank.SUPPORT_END)
        u = uniform(3, 0, replication, lo, hi, S_SUSTAIN, draw_index(0, 0, 0, 0))
        seen += [(goes_on, int(u < odds / (1 + odds))) for *_, goes_on in ends]
    assert len(seen) > 20 and {goes_on for goes_on, _ in seen} == {0, 1}
    assert all(goes_on == expected for goes_on, expected in seen)


def test_advice_that_stays_sustains_more_projects_by_more_than_chance():
    @cache
    def ended(effect: float) -> Callable[[int], float]:
        world = make_world(*SECTOR, "advice.share=1", f"advice.sustain_effect={effect}")

        def share(replication: int) -> float:
            ends = happened(simulate(world, replication, record=True), Rank.SUPPORT_END)
            return sum(goes_on for *_, goes_on in ends) / len(ends)

        return share

    assert moves(ended(0.0), ended(3.0)) > 3.0


def near_the_limit(*settings: str) -> World:
    """Thirty homes just below the bank's PD limit."""
    rows = [home(f"Heim {k}", pd_pa=0.02, digital_budget_eur_pa=0, liquidity_days=200) for k in range(30)]
    bank = (
        "underwriting.pd_limit=0.028",
        "run.horizon_months=60",
        "underwriting.minimum_dscr=0",
        "underwriting.running_cost_pa=0",
        "instruments.bank_loan.sizing.share_of_cost=1",
    )
    return make_world(*CERTAIN, *asked("bank_loan"), *bank, *settings, rows=rows)


def refused(world: World) -> list[int]:
    """Requests by replication that the bank found too risky."""
    bank = world.instrument_names.index("bank_loan")
    return [simulate(world, replication).answers[bank][Answer.PD_LIMIT] for replication in range(2)]


def test_a_bank_that_knows_the_adviser_errs_less_about_his_projects_and_only_about_his():
    wide, sure = "underwriting.error_sd=1", "underwriting.advised_error_share=0"
    advised = ("advice.share=1", *(s.replace("done_alone", "done_advised") for s in CERTAIN if "done_a" in s))
    blind, told, exact = (
        near_the_limit(*advised, *settings)
        for settings in ((wide,), (wide, sure), ("underwriting.error_sd=0",))
    )
    assert sum(refused(blind)) > 10 and sum(refused(told)) == 0
    for one, other in ((told, exact), (near_the_limit(wide), near_the_limit(wide, sure))):
        assert asdict(simulate(one, 0, record=True)) == asdict(simulate(other, 0, record=True))
