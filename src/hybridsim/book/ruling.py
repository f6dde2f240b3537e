"""What the rules ask of a book: cash flows, provisions, capital, terms of PDs, loan by loan."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from hybridsim.book.amortisation import Contracts, contracts
from hybridsim.book.capital_rules import loan_capital
from hybridsim.book.cashflows import cash_flows, risk
from hybridsim.book.expecting import expected_loss
from hybridsim.book.frames import frame, shaped
from hybridsim.book.guarantees import paid_share
from hybridsim.book.pd_terms import grades, pd_term_structure
from hybridsim.book.provisions import provisions
from hybridsim.book.states import Outlook, outlook
from hybridsim.credit.arrays import Floats

if TYPE_CHECKING:
    import pandas as pd

    from hybridsim.book.assembly import Assembly
    from hybridsim.book.settings import BookSettings

MOST_CASH_FLOWS = 5_000_000
"""Rows of cash flows that are stored; a larger book's are made in Python, loan by loan."""


@dataclass(frozen=True)
class Ruled:
    """A book under the rules; tables by loan, in the order of ``tape``."""

    tape: pd.DataFrame
    """All loans by loan_id, those in default too, with the LGD filled in."""
    loans: Contracts
    outlook: Outlook
    """What is known of the obligors' asset values, (n,) each; in default nothing that matters."""
    cover: Floats
    """Share of each loss that the guarantor is expected to pay."""
    provisions: pd.DataFrame
    capital: pd.DataFrame


def ruled(assembly: Assembly, settings: BookSettings) -> Ruled:
    """Provisions and capital of all loans of an assembled book."""
    import pandas as pd

    rules = settings.rules
    whole = pd.concat([assembly.loans, assembly.in_default]).sort_values("loan_id", ignore_index=True)
    failed = whole["loan_id"].isin(assembly.in_default["loan_id"])
    whole["pd"], whole["defaulted"] = whole["pd"].where(~failed, 1.0), failed.astype("float64")
    loans = contracts(whole, rules.payment_months, rules.funding_rate_pa)
    book, dependence = assembly.portfolio, assembly.dependence
    loading, mean, variance = outlook(book, dependence)
    ahead = Outlook(
        _of_all(assembly, whole, loading[book.obligor]),
        _of_all(assembly, whole, mean[book.obligor]),
        _of_all(assembly, whole, variance[book.obligor], fill=1.0),
    )
    cover = expected_cover(assembly, whole, settings.model.pays_in_default)
    provided = provisions(
        whole,
        loans,
        rules,
        loss_share=whole["lgd"] * (1.0 - cover),
        persistence=settings.model.persistence,
        **ahead._asdict(),
    )
    capital = loan_capital(
        whole,
        approach=rules.approach,
        year=rules.year,
        provisions_eur=provided["ecl_eur"].where(provided["stage"] == 3, 0.0),
        known_guarantors=rules.guarantor_weights,
    )
    return Ruled(whole, loans, ahead, cover, provided, capital)


def expected_cover(assembly: Assembly, whole: pd.DataFrame, pays_in_default: float) -> Floats:
    """Share of each loan's loss that its guarantor is expected to pay, (n,).

    The cover, as far as the pool's cap reaches for the losses of the loans' lives, times what is left of it
    after the guarantor's own default in the same year (for loans in default: at his PD).
    """
    chance, years = whole["pd"].to_numpy(dtype=np.float64), whole["maturity_months"].to_numpy() / 12.0
    life = (1.0 - (1.0 - chance) ** years) * (whole["lgd"] * whole["exposure_eur"]).to_numpy(dtype=np.float64)
    loss = expected_loss(assembly.portfolio, assembly.dependence)
    covered = assembly.portfolio.cover * loss.gross_eur
    paid = np.divide(loss.gross_eur - loss.net_eur, covered, out=np.ones(covered.size), where=covered > 0.0)
    fails = np.nan_to_num(whole["guarantor_pd"].to_numpy(dtype=np.float64))
    stands = np.where(whole["defaulted"] > 0.0, 1.0 - fails * (1.0 - pays_in_default), 1.0)
    return paid_share(whole, life) * np.clip(stands * _of_all(assembly, whole, paid, fill=1.0), 0.0, 1.0)


def _of_all(assembly: Assembly, whole: pd.DataFrame, values: Floats, fill: float = 0.0) -> Floats:
    """Values of the simulated loans over all loans of the tape."""
    import pandas as pd

    named = pd.Series(values, index=assembly.loans["loan_id"])
    return np.asarray(named.reindex(whole["loan_id"], fill_value=fill), dtype=np.float64)


def cash_flow_table(found: Ruled, settings: BookSettings) -> pd.DataFrame:
    """The table ``cash_flows``: agreed and expected, one row per loan and payment.

    A book of more than `MOST_CASH_FLOWS` rows has none; its flows are made in pieces with
    `hybridsim.book.cashflows.cash_flow_blocks`.
    """
    if int(found.loans.payments.sum()) > MOST_CASH_FLOWS:
        return frame("cash_flows", ())
    expected = risk(
        found.tape["pd"],
        found.tape["lgd"],
        found.cover,
        settings.rules.workout_months,
        loans=len(found.tape),
    )
    table = cash_flows(found.tape["loan_id"], found.loans, date(settings.rules.year, 1, 1), expected)
    return shaped("cash_flows", {name: table[name] for name in table.columns})


def terms(found: Ruled, settings: BookSettings) -> pd.DataFrame:
    """PDs of the coming years per course of the economy: whole book, each design of several, each grade."""
    performing = found.tape["pd"].to_numpy(dtype=np.float64) < 1.0
    part = found.tape[performing]
    designs = {"design": part["design"]} if part["design"].nunique() > 1 else {}
    whole = np.full(len(part), "all")
    table = pd_term_structure(
        {"total": whole, **designs, "grade": grades(part["rating"], part["pd"])},
        part["exposure_eur"],
        part["pd"],
        found.outlook.loading[performing],
        settings.rules.scenarios,
        settings.model.persistence,
        mean=found.outlook.mean[performing],
        variance=found.outlook.variance[performing],
    )
    return shaped("pd_terms", {name: table[name] for name in table.columns})
