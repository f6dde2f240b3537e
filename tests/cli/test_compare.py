"""``hybridsim compare``: the table, Markdown, JSON and refusals."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from hybridsim.cli import app
from hybridsim.study.run import execute
from tests.study import fake
from tests.study.test_compare import louder

NAME = "more | grants <b>*now*</b>\x1b[2J"


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    execute(fake.plan(110), fake.simulate, out=folder / "base")
    plan = fake.plan(110, name=NAME)
    execute(plan, louder, out=folder / "other")
    execute(fake.plan(30, seed=8, name="unlike"), fake.simulate, out=folder / "unlike")
    return folder


def call(*arguments):
    return CliRunner().invoke(app, ["compare", *(str(argument) for argument in arguments)])


def strict(text):
    def refuse(name):
        raise AssertionError(name)

    return json.loads(text, parse_constant=refuse)


def test_the_table_shows_groups_runs_differences_and_what_marks_mean(runs):
    result = call(runs / "base", runs / "other")
    assert result.exit_code == 0, result.output
    for text in ("Risk", "Impact", "Scaling", "Public cost", "difference (95 % interval)", "fake"):
        assert text in result.stdout
    lines = result.stdout.splitlines()
    place = next(number for number, line in enumerate(lines) if "expected loss of lenders" in line)
    assert re.search(r"\+[\d.,]+ \(\+[\d.,]+ to \+[\d.,]+\) \*$", lines[place + 1])
    assert "+1,000 (no interval)" in result.stdout
    assert "many comparisons" in result.stdout
    assert "by chance" in result.stdout
    assert "variance of the differences" in result.stdout
    assert "needs n >= 1000" not in result.stdout
    assert "value at risk of the loss, 90" in result.stdout
    assert "\x1b" not in result.stdout
    assert "does not differ from the baseline" in result.stdout


def test_markdown_is_a_table_whose_names_cannot_break_it(runs):
    result = call(runs / "base", runs / "other", "--md")
    assert result.exit_code == 0, result.output
    table = [line for line in result.stdout.splitlines() if line.startswith("|")]
    bars = {len(re.findall(r"(?<!\\)\|", line)) for line in table}
    assert bars == {5}
    assert r"more \| grants &lt;b>\*now\*&lt;/b>?\[2J" in table[0]
    assert "<b>" not in result.stdout


def test_json_holds_all_figures_and_no_nan(runs, tmp_path):
    result = call(runs / "base", runs / "other", "--json")
    values = strict(result.stdout)
    assert values["baseline"] == "fake"
    assert values["paired"] is True
    assert [run["name"] for run in values["runs"]] == ["fake", NAME]
    stored = json.loads((runs / "other" / "metrics.json").read_text(encoding="utf-8"))
    assert len(values["metrics"]) == len(stored)
    assert [row["value"] for row in values["metrics"]] == [row["value"] for row in stored]
    written = call(runs / "base", runs / "other", "--json", "-o", tmp_path / "c.json")
    assert written.exit_code == 0
    assert written.stdout == ""
    assert (tmp_path / "c.json").read_text(encoding="utf-8") == result.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["c.json"]


def test_levers_are_listed(runs, tmp_path):
    folder = Path(shutil.copytree(runs / "base", tmp_path / "changed"))
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["name"] = "changed"
    manifest["scenario"].update({"advice": {"share": 0.5}, "design": {"order": ["bank", "fund"]}})
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    text = call(runs / "base", folder).stdout
    assert "advice.share: left out -> 0.5" in text
    assert 'design.order: left out -> ["bank", "fund"]' in text
    [first, second] = strict(call(runs / "base", folder, "--json").stdout)["scenario_differences"]
    assert first == {"run": "changed", "key": "advice.share", "baseline": None, "value": 0.5}
    assert second["value"] == ["bank", "fund"]


def test_unlike_runs_end_with_2_unless_compared_as_independent(runs):
    refused = call(runs / "base", runs / "unlike")
    assert refused.exit_code == 2
    for text in ("seed: 8", "-s 7", "replications: 30", "--unpaired"):
        assert text in refused.stderr
    allowed = call(runs / "base", runs / "unlike", "--unpaired")
    assert allowed.exit_code == 0, allowed.output
    assert "as if independent" in allowed.stdout
    rows = strict(call(runs / "base", runs / "unlike", "--unpaired", "--json").stdout)["metrics"]
    assert {row["method"].split()[0] for row in rows if row["ci_low"] is not None} == {"unpaired"}


def test_the_baseline_can_be_named(runs):
    values = strict(call(runs / "base", runs / "other", "-b", NAME, "--json").stdout)
    assert values["baseline"] == NAME


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "Missing argument"),
        (("base",), "needs two runs"),
        (("base", "nowhere"), "no such folder"),
        (("base", "other", "--baseline", "nobody"), "is none of the runs"),
        (("base", "other", "--md", "--json"), "exclude each other"),
        (("base", "other", "-o", "no/such/folder/c.md"), "check the path"),
    ],
)
def test_wrong_use_ends_with_2_and_says_what_to_do(runs, arguments, message, monkeypatch):
    monkeypatch.chdir(runs)
    result = call(*arguments)
    assert result.exit_code == 2
    assert message in result.stderr
