from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybridsim.finance.irr import irr, npv, xirr, xnpv
from hybridsim.finance.schedule import schedule
from hybridsim.finance.terms import Repayment, plain_terms

START = date(2027, 1, 1)
# Microsoft's documentation of XNPV and XIRR: one example for both
DAYS = [date(2008, 1, 1), date(2008, 3, 1), date(2008, 10, 30), date(2009, 2, 15), date(2009, 4, 1)]
CASH = [-10_000.0, 2_750.0, 4_250.0, 3_250.0, 2_750.0]


def test_the_spreadsheets_documented_example_of_dated_flows():
    assert xirr(DAYS, CASH) == pytest.approx(0.373362535, abs=2e-9)
    assert xnpv(DAYS, CASH, 0.09) == pytest.approx(2086.647602, abs=5e-7)


def test_the_spreadsheets_documented_example_of_yearly_flows():
    cash = [-70_000.0, 12_000.0, 15_000.0, 18_000.0, 21_000.0, 26_000.0]
    assert irr(range(5), cash[:5]) == pytest.approx(-0.0212448, abs=5e-8)
    assert irr(range(6), cash) == pytest.approx(0.0866309, abs=5e-8)


def test_the_order_of_rows_and_rows_of_one_day_do_not_matter():
    days = [DAYS[0], DAYS[3], DAYS[1], DAYS[3], DAYS[2], DAYS[4], DAYS[0]]
    cash = [-10_000.0, 1_250.0, 2_750.0, 2_000.0, 4_250.0, 2_750.0, 0.0]
    assert xirr(days, cash) == pytest.approx(xirr(DAYS, CASH), abs=1e-12)


@given(
    rate=st.floats(-0.5, 3.0),
    gaps=st.lists(st.integers(1, 1500), min_size=1, max_size=30),
    shares=st.lists(st.floats(0.01, 1.0), min_size=30, max_size=30),
)
def test_the_internal_rate_is_the_inverse_of_the_present_value(rate, gaps, shares):
    days = [START + timedelta(days=int(d)) for d in np.cumsum([0, *gaps])]
    back = shares[: len(gaps)]
    paid = xnpv(days, [0.0, *back], rate)
    cash = [-paid, *back]
    assert xirr(days, cash) == pytest.approx(rate, rel=1e-9, abs=1e-9)
    assert abs(xnpv(days, cash, xirr(days, cash))) <= 1e-9 * max(paid, sum(back))


@pytest.mark.parametrize("repayment", [Repayment.BULLET, Repayment.LINEAR, Repayment.ANNUITY])
def test_a_loan_at_par_earns_its_nominal_rate_compounded_quarterly(repayment):
    table = schedule(plain_terms(repayment, 250_000.0, 0.048, START, 84, grace_months=12))
    quarters = (table.day.astype("datetime64[M]") - np.datetime64("2027-01")).astype(float) / 12.0
    assert irr(quarters, table.cash) == pytest.approx((1 + 0.048 / 4) ** 4 - 1, abs=1e-12)


def test_a_discount_raises_the_rate_a_borrower_pays():
    # 94 paid out, 6 a year for a year and 100 back: 106 / 94 - 1
    assert irr([0.0, 1.0], [-94.0, 106.0]) == pytest.approx(106 / 94 - 1, abs=1e-13)


def test_times_of_centuries_do_not_overflow():
    assert irr([0.0, 1000.0, 2000.0], [-1.0, 0.0, 7.0]) == pytest.approx(7.0 ** (1 / 2000) - 1, rel=1e-9)


def test_changes_of_sign_that_leave_one_rate_are_solved():
    # two changes of sign; 100 x^2 - 50 x - 84 with x = 1 / (1 + r) has the roots 1.2 and -0.7
    assert irr([0.0, 1.0, 2.0], [-84.0, -50.0, 100.0]) == pytest.approx(1 / 1.2 - 1, abs=1e-12)
    assert irr([0, 1, 2, 3], [-100.0, 150.0, -10.0, 30.0]) == pytest.approx(
        next(r.real - 1 for r in np.roots([-100.0, 150.0, -10.0, 30.0]) if abs(r.imag) < 1e-12), abs=1e-12
    )


def test_two_rates_are_refused_and_both_are_named():
    # -100 + 230 x - 132 x^2: rates 10 % and 20 %
    with pytest.raises(ValueError, match=r"10\.0000%, 20\.0000%; .* only if there is one"):
        irr([0.0, 1.0, 2.0], [-100.0, 230.0, -132.0])


def test_flows_without_a_rate_are_refused():
    with pytest.raises(ValueError, match="found: none"):
        irr([0.0, 1.0, 2.0], [1.0, -1.0, 1.0])
    with pytest.raises(ValueError, match="both directions"):
        xirr(DAYS, [1.0, 2.0, 0.0, 0.0, 3.0])
    with pytest.raises(ValueError, match="both directions"):
        irr([0.0, 0.0], [-5.0, 5.0])
    with pytest.raises(ValueError, match=r"shape \(2,\) and cash of shape \(3,\)"):
        npv([0.0, 1.0], [1.0, 2.0, 3.0], 0.1)
    with pytest.raises(ValueError, match="finite"):
        irr([0.0, 1.0], [-1.0, float("nan")])
