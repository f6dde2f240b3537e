"""What other models say of the same book: closed forms beside the simulation, for who validates it.

Each of them takes the obligors' PDs and the mean loss given default, after guarantees, of the year's state,
and all of an obligor's systematic risk as if it came from one factor. What they leave out (several factors,
random LGDs, tails of the t copula, caps) is what the simulation adds.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

from hybridsim.book.expecting import expected_loss, loss_share
from hybridsim.book.frames import frame
from hybridsim.book.states import default_probabilities, spreads
from hybridsim.credit.creditrisk_plus import credit_risk_plus
from hybridsim.credit.distribution import bands, expected_shortfall, mean, value_at_risk
from hybridsim.credit.finite_pool import (
    conditional_pds,
    granularity_adjustment,
    limit_value_at_risk,
    one_factor_losses,
)
from hybridsim.credit.portfolio import Dependence, Portfolio, residuals

if TYPE_CHECKING:
    import pandas as pd

    from hybridsim.core.estimate import Estimate
    from hybridsim.credit.arrays import Floats
    from hybridsim.credit.distribution import LossDistribution
    from hybridsim.credit.tail.result import TailResult

MOST_IN_EXACT_POOL = 300
"""Obligors up to which the exact finite pool is worth its seconds; beyond, the adjusted limit is as good."""
_UNITS_OF_POOL = 20_000
_UNITS_OF_LARGEST = 1_000
_LONGEST = 1 << 20
_STATES = np.linspace(-8.0, 8.0, 257)
_Row = tuple[str, str, float | None, float | None, float | None]


def other_models(
    book: Portfolio, dependence: Dependence, risk: TailResult, expected: Estimate
) -> pd.DataFrame:
    """The table ``models``: the simulation first, then each closed form, VaR and ES at the same level."""
    rows: list[_Row] = [
        (
            "simulated", "this page: all factors, random losses given default, guarantees as they are",
            expected.value, risk.value_at_risk.value, risk.expected_shortfall.value,
        )
    ]  # fmt: skip
    chance, rho, lost = _obligors(book, dependence)
    if lost.size:
        rows += _one_factor(chance, rho, lost, risk.level)
        rows.append(_creditrisk_plus(chance, rho, lost, risk.level))
    return frame("models", rows)


def _obligors(book: Portfolio, dependence: Dependence) -> tuple[Floats, Floats, Floats]:
    """PD, share of systematic risk and mean loss at default in euros of each obligor that can cost any."""
    chance = default_probabilities(book, dependence)
    rho = 1.0 - residuals(book, dependence.factors) ** 2 / spreads(book, dependence.factors) ** 2
    share = loss_share(book, dependence, expected_loss(book, dependence))
    lost = np.bincount(book.obligor, share * book.exposure_eur, minlength=chance.size)
    some = (chance > 0.0) & (lost > 0.0)
    return chance[some], np.clip(rho[some], 0.0, None), np.asarray(lost[some], dtype=np.float64)


def _one_factor(chance: Floats, rho: Floats, lost: Floats, level: float) -> Iterator[_Row]:
    el = float(chance @ lost)
    if lost.size <= MOST_IN_EXACT_POOL:
        exact = one_factor_losses(bands(lost, chance, float(lost.sum()) / _UNITS_OF_POOL), rho)
        yield _told("one factor, exact", "Gaussian, mean losses given default, every name", exact, level)
    if not np.any((rho > 0.0) & (chance < 1.0)):
        return
    limit = limit_value_at_risk(lost, chance, rho, level)
    adjusted = limit + granularity_adjustment(lost, chance, rho, level)
    what = "Gaussian, as if of infinitely many names: what the IRB formula knows"
    yield "one factor, limit", what, el, limit, None
    yield (
        "one factor, adjusted limit",
        "the limit with what single names add to first order",
        el,
        adjusted,
        None,
    )


def _creditrisk_plus(chance: Floats, rho: Floats, lost: Floats, level: float) -> _Row:
    """One gamma sector whose variance gives the expected losses the spread that the Gaussian factor gives."""
    weights = np.exp(-0.5 * _STATES * _STATES)
    given = np.array([float(lost @ conditional_pds(chance, rho, state)[0]) for state in _STATES])
    weights /= weights.sum()
    centre = float(weights @ given)
    variance = float(weights @ (given - centre) ** 2) / centre**2
    unit = max(float(lost.max()) / _UNITS_OF_LARGEST, float(lost.sum()) / _LONGEST)
    loans = bands(lost, chance, unit)
    found = credit_risk_plus(loans, np.ones((lost.size, 1)), [variance])
    return _told(
        "CreditRisk+", f"one gamma sector, standard deviation {sqrt(variance):.2f}: as the Gaussian one's",
        found, level,
    )  # fmt: skip


def _told(name: str, text: str, found: LossDistribution, level: float) -> _Row:
    return name, text, mean(found), value_at_risk(found, level), expected_shortfall(found, level)
