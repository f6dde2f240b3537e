import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from hybridsim.finance.operation import mean_growth, ramp, ramp_integral, trend_integral

ages = st.floats(-6.0, 60.0)


def test_the_effect_dips_then_rises_in_a_line_and_stays():
    assert [ramp(age, 2.0, 0.1, 8.0) for age in (-1.0, 0.0, 1.9, 2.0, 5.0, 8.0, 50.0)] == [
        0.0,
        -0.1,
        -0.1,
        0.0,
        0.5,
        1.0,
        1.0,
    ]


def test_without_a_rise_the_effect_is_full_after_the_dip():
    assert [ramp(age, 2.0, 0.1, 2.0) for age in (1.0, 2.0, 3.0)] == [-0.1, 1.0, 1.0]
    assert ramp_integral(0.0, 5.0, 2.0, 0.1, 2.0) == pytest.approx(-0.2 + 3.0)
    assert ramp_integral(0.0, 5.0, 0.0, 0.1, 0.0) == 5.0


def test_a_ramp_by_hand():
    # two months at -0.1, six months rising (mean one half), four months full
    assert ramp_integral(0.0, 12.0, 2.0, 0.1, 8.0) == pytest.approx(-0.2 + 3.0 + 4.0)
    assert ramp_integral(-5.0, 0.0, 2.0, 0.1, 8.0) == 0.0


@given(start=ages, end=ages, dip=st.floats(0.0, 6.0), level=st.floats(0.0, 1.0), rise=st.floats(0.0, 12.0))
def test_the_ramps_integral_agrees_with_quadrature(start, end, dip, level, rise):
    start, end = min(start, end), max(start, end)
    corners = sorted({start, end, *(x for x in (0.0, dip, dip + rise) if start < x < end)})
    by_pieces = 0.0
    for left, right in pairwise(corners):
        # the ramp is linear between corners, so the midpoint rule is exact there
        by_pieces += (right - left) * ramp((left + right) / 2, dip, level, dip + rise)
    assert ramp_integral(start, end, dip, level, dip + rise) == pytest.approx(by_pieces, abs=1e-9)


@given(cut=ages, start=ages, end=ages)
def test_integrals_over_neighbouring_spans_add_up(cut, start, end):
    whole = ramp_integral(start, end, 2.0, 0.1, 8.0)
    parts = ramp_integral(start, cut, 2.0, 0.1, 8.0) + ramp_integral(cut, end, 2.0, 0.1, 8.0)
    assert parts == pytest.approx(whole, abs=1e-12)


@pytest.mark.parametrize("trend", [-0.12, -0.06, -1e-9, 0.0, 1e-12, 0.03, 0.5])
@pytest.mark.parametrize(("start", "end"), [(0.0, 12.0), (7.3, 41.9), (100.0, 100.0), (3.0, 3.0001)])
def test_the_trends_integral_agrees_with_quadrature(trend, start, end):
    by_quadrature, _ = quad(lambda t: math.exp(trend * t / 12), start, end, epsabs=0, epsrel=1e-13)
    assert trend_integral(start, end, trend) == pytest.approx(by_quadrature, rel=1e-12)


@given(x=st.floats(-30.0, 30.0).filter(lambda x: abs(x) > 1e-300))
def test_mean_growth_is_accurate_on_both_sides_of_its_switch(x):
    assert mean_growth(x) == pytest.approx(math.expm1(x) / x, rel=3e-15)


def test_mean_growth_at_zero_is_one():
    assert mean_growth(0.0) == 1.0
