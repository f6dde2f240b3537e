import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybridsim.credit.distribution import (
    LossDistribution,
    bands,
    expected_shortfall,
    hundredth_of_largest,
    interpolated_quantile,
    loss_distribution,
    mean,
    standard_deviation,
    value_at_risk,
)

DICE = loss_distribution(10.0, np.full(6, 1.0 / 6.0))


def test_a_die_has_its_known_figures():
    assert mean(DICE) == pytest.approx(25.0)
    assert standard_deviation(DICE) == pytest.approx(10.0 * np.sqrt(35.0 / 12.0))
    assert value_at_risk(DICE, 0.5) == 20.0
    assert value_at_risk(DICE, 0.51) == 30.0
    # The worst quarter of a die is all of the six and half of the five: (50 / 6 + 40 / 12) / (1 / 4).
    assert expected_shortfall(DICE, 0.75) == pytest.approx((50.0 / 6.0 + 40.0 / 12.0) * 4.0)


def test_the_interpolated_quantile_lies_on_the_lines_of_the_cdf():
    assert interpolated_quantile(DICE, 0.75) == pytest.approx(35.0)
    assert interpolated_quantile(DICE, 0.1) == 0.0


@given(
    st.lists(st.floats(0.0, 1.0), min_size=2, max_size=60).filter(lambda values: sum(values) > 1e-3),
    st.floats(0.001, 0.999),
)
def test_the_shortfall_is_below_neither_the_value_at_risk_nor_the_mean(values: list[float], level: float):
    chances = np.array(values) / sum(values)
    losses = loss_distribution(3.0, chances)
    shortfall = expected_shortfall(losses, level)
    assert shortfall >= value_at_risk(losses, level)
    assert shortfall >= mean(losses) * (1.0 - 1e-9)
    assert interpolated_quantile(losses, level) <= value_at_risk(losses, level) + 1e-9
    assert chances[: int(value_at_risk(losses, level) / 3.0)].sum() < level + 1e-12


@given(
    st.lists(st.tuples(st.floats(0.0, 1e7), st.floats(0.0, 1.0)), min_size=1, max_size=30),
    st.floats(1.0, 1e6),
)
def test_banding_keeps_each_expected_loss_and_rounds_up(loans: list[tuple[float, float]], unit: float):
    losses, pd = np.array(loans).T
    banded = bands(losses, pd, unit)
    assert banded.units * banded.pd * unit == pytest.approx(losses * pd)
    assert np.all(banded.units * unit >= losses * (1.0 - 1e-11))
    assert np.all(banded.units * unit < losses + unit * (1.0 + 1e-11))
    assert np.all(banded.pd <= pd * (1.0 + 1e-11))


def test_a_whole_multiple_of_the_unit_stays_one():
    # 0.3 / 0.1 is 2.9999999999999996, 0.7 / 0.1 is 6.999999999999999, 1.1 / 0.1 is 11.000000000000002.
    assert bands([0.3, 0.7, 1.1], [0.1, 0.1, 0.1], 0.1).units.tolist() == [3, 7, 11]


def test_the_unit_of_the_examples_is_a_hundredth_of_the_largest_loss():
    assert hundredth_of_largest([5.0, 20_238_895.0]) == 202_389.0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: bands([1.0, -2.0], [0.1, 0.1], 1.0), r"loss_eur\[1\]\(=-2.0\) must be finite and >= 0"),
        (lambda: bands([1.0], [1.2], 1.0), r"pd\[0\]\(=1.2\) must be finite and in \[0, 1\]"),
        (lambda: bands([1.0], [float("nan")], 1.0), r"pd\[0\]\(=nan\)"),
        (lambda: bands([1.0, 2.0], [0.1, 0.1, 0.1], 1.0), r"pd has shape \(3,\); it must have shape \(2,\)"),
        (lambda: bands([1.0], [0.1], 0.0), r"unit_eur\(=0.0\)"),
        (lambda: hundredth_of_largest([0.0]), "at least one positive loss"),
        (lambda: loss_distribution(1.0, np.array([0.5, 0.4])), "add up to 0.9"),
        (lambda: loss_distribution(1.0, np.array([1.1, -0.1])), "smallest -0.1"),
        (lambda: loss_distribution(-1.0, np.array([1.0])), r"unit_eur\(=-1.0\)"),
        (lambda: value_at_risk(DICE, 1.0), r"level\(=1.0\)"),
    ],
)
def test_impossible_values_are_refused_with_their_place(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_level_beyond_all_rounding_is_the_largest_loss():
    ten = LossDistribution(1.0, np.full(10, 0.1))
    assert value_at_risk(ten, 1.0 - 1e-16) == 9.0
