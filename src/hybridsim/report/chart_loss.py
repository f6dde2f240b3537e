"""The distribution of lenders' loss over the replications; expected loss, value at risk, shortfall."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from hybridsim.report import format as fmt
from hybridsim.report import theme
from hybridsim.report.charts import Chart
from hybridsim.report.values import Value, Values

LEVELS = (("99_9", "99.9\u00a0%"), ("99", "99\u00a0%"), ("95", "95\u00a0%"), ("90", "90\u00a0%"))
"""Levels of value at risk and expected shortfall, the highest first: name in the table, in words."""

_BINS_AT_MOST = 30
_NOTE = (
    "Each bar counts the replications (possible futures) whose loss falls into its range; the lines "
    "count all futures, those without a loss too. Loss: after recoveries and guarantee payouts, over the "
    "whole life of the loans. "
    "VaR: value at risk, the loss not exceeded. ES: expected shortfall, the mean beyond it."
)


def highest_level(values: Values) -> tuple[str, str] | None:
    """The highest level for which this run holds a value at risk; None if there is none."""
    return next((level for level in LEVELS if values.get(f"loss_var_{level[0]}_eur").known), None)


def loss_chart(loss_eur: Sequence[float], values: Values) -> Chart | None:
    """Histogram of lenders' loss by replication; None if there is nothing to spread.

    Futures without a loss are told, not drawn: often they are most, and their bar would hide the others.
    """
    if len(loss_eur) < 2 or min(loss_eur) == max(loss_eur):
        return None
    drawn = [loss for loss in loss_eur if loss != 0.0]
    edges, counts = histogram(drawn)
    lines = _lines(values)
    return Chart(
        name="loss",
        title="Lenders' loss in the futures with a loss",
        says=_says(loss_eur, values),
        data=[_bars(edges, counts)],
        layout=_layout(edges, counts, lines),
        headers=("Lenders' loss", "Replications"),
        rows=[
            ("No loss", fmt.count(len(loss_eur) - len(drawn))),
            *(
                (f"{fmt.euros(left)} to {fmt.euros(right)}", fmt.count(size))
                for (left, right), size in zip(pairwise(edges), counts, strict=True)
            ),
        ],
        note=_NOTE,
    )


def histogram(figures: Sequence[float]) -> tuple[list[float], list[int]]:
    """Edges at round numbers and the count in each bin ``[left, right)``."""
    low, high = min(0.0, *figures), max(figures)
    step = fmt.round_step((high - low) / _BINS_AT_MOST)
    first = math.floor(low / step)
    bins = math.floor(high / step) - first + 1
    counts = [0] * bins
    for figure in figures:
        counts[min(math.floor(figure / step) - first, bins - 1)] += 1
    return [(first + index) * step for index in range(bins + 1)], counts


def _lines(values: Values) -> list[tuple[str, Value, str]]:
    lines = [("Expected loss", values.get("expected_loss_eur"), theme.INK)]
    level = highest_level(values)
    if level is not None:
        lines.append((f"VaR {level[1]}", values.get(f"loss_var_{level[0]}_eur"), theme.OCHRE))
        lines.append((f"ES {level[1]}", values.get(f"loss_es_{level[0]}_eur"), theme.RED))
    return [line for line in lines if line[1].known]


def _bars(edges: Sequence[float], counts: Sequence[int]) -> dict[str, Any]:
    return {
        "type": "bar",
        "x": [(left + right) / 2.0 for left, right in pairwise(edges)],
        "y": list(counts),
        "width": [right - left for left, right in pairwise(edges)],
        "marker": {"color": theme.BLUE, "opacity": 0.75, "line": {"color": "#ffffff", "width": 1}},
        "customdata": [f"{fmt.euros(left)} to {fmt.euros(right)}" for left, right in pairwise(edges)],
        "hovertemplate": "%{customdata}<br>%{y} replications<extra></extra>",
    }


def _layout(
    edges: Sequence[float], counts: Sequence[int], lines: Sequence[tuple[str, Value, str]]
) -> dict[str, Any]:
    furthest = max(edges[-1], *(value.value or 0.0 for _, value, _ in lines), 0.0)
    shapes = [
        {
            "type": "line",
            "x0": value.value,
            "x1": value.value,
            "y0": 0,
            "y1": 1,
            "yref": "paper",
            "line": {"color": colour, "width": 2, "dash": dash},
        }
        for (_, value, colour), dash in zip(lines, ("solid", "dash", "dot"), strict=False)
    ]
    annotations = [_label(row, *line, furthest) for row, line in enumerate(lines)]
    return theme.layout(
        340,
        {"title": {"text": "Lenders' loss"}, **theme.ticks(furthest, edges[0], "€")},
        {"title": {"text": "Replications"}, **theme.ticks(float(max(counts)))},
        {"shapes": shapes, "annotations": annotations, "bargap": 0},
    )


def _label(row: int, label: str, value: Value, colour: str, furthest: float) -> dict[str, Any]:
    """Text beside a line, on the side where there is room, each a row below the one before."""
    left = (value.value or 0.0) < furthest / 2.0
    return {
        "x": value.value,
        "y": 1.0 - 0.13 * row,
        "yref": "paper",
        "text": f"{label} {value.figure}",
        "showarrow": False,
        "xanchor": "left" if left else "right",
        "xshift": 6 if left else -6,
        "yanchor": "top",
        "font": {"color": colour},
        "bgcolor": "rgba(255,255,255,0.85)",
    }


def _says(loss_eur: Sequence[float], values: Values) -> str:
    none = sum(1 for loss in loss_eur if loss == 0.0)
    parts = [f"On average lenders lose {values.get('expected_loss_eur').with_interval}."]
    if none:
        parts.append(f"In {fmt.count(none)} of {fmt.count(len(loss_eur))} replications they lose nothing.")
    level = highest_level(values)
    if level is None:
        parts.append("There are too few replications to say more about large losses.")
    else:
        at_risk = values.get(f"loss_var_{level[0]}_eur")
        parts.append(f"In {level[1]} of the futures they lose no more than {at_risk.with_interval}.")
    return " ".join(parts)
