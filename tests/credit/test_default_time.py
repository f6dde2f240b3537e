import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from hybridsim.credit.default_time import (
    default_threshold,
    hazard_per_month,
    months_to_default,
    threshold_after,
)

COUNT = 40_000
UNIFORMS = np.random.default_rng(5).uniform(size=COUNT).tolist()


@given(st.floats(1e-9, 0.9))
def test_twelve_months_of_hazard_make_the_yearly_pd(pd):
    assert -math.expm1(-12.0 * hazard_per_month(pd)) == pytest.approx(pd, rel=1e-13)


@given(st.floats(0.0005, 0.3), st.floats(1e-6, 1.0 - 1e-6))
def test_a_default_falls_into_the_year_exactly_if_the_uniform_is_below_the_pd(pd, u):
    month = months_to_default(default_threshold(u), hazard_per_month(pd))
    if abs(u / pd - 1.0) > 1e-12:
        assert (month < 12.0) == (u < pd)


def test_times_within_the_year_are_exponential():
    pd = 0.3
    months = [months_to_default(default_threshold(u), hazard_per_month(pd)) for u in UNIFORMS]
    rate = -math.log(1.0 - pd) / 12.0
    assert stats.kstest(months, stats.expon(scale=1.0 / rate).cdf).pvalue > 1e-3


def test_a_hazard_that_changes_in_mid_year_gives_the_piecewise_survival():
    before, after = hazard_per_month(0.10), hazard_per_month(0.25)
    months = []
    for u in UNIFORMS:
        threshold = default_threshold(u)
        month = months_to_default(threshold, before)
        if month >= 5.0:
            month = 5.0 + months_to_default(threshold_after(threshold, before, 5.0), after)
        months.append(month)
    for at in (2.0, 5.0, 9.0, 12.0):
        survival = math.exp(-before * min(at, 5.0) - after * max(0.0, at - 5.0))
        observed = sum(month > at for month in months) / COUNT
        assert observed == pytest.approx(survival, abs=4.5 * math.sqrt(survival * (1 - survival) / COUNT))


@given(st.floats(1e-3, 1.0 - 1e-9), st.floats(1e-4, 0.1), st.floats(0.0, 12.0))
def test_looking_at_the_clock_does_not_move_it(u, hazard, look):
    threshold = default_threshold(u)
    at = months_to_default(threshold, hazard)
    if look < at:
        again = look + months_to_default(threshold_after(threshold, hazard, look), hazard)
        assert again == pytest.approx(at, rel=1e-9, abs=1e-9)


def test_a_used_up_threshold_is_due_now_and_never_negative():
    assert threshold_after(0.1, 0.05, 3.0) == 0.0
    assert months_to_default(0.0, 0.01) == 0.0
    assert months_to_default(0.0, 0.0) == 0.0


def test_without_hazard_there_is_no_default():
    assert hazard_per_month(0.0) == 0.0
    assert months_to_default(0.5, 0.0) == math.inf


def test_a_certain_default_has_no_patience():
    assert hazard_per_month(1.0) == math.inf
    assert months_to_default(0.5, math.inf) == 0.0
