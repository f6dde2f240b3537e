"""Sections of a book's page in words and tables: concentration, capital, provisions, guarantees, pricing."""

from __future__ import annotations

from hybridsim.report import format as fmt
from hybridsim.report.book_cards import has_guarantees
from hybridsim.report.book_facts import KINDS, Book, named, share
from hybridsim.report.markup import Markup, fill, join
from hybridsim.report.tables import Bar, bar_table, plain_table, spread
from hybridsim.report.values import in_words

_ROWS = 40
"""Rows of a table of this page: more of them are in the workbook."""
_PRICED = 12
_MEASURES = {"exposure": "Exposure", "es": "Shortfall"}
_STAGES = {1: "1: as at origination", 2: "2: risk has risen", 3: "3: in default"}


def concentration(book: Book) -> Markup:
    """Herfindahl-Hirschman index, effective names and the largest, by who and what."""
    rows: list[tuple[str, ...]] = [
        (
            KINDS[row["kind"]][1].capitalize(), _MEASURES[row["measure"]],
            fmt.count(row["names"]), f"{row['hhi']:.4f}", fmt.plain(row["effective_names"]),
            share(row["top_share"]), share(row["top10_share"]), f"{row['gini']:.2f}",
        )
        for row in book.rows("concentration")
    ]  # fmt: skip
    headers = ("Names", "Measured by", "How many", "HHI", "Effective names", "Largest", "Ten largest", "Gini")
    return plain_table("Concentration of the book", headers, rows)


def capital(book: Book) -> Markup:
    """Capital under the rules beside what the loss distribution asks for."""
    rows = book.rows("capital")
    bars = spread([row["capital_eur"] for row in rows])
    table = bar_table(
        "Capital under the rules and by the loss distribution",
        ("What", "Risk-weighted amount", "Capital", "Held"),
        [
            Bar(
                _capitalised(row["text"]),
                (
                    book.money(row["rwa_eur"]) if row["rwa_eur"] else "",
                    book.money(row["capital_eur"]),
                    book.money(row["held_eur"]),
                ),
                *bar,
                kind="total" if row["measure"].startswith("economic") else "plain",
            )
            for row, bar in zip(rows, bars, strict=True)
        ],
    )
    required, economic = book.get("capital_eur"), book.get("economic_capital_eur")
    says = f"The rules ask for {required.figure}, "
    says += f"the loss distribution at {book.level} for {economic.with_interval}."
    if required.value and economic.value:
        word = "more" if economic.value > required.value else "less"
        says += f" That is {word} than the rules ask."
    note = (
        "The rules weigh each loan by itself, as one of very many in one economy. The loss distribution "
        "knows the book's names, sectors and regions, random losses given default and failing guarantors. "
        "Held: own funds at the bank's own ratio."
    )
    return join([_says(says), table, _note(note)])


def provisions(book: Book) -> Markup:
    """Expected credit losses by stage."""
    rows = book.rows("provisions")
    bars = spread([row["ecl_eur"] for row in rows])
    table = bar_table(
        "Expected credit losses by stage (IFRS 9), weighted over the economic scenarios",
        ("Stage", "Loans", "Exposure", "Twelve months", "Lifetime", "Provision"),
        [
            Bar(
                _STAGES.get(row["stage"], str(row["stage"])),
                (
                    fmt.count(row["loans"]), book.money(row["exposure_eur"]), book.money(row["ecl_12m_eur"]),
                    book.money(row["ecl_lifetime_eur"]), book.money(row["ecl_eur"]),
                ),
                *bar,
            )
            for row, bar in zip(rows, bars, strict=True)
        ],
    )  # fmt: skip
    exposure = book.get("exposure_eur").value or 0.0
    second = sum(row["exposure_eur"] for row in rows if row["stage"] == 2)
    says = f"Provisions are {book.get('ecl_eur').figure}"
    says += f"; {share(second / exposure)} of the exposure is in stage 2." if exposure else "."
    return join([_says(says), table])


def guarantees(book: Book) -> Markup:
    """What the guarantees change, measure by measure."""
    if not has_guarantees(book):
        return fill("<p>No loan of this book is guaranteed.</p>")
    rows = [
        (
            _capitalised(row["measure"]), _in_unit(book, row["without"], row["unit"]),
            _in_unit(book, row["with_them"], row["unit"]),
            _in_unit(book, row["worth"], row["unit"], row["ci_low"], row["ci_high"]),
        )
        for row in book.rows("guarantees")
    ]  # fmt: skip
    table = plain_table(
        "The book without and with its guarantees", ("Measure", "Without", "With", "Worth"), rows
    )
    worth = book.get("guarantee_worth_pa_eur")
    note = (
        "Worth per year: expected loss taken, and the yearly cost of the economic capital that is saved. "
        "Caps of pools and the guarantor's own default (double default) count. The tails come from two runs, "
        "whose errors add up."
    )
    return join([_says(f"The guarantees are worth {worth.with_interval} a year."), table, _note(note)])


def pricing(book: Book) -> Markup:
    """Margin, cost, capital, return and break-even margin: all, each design, then the largest of the rest."""
    every = book.rows("pricing")
    first = ("total", "design")
    ranked = sorted(every, key=lambda row: (row["kind"] not in first, -row["exposure_eur"]))
    rows = [
        (
            _scope(row["kind"], row["name"]),
            book.money(row["exposure_eur"]), _points(row["margin_pa"]), book.money(row["expected_loss_eur"]),
            book.money(row["net_income_eur"] if row["margin_pa"] is not None else None),
            book.money(row["capital_eur"]), share(row["raroc"]), _points(row["break_even_margin_pa"]),
        )
        for row in ranked[:_PRICED]
    ]  # fmt: skip
    headers = (
        "What", "Exposure", "Margin", "Expected loss", "Net income", "Capital held", "RAROC",
        "Break-even margin",
    )  # fmt: skip
    note = (
        "Per year. RAROC: interest less funding, administration and expected loss, as a share of the own "
        "funds held; not known where the tape gives no rate. Break-even margin: the margin over funding at "
        "which RAROC meets the hurdle."
    )
    if len(every) > _PRICED:
        note += f" The largest of {fmt.count(len(every))} rows; all of them are in the workbook."
    return join([plain_table("Return on risk-adjusted capital", headers, rows), _note(note)])


def futures(book: Book) -> Markup:
    """The futures of a run, and their mixture; nothing without a run."""
    rows = book.rows("futures")
    if not rows:
        return Markup()
    expected, var, es = (book.get(f"futures_{name}_eur") for name in ("expected_loss", "var", "es"))
    says = (
        f"Over {len(rows)} futures of the run the expected loss is {expected.with_interval}; mixed, the loss "
        f"stays within {var.with_interval} in {book.level} of years, beyond that it is {es.with_interval}."
    )
    table = plain_table(
        "The book in each future of the run, simulated to three times the precision",
        ("Future", "Exposure", "Expected loss", "VaR", "Shortfall", "Beyond the mixture's VaR"),
        [
            (
                str(row["replication"]), book.money(row["exposure_eur"]),
                book.money(row["expected_loss_eur"]), book.money(row["var_eur"]), book.money(row["es_eur"]),
                share(row["beyond"]),
            )
            for row in rows
        ],
    )  # fmt: skip
    return join([fill("<h3>The futures of the run</h3>"), _says(says), table])


def pd_terms(book: Book) -> Markup:
    """Cumulative default probabilities: all, each design, each grade; courses of the economy weighted."""
    rows = book.rows("pd_terms", scenario="weighted")
    if not rows:
        return Markup()
    years = sorted({row["year"] for row in rows})
    found = {(row["kind"], row["name"], row["year"]): row["cumulative_pd"] for row in rows}
    groups = {(row["kind"], row["name"]): row for row in rows}
    return plain_table(
        "Probability to default within so many years, weighted over the courses of the economy",
        ("What", "Loans", "Exposure", *(f"{year} y" for year in years)),
        [
            (
                _scope(*group), fmt.count(row["loans"]), book.money(row["exposure_eur"]),
                *(share(found[*group, year]) for year in years),
            )
            for group, row in list(groups.items())[:_ROWS]
        ],
    )  # fmt: skip


def quality(book: Book) -> Markup:
    """How many scenarios, how many of them matter in the tail, how precise the tail is."""
    rows = [
        (label, value.figure, value.interval or value.method)
        for label, value in (
            ("Scenarios drawn", book.get("scenarios")),
            ("Effective scenarios beyond the value at risk", book.get("effective_tail_scenarios")),
            ("Wider half-width of the intervals of VaR and shortfall", book.get("precision_reached")),
            ("Standard deviation of the loss", book.get("loss_sd_eur")),
        )
        if value.known
    ]
    table = plain_table("Quality of the estimate", ("What", "Value", "How"), rows)
    note = (
        "Intervals say how far a figure could be off because only so many scenarios were drawn. They say "
        "nothing of wrong inputs: PDs, LGDs and correlations are as the tape and the settings have them."
    )
    return join([table, _note(note), _models(book)])


def _models(book: Book) -> Markup:
    """The same book in other models, beside the simulation."""
    rows = book.rows("models")
    if len(rows) < 2:
        return Markup()
    table = plain_table(
        "What other models say of the same book",
        ("Model", f"VaR {book.level}", f"Shortfall {book.level}", "Expected loss", "What it knows"),
        [
            (row["model"], *(book.money(row[f"{name}_eur"]) for name in ("var", "es", "el")), row["text"])
            for row in rows
        ],
    )
    note = (
        "Closed forms, computed, not sampled. They take mean losses given default, guarantees without caps, "
        "and one factor for all of an obligor's systematic risk: what lies between them and the simulation "
        "is what several factors, random losses and caps do, or the choice of a model. A limit has no "
        "shortfall here."
    )
    simulated = rows[0]["var_eur"]
    others = [
        row["var_eur"] / simulated - 1.0 for row in rows[1:] if simulated and row["var_eur"] is not None
    ]
    says = (
        f"Value at risk in other models: {fmt.per_cent(min(others))[0]} to {fmt.per_cent(max(others))[0]} "
        "against the simulation."
        if others
        else ""
    )
    return join([_says(says) if says else Markup(), table, _note(note)])


def _scope(kind: str, name: str) -> str:
    one, _ = KINDS.get(kind, (kind, ""))
    return "Whole book" if kind == "total" else f"{_capitalised(one)}: {named(name)}"


def _in_unit(
    book: Book, value: float | None, unit: str, low: float | None = None, high: float | None = None
) -> str:
    if value is None:
        return fmt.NOT_KNOWN
    if fmt.is_currency(unit):
        return book.money(value, low, high)
    if unit == "per year":
        return _points(value)
    figure, interval = in_words(value, low, high, unit)
    return f"{figure} ({interval})" if interval else figure


def _points(value: float | None) -> str:
    """A margin in basis points, in which it is quoted."""
    return fmt.NOT_KNOWN if value is None else f"{fmt.plain(value * 1e4)}{fmt.NBSP}bp"


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


def _says(text: str) -> Markup:
    return fill('<p class="says">{text}</p>', text=text)


def _note(text: str) -> Markup:
    return fill('<p class="note">{text}</p>', text=text)
