"""One home, one use case, one project of which nothing is left to chance but the moment of the idea."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from hybridsim.rollout.events import Rank
from hybridsim.rollout.ledger import Entry
from hybridsim.rollout.reference import simulate
from hybridsim.rollout.tally import Outcome
from hybridsim.rollout.world import World
from tests.support.worlds import NO_FACTORS, happened, home, make_world, only, totals

HOME = "Haus Abendruh"
ACTIVITIES = (
    "goal_definition",
    "needs_analysis",
    "viability_analysis",
    "staff_involvement",
    "carrier_involvement",
)
AT = "use_cases.documentation.types.nursing_home"
CERTAIN = (
    *NO_FACTORS,
    *only("documentation"),
    "run.seed=3",
    "adoption.innovation_pa=0.5",
    "adoption.imitation_pa=0",
    "adoption.max_attempts=1",
    "use_cases.documentation.interest=1",
    "use_cases.documentation.life_years=12",
    f"{AT}.implementation.sigma=0",
    f"{AT}.implementation.median_months=4",
    f"{AT}.gate_probability=1",
    f"{AT}.sustain_probability=1",
    f"{AT}.freed_hours_per_place_year=20",
    "advice.share=0",
    "preparation.duration.sigma=0",
    *(f"preparation.activities.{name}.done_alone=1" for name in ACTIVITIES),
    "viability.mission_weight.non_profit=1",
    "implementation.overrun_median=1",
    "implementation.consent.median_months=0",
    "implementation.overrun_sigma=0",
    "implementation.overrun_tail_probability=0",
    "pilot.duration.sigma=0",
    "pilot.scope=0.5",
    "operation.realised_median=1",
    "operation.realised_sigma=0",
    "operation.payers_take=0",
    "operation.recognised_running_cost=1",
    "underwriting.minimum_ticket_eur=1000",
    "underwriting.file_cost_eur=0",
    "underwriting.error_sd=0",
    "underwriting.hurdle_pa=0",
    "design.retries=0",
    "design.patience_months=60",
)
"""Settings; the design's order comes on top (see `asked`)."""


def asked(*names: str) -> tuple[str, ...]:
    """Settings by which these instruments stand in the order, are found, say yes, and have the money."""
    quoted = ",".join(f'"{name}"' for name in names)
    settings = [f"design.order=[{quoted}]"]
    for name in names:
        at = f"instruments.{name}"
        settings += [
            f"{at}.found_alone=1", f"{at}.timing.lag.sigma=0", f"{at}.sizing.minimum_eur=0",
            f"{at}.eligibility.legal_forms=[]", f"{at}.eligibility.minimum_cost_eur=0",
            f"{at}.decision.probability=1", f"{at}.decision.budget_pa_eur=1e9",
        ]  # fmt: skip
    return tuple(settings)


def world_of(*settings: str, **changes: object) -> World:
    """World of one rich and safe home; ``settings`` come last, ``changes`` are of its row."""
    row: dict[str, Any] = home(HOME, pd_pa=0.0005, digital_budget_eur_pa=200_000, liquidity_days=200)
    row.update(changes)
    return make_world(*CERTAIN, *settings, rows=[row])


def future(world: World, rank: Rank = Rank.IDEA, defaults: int = 0) -> Outcome:
    """The first future, recorded, with an event of ``rank`` and this many defaults."""
    for replication in range(400):
        outcome = simulate(world, replication)
        if totals(outcome)["defaults"] == defaults and totals(outcome)["ideas"]:
            outcome = simulate(world, replication, record=True)
            if happened(outcome, rank) and happened(outcome, Rank.IDEA)[0][0] < 24.0:
                return outcome
    raise AssertionError("no such future")


def entries(outcome: Outcome, memo: str) -> list[Entry]:
    """Entries of the ledger with this memo."""
    return [entry for entry in outcome.entries if entry.memo == memo]


def paid(outcome: Outcome, memo: str) -> dict[float, int]:
    """Cents by month of all entries with this memo."""
    sums: dict[float, int] = defaultdict(int)
    for entry in entries(outcome, memo):
        sums[entry.time] += entry.cents
    return dict(sums)


def months_of(outcome: Outcome, rank: Rank) -> list[float]:
    """When events of one kind happened."""
    return [time for time, *_ in happened(outcome, rank)]
