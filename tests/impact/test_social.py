import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybridsim.impact.social import cash_time_value_pa, net_share, net_social_value_pa, noncash_time_value_pa

share = st.floats(0.0, 1.0)


def test_net_value_of_a_hand_example():
    # 40,000 gross, half realised, 20 % would have happened anyway, 75 % is ours, 10 % lost each year, year 2
    assert net_social_value_pa(40_000.0, 0.5, 0.2, 0.75, 0.1, 2) == pytest.approx(
        40_000 * 0.5 * 0.8 * 0.75 * 0.81
    )


def test_the_dip_counts_as_negative_value():
    assert net_social_value_pa(-1_000.0, 1.0, 0.0, 1.0, 0.0, 0) == -1_000.0


@given(realised=share, deadweight=share, attribution=share, drop_off=share, years=st.integers(0, 20))
def test_the_net_share_is_a_share_and_never_grows_with_the_years(
    realised, deadweight, attribution, drop_off, years
):
    now = net_share(realised, deadweight, attribution, drop_off, years)
    assert 0.0 <= now <= 1.0
    assert net_share(realised, deadweight, attribution, drop_off, years + 1) <= now


@given(hours=st.floats(0.0, 1e6), cashable=share)
def test_an_hour_is_either_cash_or_social_value(hours, cashable):
    cash = cash_time_value_pa(hours, cashable, 39.0)
    assert cash + noncash_time_value_pa(hours, cashable, 39.0) == pytest.approx(hours * 39.0)


def test_all_of_a_fully_cashable_hour_is_cash():
    assert noncash_time_value_pa(640.0, 1.0, 39.0) == 0.0
    assert cash_time_value_pa(640.0, 0.25, 39.0) == pytest.approx(6_240.0)
