import math

import numpy as np
import pytest

from tests.support.compiled import assert_same_bits


def power(x: float) -> float:
    return x**7


def square_root(x: float) -> float:
    return math.sqrt(x)


def one_or_another_type(x: float) -> float:
    return 1 if x > 0.5 else x


def not_a_number(x: float) -> float:
    return x * math.nan


ARGUMENTS = [np.random.default_rng(1).uniform(0.0, 2.0, 2_000)]


def test_a_rule_whose_power_is_computed_differently_is_caught():
    with pytest.raises(AssertionError, match=r"power\(.* rows differ"):
        assert_same_bits(power, ARGUMENTS)


def test_a_rule_that_returns_two_types_is_caught():
    with pytest.raises(AssertionError, match="several types"):
        assert_same_bits(one_or_another_type, ARGUMENTS)


def test_a_rule_in_correctly_rounded_arithmetic_passes():
    assert_same_bits(square_root, ARGUMENTS)


def test_nans_count_as_equal():
    assert_same_bits(not_a_number, ARGUMENTS)


def test_a_comparison_of_nothing_is_an_error():
    with pytest.raises(AssertionError, match="no arguments"):
        assert_same_bits(square_root, [[]])
