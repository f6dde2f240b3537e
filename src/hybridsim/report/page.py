"""The report: one HTML file with everything in it, the same bytes for the same run."""

from __future__ import annotations

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
)
from hybridsim.report import format as fmt
from hybridsim.report.chart_loss import loss_chart
from hybridsim.report.chart_money import losses_chart, money_chart
from hybridsim.report.chart_years import fans
from hybridsim.report.charts import Chart
from hybridsim.report.facts import Run, Stored, read
from hybridsim.report.markup import Markup, fill, join
from hybridsim.report.shell import first_screen, warning, whole_page, write_page

_HEAD = """<p class="kind">hybridsim report <span>stress: {stress}</span><span>seed {seed}</span></p>
<h1>{title}</h1>
<p class="what"><b>Design: {design}.</b> {what}</p>
<p class="answer">{answer}</p>
{warning}"""


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


def render(stored: Stored) -> str:
    """The report of a stored run as HTML."""
    run = read(stored)
    drawn, sections = _sections(run)
    version, digest = run.manifest["versions"].get("hybridsim", ""), str(run.manifest["digest"])[:16]
    head = fill(
        _HEAD,
        stress=run.stress,
        seed=run.manifest["seed"],
        title=run.title,
        design=run.design,
        what=sentences.what(run),
        answer=sentences.answer(run),
        warning=warning(run.notes),
    )
    first = first_screen(join(cards.render(card) for card in cards.cards(run)), run.notes, sections)
    foot = (
        f"hybridsim {version}; seed {run.manifest['seed']}; digest {digest}. "
        "Simulated institutions and futures: not a forecast."
    )
    return whole_page(run.title, head, first, sections, drawn, foot)


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
