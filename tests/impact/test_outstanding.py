import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from hybridsim.impact.outstanding import (
    repayable_cent_years,
    written_down_cent_years,
    written_down_cents,
    written_down_discounted_years,
)


def test_repayable_money_counts_until_it_is_repaid():
    assert repayable_cent_years(100_000_00, 25_000_00, 6.0) == 37_500_00.0


def test_a_grant_is_written_down_in_a_line():
    assert [written_down_cents(72_000_00, age, 72.0) for age in (-1.0, 0.0, 36.0, 72.0, 90.0)] == [
        0.0,
        72_000_00.0,
        36_000_00.0,
        0.0,
        0.0,
    ]


def test_over_its_life_a_grant_is_at_work_for_half_of_it():
    assert written_down_cent_years(72_000_00, 0.0, 72.0, 72.0) == pytest.approx(72_000_00 * 3.0)
    assert written_down_cent_years(72_000_00, -12.0, 720.0, 72.0) == pytest.approx(72_000_00 * 3.0)


@given(start=st.floats(-12.0, 120.0), span=st.floats(0.0, 120.0), life=st.floats(1.0, 120.0))
def test_the_integral_agrees_with_the_trapezoid_between_its_corners(start, span, life):
    left, right = max(start, 0.0), min(start + span, life)
    area = 0.0
    if right > left:
        # written down in a line: the mean of both ends, the right one taken as a limit
        area = (right - left) / 12 * 10**7 * (1 - (left + right) / 2 / life)
    assert written_down_cent_years(10**7, start, start + span, life) == pytest.approx(area, abs=1e-3)


def test_what_has_no_life_is_never_at_work():
    assert written_down_cents(100_00, 0.0, 0.0) == 0.0
    assert written_down_cent_years(100_00, 0.0, 12.0, 0.0) == 0.0
    assert written_down_discounted_years(12.0, 0.0, 0.03) == 0.0


@pytest.mark.parametrize("force", [0.0, 0.005, 0.03, 0.1])
@pytest.mark.parametrize(("months", "life"), [(72.0, 72.0), (15.5, 72.0), (90.0, 60.0), (1.0, 3.0)])
def test_discounted_years_at_work_agree_with_quadrature(force, months, life):
    end = min(months, life) / 12
    by_quadrature, _ = quad(lambda s: (1 - s * 12 / life) * math.exp(-force * s), 0, end)
    assert written_down_discounted_years(months, life, force) == pytest.approx(by_quadrature, rel=1e-9)


def test_nothing_is_at_work_before_its_payment():
    assert written_down_discounted_years(0.0, 72.0, 0.03) == 0.0
    assert written_down_discounted_years(-1.0, 72.0, 0.03) == 0.0
