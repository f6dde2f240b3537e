"""``hybridsim equalise``: the table, JSON, exit codes and going on."""

from __future__ import annotations

import json
import re

import pytest
from click.testing import CliRunner

from hybridsim.cli import app
from tests.study import equal


@pytest.fixture
def engine(monkeypatch):
    return equal.install(monkeypatch)


@pytest.fixture
def files(tmp_path):
    return equal.write(tmp_path)


def call(*arguments):
    return CliRunner().invoke(app, ["equalise", *(str(argument) for argument in arguments), "-j", "1"])


def test_the_table_shows_knob_value_cost_and_difference(files, engine, tmp_path):
    result = call(files["linear"], "--to", files["base"], "--plus", 1000, "-o", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert "fiscal_cost_per_institution_eur = 2,400 EUR (base 1,400 plus 1,000)" in result.stdout
    line = next(line for line in result.stdout.splitlines() if line.startswith("linear"))
    pattern = r"advice\.share +0\.3\d* +0 to 1 +2,[34]\d\d +[+-]\d+ \([+-]\d+ to [+-]\d+\) +\d$"
    assert re.search(pattern, line), line
    assert "a note of the world" in result.stdout
    assert f"hybridsim compare {tmp_path / 'out' / 'runs' / 'base'} " in result.stdout
    compared = CliRunner().invoke(
        app, ["compare", *(str(tmp_path / "out" / "runs" / name) for name in ("base", "linear"))]
    )
    assert compared.exit_code == 0, compared.output
    assert "design.knob" not in compared.stdout


def test_json_is_all_that_is_printed(files, engine, tmp_path):
    result = call(files["linear"], "--to", 3000, "-o", tmp_path / "out", "--json")
    assert result.exit_code == 0
    values = json.loads(result.stdout)
    assert values["reached"] is True
    stored = json.loads((tmp_path / "out" / "equalise.json").read_text(encoding="utf-8"))
    assert {name: values[name] for name in stored} == stored


def test_a_target_out_of_reach_ends_with_1_and_is_marked(files, engine, tmp_path):
    result = call(files["linear"], files["weak"], "--to", 3000, "-o", tmp_path / "out")
    assert result.exit_code == 1
    assert re.search(r"^weak .* NOT REACHED$", result.stdout, re.MULTILINE)
    assert "weak: not reached: it is 1,501 at 1 and 1,502 at 2" in result.stdout
    assert "Not at the target: weak" in result.stderr
    jump = call(files["jump"], "--to", 3000, "-o", tmp_path / "other")
    assert jump.exit_code == 1
    assert re.search(r"^jump .* JUMP$", jump.stdout, re.MULTILINE)


def test_an_interruption_ends_with_130_and_the_same_command_goes_on(files, engine, tmp_path):
    arguments = (files["linear"], "--to", 3000, "-o", tmp_path / "out")
    engine.fail_after = 5
    stopped = call(*arguments)
    assert stopped.exit_code == 130
    assert "the same command again goes on" in stopped.stderr
    engine.fail_after = None
    done = call(*arguments)
    assert done.exit_code == 0
    record = json.loads((tmp_path / "out" / "equalise.json").read_text(encoding="utf-8"))
    assert len(engine.simulated) == 3 * len(record["designs"][0]["evaluations"])
    refused = call(*arguments, "--plus", 1)
    assert refused.exit_code == 2
    assert "--force" in refused.stderr
    assert call(*arguments, "--plus", 1, "--force").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("{linear}",), "Missing option '--to'"),
        (("--to", "5"), "Missing argument"),
        (("{linear}", "--to", "nowhere.toml"), "nowhere.toml"),
        (("{base}", "--to", "5"), "design.knob: is missing"),
        (("{linear}", "{linear}", "--to", "5"), "the name of another"),
        (("{linear}", "--to", "5", "--metric", "cost"), "metric(='cost')"),
        (("{linear}", "--to", "5", "--plus", "much"), "--plus"),
        (("{linear}", "--to", "5", "--set", "advice.shar=1"), "did you mean 'share'?"),
        (("{linear}", "--to", "nan"), "finite number"),
    ],
)
def test_wrong_use_ends_with_2_and_says_what_to_do(files, engine, tmp_path, arguments, message, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = call(*(argument.format(**files) for argument in arguments))
    assert result.exit_code == 2, result.output
    assert message in result.stderr
    assert engine.simulated == []
