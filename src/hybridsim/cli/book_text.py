"""An analysed book as text and as JSON: the answer first, then designs, who causes it, what is not in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hybridsim.cli.figures import Figure, aligned, figure_rows, json_text, number, records

if TYPE_CHECKING:
    from hybridsim.book.store import BookResult

_TITLES = {
    "book": "Book",
    "loss": "Loss of one year",
    "causes": "Who causes it",
    "capital": "Capital",
    "provisions": "Provisions (IFRS 9)",
    "guarantees": "Guarantees",
    "pricing": "Return",
    "quality": "Quality of the estimate",
}
_AT_LEVEL = ("loss_var_eur", "loss_es_eur")
_TOP = 5
_NAME = 40


def book_text(found: BookResult) -> str:
    """Main figures with their intervals, top names, rejected rows, notes."""
    manifest = found.manifest
    level = f"{100.0 * manifest['level']:g} %"
    title = f"{manifest['title']}: level {level}, seed {manifest['seed']}"
    lines = [title, "", *aligned(figure_rows(_main(found, level), _TITLES)), *_designs(found)]
    lines += ["", *_top(found)]
    notes = [*_missing(found), *found.notes]
    if notes:
        lines += ["", *(f"Note: {note}" for note in notes)]
    return "\n".join(lines)


def book_json(found: BookResult, folder: Path, report: Path | None, workbook: Path | None) -> str:
    """All figures and where the rest is stored."""
    manifest: dict[str, Any] = found.manifest
    return json_text(
        {
            "book": str(folder),
            "report": None if report is None else str(report),
            "workbook": None if workbook is None else str(workbook),
            "title": manifest["title"],
            "seed": manifest["seed"],
            "level": manifest["level"],
            "digest": found.digest,
            "notes": found.notes,
            "metrics": records(found.metrics),
        }
    )


def _main(found: BookResult, level: str) -> list[Figure]:
    scopes = ("total", "part:ai", "part:book")
    rows = {row["metric"]: row for row in records(found.metrics) if row["scope"] in scopes}
    shown = []
    for definition in found.manifest["metrics"]["definitions"]:
        row = rows.get(definition["metric"])
        if definition["main"] and row is not None and row["value"] is not None:
            at = f" {level}" if definition["metric"] in _AT_LEVEL else ""
            shown.append(({**definition, "title": f"{definition['title']}{at}"}, row))
    return shown


def _designs(found: BookResult) -> Iterator[str]:
    """Return and break-even margin of each design, if there are several."""
    prices = found.tables["pricing"]
    rows = records(prices[prices["kind"] == "design"])
    if not rows:
        return
    yield from ("", "RAROC and break-even margin by design")
    for row in rows:
        raroc, margin = (number(row[name], "per year") for name in ("raroc", "break_even_margin_pa"))
        exposure = number(row["exposure_eur"], found.manifest["currency"])
        yield f"  {raroc:>8}  {margin:>8}  {_short(row['name'])} (exposure {exposure})"


def _top(found: BookResult) -> Iterator[str]:
    """The names that cause most of the shortfall."""
    frame = found.contributions
    rows = frame[frame["kind"] == "obligor"].nlargest(_TOP, "es_share", keep="first")
    if not len(rows):
        return
    yield "Largest names by share of the shortfall"
    for row in records(rows):
        share, exposure = (number(row[f"{name}_share"], "share") for name in ("es", "exposure"))
        yield f"  {share:>8}  {_short(row['name'])} ({exposure} of the exposure)"


def _short(text: str) -> str:
    """A name of the tape in a line of the terminal."""
    name = " ".join(text.split())
    return name if len(name) <= _NAME else f"{name[: _NAME - 3]}..."


def _missing(found: BookResult) -> Iterator[str]:
    """Rows of the tape that are in no figure."""
    rows = {row["metric"]: row["value"] or 0.0 for row in records(found.metrics) if row["scope"] == "total"}
    for metric, what in (("rejected_rows", "rejected"), ("left_out_rows", "left out by a rule")):
        count = int(rows.get(metric, 0.0))
        if count:
            yield f"{count:,} row{'s' if count != 1 else ''} of the tape {what}: see rejected.csv"
