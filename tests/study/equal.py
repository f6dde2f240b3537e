"""Designs whose cost is known in closed form, and an engine that has it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from hybridsim.rollout import layout
from tests.study.fake import Outcome

BASE = Path(__file__).parents[2] / "scenarios" / "care-germany.toml"
PLACE = [column.name for column in layout.REPLICATION].index("fiscal_pv_cents")
HEAD = """
extends = "{base}"
name = "{name}"
run = {{ horizon_months = 24, replications = 3, seed = 5 }}
population.size = 10
"""
KNOBS = {
    "base": "",
    # 1000 + 4000 x euros for each of the ten institutions
    "linear": 'advice.share = 0.9\n[design.knob]\npath = "advice.share"\nlow = 0\nhigh = 1\n',
    # 900 euros below a scope of 0.6173, 5000 from there on
    "jump": '[design.knob]\npath = "pilot.scope"\nlow = 0\nhigh = 1\ntitle = "scope"\n',
    "weak": '[design.knob]\npath = "viability.minimum_dscr"\nlow = 1\nhigh = 2\n',
}


def write(folder: Path) -> dict[str, Path]:
    """One scenario file per knob."""
    files = {}
    for name, knob in KNOBS.items():
        files[name] = folder / f"{name}.toml"
        files[name].write_text(HEAD.format(base=BASE.as_posix(), name=name) + knob, encoding="utf-8")
    return files


class Engine:
    """Cost per institution as above, with noise of the replication; counts what it simulates."""

    def __init__(self) -> None:
        self.simulated: list[tuple[str, int]] = []
        self.fail_after: int | None = None

    def __call__(self, world, replication: int) -> Outcome:
        if self.fail_after is not None and len(self.simulated) >= self.fail_after:
            raise KeyboardInterrupt
        scenario = world.scenario
        self.simulated.append((scenario.name, replication))
        noise = (0.0, 300.0, -300.0)[replication % 3]
        euros = {
            "base": 1_400.0,
            "linear": 1_000.0 + 4_000.0 * scenario.advice.share.value,
            "jump": 900.0 if scenario.pilot.scope.value < 0.6173 else 5_000.0,
            "weak": 1_500.0 + scenario.viability.minimum_dscr.value,
        }[scenario.name]
        totals = [0] * len(layout.REPLICATION)
        # Noise common to all designs, and a tenth as much of the design's own.
        own = 1.1 if scenario.name == "linear" else 1.0
        totals[PLACE] = round(100 * world.n * (euros + own * noise))
        return Outcome(
            replication,
            totals,
            [[0 for _ in layout.YEAR] for _ in range(world.years)],
            [[0 for _ in layout.INSTRUMENT] for _ in world.instrument_names],
            [[0 for _ in layout.ANSWERS] for _ in world.instrument_names],
            [0 for _ in layout.REASONS],
            {},
            [],
            [[0 for _ in layout.COHORT] for _ in range(world.years)],
            [],
        )


def install(monkeypatch: pytest.MonkeyPatch) -> Engine:
    """Put the engine in the place of the real one, and a world that is quick to build."""
    engine = Engine()
    monkeypatch.setattr("hybridsim.study.evaluations.engine_named", lambda name: engine)
    monkeypatch.setattr("hybridsim.rollout.world.build_world", _world)
    return engine


def _world(scenario, people) -> SimpleNamespace:
    return SimpleNamespace(
        scenario=scenario,
        population=people,
        n=len(people.ids),
        ids=list(people.ids),
        instrument_names=list(scenario.instruments),
        use_case_names=list(scenario.use_cases),
        years=scenario.run.horizon_months // 12,
        notes=["a note of the world"],
        supported=[True for _ in people.ids],
    )
