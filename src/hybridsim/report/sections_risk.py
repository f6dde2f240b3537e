"""Risk: how often institutions default and what projects add to it; large losses at all levels."""

from __future__ import annotations

from hybridsim.report.cards import highest_level_note, why
from hybridsim.report.chart_loss import LEVELS
from hybridsim.report.facts import Run
from hybridsim.report.markup import Markup, fill, join
from hybridsim.report.tables import plain_table
from hybridsim.report.values import Value

_PARTS = (
    ("default_rate_pa", "All institutions, as simulated"),
    ("default_rate_financed_pa", "Financed institutions, as simulated"),
    ("rated_default_rate_financed_pa", "The same at their ratings, without projects (expected)"),
    ("selection_default_rate_pa", "Who takes part: their ratings less those of all institutions"),
    ("induced_default_rate_pa", "What projects and their financing add (expected)"),
    ("induced_by_rating_pa", "of this: by debt, margins, liquidity and failed projects"),
    ("induced_by_liquidity_pa", "of this: by projects that exhaust liquidity and credit line"),
)

_OTHERS = (
    ("loan_default_rate", "Project loans that default, run-off included"),
    ("loss_given_default", "Of the exposure at default, not met by the estate"),
)


def defaults(run: Run) -> Markup:
    """The default rate in its parts, and the loans that default."""
    rows = [
        (label, value.figure, value.interval or why(value))
        for label, value in ((label, run.values.get(metric)) for metric, label in (*_PARTS, *_OTHERS))
    ]
    table = plain_table("Default rates and their parts", ("Rate", "Figure", "95 % interval"), rows)
    return join(
        [fill('<p class="says">{text}</p>', text=_induced(run.values.get("induced_default_rate_pa"))), table]
    )


def tail(run: Run) -> Markup:
    """Expected loss, value at risk and expected shortfall at all levels, or what they need."""
    rows = [_tail_row("Expected loss (mean)", run.values.get("expected_loss_eur"))]
    for short_name, words in (("var", "Value at risk"), ("es", "Expected shortfall")):
        for level, text in reversed(LEVELS):
            rows.append(_tail_row(f"{words} {text}", run.values.get(f"loss_{short_name}_{level}_eur")))
    parts = [plain_table("Lenders' loss: expected and large", ("Measure", "Loss", "95 % interval"), rows)]
    note = highest_level_note(run)
    if note:
        parts.append(fill('<p class="note">{text}</p>', text=note))
    return join(parts)


def _tail_row(label: str, value: Value) -> tuple[str, str, str]:
    return label, value.figure if value.known else "\u2013", value.interval or why(value)


def _induced(value: Value) -> str:
    """Whether projects move the default rate, as far as the interval tells."""
    if value.value is None:
        return "No institution is financed, so projects cannot move the default rate."
    if value.low is None or value.high is None or value.low <= 0.0 <= value.high:
        reach = f" ({value.interval})" if value.interval else ""
        return (
            f"Whether projects and their financing move the default rate cannot be told from this run{reach}."
        )
    size = value.scaled(100.0 if value.value > 0 else -100.0, "")
    points = f"{size.figure} percentage points a year ({size.interval})"
    moves = f"add {points} to" if value.value > 0 else f"take {points} from"
    return f"Projects and their financing {moves} the default rate of financed institutions."
