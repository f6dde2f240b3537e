"""A chart: what it says, the data that it draws, and the same data as a table."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from hybridsim.report.markup import Markup, fill
from hybridsim.report.tables import plain_table


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart of the page; ``says`` is also its text alternative."""

    name: str
    title: str
    says: str
    data: list[dict[str, Any]]
    layout: dict[str, Any]
    headers: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""
    legend: Markup = field(default_factory=Markup)


_CHART = """<figure class="chart" id="{name}">
<h3>{title}</h3>
<p class="says">{says}</p>
{legend}
<div class="plot" id="plot-{name}" role="img" aria-label="{alternative}" style="height:{height}px"></div>
{note}
<details><summary>The data of this chart</summary>
{table}
</details>
</figure>"""


def render(chart: Chart) -> Markup:
    """The chart as HTML; the script of the page draws it from the data block."""
    return fill(
        _CHART,
        name=chart.name,
        title=chart.title,
        says=chart.says,
        legend=chart.legend,
        alternative=f"Chart: {chart.title}. {chart.says}",
        height=chart.layout["height"],
        note=fill("<figcaption>{text}</figcaption>", text=chart.note) if chart.note else Markup(),
        table=plain_table(f"Data: {chart.title}", chart.headers, chart.rows),
    )


def data_block(charts: Sequence[Chart]) -> Markup:
    """All charts as one JSON data block: inert, with nothing in it that could end the script element."""
    figures = {f"plot-{chart.name}": {"data": chart.data, "layout": chart.layout} for chart in charts}
    text = json.dumps(figures, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(f'<script type="application/json" id="charts">{text}</script>')
