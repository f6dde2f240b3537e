"""``hybridsim init``: what it writes can be checked and run, and nothing is overwritten."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from hybridsim.cli import app
from hybridsim.cli.init import templates
from hybridsim.scenario import resolve
from hybridsim.study.levers import levers

SHIPPED = Path(__file__).parents[2] / "scenarios" / "care-germany.toml"
FILES = {"scenario.toml", "institutions.csv", "README.txt"}


def call(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "new" / "project"
    result = call("init", made)
    assert result.exit_code == 0, result.output
    return made


def test_what_it_writes_is_valid_and_runs(folder, tmp_path):
    assert {path.name for path in folder.iterdir()} == FILES
    checked = call("check", folder / "scenario.toml")
    assert checked.exit_code == 0, checked.output
    assert "60 with" in checked.stdout
    few = ("--set", "population.size=9", "--set", "run.horizon_months=24", "-n", 2, "-j", 1)
    ran = call("run", folder / "scenario.toml", *few, "-o", tmp_path / "run")
    assert ran.exit_code == 0, ran.output


def uncommented(text, line):
    head, found, tail = text.partition(f"# {line}")
    assert found, line
    return head + line + tail


def test_the_table_of_institutions_can_be_switched_on(folder):
    file = folder / "scenario.toml"
    text = uncommented(file.read_text(encoding="utf-8"), 'file = "institutions.csv"')
    file.write_text(text.replace("size = 60", ""), encoding="utf-8", newline="\r\n")
    csv = (folder / "institutions.csv").read_bytes()
    (folder / "institutions.csv").write_bytes(csv.replace(b"\n", b"\r\n"))
    checked = call("check", file)
    assert checked.exit_code == 0, checked.output
    assert "3 with 4 sites" in checked.stdout


def test_every_lever_in_the_comments_can_be_pulled(folder):
    file = folder / "scenario.toml"
    before = resolve(file).scenario.model_dump(mode="json")
    head, levers_said = file.read_text(encoding="utf-8").split("# Levers:")
    lines = [line.removeprefix("#").strip() for line in levers_said.splitlines()[1:]]
    file.write_text(head + "\n".join(lines), encoding="utf-8")
    after = resolve(file).scenario.model_dump(mode="json")
    assert {lever.key for lever in levers(before, after)} == {
        "instruments.rueckenwind.decision.budget_pa_eur",
        "instruments.iku148.service.liability_exemption",
        "advice.share",
        "stress.name",
        "stress.fix.economy",
    }


def test_it_is_the_shipped_status_quo_but_small(folder):
    mine, shipped = (
        resolve(path).scenario.model_dump(mode="json") for path in (folder / "scenario.toml", SHIPPED)
    )
    changed = {lever.key for lever in levers(shipped, mine)}
    assert changed == {"population.size", "run.replications"}


def test_nothing_is_overwritten(folder):
    (folder / "institutions.csv").unlink()
    (folder / "README.txt").write_text("mine", encoding="utf-8")
    result = call("init", folder)
    assert result.exit_code == 2
    assert "README.txt: exists already" in result.stderr
    assert "scenario.toml: exists already" in result.stderr
    assert "give another folder" in result.stderr
    assert (folder / "README.txt").read_text(encoding="utf-8") == "mine"
    assert not (folder / "institutions.csv").exists()


def test_a_folder_with_other_files_is_welcome_and_a_file_is_not(tmp_path):
    (tmp_path / "notes.md").write_text("x", encoding="utf-8")
    assert call("init", tmp_path).exit_code == 0
    assert {path.name for path in tmp_path.iterdir()} == {*FILES, "notes.md"}
    refused = call("init", tmp_path / "notes.md")
    assert refused.exit_code == 2
    assert "is not a folder" in refused.stderr


@pytest.mark.parametrize("after", [0, 1, 2])
def test_all_files_are_written_or_none(tmp_path, monkeypatch, after):
    rename, done = Path.rename, []

    def fail_later(self, target):
        if len(done) == after:
            raise OSError(28, "No space left on device")
        done.append(target)
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fail_later)
    result = call("init", tmp_path / "a" / "b")
    assert result.exit_code == 4
    assert list(tmp_path.iterdir()) == []


def test_the_files_have_plain_newlines_and_ascii(folder):
    for name, text in templates().items():
        assert (folder / name).read_bytes() == text.encode("ascii")
        assert "\r" not in text
