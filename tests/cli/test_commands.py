"""The commands on a small real scenario: what they print, and their exit codes."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hybridsim.cli import app

SMALL = """
extends = "{base}"
name = "small"
[run]
horizon_months = 24
replications = 3
[population]
size = 9
"""
BASE = Path(__file__).parents[2] / "scenarios" / "care-germany.toml"


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("scenario") / "small.toml"
    path.write_text(SMALL.format(base=BASE.as_posix()), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def stored(scenario: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("stored") / "run"
    result = call("run", scenario, "-j", 1, "-o", out)
    assert result.exit_code == 0, result.output
    return out


def call(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def strict(text: str) -> object:
    def refuse(name: str) -> object:
        raise AssertionError(name)

    return json.loads(text, parse_constant=refuse)


def test_run_prints_figures_with_intervals_and_where_the_report_is(scenario: Path, tmp_path: Path):
    result = call("run", scenario, "-n", 2, "-j", 1, "-s", 5, "-o", tmp_path / "run")
    assert result.exit_code == 0, result.output
    for text in ("Risk", "Impact", "Scaling", "Public cost", "95 % interval", "9 institutions, 2 years"):
        assert text in result.stdout
    assert "2 replications, seed 5" in result.stdout
    assert f"{tmp_path / 'run' / 'report.html'}" in result.stdout
    assert (tmp_path / "run" / "report.html").stat().st_size > 1_000
    assert "value at risk" in result.stdout.split("Note:", 1)[1]


def test_run_goes_to_the_default_folder(scenario: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    result = call("run", scenario, "-n", 1, "-j", 1, "-s", 5)
    assert result.exit_code == 0, result.output
    assert (tmp_path / "runs" / "small-5-1" / "manifest.json").is_file()


def test_run_as_json_prints_json_and_nothing_else(scenario: Path, tmp_path: Path):
    result = call("run", scenario, "-n", 2, "-j", 1, "-o", tmp_path / "run", "--json")
    assert result.exit_code == 0
    values = strict(result.stdout)
    assert isinstance(values, dict)
    assert values["replications"] == 2
    assert {row["metric"] for row in values["metrics"]} >= {"expected_loss_eur", "sroi", "fiscal_cost_eur"}
    stored = json.loads((tmp_path / "run" / "metrics.json").read_text(encoding="utf-8"))
    assert values["metrics"] == stored


def test_a_finished_run_is_replaced_only_with_force(scenario: Path, stored: Path):
    refused = call("run", scenario, "-j", 1, "-o", stored)
    assert refused.exit_code == 2
    assert "--force" in refused.stderr
    before = json.loads((stored / "manifest.json").read_text(encoding="utf-8"))["digest"]
    forced = call("run", scenario, "-j", 1, "-o", stored, "--force", "--json")
    assert forced.exit_code == 0
    assert json.loads(forced.stdout)["digest"] == before


def test_check_says_what_would_be_simulated(scenario: Path):
    result = call("check", scenario, "--set", "population.size=12")
    assert result.exit_code == 0
    assert "valid" in result.stdout
    assert "12 with" in result.stdout
    assert "3 of 2 years" in result.stdout
    values = strict(call("check", scenario, "--json").stdout)
    assert isinstance(values, dict)
    assert values["population"]["institutions"] == 9
    assert values["knob"] is None


def test_check_names_the_knob_of_a_design():
    result = call("check", BASE.parent / "s4-concessional-advice.toml", "--set", "population.size=9")
    knob = "projects with an adviser: advice.share, queues.advisers.servers from 0 to 1, now 0.5"
    assert f"knob          {knob}" in result.stdout


def test_schema_is_json_and_can_be_written(tmp_path: Path):
    printed = call("schema")
    assert printed.exit_code == 0
    assert isinstance(strict(printed.stdout), dict)
    written = call("schema", "-o", tmp_path / "schema.json")
    assert written.exit_code == 0
    assert (tmp_path / "schema.json").read_text(encoding="utf-8") == printed.stdout


def test_report_writes_the_file_it_names(stored: Path, tmp_path: Path):
    result = call("report", stored, "-o", tmp_path / "r.html")
    assert result.exit_code == 0, result.output
    assert result.stdout.strip() == str(tmp_path / "r.html")
    assert (tmp_path / "r.html").is_file()


def test_version_and_help():
    assert call("--version").stdout.startswith("hybridsim ")
    for command in ("run", "check", "schema", "report"):
        result = call(command, "--help")
        assert result.exit_code == 0
        assert "Usage" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("run", "missing.toml"), "missing.toml"),
        (("run", "{scenario}", "-n", "0"), "-n"),
        (("run", "{scenario}", "-s", "-1"), "-s"),
        (("run", "{scenario}", "-j", "0"), "-j"),
        (("run", "{scenario}", "-j", "5000"), "between 1 and"),
        (("run", "{scenario}", "--engine", "other"), "engine"),
        (("run", "{scenario}", "--set", "population.sise=3"), "did you mean 'size'?"),
        (("run", "{scenario}", "--colour"), "No such option"),
        (("check", "{scenario}", "--set", "run.horizon_months=13"), "whole number of years"),
        (("report", "nowhere"), "no such folder"),
        (("schema", "-o", "no/such/folder/s.json"), "check the path"),
        (("fly",), "No such command"),
        ((), "Usage"),
    ],
)
def test_wrong_input_ends_with_2_and_says_where(arguments: tuple[str, ...], message: str, scenario: Path):
    result = call(*(argument.format(scenario=scenario) for argument in arguments))
    assert result.exit_code == 2, result.output
    assert message in result.stderr
    assert "Traceback" not in result.output


def test_broken_data_ends_with_3(stored: Path, tmp_path: Path):
    import shutil

    broken = Path(shutil.copytree(stored, tmp_path / "broken"))
    (broken / "years.parquet").write_bytes(b"PAR1")
    result = call("report", broken)
    assert result.exit_code == 3
    assert "years.parquet: damaged" in result.stderr
    assert call("report", tmp_path).exit_code == 3


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (MemoryError(), 4, "out of memory"),
        (OSError(28, "No space left on device"), 4, "no space left"),
        (PermissionError(13, "Permission denied"), 2, "cannot be written"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (ValueError("surprise"), 5, "not your fault: ValueError: surprise"),
    ],
)
def test_every_kind_of_failure_has_its_exit_code(
    scenario: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: BaseException,
    code: int,
    message: str,
):
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr("hybridsim.study.run.assemble", fail)
    result = call("run", scenario, "-n", 1, "-j", 1, "-o", tmp_path / "run")
    assert result.exit_code == code
    assert message in result.stderr
    assert "Traceback" not in result.output


def test_a_broken_rule_of_the_model_ends_with_5_and_says_how_to_replay(
    scenario: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    from hybridsim.core.errors import InvariantError

    def broken(world: object, replication: int) -> None:
        raise InvariantError("sources are not uses")

    monkeypatch.setattr("hybridsim.study.run.engine_named", lambda name: broken)
    result = call("run", scenario, "-j", 1, "-s", 5, "-o", tmp_path / "run")
    assert result.exit_code == 5
    assert "sources are not uses" in result.stderr
    assert "replication 0 of seed 5" in result.stderr
    assert not (tmp_path / "run").exists()


def test_the_traceback_is_shown_only_when_asked_for(
    scenario: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def fail(*_: object) -> None:
        raise ValueError("surprise")

    monkeypatch.setattr("hybridsim.study.run.assemble", fail)
    monkeypatch.setenv("HYBRIDSIM_DEBUG", "1")
    result = call("run", scenario, "-n", 1, "-j", 1, "-o", tmp_path / "run")
    assert result.exit_code == 5
    assert "Traceback" in result.stderr


def test_a_run_whose_report_fails_is_stored_and_ends_with_1(
    scenario: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def fail(*_: object) -> None:
        raise ValueError("no ink")

    monkeypatch.setattr("hybridsim.report.write_report", fail)
    result = call("run", scenario, "-n", 1, "-j", 1, "-o", tmp_path / "run")
    assert result.exit_code == 1
    assert "its report could not be written: ValueError: no ink" in result.stderr
    assert (tmp_path / "run" / "manifest.json").is_file()
