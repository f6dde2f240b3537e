"""Tables that spare the simulation its slow functions: the normal distribution and gamma quantiles."""

from __future__ import annotations

from functools import lru_cache
from math import inf
from typing import NamedTuple

import numpy as np

from hybridsim.core.compiling import kernel
from hybridsim.core.mathx import log, norm_cdf
from hybridsim.credit.arrays import Floats
from hybridsim.credit.simulation.scalars import exp

REACH = 9.0
STEPS_PER_UNIT = 64
KNOTS = int(2 * REACH) * STEPS_PER_UNIT + 1
DENSE = (int(REACH) + 1) * STEPS_PER_UNIT + 1
"""Cells with a bound in this step or above, a PD of 84 % or more, are drawn obligor by obligor."""


class NormalTables(NamedTuple):
    """Bounds over each step, (KNOTS + 1,): number k holds for arguments from knot k - 1 to knot k.

    The first and the last step lie beyond the table.
    """

    floors: Floats
    """Phi is at least that,"""
    chances: Floats
    """and at most that."""
    hazards: Floats
    """Upper bound of ``-ln(1 - Phi)``; 0 from DENSE on, where nobody skips."""


@lru_cache(maxsize=1)
def normal_tables() -> NormalTables:
    """The tables, in plain arithmetic: the same bits on every processor."""
    knots = [-REACH + step / STEPS_PER_UNIT for step in range(KNOTS)]
    chances = np.array([*(norm_cdf(knot) for knot in knots), 1.0])
    hazards = np.zeros(KNOTS + 1)
    hazards[:DENSE] = [-log(norm_cdf(-knot)) for knot in knots[:DENSE]]
    return NormalTables(np.append(0.0, chances[:-1]), chances, hazards)


@kernel
def step_of(argument: float) -> int:
    """Number of the step of `normal_tables` in which an argument lies."""
    return int(min(max((argument + REACH) * STEPS_PER_UNIT + 1.0, 0.0), float(KNOTS)))


@lru_cache(maxsize=32)
def gamma_table(shape: float) -> Floats:
    """``ln G^-1(Phi(z))`` at the knots for the gamma distribution of this shape and scale 1, (KNOTS,).

    A gamma variable becomes a function of one standard normal coordinate, which may be shifted like a factor.
    """
    from scipy.special import gammainccinv, gammaincinv, gammaln, log_ndtr, ndtr

    knots = np.linspace(-REACH, REACH, KNOTS)
    below, above = knots[knots < 0.0], knots[knots >= 0.0]
    with np.errstate(divide="ignore"):
        low = np.log(gammaincinv(shape, ndtr(below)))
        high = np.log(gammainccinv(shape, ndtr(-above)))
    quantiles = np.concatenate([low, high])
    # Where quantiles underflow: G(x) = x^a / Gamma(a + 1) to first order.
    smallest = (log_ndtr(knots) + gammaln(shape + 1.0)) / shape
    return np.where(quantiles > -600.0, quantiles, smallest)


@lru_cache(maxsize=32)
def mixing_table(degrees_of_freedom: float) -> Floats:
    """``ln sqrt(W)`` at the knots for W chi-squared over its degrees of freedom; empty where W is 1."""
    if degrees_of_freedom == inf:
        return np.zeros(0)
    half = 0.5 * degrees_of_freedom
    return np.asarray(0.5 * (gamma_table(half) - log(half)))


@kernel
def from_table(table: Floats, z: float) -> float:
    """exp of what a table of KNOTS logarithms has at z, by the cubic through four knots."""
    place = (z + REACH) * STEPS_PER_UNIT
    k = int(place)
    if k < 1:
        k = 1
    elif k > KNOTS - 3:
        k = KNOTS - 3
    x = place - k
    if x < -1.0:
        x = -1.0
    elif x > 2.0:
        x = 2.0
    before, here, after, beyond = table[k - 1], table[k], table[k + 1], table[k + 2]
    return exp(
        here * (x + 1.0) * (x - 1.0) * (x - 2.0) * 0.5
        - after * (x + 1.0) * x * (x - 2.0) * 0.5
        - before * x * (x - 1.0) * (x - 2.0) / 6.0
        + beyond * (x + 1.0) * x * (x - 1.0) / 6.0
    )
