"""The long tables of a book's page: largest loans, rejected rows, all figures; and where they come from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from hybridsim.report import format as fmt
from hybridsim.report.book_facts import Book, named, records, share
from hybridsim.report.markup import Markup, fill, join
from hybridsim.report.tables import plain_table, search_table

LOANS = 200
"""Loans on the page; all of them are in the workbook and in loans.parquet."""
REJECTED = 200

DEFINITIONS = (
    ("Expected loss", "Mean loss of one year: PD times loss given default, after guarantees."),
    (
        "Value at risk (VaR)",
        "The loss of one year that is not exceeded in so many per cent of years.",
    ),
    ("Expected shortfall (ES)", "The mean loss of the years beyond the value at risk."),
    (
        "Contribution",
        "What a loan or a name adds to the whole where the book as a whole is in its worst years (Euler). "
        "Contributions add up to the book's figure; the figure of a name alone would be larger.",
    ),
    (
        "Scenario",
        "One possible year: a state of the factors (economy, sectors, regions), and who defaults in it. "
        "Scenarios of the tail are drawn more often and weigh less (importance sampling).",
    ),
    (
        "95 % interval",
        "How far a figure could be off because only so many scenarios were drawn.",
    ),
    (
        "Effective scenarios",
        "How many equally weighted scenarios would say as much about the tail. Below a hundred or so the "
        "intervals themselves are uncertain.",
    ),
    ("Economic capital", "Shortfall less expected loss at the level: what the loss distribution asks for."),
    (
        "Required capital",
        "8 % of the risk-weighted amount under CRR III, without buffers and Pillar 2.",
    ),
    (
        "Provisions (ECL)",
        "Expected credit losses under IFRS 9: of twelve months in stage 1, of the remaining life in stages 2 "
        "and 3, weighted over economic scenarios.",
    ),
    ("RAROC", "Income less expected loss and cost, per year, as a share of the capital held."),
    (
        "HHI, effective names",
        "Sum of squared shares; its inverse is how many equal names are as concentrated.",
    ),
)
"""How to read the page: term and meaning."""


def loans(book: Book) -> Markup:
    """The loans with the largest contributions to the shortfall."""
    frame = book.tables["loans"]
    top = frame.sort_values("es_eur", ascending=False, kind="stable").head(LOANS)
    whole = book.get("loss_es_eur").value or 0.0
    rows = [
        (
            named(row["loan_id"]), named(row["obligor_id"]), named(row["sector"]), named(row["design"]),
            named(row["instrument"]), book.money(row["exposure_eur"]), share(row["pd"]), share(row["lgd"]),
            book.money(row["el_eur"]), book.money(row["es_eur"]),
            share(row["es_eur"] / whole if whole else None), str(row["stage"]), book.money(row["ecl_eur"]),
            book.money(row["capital_eur"]), share(row["raroc"]),
        )
        for row in records(top)
    ]  # fmt: skip
    headers = (
        "Loan", "Obligor", "Sector", "Design", "Instrument", "Exposure", "PD", "LGD", "Expected loss",
        "Shortfall", "Share of it", "Stage", "Provision", "Capital", "RAROC",
    )  # fmt: skip
    table = search_table("loans", "Loans with the largest contributions", headers, rows, "e.g. a sector")
    if len(frame) <= LOANS:
        return table
    note = f"The {LOANS} largest of {fmt.count(len(frame))} loans; all of them are in loans.parquet."
    return join([table, fill('<p class="note">{text}</p>', text=note)])


def rejected(book: Book) -> Markup:
    """Rows of the tape that are not in the figures, with reasons."""
    rows = book.rows("rejected")
    if not rows:
        return fill("<p>Every row of the tape is in the figures.</p>")
    table = search_table(
        "rejected",
        "Rows of the tape that are not in the figures",
        ("Row", "Column", "Value", "Why and what is allowed", "Outcome"),
        [
            (str(row["source_row"]), named(row["column"]), named(row["value"]), row["reason"], row["outcome"])
            for row in rows[:REJECTED]
        ],
        "e.g. pd",
    )
    note = f"All {fmt.count(len(rows))} are in rejected.csv." if len(rows) > REJECTED else ""
    return join([table, fill('<p class="note">{text}</p>', text=note)]) if note else table


def metrics(book: Book) -> Markup:
    """All rows of the metrics table."""
    meanings = {str(item["metric"]): str(item["text"]) for item in book.manifest["metrics"]["definitions"]}
    rows = [
        (
            value.metric, value.scope, value.figure, value.interval, meanings.get(value.metric, ""),
            value.method,
        )
        for value in book.values.rows
    ]  # fmt: skip
    headers = ("Metric", "Scope", "Value", "95 % interval", "Meaning", "Method")
    return search_table("metrics", "All figures of the book", headers, rows, "e.g. loss, level, guarantee")


def definitions() -> Markup:
    """How to read the page."""
    return fill(
        '<dl class="terms">{terms}</dl>',
        terms=join(
            fill("<dt>{term}</dt><dd>{meaning}</dd>", term=term, meaning=text) for term, text in DEFINITIONS
        ),
    )


def settings(book: Book) -> Markup:
    """Every setting of model, rules and simulation, with where it comes from."""
    sources = {str(item.get("path")): item for item in book.manifest.get("assumptions", ())}
    rows = [
        (path, text, str(sources.get(path, {}).get("source", "")))
        for path, text in _flat(book.manifest["settings"])
    ]
    return search_table(
        "settings", "Settings of the analysis", ("Setting", "Value", "Source"), rows, "e.g. lgd"
    )


def provenance(book: Book) -> Markup:
    """Tape, seed, versions, digests."""
    manifest, tape = book.manifest, book.manifest["tape"]
    versions = "; ".join(f"{name} {value}" for name, value in sorted(manifest["versions"].items()))
    rows = [
        ("Tape", f"{tape.get('name', '')} (SHA-256 {tape.get('sha256', '')})"),
        ("Rows of the tape", fmt.count(float(tape.get("rows", 0)))),
        ("Seed; random scheme", f"{manifest['seed']}; {manifest.get('random_scheme', '')}"),
        ("Digest of the result tables", str(manifest.get("digest", ""))),
        ("Versions", versions),
        ("Analysed", str((manifest.get("timings") or {}).get("began", ""))),
    ]
    table = plain_table("Where the figures come from", ("Item", "Value"), rows)
    again = fill(
        "<p>The same tape, mapping, settings and seed give the same digest on every machine, with any number "
        "of workers and in any order of the rows (but for the row numbers of rows that are left out).</p>"
    )
    return fill('<div class="facts">{parts}</div>', parts=join([table, again]))


def _flat(values: Mapping[str, Any], before: str = "") -> list[tuple[str, str]]:
    """Nested settings as key paths with their values."""
    found: list[tuple[str, str]] = []
    for key, value in values.items():
        path = f"{before}{key}"
        if isinstance(value, Mapping):
            found += _flat(value, f"{path}.")
        else:
            found.append((path, value if isinstance(value, str) else json.dumps(value)))
    return found
