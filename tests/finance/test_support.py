import numpy as np
import pytest

from hybridsim.core.codes import Service
from hybridsim.finance.support import (
    de_minimis_headroom_cents,
    de_minimis_used_cents,
    fair_fee_pa,
    gge_grant_cents,
    gge_guarantee_safe_harbour_cents,
    gge_loan_cents,
)
from tests.support.quarterly import schedule

ANNUITY, LINEAR, BULLET = int(Service.ANNUITY), int(Service.LINEAR), int(Service.BULLET)
CAP = 300_000_00


def test_a_grant_paid_at_once_is_worth_its_amount_and_less_when_paid_later():
    assert gge_grant_cents(12_000_00, 0.0, 0.03) == 12_000_00
    assert gge_grant_cents(103_00, 12.0, 0.03) == 100_00
    assert gge_grant_cents(10_609_00, 24.0, 0.03) == 10_000_00


def test_a_cheap_bullet_is_worth_the_annuity_of_the_interest_saved():
    # 1 % a year on a million is 2,500 a quarter; 20 of them at 1.5 % a quarter: table factor 17.168639
    assert gge_loan_cents(BULLET, 1_000_000_00, 0.05, 0.04, 0.06, 20, 0) == pytest.approx(
        2_500_00 * 17.168639, abs=1
    )


@pytest.mark.parametrize("service", [ANNUITY, LINEAR, BULLET])
def test_a_cheap_loan_is_worth_its_market_price_less_its_payments(service):
    # discounted at the market rate, the interest saved is the loan less the present value of what is paid
    table = schedule(service, 500_000_00, 0.0108, 60, 12)
    discount = (1.0 + 0.0454 / 4.0) ** -table.quarter.astype(float)
    expected = 500_000_00 - float(((table.interest + table.principal) * discount).sum())
    got = gge_loan_cents(service, 500_000_00, 0.0454, 0.0108, 0.0454, 20, 4)
    assert got == pytest.approx(expected, abs=20 + table.tolerance_cents)


def test_a_loan_at_the_market_rate_or_above_is_no_support():
    assert gge_loan_cents(LINEAR, 500_000_00, 0.04, 0.04, 0.04, 20, 4) == 0
    assert gge_loan_cents(LINEAR, 500_000_00, 0.04, 0.05, 0.04, 20, 4) == 0


def test_the_largest_safe_harbour_guarantee_uses_the_whole_de_minimis_cap():
    assert gge_guarantee_safe_harbour_cents(2_250_000_00, 0.80, 60.0) == CAP
    assert gge_guarantee_safe_harbour_cents(1_125_000_00, 0.80, 120.0) == CAP
    assert gge_guarantee_safe_harbour_cents(225_000_00, 0.50, 60.0) == 30_000_00
    assert gge_guarantee_safe_harbour_cents(225_000_00, 0.50, 61.0) == 60_000_00


@pytest.mark.parametrize(
    ("guaranteed", "cover", "term"),
    [(2_250_000_01, 0.8, 60.0), (1_125_000_01, 0.8, 61.0), (100_00, 0.81, 60.0), (100_00, 0.8, 121.0)],
)
def test_outside_the_safe_harbour_there_is_no_flat_value(guaranteed, cover, term):
    assert gge_guarantee_safe_harbour_cents(guaranteed, cover, term) == -1


def test_aid_rolls_off_the_window_in_the_third_year():
    times, amounts = [2.0], [gge_guarantee_safe_harbour_cents(2_250_000_00, 0.80, 60.0)]
    assert de_minimis_headroom_cents(2.0, times, amounts, 1, CAP) == 0
    assert de_minimis_headroom_cents(37.999, times, amounts, 1, CAP) == 0
    assert de_minimis_headroom_cents(38.0, times, amounts, 1, CAP) == CAP


def test_only_awards_inside_the_window_and_within_the_count_are_used():
    times = np.array([50.0, 13.9, 14.0, 30.0, 51.0, 40.0])
    amounts = np.array([1, 10, 100, 1_000, 10_000, 100_000])
    # window (14, 50]: 13.9 and 14.0 are out, 51 is still to come, the last is beyond the count
    assert de_minimis_used_cents(50.0, times, amounts, 5) == 1_001
    assert de_minimis_used_cents(50.0, times, amounts, 6) == 101_001
    assert de_minimis_used_cents(50.0, times, amounts, 0) == 0


def test_headroom_is_never_negative():
    assert de_minimis_headroom_cents(1.0, [0.0], [CAP + 1], 1, CAP) == 0


def payouts_and_fees(service, pd, lgd, discount, fee, upfront, default_quarter):
    """Present value to the guarantor per euro of guaranteed loan that defaults in a given quarter."""
    table = schedule(service, 10**12, 0.05, 60, 12)
    opening = np.concatenate(([10**12], table.outstanding[:-1])) / 10**12
    v = (1.0 + discount) ** -0.25
    alive = min(default_quarter, 20)
    value = upfront + sum(fee / 4 * opening[k] * v**k for k in range(alive))
    if default_quarter <= 20:
        value -= lgd * opening[default_quarter - 1] * v**default_quarter
    return value


@pytest.mark.parametrize("service", [ANNUITY, LINEAR, BULLET])
@pytest.mark.parametrize("upfront", [0.0, 0.01])
def test_a_fairly_priced_guarantee_costs_its_guarantor_nothing_on_average(service, upfront):
    pd, lgd, discount = 0.02, 0.5, 0.03
    fee = fair_fee_pa(pd, lgd, discount, upfront, service, 0.05, 20, 4)
    survival = (1 - pd) ** 0.25
    chances = [survival ** (k - 1) * (1 - survival) for k in range(1, 21)]
    expected = sum(
        chance * payouts_and_fees(service, pd, lgd, discount, fee, upfront, k)
        for k, chance in enumerate(chances, 1)
    ) + survival**20 * payouts_and_fees(service, pd, lgd, discount, fee, upfront, 21)
    assert expected == pytest.approx(0.0, abs=1e-9)


def test_without_an_upfront_fee_the_fair_fee_is_the_expected_loss_of_a_quarter_whatever_the_schedule():
    by_hand = 4 * (1 - 0.98**0.25) * 0.5 * 1.03**-0.25
    for service in (ANNUITY, LINEAR, BULLET):
        assert fair_fee_pa(0.02, 0.5, 0.03, 0.0, service, 0.05, 20, 4) == pytest.approx(by_hand, rel=1e-12)


def test_a_fairly_priced_guarantee_costs_the_public_nothing_in_simulation():
    pd, lgd, discount, n = 0.03, 0.5, 0.03, 200_000
    fee = fair_fee_pa(pd, lgd, discount, 0.01, LINEAR, 0.05, 20, 4)
    months = np.random.default_rng(20270101).exponential(-12.0 / np.log(1 - pd), n)
    quarter = np.minimum(np.ceil(months / 3).astype(int), 21)
    by_quarter = np.array([payouts_and_fees(LINEAR, pd, lgd, discount, fee, 0.01, k) for k in range(1, 22)])
    values = by_quarter[quarter - 1]
    assert abs(values.mean()) < 4 * values.std() / np.sqrt(n)
    assert values.std() > 0.1


def test_too_high_an_upfront_fee_leaves_a_negative_running_fee():
    assert fair_fee_pa(0.01, 0.5, 0.03, 0.05, LINEAR, 0.05, 20, 4) < 0.0
