"""A small world and an engine without a model: keyed noise in the shape that engines hand out."""

from __future__ import annotations

import os
import random
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from hybridsim.core.errors import InvariantError
from hybridsim.rollout import layout
from hybridsim.study.plan import Plan


@dataclass(frozen=True)
class People:
    type: np.ndarray
    land: np.ndarray
    legal_form: np.ndarray
    sites: np.ndarray
    revenue_eur_pa: np.ndarray
    pd_pa: np.ndarray
    sample_fraction: float


@dataclass(frozen=True)
class World:
    n: int
    ids: list[str]
    population: People
    instrument_names: list[str]
    use_case_names: list[str]
    years: int
    notes: list[str]
    seed: int
    options: dict[str, Any] = field(default_factory=dict)
    supported: list[bool] = field(default_factory=list)


@dataclass
class Outcome:
    replication: int
    totals: list[int]
    years: list[list[int]]
    instruments: list[list[int]]
    answers: list[list[int]]
    reasons: list[int]
    institutions: dict[int, list[int]]
    loans: list[tuple[float, ...]]
    cohorts: list[list[int]]
    starts: list[tuple[float, ...]]
    balances: list[list[float]] = field(default_factory=list)
    ratings: list[list[float]] = field(default_factory=list)


def world(n: int = 12, years: int = 3, seed: int = 7, sample_fraction: float = 0.5, **options: Any) -> World:
    noise = random.Random(1)
    people = People(
        type=np.array([row % 3 for row in range(n)]),
        land=np.array([row % 16 for row in range(n)]),
        legal_form=np.array([row % 3 for row in range(n)]),
        sites=np.array([1 + row % 2 * 3 for row in range(n)]),
        revenue_eur_pa=np.array([1e6 * (1 + noise.random()) for _ in range(n)]),
        pd_pa=np.array([0.005 + 0.01 * noise.random() for _ in range(n)]),
        sample_fraction=sample_fraction,
    )
    return World(
        n,
        [f"träger-{row:03d}" for row in range(n)],
        people,
        ["bank", "grant", "cover"],
        ["documentation", "rostering"],
        years,
        ["grant: a tiny budget"],
        seed,
        options,
        [row % 5 > 0 for row in range(n)],
    )


def plan(replications: int = 40, seed: int = 7, name: str = "fake", **options: Any) -> Plan:
    return Plan(
        world=world(seed=seed, **options),  # type: ignore[arg-type]
        scenario={"name": name, "title": f"A {name} scenario", "run": {"seed": seed}},
        scenario_hash="0" * 64,
        name=name,
        seed=seed,
        replications=replications,
        engine="simpy",
        files={"fake.toml": "1" * 64},
        assumptions=({"path": "a.b", "value": 1.0, "unit": "EUR", "source": "x", "evidence": "assumption"},),
        notes=("a warning",),
    )


def simulate(world: World, replication: int) -> Outcome:
    """Noise that depends on seed and replication only; options of the world make it misbehave."""
    _misbehave(world, replication)
    noise = random.Random(world.seed * 1_000_003 + replication)
    totals = {column.name: noise.randrange(1, 1000) for column in layout.REPLICATION}
    totals["loss_cents"] = int(noise.paretovariate(2.0) * 100_000) if noise.random() < 0.6 else 0
    totals["fiscal_fees_pv_cents"] = -totals["fiscal_fees_pv_cents"]
    return Outcome(
        replication,
        list(totals.values()),
        [[noise.randrange(100) for _ in layout.YEAR] for _ in range(world.years)],
        [[noise.randrange(100) for _ in layout.INSTRUMENT] for _ in world.instrument_names],
        [[noise.randrange(5) for _ in layout.ANSWERS] for _ in world.instrument_names],
        [noise.randrange(5) for _ in layout.REASONS],
        {
            row: [noise.randrange(50) for _ in layout.INSTITUTION]
            for row in range(world.n)
            if noise.random() < 0.4
        },
        [_loan(noise, world) for _ in range(noise.randrange(4))],
        [_cohort(noise, year, world.years) for year in range(world.years)],
        [(noise.randrange(world.n), 0, 30.0 * noise.random(), 1) for _ in range(noise.randrange(2))],
    )


def simulate_nothing(world: World, replication: int) -> Outcome:
    """A world in which nothing ever happens."""
    return Outcome(
        replication,
        [0 for _ in layout.REPLICATION],
        [[0 for _ in layout.YEAR] for _ in range(world.years)],
        [[0 for _ in layout.INSTRUMENT] for _ in world.instrument_names],
        [[0 for _ in layout.ANSWERS] for _ in world.instrument_names],
        [0 for _ in layout.REASONS],
        {},
        [],
        [[int(year < world.years - 1), *(0 for _ in layout.COHORT[1:])] for year in range(world.years)],
        [],
    )


def simulate_rare_loss(world: World, replication: int) -> Outcome:
    """One replication in forty loses; the others lose nothing."""
    outcome = simulate(world, replication)
    loss = [column.name for column in layout.REPLICATION].index("loss_cents")
    outcome.totals[loss] = 1_000_000 if replication % 40 == 0 else 0
    return outcome


def _cohort(noise: random.Random, year: int, years: int) -> list[int]:
    """All cohorts but the last are complete."""
    return [int(year < years - 1), *(noise.randrange(1, 100) for _ in layout.COHORT[1:])]


def _loan(noise: random.Random, world: World) -> tuple[float, ...]:
    values: dict[str, float] = {column.name: noise.randrange(100) for column in layout.LOAN[1:]}
    values["institution"] = noise.randrange(world.n)
    values["use_case"] = noise.randrange(2)
    values["instrument"] = 0
    values["guarantee"] = noise.choice([-1, 2])
    values["rate_pa"] = noise.random() / 10
    values["default_month"] = -1.0
    return tuple(values.values())


def _misbehave(world: World, replication: int) -> None:
    options = world.options
    counter = options.get("count")
    if counter:
        with Path(counter).open("a", encoding="utf-8") as file:
            file.write(f"{replication}\n")
    if replication >= options.get("stuck_from", replication + 1):
        time.sleep(30.0)
    if options.get("broken") == replication:
        raise InvariantError("sources 100 do not equal uses 99 in project x")
    if options.get("bug") == replication:
        raise ZeroDivisionError("division by zero")
    if options.get("memory") == replication:
        raise MemoryError
    if options.get("die") == replication:
        os._exit(9)
    if options.get("interrupt") == replication:
        raise KeyboardInterrupt


def with_options(before: Plan, **options: Any) -> Plan:
    """The same plan with an engine that behaves otherwise; options are no inputs, so the identity stays."""
    return replace(before, world=replace(before.world, options=options))  # type: ignore[type-var]
