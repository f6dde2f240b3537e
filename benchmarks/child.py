"""Tasks that need a process of their own: starts, compiling, peaks of memory; the last line is JSON."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

SCENARIO = Path(__file__).parents[1] / "scenarios" / "care-germany.toml"


def imports(_: float) -> dict[str, float]:
    """Seconds to import the package, and then the engine."""
    began = time.perf_counter()
    import hybridsim

    package = time.perf_counter()
    import hybridsim.rollout.kernel.engine  # noqa: F401

    return {"package": package - began, "engine": time.perf_counter() - package}


def compiling(_: float) -> dict[str, float]:
    """Seconds to compile the kernel, or to load it if it is compiled."""
    from hybridsim.rollout.kernel import engine

    began = time.perf_counter()
    engine.compile_now()
    return {"seconds": time.perf_counter() - began, "peak_mb": peak_mb()}


def start(asked: float, *settings: str) -> dict[str, float]:
    """Seconds from the moment a user asked for a run to its first replication, and to its end."""
    from hybridsim.cli import main
    from hybridsim.cli.progress import ProgressLine

    told: list[float] = []
    update = ProgressLine.update

    def timed(line: ProgressLine, done: int, total: int) -> None:
        if done and not told:
            told.append(time.time() - asked)
        update(line, done, total)

    ProgressLine.update = timed  # type: ignore[method-assign]
    with TemporaryDirectory() as folder:
        words = [word for setting in settings for word in ("--set", setting)]
        sys.argv = ["hybridsim", "run", str(SCENARIO), *words, "-n", "2", "-o", str(Path(folder, "run"))]
        try:
            main()
        except SystemExit as end:
            if end.code:
                raise
    return {"first": told[0], "end": time.time() - asked}


def whole_run(_: float, replications: str, workers: str, *settings: str) -> dict[str, float]:
    """Time and peak memory of a whole run with its report, with the allocator of the command."""
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    import hybridsim
    from hybridsim.rollout.kernel import engine

    engine.compile_now()
    began = time.perf_counter()
    with TemporaryDirectory() as folder:
        scenario = hybridsim.load(SCENARIO, list(settings))
        run = hybridsim.run(scenario, int(replications), workers=int(workers), out=Path(folder, "run"))
        stored = time.perf_counter()
        hybridsim.write_report(run.folder, Path(folder, "report.html"))
        timings = run.manifest["timings"]
        return {
            "seconds": time.perf_counter() - began,
            "simulating": timings["simulation_seconds"],
            "storing": timings["storing_seconds"],
            "report": time.perf_counter() - stored,
            "peak_mb": peak_mb(),
            "disk_mb": sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file()) / 1e6,
        }


def book_memory(_: float, scenarios: str, obligors: str) -> dict[str, float]:
    """Seconds and peak memory of a simulated book; compiling is not counted."""
    from benchmarks.made_up import made_up
    from hybridsim.credit.simulation.preparing import prepare
    from hybridsim.credit.simulation.simulate import simulate

    simulate(*made_up(10, 21), 100, 1, workers=2)
    book, dependence = made_up(int(obligors), 21)
    began = time.perf_counter()
    prepare(book, dependence)
    prepared = time.perf_counter()
    simulate(book, dependence, int(scenarios), 1, workers=2, level=0.999)
    return {
        "preparing": prepared - began,
        "seconds": time.perf_counter() - prepared,
        "peak_mb": peak_mb(),
    }


def tape_files(_: float, loans: str, folder: str) -> dict[str, float]:
    """Write a made-up tape as CSV and as Parquet."""
    from benchmarks.made_up import tape

    frame = tape(int(loans))
    frame.to_csv(Path(folder, "tape.csv"), index=False)
    frame.to_parquet(Path(folder, "tape.parquet"), index=False)
    return {}


def tape_memory(_: float, file: str, as_frame: str) -> dict[str, float]:
    """Seconds and peaks of memory until a tape is read, put together for the loss model, and under rules."""
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    from hybridsim.book.assembly import parted, put_together
    from hybridsim.book.ruling import ruled
    from hybridsim.book.settings import BookSettings
    from hybridsim.book.tape import read_tape

    source, settings = Path(file), BookSettings()
    if as_frame == "frame":
        import pandas as pd

        source = pd.read_parquet(source)
    found = {"own_mb": now_mb()}
    clock = time.perf_counter()
    for stage in ("read", "put", "ruled"):
        began = time.perf_counter()
        if stage == "read":
            tape = read_tape(source)
        elif stage == "put":
            parts = parted(tape.frame, settings.model)
            del tape
            assembly = put_together(parts, settings)
            del parts
        else:
            ruled(assembly, settings)
        found |= {f"{stage}_s": time.perf_counter() - began, f"{stage}_mb": peak_mb()}
    return {**found, "seconds": time.perf_counter() - clock}


def phases(_: float, replications: str, *settings: str) -> dict[str, float]:
    """Seconds of each phase of a whole run."""
    from benchmarks.phases import phases as measured

    return measured(SCENARIO, int(replications), settings)


def peak_mb() -> float:
    """Most memory that this process ever held; NaN where the system does not tell."""
    # Not getrusage, which on Linux begins with the peak of the process that started this one.
    if (peak := _status("VmHWM")) is not None:
        return peak
    try:
        import resource
    except ImportError:
        return float("nan")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def now_mb() -> float:
    """Memory that this process holds; NaN where the system does not tell."""
    held = _status("VmRSS")
    return float("nan") if held is None else held


def _status(key: str) -> float | None:
    status = Path("/proc/self/status")
    if status.is_file():
        for line in status.read_text(encoding="utf-8").splitlines():
            if line.startswith(key):
                return int(line.split()[1]) * 1024 / 1e6
    return None


TASKS: dict[str, Callable[..., dict[str, float]]] = {
    "imports": imports,
    "compiling": compiling,
    "start": start,
    "whole_run": whole_run,
    "phases": phases,
    "book_memory": book_memory,
    "tape_files": tape_files,
    "tape_memory": tape_memory,
}

if __name__ == "__main__":
    print(json.dumps(TASKS[sys.argv[1]](float(sys.argv[2]), *sys.argv[3:])))
