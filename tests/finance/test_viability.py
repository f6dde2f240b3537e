import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from hybridsim.finance.viability import accept, annuity_factor, dscr, npv_cents, payback_months


def test_annuity_factor_is_the_one_of_printed_tables():
    # 3 %, 6 years and 5 %, 10 years
    assert annuity_factor(0.03, 6) == pytest.approx(5.417191, abs=5e-7)
    assert annuity_factor(0.05, 10) == pytest.approx(7.721735, abs=5e-7)
    assert annuity_factor(0.0, 7) == 7.0


@pytest.mark.parametrize("rate", [0.0, 0.03, 0.08])
@pytest.mark.parametrize("trend", [-0.12, -0.06, 0.0, 0.02])
@pytest.mark.parametrize(("round_at", "life"), [(15.0, 72.0), (0.0, 60.0), (90.0, 72.0)])
def test_npv_is_the_integral_of_the_discounted_cash_flow(rate, trend, round_at, life):
    capex, benefit, running, take, recognised = 42_000_00, 21_000_00, 13_000_00, 0.5, 0.7

    def flow(month):
        after = month >= round_at
        cash = benefit * (1 - take * after) - running * math.exp(trend * month / 12) * (
            1 - recognised * after
        )
        return cash / 12 * (1 + rate) ** (-month / 12)

    turn = min(round_at, life)
    value = quad(flow, 0, turn * (1 - 1e-15))[0] + quad(flow, turn, life)[0]
    got = npv_cents(capex, benefit, running, trend, take, recognised, round_at, life, rate)
    assert got == pytest.approx(value - capex, abs=2)


def test_without_discount_trend_and_price_round_npv_is_plain_arithmetic():
    assert npv_cents(50_000_00, 20_000_00, 10_000_00, 0.0, 0.5, 0.7, 99.0, 72.0, 0.0) == 10_000_00


def test_the_documentation_project_of_a_home_is_not_viable_in_cash():
    # frees 25,000 euros of time a year, a quarter of it cash, against 13,000 of running cost: not even free
    assert npv_cents(0, 6_250_00, 13_000_00, -0.06, 0.5, 0.7, 15.0, 72.0, 0.03) < 0


def test_dscr_of_a_hand_example():
    assert dscr(120_000_00, 80_000_00, 20_000_00, -10_000_00) == pytest.approx(1.1)


def test_dscr_without_debt_is_unbounded():
    assert dscr(1, 0, 0, 0) == math.inf
    assert dscr(0, 0, 0, 0) == math.inf
    assert dscr(-1, 0, 0, 0) == -math.inf
    assert dscr(300, 1, 0, 0) == 300.0


def test_payback_before_and_after_the_price_round():
    assert payback_months(10_000_00, 12_000_00, 0, 15.0) == pytest.approx(10.0)
    # 15 months at 1,000, then 500 a month: 15,000 + 5,000 in ten months
    assert payback_months(20_000_00, 12_000_00, 6_000_00, 15.0) == pytest.approx(25.0)
    assert payback_months(20_000_00, 12_000_00, 0, 15.0) == math.inf
    assert payback_months(0, -1, -1, 15.0) == 0.0


def test_payback_at_its_borders():
    assert payback_months(1, 12, 0, 15.0) == 1.0
    assert payback_months(12_000_00, 12_000_00, 0, 12.0) == 12.0
    assert payback_months(100, 0, 1, 0.0) == 1_200.0


def test_a_recognised_running_cost_can_turn_a_loss_into_a_payback():
    # 10 months of -100, then 200 a month: 1,000 + 1,000 are back after ten more
    assert payback_months(1_000_00, -1_200_00, 2_400_00, 10.0) == pytest.approx(20.0)


@given(
    npv=st.integers(-(10**9), 10**9),
    value=st.integers(0, 10**9),
    weight=st.floats(0.0, 0.5),
    ratio=st.floats(0.0, 3.0),
)
def test_a_project_is_accepted_if_cash_and_weighted_mission_carry_it_and_the_dscr_holds(
    npv, value, weight, ratio
):
    got = accept(npv, value, weight, ratio, 1.1)
    if abs(npv + weight * value) > 1:
        assert got == (npv + weight * value > 0 and ratio >= 1.1)


def test_the_borders_of_acceptance_are_included():
    assert accept(-25_00, 100_00, 0.25, 1.1, 1.1)
    assert not accept(-25_01, 100_00, 0.25, 1.1, 1.1)
    assert not accept(-25_00, 100_00, 0.25, 1.0999, 1.1)
