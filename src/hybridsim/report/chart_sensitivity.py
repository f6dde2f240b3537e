"""What unknowns do to a figure: its spread split in two, tornado charts, and rank correlations."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hybridsim.report import format as fmt
from hybridsim.report import theme
from hybridsim.report.charts import Chart

BARS = 10
"""Unknowns in one chart: the others are in the table."""
_LABEL = 44
_BAR, _FRAME = 26, 80
_LEGEND = {"orientation": "h", "x": 0, "y": 1.0, "yanchor": "bottom", "traceorder": "normal"}
_PERCENT = ("share", "per year")

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure in words, with its rows of one table, the strongest unknown first."""

    name: str
    title: str
    unit: str
    rows: Sequence[Row]
    is_difference: bool = False

    def text(self, value: float | None) -> str:
        """A value of this figure as people read it."""
        if value is None or not math.isfinite(value):
            return fmt.NOT_KNOWN
        if self.unit in _PERCENT:
            text = fmt.per_cent(value)[0]
            return text.replace("%", "pp") if self.is_difference else text
        return fmt.euros(value) if self.unit.startswith("EUR") else fmt.counted(value)[0]


def spread_chart(rows: Sequence[tuple[str, Row]]) -> Chart | None:
    """Share of each figure's variance that is due to unknowns and to chance; titles with their rows."""
    known = [(title, row) for title, row in rows if row["share"] is not None]
    if not known:
        return None
    titles = [title for title, _ in known]
    shares = [100.0 * row["share"] for _, row in known]
    widest = max(range(len(shares)), key=lambda place: shares[place])
    parts = (
        ("Unknowns", shares, theme.OCHRE),
        ("Chance in the world", [100.0 - s for s in shares], theme.BLUE),
    )
    bars = [
        {
            "type": "bar", "orientation": "h", "name": name, "y": titles, "x": values,
            "marker": {"color": colour},
            "hovertemplate": "%{y}: %{x:.0f} %<extra>" + name + "</extra>",
        }
        for name, values, colour in parts
    ]  # fmt: skip
    more = {"barmode": "stack", "showlegend": True, "legend": _LEGEND}
    return Chart(
        name="spread",
        title="Where the spread of a future comes from",
        says=f"Unknowns matter most for {titles[widest]}: {shares[widest]:.0f}{fmt.NBSP}% of the variance.",
        data=bars,
        layout=theme.layout(
            _FRAME + _BAR * len(known), theme.ticks(100.0, 0.0, "%"), {"autorange": "reversed"}, more
        ),
        headers=("Figure", "Due to unknowns", f"95{fmt.NBSP}% interval", "Draws"),
        rows=[
            (title, f"{100 * row['share']:.0f}{fmt.NBSP}%", _interval(row), fmt.count(row["draws"]))
            for title, row in known
        ],
    )


def tornado_chart(figure: Figure) -> Chart | None:
    """The figure with each unknown alone at its low and at its high end."""
    rows = [row for row in figure.rows if row["swing"] > 0.0][:BARS]
    central = figure.rows[0]["central"]
    if not rows or central is None:
        return None
    scale = 100.0 if figure.unit in _PERCENT else 1.0
    ends = [value for row in rows for value in (row["at_low"], row["at_high"]) if value is not None]
    bars = [
        {
            "type": "bar", "orientation": "h", "name": name, "base": central * scale,
            "y": [_label(row["path"]) for row in rows],
            "x": [0.0 if row[key] is None else (row[key] - central) * scale for row in rows],
            "marker": {"color": colour},
            "customdata": [f"{row['path']} at {row[end]:g}: {figure.text(row[key])}" for row in rows],
            "hovertemplate": "%{customdata}<extra></extra>",
        }
        for name, key, end, colour in (
            ("Low end", "at_low", "low", theme.SOURCES[1]), ("High end", "at_high", "high", theme.BLUE),
        )
    ]  # fmt: skip
    low, high = min(*ends, central) * scale, max(*ends, central) * scale
    unit = "%" if figure.unit in _PERCENT else "€" if figure.unit.startswith("EUR") else ""
    at, texts = fmt.axis(high, min(low, 0.0), unit)
    axis = {"tickmode": "array", "tickvals": at, "ticktext": texts, "range": _around(low, high)}
    more = {"barmode": "overlay", "showlegend": True, "legend": _LEGEND}
    first = rows[0]
    return Chart(
        name=figure.name,
        title=figure.title,
        says=f"{figure.text(central)} with all figures at their values; "
        f"from {figure.text(first['at_low'])} to {figure.text(first['at_high'])} "
        f"with {first['path']} from {first['low']:g} to {first['high']:g}.",
        data=bars,
        layout=theme.layout(_FRAME + _BAR * len(rows), axis, {"autorange": "reversed"}, more),
        headers=("Unknown", "Low end", "Figure there", "High end", "Figure there", "Told from noise"),
        rows=[
            (
                row["path"], f"{row['low']:g}", figure.text(row["at_low"]), f"{row['high']:g}",
                figure.text(row["at_high"]), "yes" if row["told_from_noise"] else "no",
            )
            for row in rows
        ],
    )  # fmt: skip


def ranking_chart(figure: Figure) -> Chart | None:
    """Rank correlations of the strongest unknowns with the figure; pale where noise could have made them."""
    rows = list(figure.rows[:BARS])
    if not rows:
        return None
    bar = {
        "type": "bar", "orientation": "h",
        "y": [_label(row["path"]) for row in rows],
        "x": [row["correlation"] for row in rows],
        "marker": {"color": [theme.BLUE if row["stands_out"] else theme.GRID for row in rows]},
        "error_x": {
            "type": "data", "color": theme.INK, "thickness": 1.2,
            "array": [row["ci_high"] - row["correlation"] for row in rows],
            "arrayminus": [row["correlation"] - row["ci_low"] for row in rows],
        },
        "customdata": [f"{row['path']}: {row['correlation']:+.2f}" for row in rows],
        "hovertemplate": "%{customdata}<extra></extra>",
    }  # fmt: skip
    out = [row["path"] for row in rows if row["stands_out"]]
    says = f"Stands out from noise: {', '.join(out)}." if out else "No unknown stands out from noise."
    axis = {
        "range": [-1.0, 1.0], "tickmode": "array", "tickvals": [-1, -0.5, 0, 0.5, 1],
        "title": {"text": "Rank correlation"},
    }  # fmt: skip
    return Chart(
        name=figure.name,
        title=figure.title,
        says=says,
        data=[bar],
        layout=theme.layout(_FRAME + _BAR * len(rows), axis, {"autorange": "reversed"}),
        headers=("Unknown", "Rank correlation", f"95{fmt.NBSP}% interval", "Explains alone", "Stands out"),
        rows=[
            (
                row["path"], f"{row['correlation']:+.2f}", f"{row['ci_low']:+.2f} to {row['ci_high']:+.2f}",
                f"{100 * row['share']:.0f}{fmt.NBSP}%", "yes" if row["stands_out"] else "no",
            )
            for row in rows
        ],
    )  # fmt: skip


def _interval(row: Row) -> str:
    if row["share_low"] is None:
        return ""
    return f"{100 * row['share_low']:.0f} to {100 * row['share_high']:.0f}{fmt.NBSP}%"


def _around(low: float, high: float) -> list[float]:
    room = 0.05 * (high - low) or 1.0
    return [low - room, high + room]


def _label(path: str) -> str:
    """The end of a key path, which says most; Plotly would read signs of markup."""
    plain = path.replace("<", " ").replace(">", " ").replace("&", " ")
    return plain if len(plain) <= _LABEL else f"...{plain[-_LABEL:]}"
