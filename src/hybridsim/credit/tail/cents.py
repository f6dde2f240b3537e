"""Amounts in whole cents that add up to their rounded total."""

from __future__ import annotations

import numpy as np

from hybridsim.credit.arrays import Floats, Integers


def whole_cents(amounts_eur: Floats, total_eur: float) -> Integers:
    """Round amounts (n,) so that they add up to the total's cents: the largest remainders are rounded up.

    ``total_eur`` is their sum up to rounding errors. Sums over any groups then add up exactly as well.
    """
    exact = amounts_eur * 100.0
    cents = np.floor(exact).astype(np.int64)
    missing = round(total_eur * 100.0) - int(cents.sum())
    if cents.size == 0 or missing == 0:
        return cents
    order = np.argsort(cents - exact, kind="stable")
    if missing < 0:
        order = order[::-1]
    every, first = divmod(abs(missing), cents.size)
    step = np.full(cents.size, every, dtype=np.int64)
    step[:first] += 1
    cents[order] += step if missing > 0 else -step
    return cents
