"""Random numbers belong to what is drawn: DESIGN section 4's list."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

from hybridsim.core.rng import entity_key
from hybridsim.rollout.events import Rank
from hybridsim.rollout.reference import simulate
from hybridsim.rollout.tally import Outcome
from hybridsim.rollout.world import World
from tests.support.worlds import NO_IMITATION, NOBODY_ADOPTS, happened, home, make_world, shared_world, totals

LIVELY = (
    "adoption.innovation_pa=0.1",
    "underwriting.minimum_ticket_eur=2000",
    "viability.mission_weight.non_profit=1",
)
UNLIMITED = tuple(
    f"instruments.{name}.decision.budget_pa_eur=1e9"
    for name in ("rueckenwind", "land_digital_grant", "foundation_grant")
)
OF_THE_WORLD = {Rank.YEAR_TURN, Rank.QUARTER_TURN, Rank.COMMITTEE}
"""Events that belong to no single institution."""


def carriers(count: int) -> list[dict[str, object]]:
    """Institutions that differ in size, risk and legal form."""
    forms = ("non_profit", "for_profit", "public")
    return [
        home(
            f"carrier {k}",
            sites=1 + k % 4,
            places=90 * (1 + k % 4),
            revenue_eur_pa=4.5e6 * (1 + k % 4),
            pd_pa=0.01 + 0.02 * (k % 3),
            legal_form=forms[k % 3],
            digital_budget_eur_pa=5_000 + 6_000 * (k % 7),
        )
        for k in range(count)
    ]


def diaries(world: World, outcome: Outcome) -> dict[str, list[tuple[float, int, int, int]]]:
    """Log lines by institution."""
    lines: dict[str, list[tuple[float, int, int, int]]] = {name: [] for name in world.ids}
    for time, rank, row, sub, amount in outcome.log:
        if rank not in OF_THE_WORLD:
            lines[world.ids[row]].append((time, rank, sub, amount))
    return lines


def test_designs_share_their_defaults_as_long_as_nobody_has_a_project():
    status_quo = shared_world(
        *NOBODY_ADOPTS, "population.size=300", "institution_types.nursing_home.pd_pa=0.1"
    )
    more = make_world(
        *NOBODY_ADOPTS,
        "population.size=300",
        "institution_types.nursing_home.pd_pa=0.1",
        base="s2-more-grants.toml",
    )
    for replication in range(3):
        seen = happened(simulate(status_quo, replication, record=True), Rank.DEFAULT)
        assert len(seen) > 20
        assert happened(simulate(more, replication, record=True), Rank.DEFAULT) == seen


def test_designs_share_the_moments_of_first_ideas():
    lively = (*LIVELY, *NO_IMITATION, "population.size=150")
    diary = {}
    for base in ("care-germany.toml", "s0-own-funds.toml", "s3-guarantee.toml"):
        world = shared_world(*lively, base=base)
        ideas = happened(simulate(world, 3, record=True), Rank.IDEA)
        diary[base] = [(time, row, sub) for time, row, sub, attempt in ideas if attempt == 0 and time < 12.0]
    assert len(diary["care-germany.toml"]) > 20
    assert diary["s0-own-funds.toml"] == diary["care-germany.toml"] == diary["s3-guarantee.toml"]


def test_a_stress_leaves_every_institutions_own_luck_alone():
    calm = shared_world(*NOBODY_ADOPTS, "population.size=400", "institution_types.nursing_home.pd_pa=0.05")
    crisis = make_world(
        *NOBODY_ADOPTS,
        "population.size=400",
        "institution_types.nursing_home.pd_pa=0.05",
        "stress.shift.economy=[-1.5]",
    )
    first_year = {
        name: {
            row for time, row, *_ in happened(simulate(world, 5, record=True), Rank.DEFAULT) if time < 12.0
        }
        for name, world in (("calm", calm), ("crisis", crisis))
    }
    # With the same uniforms a worse year adds defaults and saves nobody.
    assert first_year["calm"] < first_year["crisis"]


def test_other_institutions_leave_an_institutions_whole_story_alone():
    rows = carriers(24)
    settings = (*LIVELY, *NO_IMITATION, *UNLIMITED)
    whole = make_world(*settings, rows=rows)
    half = make_world(*settings, rows=rows[::2])
    for replication in (0, 4):
        told = diaries(whole, simulate(whole, replication, record=True))
        again = diaries(half, simulate(half, replication, record=True))
        assert sum(len(lines) for lines in again.values()) > 100
        for name, lines in again.items():
            assert lines == told[name], name


def test_the_order_of_rows_in_a_population_file_changes_nothing():
    rows = carriers(24)
    forwards, backwards = (make_world(*LIVELY, rows=order) for order in (rows, rows[::-1]))
    shuffled = make_world(*LIVELY, rows=sorted(rows, key=lambda row: entity_key(f"other {row['id']}")))
    told = simulate(forwards, 2, record=True)
    assert totals(told)["started"] > 5
    assert asdict(simulate(backwards, 2, record=True)) == asdict(told)
    assert asdict(simulate(shuffled, 2, record=True)) == asdict(told)


def test_a_replication_alone_is_the_same_as_in_a_batch_and_in_any_order():
    world = shared_world(*LIVELY, "population.size=60")
    upwards = [simulate(world, k) for k in range(5)]
    downwards = [simulate(world, k) for k in reversed(range(5))]
    assert [asdict(outcome) for outcome in upwards] == [asdict(outcome) for outcome in reversed(downwards)]
    assert asdict(simulate(world, 3)) == asdict(upwards[3])
    assert len({tuple(outcome.totals) for outcome in upwards}) == 5


def test_recording_changes_nothing_but_the_record():
    world = shared_world(*LIVELY, "population.size=60")
    silent, recorded = asdict(simulate(world, 1)), asdict(simulate(world, 1, record=True))
    assert recorded["log"] and recorded["entries"]
    assert silent["log"] == [] == silent["entries"]
    assert {name: silent[name] for name in silent if name not in ("log", "entries")} == {
        name: recorded[name] for name in recorded if name not in ("log", "entries")
    }


CHILD = """
import sys
from hybridsim.rollout.reference import simulate
from tests.support.worlds import make_world
world = make_world(*sys.argv[1:], "population.size=60")
outcome = simulate(world, 3)
print([outcome.totals, outcome.years, outcome.loans, outcome.reasons, sorted(outcome.institutions.items())])
"""


def test_another_process_with_another_hash_seed_tells_the_same_story():
    outcome = simulate(shared_world(*LIVELY, "population.size=60"), 3)
    here = [
        outcome.totals,
        outcome.years,
        outcome.loans,
        outcome.reasons,
        sorted(outcome.institutions.items()),
    ]
    root = Path(__file__).parents[2]
    child = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", CHILD, *LIVELY],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONHASHSEED": "4711"},
    )
    assert child.stdout.strip() == str(here)
