"""Both engines tell the same story, bit for bit: every shipped scenario, as it is and with all times tied."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import fields, is_dataclass
from pathlib import Path

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridsim.core.money import split_pro_rata
from hybridsim.rollout.kernel import exact, records
from hybridsim.rollout.kernel.engine import simulate as compiled
from hybridsim.rollout.platforms import PlatformTerms
from hybridsim.rollout.reference import simulate
from hybridsim.rollout.terms import InstrumentTerms, UseCaseTerms
from hybridsim.scenario.schema.process import Activity
from tests.rollout.test_random_scenarios import GUARANTEES, _rich
from tests.support.engines import assert_same_story
from tests.support.worlds import SCENARIOS, everywhere, home, make_world

ROOT = Path(__file__).parents[2]
SHIPPED = sorted(path.relative_to(SCENARIOS).as_posix() for path in SCENARIOS.rglob("*.toml"))
DESIGNS = [name for name in SHIPPED if not name.startswith("levers/")]


@pytest.mark.parametrize("scenario", DESIGNS)
@pytest.mark.parametrize("whole_months", ["false", "true"])
def test_a_shipped_design_is_the_same_in_both_engines(scenario: str, whole_months: str):
    world = make_world("population.size=60", f"run.whole_months={whole_months}", base=scenario)
    for replication in (0, 4711):
        assert_same_story(world, replication)


@pytest.mark.slow
@pytest.mark.parametrize("scenario", SHIPPED)
@pytest.mark.parametrize("whole_months", ["false", "true"])
def test_every_shipped_scenario_is_the_same_in_both_engines(scenario: str, whole_months: str):
    world = make_world("population.size=400", f"run.whole_months={whole_months}", base=scenario)
    for replication in (1, 2):
        assert_same_story(world, replication)


def test_a_block_is_what_its_replications_are_one_by_one():
    from hybridsim.study.blocks import pack, simulate_block

    world = make_world("population.size=40", "run.horizon_months=60")
    numbers = range(7, 13)
    block = simulate_block(compiled, world, 1, numbers)
    slow = pack([simulate(world, replication) for replication in numbers], world)
    for name in block.__slots__:
        np.testing.assert_array_equal(getattr(block, name), getattr(slow, name), err_msg=name)
        assert getattr(block, name).dtype == getattr(slow, name).dtype, name


def test_a_replication_that_outgrows_its_memory_is_told_again_with_more_room():
    # Ideas come back at once and never succeed, so that there are many more projects than institutions.
    world = make_world(
        "population.size=40",
        "adoption.innovation_pa=0.9",
        "adoption.max_attempts=16",
        "adoption.retry_pause.median_months=0.1",
        "viability.optimism=50",
        *everywhere(
            "use_cases.*.types.nursing_home.gate_probability",
            0.01,
            ("documentation", "rostering", "preventive_analytics", "assistance", "robotics"),
        ),
    )
    assert_same_story(world, 3)


def test_the_kernel_as_plain_python_tells_the_same_story():
    """What a debugger sees is what the compiler makes of it."""
    code = (
        "from tests.support.engines import assert_same_story\n"
        "from tests.support.worlds import make_world\n"
        "assert_same_story(make_world('population.size=8', base='s6-stage-gated-hybrid.toml'), 2)\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        cwd=ROOT,
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@numba.njit
def split(total, weights):
    return exact.split_pro_rata(total, weights)


@given(
    st.integers(0, 10**15),
    st.lists(st.integers(0, 10**14), min_size=1, max_size=6),
)
@settings(deadline=None)
def test_splits_are_exact_where_products_pass_64_bits(total: int, weights: list[int]):
    total = min(total, sum(weights))
    parts = split(total, np.array(weights, dtype=np.int64))
    assert parts.tolist() == split_pro_rata(total, weights)


def test_every_term_of_the_world_reaches_the_kernel():
    """A field that only the reference engine reads would be noticed late: in the first world that uses it."""
    names = {"index", "name", "title", "type"}
    for terms, record in (
        (InstrumentTerms, records.INSTRUMENT),
        (UseCaseTerms, records.USE_CASE),
        (PlatformTerms, records.PLATFORM),
        (Activity, records.ACTIVITY),
    ):
        known = {field.name for field in fields(terms)} if is_dataclass(terms) else set(terms.model_fields)
        assert known - names <= set(record.names), f"{terms.__name__}: add these to kernel/records.py"


def test_the_longest_horizon_fits():
    assert_same_story(make_world("population.size=20", "run.horizon_months=480"), 1)


@pytest.mark.parametrize("rubbish", [0x5A, 0xFF])
def test_what_an_earlier_future_left_in_memory_is_never_read(rubbish: int):
    world = make_world("population.size=60", "adoption.innovation_pa=0.3", base="s6-stage-gated-hybrid.toml")
    workspace = compiled._workspace(world)
    for name in (*records.ARENAS, "hopes", "touched"):
        workspace.arrays[name].view(np.uint8).fill(rubbish)
    assert_same_story(world, 5)
    assert compiled._workspace(world) is workspace


def test_rare_bounds_are_the_same_in_both_engines():
    """Caps that bind, terms that are nearly over, workouts that are too short."""
    world = make_world(
        *_rich(1),
        "population.size=60",
        *everywhere("instruments.*.cover.cap_rate", 0.02, GUARANTEES),
        *everywhere("instruments.*.cover.use", '"always"', GUARANTEES),
        "default_risk.workout.median_months=1",
        "default_risk.minimum_workout_months=3",
        *everywhere("institution_types.*.pd_pa", 0.04, ("nursing_home", "ambulatory", "hospital")),
        "instruments.impact_revenue_share.service.mode=revenue_share",
        "instruments.impact_revenue_share.service.term_months=15",
        *everywhere("instruments.*.service.grant_element_share", 0.5, ("iku148", "erp511", "erp512")),
        *everywhere("instruments.*.service.grant_element_cap_eur", 2_000, ("iku148", "erp511", "erp512")),
    )
    outcome = assert_same_story(world, 2)
    assert any(entry.memo == "payout bank_loan" for entry in outcome.entries)
    assert any(entry.memo == "grant element erp512" for entry in outcome.entries)


def test_applications_of_equal_institutions_are_ranked_the_same_in_both_engines():
    world = make_world(
        *_rich(1),
        'design.order=["foundation_grant","digital_europe","bank_loan"]',
        *everywhere("instruments.*.decision.budget_pa_eur", 200_000, ("digital_europe", "foundation_grant")),
        "adoption.innovation_pa=0.9",
        "run.whole_months=true",
        rows=[home(f"h{number:02d}") for number in range(40)],
    )
    assert_same_story(world, 2)
