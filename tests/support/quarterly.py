"""Whole quarterly repayment schedules in closed form and in cents, to check the engines against.

Nothing here calls `hybridsim.finance.service`: balances come from the textbook formulas. Linear and bullet
schedules agree with the engines to the cent. An annuity's balance does not carry the rounding of each
quarter's interest along, so it may differ by `Schedule.tolerance_cents`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hybridsim.core.codes import Service

Cents = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Schedule:
    """One loan's payments, one row per quarter-end; money in cents.

    ``quarter`` counts from 1, ``outstanding`` is what is left after the payment. The principal column adds
    up to the loan exactly.
    """

    quarter: Cents
    interest: Cents
    principal: Cents
    outstanding: Cents
    tolerance_cents: int


def _quarters(months: int, name: str) -> int:
    if months < 0 or months % 3:
        raise ValueError(
            f"{name}={months} is not a whole number of quarters; give a multiple of 3, 0 or more"
        )
    return months // 3


def _round_half_up(amounts: npt.NDArray[np.float64]) -> Cents:
    return np.floor(amounts + 0.5).astype(np.int64)


def _annuity_balances(principal: int, rate_pa: float, n: int) -> tuple[Cents, int]:
    """Balances after 1..n quarters, ``L q^j - A (q^j - 1)/i``, and the level payment ``A`` in cents."""
    j = np.arange(1, n + 1, dtype=np.int64)
    i = rate_pa / 4.0
    if i == 0.0:
        payment = math.floor(principal / n + 0.5)
        exact = principal - payment * j.astype(np.float64)
    else:
        payment = math.floor(principal * i / -math.expm1(-n * math.log1p(i)) + 0.5)
        growth = np.expm1(j * math.log1p(i))
        exact = principal * (1.0 + growth) - payment * growth / i
    balances = np.clip(_round_half_up(exact), 0, principal)
    return balances, payment


def schedule(
    service: int, principal_cents: int, rate_pa: float, term_months: int, grace_months: int
) -> Schedule:
    """Schedule of a loan disbursed at a quarter boundary.

    Parameters
    ----------
    service : code of `hybridsim.core.codes.Service`; ``NONE`` gives an empty schedule
    principal_cents : the loan, 0 or more
    rate_pa : nominal yearly rate, a quarter of it per quarter
    term_months, grace_months : multiples of 3; grace, interest only, is a part of the term

    Raises
    ------
    ValueError : if the term or grace is no whole number of quarters, or grace leaves no quarter to repay in,
        or for a revenue share
    """
    n, grace = _quarters(term_months, "term_months"), _quarters(grace_months, "grace_months")
    kind = Service(service)
    if kind is Service.REVENUE_SHARE:
        raise ValueError("a revenue share has no schedule: what it pays depends on what the project saves")
    if kind is Service.NONE:
        nothing = np.zeros(0, dtype=np.int64)
        return Schedule(nothing, nothing, nothing, nothing, 0)
    if grace >= n:
        raise ValueError(
            f"grace_months={grace_months} leaves no quarter to repay in; must be < term_months={term_months}"
        )
    repaying = n - grace
    outstanding = np.full(n, principal_cents, dtype=np.int64)
    tolerance = 0
    if kind is Service.LINEAR:
        outstanding[grace:] -= np.arange(1, repaying + 1, dtype=np.int64) * (principal_cents // repaying)
    elif kind is Service.STEP_UP:
        step = np.arange(1, repaying + 1, dtype=np.int64)
        outstanding[grace:] -= np.cumsum(principal_cents * 2 * step // (repaying * (repaying + 1)))
    elif kind is Service.ANNUITY:
        outstanding[grace:], payment = _annuity_balances(principal_cents, rate_pa, repaying)
        # half a cent of interest a quarter, compounded, and one cent for the rounding of the balance
        tolerance = 1 + math.ceil(0.5 * repaying * (1.0 + rate_pa / 4.0) ** repaying)
    outstanding[-1] = 0
    opening = np.concatenate(([principal_cents], outstanding[:-1])).astype(np.int64)
    interest = _round_half_up(opening.astype(np.float64) * (rate_pa / 4.0))
    principal = opening - outstanding
    if kind is Service.ANNUITY:
        # the level payment as a whole, but for a loan of a few cents that its rounding repays early
        full = (np.arange(n) >= grace) & (outstanding > 0)
        interest[full] = payment - principal[full]
    return Schedule(np.arange(1, n + 1, dtype=np.int64), interest, principal, outstanding, tolerance)
