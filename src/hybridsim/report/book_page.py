"""The page of an analysed book: one HTML file with everything in it, the same bytes for the same book."""

from __future__ import annotations

from pathlib import Path

from hybridsim.report import book_cards, book_charts, book_sections, book_stress, book_tables, charts
from hybridsim.report.book_facts import KINDS, Book, Stored, read
from hybridsim.report.charts import Chart
from hybridsim.report.markup import Markup, fill, join
from hybridsim.report.shell import first_screen, warning, whole_page, write_page

_HEAD = """<p class="kind">hybridsim loan book <span>level {level}</span><span>seed {seed}</span></p>
<h1>{title}</h1>
<p class="what">{what}</p>
<p class="answer">{answer}</p>
{warning}"""

_Sections = list[tuple[str, str, Markup]]


def write_book_page(stored: Stored, target: Path) -> Path:
    """Write the page of a book as one HTML file that needs nothing else; returns its path."""
    return write_page(render(stored), target)


def render(stored: Stored) -> str:
    """The page of a book as HTML."""
    book = read(stored)
    drawn, sections = _sections(book)
    version, digest = (
        book.manifest["versions"].get("hybridsim", ""),
        str(book.manifest.get("digest", ""))[:16],
    )
    head = fill(
        _HEAD,
        level=book.level,
        seed=book.manifest["seed"],
        title=book.title,
        what=book_cards.what(book),
        answer=book_cards.answer(book),
        warning=warning(book.notes),
    )
    first = first_screen(book_cards.cards(book), book.notes, sections)
    foot = (
        f"hybridsim {version}; seed {book.manifest['seed']}; digest {digest}. "
        "A model of one year: not a forecast."
    )
    return whole_page(f"Loan book: {book.title}", head, first, sections, drawn, foot)


def _sections(book: Book) -> tuple[list[Chart], _Sections]:
    tail, lorenz, stress = (
        book_charts.tail_chart(book),
        book_charts.lorenz_chart(book),
        book_stress.stress_chart(book),
    )
    causes = [chart for kind in KINDS if (chart := book_charts.cause_chart(book, kind))]
    drawn = [chart for chart in (tail, *causes, lorenz, stress) if chart is not None]
    grid = fill('<div class="grid">{all}</div>', all=join(charts.render(chart) for chart in causes))
    none = fill("<p>The book does not lose anything.</p>")
    one = fill("<p>One obligor owes everything, so there is nobody to compare.</p>")
    held = [charts.render(lorenz)] if lorenz else []
    return drawn, [
        (
            "section-loss",
            "How large can the loss of a year get?",
            join([charts.render(tail) if tail else none, book_sections.futures(book)]),
        ),
        ("section-causes", "Who causes it?", grid if causes else one),
        (
            "section-concentration",
            "How concentrated is the book?",
            join([*held, book_sections.concentration(book)]),
        ),
        ("section-capital", "What capital does it take?", book_sections.capital(book)),
        (
            "section-provisions",
            "What provisions does it take?",
            join([book_sections.provisions(book), book_sections.pd_terms(book)]),
        ),
        ("section-guarantees", "What are the guarantees worth?", book_sections.guarantees(book)),
        ("section-pricing", "What does it earn for its risk?", book_sections.pricing(book)),
        ("section-stress", "What if the year is bad?", book_stress.stresses(book, stress)),
        ("section-quality", "How sure are these figures?", book_sections.quality(book)),
        ("section-loans", "The loans that matter most", book_tables.loans(book)),
        ("section-rejected", "What is not in the figures", book_tables.rejected(book)),
        ("section-metrics", "All figures", book_tables.metrics(book)),
        ("section-settings", "Settings and their sources", book_tables.settings(book)),
        ("section-reading", "How to read this page", book_tables.definitions()),
        ("section-provenance", "Where the figures come from", book_tables.provenance(book)),
    ]
