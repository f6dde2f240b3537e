import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybridsim.finance.curve import discount_factor, present_value_cents

PATH = (0.02, 0.03, 0.01)


def test_full_years_discount_by_their_own_rates():
    assert discount_factor(0.0, PATH) == 1.0
    assert discount_factor(12.0, PATH) == pytest.approx(1 / 1.02, rel=1e-15)
    assert discount_factor(36.0, PATH) == pytest.approx(1 / 1.02 / 1.03 / 1.01, rel=1e-15)


def test_past_the_end_the_last_rate_holds():
    assert discount_factor(72.0, PATH) == pytest.approx(1 / 1.02 / 1.03 / 1.01**4, rel=1e-15)


def test_a_part_of_a_year_discounts_at_that_years_rate():
    assert discount_factor(12.5, PATH) == pytest.approx(1 / 1.02 / 1.03 ** (0.5 / 12), rel=1e-15)
    assert discount_factor(18.0, PATH) == pytest.approx(1 / 1.02 / 1.03**0.5, rel=1e-15)
    assert discount_factor(45.0, PATH) == pytest.approx(1 / 1.02 / 1.03 / 1.01**1.75, rel=1e-15)


@given(t=st.floats(0.0, 400.0), rates=st.lists(st.floats(-0.02, 0.15), min_size=1, max_size=15))
def test_the_factor_is_the_exponential_of_the_integrated_force_of_interest(t, rates):
    force = math.fsum(
        math.log1p(rates[min(year, len(rates) - 1)]) * min(1.0, t / 12 - year)
        for year in range(math.ceil(t / 12))
    )
    assert discount_factor(t, rates) == pytest.approx(math.exp(-force), rel=1e-12)


def test_present_value_is_in_whole_cents():
    assert present_value_cents(102_00, 12.0, PATH) == 100_00
    assert present_value_cents(-102_00, 12.0, PATH) == -100_00
    assert present_value_cents(100_00, 12.0, PATH) == 98_04
