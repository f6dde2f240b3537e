"""Draws in batches have the bits of those one by one, and those of the rest of the house."""

from __future__ import annotations

import numba
import numpy as np

from hybridsim.core import mathx
from hybridsim.core.rng import S_BOOK_DEFAULT, S_BOOK_LGD, uniform
from hybridsim.credit.simulation.arrays import BATCH, work_for
from hybridsim.credit.simulation.batches import draw_batch
from hybridsim.credit.simulation.preparing import prepare
from hybridsim.credit.simulation.scalars import many_uniforms, two_uniforms
from tests.credit.simulation.books import one_factor


@numba.njit
def pairs(lo, hi, scenario, stream, first, one, other):
    for i in range(len(one)):
        one[i], other[i] = two_uniforms(lo, hi, scenario, stream, first + i)


@numba.njit
def many(lo, hi, scenario, stream, first, one, other):
    many_uniforms(lo, hi, scenario, stream, first, one, other)


@numba.njit
def batch(lo, hi, scenario, first, work):
    draw_batch(lo, hi, scenario, first, work)


def test_pairs_are_the_houses_uniforms_however_many_are_drawn_at_once():
    found = np.zeros((4, 77))
    pairs(5, 6, 9, S_BOOK_LGD, 1_000, found[0], found[1])
    many(5, 6, 9, S_BOOK_LGD, 1_000, found[2], found[3])
    assert found[:2].tobytes() == found[2:].tobytes()
    assert found[0].tolist() == [uniform(5, 6, 9, 1_000 + i, 0, S_BOOK_LGD, 0) for i in range(77)]
    assert abs(np.corrcoef(found[0], found[1])[0, 1]) < 0.4


def test_exponentials_have_the_bits_of_the_houses_logarithm():
    work = work_for(prepare(*one_factor(3, 0.1, 0.1)))
    for first in range(0, 64 * BATCH, BATCH):
        batch(5, 6, 9, first, work)
        plain = [uniform(5, 6, 9, first + i, 0, S_BOOK_DEFAULT, 0) for i in range(BATCH)]
        assert work.exponentials.tolist() == [-mathx.log(u) for u in plain]
