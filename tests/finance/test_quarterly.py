import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybridsim.core.codes import Service
from hybridsim.finance.service import level_payment_cents
from tests.support.quarterly import schedule


def test_a_linear_loan_of_sixteen_thousand_is_repaid_in_four_equal_parts():
    table = schedule(Service.LINEAR, 16_000_00, 0.05, 12, 0)
    assert table.quarter.tolist() == [1, 2, 3, 4]
    assert table.principal.tolist() == [4_000_00] * 4
    assert table.interest.tolist() == [200_00, 150_00, 100_00, 50_00]
    assert table.outstanding.tolist() == [12_000_00, 8_000_00, 4_000_00, 0]


def test_a_step_up_repays_one_to_four_parts_of_ten_after_grace():
    table = schedule(Service.STEP_UP, 10_000_00, 0.04, 18, 6)
    assert table.principal.tolist() == [0, 0, 1_000_00, 2_000_00, 3_000_00, 4_000_00]
    assert table.interest.tolist() == [100_00, 100_00, 100_00, 90_00, 70_00, 40_00]
    assert table.outstanding.tolist() == [10_000_00, 10_000_00, 9_000_00, 7_000_00, 4_000_00, 0]


def test_a_revenue_share_has_no_schedule():
    with pytest.raises(ValueError, match="depends on what the project saves"):
        schedule(Service.REVENUE_SHARE, 100_00, 0.0, 60, 0)


def test_the_last_linear_instalment_takes_the_cents_that_do_not_divide():
    table = schedule(Service.LINEAR, 100_00, 0.0, 9, 0)
    assert table.principal.tolist() == [33_33, 33_33, 33_34]


def test_an_annuity_pays_the_same_every_quarter_after_grace():
    table = schedule(Service.ANNUITY, 100_000_00, 0.06, 66, 6)
    paid = table.interest + table.principal
    assert paid[:2].tolist() == [1_500_00, 1_500_00]
    assert set(paid[2:-1].tolist()) == {5_824_57}
    assert abs(int(paid[-1]) - 5_824_57) <= table.tolerance_cents


@pytest.mark.parametrize("n", [7, 20, 40])
def test_an_annuity_without_interest_is_stepped_through_to_the_cent(n):
    for principal in range(n // 2, 200 * n, n // 2):
        payment = level_payment_cents(principal, 0.0, n)
        assert payment == (2 * principal + n) // (2 * n)
        table = schedule(Service.ANNUITY, principal, 0.0, 3 * n, 0)
        assert table.outstanding.tolist() == [max(0, principal - payment * k) for k in range(1, n)] + [0]
        assert not table.interest.any()


def test_the_tolerance_is_half_a_cent_a_quarter_compounded():
    assert schedule(Service.ANNUITY, 100_000_00, 0.0, 60, 0).tolerance_cents == 11
    # 120 quarters at 1.25 %: 1 + 60 * 1.0125^120 = 267.4, rounded up
    assert schedule(Service.ANNUITY, 100_000_00, 0.05, 360, 0).tolerance_cents == 268
    assert schedule(Service.LINEAR, 100_000_00, 0.05, 360, 0).tolerance_cents == 0


def test_the_present_value_of_an_annuitys_payments_is_the_loan():
    table = schedule(Service.ANNUITY, 1_000_000_00, 0.0454, 120, 24)
    discount = (1.0 + 0.0454 / 4.0) ** -table.quarter.astype(float)
    value = float(np.sum((table.interest + table.principal) * discount))
    assert value == pytest.approx(1_000_000_00, abs=table.tolerance_cents)


@given(
    service=st.sampled_from([Service.ANNUITY, Service.LINEAR, Service.BULLET]),
    principal=st.integers(0, 10**10),
    rate=st.floats(0.0, 0.3),
    grace=st.integers(0, 20),
    repaying=st.integers(1, 100),
)
def test_principal_adds_up_and_the_balance_falls_to_zero(service, principal, rate, grace, repaying):
    table = schedule(service, principal, rate, 3 * (grace + repaying), 3 * grace)
    assert int(table.principal.sum()) == principal
    assert table.outstanding[-1] == 0
    assert (np.diff(np.concatenate(([principal], table.outstanding))) <= 0).all()
    assert (table.outstanding[:grace] == principal).all() or repaying == 0


def test_no_service_has_an_empty_schedule():
    assert schedule(Service.NONE, 100_00, 0.05, 60, 0).quarter.size == 0


def test_a_term_that_is_no_whole_number_of_quarters_is_refused_with_its_value():
    with pytest.raises(ValueError, match=r"term_months=61 .* multiple of 3"):
        schedule(Service.LINEAR, 100_00, 0.05, 61, 0)
    with pytest.raises(ValueError, match="grace_months=-3 "):
        schedule(Service.LINEAR, 100_00, 0.05, 60, -3)


def test_grace_over_the_whole_term_is_refused():
    with pytest.raises(ValueError, match=r"grace_months=60 leaves no quarter .* < term_months=60"):
        schedule(Service.LINEAR, 100_00, 0.05, 60, 60)
