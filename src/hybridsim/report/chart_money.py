"""Money over the years: what is committed by source, and what lenders are expected to lose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hybridsim.report import format as fmt
from hybridsim.report import theme
from hybridsim.report.chart_years import year_labels
from hybridsim.report.charts import Chart
from hybridsim.report.values import Values

if TYPE_CHECKING:
    import pandas as pd

_LEGEND_ABOVE = {"orientation": "h", "x": 0, "y": 1.0, "yanchor": "bottom", "traceorder": "normal"}


def losses_chart(values: Values, years: int, first_year: int) -> Chart | None:
    """Lenders' expected loss by year with its interval: a fan shows nothing where most years have none."""
    found = [values.get("expected_loss_eur", f"year:{year}") for year in range(years)]
    if not any(value.value for value in found):
        return None
    labels = year_labels(first_year, years)
    means = [value.value or 0.0 for value in found]
    lows = [mean if value.low is None else value.low for value, mean in zip(found, means, strict=True)]
    highs = [mean if value.high is None else value.high for value, mean in zip(found, means, strict=True)]
    bars = {
        "type": "bar",
        "x": labels,
        "y": means,
        "marker": {"color": theme.BLUE, "opacity": 0.75},
        "error_y": {
            "type": "data",
            "array": [high - mean for high, mean in zip(highs, means, strict=True)],
            "arrayminus": [mean - low for low, mean in zip(lows, means, strict=True)],
            "color": theme.INK,
            "thickness": 1.5,
        },
        "customdata": [value.with_interval for value in found],
        "hovertemplate": "%{x}: %{customdata}<extra></extra>",
    }
    worst = max(range(years), key=lambda year: means[year])
    return Chart(
        name="years-expected-loss",
        title="Lenders' expected loss booked in the year",
        says=f"Largest in {labels[worst]}: {found[worst].with_interval}. "
        f"Whiskers: 95{fmt.NBSP}% interval of the mean.",
        data=[bars],
        layout=theme.layout(260, {"type": "category"}, theme.ticks(max(highs), min(0.0, *lows), "€")),
        headers=("Year", "Expected loss", f"95{fmt.NBSP}% interval"),
        rows=[(label, value.figure, value.interval) for label, value in zip(labels, found, strict=True)],
    )


def money_chart(years: pd.DataFrame, values: Values, first_year: int) -> Chart | None:
    """Money committed at financial closes by year and source, means over replications."""
    count = int(years["year"].max()) + 1
    means = years.groupby("year", sort=True)[["own_funds_cents", "grant_cents"]].mean() / 100.0
    sources = {
        "Own funds": means["own_funds_cents"].tolist(),
        "Loans": [values.get("lent_eur", f"year:{year}").value or 0.0 for year in range(count)],
        "Grants": means["grant_cents"].tolist(),
    }
    by_year = list(zip(*sources.values(), strict=True))
    if not any(map(any, by_year)):
        return None
    labels = year_labels(first_year, count)
    bars = [
        {
            "type": "bar",
            "name": name,
            "x": labels,
            "y": amounts,
            "marker": {"color": colour},
            "customdata": [fmt.euros(amount) for amount in amounts],
            "hovertemplate": "%{x}: %{customdata}<extra>" + name + "</extra>",
        }
        for (name, amounts), colour in zip(sources.items(), theme.SOURCES, strict=False)
    ]
    largest = max(sources, key=lambda name: sum(sources[name]))
    return Chart(
        name="money-by-year",
        title="Money committed by year and source",
        says=f"Over the horizon the largest part comes from {largest.lower()}. Means over replications.",
        data=bars,
        layout=theme.layout(
            320,
            {"type": "category"},
            theme.ticks(max(map(sum, by_year)), 0.0, "€"),
            {"barmode": "stack", "showlegend": True, "legend": _LEGEND_ABOVE},
        ),
        headers=("Year", *sources),
        rows=[(label, *map(fmt.euros, amounts)) for label, amounts in zip(labels, by_year, strict=True)],
        note="Grants as awarded and own funds at closes; loans as disbursed.",
    )
