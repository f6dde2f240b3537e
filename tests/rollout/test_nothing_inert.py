"""Nothing is inert: each parameter behind a claim of practice moves a named metric in a world where it bites.

Differences are paired, future by future, and must exceed three standard errors, on the side that theory says.
What a parameter is *worth* in the German sector is another matter: these worlds are made so that it bites.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

import pytest

from hybridsim.rollout import terms
from hybridsim.rollout.reference import simulate
from hybridsim.rollout.rules import solve_intercept
from hybridsim.rollout.tally import Outcome
from hybridsim.rollout.world import World
from hybridsim.scenario import load
from tests.support import claims
from tests.support.biting import ACTIVITIES, WORLDS
from tests.support.claims import LEVERS, ONE_EACH, SCARCE, WITHOUT_EFFECT, Row, activity_rows
from tests.support.paired import standard_errors
from tests.support.worlds import SCENARIOS, make_world

BASE = "care-germany.toml"
REPLICATIONS = 12


@cache
def futures(name: str, *settings: str, base: str = BASE) -> tuple[World, list[Outcome]]:
    rows, common = WORLDS[name]
    world = make_world(*common, *settings, rows=rows, base=base)
    return world, [simulate(world, replication) for replication in range(REPLICATIONS)]


@pytest.fixture(scope="module", autouse=True)
def quick_worlds() -> Iterator[None]:
    """Intercepts of the gate are solved once per base rate and spread, not once per world."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(terms, "solve_intercept", cache(solve_intercept))
        yield
    futures.cache_clear()


def assert_bites(errors: float, sign: int) -> None:
    assert abs(errors) > 3.0
    assert sign == 0 or errors * sign > 0.0


FAST = (
    *claims.ADOPTION,
    *claims.PREPARATION,
    *activity_rows("staff_involvement"),
    *claims.DECISION,
    *claims.PILOT,
    *claims.OPERATION,
    *claims.DESIGN,
)
SLOW = (
    *(row for name in ACTIVITIES if name != "staff_involvement" for row in activity_rows(name)),
    *claims.UNDERWRITING,
    *claims.USE_CASES,
    *claims.INSTRUMENTS,
)


@pytest.mark.parametrize(
    "row",
    [*FAST, *(pytest.param(row, marks=pytest.mark.slow) for row in SLOW)],
    ids=lambda row: row[0],
)
def test_a_parameter_moves_its_metric(row: Row):
    path, value, metric, sign, world = row
    assert_bites(standard_errors(metric, futures(world), futures(world, f"{path}={value}")), sign)


@pytest.mark.parametrize("row", SCARCE, ids=lambda row: row[0])
def test_how_long_one_serves_matters_where_there_is_only_one(row: Row):
    path, value, metric, sign, world = row
    after = futures(world, *ONE_EACH, f"{path}={value}")
    assert_bites(standard_errors(metric, futures(world, *ONE_EACH), after), sign)


@pytest.mark.slow
@pytest.mark.parametrize("name", LEVERS)
def test_a_lever_moves_its_metric(name: str):
    metric, sign, world, settings = LEVERS[name]
    after = futures(world, *settings, base=f"levers/{name}.toml")
    assert_bites(standard_errors(metric, futures(world, *settings), after), sign)


def test_every_lever_has_a_row():
    assert {file.stem for file in (SCENARIOS / "levers").glob("*.toml")} == set(LEVERS)


def test_every_parameter_behind_the_claims_has_a_row():
    tested = {row[0] for row in (*FAST, *SLOW, *SCARCE)}
    keys = {key for part in claims.PARTS for key in keys_of(load(SCENARIOS / BASE).model_dump()[part], part)}
    assert {key for key in keys - tested - set(WITHOUT_EFFECT) if not key.endswith("title")} == set()
    assert set(WITHOUT_EFFECT) <= keys


def keys_of(part: Mapping[str, object], path: str) -> Iterator[str]:
    """Key paths of all values below a part of a scenario."""
    for name, below in part.items():
        here = f"{path}.{name}"
        if isinstance(below, Mapping) and "value" not in below:
            yield from keys_of(below, here)
        else:
            yield here
