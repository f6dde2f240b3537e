"""What accrues while a project runs, between two points in time and in closed form: scalar rules.

So that nothing has to happen every month: an engine asks for the integral since it last looked.
"""

from __future__ import annotations

from hybridsim.core.mathx import exp


def ramp(age_months: float, dip_months: float, dip_level: float, ramp_months: float) -> float:
    """Share of the full effect at an age since go-live.

    ``-dip_level`` on ``[0, dip_months)``, then rising in a line from 0 to 1 at ``ramp_months``, then 1; 0
    before go-live. ``dip_level`` is in units of the full effect: scale it by the supported work, not by all.
    """
    if age_months < 0.0:
        return 0.0
    if age_months < dip_months:
        return -dip_level
    if age_months >= ramp_months:
        return 1.0
    return (age_months - dip_months) / (ramp_months - dip_months)


def _ramp_since_start(age_months: float, dip_months: float, dip_level: float, ramp_months: float) -> float:
    if age_months <= 0.0:
        return 0.0
    if age_months <= dip_months:
        return -dip_level * age_months
    rise = max(0.0, ramp_months - dip_months)
    since_dip = age_months - dip_months
    if since_dip >= rise:
        return -dip_level * dip_months + since_dip - rise / 2.0
    return -dip_level * dip_months + since_dip * since_dip / (2.0 * rise)


def ramp_integral(
    age_from: float, age_to: float, dip_months: float, dip_level: float, ramp_months: float
) -> float:
    """Exact integral of `ramp` between two ages, in months of full effect."""
    return _ramp_since_start(age_to, dip_months, dip_level, ramp_months) - _ramp_since_start(
        age_from, dip_months, dip_level, ramp_months
    )


def mean_growth(x: float) -> float:
    """``(e^x - 1) / x``, 1 at zero: the mean of ``e^(x s)`` for s from 0 to 1, accurate near zero as well."""
    if x > 0.125 or x < -0.125:
        return (exp(x) - 1.0) / x
    # Taylor series sum x^n / (n + 1)!; the first term left out is below 1e-17 here
    total = 0.0
    for n in range(10, 0, -1):
        total = (1.0 + total) * x / float(n + 1)
    return 1.0 + total


def trend_integral(t_from: float, t_to: float, trend_pa: float) -> float:
    """``integral of exp(trend_pa * t / 12) dt`` between two months, in months at the prices of month 0."""
    return (t_to - t_from) * exp(trend_pa * t_from / 12.0) * mean_growth(trend_pa * (t_to - t_from) / 12.0)
