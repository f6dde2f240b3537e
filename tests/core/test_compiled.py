"""Every scalar rule of this room gives the same bits compiled as in plain Python."""

import numpy as np
import pytest

from hybridsim.core import mathx, money, rng
from tests.support.compiled import assert_same_bits

N = 100_000
RNG = np.random.default_rng(20270101)
EDGES = np.array(
    [0.0, -0.0, 1.0, 0.5, np.inf, -np.inf, np.nan, 5e-324, 1e-300, 1e300, -1e300, 709.79, -745.2, 40.0]
)


def real(low: float, high: float) -> np.ndarray:
    return np.concatenate([RNG.uniform(low, high, N - len(EDGES)), EDGES])


def inner(low: float, high: float) -> np.ndarray:
    return RNG.uniform(low, high, N)


def magnitudes(low: float, high: float) -> np.ndarray:
    return np.concatenate([10.0 ** RNG.uniform(low, high, N - len(EDGES)), EDGES])


def whole(low: int, high: int) -> np.ndarray:
    return RNG.integers(low, high, N, dtype=np.int64)


CASES = {
    "log": (mathx.log, [magnitudes(-320.0, 308.0)]),
    "log near 1": (mathx.log, [inner(0.5, 1.5)]),
    "exp": (mathx.exp, [real(-750.0, 715.0)]),
    "log1p_neg": (mathx.log1p_neg, [magnitudes(-20.0, 0.0)]),
    "expit": (mathx.expit, [real(-750.0, 750.0)]),
    "logit": (mathx.logit, [magnitudes(-300.0, 0.0)]),
    "norm_pdf": (mathx.norm_pdf, [real(-40.0, 40.0)]),
    "norm_cdf": (mathx.norm_cdf, [real(-40.0, 10.0)]),
    "norm_cdf middle": (mathx.norm_cdf, [inner(-1.0, 1.0)]),
    "norm_ppf": (mathx.norm_ppf, [magnitudes(-300.0, 0.0)]),
    "norm_ppf middle": (mathx.norm_ppf, [inner(0.0, 1.0)]),
    "powi": (mathx.powi, [inner(-2.0, 2.0), whole(0, 400)]),
    "to_cents": (money.to_cents, [inner(-1e9, 1e9)]),
    "share_cents": (money.share_cents, [whole(-(10**12), 10**12), inner(-1.0, 1.0)]),
    "draw_index": (rng.draw_index, [whole(0, 16), whole(0, 32), whole(0, 32), whole(0, 1024)]),
    "exponential": (rng.exponential, [inner(0.0, 1.0), inner(0.0, 90.0)]),
    "normal": (rng.normal, [inner(0.0, 1.0), inner(-5.0, 5.0), inner(0.0, 3.0)]),
    "lognormal_median": (rng.lognormal_median, [inner(0.0, 1.0), inner(0.0, 90.0), inner(0.0, 2.0)]),
}


@pytest.mark.parametrize("case", CASES)
def test_a_rule_gives_the_same_bits_compiled_as_in_plain_python(case):
    assert_same_bits(*CASES[case])
