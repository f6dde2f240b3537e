"""What the kernel computes in a cheaper way has the same bits, or is a bound, as it must."""

from __future__ import annotations

import math

import numba
import numpy as np
import pytest
from scipy.special import ndtr

from hybridsim.core import doubles
from hybridsim.core.compiling import rule
from hybridsim.rollout.kernel import exact, records
from hybridsim.rollout.kernel.packing import chance_bounds

RNG = np.random.default_rng(4)
ODD = [0.0, -0.0, math.inf, -math.inf, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, 1.0, 0.5]
NUMBERS = np.concatenate([RNG.integers(0, 2**64, 200_000, dtype=np.uint64).view(np.float64), ODD])
NUMBERS = NUMBERS[~np.isnan(NUMBERS)]

scaled, parted, periods = rule(doubles.scaled), rule(doubles.parted), exact.periods


@numba.njit
def scale(numbers, powers):
    return np.array([scaled(numbers[n], powers[n]) for n in range(len(numbers))])


@numba.njit
def part(numbers):
    mantissas, exponents = np.zeros(len(numbers)), np.zeros(len(numbers), np.int64)
    for n in range(len(numbers)):
        mantissas[n], exponents[n] = parted(numbers[n])
    return mantissas, exponents


@numba.njit
def count(times, months):
    return np.array([periods(time, months) for time in times])


def library_ldexp(number: float, power: int) -> float:
    try:
        return math.ldexp(number, power)
    except OverflowError:
        return math.copysign(math.inf, number)


def test_powers_of_two_scale_as_in_the_library_subnormal_and_infinite_results_too():
    powers = RNG.integers(-2200, 2200, len(NUMBERS))
    powers[::3] = RNG.integers(-1100, 1100, len(powers[::3]))
    expected = [library_ldexp(*pair) for pair in zip(NUMBERS.tolist(), powers.tolist(), strict=True)]
    np.testing.assert_array_equal(scale(NUMBERS, powers).view(np.int64), np.array(expected).view(np.int64))


def test_mantissas_and_exponents_are_the_librarys():
    finite = NUMBERS[np.isfinite(NUMBERS)]
    mantissas, exponents = part(finite)
    expected = [math.frexp(number) for number in finite.tolist()]
    np.testing.assert_array_equal(
        mantissas.view(np.int64), np.array([mantissa for mantissa, _ in expected]).view(np.int64)
    )
    np.testing.assert_array_equal(exponents, [exponent for _, exponent in expected])


@pytest.mark.parametrize("months", [3.0, 12.0])
def test_whole_periods_are_those_of_floor_division_next_to_their_ends_too(months: float):
    ends = np.arange(1, 3000) * months
    times = np.concatenate(
        [[0.0, 5e-324], ends, np.nextafter(ends, 0.0), np.nextafter(ends, 1e9), RNG.uniform(0, 1200, 100_000)]
    )
    np.testing.assert_array_equal(count(times, months), (times // months).astype(np.int64))


def test_bounds_of_default_chances_lie_above_and_close():
    bounds = chance_bounds()
    z = RNG.uniform(-9.0, 5.0, 200_000)
    bound = bounds[((z - records.CHANCES_FROM) * records.CHANCES_PER_UNIT).astype(np.int64)]
    assert (bound > 1.000000001 * ndtr(z)).all()
    ordinary = z > -4.0
    assert (bound[ordinary] < 1.4 * ndtr(z[ordinary])).all(), "a loose bound would spare nobody anything"
