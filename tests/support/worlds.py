"""Small worlds for the engine's tests: the shipped scenario with settings, and hand-made institutions."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hybridsim.rollout import layout
from hybridsim.rollout.events import Rank
from hybridsim.rollout.tally import Outcome
from hybridsim.rollout.world import World, build_world
from hybridsim.scenario import build, load

SCENARIOS = Path(__file__).parents[2] / "scenarios"
USE_CASES = ("documentation", "rostering", "preventive_analytics", "assistance", "robotics")

NOBODY_ADOPTS = ("adoption.innovation_pa=0", "adoption.imitation_pa=0")
NO_IMITATION = ("adoption.imitation_pa=0", "pilot.peer_slope=0")
"""What peers do is not seen: neither in ideas nor at the gate."""
NO_FACTORS = (
    "factors.transition=[[0,0,0,0],[0,0,0,0],[0,0,0,0],[0,0,0,0]]",
    "factors.correlation=[[1,0,0,0],[0,1,0,0],[0,0,1,0],[0,0,0,1]]",
)
"""Four independent factors without memory."""

Row = Mapping[str, Any]


def home(name: str, **changes: object) -> dict[str, object]:
    """A nursing home with 90 places at one site."""
    row: dict[str, object] = {
        "id": name,
        "type": "nursing_home",
        "land": "NW",
        "legal_form": "non_profit",
        "sites": 1,
        "places": 90,
        "revenue_eur_pa": 4_500_000,
        "ebitda_margin": 0.06,
        "debt_eur": 1_000_000,
        "debt_service_eur_pa": 90_000,
        "collateral_eur": 600_000,
        "liquidity_days": 45,
        "credit_line_eur": 120_000,
        "pd_pa": 0.01,
        "readiness": 0.4,
        "digital_budget_eur_pa": 20_000,
    }
    row.update(changes)
    return row


def make_world(*settings: str, rows: Sequence[Row] | None = None, base: str = "care-germany.toml") -> World:
    """World of a shipped scenario with settings laid over it; ``rows`` replace its population."""
    if rows is None:
        scenario = load(SCENARIOS / base, settings)
        return build_world(scenario, build(scenario))
    with TemporaryDirectory() as folder:
        with (Path(folder) / "population.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        scenario = load(SCENARIOS / base, (*settings, 'population.file="population.csv"'))
        return build_world(scenario, build(scenario, folder))


@lru_cache(maxsize=8)
def shared_world(*settings: str, base: str = "care-germany.toml") -> World:
    """A synthesised world that several tests look at."""
    return make_world(*settings, base=base)


def only(use_case: str) -> tuple[str, ...]:
    """Settings that leave one use case, which nobody has at the start."""
    return (
        "platforms.data_platform.share=0",
        f"use_cases.{use_case}.initial_share=0",
        *(f"use_cases.{name}.interest=0" for name in USE_CASES if name != use_case),
    )


def everywhere(path: str, value: object, names: Sequence[str]) -> tuple[str, ...]:
    """The same value for several tables: ``path`` has a ``*`` where the names go."""
    return tuple(f"{path.replace('*', name)}={value}" for name in names)


def totals(outcome: Outcome) -> dict[str, int]:
    """Totals of a replication by name."""
    return dict(zip((column.name for column in layout.REPLICATION), outcome.totals, strict=True))


def by_year(outcome: Outcome, name: str) -> list[int]:
    """One column of the table by year."""
    position = [column.name for column in layout.YEAR].index(name)
    return [year[position] for year in outcome.years]


def by_instrument(world: World, outcome: Outcome, instrument: str) -> dict[str, int]:
    """Counts of one instrument by name."""
    row = outcome.instruments[world.instrument_names.index(instrument)]
    return dict(zip((column.name for column in layout.INSTRUMENT), row, strict=True))


def loans(world: World, outcome: Outcome) -> list[dict[str, Any]]:
    """Loans by the names of their columns, with names instead of indices."""
    columns = [column.name for column in layout.LOAN[1:]]
    table = []
    for row in outcome.loans:
        loan: dict[str, Any] = dict(zip(columns, row, strict=True))
        loan["institution"] = world.ids[loan["institution"]]
        loan["instrument"] = world.instrument_names[loan["instrument"]]
        loan["use_case"] = world.use_case_names[loan["use_case"]]
        table.append(loan)
    return table


def happened(outcome: Outcome, rank: Rank) -> list[tuple[float, int, int, int]]:
    """Log lines of one kind: time, row, sub-index, amount."""
    return [(time, row, sub, amount) for time, kind, row, sub, amount in outcome.log if kind == rank]
