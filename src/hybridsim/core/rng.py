"""Keyed randomness: a draw depends on what is drawn, never on the order of drawing.

``u(seed, replication, entity, stream, index)`` is one Philox block. The key is the 64-bit seed, the
counter is the entity (64 bits), the replication (32), the stream (8) and the index (24), so that two
different draws can never share a block. Every distribution takes one uniform through its inverse
distribution function and grows with it, which keeps designs and stresses paired.
"""

from __future__ import annotations

import unicodedata
from enum import IntEnum
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

from hybridsim.core.mathx import exp, log, norm_ppf
from hybridsim.core.philox import MASK32, Words, philox4x32, philox4x32_array

SCHEME_VERSION = 1

# What an index is made of; the caller keeps each part below its count.
MAX_USE_CASES = 1 << 4
MAX_WAVES = 1 << 5
MAX_ATTEMPTS = 1 << 5
MAX_ITEMS = 1 << 10


class Stream(IntEnum):
    """What a draw decides (8 bits). A number, once given, keeps its meaning within a scheme version."""

    FACTOR = 0
    DEFAULT = 1
    ESTATE = 2
    WORKOUT = 3
    INITIAL_USER = 4
    ADOPTION = 5
    PREPARATION = 6
    ADVICE = 7
    SEARCH = 8
    DECISION = 9
    LAG = 10
    BANK_ERROR = 11
    DURATION = 12
    OVERRUN = 13
    EFFECT = 14
    GATE = 15
    PRICE_ROUND = 16
    SUSTAIN = 17
    POPULATION = 18
    OUTER = 19
    COST = 20
    OUTCOME = 21
    SUPPORT = 22
    PLATFORM = 23
    BOOK_FACTOR = 24
    BOOK_DEFAULT = 25
    BOOK_LGD = 26
    BOOK_COUNT = 27


# The same as plain integers, because passing an enum member into a compiled rule is slow.
S_FACTOR = 0
S_DEFAULT = 1
S_ESTATE = 2
S_WORKOUT = 3
S_INITIAL_USER = 4
S_ADOPTION = 5
S_PREPARATION = 6
S_ADVICE = 7
S_SEARCH = 8
S_DECISION = 9
S_LAG = 10
S_BANK_ERROR = 11
S_DURATION = 12
S_OVERRUN = 13
S_EFFECT = 14
S_GATE = 15
S_PRICE_ROUND = 16
S_SUSTAIN = 17
S_POPULATION = 18
S_OUTER = 19
S_COST = 20
S_OUTCOME = 21
S_SUPPORT = 22
S_PLATFORM = 23
S_BOOK_FACTOR = 24
S_BOOK_DEFAULT = 25
S_BOOK_LGD = 26
S_BOOK_COUNT = 27


def entity_key(name: str) -> int:
    """64-bit key of an id: BLAKE2b of its NFC form in UTF-8, eight bytes, little-endian."""
    text = unicodedata.normalize("NFC", name)
    return int.from_bytes(blake2b(text.encode("utf-8"), digest_size=8).digest(), "little")


def split_key(key: int) -> tuple[int, int]:
    """Low and high 32-bit words of an unsigned 64-bit key or seed."""
    return key & MASK32, (key >> 32) & MASK32


def draw_index(use_case: int, wave: int, attempt: int, item: int) -> int:
    """24-bit index of a draw; one-to-one while each part is below its ``MAX_`` count."""
    return (((use_case << 5) | wave) << 5 | attempt) << 10 | item


def uniform(
    seed_lo: int, seed_hi: int, replication: int, ent_lo: int, ent_hi: int, stream: int, index: int
) -> float:
    """One keyed uniform draw in the open interval (0, 1).

    The values are the odd multiples of 2**-53: 52 random bits and a half. (53 bits and a half would
    round to 1.0 at the top.) They are symmetric, and ``1 - u`` is exact.
    """
    x0, x1, _, _ = philox4x32(ent_lo, ent_hi, replication, (stream << 24) | index, seed_lo, seed_hi)
    return ((x0 >> 6) * 67108864 + (x1 >> 6) + 0.5) * 2.220446049250313e-16


def uniform_array(
    seed_lo: int, seed_hi: int, replication: int, ent_lo: Words, ent_hi: Words, stream: int, index: Words
) -> npt.NDArray[np.float64]:
    """:func:`uniform` for arrays of entities (and indices, if given) that broadcast together; same bits."""
    last_word = (stream << 24) | (index if isinstance(index, int) else np.asarray(index, dtype=np.int64))
    x0, x1, _, _ = philox4x32_array(ent_lo, ent_hi, replication, last_word, seed_lo, seed_hi)
    bits = (x0 >> np.uint64(6)) * np.uint64(67108864) + (x1 >> np.uint64(6))
    return (bits.astype(np.float64) + 0.5) * 2.220446049250313e-16


def exponential(u: float, mean: float) -> float:
    """Exponential draw with the given mean from a uniform ``u`` of this module."""
    return -mean * log(1.0 - u)


def normal(u: float, mean: float, sd: float) -> float:
    """Normal draw from a uniform."""
    return mean + sd * norm_ppf(u)


def lognormal_median(u: float, median: float, sigma: float) -> float:
    """Lognormal draw from a uniform; ``sigma`` is the standard deviation of the logarithm."""
    return median * exp(sigma * norm_ppf(u))
