"""When a default happens: a piecewise constant hazard uses up a threshold drawn per year.

The threshold is unit exponential, so that an institution defaults within a year of constant
hazard with exactly its conditional PD; a change of the hazard in mid-year keeps what is left.
"""

from __future__ import annotations

from hybridsim.core.mathx import INF, log1p_neg


def hazard_per_month(pd: float) -> float:
    """Constant monthly hazard that gives the one-year default probability ``pd``: -ln(1 - pd) / 12."""
    return -log1p_neg(pd) / 12.0


def default_threshold(u: float) -> float:
    """Integrated hazard at which a year's default happens, from its uniform: -ln(1 - u)."""
    return -log1p_neg(u)


def months_to_default(threshold_left: float, hazard: float) -> float:
    """Months until ``hazard`` per month has used up the threshold; 0 if none is left, inf without hazard."""
    if threshold_left <= 0.0:
        return 0.0
    if hazard <= 0.0:
        return INF
    return threshold_left / hazard


def threshold_after(threshold_left: float, hazard: float, elapsed_months: float) -> float:
    """What is left of the threshold after some months under a hazard; never negative."""
    left = threshold_left - hazard * elapsed_months
    return left if left > 0.0 else 0.0
