"""Discounting on a path of yearly base rates: scalar rules over a sequence of rates."""

from __future__ import annotations

from collections.abc import Sequence

from hybridsim.core.mathx import exp, log
from hybridsim.core.money import share_cents


def discount_factor(t_months: float, rates_pa: Sequence[float]) -> float:
    """Value at month 0 of 1 paid at ``t_months`` (0 or later).

    ``rates_pa[y]`` is the effective rate of year ``y`` (months 12y to 12y + 12); the last one holds for ever.
    A full year discounts by ``1/(1 + r)``, a part of a year by ``(1 + r)^-(months/12)``.
    """
    last = len(rates_pa) - 1
    factor = 1.0
    left = t_months
    year = 0
    while left >= 12.0:
        factor /= 1.0 + rates_pa[min(year, last)]
        left -= 12.0
        year += 1
    if left > 0.0:
        factor *= exp(-log(1.0 + rates_pa[min(year, last)]) * left / 12.0)
    return factor


def present_value_cents(amount_cents: int, t_months: float, rates_pa: Sequence[float]) -> int:
    """Value at month 0 of an amount paid at ``t_months``, in whole cents."""
    return share_cents(amount_cents, discount_factor(t_months, rates_pa))
