"""Candidates' draws in batches, written so that the compiler takes several at once: the same bits, sooner."""

from __future__ import annotations

from hybridsim.core.rng import S_BOOK_DEFAULT
from hybridsim.credit.simulation.arrays import Work
from hybridsim.credit.simulation.borrowing import in_place
from hybridsim.credit.simulation.scalars import log_of_parts, many_uniforms

_MANTISSA = 0x000FFFFFFFFFFFFF
_HALF = 0x3FE0000000000000
"""The bits of 0.5: with them for exponent a mantissa lies in [0.5, 1)."""


@in_place
def draw_points(
    seed_lo: int, seed_hi: int, scenario: int, first: int, size: int, passed: float, work: Work
) -> float:
    """Fill ``size`` of ``work.points`` and ``work.levels`` with draws number ``first`` and following.

    Points of a Poisson process of rate 1 beyond ``passed``, sums of ``-log(u)`` with the bits of
    `core.mathx.log`; the levels are independent uniforms. Returns the last point.
    """
    points, bits, exponents, levels = work.points, work.point_bits, work.exponents, work.levels
    many_uniforms(seed_lo, seed_hi, scenario, S_BOOK_DEFAULT, first, points[:size], levels[:size])
    for i in range(size):
        exponents[i] = (bits[i] >> 52) - 1022
        bits[i] = (bits[i] & _MANTISSA) | _HALF
    for i in range(size):
        points[i] = -log_of_parts(points[i], float(exponents[i]))
    for i in range(size):
        passed += points[i]
        points[i] = passed
    return passed
