"""One institution through one future, told from a stored run."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from hybridsim.cli import app
from hybridsim.core.errors import DataError, InputError
from hybridsim.rollout.reference import simulate
from hybridsim.rollout.world import build_world
from hybridsim.scenario import build, resolve
from hybridsim.study.run import run
from hybridsim.study.store import StoredRun, load_run
from hybridsim.study.trace import TraceLine, trace_run

SCENARIO = Path(__file__).parents[2] / "scenarios" / "care-germany.toml"
SETTINGS = ("population.size=60", "run.horizon_months=60", "run.replications=3", "adoption.innovation_pa=0.3")


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> StoredRun:
    folder = tmp_path_factory.mktemp("trace") / "run"
    run(resolve(SCENARIO, SETTINGS), out=folder)
    return load_run(folder)


@pytest.fixture(scope="module")
def busiest(stored: StoredRun) -> str:
    """The institution that started most projects."""
    frame = stored.institutions
    return str(frame.loc[frame["started"].idxmax(), "id"])


@pytest.fixture(scope="module")
def lines(stored: StoredRun, busiest: str) -> list[TraceLine]:
    return trace_run(stored, 1, busiest)


def test_the_money_of_a_trace_is_the_change_of_the_institutions_cash(lines, busiest):
    resolved = resolve(SCENARIO, SETTINGS)
    world = build_world(resolved.scenario, build(resolved.scenario))
    outcome = simulate(world, 1, True)
    received = sum(entry.cents for entry in outcome.entries if entry.receiver == busiest)
    paid = sum(entry.cents for entry in outcome.entries if entry.giver == busiest)
    assert sum(line.cents for line in lines if line.cents is not None) == received - paid
    assert received and paid


def test_lines_come_in_order_of_time_and_name_calendar_months(lines):
    months = [line.month for line in lines]
    assert months == sorted(months)
    for line in lines:
        year, month = divmod(int(line.month), 12)
        assert line.date == f"{2027 + year}-{month + 1:02d}"


def test_a_project_is_told_from_its_idea_to_its_first_answer(lines):
    told = [line.text for line in lines if line.kind == "event"]
    name = next(text.split(":")[0] for text in told if "takes up the idea" in text)
    story = [text for text in told if text.startswith(name)]
    assert "takes up the idea" in story[0]
    assert "plan is ready" in story[1]


def test_an_unknown_institution_or_replication_is_refused(stored, busiest):
    with pytest.raises(InputError, match=r"institution\(='nobody'\) is not in this run"):
        trace_run(stored, 0, "nobody")
    with pytest.raises(InputError, match=r"replication\(=3\) must be from 0 to 2"):
        trace_run(stored, 3, busiest)


def test_a_population_file_that_was_changed_since_the_run_is_refused(tmp_path):
    people = tmp_path / "people.csv"
    people.write_text("id,type,land,legal_form,sites,places\na,hospital,NW,public,1,300\n", encoding="utf-8")
    scenario = tmp_path / "own.toml"
    scenario.write_text(
        f'extends = "{SCENARIO.as_posix()}"\n[run]\nhorizon_months = 12\nreplications = 1\n'
        '[population]\nfile = "people.csv"\n',
        encoding="utf-8",
    )
    run(resolve(scenario), out=tmp_path / "run")
    stored = load_run(tmp_path / "run")
    assert isinstance(trace_run(stored, 0, "a", tmp_path), list)
    people.write_text("id,type,land,legal_form,sites,places\na,hospital,NW,public,1,400\n", encoding="utf-8")
    with pytest.raises(DataError, match="not the population file of this run"):
        trace_run(stored, 0, "a", tmp_path)


def test_the_command_prints_lines_and_json(stored, busiest):
    shown = CliRunner().invoke(app, ["trace", str(stored.folder), "-r", "1", "-i", busiest])
    assert shown.exit_code == 0
    assert "takes up the idea" in shown.output
    refused = CliRunner().invoke(app, ["trace", str(stored.folder), "-i", "nobody"])
    assert refused.exit_code == 2
