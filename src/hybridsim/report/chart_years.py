"""Outcomes over the years as fans: the median, and bands that hold half and nine tenths of the futures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from hybridsim.report import format as fmt
from hybridsim.report import theme
from hybridsim.report.charts import Chart
from hybridsim.report.markup import Markup

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]

BANDS = (0.05, 0.25, 0.5, 0.75, 0.95)
"""Quantiles of a fan, across replications, year by year: values that occur, nothing in between."""

LEGEND = Markup(
    '<p class="legend"><span class="swatch line"></span> median '
    '<span class="swatch inner"></span> half of the futures '
    '<span class="swatch outer"></span> 9 of 10 futures</p>'
)


@dataclass(frozen=True, slots=True)
class Series:
    """One column of the table by year and how it is shown; ``scale`` turns stored into shown units."""

    column: str
    title: str
    unit: str
    scale: float


SERIES = (
    Series("adopters", "Institutions with a live project, end of year", "%", 0.0),
    Series("started", "Projects started in the year", "projects", 1.0),
    Series("live_sites", "Sites with a live project, end of year", "sites", 1.0),
    Series("hours_milli", "Working hours freed in the year", "hours", 0.001),
    Series("outstanding_cents", "Project loans outstanding, end of year", "€", 0.01),
)
"""The fans of the report; a scale of 0 is a percentage of all institutions."""


def fans(years: pd.DataFrame, institutions: int, first_year: int) -> list[Chart]:
    """One fan per series from the stored table by year; none for a series that stays at zero."""
    count = int(years["year"].max()) + 1
    replications = len(years) // count
    charts = []
    for series in SERIES:
        scale = series.scale or 100.0 / max(institutions, 1)
        grid = years[series.column].to_numpy(dtype=np.float64).reshape(replications, count) * scale
        bands = np.quantile(grid, BANDS, axis=0, method="inverted_cdf")
        if bands.any():
            charts.append(_fan(series, bands, replications, first_year))
    return charts


def _fan(series: Series, bands: Floats, replications: int, first_year: int) -> Chart:
    labels = year_labels(first_year, bands.shape[1])
    lowest, low, middle, high, highest = (band.tolist() for band in bands)
    return Chart(
        name=f"years-{series.column.replace('_', '-')}",
        title=series.title,
        says=_says(series, bands[:, -1], replications, labels[-1]),
        data=[
            _edge(labels, lowest),
            _edge(labels, highest, theme.BAND_OUTER),
            _edge(labels, low),
            _edge(labels, high, theme.BAND_INNER),
            _median(labels, middle, series, bands),
        ],
        layout=theme.layout(
            260,
            x={"type": "category"},
            y=theme.ticks(float(bands.max()), min(0.0, float(bands.min())), series.unit),
        ),
        headers=("Year", "5 %", "25 %", "Median", "75 %", "95 %"),
        rows=[
            (label, *(_shown(series, figure) for figure in column))
            for label, column in zip(labels, bands.T, strict=True)
        ],
        legend=LEGEND if replications > 1 else Markup(),
    )


def _edge(labels: Sequence[str], figures: list[float], fill: str = "") -> dict[str, Any]:
    edge: dict[str, Any] = {
        "type": "scatter",
        "mode": "lines",
        "x": labels,
        "y": figures,
        "line": {"width": 0},
        "hoverinfo": "skip",
    }
    return {**edge, "fill": "tonexty", "fillcolor": fill} if fill else edge


def _median(labels: Sequence[str], middle: list[float], series: Series, bands: Floats) -> dict[str, Any]:
    words = [
        f"{_shown(series, column[2])}<br>half of the futures: {_shown(series, column[1])} to "
        f"{_shown(series, column[3])}<br>9 of 10: {_shown(series, column[0])} to {_shown(series, column[4])}"
        for column in bands.T
    ]
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x": labels,
        "y": middle,
        "customdata": words,
        "line": {"color": theme.BLUE, "width": 3},
        "marker": {"size": 6},
        "hovertemplate": "%{x}: %{customdata}<extra></extra>",
    }


def _says(series: Series, last: Floats, replications: int, label: str) -> str:
    middle = _shown(series, last[2])
    if replications == 1:
        return f"{label}: {middle} (one replication, so there is no band)."
    low, high = _shown(series, last[0]), _shown(series, last[4])
    return f"{label}: median {middle}; 9 of 10 futures between {low} and {high}."


def _shown(series: Series, figure: float) -> str:
    if series.unit == "€":
        return fmt.euros(figure)
    return f"{fmt.plain(figure)}{fmt.NBSP}{series.unit}"


def year_labels(first_year: int, count: int) -> list[str]:
    """Calendar years as categories of an axis."""
    return [str(first_year + year) for year in range(count)]
