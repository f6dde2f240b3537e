"""Every scalar rule of this room gives the same bits compiled as in plain Python."""

import numpy as np
import pytest

from hybridsim.credit import default_time, estate, ratings
from tests.support.compiled import assert_same_bits

N = 100_000
RNG = np.random.default_rng(20270101)


def real(low: float, high: float) -> np.ndarray:
    return RNG.uniform(low, high, N)


def whole(low: int, high: int) -> np.ndarray:
    return RNG.integers(low, high, N, dtype=np.int64)


CASES = {
    "logit_shift": (
        ratings.logit_shift,
        [
            real(-0.2, 0.2),
            real(-0.2, 0.2),
            real(-60.0, 60.0),
            whole(0, 4),
            *(real(0.0, 10.0) for _ in range(4)),
        ],
    ),
    "shifted_pd": (ratings.shifted_pd, [real(0.0, 0.35), real(-4.0, 4.0), real(0.0, 3.0)]),
    "asset_correlation": (ratings.asset_correlation, [real(0.0, 0.3), real(0.0, 7e7)]),
    "conditional_pd": (ratings.conditional_pd, [real(-3.3, -0.5), real(-4.0, 4.0), real(0.2, 1.0)]),
    "hazard_per_month": (default_time.hazard_per_month, [real(0.0, 1.0)]),
    "default_threshold": (default_time.default_threshold, [real(0.0, 1.0)]),
    "months_to_default": (default_time.months_to_default, [real(-0.1, 5.0), real(-0.01, 0.1)]),
    "threshold_after": (default_time.threshold_after, [real(0.0, 1.0), real(0.0, 0.1), real(0.0, 12.0)]),
    "estate_recovery": (
        estate.estate_recovery,
        [real(-1.0, 1.0), real(0.0, 1.0), real(-4.0, 4.0), real(0.5, 2.0), real(0.0, 1.0)],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_rule_gives_the_same_bits_compiled_as_in_plain_python(case):
    assert_same_bits(*CASES[case])
