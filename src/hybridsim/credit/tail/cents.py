"""Amounts in whole cents that add up to their rounded total."""

from __future__ import annotations

import numpy as np

from hybridsim.credit.arrays import Floats, Integers


def whole_cents(amounts_eur: Floats, total_eur: float) -> Integers:
    """Round amounts (n,) so that they add up to the total's cents: the largest remainders are rounded up.

    Sums over any groups then add up exactly as well.

    Raises
    ------
    ValueError
        If ``total_eur`` is not their sum up to rounding errors.
    """
    found = float(amounts_eur.sum())
    if abs(found - total_eur) > 1e-9 * max(abs(total_eur), 1.0):
        raise ValueError(f"amounts add up to {found!r}, not to total_eur(={total_eur!r})")
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
