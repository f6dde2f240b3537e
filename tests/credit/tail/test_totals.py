"""Sums as good as exact."""

from __future__ import annotations

from math import fsum

import numpy as np
import pytest

from hybridsim.credit.tail.totals import total


@pytest.mark.parametrize("shape", [(0,), (1,), (7, 3), (50_000,)])
def test_sums_are_those_of_exact_arithmetic(shape: tuple[int, ...]):
    rng = np.random.default_rng(1)
    values = rng.lognormal(0.0, 9.0, shape)
    assert total(values) == pytest.approx(fsum(values.ravel()), rel=2.3e-16)


def test_what_cancels_leaves_what_is_left():
    values = np.concatenate([np.full(1_000, 1e9), np.full(1_000, 1e-9), np.full(1_000, -1e9)])
    assert values.sum() != pytest.approx(1e-6, rel=1e-3)
    assert total(values) == pytest.approx(1e-6, rel=1e-9)


def test_columns_of_a_table_are_summed_in_its_order():
    values = np.arange(12.0).reshape(3, 4)[:, ::2]
    assert total(values) == 30.0
