"""The page of a sensitivity study: one HTML file with everything in it."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hybridsim.report import charts, theme
from hybridsim.report.chart_sensitivity import Figure, ranking_chart, spread_chart, tornado_chart
from hybridsim.report.charts import Chart
from hybridsim.report.markup import Markup, fill, join
from hybridsim.report.page import policy, resource, write_page
from hybridsim.report.tables import search_table

if TYPE_CHECKING:
    import pandas as pd

    from hybridsim.study.sensitivity_store import Sensitivity

CHARTS = 24
"""Figures that are drawn; the others are in the table."""

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>Sensitivity: {title}</title>
<style>{style}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the results</a>
<header>
<p class="kind">hybridsim sensitivity study <span>seed {seed}</span></p>
<h1>{title}</h1>
<p class="what">{what}</p>
</header>
<main id="main">
<section id="notes" class="notes" aria-labelledby="head-notes">
<h2 id="head-notes">Notes</h2><ul>{notes}</ul></section>
{sections}
</main>
<footer><p>hybridsim {version}; seed {seed}. Simulated institutions and futures: not a forecast.</p></footer>
{data}
<script type="application/json" id="config">{config}</script>
<script>{plotly}</script>
<script>{script}</script>
</body>
</html>
"""
_SECTION = """<section id="{name}" aria-labelledby="head-{name}">
<h2 id="head-{name}">{title}</h2>
{body}
</section>"""

Row = dict[str, Any]


def write_sensitivity_page(found: Sensitivity, target: Path) -> Path:
    """Write the page of a study as one HTML file that needs nothing else; returns its path."""
    return write_page(render(found), target)


def render(found: Sensitivity) -> str:
    """The page of a study as HTML."""
    from plotly.offline import get_plotlyjs

    manifest = found.manifest
    drawn, sections = _alone(found) if manifest["one_at_a_time"] else _together(found)
    plotly, script = Markup(get_plotlyjs()), Markup(resource("page.js"))
    return fill(
        _PAGE,
        policy=policy([plotly, script]),
        title=", ".join(str(design["title"]) for design in manifest["designs"]),
        style=Markup(resource("style.css")),
        seed=manifest["seed"],
        what=_what(found),
        notes=join(fill("<li>{note}.</li>", note=note[:1].upper() + note[1:]) for note in found.notes),
        sections=join(
            fill(_SECTION, name=name, title=title, body=body)
            for name, title, body in (*sections, ("section-unknowns", "The unknowns", _unknowns(found)))
        ),
        version=str(manifest["versions"].get("hybridsim", "")),
        data=charts.data_block(drawn),
        config=Markup(json.dumps(theme.CONFIG, sort_keys=True)),
        plotly=plotly,
        script=script,
    )


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
