"""The command as a process: start-up, pipes, consoles and signals."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.waiting import ends_after

BASE = Path(__file__).parents[2] / "scenarios" / "care-germany.toml"
COMMAND = [sys.executable, "-c", "from hybridsim.cli import main; main()"]
# A shell's background job is started deaf to Ctrl-C, and so would be whatever it starts.
HEARS_INTERRUPTS = [
    sys.executable,
    "-c",
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    "from hybridsim.cli import main; main()",
]
HEAVY = ("numpy", "pandas", "plotly", "scipy", "pydantic", "simpy", "pyarrow")


def test_help_loads_no_heavy_library():
    code = (
        "import sys\n"
        "from hybridsim.cli import app\n"
        "app(['run', '--help'], standalone_mode=False)\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_importing_the_package_loads_no_heavy_library():
    code = f"import sys, hybridsim\nprint([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_console_that_cannot_show_a_character_gets_a_question_mark(tmp_path: Path):
    scenario = tmp_path / "named.toml"
    scenario.write_text(
        f'extends = "{BASE.as_posix()}"\n[design]\ntitle = "Zukunft 未来"\n[population]\nsize = 5\n',
        encoding="utf-8",
    )
    environment = {**os.environ, "PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"}
    done = subprocess.run(
        [*COMMAND, "check", str(scenario)], capture_output=True, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr
    assert b"Zukunft ??" in done.stdout


def test_a_reader_that_goes_away_is_met_quietly():
    if os.name != "posix":
        pytest.skip("needs a POSIX pipe")
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([*COMMAND, "schema"], stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)
    assert b"Traceback" not in done.stderr
    assert b"Error" not in done.stderr


@pytest.mark.skipif(os.name != "posix", reason="sends POSIX signals")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signals_end_a_run_within_two_seconds(tmp_path: Path, number: signal.Signals, code: int):
    out = tmp_path / "run"
    process = subprocess.Popen(
        [
            *HEARS_INTERRUPTS,
            "run",
            str(BASE),
            "--set",
            "population.size=60",
            "-n",
            "100000",
            "-j",
            "2",
            "-o",
            str(out),
        ],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    )
    partial = tmp_path / "run.partial"
    deadline = time.monotonic() + 60
    while not list(partial.glob("plan.json")):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    time.sleep(2.0)
    process.send_signal(number)
    seconds, stderr = ends_after(process)
    assert seconds < 2.0
    assert process.returncode == code
    assert b"the same command again" in stderr
    assert b"Traceback" not in stderr
    assert not out.exists()


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")
def test_an_interruption_is_heard_while_the_kernel_compiles(tmp_path: Path):
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "cache"), "NUMBA_DISABLE_JIT": "0"}
    command = [*HEARS_INTERRUPTS, "run", str(BASE), "--set", "population.size=5", "-n", "1"]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
    assert process.stderr is not None
    assert b"Compiling the engine" in process.stderr.readline()
    time.sleep(12.0)
    process.send_signal(signal.SIGINT)
    seconds, stderr = ends_after(process)
    assert seconds < 2.0
    assert process.returncode == 130
    assert b"interrupted" in stderr
