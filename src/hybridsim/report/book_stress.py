"""What if the year is bad: stresses side by side, and the state that costs a given loss."""

from __future__ import annotations

from typing import Any

from hybridsim.report import charts, theme
from hybridsim.report import format as fmt
from hybridsim.report.book_facts import Book, Row, label, named
from hybridsim.report.charts import Chart
from hybridsim.report.markup import Markup, fill, join
from hybridsim.report.tables import plain_table

_BARS = 12
_RULES = (
    "Credit losses (IFRS 9) are those of the one course of the economy, so the baseline's are not the book's "
    "provisions, which weigh several. Required capital: as if all ratings had followed."
)
_NARROWER = (
    " A tail below the baseline's is no error: a factor that is given no longer varies, "
    "so a year known to be somewhat bad has a higher expected loss, but less room for a very bad one."
)
_LEGEND = {"orientation": "h", "x": 0, "y": 1.0, "yanchor": "bottom", "traceorder": "normal"}


def stress_chart(book: Book) -> Chart | None:
    """Expected loss, value at risk and shortfall under each stress; None if there is none."""
    rows = book.rows("stresses", _BARS)
    if len(rows) < 2:
        return None
    places = list(range(len(rows)))
    bars = [
        _bar(rows, places, book, *what)
        for what in (
            ("Expected loss", "el", theme.INK),
            (f"VaR {book.level}", "var", theme.OCHRE),
            (f"Shortfall {book.level}", "es", theme.RED),
        )
        if any(row[f"{what[1]}_eur"] is not None for row in rows)
    ]
    keys = ("el_eur", "var_eur", "es_eur", "var_high_eur", "es_high_eur")
    top = max(row[key] for row in rows for key in keys if row[key] is not None)
    axis = {
        "tickmode": "array", "tickvals": places, "ticktext": [label(row["stress"], 22) for row in rows],
        "autorange": "reversed",
    }  # fmt: skip
    first, worst = rows[0], max(rows, key=lambda row: row["el_eur"])
    return Chart(
        name="stress",
        title="The loss of a stressed year",
        says=f"{named(worst['stress'])} ({worst['text']}) lifts the expected loss from "
        f"{book.money(first['el_eur'])} to {book.money(worst['el_eur'])}.",
        data=bars,
        layout=theme.layout(
            90 + 66 * len(rows),
            theme.ticks(top, 0.0, book.sign),
            axis,
            {"barmode": "group", "showlegend": True, "legend": _LEGEND, "bargap": 0.25},
        ),
        headers=(
            "Stress", "What is moved", "Expected loss", "VaR", "Shortfall", "Credit losses (IFRS 9)",
            "Required capital",
        ),
        rows=[
            (
                named(row["stress"]), row["text"],
                book.money(row["el_eur"], row["el_low_eur"], row["el_high_eur"]),
                book.money(row["var_eur"], row["var_low_eur"], row["var_high_eur"]),
                book.money(row["es_eur"], row["es_low_eur"], row["es_high_eur"]),
                book.money(row["ecl_eur"]), book.money(row["capital_eur"]),
            )
            for row in rows
        ],
    )  # fmt: skip


def stresses(book: Book, chart: Chart | None) -> Markup:
    """The stresses, and which state of the factors costs how much."""
    parts = [charts.render(chart)] if chart else [fill("<p>No stress was asked for.</p>")]
    compared = book.rows("stresses", _BARS)
    if compared:
        parts.append(fill('<p class="note">{text}</p>', text=_RULES + _NARROWER * _narrower(compared)))
    rows = book.rows("reverse_stress")
    if rows:
        parts.append(fill("<h3>Which state of the factors costs how much?</h3>"))
        parts.append(
            plain_table(
                "The most likely state whose expected loss is the one asked for",
                ("Loss of the year", "Factors moved", "Most likely state", "At least as bad"),
                _states(book, rows),
            )
        )
        parts.append(
            fill(
                '<p class="note">{text}</p>',
                text="States are in standard deviations; below zero is worse. At least as bad: how often a "
                "year lies as far in this direction or further.",
            )
        )
    return join(parts)


def _narrower(rows: list[Row]) -> bool:
    """Whether the tail of a stress lies below that of the first row, the baseline."""
    tails = [[row[key] for row in rows if row[key] is not None] for key in ("var_eur", "es_eur")]
    return any(min(tail) < tail[0] for tail in tails if tail)


def _bar(rows: list[Row], places: list[int], book: Book, name: str, key: str, colour: str) -> dict[str, Any]:
    bar: dict[str, Any] = {
        "type": "bar", "orientation": "h", "name": name, "y": places, "marker": {"color": colour},
        "x": [row[f"{key}_eur"] for row in rows],
        "customdata": [f"{label(row['stress'])}: {book.money(row[f'{key}_eur'])}" for row in rows],
        "hovertemplate": "%{customdata}<extra>" + name + "</extra>",
    }  # fmt: skip
    ends = [(row[f"{key}_eur"], row[f"{key}_low_eur"], row[f"{key}_high_eur"]) for row in rows]
    bar["error_x"] = {
        "type": "data", "color": theme.MUTED, "thickness": 1.2, "width": 3,
        "array": [0.0 if None in end else end[2] - end[0] for end in ends],
        "arrayminus": [0.0 if None in end else end[0] - end[1] for end in ends],
    }  # fmt: skip
    return bar


def _states(book: Book, rows: list[Row]) -> list[tuple[str, ...]]:
    """One row per loss and reach, with the factors that are moved furthest."""
    grouped: dict[tuple[float, str], list[Row]] = {}
    for row in rows:
        grouped.setdefault((row["loss_eur"], row["reach"]), []).append(row)
    found: list[tuple[str, ...]] = []
    for (loss, reach), part in grouped.items():
        moved = sorted((row for row in part if row["state_sd"] is not None), key=lambda row: row["state_sd"])
        state = ", ".join(f"{named(row['factor'])} {_sd(row['state_sd'])}" for row in moved[:4])
        more = f" and {len(moved) - 4} more" if len(moved) > 4 else ""
        odds = part[0]["probability"]
        found.append(
            (
                book.money(loss),
                "all together" if reach == "all" else f"{named(reach)} alone",
                f"{state}{more}" if moved else "out of reach",
                fmt.per_cent(odds)[0] if odds is not None else fmt.NOT_KNOWN,
            )
        )
    return found


def _sd(value: float) -> str:
    return fmt.number(value, 2)
