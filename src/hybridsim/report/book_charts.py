"""Charts of a book: the tail of the loss, who causes it, how concentrated it is."""

from __future__ import annotations

import math
from typing import Any

from hybridsim.report import format as fmt
from hybridsim.report import theme
from hybridsim.report.book_facts import KINDS, Book, Row, label, named, share
from hybridsim.report.charts import Chart

BARS = 12
"""Names in one chart: the others are in the table."""
_BAR, _FRAME = 34, 84
_KEY = 19
"""Pixels of a line of text above a plot."""
_STROKES = ("\u2501\u2501", "\u254d\u254d", "\u2505\u2505")
"""A line, a dashed and a dotted one, as text."""
_LEGEND = {"orientation": "h", "x": 0, "y": 1.0, "yanchor": "bottom", "traceorder": "normal"}


def tail_chart(book: Book) -> Chart | None:
    """Probability of a loss above x, on a log scale, with EL, VaR and ES."""
    rows = [row for row in book.rows("distribution") if row["exceedance"] > 0.0]
    if len(rows) < 3:
        return None
    lines = [
        (text, value, colour)
        for text, value, colour in (
            ("Expected loss", book.get("expected_loss_eur"), theme.INK),
            (f"VaR {book.level}", book.get("loss_var_eur"), theme.OCHRE),
            (f"ES {book.level}", book.get("loss_es_eur"), theme.RED),
        )
        if value.known
    ]
    furthest = max([row["loss_eur"] for row in rows] + [value.value or 0.0 for _, value, _ in lines])
    lowest = math.floor(math.log10(min(row["exceedance"] for row in rows)))
    return Chart(
        name="tail",
        title="How often is the loss of a year larger?",
        says=f"In {book.level} of years the loss stays within {book.get('loss_var_eur').with_interval}; "
        f"the mean of the worse ones is {book.get('loss_es_eur').with_interval}.",
        data=_curve(rows, book),
        layout=theme.layout(
            400,
            {"title": {"text": "Loss of one year"}, **theme.ticks(furthest, 0.0, book.sign)},
            _log_axis(lowest),
            {"shapes": [_mark(value.value or 0.0, colour, dash) for (_, value, colour), dash in
                        zip(lines, ("solid", "dash", "dot"), strict=False)],
             "margin": {"l": 8, "r": 26, "t": 16 + _KEY * len(lines), "b": 8, "pad": 4},
             "annotations": [_text(len(lines) - 1 - row, text, value.figure, colour, _STROKES[row])
                             for row, (text, value, colour) in enumerate(lines)]},
        ),
        headers=("Loss above", "Probability", f"95{fmt.NBSP}% interval"),
        rows=[
            (book.money(row["loss_eur"]), _odds(row["exceedance"]),
             f"{_odds(row['ci_low'])} to {_odds(row['ci_high'])}")
            for row in rows
        ],
        note="Logarithmic scale: each line down is ten times rarer. The band is the 95 % interval of the "
        "probability. VaR: value at risk, the loss not exceeded. ES: expected shortfall, the mean beyond it.",
    )  # fmt: skip


def cause_chart(book: Book, kind: str) -> Chart | None:
    """Share of the shortfall against share of the exposure, the largest first; None if there is one name."""
    every = book.causes(kind)
    rows = every[:BARS]
    if len(every) < 2:
        return None
    places = list(range(len(rows)))
    one, many = KINDS[kind]
    errors = _errors(rows, book)
    bars = [
        {
            "type": "bar", "orientation": "h", "name": name, "y": places,
            "x": [100.0 * row[key] for row in rows], "marker": {"color": colour},
            "customdata": [f"{label(row['name'])}: {share(row[key])}" for row in rows],
            "hovertemplate": "%{customdata}<extra>" + name + "</extra>", **more,
        }
        for name, key, colour, more in (
            ("Exposure", "exposure_share", theme.SOURCES[1], {}),
            ("Expected loss", "el_share", theme.SOURCES[2], {}),
            ("Shortfall", "es_share", theme.BLUE, {"error_x": errors}),
        )
    ]  # fmt: skip
    ends = [100.0 * row["es_share"] + half for row, half in zip(rows, errors["array"], strict=True)]
    top = max(*ends, *(100.0 * max(row["exposure_share"], row["el_share"]) for row in rows))
    axis = {
        "tickmode": "array", "tickvals": places, "ticktext": [label(row["name"], 22) for row in rows],
        "autorange": "reversed",
    }  # fmt: skip
    first = rows[0]
    more = f" The {BARS} largest of {fmt.count(len(every))} {many}." if len(every) > BARS else ""
    return Chart(
        name=f"causes-{kind}",
        title=f"By {one}",
        says=f"{named(first['name'])} causes {share(first['es_share'])} of the shortfall with "
        f"{share(first['exposure_share'])} of the exposure.{more}",
        data=bars,
        layout=theme.layout(
            _FRAME + _BAR * len(rows), theme.ticks(top, 0.0, "%"), axis,
            {"barmode": "group", "showlegend": True, "legend": _LEGEND, "bargap": 0.25},
        ),
        headers=(one.capitalize(), "Exposure", "Expected loss", "VaR", "Shortfall", "Share of it"),
        rows=[
            (
                named(row["name"]), book.money(row["exposure_eur"]), book.money(row["el_eur"]),
                _with_error(book, row, "var"), _with_error(book, row, "es"), share(row["es_share"]),
            )
            for row in rows
        ],
    )  # fmt: skip


def lorenz_chart(book: Book) -> Chart | None:
    """What share of the exposure and of the shortfall the smallest obligors hold."""
    curves = [
        (name, book.rows("lorenz", kind="obligor", measure=measure), colour)
        for name, measure, colour in (
            ("Exposure", "exposure", theme.SOURCES[1]), ("Shortfall", "es", theme.BLUE),
        )
    ]  # fmt: skip
    curves = [curve for curve in curves if len(curve[1]) > 2]
    if not curves:
        return None
    lines: list[dict[str, Any]] = [
        {
            "type": "scatter", "mode": "lines", "name": name, "line": {"color": colour, "width": 2.5},
            "x": [100.0 * row["names_share"] for row in rows],
            "y": [100.0 * row["held_share"] for row in rows],
            "hovertemplate": "%{x:.0f} % of the obligors hold %{y:.1f} %<extra>" + name + "</extra>",
        }
        for name, rows, colour in curves
    ]  # fmt: skip
    equal = {
        "type": "scatter", "mode": "lines", "name": "All equal", "x": [0, 100], "y": [0, 100],
        "line": {"color": theme.MUTED, "width": 1, "dash": "dot"}, "hoverinfo": "skip",
    }  # fmt: skip
    found = {row["measure"]: row for row in book.rows("concentration", kind="obligor")}
    says = " ".join(
        f"{name}: as concentrated as {fmt.plain(found[measure]['effective_names'])} equal obligors, the ten "
        f"largest hold {share(found[measure]['top10_share'])}."
        for name, measure in (("Exposure", "exposure"), ("Shortfall", "es"))
        if measure in found
    )
    return Chart(
        name="lorenz",
        title="How much the smallest and the largest obligors hold",
        says=says,
        data=[equal, *lines],
        layout=theme.layout(
            360,
            {"title": {"text": "Obligors, smallest first"}, **theme.ticks(100.0, 0.0, "%")},
            {"title": {"text": "Share held"}, **theme.ticks(100.0, 0.0, "%")},
            {"showlegend": True, "legend": _LEGEND},
        ),
        headers=("Obligors, smallest first", *(f"Share of {name.lower()}" for name, _, _ in curves)),
        rows=_table_of_curves([rows for _, rows, _ in curves]),
    )


def _curve(rows: list[Row], book: Book) -> list[dict[str, Any]]:
    x = [row["loss_eur"] for row in rows]
    floor = min(row["exceedance"] for row in rows) / 10.0
    band = {
        "type": "scatter", "mode": "lines", "x": x + x[::-1], "hoverinfo": "skip", "fill": "toself",
        "y": [max(row["ci_high"], floor) for row in rows] + [max(row["ci_low"], floor) for row in rows[::-1]],
        "line": {"width": 0}, "fillcolor": theme.BAND_OUTER,
    }  # fmt: skip
    line = {
        "type": "scatter", "mode": "lines", "x": x, "y": [row["exceedance"] for row in rows],
        "line": {"color": theme.BLUE, "width": 2.5},
        "customdata": [f"above {book.money(row['loss_eur'])}: {_odds(row['exceedance'])}" for row in rows],
        "hovertemplate": "%{customdata}<extra></extra>",
    }  # fmt: skip
    return [band, line]


def _log_axis(lowest: int) -> dict[str, Any]:
    ticks = [10.0**power for power in range(0, lowest - 1, -1)]
    return {
        "title": {"text": "Probability of a larger loss"}, "type": "log", "tickmode": "array",
        "tickvals": ticks, "ticktext": [_odds(tick) for tick in ticks], "range": [lowest - 0.05, 0.1],
    }  # fmt: skip


def _mark(at: float, colour: str, dash: str) -> dict[str, Any]:
    return {
        "type": "line", "x0": at, "x1": at, "y0": 0, "y1": 1, "yref": "paper",
        "line": {"color": colour, "width": 2, "dash": dash},
    }  # fmt: skip


def _text(above: int, text: str, figure: str, colour: str, stroke: str) -> dict[str, Any]:
    """What a line is, above the plot, where it hides nothing on a narrow screen either."""
    return {
        "x": 0.0, "xref": "paper", "y": 1.0, "yref": "paper", "yshift": 6 + _KEY * above,
        "xanchor": "left", "yanchor": "bottom", "showarrow": False,
        "text": f"{stroke} {text} {figure}", "font": {"color": colour},
    }  # fmt: skip


def _odds(probability: float) -> str:
    """A probability as per cent, or as one in so many years where it is small."""
    if probability >= 0.01:
        return fmt.per_cent(probability)[0]
    return "0" if probability <= 0.0 else f"1 in {fmt.count(float(f'{1.0 / probability:.2g}'))}"


def _errors(rows: list[Row], book: Book) -> dict[str, Any]:
    whole = book.get("loss_es_eur").value or 1.0
    half = [196.0 * (row["es_se_eur"] or 0.0) / whole for row in rows]
    return {"type": "data", "color": theme.INK, "thickness": 1.2, "width": 3, "array": half}


def _with_error(book: Book, row: Row, name: str) -> str:
    value, error = row[f"{name}_eur"], row[f"{name}_se_eur"]
    if not error:
        return book.money(value)
    return book.money(value, value - 1.96 * error, value + 1.96 * error)


def _table_of_curves(curves: list[list[Row]]) -> list[tuple[str, ...]]:
    """Every tenth of the names, with what each curve says there."""
    table = []
    for tenth in range(11):
        at = tenth / 10.0
        held = (next(row["held_share"] for row in rows if row["names_share"] >= at - 1e-9) for rows in curves)
        table.append((f"{tenth * 10}{fmt.NBSP}%", *(share(value) for value in held)))
    return table
