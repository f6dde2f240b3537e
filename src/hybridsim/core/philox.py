"""Philox4x32-10, the counter-based generator of Salmon et al. (SC'11, "Parallel Random Numbers").

A scalar and an array form with equal bits. Words are unsigned 32-bit values held in signed 64-bit
integers: the product of two words may wrap there, but the masks keep exactly the bits that are
wanted, so one source serves Python (unbounded integers) and a compiler (64 bits).
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

MASK32 = 0xFFFFFFFF
MULTIPLIER_0 = 0xD2511F53
MULTIPLIER_1 = 0xCD9E8D57
WEYL_0 = 0x9E3779B9
WEYL_1 = 0xBB67AE85
ROUNDS = 10

Words: TypeAlias = int | npt.NDArray[np.int64] | npt.NDArray[np.uint64]
WordArray: TypeAlias = npt.NDArray[np.uint64]


def philox4x32(c0: int, c1: int, c2: int, c3: int, k0: int, k1: int) -> tuple[int, int, int, int]:
    """Four random words from a counter of four words and a key of two, each in [0, 2**32)."""
    # Literals instead of the constants above: a third faster in Python, and this is its hottest loop.
    for _ in range(10):
        product_0 = 0xD2511F53 * c0
        product_1 = 0xCD9E8D57 * c2
        c0 = ((product_1 >> 32) & 0xFFFFFFFF) ^ c1 ^ k0
        c1 = product_1 & 0xFFFFFFFF
        c2 = ((product_0 >> 32) & 0xFFFFFFFF) ^ c3 ^ k1
        c3 = product_0 & 0xFFFFFFFF
        k0 = (k0 + 0x9E3779B9) & 0xFFFFFFFF
        k1 = (k1 + 0xBB67AE85) & 0xFFFFFFFF
    return c0, c1, c2, c3


def philox4x32_array(
    c0: Words, c1: Words, c2: Words, c3: Words, k0: int, k1: int
) -> tuple[WordArray, WordArray, WordArray, WordArray]:
    """:func:`philox4x32` over arrays of counters that broadcast together, under one key."""
    w0, w1, w2, w3 = (
        np.array(word)
        for word in np.broadcast_arrays(*(np.asarray(c, dtype=np.uint64) for c in (c0, c1, c2, c3)))
    )
    mask, half = np.uint64(MASK32), np.uint64(32)
    for _ in range(ROUNDS):
        product_0 = np.uint64(MULTIPLIER_0) * w0
        product_1 = np.uint64(MULTIPLIER_1) * w2
        w0 = (product_1 >> half) ^ w1 ^ np.uint64(k0)
        w1 = product_1 & mask
        w2 = (product_0 >> half) ^ w3 ^ np.uint64(k1)
        w3 = product_0 & mask
        k0 = (k0 + WEYL_0) & MASK32
        k1 = (k1 + WEYL_1) & MASK32
    return w0, w1, w2, w3
