"""The page about adding a programme: its example works, and does what the page says."""

from __future__ import annotations

import re
from pathlib import Path
from shutil import copy

import pytest

from hybridsim.rollout.reference import simulate
from hybridsim.rollout.tally import Outcome
from hybridsim.rollout.world import World, build_world
from hybridsim.scenario import build, load, resolve
from hybridsim.scenario.schema.instruments import DebtService, Instrument
from tests.scenario.conftest import SHIPPED
from tests.support.worlds import by_instrument, totals

PAGE = Path(__file__).parents[2] / "docs" / "adding-a-programme.md"
LIVELY = ("population.size=400", "adoption.innovation_pa=0.2", "default_risk.estate_headroom=0")


@pytest.fixture(scope="module")
def example(tmp_path_factory) -> Path:
    """The page's example, in a folder with the scenario that it extends."""
    blocks = re.findall(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 1
    folder = tmp_path_factory.mktemp("guide")
    copy(SHIPPED / "care-germany.toml", folder)
    file = folder / "my-land.toml"
    file.write_text(blocks[0], encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def futures(example) -> tuple[World, list[Outcome]]:
    scenario = load(example, LIVELY)
    world = build_world(scenario, build(scenario))
    return world, [simulate(world, replication, record=True) for replication in range(4)]


def test_the_example_is_valid_without_a_warning(example):
    resolved = resolve(example)
    assert resolved.warnings == ()
    figure = resolved.scenario.instruments["our_land"].found_alone
    assert (figure.low, figure.high, figure.evidence) == (0.2, 0.6, "assumption")
    assert "our guess" in figure.source
    assert resolved.scenario.instruments["our_land"].sizing.share_of_cost.source == "set in my-land.toml"


def test_the_new_programme_pays_only_whom_it_names(futures):
    world, outcomes = futures
    paid = [entry for outcome in outcomes for entry in outcome.entries if entry.memo == "grant our_land"]
    assert len(paid) > 20
    rows = {name: row for row, name in enumerate(world.ids)}
    population = world.population
    assert {int(population.land[rows[entry.receiver]]) for entry in paid} <= {6, 9}
    assert {int(population.type[rows[entry.receiver]]) for entry in paid} <= {0, 1}
    assert max(entry.cents for entry in paid) <= 60_000_00
    assert sum(by_instrument(world, outcome, "our_land")["fiscal_pv_cents"] for outcome in outcomes) > 0


def test_the_budget_is_scaled_to_the_sample_and_kept(futures):
    world, outcomes = futures
    yearly = 3_000_000_00 * world.population.sample_fraction
    for outcome in outcomes:
        assert by_instrument(world, outcome, "our_land")["granted_cents"] <= 10 * yearly


def test_what_no_design_asks_changes_nothing(example):
    plain = load(SHIPPED / "care-germany.toml", LIVELY)
    order = "design.order=[" + ",".join(f'"{name}"' for name in plain.design.order) + "]"
    unasked = load(example, (*LIVELY, order))
    one, other = (simulate(build_world(scenario, build(scenario)), 0) for scenario in (plain, unasked))
    assert totals(one) == totals(other)


def test_the_page_names_every_kind_and_every_way_of_repaying():
    text = PAGE.read_text(encoding="utf-8")
    kinds = Instrument.model_fields["kind"].annotation.__args__
    modes = [mode for mode in DebtService.model_fields["mode"].annotation.__args__ if mode != "none"]
    assert [word for word in (*kinds, *modes) if f"`{word}`" not in text and f'"{word}"' not in text] == []
