"""The benchmarks keep running: every part once, as small as it goes."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TINY = [
    "--sizes=5,10", "--replications=1", "--growth=5,10", "--without-sector", "--turns=1", "--run-size=10",
    "--run-replications=8", "--memory=2", "--memory-size=5", "--without-compiling",
    "--book=20", "--book-scenarios=2000", "--book-memory=50", "--tail-precision=0.3", "--tail-trial=20000",
]  # fmt: skip


@pytest.fixture
def benchmarks(monkeypatch):
    """The entry point, from the project's folder: the benchmarks are no part of the installed package."""
    monkeypatch.syspath_prepend(str(ROOT))
    from benchmarks.__main__ import main

    return main


def rows(text, title):
    """Cells of the table below a title, without its head."""
    section = next(part for part in text.split("### ")[1:] if part.startswith(title))
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_one_command_measures_every_part(benchmarks, capsys):
    benchmarks(TINY)
    text = capsys.readouterr().out
    engines = rows(text, "SimPy against kernel")
    assert [row[:2] for row in engines] == [[n, e] for n in ("5", "10") for e in ("SimPy", "kernel")]
    for slow, fast in zip(engines[::2], engines[1::2], strict=True):
        assert slow[5] == fast[5], "both engines have to work off the same events"
        # Both times are printed to four digits, and the kernel's may have one that counts.
        lowest = (float(slow[2]) - 1e-4) / (float(fast[2]) + 1e-4)
        highest = (float(slow[2]) + 1e-4) / max(1e-9, float(fast[2]) - 1e-4)
        assert lowest - 0.6 <= float(fast[7]) <= highest + 0.6
    assert [row[0] for row in rows(text, "Growth")] == ["5", "10"]
    assert [row[0] for row in rows(text, "Workers: 8 replications of 10")] == ["1", "2"]
    memory = rows(text, "Peak memory: runs of 5")
    assert [row[0] for row in memory] == ["2"]
    assert all(30.0 < float(row[5]) < 2_000.0 for row in memory)
    starts = rows(text, "Starting")
    seconds = {row[0]: float(row[1]) for row in starts}
    first, end = (seconds[name] for name in list(seconds)[-2:])
    assert 0.0 < first <= end
    for factors in ("1 factor,", "21 factors,"):
        ways = rows(text, f"Book: 20 obligors, {factors}")
        assert {"hybridsim", "hybridsim, random LGDs", "NumPy, float32, blocks, as it is"} <= {
            w[0] for w in ways
        }
        assert all(float(cell) > 0.0 for way in ways for cell in way[2:])
    assert [row[:2] for row in rows(text, "Book: memory")][-1] == ["50", "2,048"]
    tapes = rows(text, "Book: from a tape")
    assert [row[:2] for row in tapes] == [[kind, "50"] for kind in ("CSV", "Parquet", "frame")]
    for row in tapes:
        before, *peaks = (float(cell) for cell in row[5:])
        assert 30.0 < before <= peaks[0] <= peaks[1] <= peaks[2] < 2_000.0
    assert "Projection, not a measurement: 10 institutions" in text


def test_phases_add_up_to_the_run(benchmarks, capsys):
    benchmarks([*TINY, "--only=phases"])
    phases = rows(capsys.readouterr().out, "Phases: 8 replications of 10 institutions")
    seconds = {row[0]: float(row[1]) for row in phases}
    whole = seconds.pop("whole run")
    assert all(seconds[name] > 0.0 for name in ("kernel: simulating", "storing: metrics", "report"))
    # Blocks are written while the worker simulates, so that a little may be counted twice.
    assert 0.5 * whole < sum(seconds.values()) < 1.5 * whole


@pytest.mark.parametrize("wrong", ["--sizes=0", "--sizes=many", "--only=nothing", "--sector=-1"])
def test_wrong_options_are_refused(benchmarks, capsys, wrong):
    with pytest.raises(SystemExit):
        benchmarks([wrong])
    assert wrong.split("=")[0] in capsys.readouterr().err
