"""Whole stored runs: by workers, by replications, at full size; and how long a user waits for the first."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from tempfile import TemporaryDirectory

from benchmarks.common import SCENARIO, fresh, say, settings, table
from hybridsim.scenario import resolve
from hybridsim.study.run import run

START_SIZE = 30


def scaling(institutions: int, replications: int, turns: int) -> None:
    """A stored run by one and by two workers, in turns."""
    resolved = resolve(SCENARIO, settings(institutions))
    simulating: dict[int, list[float]] = {1: [], 2: []}
    storing: dict[int, list[float]] = {1: [], 2: []}
    run(resolved, 2)
    for _ in range(turns):
        for workers in simulating:
            timings = run(resolved, replications, workers=workers).manifest["timings"]
            simulating[workers].append(timings["simulation_seconds"])
            storing[workers].append(timings["storing_seconds"])
    rows = []
    for workers, times in simulating.items():
        seconds, base = statistics.median(times), statistics.median(simulating[1])
        stored = statistics.median(storing[workers])
        rows.append(
            [
                str(workers), f"{seconds:.2f}", f"{replications / seconds:,.1f}", f"{base / seconds:.2f}",
                f"{stored:.2f}",
            ]
        )  # fmt: skip
    head = ("workers", "simulating s", "replications/s", "times one worker", "storing s")
    title = f"Workers: {replications:,} replications of {institutions:,} institutions, medians of {turns}"
    say(title, table(head, rows))


def memory(institutions: int, counts: Sequence[int]) -> None:
    """Peak memory of a process with a whole run, by the number of replications."""
    rows = []
    for count in counts:
        found = fresh("whole_run", count, 2, *settings(institutions))
        rows.append([f"{count:,}", *_run_cells(found)])
    title = f"Peak memory: runs of {institutions:,} institutions with report, two workers, a process each"
    say(title, table(("replications", *_RUN_HEAD), rows))


def sector(replications: int) -> None:
    """The whole sector, really run."""
    found = fresh("whole_run", replications, 2)
    title = "The whole sector, 120 months, two workers: measured"
    say(title, table(("replications", *_RUN_HEAD), [[f"{replications:,}", *_run_cells(found)]]))


_RUN_HEAD = ("whole run s", "simulating s", "storing s", "report s", "peak MB", "run folder MB")


def _run_cells(found: dict[str, float]) -> list[str]:
    times = [f"{found[name]:.1f}" for name in ("seconds", "simulating", "storing", "report")]
    return [*times, f"{found['peak_mb']:.0f}", f"{found['disk_mb']:.1f}"]


def phases(institutions: int | None, replications: int) -> None:
    """Where the time of a whole run goes, in a process of its own."""
    seconds = fresh("phases", replications, *settings(institutions))
    # Blocks are written while the worker simulates, so that the phases may add up to more than the whole.
    rows = [[name, f"{own:.3f}", f"{own / seconds['whole run']:.1%}"] for name, own in seconds.items()]
    people = "the whole sector" if institutions is None else f"{institutions:,} institutions"
    say(
        f"Phases: {replications:,} replications of {people}, one worker", table(("phase", "s", "share"), rows)
    )


def starts(compile_too: bool, turns: int = 3) -> None:
    """Importing, starting with the compiled kernel in its cache, and compiling into an empty one."""
    setting = f"population.size={START_SIZE}"
    fresh("start", setting)
    imports = [fresh("imports") for _ in range(turns)]
    loads = [fresh("compiling") for _ in range(turns)]
    begins = [fresh("start", setting) for _ in range(turns)]
    rows = [
        ["import hybridsim", _median([found["package"] for found in imports])],
        ["import of the engine (Numba) after it", _median([found["engine"] for found in imports])],
        ["loading the compiled kernel", _of(loads, "seconds")],
        ["peak memory when it is loaded, MB", f"{loads[0]['peak_mb']:.0f}"],
        [f"`hybridsim run`, {START_SIZE} institutions: first replication", _of(begins, "first")],
        ["the same: run stored, report written", _of(begins, "end")],
    ]
    if compile_too:
        with TemporaryDirectory() as folder:
            found = fresh("compiling", NUMBA_CACHE_DIR=folder)
        rows.append(["first run: compiling the kernel, once", f"{found['seconds']:.1f}"])
        rows.append(["peak memory of compiling, MB", f"{found['peak_mb']:.0f}"])
    say(f"Starting, medians of {turns} processes", table(("what", "s"), rows))


def _of(found: list[dict[str, float]], name: str) -> str:
    return _median([one[name] for one in found])


def _median(times: list[float]) -> str:
    return f"{statistics.median(times):.2f}"
