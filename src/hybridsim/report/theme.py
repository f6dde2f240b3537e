"""One look for all charts: colours, type, grid and behaviour."""

from __future__ import annotations

from typing import Any

from hybridsim.report import format as fmt

INK = "#1d2733"
MUTED = "#56616f"
GRID = "#e3e8ee"
BLUE = "#1f5f99"
BAND_OUTER = "rgba(31,95,153,0.16)"
BAND_INNER = "rgba(31,95,153,0.34)"
RED = "#a8321e"
OCHRE = "#8a5a00"
SOURCES = ("#1f5f99", "#7fb2d9", "#c98a1b", "#5f7d3a", "#6d4a8c", "#c2708a", "#4d5560")
"""Colours of the sources in the order of `labels.SOURCES`: they also differ in lightness and are labelled."""

FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif'

CONFIG: dict[str, Any] = {
    "displayModeBar": False,
    "displaylogo": False,
    "responsive": True,
    "scrollZoom": False,
    "showSendToCloud": False,
    "plotlyServerURL": "",
}
"""Nothing that leaves the page or gets into the way of scrolling it."""


def layout(
    height: int, x: dict[str, Any], y: dict[str, Any], more: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Layout of a chart in the common look; ``x`` and ``y`` add to the axes."""
    axis = {
        "gridcolor": GRID,
        "zeroline": False,
        "automargin": True,
        "fixedrange": True,
        "linecolor": MUTED,
        "title": {"font": {"size": 13, "color": MUTED}},
    }
    return {
        "height": height,
        "margin": {"l": 8, "r": 26, "t": 24, "b": 8, "pad": 4},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": FONT, "size": 14, "color": INK},
        "hoverlabel": {"font": {"family": FONT, "size": 13}, "bgcolor": "#ffffff", "bordercolor": MUTED},
        "separators": ".,",
        "dragmode": False,
        "showlegend": False,
        "xaxis": {
            **axis,
            "showgrid": False,
            "showline": True,
            "ticks": "outside",
            "ticklabeloverflow": "allow",
            **_titled(axis, x),
        },
        "yaxis": {**axis, **_titled(axis, y)},
        **(more or {}),
    }


def ticks(top: float, bottom: float = 0.0, unit: str = "") -> dict[str, Any]:
    """Range and ticks of an axis, written like the figures of the text."""
    at, texts = fmt.axis(top, bottom, unit)
    return {"range": [min(bottom, 0.0), at[-1]], "tickmode": "array", "tickvals": at, "ticktext": texts}


def _titled(axis: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    return {**own, "title": {**axis["title"], **own.get("title", {})}}
