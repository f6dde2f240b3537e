from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybridsim.core.codes import Service
from hybridsim.finance.service import (
    annual_service_cents,
    first_interest_cents,
    level_payment_cents,
    next_balance_share,
    quarter_due,
    quarterly_annuity_factor,
)
from tests.support.quarterly import schedule

REPAID = [int(Service.ANNUITY), int(Service.LINEAR), int(Service.BULLET), int(Service.STEP_UP)]


def run(service: int, principal: int, rate: float, grace: int, n: int) -> list[tuple[int, int, int]]:
    """Interest, principal and balance of each quarter as an engine would step through them."""
    level = level_payment_cents(principal, rate, n - grace)
    outstanding, rows = principal, []
    for k in range(1, n + 1):
        interest, due = quarter_due(service, outstanding, principal, level, rate, k, grace, n)
        outstanding -= due
        rows.append((interest, due, outstanding))
    return rows


def test_annuity_factor_is_the_one_of_printed_tables():
    # present value of an annuity of 1, printed compound-interest tables: 1.5 %, 20 periods; 2 %, 12 periods
    assert quarterly_annuity_factor(0.06, 20) == pytest.approx(17.168639, abs=5e-7)
    assert quarterly_annuity_factor(0.08, 12) == pytest.approx(10.575341, abs=5e-7)


def test_level_payment_of_a_hundred_thousand_over_five_years_at_six_percent():
    assert level_payment_cents(100_000_00, 0.06, 20) == 5_824_57


def test_level_payment_without_interest_is_the_principal_split_evenly():
    assert level_payment_cents(100_000_00, 0.0, 20) == 5_000_00


def test_the_level_payment_of_a_single_quarter_is_the_loan_with_its_interest():
    assert level_payment_cents(100_000_00, 0.06, 1) == 101_500_00


def test_a_payment_that_does_not_cover_the_interest_repays_nothing():
    assert quarter_due(int(Service.ANNUITY), 100_000_00, 100_000_00, 1_000_00, 0.06, 3, 0, 8) == (1_500_00, 0)


def test_an_annuity_with_nothing_left_to_split_is_due_at_once():
    assert level_payment_cents(100_000_00, 0.06, 0) == 100_000_00


def test_grace_pays_interest_only_then_equal_quarterly_instalments():
    rows = run(int(Service.LINEAR), 160_000_00, 0.04, 4, 20)
    assert rows[:4] == [(1_600_00, 0, 160_000_00)] * 4
    assert [due for _, due, _ in rows[4:]] == [10_000_00] * 16
    assert [interest for interest, _, _ in rows[4:7]] == [1_600_00, 1_500_00, 1_400_00]


def test_a_bullet_pays_interest_until_it_is_repaid_at_once():
    rows = run(int(Service.BULLET), 100_000_00, 0.03, 0, 8)
    assert rows[:-1] == [(750_00, 0, 100_000_00)] * 7
    assert rows[-1] == (750_00, 100_000_00, 0)


def test_a_step_up_grows_by_the_same_step_each_quarter_after_grace():
    # 1 + 2 + ... + 8 = 36 parts of 360,000; two quarters of interest only before
    rows = run(int(Service.STEP_UP), 360_000_00, 0.04, 2, 10)
    assert [due for _, due, _ in rows] == [0, 0, *(k * 10_000_00 for k in range(1, 9))]
    left = 360_000_00
    for interest, due, outstanding in rows:
        assert interest == left // 100
        left -= due
        assert outstanding == left


@given(
    principal=st.integers(0, 10**10),
    rate=st.floats(0.0, 0.25),
    grace=st.integers(0, 12),
    m=st.integers(1, 80),
)
def test_a_step_up_repays_triangular_numbers_and_the_last_quarter_takes_the_rounding(
    principal, rate, grace, m
):
    rows = run(int(Service.STEP_UP), principal, rate, grace, grace + m)
    exact = [Fraction(2 * principal * k, m * (m + 1)) for k in range(1, m + 1)]
    dues = [due for _, due, _ in rows[grace:]]
    assert dues[:-1] == [int(share) for share in exact[:-1]]
    assert 0 <= dues[-1] - exact[-1] < m
    for k, (_, _, left) in enumerate(rows[grace:], 1):
        share = next_balance_share(int(Service.STEP_UP), 1.0, 0.0, rate, grace + k, grace, grace + m)
        assert abs(left - share * principal) <= k + 1e-6 * principal


def test_no_service_is_never_due():
    assert quarter_due(int(Service.NONE), 100_00, 100_00, 0, 0.05, 8, 0, 8) == (0, 0)


@given(
    service=st.sampled_from(REPAID),
    principal=st.integers(0, 10**10),
    rate=st.floats(0.0, 0.25),
    grace=st.integers(0, 12),
    repaying=st.integers(1, 80),
)
def test_instalments_add_up_to_the_loan_and_the_balance_is_never_negative(
    service, principal, rate, grace, repaying
):
    rows = run(service, principal, rate, grace, grace + repaying)
    assert sum(due for _, due, _ in rows) == principal
    assert all(interest >= 0 and due >= 0 and left >= 0 for interest, due, left in rows)
    assert rows[-1][2] == 0


@given(
    service=st.sampled_from(REPAID),
    outstanding=st.integers(0, 10**6),
    k=st.integers(1, 12),
    grace=st.integers(0, 4),
    level=st.integers(0, 10**7),
)
def test_no_more_than_the_outstanding_is_ever_due(service, outstanding, k, grace, level):
    _, due = quarter_due(service, outstanding, 10**7, level, 0.05, k, grace, 12)
    assert 0 <= due <= outstanding


@pytest.mark.parametrize("rate", [0.0, 0.0254, 0.0664, 0.12])
@pytest.mark.parametrize(("grace", "n"), [(0, 20), (4, 20), (8, 40), (0, 1)])
def test_an_annuity_follows_the_exact_rational_recursion_within_half_a_cent_a_quarter(rate, grace, n):
    principal = 123_456_78
    i = Fraction(rate) / 4
    repaying = n - grace
    payment = principal * (i / (1 - (1 + i) ** -repaying) if i else Fraction(1, repaying))
    balance = Fraction(principal)
    for k, (interest, due, left) in enumerate(run(int(Service.ANNUITY), principal, rate, grace, n), 1):
        exact_interest = balance * i
        if k > grace:
            balance -= payment - exact_interest
            if k < n:
                assert abs(interest + due - payment) <= Fraction(1, 2)
        assert abs(interest - exact_interest) <= 1
        assert abs(left - balance) <= (k + 1) * (1 + i) ** k


@pytest.mark.parametrize("service", REPAID)
@pytest.mark.parametrize("rate", [0.0, 0.000001, 0.0378, 0.0978])
@pytest.mark.parametrize(("grace", "term"), [(0, 60), (12, 60), (24, 120), (60, 360), (0, 3)])
def test_stepping_through_the_quarters_gives_the_closed_form_schedule(service, rate, grace, term):
    principal = 87_654_32
    table = schedule(service, principal, rate, term, grace)
    rows = run(service, principal, rate, grace // 3, term // 3)
    for row, (interest, due, left) in enumerate(rows):
        assert abs(interest - table.interest[row]) <= table.tolerance_cents
        assert abs(due - table.principal[row]) <= table.tolerance_cents
        assert abs(left - table.outstanding[row]) <= table.tolerance_cents
    if service != Service.ANNUITY:
        assert table.tolerance_cents == 0


def test_a_broken_first_period_bears_interest_by_the_month():
    assert first_interest_cents(100_000_00, 0.06, 1.0) == 500_00
    assert first_interest_cents(100_000_00, 0.06, 0.5) == 250_00
    assert first_interest_cents(100_000_00, 0.06, 3.0) == 1_500_00


@pytest.mark.parametrize("service", [Service.ANNUITY, Service.LINEAR, Service.STEP_UP])
@pytest.mark.parametrize(("grace", "term"), [(0, 60), (12, 60), (51, 60)])
def test_service_for_the_dscr_is_the_first_year_of_repayment(service, grace, term):
    table = schedule(service, 200_000_00, 0.05, term, grace)
    year = slice(grace // 3, grace // 3 + 4)
    expected = int(table.interest[year].sum() + table.principal[year].sum())
    got = annual_service_cents(service, 200_000_00, 0.05, grace // 3, term // 3)
    assert abs(got - expected) <= table.tolerance_cents


def test_service_for_the_dscr_of_a_bullet_puts_its_principal_aside():
    # 3 % on 100,000 is 3,000; a five-year bullet puts 20,000 aside each year
    assert annual_service_cents(int(Service.BULLET), 100_000_00, 0.03, 0, 20) == 23_000_00
    assert annual_service_cents(int(Service.BULLET), 100_000_00, 0.03, 0, 2) == 101_500_00


def test_what_is_not_owed_costs_no_service():
    assert annual_service_cents(int(Service.NONE), 100_000_00, 0.03, 0, 20) == 0
    assert annual_service_cents(int(Service.LINEAR), 0, 0.03, 0, 20) == 0
    assert annual_service_cents(int(Service.BULLET), 100_000_00, 0.03, 0, 0) == 0
    assert quarter_due(int(Service.LINEAR), 0, 100_000_00, 0, 0.05, 3, 0, 8) == (0, 0)


@pytest.mark.parametrize("service", REPAID)
def test_balance_shares_without_rounding_follow_the_closed_form(service):
    principal = 10**13
    table = schedule(service, principal, 0.0664, 60, 12)
    level = 1.0 / quarterly_annuity_factor(0.0664, 16)
    share = 1.0
    for k in range(1, 20):
        share = next_balance_share(service, share, level, 0.0664, k, 4, 20)
        assert share == pytest.approx(table.outstanding[k - 1] / principal, abs=1e-11)
