"""The table of `docs/designs.md`: ``python -m benchmarks.designs [--size 2000] [-n 100] [-o FOLDER]``.

Simulates every shipped design, lever and stress on the same futures and prints Markdown: main figures with
95 % intervals, and paired differences to the status quo.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

import hybridsim as hs

SCENARIOS = Path(__file__).parents[1] / "scenarios"
BASE = "care-germany"
FIGURES = (
    ("institutions_started_share", "start, %", 100.0, 1),
    ("institutions_scaled_share", "scale, %", 100.0, 1),
    ("institutions_sustained_share", "sustain, %", 100.0, 1),
    ("hours_freed_per_institution", "hours freed", 1.0, 0),
    ("sroi", "social value per euro", 1.0, 2),
    ("default_rate_financed_pa", "default rate of financed, % a year", 100.0, 2),
    ("induced_default_rate_pa", "of this induced, bp", 1e4, 1),
    ("lent_eur", "lent, m euros", 1e-6, 1),
    ("loss_rate_on_lent", "loss per euro lent, %", 100.0, 2),
    ("leverage_private", "private per GGE", 1.0, 2),
    ("fiscal_cost_per_institution_eur", "public cost per institution, euros", 1.0, 0),
)
PAIRED = FIGURES[:4] + FIGURES[-1:]


def shown(run: hs.StoredRun, metric: str, scale: float, digits: int) -> str:
    """Value and half-width of its interval."""
    rows = run.metrics
    row = rows[(rows["metric"] == metric) & (rows["scope"] == "total")].iloc[0]
    if row["value"] != row["value"]:
        return "-"
    text = f"{row['value'] * scale:,.{digits}f}"
    if row["ci_high"] == row["ci_high"]:
        text += f" ± {(row['ci_high'] - row['ci_low']) / 2 * scale:,.{digits}f}"
    return text


def line(run: hs.StoredRun) -> str:
    """One row of the table of figures."""
    title = run.manifest["scenario"]["design"]["title"]
    stress = run.manifest["scenario"]["stress"]["name"]
    name = title if stress in (None, "baseline") else f"{title}, {stress}"
    cells = [shown(run, metric, scale, digits) for metric, _, scale, digits in FIGURES]
    return "| " + " | ".join([name, *cells]) + " |"


def difference(compared: pd.DataFrame, name: str) -> str:
    """One row of the table of paired differences."""
    rows = compared[(compared["run"] == name) & (compared["scope"] == "total")].set_index("metric")
    cells = []
    for metric, _, scale, digits in PAIRED:
        row = rows.loc[metric]
        half = (row["ci_high"] - row["ci_low"]) / 2 * scale
        cells.append(f"{row['difference'] * scale:+,.{digits}f} ± {half:,.{digits}f}")
    return "| " + " | ".join([name, *cells]) + " |"


def head(figures: Sequence[tuple[str, str, float, int]]) -> str:
    """Head of a table."""
    names = ["design", *(label for _, label, _, _ in figures)]
    return "| " + " | ".join(names) + " |\n|" + "---|" * len(names)


def main(arguments: Sequence[str] | None = None) -> None:
    """Simulate everything and print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=2000, help="institutions")
    parser.add_argument("-n", "--replications", type=int, default=100, help="futures")
    parser.add_argument("-j", "--workers", type=int, default=2)
    parser.add_argument("-o", "--out", type=Path, default=Path("runs/designs"), help="folder of the runs")
    chosen = parser.parse_args(arguments)
    files = [SCENARIOS / f"{BASE}.toml", *sorted(SCENARIOS.glob("s*-*.toml"))]
    files += sorted((SCENARIOS / "levers").glob("*.toml"))
    runs: dict[str, hs.StoredRun] = {}
    for file in files:
        print(f"{len(runs) + 1} of {len(files)}: {file.stem}", file=sys.stderr)
        scenario = hs.load(file, [f"population.size={chosen.size}"])
        folder = chosen.out / file.stem
        runs[file.stem] = hs.run(
            scenario, chosen.replications, workers=chosen.workers, out=folder, force=True
        )
    print(head(FIGURES))
    for run in runs.values():
        print(line(run))
    compared = hs.compare(list(runs.values()))
    print("\nPaired differences to the status quo:\n\n" + head(PAIRED))
    for name in list(runs)[1:]:
        print(difference(compared, name))


if __name__ == "__main__":
    main()
