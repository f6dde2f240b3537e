"""The main figures of a run as text, and all of them as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from hybridsim.study.store import StoredRun

_TITLES = {"risk": "Risk", "impact": "Impact", "scaling": "Scaling", "public_cost": "Public cost"}
_HEAD = ("", "value", "95 % interval", "")
_UNITS: dict[str, str] = {
    "share": "",
    "per year": "a year",
    "EUR": "euros",
    "EUR per EUR": "euros per euro",
    "EUR per hour": "euros",
}
_PERCENT = {"share": 1, "per year": 2}
_FURTHEST = 0.999

Figure = tuple[dict[str, Any], dict[str, Any]]
"""A metric's definition and its row."""


def figures_table(stored: StoredRun) -> str:
    """Main figures with their intervals as an aligned table, then the notes."""
    manifest = stored.manifest
    people = manifest["population"]
    title = (
        f"{manifest['title']}: {people['institutions']:,} institutions, {manifest['years']} years, "
        f"{manifest['replications']['done']:,} replications, seed {manifest['seed']}"
    )
    shown, missing = _main(stored)
    lines = [title, "", *aligned(figure_rows(shown, _TITLES))]
    notes = [*stored.notes, *missing]
    if notes:
        lines += ["", *(f"Note: {note}" for note in notes)]
    return "\n".join(lines)


def json_text(values: object) -> str:
    """JSON in ASCII, so that every console and pipe can carry it; no NaN."""
    return json.dumps(values, indent=1, ensure_ascii=True, allow_nan=False)


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as dictionaries with None instead of NaN."""
    return [
        {
            str(name): None if isinstance(value, float) and math.isnan(value) else value
            for name, value in row.items()
        }
        for row in frame.to_dict("records")
    ]


def number(value: float | None, unit: str, like: float | None = None) -> str:
    """A figure as people write it: per cent for shares and rates, thousands separated.

    ``like`` is the figure whose size decides the decimals, so that those of one row agree.
    """
    if value is None:
        return "-"
    if unit in _PERCENT:
        return f"{100.0 * value:,.{_PERCENT[unit]}f} %"
    size = abs(value if like is None else like)
    decimals = 0 if size >= 1000.0 else 1 if size >= 10.0 else 2
    return f"{value:,.{decimals}f}"


def figure_rows(shown: Sequence[Figure], titles: Mapping[str, str]) -> list[tuple[str, ...]]:
    """Rows of an aligned table: each group under its title, each figure with its interval and unit."""
    rows: list[tuple[str, ...]] = [_HEAD]
    group = ""
    for definition, row in shown:
        if definition["group"] != group:
            group = definition["group"]
            rows.append((titles[group], "", "", ""))
        unit = str(row["unit"])
        low, high = row["ci_low"], row["ci_high"]
        like = max(abs(figure or 0.0) for figure in (row["value"], low, high))
        upper = "or more" if high is None else f"to {number(high, unit, like)}"
        interval = "" if low is None else f"{number(low, unit, like)} {upper}"
        rows.append(
            (f"  {definition['title']}", number(row["value"], unit, like), interval, _UNITS.get(unit, unit))
        )
    return rows


def _main(stored: StoredRun) -> tuple[list[Figure], list[str]]:
    """Main figures, of the tail only the furthest that is known, and notes on those that are missing."""
    found = {(row["metric"], row["scope"]): row for row in records(stored.metrics)}
    known: dict[str, Figure] = {}
    notes = []
    for definition in stored.manifest["metrics"]["definitions"]:
        if not definition["main"]:
            continue
        row = found[definition["metric"], definition["scope"]]
        tail = definition["statistic"] != "mean"
        if row["value"] is not None:
            known[definition["statistic"] if tail else definition["metric"]] = (definition, row)
        elif not tail or definition["level"] == _FURTHEST:
            notes.append(f"no figure for {definition['title'].strip()}: {row['method']}")
    return list(known.values()), notes


def aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Rows of `figure_rows` as lines."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    return [
        "  ".join(
            cell.ljust(width) if column in (0, 3) else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
