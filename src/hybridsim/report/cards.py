"""The first screen: what was simulated, what came out in one sentence each, and four cards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hybridsim.report import format as fmt
from hybridsim.report.chart_loss import LEVELS, highest_level
from hybridsim.report.facts import Run
from hybridsim.report.markup import Markup, fill, join
from hybridsim.report.values import Value


@dataclass(frozen=True, slots=True)
class Line:
    """One figure of a card."""

    label: str
    value: Value


@dataclass(frozen=True, slots=True)
class Card:
    """One card: a question and the figures that answer it."""

    name: str
    title: str
    question: str
    lines: Sequence[Line]


_CARD = """<article class="card {name}" aria-labelledby="card-{name}">
<h2 id="card-{name}">{title} <span>{question}</span></h2>
<dl>
{lines}
</dl>
</article>"""

_LINE = """<div><dt>{label}</dt><dd><b>{figure}</b>{interval}</dd></div>"""


def cards(run: Run) -> list[Card]:
    """The four cards: risk, impact, scaling, public cost."""
    return [_risk(run), _impact(run), _scaling(run), _public(run)]


def render(card: Card) -> Markup:
    """A card as HTML."""
    lines = join(
        fill(_LINE, label=line.label, figure=line.value.figure, interval=_interval(line.value))
        for line in card.lines
    )
    return fill(_CARD, name=card.name, title=card.title, question=card.question, lines=lines)


def _risk(run: Run) -> Card:
    get = run.values.get
    level = highest_level(run.values)
    lines = [
        Line("Lenders' loss per euro lent", get("loss_rate_on_lent")),
        Line("Expected loss, all lenders", get("expected_loss_eur")),
        Line("Default rate of financed institutions", get("default_rate_financed_pa")),
    ]
    if level is None:
        lines.insert(2, Line("Large loss (90 % value at risk)", get("loss_var_90_eur")))
    else:
        lines.insert(2, Line(f"Loss not exceeded in {level[1]} of futures", get(f"loss_var_{level[0]}_eur")))
    return Card("risk", "Risk", "what lenders stand to lose", lines)


def _impact(run: Run) -> Card:
    get = run.values.get
    return Card(
        "impact",
        "Impact",
        "what it brings",
        [
            Line(f"Working hours freed in {run.years} years", get("hours_freed")),
            Line("Social value per euro put in", get("sroi")),
            Line("Social-impact yield on the capital at work", get("social_impact_yield_pa")),
            Line("Cost per hour freed", get("cost_per_hour_eur")),
        ],
    )


def _scaling(run: Run) -> Card:
    get = run.values.get
    return Card(
        "scaling",
        "Scaling",
        "how far it gets",
        [
            Line("Institutions that start a project", get("institutions_started_share")),
            Line("that go live at two sites or their only one", get("institutions_scaled_share")),
            Line("that still use it 24 months after support", get("institutions_sustained_share")),
            Line("Time from decision to money", get("time_to_funding_months")),
        ],
    )


def _public(run: Run) -> Card:
    get = run.values.get
    return Card(
        "public",
        "Public cost",
        "net and discounted",
        [
            Line("Per sustained project", get("fiscal_cost_per_sustained_eur")),
            Line("Per hour freed", get("fiscal_cost_per_hour_eur")),
            Line("Per institution simulated", get("fiscal_cost_per_institution_eur")),
            Line(f"All {fmt.count(run.institutions)} institutions", get("fiscal_cost_eur")),
        ],
    )


def _interval(value: Value) -> Markup:
    if value.interval:
        return fill("<span>95\u00a0%: {text}</span>", text=value.interval)
    return fill("<span>{text}</span>", text=why(value))


def why(value: Value) -> str:
    """Why a figure or its interval is missing, in words."""
    method = value.method
    if method.startswith("needs n >= "):
        return f"needs at least {fmt.count(float(method.removeprefix('needs n >= ')))} replications"
    if method.startswith("the denominator is zero"):
        return "nothing to count in any replication"
    if value.known:
        return "no interval: one replication" if value.n == 1 else "the same in all replications"
    return method


def highest_level_note(run: Run) -> str:
    """What keeps the run from saying more about large losses; empty if nothing does."""
    top = run.values.get(f"loss_var_{LEVELS[0][0]}_eur")
    return (
        ""
        if top.known
        else f"The {LEVELS[0][1]} loss {why(top)}; this run has {fmt.count(run.replications)}."
    )
