"""Workers: the same result, and none of them outlives its parent."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hybridsim.core.errors import InvariantError, ResourceError
from hybridsim.study.run import execute
from tests.study import fake
from tests.support.waiting import ends_after

ROOT = Path(__file__).parents[2]
SCRIPT = """
import signal, sys
# A shell's background job is started deaf to Ctrl-C, and so would be whatever it starts.
signal.signal(signal.SIGINT, signal.default_int_handler)
from tests.study import fake
from hybridsim.study.run import execute
try:
    execute(fake.plan(64, stuck_from=6, count=sys.argv[2]), fake.simulate, workers=2, out=sys.argv[1])
except KeyboardInterrupt:
    sys.exit(130)
"""
posix = pytest.mark.skipif(os.name != "posix", reason="sends POSIX signals")


def start(out: Path, log: Path) -> subprocess.Popen[bytes]:
    """A run by two workers in a process of its own, both in the middle of a long replication."""
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(out), str(log)],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    deadline = time.monotonic() + 60
    while not log.exists() or len(log.read_text(encoding="utf-8").split()) < 8:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return process


@posix
@pytest.mark.parametrize("whole_group", [False, True])
def test_an_interrupt_is_answered_within_two_seconds_and_stops_the_workers(tmp_path: Path, whole_group: bool):
    process = start(tmp_path / "run", tmp_path / "count.txt")
    (os.killpg if whole_group else os.kill)(process.pid, signal.SIGINT)
    seconds, stderr = ends_after(process)
    assert seconds < 2.0
    assert process.returncode == 130
    assert b"Traceback" not in stderr
    finished = len(list((tmp_path / "run.partial").glob("block-*.npz")))
    assert finished > 0
    assert not (tmp_path / "run").exists()

    again = execute(fake.plan(64), fake.simulate, out=tmp_path / "run")
    assert again.manifest["timings"]["blocks_of_an_earlier_attempt"] == finished
    assert again.digest == execute(fake.plan(64), fake.simulate).digest


@posix
def test_workers_end_when_their_parent_is_killed(tmp_path: Path):
    process = start(tmp_path / "run", tmp_path / "count.txt")
    process.kill()
    assert ends_after(process)[0] < 2.0


def test_an_invariant_error_in_a_worker_stops_the_run_and_names_the_replication(tmp_path: Path):
    with pytest.raises(InvariantError, match="replication 31 of seed 7"):
        execute(fake.plan(40, broken=31), fake.simulate, workers=2, out=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_worker_that_dies_is_a_lack_of_resources_and_the_run_can_go_on(tmp_path: Path):
    with pytest.raises(ResourceError, match="a worker process died"):
        execute(fake.plan(40, die=20), fake.simulate, workers=2, out=tmp_path / "run")
    again = execute(fake.plan(40), fake.simulate, workers=2, out=tmp_path / "run")
    assert again.digest == execute(fake.plan(40), fake.simulate).digest


def test_lack_of_memory_in_a_worker_can_be_resumed(tmp_path: Path):
    with pytest.raises(ResourceError, match="out of memory"):
        execute(fake.plan(40, memory=20), fake.simulate, workers=2, out=tmp_path / "run")


def test_progress_by_workers_reaches_the_end():
    seen: list[tuple[int, int]] = []
    execute(fake.plan(10), fake.simulate, workers=2, progress=lambda *at: seen.append(at))
    assert seen[0] == (0, 10)
    assert seen[-1] == (10, 10)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
