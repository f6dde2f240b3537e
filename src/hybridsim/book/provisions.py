"""Provisions of a book under IFRS 9: stages, expected credit losses by course of the economy, allowances.

The exposures are those of the amortisation schedules, with the interest accrued since the last payment: a
credit loss is what is due and does not come (B5.5.29), so that the lifetime loss is what the agreed cash
flows are worth more than the expected ones at the effective rate.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hybridsim.book.amortisation import Contracts, balance_share, month_of_payment, payments_until
from hybridsim.book.amounts import cents, euros, rounded
from hybridsim.book.pd_terms import given_economy
from hybridsim.credit.arrays import Floats, Integers, column
from hybridsim.credit.ecl import lifetime_ecl, loss_allowance, marginal_pds, stages, twelve_month_ecl

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd
    from numpy.typing import ArrayLike

    from hybridsim.book.settings import RuleSettings

_CELLS_AT_ONCE = 3_000_000
_MIDDLE = 0.5


@dataclass(frozen=True)
class Losses:
    """Expected credit losses of n loans in euros, not rounded."""

    twelve_month: Floats
    lifetime: Floats


def accrued_exposure(loans: Contracts, months: int) -> Floats:
    """What is owed in the middle of each of the coming months, interest included, (n, months); 0 at the end.

    The balance after the last payment, grown at the effective rate since then.
    """
    rows = np.arange(len(loans))[:, None]
    month = np.arange(months)[None, :]
    paid = payments_until(loans, rows, month)
    numbers = np.arange(int(loans.payments.max(initial=1)) + 1)[None, :]
    balances = loans.principal_eur[:, None] * balance_share(loans, rows, numbers)
    since = (month + _MIDDLE - month_of_payment(loans, rows, paid)) / 12.0
    owed = balances[rows, paid] * (1.0 + loans.effective_rate_pa[:, None]) ** since
    return np.where(month < loans.months[:, None], owed, 0.0)


def expected_losses(
    loans: Contracts, loss_share: ArrayLike, pd_pa: Callable[[Integers, int], Floats]
) -> Losses:
    """12-month and lifetime expected credit losses on the amortisation schedules, month by month.

    Parameters
    ----------
    loans
        The contracts, (n,).
    loss_share
        (n,) share of what is owed that is lost in a default, after guarantees that belong to the contract
        (B5.5.55), at its value on the day of default.
    pd_pa
        ``pd_pa(rows, years)`` gives the PDs (rows, years) of some loans in each coming year given survival to
        its start. A function, so that a million loans need no table of them.
    """
    shares = column("loss_share", loss_share, high=1.0, size=len(loans))
    twelve, lifetime = np.zeros(len(loans)), np.zeros(len(loans))
    # Loans of like maturity together, so that few months beyond a maturity are computed.
    order = np.argsort(loans.months, kind="stable")
    first = 0
    while first < order.size:
        months = np.maximum(loans.months[order[first : first + _CELLS_AT_ONCE // 12]], 12)
        cells = np.arange(1, months.size + 1) * months
        count = max(int(np.searchsorted(cells, _CELLS_AT_ONCE, side="right")), 1)
        rows, longest = order[first : first + count], int(months[count - 1])
        part = loans.taken(rows)
        marginal = marginal_pds(pd_pa(rows, -(-longest // 12)), longest, 12)
        given = (accrued_exposure(part, longest), marginal, shares[rows], part.effective_rate_pa, 12, _MIDDLE)
        twelve[rows] = twelve_month_ecl(*given)
        lifetime[rows] = lifetime_ecl(*given)
        first += count
    return Losses(twelve, lifetime)


def stage_of(tape: pd.DataFrame, rules: RuleSettings) -> Integers:
    """Stage 1, 2 or 3 of each loan, (n,); without a PD at origination nothing has risen (*assumption*)."""
    now = tape["pd"].to_numpy(dtype=np.float64)
    then = tape["originated_pd"].to_numpy(dtype=np.float64)
    return stages(
        now,
        np.where(np.isnan(then), now, then),
        tape["days_past_due"].to_numpy(dtype=np.float64),
        tape["defaulted"].to_numpy(dtype=np.float64) > 0.0,
        relative_increase=rules.relative_increase,
        absolute_increase=rules.absolute_increase,
        low_risk_pd=rules.low_risk_pd,
    )


def provisions(
    tape: pd.DataFrame,
    loans: Contracts,
    rules: RuleSettings,
    *,
    loss_share: ArrayLike,
    loading: ArrayLike,
    persistence: float,
    mean: ArrayLike = 0.0,
    variance: ArrayLike = 1.0,
) -> pd.DataFrame:
    """Stage, expected losses and allowance of each loan.

    Parameters
    ----------
    tape
        Columns ``loan_id``, ``exposure_eur``, ``pd``, ``originated_pd``, ``days_past_due``, ``defaulted``.
    loans
        Contracts of the same rows.
    rules
        Thresholds of the stages and courses of the economy with their weights.
    loss_share, loading, persistence, mean, variance
        As in :func:`expected_losses` and :func:`hybridsim.book.pd_terms.given_economy`.

    Returns
    -------
    pandas.DataFrame
        ``loan_id``, ``stage``, ``exposure_eur``, per course of the economy ``ecl_12m_NAME_eur`` and
        ``ecl_lifetime_NAME_eur`` and, weighted (5.5.17(a)), ``ecl_12m_eur``, ``ecl_lifetime_eur``;
        ``ecl_eur``, the allowance by stage, and ``coverage``, its share of the exposure. In stage 3 all
        of them are what the estate and the guarantor leave open.
    """
    import pandas as pd

    chance = column("pd", tape["pd"], high=1.0)
    beta = column("loading", loading, low=-1.0, size=chance.size)
    centre = np.broadcast_to(np.asarray(mean, dtype=np.float64), chance.shape)
    spread = np.broadcast_to(np.asarray(variance, dtype=np.float64), chance.shape)
    share = column("loss_share", loss_share, high=1.0, size=chance.size)
    stage = stage_of(tape, rules)
    impaired = share * loans.principal_eur
    table = pd.DataFrame(
        {"loan_id": tape["loan_id"], "stage": stage, "exposure_eur": rounded(loans.principal_eur)}
    )
    weighted = Losses(np.zeros(chance.size), np.zeros(chance.size))
    for name, scenario in rules.scenarios.items():

        def yearly(rows: Integers, years: int, economy: float = scenario.economy) -> Floats:
            known = centre[rows], spread[rows]
            return given_economy(chance[rows], beta[rows], economy, persistence, years, *known)

        losses = expected_losses(loans, share, yearly)
        for label, loss, sums in (
            ("12m", losses.twelve_month, weighted.twelve_month),
            ("lifetime", losses.lifetime, weighted.lifetime),
        ):
            table[f"ecl_{label}_{name}_eur"] = rounded(np.where(stage == 3, impaired, loss))
            sums += scenario.weight * loss
    table["ecl_12m_eur"] = rounded(np.where(stage == 3, impaired, weighted.twelve_month))
    table["ecl_lifetime_eur"] = rounded(np.where(stage == 3, impaired, weighted.lifetime))
    allowance = cents(loss_allowance(stage, weighted.twelve_month, weighted.lifetime, impaired))
    table["ecl_eur"] = euros(allowance)
    exposed = loans.principal_eur > 0.0
    table["coverage"] = np.where(exposed, euros(allowance) / np.where(exposed, loans.principal_eur, 1.0), 0.0)
    return table
