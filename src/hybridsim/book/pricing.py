"""What the loans of a book earn on their capital, what margin they need, and what their guarantees are worth.

One year on what is owed today, as :mod:`hybridsim.finance.pricing` reckons when a bank decides: funding is
paid on the whole loan and the hurdle rate comes on top of it on the capital held. Interest goes to the
survivors' loans in full; what defaults cost is in the expected loss.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hybridsim.book.amortisation import Contracts, balance_share, payments_until
from hybridsim.book.amounts import cents, euros, totals
from hybridsim.credit.arrays import Floats, Integers, column

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import ArrayLike

    from hybridsim.book.settings import RuleSettings
    from hybridsim.credit.standardised import Flags

LABELS = ("design", "instrument", "provider", "part")
"""Columns of the tape that the table keeps, to be summed by."""
_BASIS_POINT = 1e-4


@dataclass(frozen=True)
class Burden:
    """What the risk of n loans takes, each (n,) euros."""

    expected_loss_eur: Floats
    """Of one year, after guarantees if there are any."""
    regulatory_capital_eur: Floats
    """Own funds held for the risk-weighted amounts."""
    economic_capital_eur: Floats
    """Contributions to the economic capital; they add up to the book's."""


def loan_pricing(
    tape: pd.DataFrame,
    rules: RuleSettings,
    *,
    expected_loss_eur: ArrayLike,
    capital_eur: ArrayLike,
    guarantee_fee_eur: ArrayLike = 0.0,
    other_fees_eur: ArrayLike = 0.0,
) -> pd.DataFrame:
    """Income, cost, RAROC and break-even margin of each loan, per year.

    ``RAROC = (income + fees - funding - running cost - guarantee fee - expected loss) / capital``; the
    break-even margin solves RAROC = hurdle: ``(EL + running cost + guarantee fee - fees + hurdle capital) /
    exposure``.

    Parameters
    ----------
    tape
        Columns ``loan_id``, ``exposure_eur``, ``rate_pa`` (NaN: unknown), ``defaulted`` and `LABELS`.
    rules
        Rates of funding, running cost and capital.
    expected_loss_eur, capital_eur
        (n,) one-year expected losses and the capital to be paid for, regulatory or economic.
    guarantee_fee_eur, other_fees_eur
        (n,) yearly fees that the bank pays to guarantors and gets from borrowers.

    Returns
    -------
    pandas.DataFrame
        ``loan_id``, `LABELS`, ``rate_known`` (0/1), ``exposure_eur``, ``income_eur``, ``funding_eur``,
        ``running_cost_eur``, ``guarantee_fee_eur``, ``other_fees_eur``, ``expected_loss_eur``,
        ``net_income_eur``, ``capital_eur``, ``capital_cost_eur``, ``value_added_eur`` (net income less cost
        of capital) and the ratios of :func:`by_label`. A loan of unknown rate is reckoned without a margin
        and has no RAROC. Loans in default are priced no more: their amounts are 0.
    """
    import pandas as pd

    fees = guarantee_fee_eur, other_fees_eur
    whole, known = _amounts(tape, rules, expected_loss_eur, capital_eur, fees)
    table = pd.DataFrame({name: tape[name] for name in ("loan_id", *LABELS)})
    table["rate_known"] = known.astype(np.int64)
    for name, values in whole.items():
        table[name] = euros(values)
    return _with_ratios(table, known)


def by_label(table: pd.DataFrame, by: Sequence[str] = ()) -> pd.DataFrame:
    """Sums of :func:`loan_pricing` by columns of it, exact to the cent, with the ratios of the sums.

    ``raroc`` (empty without capital, or if a rate is unknown), ``margin_pa`` (income less funding per
    exposure), ``break_even_margin_pa`` (empty without exposure).
    """
    summed = totals(table, by)
    unknown = table.assign(unknown_eur=euros(100 - 100 * table["rate_known"]))
    return _with_ratios(summed, (totals(unknown, by)["unknown_eur"] == 0.0).to_numpy(dtype=bool))


def life_years(loans: Contracts, pd_pa: ArrayLike, discount_pa: float) -> Floats:
    """Years for which one euro owed today is outstanding, survival-weighted and discounted, (n,).

    ``sum_m b_m/12 (1 - p)^((m - 1/2)/12) (1 + d)^(-(m - 1/2)/12)`` over months m, b_m the share owed in
    month m. With PD and discount 0 it is the average life.
    """
    chance = column("pd_pa", pd_pa, high=1.0, size=len(loans))
    rows = np.arange(len(loans))
    years = np.zeros(len(loans))
    for month in range(int(loans.months.max(initial=0))):
        rows = rows[loans.months[rows] > month]
        share = balance_share(loans, rows, payments_until(loans, rows, np.full(rows.size, month)))
        middle = (month + 0.5) / 12.0
        years[rows] += share / 12.0 * ((1.0 - chance[rows]) / (1.0 + discount_pa)) ** middle
    return years


def guarantee_worth(
    tape: pd.DataFrame,
    rules: RuleSettings,
    *,
    covered: Burden,
    uncovered: Burden,
    years: ArrayLike,
    guarantee_fee_eur: ArrayLike = 0.0,
) -> pd.DataFrame:
    """What the guarantees spare the bank: the same loans with and without them.

    Parameters
    ----------
    covered, uncovered
        What the loans take with their guarantees and without any.
    years
        (n,) of :func:`life_years`: expected loss and capital are taken to stay in proportion to what is owed.

    Returns
    -------
    pandas.DataFrame
        ``loan_id``, `LABELS`, ``exposure_eur``, ``expected_loss_saved_eur`` (per year),
        ``regulatory_capital_saved_eur``, ``economic_capital_saved_eur``, ``worth_regulatory_eur`` and
        ``worth_economic_eur`` (per year: loss saved and hurdle rate on the capital saved),
        ``life_regulatory_eur`` and ``life_economic_eur`` (over the loans' lives), ``guarantee_fee_eur`` and
        the ratios of :func:`worth_by_label`.
    """
    import pandas as pd

    size = len(tape)
    lasts = column("years", years, size=size)
    table = pd.DataFrame({name: tape[name] for name in ("loan_id", *LABELS)})
    saved = {
        name: cents(getattr(uncovered, name)) - cents(getattr(covered, name))
        for name in ("expected_loss_eur", "regulatory_capital_eur", "economic_capital_eur")
    }
    table["exposure_eur"] = euros(cents(tape["exposure_eur"]))
    for name, values in saved.items():
        table[name.replace("_eur", "_saved_eur")] = euros(values)
    for kind in ("regulatory", "economic"):
        capital = cents(rules.cost_of_capital_pa * euros(saved[f"{kind}_capital_eur"]))
        worth = saved["expected_loss_eur"] + capital
        table[f"worth_{kind}_eur"] = euros(worth)
        table[f"life_{kind}_eur"] = euros(cents(euros(worth) * lasts))
    table["guarantee_fee_eur"] = euros(cents(column("guarantee_fee_eur", guarantee_fee_eur, size=size)))
    return _with_basis_points(table)


def worth_by_label(table: pd.DataFrame, by: Sequence[str] = ()) -> pd.DataFrame:
    """Sums of :func:`guarantee_worth`, exact to the cent, with the ratios of the sums.

    ``break_even_saved_regulatory_bp``, ``break_even_saved_economic_bp``: by how many basis points the
    break-even margin falls, before the fee; ``fee_bp``. Empty without exposure.
    """
    return _with_basis_points(totals(table, by))


def _amounts(
    tape: pd.DataFrame,
    rules: RuleSettings,
    expected_loss_eur: ArrayLike,
    capital_eur: ArrayLike,
    fees: tuple[ArrayLike, ArrayLike],
) -> tuple[dict[str, Integers], Flags]:
    """Yearly amounts of each loan in cents, and whether its rate is known."""
    exposure = column("exposure_eur", tape["exposure_eur"])
    size = exposure.size
    performing = tape["defaulted"].to_numpy(dtype=np.float64) == 0.0
    rates = tape["rate_pa"].to_numpy(dtype=np.float64)
    known = ~np.isnan(rates)
    owed = np.where(performing, exposure, 0.0)
    amounts = {
        "exposure_eur": owed,
        "income_eur": np.where(known, rates, rules.funding_rate_pa) * owed,
        "funding_eur": rules.funding_rate_pa * owed,
        "running_cost_eur": rules.running_cost_pa * owed,
        "guarantee_fee_eur": column("guarantee_fee_eur", fees[0], size=size) * performing,
        "other_fees_eur": column("other_fees_eur", fees[1], size=size) * performing,
        "expected_loss_eur": column("expected_loss_eur", expected_loss_eur, size=size) * performing,
    }
    whole = {name: cents(values) for name, values in amounts.items()}
    earned = whole["income_eur"] + whole["other_fees_eur"]
    spent = whole["funding_eur"] + whole["running_cost_eur"] + whole["guarantee_fee_eur"]
    whole["net_income_eur"] = earned - spent - whole["expected_loss_eur"]
    # Euler contributions to economic capital can be negative: a hedge.
    held = column("capital_eur", capital_eur, low=-np.inf, size=size) * performing
    whole["capital_eur"] = cents(held)
    whole["capital_cost_eur"] = cents(rules.cost_of_capital_pa * held)
    whole["value_added_eur"] = whole["net_income_eur"] - whole["capital_cost_eur"]
    return whole, known


def _with_ratios(table: pd.DataFrame, known: Flags) -> pd.DataFrame:
    capital, exposure = table["capital_eur"], table["exposure_eur"]
    table["raroc"] = (table["net_income_eur"] / capital).where((capital > 0.0) & known)
    table["margin_pa"] = ((table["income_eur"] - table["funding_eur"]) / exposure).where(
        (exposure > 0.0) & known
    )
    needed = table["expected_loss_eur"] + table["running_cost_eur"] + table["guarantee_fee_eur"]
    needed = needed - table["other_fees_eur"] + table["capital_cost_eur"]
    table["break_even_margin_pa"] = (needed / exposure).where(exposure > 0.0)
    return table


def _with_basis_points(table: pd.DataFrame) -> pd.DataFrame:
    exposure = table["exposure_eur"]
    for name, amount in (
        ("break_even_saved_regulatory_bp", "worth_regulatory_eur"),
        ("break_even_saved_economic_bp", "worth_economic_eur"),
        ("fee_bp", "guarantee_fee_eur"),
    ):
        table[name] = (table[amount] / exposure / _BASIS_POINT).where(exposure > 0.0)
    return table
