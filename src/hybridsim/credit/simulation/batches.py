"""Candidates' draws in batches, written so that the compiler takes several at once: the same bits, sooner."""

from __future__ import annotations

from hybridsim.core.compiling import kernel
from hybridsim.core.rng import S_BOOK_DEFAULT
from hybridsim.credit.simulation.arrays import Work
from hybridsim.credit.simulation.scalars import log_of_parts, many_uniforms

_MANTISSA = 0x000FFFFFFFFFFFFF
_HALF = 0x3FE0000000000000
"""The bits of 0.5: with them for exponent a mantissa lies in [0.5, 1)."""


@kernel
def draw_batch(seed_lo: int, seed_hi: int, scenario: int, first: int, work: Work) -> None:
    """Fill ``work.exponentials`` and ``work.levels`` with draws number ``first`` to ``first + BATCH - 1``.

    A draw is an exponential of mean 1 and an independent uniform.
    """
    many_uniforms(seed_lo, seed_hi, scenario, S_BOOK_DEFAULT, first, work.exponentials, work.levels)
    _negative_logs(work)


@kernel
def _negative_logs(work: Work) -> None:
    """Replace uniforms in ``work.exponentials`` by ``-log(u)``, with the bits of `core.mathx.log`."""
    values, bits, exponents = work.exponentials, work.exponential_bits, work.exponents
    for i in range(len(values)):
        exponents[i] = (bits[i] >> 52) - 1022
        bits[i] = (bits[i] & _MANTISSA) | _HALF
    for i in range(len(values)):
        values[i] = -log_of_parts(values[i], float(exponents[i]))
