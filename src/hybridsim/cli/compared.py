"""The parts of a comparison that people read: main figures, notes and levers, as words."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hybridsim.cli.figures import number

if TYPE_CHECKING:
    from hybridsim.study.compare import Compared, Comparison

_UNITS = {
    "share": "", "per year": "a year", "EUR": "euros",
    "EUR per EUR": "euros per euro", "EUR per hour": "euros",
}  # fmt: skip
_PERCENT = ("share", "per year")
_LEVERS_SHOWN = 40
_TEXT_AT_MOST = 60

_Figure = tuple[dict[str, Any], list["Compared"]]
"""A metric's definition and its rows, one per run but the baseline."""


@dataclass(frozen=True, slots=True)
class Line:
    """One main figure: group, title, unit, and by run its value and its difference."""

    group: str
    title: str
    unit: str
    values: list[str]
    differences: list[str]


def lines(found: Comparison) -> list[Line]:
    """Main figures in the order of the groups."""
    return [_line(figure) for figure in _main(found)[0]]


def _main(found: Comparison) -> tuple[list[_Figure], list[_Figure]]:
    """Main figures, of the tail only the furthest known in all runs; and tail measures known in none."""
    rows: dict[tuple[str, str], list[Compared]] = {}
    for row in found.figures:
        rows.setdefault((row.metric, row.scope), []).append(row)
    known: dict[str, _Figure] = {}
    unknown: dict[str, _Figure] = {}
    for definition in next(iter(found.runs.values())).manifest["metrics"]["definitions"]:
        if not definition["main"]:
            continue
        by_run = rows.get((definition["metric"], definition["scope"]), [])
        tail = definition["statistic"] != "mean"
        if len(by_run) < len(found.runs) - 1:
            continue
        if tail and any(row.difference is None for row in by_run):
            unknown.setdefault(definition["statistic"], (definition, by_run))
        else:
            known[definition["statistic"] if tail else definition["metric"]] = (definition, by_run)
    return list(known.values()), [figure for name, figure in unknown.items() if name not in known]


def _line(figure: _Figure) -> Line:
    definition, rows = figure
    unit = rows[0].unit
    values = [rows[0].baseline_value, *(row.value for row in rows)]
    like = max(abs(value or 0.0) for value in values)
    return Line(
        definition["group"],
        str(definition["title"]),
        _UNITS.get(unit, unit),
        [number(value, unit, like) for value in values],
        [_difference(row) for row in rows],
    )


def _difference(row: Compared) -> str:
    if row.difference is None:
        return "-"
    scale, unit = (100.0, " pp") if row.unit in _PERCENT else (1.0, "")
    ends = [] if row.ci_low is None or row.ci_high is None else [row.ci_low * scale, row.ci_high * scale]
    value = row.difference * scale
    decimals = _decimals(max(abs(figure) for figure in (value, *ends)))
    interval = f" ({' to '.join(_signed(end, decimals) for end in ends)})" if ends else " (no interval)"
    return f"{_signed(value, decimals)}{unit}{interval}{' *' if row.excludes_zero else ''}"


def _decimals(size: float) -> int:
    """So many that two digits are seen."""
    if size == 0.0:
        return 0
    return next((n for n, least in enumerate((1000.0, 10.0, 0.1, 0.01)) if size >= least), 4)


def _signed(value: float, decimals: int) -> str:
    text = f"{value:+,.{decimals}f}"
    return text if re.search("[1-9]", text) else text[1:]


def notes(found: Comparison) -> Iterator[str]:
    """What a reader has to know before the differences."""
    known, unknown = _main(found)
    tested = [row for _, rows in known for row in rows if row.ci_low is not None]
    marked = sum(row.excludes_zero for row in tested)
    yield "* marks differences whose 95 % interval excludes zero; pp are percentage points"
    yield (
        f"many comparisons: {marked} of {len(tested)} main differences with an interval exclude zero "
        f"({len(found.figures):,} figures are compared in all); if nothing differed, about "
        f"{0.05 * len(tested):.1f} of {len(tested)} would do so by chance"
    )
    gains = sorted(row.variance_reduction for row in tested if row.variance_reduction is not None)
    if gains:
        yield (
            f"the same futures in all runs: the variance of the differences is {_middle(gains):,.1f} times "
            f"smaller than with independent ones (median of {len(gains)}; "
            f"from {gains[0]:,.1f} to {gains[-1]:,.1f})"
        )
    reasons: dict[str, list[str]] = {}
    for definition, rows in (*known, *unknown):
        for row in rows:
            if row.ci_low is None:
                reason = f"{row.run}: {row.method.removeprefix('no interval: ')}"
                reasons.setdefault(reason, []).append(str(definition["title"]).strip())
    yield from (f"no interval for {', '.join(names)} of {reason}" for reason, names in reasons.items())
    yield from found.notes


def _middle(ordered: Sequence[float]) -> float:
    return 0.5 * (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2])


def lever_lines(found: Comparison, show: Callable[[str], str], bullet: str) -> list[str]:
    """What differs between the scenarios, run by run; ``show`` makes text safe for where it goes."""
    lines = []
    for label, pulled in found.levers.items():
        if not pulled:
            lines.append(f"The scenario of {show(label)} does not differ from the baseline.")
            continue
        lines.append(f"What differs in the scenario of {show(label)}:")
        for lever in pulled[:_LEVERS_SHOWN]:
            lines.append(f"{bullet}{show(lever.key)}: {show(_changed(lever.baseline, lever.other))}")
        if len(pulled) > _LEVERS_SHOWN:
            lines.append(f"{bullet}and {len(pulled) - _LEVERS_SHOWN:,} more keys; --json lists all")
    return lines


def _changed(before: object, after: object) -> str:
    if isinstance(before, list) and isinstance(after, list):
        gone = [part for part in before if part not in after]
        new = [part for part in after if part not in before]
        parts = [f"without {_listed(gone)}"] if gone else []
        parts += [f"with {_listed(new)}"] if new else []
        if parts and all(isinstance(part, str) for part in (*before, *after)):
            return "; ".join(parts)
    return f"{_value(before)} -> {_value(after)}"


def _listed(parts: Sequence[object]) -> str:
    return ", ".join(str(part) for part in parts)


def _value(value: object) -> str:
    if value is None:
        return "left out"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _TEXT_AT_MOST else f"{text[:_TEXT_AT_MOST]}..."
