"""One result, whatever computes it: engine, threads, blocks, and what the processor can do."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import threading
import time
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from hybridsim.scenario import resolve
from hybridsim.study import again, plan, trace
from hybridsim.study.prepare import engine, prepare
from hybridsim.study.run import run
from hybridsim.study.store import StoredRun
from hybridsim.study.threads import in_threads

ROOT = Path(__file__).parents[2]
SCENARIO = ROOT / "scenarios" / "care-germany.toml"
SETTINGS = ("population.size=40", "run.horizon_months=60", "run.replications=9", "adoption.innovation_pa=0.2")
DIGEST = f"""
from hybridsim.scenario import resolve
from hybridsim.study.run import run
if __name__ == "__main__":
    print(run(resolve({str(SCENARIO)!r}, {SETTINGS!r}), seed=5).digest)
"""
NO_AVX = {
    "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA,-AVX512F,-AVX512VL,-AVX2_Usable,-FMA_Usable,-FMA4_Usable",
    "NPY_DISABLE_CPU_FEATURES": " ".join(np.show_config(mode="dicts")["SIMD Extensions"].get("found", ())),
}
"""What makes the C library and NumPy take other paths, whose last bits differ."""
on_x86 = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() != "x86_64", reason="masks features of x86 under glibc"
)


@pytest.fixture(scope="module")
def stored() -> StoredRun:
    return run(resolve(SCENARIO, SETTINGS), seed=5)


def test_both_engines_give_the_same_digest(stored: StoredRun):
    slow = run(resolve(SCENARIO, SETTINGS), seed=5, engine="simpy")
    assert slow.digest == stored.digest
    assert slow.metrics.equals(stored.metrics)


@pytest.mark.parametrize("workers", [2, 3])
def test_the_number_of_threads_changes_nothing(stored: StoredRun, workers: int):
    assert run(resolve(SCENARIO, SETTINGS), seed=5, workers=workers).digest == stored.digest


@pytest.mark.parametrize("wanted", [1, 2, 4])
def test_the_size_of_blocks_changes_nothing(stored: StoredRun, monkeypatch: pytest.MonkeyPatch, wanted: int):
    monkeypatch.setattr(plan, "_BLOCKS_WANTED", wanted)
    assert len(prepare(resolve(SCENARIO, SETTINGS)).blocks) in (wanted, wanted - 1)
    assert run(resolve(SCENARIO, SETTINGS), seed=5, workers=2).digest == stored.digest


def test_a_trace_is_the_same_from_both_engines(stored: StoredRun, monkeypatch: pytest.MonkeyPatch):
    institutions = stored.institutions
    busy = institutions.loc[institutions["started"] > 0, "id"].astype(str).tolist()[:5]
    assert busy
    fast = [trace.trace_run(stored, 3, name) for name in busy]
    monkeypatch.setattr(again, "prepare", partial(prepare, engine="simpy"))
    assert [trace.trace_run(stored, 3, name) for name in busy] == fast
    assert any(fast)


def test_threads_end_after_their_replication_when_nobody_wants_more():
    made = prepare(resolve(SCENARIO, ("population.size=300", "run.replications=100000")))
    blocks = in_threads(engine("compiled"), made.world, made.seed, made.blocks, 2, lambda _: None)
    started = threading.Thread(target=lambda: next(blocks, None), daemon=True)
    started.start()
    started.join(60.0)
    assert not started.is_alive()
    began = time.monotonic()
    blocks.close()
    assert time.monotonic() - began < 2.0
    while any(thread.name.startswith("replications") for thread in threading.enumerate()):
        assert time.monotonic() - began < 10.0
        time.sleep(0.01)


def digest_without(**environment: str) -> str:
    """Digest of the run in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", DIGEST],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@on_x86
def test_a_c_library_without_avx_and_fma_gives_the_same_digest(stored: StoredRun):
    assert digest_without(**NO_AVX) == stored.digest


@on_x86
@pytest.mark.slow
def test_a_processor_without_avx_and_fma_gives_the_same_digest(stored: StoredRun, tmp_path: Path):
    """The kernel is compiled anew, for the oldest processors of 64 bits."""
    generic = {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": "", "NUMBA_CACHE_DIR": str(tmp_path)}
    assert digest_without(**NO_AVX, **generic) == stored.digest
