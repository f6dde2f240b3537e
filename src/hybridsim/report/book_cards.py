"""The first screen of a book: what it may lose, who causes it, what that takes, what guarantees are worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hybridsim.report import format as fmt
from hybridsim.report.book_facts import KINDS, Book, named, share
from hybridsim.report.markup import Markup, fill, join
from hybridsim.report.values import Value

_CARD = """<article class="card {name}" aria-labelledby="card-{name}">
<h2 id="card-{name}">{title} <span>{question}</span></h2>
<dl>
{lines}
</dl>
</article>"""
_LINE = """<div><dt>{label}</dt><dd><b>{figure}</b><span>{below}</span></dd></div>"""


@dataclass(frozen=True, slots=True)
class Line:
    """One figure of a card with its interval or what stands instead."""

    label: str
    figure: str
    below: str


def cards(book: Book) -> Markup:
    """The four cards."""
    return join(
        (
            _card("loss", "Loss", "of one year", _loss(book)),
            _card("causes", "Who causes it", "share of the shortfall", _causes(book)),
            _card("capital", "Capital and provisions", "what the book takes", _capital(book)),
            _card("guarantees", "Guarantees", "what they are worth", _guarantees(book)),
        )
    )


def _card(name: str, title: str, question: str, lines: Sequence[Line]) -> Markup:
    body = join(fill(_LINE, label=x.label, figure=x.figure, below=x.below) for x in lines)
    return fill(_CARD, name=name, title=title, question=question, lines=body)


def line(label: str, value: Value) -> Line:
    """A figure of the metrics table as a line of a card."""
    if not value.known:
        return Line(label, value.figure, value.method)
    interval = f"95{fmt.NBSP}%: {value.interval}" if value.interval else "computed, not sampled"
    return Line(label, value.figure, interval)


def _loss(book: Book) -> list[Line]:
    return [
        line("Expected loss", book.get("expected_loss_eur")),
        line(f"Loss not exceeded in {book.level} of years (VaR)", book.get("loss_var_eur")),
        line("Mean loss beyond it (expected shortfall)", book.get("loss_es_eur")),
        line("Expected loss as a share of the exposure", book.get("expected_loss_rate")),
    ]


def _causes(book: Book) -> list[Line]:
    lines = []
    for kind in ("obligor", "group", "design", "sector", "instrument", "land", "provider"):
        rows = book.causes(kind)
        if len(rows) < 2:
            continue
        first = rows[0]
        beside = f"with {share(first['exposure_share'])} of exposure"
        lines.append(
            Line(f"Largest {KINDS[kind][0]}: {named(first['name'])}", share(first["es_share"]), beside)
        )
    added = book.get("added_es_eur", "part:ai")
    if added.known:
        lines[3:] = [line("What the AI loans add to the shortfall", added)]
    return lines[:4]


def _capital(book: Book) -> list[Line]:
    return [
        line("Required by the rules", book.get("capital_eur")),
        line("By the loss distribution (shortfall less expected loss)", book.get("economic_capital_eur")),
        line("Provisions (IFRS 9)", book.get("ecl_eur")),
        line("Return on risk-adjusted capital", book.get("raroc")),
    ]


def _guarantees(book: Book) -> list[Line]:
    if not has_guarantees(book):
        return [Line("No loan is guaranteed", "none", "so there is nothing to be worth anything")]
    return [
        line("Worth per year", book.get("guarantee_worth_pa_eur")),
        line("Expected loss that they take", book.get("guarantee_el_eur")),
        line("Shortfall that they take", book.get("guarantee_es_eur")),
        line("Own funds that they save under the rules", book.get("guarantee_capital_eur")),
    ]


def has_guarantees(book: Book) -> bool:
    """Whether any loan of the book is covered."""
    return len(book.tables["guarantees"]) > 0


def what(book: Book) -> str:
    """What was analysed, in one sentence."""
    model = book.manifest["settings"].get("model", {})
    copula = {"gaussian": "Gaussian copula", "t": "t copula"}.get(str(model.get("copula")), "")
    loans, obligors = (fmt.count(book.get(name).value or 0.0) for name in ("loans", "obligors"))
    scenarios = fmt.count(book.get("scenarios").value or 0.0)
    rejected = book.get("rejected_rows").value or 0.0
    out = book.get("left_out_rows").value or 0.0
    missing = [
        f"{fmt.count(n)} {what}" for n, what in ((rejected, "rejected"), (out, "left out by rule")) if n
    ]
    tail = f" Rows of the tape that are not in it: {', '.join(missing)}." if missing else ""
    model_text = f", {copula}" if copula else ""
    return (
        f"{loans} loans of {obligors} obligors, {book.get('exposure_eur').figure}; losses of one year"
        f"{model_text}, {scenarios} scenarios.{tail}"
    )


def answer(book: Book) -> str:
    """The result in two or three sentences."""
    expected, rate = book.get("expected_loss_eur"), book.get("expected_loss_rate")
    var, es = book.get("loss_var_eur"), book.get("loss_es_eur")
    parts = [f"A year is expected to cost {expected.figure}, {rate.figure} of the exposure."]
    if var.known:
        parts.append(
            f"In {book.level} of years the loss stays within {var.with_interval}; beyond that it is "
            f"{es.figure} on average."
        )
    first = next(iter(book.causes("obligor")), None)
    if first and first["es_share"] > 0.0:
        parts.append(
            f"{named(first['name'])} causes {share(first['es_share'])} of it with "
            f"{share(first['exposure_share'])} of the exposure."
        )
    return " ".join(parts)
