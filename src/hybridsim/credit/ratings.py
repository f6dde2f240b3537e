"""Ratings: how a project moves a PD, how PDs depend on the factors, and asset correlations."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

from hybridsim.core.mathx import exp, expit, logit, norm_cdf

PD_FLOOR = 0.0005
PD_CEILING = 0.30


def logit_shift(
    d_service_to_revenue: float,
    d_ebitda_to_revenue: float,
    d_liquidity_days: float,
    failed_projects: int,
    w_service: float,
    w_ebitda: float,
    w_liquidity: float,
    w_failed: float,
) -> float:
    """What a project adds to the logit of its institution's PD (DESIGN 5.3).

    The first three are the project's changes to debt service per revenue, EBITDA per revenue and days
    of liquidity. All weights are >= 0: more service raises the PD, more EBITDA and more liquidity lower
    it, a failed project raises it.
    """
    return (
        w_service * d_service_to_revenue
        - w_ebitda * d_ebitda_to_revenue
        - w_liquidity * d_liquidity_days
        + w_failed * failed_projects
    )


def shifted_pd(pd0: float, shift: float, cap: float) -> float:
    """One-year PD after ``shift`` on its logit; the shift within +-cap, the PD within floor and ceiling."""
    if shift > cap:
        shift = cap
    elif shift < -cap:
        shift = -cap
    pd = expit(logit(pd0) + shift)
    if pd < PD_FLOOR:
        return PD_FLOOR
    if pd > PD_CEILING:
        return PD_CEILING
    return pd


def asset_correlation(pd: float, turnover_eur: float) -> float:
    """Asset correlation of a corporate borrower under Basel, with the size term for small firms.

    Between 0.24 (PD 0) and 0.12, less up to 0.04 for a turnover below 50 million euros.
    Source: BCBS, International Convergence of Capital Measurement and Capital Standards (2006), 272-273.
    """
    weight = (1.0 - exp(-50.0 * pd)) / (1.0 - exp(-50.0))
    millions = turnover_eur / 1e6
    if millions < 5.0:
        millions = 5.0
    elif millions > 50.0:
        millions = 50.0
    return 0.12 * weight + 0.24 * (1.0 - weight) - 0.04 * (1.0 - (millions - 5.0) / 45.0)


def loadings(
    direction: Sequence[float], correlation: Sequence[Sequence[float]], r_squared: float
) -> list[float]:
    """Factor loadings w along ``direction`` with ``w' C w = r_squared``, so that the PD is preserved.

    Raises
    ------
    ValueError
        If ``r_squared`` is not in [0, 1), or the direction has no variance but should have.
    """
    if not 0.0 <= r_squared < 1.0:
        raise ValueError(f"r_squared(={r_squared}) must be in [0, 1)")
    variance = 0.0
    for i, left in enumerate(direction):
        for j, right in enumerate(direction):
            variance += left * correlation[i][j] * right
    if r_squared == 0.0:
        return [0.0 for _ in direction]
    if not variance > 0.0:
        raise ValueError(f"direction(={list(direction)}) has no variance; r_squared(={r_squared}) needs some")
    scale = sqrt(r_squared / variance)
    return [scale * value for value in direction]


def conditional_pd(threshold: float, factor_term: float, residual: float) -> float:
    """One-year PD given the factors: Phi((Phi^-1(pd) - w.F) / sqrt(1 - R2)).

    ``threshold`` is Phi^-1(pd), ``factor_term`` is w.F, ``residual`` is sqrt(1 - R2) > 0.
    Source: O. Vasicek, "The distribution of loan portfolio value", Risk (2002).
    """
    return norm_cdf((threshold - factor_term) / residual)
