"""The distribution of lenders' loss over the replications, with expected loss, value at risk and shortfall."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from hybridsim.report import format as fmt
from hybridsim.report import theme
from hybridsim.report.charts import Chart
from hybridsim.report.values import Value, Values

LEVELS = (("99_9", "99.9\u00a0%"), ("99", "99\u00a0%"), ("95", "95\u00a0%"), ("90", "90\u00a0%"))
"""Levels of value at risk and expected shortfall, the highest first: name in the table, in words."""

_BINS_AT_MOST = 30


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
                for left, right, size in zip(edges, edges[1:], counts, strict=False)
            ),
        ],
        note="Each bar counts the replications (possible futures) whose loss falls into its range; the lines count "
        "all futures, those without a loss too. Loss: after recoveries and guarantee payouts, over the whole life "
        "of the loans. VaR: value at risk, the loss not exceeded. ES: expected shortfall, the mean beyond it.",
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
        "x": [(left + right) / 2.0 for left, right in zip(edges, edges[1:], strict=False)],
        "y": list(counts),
        "width": [right - left for left, right in zip(edges, edges[1:], strict=False)],
        "marker": {"color": theme.BLUE, "opacity": 0.75, "line": {"color": "#ffffff", "width": 1}},
        "customdata": [
            f"{fmt.euros(left)} to {fmt.euros(right)}" for left, right in zip(edges, edges[1:], strict=False)
        ],
        "hovertemplate": "%{customdata}<br>%{y} replications<extra></extra>",
    }


def _layout(
    edges: Sequence[float], counts: Sequence[int], lines: Sequence[tuple[str, Value, str]]
) -> dict[str, Any]:
    furthest = max(edges[-1], *(value.value or 0.0 for _, value, _ in lines), 0.0)
    dashes = ("solid", "dash", "dot")
    shapes = [
        {"type": "line", "x0": v.value, "x1": v.value, "y0": 0, "y1": 1, "yref": "paper",
         "line": {"color": colour, "width": 2, "dash": dash}}
        for (_, v, colour), dash in zip(lines, dashes, strict=False)
    ]  # fmt: skip
    annotations = [
        {"x": v.value, "y": 1.0 - 0.13 * row, "yref": "paper", "text": f"{label} {v.figure}", "showarrow": False, "yanchor": "top",
         **({"xanchor": "left", "xshift": 6} if (v.value or 0.0) < furthest / 2.0 else {"xanchor": "right", "xshift": -6}),
         "font": {"color": colour}, "bgcolor": "rgba(255,255,255,0.85)"}
        for row, (label, v, colour) in enumerate(lines)
    ]  # fmt: skip
    return theme.layout(
        340,
        x={"title": {"text": "Lenders' loss"}, **theme.ticks(furthest, edges[0], "€")},
        y={"title": {"text": "Replications"}, **theme.ticks(float(max(counts)))},
        shapes=shapes,
        annotations=annotations,
        bargap=0,
    )


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
