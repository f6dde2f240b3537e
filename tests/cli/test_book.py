"""``hybridsim book``: text, JSON, page, workbook, refusals and exit codes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hybridsim.book.store import load_book
from hybridsim.cli import app
from hybridsim.core.errors import InvariantError
from tests.book.books import QUICK, small_tape
from tests.support.waiting import ends_after

SETTINGS = [part for key, value in QUICK.items() for part in ("--set", f"{key}={value}")]
FILES = {"book.json", "book.xlsx", "metrics.json", "rejected.csv", "report.html"}
HEARS_INTERRUPTS = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    "from hybridsim.cli import main; main()"
)


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    """A tape with one faulty row, analysed once."""
    folder = tmp_path_factory.mktemp("cli")
    tape = small_tape(ai=True)
    tape["pd"] = tape["pd"].astype(object)
    tape.loc[7, "pd"] = "=1+1"
    tape.to_csv(folder / "care.csv", index=False)
    return folder, call(folder / "care.csv", "-o", folder / "book", "--seed", 3)


def call(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["book", *(str(argument) for argument in arguments), *SETTINGS, "-j", "2"])


def test_the_answer_comes_first_and_rejected_rows_are_counted(done):
    folder, result = done
    assert result.exit_code == 0, result.output
    for text in (
        "care: level 99.9 %, seed 3",
        "expected shortfall 99.9 %",
        "regulatory capital",
        "worth of the guarantees a year",
        "Largest names by share of the shortfall",
        "1 row of the tape rejected: see rejected.csv",
        f"Report    {folder / 'book' / 'report.html'}",
    ):
        assert text in result.stdout
    places = [result.stdout.index(text) for text in ("exposure", "value at risk", "Note")]
    assert places == sorted(places)
    assert "book: " in result.stderr and "scenarios" in result.stderr


def test_the_folder_holds_tables_page_and_workbook(done):
    folder, _ = done
    names = {path.name for path in (folder / "book").iterdir()}
    found = load_book(folder / "book")
    assert names == FILES | {f"{name}.parquet" for name in (*found.tables, "metrics")}
    assert "'=1+1" in (folder / "book" / "rejected.csv").read_text(encoding="utf-8")
    assert len(found.loans) == len(small_tape()) - 1
    assert str(folder) not in (folder / "book" / "book.json").read_text(encoding="utf-8")


def test_json_is_strict_and_alone_on_standard_output(done, tmp_path):
    folder, _ = done
    result = call(folder / "care.csv", "-o", tmp_path / "book", "--json", "--seed", 3)
    assert result.exit_code == 0, result.output
    values = json.loads(result.stdout, parse_constant=pytest.fail)
    assert values["digest"] == load_book(folder / "book").digest
    assert {row["metric"] for row in values["metrics"]} >= {"loss_es_eur", "ecl_eur", "capital_eur"}


def test_the_report_command_writes_page_and_workbook_again(done, tmp_path):
    folder, _ = done
    result = CliRunner().invoke(app, ["report", str(folder / "book"), "-o", str(tmp_path / "again.html")])
    assert result.exit_code == 0, result.output
    assert (tmp_path / "again.html").read_bytes() == (folder / "book" / "report.html").read_bytes()
    assert (tmp_path / "book.xlsx").read_bytes() == (folder / "book" / "book.xlsx").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere.csv"], "does not exist"),
        (["care.csv", "-o", "book"], "--force"),
        (["care.csv", "--strict", "-o", "new"], "--strict takes none"),
        (["care.csv", "--precision", "fine", "-o", "new"], "write 0.01 or 1%"),
        (["care.csv", "--level", "100%", "-o", "new"], "not between 0 and 1"),
        (["care.csv", "--at", "12", "-o", "new"], "is no folder of a run"),
        (["care.csv", "-m", "nowhere.toml", "-o", "new"], "nowhere.toml"),
        (["care.csv", "--set", "model.copla=t", "-o", "new"], "copula"),
        (["book", "-o", "new"], "--at"),
    ],
)
def test_wrong_input_ends_with_exit_code_2_and_a_remedy(done, arguments, message, monkeypatch):
    monkeypatch.chdir(done[0])
    result = call(*arguments)
    assert result.exit_code == 2, result.output
    assert message in result.stderr
    assert not (done[0] / "new").exists()


def test_who_waits_for_the_compiler_is_told_once_and_only_if_there_is_something_to_analyse(
    done, tmp_path, monkeypatch
):
    waits = [True]
    monkeypatch.setattr("hybridsim.book.ready.must_compile", lambda: waits[-1])
    monkeypatch.setattr("hybridsim.book.ready.make_ready", lambda: waits.append(False))
    refused = call(tmp_path / "none.csv", "-o", tmp_path / "a")
    assert refused.exit_code == 2 and "Compiling" not in refused.stderr
    first = call(done[0] / "care.csv", "-o", tmp_path / "b")
    assert first.exit_code == 0 and "Compiling" in first.stderr
    assert "Compiling" not in call(done[0] / "care.csv", "-o", tmp_path / "c").stderr


def test_a_broken_rule_is_our_fault_and_leaves_nothing(done, tmp_path, monkeypatch):
    def broken(*_: object) -> None:
        raise InvariantError("the book's tables break rules (seed 3): es below var")

    monkeypatch.setattr("hybridsim.book.store.invariants.check", broken)
    result = call(done[0] / "care.csv", "-o", tmp_path / "book")
    assert result.exit_code == 5
    assert "seed 3" in result.stderr and "not your fault" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_page_that_fails_leaves_the_book_and_says_so(done, tmp_path, monkeypatch):
    def broken(*_: object) -> None:
        raise RuntimeError("no page today")

    monkeypatch.setattr("hybridsim.report.write_report", broken)
    result = call(done[0] / "care.csv", "-o", tmp_path / "book")
    assert result.exit_code == 1
    assert "no page today" in result.stderr
    load_book(tmp_path / "book")


@pytest.mark.skipif(os.name != "posix", reason="sends POSIX signals")
def test_ctrl_c_ends_an_analysis_and_leaves_nothing(done, tmp_path):
    tape, out = str(done[0] / "care.csv"), str(tmp_path / "book")
    command = ["book", tape, "-o", out, "--precision", "0.001%", "-j", "1"]
    process = subprocess.Popen(
        [sys.executable, "-c", HEARS_INTERRUPTS, *command], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL
    )
    time.sleep(12.0)
    assert process.poll() is None, process.communicate()
    process.send_signal(signal.SIGINT)
    seconds, stderr = ends_after(process)
    assert process.returncode == 130
    assert seconds < 5.0
    assert b"Traceback" not in stderr
    assert b"nothing is stored" in stderr
    assert list(tmp_path.iterdir()) == []
