"""Tables and figures of a book that need no more than its parts put side by side."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from hybridsim.book import tailing
from hybridsim.book.amounts import total
from hybridsim.book.capital_rules import capital_summary
from hybridsim.book.frames import frame, shaped
from hybridsim.credit.arrays import Floats
from hybridsim.study.metrics import Row

if TYPE_CHECKING:
    import pandas as pd

    from hybridsim.book.contributing import Contributed
    from hybridsim.book.ruling import Ruled
    from hybridsim.book.settings import BookSettings
    from hybridsim.credit.tail.result import TailResult

CAPITAL = {
    "standardised": "Standardised approach (CRR III)",
    "irb_before_floor": "Foundation IRB before the output floor",
    "output_floor_base": "Standardised amount of the output floor",
    "irb_after_floor": "Foundation IRB after the output floor",
    "required": "Required in the chosen approach",
    "irb_provision_shortfall": "Expected loss of IRB that provisions do not cover (Article 159)",
    "economic_es": "Economic capital: shortfall less expected loss",
    "economic_var": "Economic capital: value at risk less expected loss",
}
"""Measures of capital in words."""


def loans_table(found: Ruled, parts: Contributed, prices: pd.DataFrame) -> pd.DataFrame:
    """The table ``loans``."""
    tape = found.tape
    exposure = tape["exposure_eur"].to_numpy(dtype=np.float64)
    return shaped(
        "loans",
        {
            **{name: tape[name] for name in tape.columns},
            "exposure_eur": found.provisions["exposure_eur"],
            "el_eur": parts.el_eur,
            "var_eur": parts.var_eur,
            "var_se_eur": parts.var_se_eur,
            "es_eur": parts.es_eur,
            "es_se_eur": parts.es_se_eur,
            **{
                name: found.provisions[name]
                for name in ("stage", "ecl_12m_eur", "ecl_lifetime_eur", "ecl_eur")
            },
            "rw_standardised": _per(found.capital["rwa_standardised_eur"], exposure),
            "rw_irb": _per(found.capital["rwa_irb_eur"], exposure),
            "capital_eur": found.capital["capital_eur"],
            "economic_capital_eur": parts.es_eur - parts.el_eur,
            "raroc": prices["raroc"],
            "break_even_margin_pa": prices["break_even_margin_pa"],
        },
    )


def _per(amounts: pd.Series[float], exposure: Floats) -> Floats:
    whole = amounts.to_numpy(dtype=np.float64)
    return np.divide(whole, exposure, out=np.zeros(exposure.size), where=exposure > 0.0)


def provisions_table(loans: pd.DataFrame) -> pd.DataFrame:
    """The table ``provisions``: one row per stage, empty ones too."""
    rows = []
    for stage in (1, 2, 3):
        part = loans[loans["stage"] == stage]
        sums = (total(part[name]) for name in ("exposure_eur", "ecl_12m_eur", "ecl_lifetime_eur", "ecl_eur"))
        rows.append((stage, len(part), *sums))
    return frame("provisions", rows)


def capital_table(found: Ruled, risk: TailResult, parts: Contributed, settings: BookSettings) -> pd.DataFrame:
    """The table ``capital``: regulatory and economic side by side."""
    rules = settings.rules
    expected = parts.expected_loss.value or 0.0
    economic = {
        "economic_es": (risk.expected_shortfall.value or 0.0) - expected,
        "economic_var": max((risk.value_at_risk.value or 0.0) - expected, 0.0),
    }
    summary = capital_summary(
        found.capital,
        approach=rules.approach,
        year=rules.year,
        capital_ratio=rules.capital_ratio,
        provisions_eur=found.provisions["ecl_eur"],
        economic_eur=economic,
    )
    texts = summary["measure"].map(CAPITAL)
    return shaped("capital", {**{name: summary[name] for name in summary.columns}, "text": texts})


def book_rows(found: Ruled, rows_out: pd.DataFrame) -> Iterator[Row]:
    """What the book is, and which rows of the tape are not in it."""
    tape, out = found.tape, rows_out["outcome"]
    yield tailing.exact("exposure_eur", total(tape["exposure_eur"]), "sum of the loans")
    yield tailing.exact("loans", float(len(tape)), "count")
    yield tailing.exact("obligors", float(tape["obligor_id"].nunique()), "count")
    yield tailing.exact("defaulted_loans", float((tape["defaulted"] > 0.0).sum()), "count")
    yield tailing.exact("rejected_rows", float((out == "rejected").sum()), "count")
    yield tailing.exact("left_out_rows", float((out != "rejected").sum()), "count")


def capital_rows(
    capital: pd.DataFrame, risk: TailResult, parts: Contributed, settings: BookSettings
) -> Iterator[Row]:
    """Economic and regulatory capital."""
    for metric, figure in (
        ("economic_capital_eur", risk.expected_shortfall),
        ("economic_capital_var_eur", risk.value_at_risk),
    ):
        yield tailing.less(metric, figure, parts.expected_loss)
    required = capital[capital["measure"] == "required"].iloc[0]
    method = f"{settings.rules.approach}, output floor of {settings.rules.year}, 8 %"
    yield tailing.exact("capital_eur", float(required["capital_eur"]), method)
    yield tailing.exact("rwa_eur", float(required["rwa_eur"]), method)


def ecl_rows(loans: pd.DataFrame) -> Iterator[Row]:
    """Provisions, all and by stage."""
    for name in ("ecl_eur", "ecl_12m_eur", "ecl_lifetime_eur"):
        yield tailing.exact(name, total(loans[name]), "IFRS 9, scenarios weighted")
    for stage in (1, 2, 3):
        value = total(loans.loc[loans["stage"] == stage, "ecl_eur"])
        yield tailing.exact("ecl_eur", value, "IFRS 9, scenarios weighted", f"stage:{stage}")
