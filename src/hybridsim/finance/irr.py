"""Present values and internal rates of return of dated cash flows.

The rate is bracketed before it is refined, so that a solver never wanders off, and one of several rates is
never reported as if it were the only one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Dates = Sequence[date] | npt.NDArray[np.datetime64]
Amounts = Sequence[float] | Floats

GRID = np.linspace(-7.0, 7.0, 2801)
"""Continuous rates ``ln(1 + r)`` per year at which signs are compared: r from -99.9 % to 109,000 %."""


def npv(times: Amounts, cash: Amounts, rate_pa: float) -> float:
    """Present value ``sum c (1 + r)^-t`` at time 0; times in years, shapes (n,)."""
    years, flows = _flows(times, cash)
    return float(np.sum(flows * np.exp(-np.log1p(rate_pa) * years)))


def xnpv(days: Dates, cash: Amounts, rate_pa: float) -> float:
    """Present value on the first of ``days``, years counted A/365 as spreadsheets do."""
    return npv(years_since_first(days), cash, rate_pa)


def irr(times: Amounts, cash: Amounts) -> float:
    """The yearly rate at which `npv` is 0.

    With one change of sign (money out, then money in) there is exactly one rate (Descartes). With several
    changes there may be several; then a rate has no meaning and none is returned.

    Raises
    ------
    ValueError : if no rate, or more than one, lies between -99.9 % and 109,000 % per year
    """
    from scipy.optimize import brentq

    years, flows = _netted(*_flows(times, cash))
    if flows.size == 0 or float(np.min(flows)) > 0.0 or float(np.max(flows)) < 0.0:
        raise ValueError(
            "an internal rate needs payments in both directions; all of these have one sign or are 0"
        )
    # Times from the middle: a common discount factor moves no zero and keeps exp in range.
    centred = years - 0.5 * (years[0] + years[-1])

    def value(rate: float) -> float:
        logs = -rate * centred
        return float(np.sum(flows * np.exp(logs - np.max(logs))))

    unique = np.count_nonzero(flows[:-1] * flows[1:] < 0.0) == 1
    points = GRID[[0, -1]] if unique else GRID
    values = np.array([value(float(point)) for point in points])
    roots = [float(point) for point in points[values == 0.0]]
    for i in np.flatnonzero(values[:-1] * values[1:] < 0.0):
        roots.append(float(brentq(value, points[i], points[i + 1], xtol=1e-15, rtol=1e-14)))
    if len(roots) != 1:
        found = ", ".join(f"{np.expm1(root):.4%}" for root in sorted(roots)) or "none"
        raise ValueError(
            f"internal rates of return found: {found}; a rate has a meaning only if there is one"
        )
    return float(np.expm1(roots[0]))


def xirr(days: Dates, cash: Amounts) -> float:
    """The yearly rate at which `xnpv` is 0; errors as `irr`."""
    return irr(years_since_first(days), cash)


def years_since_first(days: Dates) -> Floats:
    """Years (A/365) from the first of ``days``, which need not be in order after it."""
    stamps = np.asarray(days, dtype="datetime64[D]")
    years: Floats = (stamps - stamps[:1]).astype(np.float64) / 365.0
    return years


def _netted(years: Floats, flows: Floats) -> tuple[Floats, Floats]:
    """One payment per point in time, in order, none of them 0."""
    points, place = np.unique(years, return_inverse=True)
    sums = np.bincount(place, weights=flows)
    return points[sums != 0.0], sums[sums != 0.0]


def _flows(times: Amounts, cash: Amounts) -> tuple[Floats, Floats]:
    years, flows = np.asarray(times, dtype=np.float64), np.asarray(cash, dtype=np.float64)
    if years.ndim != 1 or years.shape != flows.shape or years.size == 0:
        raise ValueError(
            f"times of shape {years.shape} and cash of shape {flows.shape}: give two equally long rows"
        )
    if not (np.isfinite(years).all() and np.isfinite(flows).all()):
        raise ValueError("times and cash must be finite numbers")
    return years, flows
