"""Outcomes over the years as fans: the median and the bands that hold half and nine tenths of the futures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from hybridsim.report import format as fmt
from hybridsim.report import theme
from hybridsim.report.charts import Chart
from hybridsim.report.markup import Markup
from hybridsim.report.values import Values

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


def fans(years: Any, institutions: int, first_year: int) -> list[Chart]:
    """One fan per series from the stored table by replication and year; none for a series that stays at zero."""
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


def losses_chart(values: Values, years: int, first_year: int) -> Chart | None:
    """Lenders' expected loss by year with its interval; fans would show nothing, since most years have none."""
    found = [values.get("expected_loss_eur", f"year:{year}") for year in range(years)]
    if not any(value.value for value in found):
        return None
    labels = _labels(first_year, years)
    means = [value.value or 0.0 for value in found]
    above = [(value.high or mean) - mean for value, mean in zip(found, means, strict=True)]
    below = [
        mean - (value.low if value.low is not None else mean)
        for value, mean in zip(found, means, strict=True)
    ]
    top, bottom = (
        max(map(sum, zip(means, above, strict=True))),
        min(m - b for m, b in zip(means, below, strict=True)),
    )
    worst = max(found, key=lambda value: value.value or 0.0)
    return Chart(
        name="years-expected-loss",
        title="Lenders' expected loss booked in the year",
        says=f"Largest in {labels[found.index(worst)]}: {worst.with_interval}. Whiskers: 95{fmt.NBSP}% interval of the mean.",
        data=[
            {"type": "bar", "x": labels, "y": means, "marker": {"color": theme.BLUE, "opacity": 0.75},
             "error_y": {"type": "data", "array": above, "arrayminus": below, "color": theme.INK, "thickness": 1.5},
             "customdata": [value.with_interval for value in found], "hovertemplate": "%{x}: %{customdata}<extra></extra>"}
        ],
        layout=theme.layout(260, x={"type": "category"}, y=theme.ticks(top, min(bottom, 0.0), "€")),
        headers=("Year", "Expected loss", "95\u00a0% interval"),
        rows=[(label, value.figure, value.interval) for label, value in zip(labels, found, strict=True)],
    )  # fmt: skip


def money_chart(years: Any, values: Values, first_year: int) -> Chart | None:
    """Money committed at financial closes by year and source, means over replications."""
    count = int(years["year"].max()) + 1
    means = years.groupby("year", sort=True)[["own_funds_cents", "grant_cents"]].mean() / 100.0
    lent = [values.get("lent_eur", f"year:{year}").value or 0.0 for year in range(count)]
    sources = (
        ("Own funds", means["own_funds_cents"].tolist(), theme.SOURCES[0]),
        ("Loans", lent, theme.SOURCES[1]),
        ("Grants", means["grant_cents"].tolist(), theme.SOURCES[2]),
    )
    if not any(any(amounts) for _, amounts, _ in sources):
        return None
    labels = _labels(first_year, count)
    bars = [
        {"type": "bar", "name": name, "x": labels, "y": amounts, "marker": {"color": colour},
         "customdata": [fmt.euros(amount) for amount in amounts],
         "hovertemplate": "%{x}: %{customdata}<extra>" + name + "</extra>"}
        for name, amounts, colour in sources
    ]  # fmt: skip
    totals = {name: sum(amounts) for name, amounts, _ in sources}
    largest = max(totals, key=lambda name: totals[name])
    return Chart(
        name="money-by-year",
        title="Money committed by year and source",
        says=f"Over the horizon the largest part comes from {largest.lower()}. Means over replications.",
        data=bars,
        layout=theme.layout(
            320,
            x={"type": "category"},
            y=theme.ticks(
                max(sum(amounts[year] for _, amounts, _ in sources) for year in range(count)), 0.0, "€"
            ),
            barmode="stack",
            showlegend=True,
            legend={"orientation": "h", "x": 0, "y": 1.0, "yanchor": "bottom", "traceorder": "normal"},
        ),
        headers=("Year", *(name for name, _, _ in sources)),
        rows=[
            (label, *(fmt.euros(amounts[index]) for _, amounts, _ in sources))
            for index, label in enumerate(labels)
        ],
        note="Grants as awarded and own funds at closes; loans as disbursed.",
    )


def _fan(series: Series, bands: Floats, replications: int, first_year: int) -> Chart:
    labels = _labels(first_year, bands.shape[1])
    lowest, low, middle, high, highest = (band.tolist() for band in bands)
    return Chart(
        name=f"years-{series.column.replace('_', '-')}",
        title=series.title,
        says=_says(series, bands[:, -1], replications, labels[-1]),
        data=[
            _edge(labels, lowest), _edge(labels, highest, theme.BAND_OUTER),
            _edge(labels, low), _edge(labels, high, theme.BAND_INNER),
            _median(labels, middle, series, bands),
        ],
        layout=theme.layout(
            260,
            x={"type": "category"},
            y=theme.ticks(float(bands.max()), min(0.0, float(bands.min())), series.unit),
        ),
        headers=("Year", "5 %", "25 %", "Median", "75 %", "95 %"),
        rows=[
            (label, *(_shown(series, figure) for figure in bands[:, index])) for index, label in enumerate(labels)
        ],
        legend=LEGEND if replications > 1 else Markup(),
    )  # fmt: skip


def _edge(labels: Sequence[str], figures: list[float], fill: str = "") -> dict[str, Any]:
    edge: dict[str, Any] = {
        "type": "scatter", "mode": "lines", "x": labels, "y": figures, "line": {"width": 0}, "hoverinfo": "skip",
    }  # fmt: skip
    return {**edge, "fill": "tonexty", "fillcolor": fill} if fill else edge


def _median(labels: Sequence[str], middle: list[float], series: Series, bands: Floats) -> dict[str, Any]:
    words = [
        f"{_shown(series, column[2])}<br>half of the futures: {_shown(series, column[1])} to "
        f"{_shown(series, column[3])}<br>9 of 10: {_shown(series, column[0])} to {_shown(series, column[4])}"
        for column in bands.T
    ]
    return {
        "type": "scatter", "mode": "lines+markers", "x": labels, "y": middle, "customdata": words,
        "line": {"color": theme.BLUE, "width": 3}, "marker": {"size": 6},
        "hovertemplate": "%{x}: %{customdata}<extra></extra>",
    }  # fmt: skip


def _says(series: Series, last: Floats, replications: int, label: str) -> str:
    middle = _shown(series, last[2])
    if replications == 1:
        return f"{label}: {middle} (one replication, so there is no band)."
    return f"{label}: median {middle}; 9 of 10 futures between {_shown(series, last[0])} and {_shown(series, last[4])}."


def _shown(series: Series, figure: float) -> str:
    if series.unit == "€":
        return fmt.euros(figure)
    return f"{fmt.plain(figure)}{fmt.NBSP}{series.unit}"


def _labels(first_year: int, count: int) -> list[str]:
    return [str(first_year + year) for year in range(count)]
