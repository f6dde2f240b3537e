"""A comparison as an aligned table, as Markdown and as JSON."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import TYPE_CHECKING

from hybridsim.cli.compared import lever_lines, lines, notes
from hybridsim.cli.figures import json_text
from hybridsim.cli.support import support_lines

if TYPE_CHECKING:
    from hybridsim.study.compare import Comparison

_TITLES = {"risk": "Risk", "impact": "Impact", "scaling": "Scaling", "public_cost": "Public cost"}
_MARKUP = re.compile(r"([\\`*_{}\[\]<#|&~!])")


def comparison_text(found: Comparison) -> str:
    """Main figures with runs as columns; under each value its difference to the baseline."""
    labels = [_plain(label) for label in found.runs]
    rows = [["", *labels, ""], ["", "baseline", *("difference (95 % interval)" for _ in labels[1:]), ""]]
    group = ""
    for line in lines(found):
        if line.group != group:
            group = line.group
            rows.append([_TITLES.get(group, group), *("" for _ in labels), ""])
        rows.append([f"  {line.title}", *line.values, line.unit])
        rows.append(["", "", *line.differences, ""])
    text = [*_aligned(rows), "", *support_lines(found, _plain, "  "), *lever_lines(found, _plain, "  ")]
    return "\n".join([*text, "", *(f"Note: {_plain(note)}" for note in notes(found))])


def comparison_markdown(found: Comparison) -> str:
    """The same as Markdown; names are data and cannot become markup."""
    labels = [_escaped(label) for label in found.runs]
    head = ["", f"{labels[0]} (baseline)"]
    for label in labels[1:]:
        head += [label, "difference (95 % interval)"]
    rows = [head, ["---", *("---:" for _ in head[1:])]]
    group = ""
    for line in lines(found):
        if line.group != group:
            group = line.group
            rows.append([f"**{_TITLES.get(group, group)}**", *("" for _ in head[1:])])
        title = f"{_escaped(line.title.strip())}{f' ({line.unit})' if line.unit else ''}"
        cells = [title, line.values[0]]
        for value, difference in zip(line.values[1:], line.differences, strict=True):
            cells += [value, difference.replace("*", "\\*")]
        rows.append(cells)
    table = [f"| {' | '.join(cells)} |" for cells in rows]
    remarks = [f"- {_escaped(note)}" for note in notes(found)]
    return "\n".join(
        [*table, "", *support_lines(found, _escaped, "- "), *lever_lines(found, _escaped, "- "), "", *remarks]
    )


def comparison_json(found: Comparison) -> str:
    """All figures, levers and notes as JSON."""
    first = next(iter(found.runs))
    runs = [
        {
            "label": label,
            "name": run.manifest["name"],
            "title": run.manifest.get("title"),
            "folder": str(run.folder),
            "seed": run.manifest["seed"],
            "replications": run.manifest["replications"]["done"],
            "digest": run.digest,
            "notes": run.notes,
        }
        for label, run in found.runs.items()
    ]
    changes = [
        {"run": label, "key": lever.key, "baseline": lever.baseline, "value": lever.other}
        for label, pulled in found.levers.items()
        for lever in pulled
    ]
    return json_text(
        {
            "baseline": first,
            "paired": found.paired,
            "runs": runs,
            "notes": list(notes(found)),
            "scenario_differences": changes,
            "metrics": [asdict(row) for row in found.figures],
            "additionality": [asdict(row) for row in found.additionality],
        }
    )


def _plain(text: str) -> str:
    """Text without characters that would steer a terminal."""
    return "".join(sign if sign.isprintable() else "?" for sign in text)


def _escaped(text: str) -> str:
    return _MARKUP.sub(r"\\\1", _plain(text)).replace("\\<", "&lt;")


def _aligned(rows: list[list[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    last = len(widths) - 1
    return [
        "  ".join(
            cell.ljust(width) if column in (0, last) else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
