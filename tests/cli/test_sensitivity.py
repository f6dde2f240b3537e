"""``hybridsim sensitivity``: text, JSON, page, refusals and exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hybridsim.cli import app
from hybridsim.core.errors import InvariantError
from hybridsim.study import points
from tests.study.test_sensitivity import BASE, linear

TINY = """
extends = "{base}"
name = "{name}"
title = "{title}"
[run]
horizon_months = 24
replications = 3
[population]
size = 6
"""
ONLY = ("--only", "operation.payers_take", "--only", "advice.share", "--metric", "institutions_started_share")


@pytest.fixture
def scenarios(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Two designs of a model with known answers."""
    monkeypatch.setattr("hybridsim.study.sensitivity.simulate_point", linear)
    monkeypatch.chdir(tmp_path)
    paths = []
    for name, title in (("one", "the one"), ("two", "the slow <b>")):
        path = tmp_path / f"{name}.toml"
        text = TINY.format(base=BASE.as_posix(), name=name, title=title)
        path.write_text(text, encoding="utf-8")
        paths.append(path)
    return paths


def call(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["sensitivity", *(str(argument) for argument in arguments), "-j", "1"])


def strict(text: str) -> dict:
    def refuse(name: str) -> object:
        raise AssertionError(name)

    return json.loads(text, parse_constant=refuse)


def test_spread_and_ranking_are_printed_stored_and_drawn(scenarios: list[Path]):
    result = call(*scenarios, *ONLY, "-d", 16)
    assert result.exit_code == 0, result.output
    for text in (
        "one, two: 2 unknowns, 16 draws of all of them; 3 replications each",
        "due to unknowns",
        "institutions that start, two less one",
        "+1.00 (+1.00 to +1.00)  operation.payers_take",
        "triangular between low and high",
        "of the sector: chance in the world is larger",
    ):
        assert text in result.stdout
    assert "advice.share (" not in result.stdout
    folder = Path("runs/sensitivity-one-20270101-3")
    assert {path.name for path in folder.iterdir()} == {
        "sensitivity.json", "sensitivity.html", "unknowns.parquet", "draws.parquet", "points.parquet",
        "spread.parquet", "ranking.parquet",
    }  # fmt: skip


def test_one_at_a_time_names_ends_and_what_changes_nothing(scenarios: list[Path]):
    result = call(scenarios[0], *ONLY, "--one-at-a-time", "-o", "study")
    assert result.exit_code == 0, result.output
    assert "operation.payers_take (0.3 to 0.7)" in result.stdout
    assert "1 unknowns change not one bit of these futures: advice.share" in result.stdout


def test_json_is_json_without_nan_and_nothing_else(scenarios: list[Path]):
    values = strict(call(*scenarios, *ONLY, "-d", 8, "-o", "study", "--json").stdout)
    assert [row["metric"] for row in values["spread"]] == ["institutions_started_share"] * 3
    assert values["seed"] == 20270101
    assert len(values["unknowns"]) == 2
    assert values["ranking"][0]["path"] == "operation.payers_take"
    alone = strict(call(scenarios[0], *ONLY, "--one-at-a-time", "-o", "alone", "--json").stdout)
    assert alone["inert"] == ["advice.share"]
    assert {row["path"] for row in alone["one_at_a_time"]} == {"operation.payers_take", "advice.share"}


def test_a_finished_study_is_replaced_only_with_force(scenarios: list[Path]):
    assert call(scenarios[0], *ONLY, "-d", 4, "-o", "study").exit_code == 0
    refused = call(scenarios[0], *ONLY, "-d", 4, "-o", "study")
    assert refused.exit_code == 2 and "--force" in refused.stderr
    assert call(scenarios[0], *ONLY, "-d", 4, "-o", "study", "--force").exit_code == 0


def test_failed_runs_end_with_1_and_are_named(scenarios: list[Path], monkeypatch: pytest.MonkeyPatch):
    def failing(resolved):
        if resolved.scenario.operation.payers_take.value > 0.6:
            raise InvariantError("sources are not uses\nin replication 1 of seed 5")
        return linear(resolved)

    monkeypatch.setattr("hybridsim.study.sensitivity.simulate_point", failing)
    result = call(scenarios[0], *ONLY, "-d", 16, "-o", "study")
    assert result.exit_code == 1
    assert "failed: one, point" in result.stderr and "in replication 1 of seed 5" in result.stderr
    assert "runs failed and are left out" in result.stdout


def test_a_page_that_cannot_be_written_ends_with_1(scenarios: list[Path], monkeypatch: pytest.MonkeyPatch):
    def fail(*_: object) -> None:
        raise ValueError("no ink")

    monkeypatch.setattr("hybridsim.report.page_sensitivity.write_sensitivity_page", fail)
    result = call(scenarios[0], *ONLY, "-d", 4, "-o", "study")
    assert result.exit_code == 1 and "its page could not be written: ValueError: no ink" in result.stderr
    assert Path("study/sensitivity.json").is_file()


def test_a_full_disk_ends_with_4_and_an_interruption_with_130(
    scenarios: list[Path], monkeypatch: pytest.MonkeyPatch
):
    def full(path: Path, answer: object) -> None:
        raise OSError(28, "No space left on device")

    def interrupt(path: Path, answer: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(points, "write_answer", full)
    assert call(scenarios[0], *ONLY, "-d", 4, "-o", "study").exit_code == 4
    monkeypatch.setattr(points, "write_answer", interrupt)
    assert call(scenarios[0], *ONLY, "-d", 4, "-o", "study").exit_code == 130
    monkeypatch.undo()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "Missing argument"),
        (("one.toml", "-d", "3"), "-d"),
        (("one.toml", "-n", "1"), "-n"),
        (("one.toml", "--only", "nothing"), "fits no figure"),
        (("one.toml", "--metric", "nothing"), "is not a mean over the whole world"),
        (("missing.toml",), "missing.toml"),
    ],
)
def test_wrong_use_ends_with_2(scenarios: list[Path], arguments: tuple[str, ...], message: str):
    result = call(*arguments)
    assert result.exit_code == 2
    assert message in result.stderr


@pytest.mark.slow
def test_the_real_engine_through_the_command(tmp_path: Path):
    path = tmp_path / "tiny.toml"
    path.write_text(TINY.format(base=BASE.as_posix(), name="tiny", title="tiny"), encoding="utf-8")
    result = call(path, "--only", "operation.*", "-d", 8, "-o", tmp_path / "study")
    assert result.exit_code == 0, result.output
    assert "institutions that start" in result.stdout
