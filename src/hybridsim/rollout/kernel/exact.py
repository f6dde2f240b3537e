"""Whole-number arithmetic that passes 64 bits on the way, and splits to the cent (reference: core/money)."""

from __future__ import annotations

import numpy as np

from hybridsim.core.compiling import kernel
from hybridsim.rollout.kernel.records import Whole

_SAFE = 3_000_000_000


@kernel
def product_share(a: int, b: int, c: int) -> tuple[int, int]:
    """``a * b // c`` and its remainder for ``a, b >= 0`` and ``0 < c < 2**62``, the product of any size.

    Where the product may pass 64 bits it is built up bit by bit from the top, as on paper; the quotient must
    fit, which it does for shares (``a <= c`` or ``b <= c``).
    """
    if a < _SAFE and b < _SAFE:
        whole = a * b // c
        return whole, a * b - whole * c
    whole, rest = a // c * b, a % c
    quotient = remainder = 0
    for bit in range(62, -1, -1):
        quotient <<= 1
        remainder <<= 1
        if remainder >= c:
            remainder -= c
            quotient += 1
        if (b >> bit) & 1:
            remainder += rest
            if remainder >= c:
                remainder -= c
                quotient += 1
    return whole + quotient, remainder


@kernel
def periods(time: float, months: float) -> int:
    """``int(time // months)`` for ``0 <= time < 2**50`` and whole ``months``, without the cost of ``//``.

    Rounding keeps order, so that the rounded quotient reaches a whole number too early but never too late,
    and never by more than one; products of whole numbers are exact, and tell.
    """
    n = int(time / months)
    return n - 1 if n * months > time else n


@kernel
def split_pro_rata(total: int, weights: Whole) -> Whole:
    """Split ``total`` in proportion to ``weights``, exactly (largest remainder, ties to the first)."""
    n = len(weights)
    parts, remainders = np.zeros(n, np.int64), np.zeros(n, np.int64)
    whole = left = 0
    for position in range(n):
        whole += weights[position]
    if whole == 0:
        return parts
    left = total
    for position in range(n):
        parts[position], remainders[position] = product_share(total, weights[position], whole)
        left -= parts[position]
    for _ in range(left):
        best = 0
        for position in range(1, n):
            if remainders[position] > remainders[best]:
                best = position
        parts[best] += 1
        remainders[best] = -1
    return parts


@kernel
def pay_pari_passu(estate: int, claims: Whole) -> Whole:
    """Payment of claims out of an estate, none above its claim (reference: finance/waterfall)."""
    owed = 0
    for position in range(len(claims)):
        owed += claims[position]
    if estate >= owed:
        return claims
    return split_pro_rata(estate, claims)
