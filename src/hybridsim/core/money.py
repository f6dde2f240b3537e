"""Money is whole euro cents; this is the only place where a float becomes cents."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor


def to_cents(eur: float) -> int:
    """Euros as whole cents, half a cent away from zero.

    Exact to the cent for finite amounts below 45 trillion euros; others are the caller's fault.
    """
    if eur < 0.0:
        return -floor(-eur * 100.0 + 0.5)
    return floor(eur * 100.0 + 0.5)


def share_cents(cents: int, share: float) -> int:
    """``cents * share`` as whole cents, half a cent away from zero."""
    amount = cents * share
    if amount < 0.0:
        return -floor(-amount + 0.5)
    return floor(amount + 0.5)


def split_pro_rata(total: int, weights: Sequence[int]) -> list[int]:
    """Split ``total`` cents in proportion to ``weights``, exactly (largest remainder).

    Parameters
    ----------
    total
        Cents to split, not negative.
    weights
        Claims in cents, none negative; not all zero unless ``total`` is zero.

    Returns
    -------
    list of int
        One part per weight; the parts add up to ``total``, ties go to the lower position, and no
        part exceeds its weight as long as ``total <= sum(weights)``.

    Raises
    ------
    ValueError
        If ``total`` or a weight is negative, or there is money but no weight.
    """
    if total < 0:
        raise ValueError(f"total(={total}) must be >= 0")
    if any(weight < 0 for weight in weights):
        raise ValueError(f"weights(={list(weights)}) must all be >= 0")
    whole = sum(weights)
    if whole == 0:
        if total > 0:
            raise ValueError(f"total(={total}) cannot be split: the weights add up to 0")
        return [0 for _ in weights]
    # Python integers on purpose: the product of two amounts in cents can pass 64 bits.
    parts = [total * weight // whole for weight in weights]
    remainders = [total * weight % whole for weight in weights]
    left_over = total - sum(parts)
    by_remainder = sorted(range(len(parts)), key=lambda position: (-remainders[position], position))
    for position in by_remainder[:left_over]:
        parts[position] += 1
    return parts
