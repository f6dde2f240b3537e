"""Draws in batches have the bits of those one by one, and those of the rest of the house."""

from __future__ import annotations

import numba
import numpy as np

from hybridsim.core import mathx
from hybridsim.core.rng import S_BOOK_DEFAULT, S_BOOK_LGD, uniform
from hybridsim.credit.simulation.arrays import BATCH, work_for
from hybridsim.credit.simulation.batches import draw_points
from hybridsim.credit.simulation.preparing import prepare
from hybridsim.credit.simulation.scalars import many_norm_ppfs, many_uniforms, two_uniforms
from tests.credit.simulation.books import one_factor


@numba.njit
def pairs(lo, hi, scenario, stream, first, one, other):
    for i in range(len(one)):
        one[i], other[i] = two_uniforms(lo, hi, scenario, stream, first + i)


@numba.njit
def many(lo, hi, scenario, stream, first, one, other):
    many_uniforms(lo, hi, scenario, stream, first, one, other)


@numba.njit
def batch(lo, hi, scenario, first, size, passed, work):
    return draw_points(lo, hi, scenario, first, size, passed, work)


@numba.njit
def quantiles(uniforms, out):
    many_norm_ppfs(uniforms, out)


def test_pairs_are_the_houses_uniforms_however_many_are_drawn_at_once():
    found = np.zeros((4, 77))
    pairs(5, 6, 9, S_BOOK_LGD, 1_000, found[0], found[1])
    many(5, 6, 9, S_BOOK_LGD, 1_000, found[2], found[3])
    assert found[:2].tobytes() == found[2:].tobytes()
    assert found[0].tolist() == [uniform(5, 6, 9, 1_000 + i, 0, S_BOOK_LGD, 0) for i in range(77)]
    assert abs(np.corrcoef(found[0], found[1])[0, 1]) < 0.4


def test_points_are_sums_of_exponentials_with_the_bits_of_the_houses_logarithm():
    work = work_for(prepare(*one_factor(3, 0.1, 0.1)))
    first, passed = 0, 0.25
    for size in (BATCH, 8, 16, BATCH):
        expected = passed
        passed = batch(5, 6, 9, first, size, passed, work)
        for i in range(size):
            expected += -mathx.log(uniform(5, 6, 9, first + i, 0, S_BOOK_DEFAULT, 0))
            assert work.points[i] == expected
        assert passed == expected
        first += size


def test_many_quantiles_have_the_bits_of_single_ones():
    edges = [0.0, 5e-324, 1e-300, 0.075, 0.5, 0.925, np.nextafter(0.075, 0.0), np.nextafter(0.925, 1.0), 1.0]
    chances = np.concatenate([edges, np.random.default_rng(1).uniform(size=10_000)])
    found = np.zeros_like(chances)
    quantiles(chances, found)
    assert found.tolist() == [mathx.norm_ppf(p) for p in chances.tolist()]
