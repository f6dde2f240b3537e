"""The report: one HTML file with everything in it, the same bytes for the same run."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

from hybridsim.report import (
    cards,
    charts,
    sections_cohorts,
    sections_money,
    sections_risk,
    sections_scaling,
    sections_tables,
    sentences,
    theme,
)
from hybridsim.report import format as fmt
from hybridsim.report.chart_loss import loss_chart
from hybridsim.report.chart_money import losses_chart, money_chart
from hybridsim.report.chart_years import fans
from hybridsim.report.charts import Chart
from hybridsim.report.facts import Run, Stored, read
from hybridsim.report.markup import Markup, fill, join

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the results</a>
<header>
<p class="kind">hybridsim report <span>stress: {stress}</span><span>seed {seed}</span></p>
<h1>{title}</h1>
<p class="what"><b>Design: {design}.</b> {what}</p>
<p class="answer">{answer}</p>
{warning}
</header>
<main id="main">
<div class="cards">
{cards}
</div>
{notes}
<nav aria-label="Sections"><ul>{links}</ul></nav>
{sections}
</main>
<footer><p>hybridsim {version}; seed {seed}; digest {digest}. Simulated institutions and futures: not a
forecast.</p></footer>
{data}
<script type="application/json" id="config">{config}</script>
<script>{plotly}</script>
<script>{script}</script>
</body>
</html>
"""

_SECTION = """<section id="{name}" aria-labelledby="head-{name}">
<h2 id="head-{name}">{title}</h2>
{body}
</section>"""


def write_report(run_dir: str | Path, target: str | Path) -> Path:
    """Write the report of a stored run or book as one HTML file that needs nothing else; returns its path.

    Raises
    ------
    InputError, DataError
        If the folder holds neither, or a broken one.
    """
    from hybridsim.book.store import is_book, load_book
    from hybridsim.study.store import load_run

    run_dir, target = Path(run_dir), Path(target)
    if is_book(run_dir):
        from hybridsim.report.book_page import write_book_page

        return write_book_page(load_book(run_dir), target)
    return write_page(render(load_run(run_dir)), target)


def write_page(text: str, target: Path) -> Path:
    """Write a page whole or not at all; returns its path."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.tmp")
    try:
        part.write_text(text, encoding="utf-8", newline="\n")
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return target


def render(stored: Stored) -> str:
    """The report of a stored run as HTML."""
    from plotly.offline import get_plotlyjs

    run = read(stored)
    drawn, sections = _sections(run)
    plotly, script = Markup(get_plotlyjs()), Markup(resource("page.js"))
    return fill(
        _PAGE,
        policy=policy([plotly, script]),
        title=run.title,
        style=Markup(resource("style.css")),
        stress=run.stress,
        design=run.design,
        what=sentences.what(run),
        answer=sentences.answer(run),
        warning=warning(run.notes),
        cards=join(cards.render(card) for card in cards.cards(run)),
        notes=notes(run.notes),
        links=join(fill('<li><a href="#{name}">{title}</a></li>', name=n, title=t) for n, t, _ in sections),
        sections=join(fill(_SECTION, name=n, title=t, body=body) for n, t, body in sections),
        version=str(run.manifest["versions"].get("hybridsim", "")),
        seed=run.manifest["seed"],
        digest=str(run.manifest["digest"])[:16],
        data=charts.data_block(drawn),
        config=Markup(json.dumps(theme.CONFIG, sort_keys=True)),
        plotly=plotly,
        script=script,
    )


def _sections(run: Run) -> tuple[list[Chart], list[tuple[str, str, Markup]]]:
    loss = loss_chart(run.loss_eur, run.values)
    yearly_loss = losses_chart(run.values, run.years, run.first_year)
    over_time = fans(run.years_table, run.institutions, run.first_year) + (
        [yearly_loss] if yearly_loss else []
    )
    money = money_chart(run.years_table, run.values, run.first_year)
    drawn = [chart for chart in (loss, *over_time, money) if chart is not None]
    grid = fill('<div class="grid">{fans}</div>', fans=join(charts.render(chart) for chart in over_time))
    if not over_time:
        grid = fill("<p>Nothing starts in nine of ten futures, so there is nothing to show by year.</p>")
    loss_body = charts.render(loss) if loss else fill('<p class="says">{text}</p>', text=_no_spread(run))
    money_body = (
        join([sections_money.capital(run), charts.render(money)]) if money else sections_money.capital(run)
    )
    return drawn, [
        ("section-loss", "How large can losses get?", join([loss_body, sections_risk.tail(run)])),
        ("section-defaults", "Who defaults, and why?", sections_risk.defaults(run)),
        ("section-years", "What happens over the years?", grid),
        ("section-funnel", "From the idea to sustained use", sections_scaling.funnel(run)),
        ("section-cohorts", "What becomes of a start year?", sections_cohorts.cohorts(run)),
        ("section-reasons", "Why projects fall out", sections_scaling.reasons(run)),
        ("section-answers", "Which instruments answered how?", sections_scaling.answers(run)),
        ("section-capital", "Who pays for the projects?", money_body),
        ("section-bearers", "Who bears the loss?", sections_money.losses(run)),
        ("section-public", "What is the public cost made of?", sections_money.public_cost(run)),
        ("section-types", "By type of institution", sections_tables.by_type(run)),
        ("section-metrics", "All figures", sections_tables.metrics(run)),
        ("section-assumptions", "Assumptions and evidence", sections_tables.assumptions(run)),
        ("section-reading", "How to read this report", sections_tables.definitions()),
        ("section-provenance", "Where the figures come from", sections_tables.provenance(run)),
    ]


def _no_spread(run: Run) -> str:
    if run.replications == 1:
        return "One replication gives one loss, not a distribution: run more of them (option -n)."
    if not any(run.loss_eur):
        return f"Lenders lose nothing in any of the {fmt.count(run.replications)} replications."
    loss, replications = fmt.euros(run.loss_eur[0]), fmt.count(run.replications)
    return f"Lenders lose {loss} in each of the {replications} replications."


def warning(notes: Sequence[str]) -> Markup:
    """The first note above the fold; nothing if there is none."""
    if not notes:
        return Markup()
    more = f"All {len(notes)} notes" if len(notes) > 1 else "Details"
    return fill(
        '<p class="warning"><strong>Note:</strong> {first} <a href="#notes">{more}</a></p>',
        first=_sentence(notes[0]),
        more=more,
    )


def notes(found: Sequence[str]) -> Markup:
    """The section of notes; nothing if there is none."""
    if not found:
        return Markup()
    items = join(fill("<li>{note}</li>", note=_sentence(note)) for note in found)
    return fill(
        '<section id="notes" class="notes" aria-labelledby="head-notes">'
        '<h2 id="head-notes">Notes</h2><ul>{items}</ul></section>',
        items=items,
    )


def _sentence(note: str) -> str:
    return note[:1].upper() + note[1:] + ("" if note.endswith((".", "!", "?")) else ".")


def policy(scripts: Sequence[str]) -> str:
    """Only these scripts may run, and nothing may be loaded from anywhere."""
    digests = (base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts)
    allowed = " ".join(f"'sha256-{digest}'" for digest in digests)
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def resource(name: str) -> str:
    """A text file of this room, with plain newlines."""
    text = resources.files("hybridsim.report").joinpath(name).read_text(encoding="utf-8")
    return text.replace("\r\n", "\n")
