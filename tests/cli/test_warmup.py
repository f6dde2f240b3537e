"""Compiling ahead, and saying so when it has to be waited for."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from hybridsim.book import ready
from hybridsim.cli import app
from hybridsim.cli.progress import say_if_compiling
from hybridsim.rollout.kernel import engine


def test_warmup_leaves_a_compiled_engine_and_says_so():
    done = CliRunner().invoke(app, ["warmup"])
    assert done.exit_code == 0
    assert done.output.endswith("are compiled: runs and books start at once.\n")
    assert engine.is_compiled()
    assert not ready.must_compile()


def test_who_has_to_wait_for_the_compiler_is_told_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    say_if_compiling("compiled")
    assert capsys.readouterr() == ("", "")
    monkeypatch.setattr(engine, "FOLDER", tmp_path)
    say_if_compiling("simpy")
    assert capsys.readouterr() == ("", "")
    say_if_compiling("compiled")
    out, err = capsys.readouterr()
    assert out == ""
    assert "Compiling the engine" in err
    assert "hybridsim warmup" in err
