"""Yields and ratios over replications, each a ratio of means with its standard error.

The ratio of means, not the mean of ratios: a replication with little capital must not dominate. Sums are
exactly rounded (`math.fsum`), so their order does not matter.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class RatioEstimate:
    """A ratio of two means over ``n`` replications; ``se`` is None for a single one."""

    value: float
    se: float | None
    n: int


def ratio_of_means(numerator: Floats, denominator: Floats) -> RatioEstimate:
    """``R = mean(x) / mean(y)`` over paired replications, with the delta method's standard error.

    ``se^2 = sum (x_i - R y_i)^2 / (n (n - 1) mean(y)^2)``.

    Parameters
    ----------
    numerator, denominator : shape (n,), one value per replication

    Raises
    ------
    ValueError : if the shapes differ, are not (n,), n is 0, or the denominator's mean is 0
    """
    if numerator.shape != denominator.shape or numerator.ndim != 1 or numerator.size == 0:
        raise ValueError(
            f"numerator has shape {numerator.shape} and denominator {denominator.shape}; "
            "both must be (n,) with n of 1 or more"
        )
    n = numerator.size
    total = math.fsum(denominator.tolist())
    if total == 0.0:
        raise ValueError("the denominator's mean is 0, so the ratio is not defined; report its parts instead")
    value = math.fsum(numerator.tolist()) / total
    if n == 1:
        return RatioEstimate(value, None, n)
    residual = numerator - value * denominator
    squares = math.fsum((residual * residual).tolist())
    return RatioEstimate(value, math.sqrt(squares * n / (n - 1)) / abs(total), n)


def discounted_sum(flows: Floats, rate_pa: float) -> Floats:
    """Present value per replication of yearly flows, each taken at the middle of its year.

    ``flows`` has shape (n, years); the result, shape (n,), is ``sum_y flows[:, y] (1 + rate_pa)^-(y + 1/2)``.
    """
    weight = math.sqrt(1.0 / (1.0 + rate_pa))
    total = np.zeros(flows.shape[0])
    for year in range(flows.shape[1]):
        total = total + flows[:, year] * weight
        weight /= 1.0 + rate_pa
    return total


def social_impact_yield(net_social_value: Floats, capital_years: Floats, rate_pa: float) -> RatioEstimate:
    """Net social value per euro of capital outstanding and year: ``sum v^t value / sum v^t capital dt``.

    Both of shape (n, years): euros of value in each year, and euro-years of capital at work in it. Negative
    value (the dip) counts as it is.
    """
    return ratio_of_means(discounted_sum(net_social_value, rate_pa), discounted_sum(capital_years, rate_pa))


def sroi(net_social_value: Floats, inputs: Floats, rate_pa: float) -> RatioEstimate:
    """Social return on investment: present value of net outcomes per present value of inputs.

    Both of shape (n, years), in euros. Report it with and without the value of non-cashable time.
    """
    return ratio_of_means(discounted_sum(net_social_value, rate_pa), discounted_sum(inputs, rate_pa))


def cost_per_hour(cost: Floats, hours_freed: Floats) -> RatioEstimate:
    """Euros per hour freed over replications, both of shape (n,) and summed over the same time."""
    return ratio_of_means(cost, hours_freed)
