"""The page of a sensitivity study: one HTML file with everything in it."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hybridsim.report import charts
from hybridsim.report.chart_sensitivity import Figure, ranking_chart, spread_chart, tornado_chart
from hybridsim.report.charts import Chart
from hybridsim.report.markup import Markup, fill, join
from hybridsim.report.shell import notes, whole_page, write_page
from hybridsim.report.tables import search_table

if TYPE_CHECKING:
    import pandas as pd

    from hybridsim.study.sensitivity_store import Sensitivity

CHARTS = 24
"""Figures that are drawn; the others are in the table."""

_HEAD = """<p class="kind">hybridsim sensitivity study <span>seed {seed}</span></p>
<h1>{title}</h1>
<p class="what">{what}</p>"""

Row = dict[str, Any]


def write_sensitivity_page(found: Sensitivity, target: Path) -> Path:
    """Write the page of a study as one HTML file that needs nothing else; returns its path."""
    return write_page(render(found), target)


def render(found: Sensitivity) -> str:
    """The page of a study as HTML."""
    manifest = found.manifest
    drawn, sections = _alone(found) if manifest["one_at_a_time"] else _together(found)
    title = ", ".join(str(design["title"]) for design in manifest["designs"])
    head = fill(_HEAD, seed=manifest["seed"], title=title, what=_what(found))
    version = manifest["versions"].get("hybridsim", "")
    foot = (
        f"hybridsim {version}; seed {manifest['seed']}. Simulated institutions and futures: not a forecast."
    )
    last = ("section-unknowns", "The unknowns", _unknowns(found))
    return whole_page(f"Sensitivity: {title}", head, notes(found.notes), [*sections, last], drawn, foot)


def _what(found: Sensitivity) -> str:
    manifest, count = found.manifest, len(found.tables["unknowns"])
    how = "each alone at both ends of its range" if manifest["one_at_a_time"] else "all drawn at once"
    return (
        f"{count:,} figures that nobody knows exactly, {how}: {manifest['points']['done']:,} points with "
        f"{manifest['replications']:,} possible futures each, the same futures at every point."
    )


_Sections = list[tuple[str, str, Markup]]


def _together(found: Sensitivity) -> tuple[list[Chart], _Sections]:
    rows = [(_title(found, row), row) for row in _records(found.tables["spread"])]
    spread = spread_chart(rows[:CHARTS])
    ranked = [ranking_chart(figure) for figure in _figures(found, "ranking")]
    drawn = [chart for chart in (spread, *ranked) if chart is not None]
    body = charts.render(spread) if spread else fill("<p>No figure has a spread.</p>")
    return drawn, [
        ("section-spread", "Chance or ignorance?", body),
        ("section-ranking", "Which unknown moves a figure most?", _grid(drawn[1:] if spread else drawn)),
    ]


def _alone(found: Sensitivity) -> tuple[list[Chart], _Sections]:
    drawn = [chart for figure in _figures(found, "one_at_a_time") if (chart := tornado_chart(figure))]
    inert = join(fill("<li><code>{path}</code></li>", path=path) for path in found.inert)
    none = fill("<p>Every unknown changes something.</p>")
    return drawn, [
        ("section-tornado", "Which unknown moves a figure most?", _grid(drawn)),
        (
            "section-inert",
            "Unknowns that change not one bit",
            fill("<ul>{x}</ul>", x=inert) if inert else none,
        ),
    ]


def _grid(drawn: list[Chart]) -> Markup:
    if not drawn:
        return fill("<p>No unknown moves any of these figures.</p>")
    return fill('<div class="grid">{all}</div>', all=join(charts.render(chart) for chart in drawn))


def _figures(found: Sensitivity, table: str) -> list[Figure]:
    groups: dict[tuple[str, str, str], list[Row]] = {}
    for row in _records(found.tables[table]):
        groups.setdefault((row["metric"], row["design"], row["compared_to"]), []).append(row)
    units = {metric["metric"]: str(metric["unit"]) for metric in found.manifest["metrics"]}
    return [
        Figure(
            f"figure-{number}",
            _title(found, part[0]),
            units[part[0]["metric"]],
            part,
            bool(part[0]["compared_to"]),
        )
        for number, part in enumerate(list(groups.values())[:CHARTS])
    ]


def _unknowns(found: Sensitivity) -> Markup:
    rows = [
        (
            row["path"],
            f"{row['value']:g}",
            f"{row['low']:g}",
            f"{row['high']:g}",
            row["unit"],
            row["evidence"],
            row["source"],
        )
        for row in _records(found.tables["unknowns"])
    ]
    headers = ("Key path", "Value", "Low", "High", "Unit", "Evidence", "Source")
    return search_table("unknowns", "Figures with a range", headers, rows, "part of a key path or source")


def _title(found: Sensitivity, row: Row) -> str:
    metric = next(m for m in found.manifest["metrics"] if m["metric"] == row["metric"])
    title = str(metric["title"] or metric["metric"].replace("_", " "))
    if row["compared_to"]:
        return f"{title}: {row['design']} less {row['compared_to']}"
    return f"{title}: {row['design']}" if len(found.manifest["designs"]) > 1 else title


def _records(table: pd.DataFrame) -> list[Row]:
    return [
        {str(k): None if isinstance(v, float) and math.isnan(v) else v for k, v in row.items()}
        for row in table.to_dict("records")
    ]
