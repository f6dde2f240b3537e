"""The figures of a book, as data: name, unit, group, what it means and its title in the terminal."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

Group = Literal["book", "loss", "causes", "capital", "provisions", "guarantees", "pricing", "quality"]


@dataclass(frozen=True, slots=True)
class Definition:
    """One metric; those with a ``title`` are the main ones, which the terminal shows."""

    metric: str
    unit: str
    group: Group
    text: str
    title: str = ""


DEFINITIONS: tuple[Definition, ...] = (
    Definition("exposure_eur", "EUR", "book", "exposure at default of all accepted loans", "exposure"),
    Definition("loans", "loans", "book", "accepted loans"),
    Definition("obligors", "obligors", "book", "who owes them"),
    Definition("defaulted_loans", "loans", "book", "loans in default: provisioned, but not simulated"),
    Definition("rejected_rows", "rows", "book", "rows of the tape that were rejected"),
    Definition("left_out_rows", "rows", "book", "rows left out by a rule of the mapping"),
    Definition(
        "expected_loss_eur", "EUR", "loss", "mean loss of one year after guarantees", "expected loss"
    ),
    Definition("expected_loss_rate", "share", "loss", "expected loss as a share of the exposure"),
    Definition("loss_sd_eur", "EUR", "loss", "standard deviation of the loss of one year"),
    Definition(
        "loss_var_eur", "EUR", "loss",
        "value at risk: the loss of one year that is not exceeded at the level", "value at risk",
    ),
    Definition(
        "loss_es_eur", "EUR", "loss", "expected shortfall: mean loss beyond the value at risk",
        "expected shortfall",
    ),
    Definition("futures_exposure_eur", "EUR", "book", "exposure of a run's loans, over its futures"),
    Definition(
        "futures_expected_loss_eur", "EUR", "loss", "expected loss of a run's loans, over its futures",
        "expected loss of the run's loans, over futures",
    ),
    Definition(
        "futures_var_eur", "EUR", "loss", "value at risk of a run's loans, futures mixed",
        "value at risk of the run's loans, futures mixed",
    ),
    Definition(
        "futures_es_eur", "EUR", "loss", "expected shortfall of a run's loans, futures mixed",
        "expected shortfall of the run's loans, futures mixed",
    ),
    Definition(
        "added_es_eur", "EUR", "causes", "what a part adds: shortfall of the book with it less without it",
        "shortfall that the AI loans add",
    ),
    Definition(
        "added_var_eur", "EUR", "causes", "the same for the value at risk", "value at risk that they add"
    ),
    Definition(
        "added_el_eur", "EUR", "causes", "the same for the expected loss", "expected loss that they add"
    ),
    Definition(
        "base_es_eur", "EUR", "causes", "shortfall of the book without that part", "shortfall without them"
    ),
    Definition("base_var_eur", "EUR", "causes", "value at risk of the book without that part"),
    Definition(
        "economic_capital_eur", "EUR", "capital", "expected shortfall less expected loss",
        "economic capital (shortfall less expected loss)",
    ),
    Definition(
        "economic_capital_var_eur", "EUR", "capital", "value at risk less expected loss",
        "economic capital (value at risk less expected loss)",
    ),
    Definition(
        "capital_eur", "EUR", "capital", "required capital under the rules in the asked approach",
        "regulatory capital",
    ),
    Definition("rwa_eur", "EUR", "capital", "risk-weighted amount behind it"),
    Definition("ecl_eur", "EUR", "provisions", "expected credit losses under IFRS 9", "provisions"),
    Definition("ecl_12m_eur", "EUR", "provisions", "expected credit losses of twelve months, all loans"),
    Definition("ecl_lifetime_eur", "EUR", "provisions", "of the remaining life, all loans"),
    Definition(
        "guarantee_worth_pa_eur", "EUR", "guarantees",
        "expected loss saved and cost of the economic capital saved, per year",
        "worth of the guarantees a year",
    ),
    Definition("guarantee_el_eur", "EUR", "guarantees", "expected loss that the guarantees take"),
    Definition("guarantee_es_eur", "EUR", "guarantees", "shortfall without them less with them"),
    Definition("guarantee_capital_eur", "EUR", "guarantees", "own funds that they save under the rules"),
    Definition(
        "guarantee_life_eur", "EUR", "guarantees", "worth over the lives of the loans, discounted at funding"
    ),
    Definition("raroc", "per year", "pricing", "return on risk-adjusted capital of the book", "RAROC"),
    Definition(
        "break_even_margin_pa", "per year", "pricing",
        "margin over funding at which the return meets the hurdle", "break-even margin",
    ),
    Definition("scenarios", "scenarios", "quality", "scenarios drawn", "scenarios besides pilots"),
    Definition(
        "effective_tail_scenarios", "scenarios", "quality", "effective sample size beyond the value at risk",
        "effective scenarios beyond the value at risk",
    ),
    Definition(
        "precision_reached", "share", "quality", "wider half-width of VaR's and ES's interval, as a share",
        "half-width of the wider of both intervals",
    ),
)  # fmt: skip
"""All metrics of a book, in the order of the table; some have several scopes."""


def describe(currency: str) -> list[dict[str, Any]]:
    """Every metric for the manifest, money in the book's currency."""
    return [
        {**asdict(definition), "unit": in_currency(definition.unit, currency), "main": bool(definition.title)}
        for definition in DEFINITIONS
    ]


def in_currency(unit: str, currency: str) -> str:
    """Unit of a figure of a book in some currency: amounts are held as euros, whatever the tape's are."""
    return currency if unit == "EUR" else unit


UNITS = {definition.metric: definition.unit for definition in DEFINITIONS}
"""Unit by metric."""
