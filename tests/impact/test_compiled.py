"""Every scalar rule of this room gives the same bits compiled as in plain Python."""

import numpy as np
import pytest

from hybridsim.impact import outstanding, social
from tests.support.compiled import assert_same_bits

N = 1_000
RNG = np.random.default_rng(20270101)


def whole(low: int, high: int) -> np.ndarray:
    return RNG.integers(low, high, N, dtype=np.int64)


def real(low: float, high: float) -> np.ndarray:
    return RNG.uniform(low, high, N)


def shares(count: int) -> list[np.ndarray]:
    return [real(0.0, 1.0) for _ in range(count)]


CASES = [
    (social.net_share, [*shares(4), whole(0, 20)]),
    (social.net_social_value_pa, [real(-1e5, 1e6), *shares(4), whole(0, 20)]),
    (social.cash_time_value_pa, [real(0.0, 1e5), *shares(1), real(20.0, 60.0)]),
    (social.noncash_time_value_pa, [real(0.0, 1e5), *shares(1), real(20.0, 60.0)]),
    (outstanding.repayable_cent_years, [whole(0, 10**9), whole(0, 10**9), real(0.0, 12.0)]),
    (outstanding.written_down_cents, [whole(0, 10**9), real(-5.0, 90.0), real(1.0, 80.0)]),
    (
        outstanding.written_down_cent_years,
        [whole(0, 10**9), real(-5.0, 90.0), real(-5.0, 90.0), real(0.0, 80.0)],
    ),
    (
        outstanding.written_down_discounted_years,
        [real(-5.0, 90.0), real(0.0, 80.0), real(0.0, 0.1)],
    ),
]


@pytest.mark.parametrize(("rule", "arguments"), CASES, ids=[rule.__name__ for rule, _ in CASES])
def test_a_rule_gives_the_same_bits_compiled_as_in_plain_python(rule, arguments):
    assert_same_bits(rule, arguments)
