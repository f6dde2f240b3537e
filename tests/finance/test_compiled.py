"""Every scalar rule of this room gives the same bits compiled as in plain Python."""

import numpy as np
import pytest

from hybridsim.finance import (
    grants,
    guarantee,
    ladder,
    operation,
    pricing,
    service,
    sources,
    support,
    viability,
    waterfall,
)
from hybridsim.finance.curve import discount_factor, present_value_cents
from hybridsim.finance.support import de_minimis_headroom_cents
from tests.support.compiled import assert_same_bits

N = 1_000
RNG = np.random.default_rng(20270101)


def whole(low: int, high: int) -> np.ndarray:
    return RNG.integers(low, high, N, dtype=np.int64)


def real(low: float, high: float) -> np.ndarray:
    return RNG.uniform(low, high, N)


def money() -> np.ndarray:
    return whole(0, 10**9)


def rate() -> np.ndarray:
    return real(0.0, 0.15)


def share() -> np.ndarray:
    return real(0.0, 1.0)


def months() -> np.ndarray:
    return real(0.0, 130.0)


def repaid() -> np.ndarray:
    return whole(1, 5)


def risk() -> list[np.ndarray]:
    """PD, LGD, retained share, capital ratio, risk weight and hurdle."""
    return [real(0.0005, 0.2), share(), share(), real(0.08, 0.15), real(0.5, 1.5), rate()]


def ages() -> list[np.ndarray]:
    """Dip months, dip level and ramp months."""
    return [real(0.0, 4.0), share(), real(3.0, 12.0)]


def loan_life() -> list[np.ndarray]:
    """Term and grace in months, service, file cost, running cost and borne guarantee fee."""
    return [whole(5, 40) * 3, whole(0, 5) * 3, repaid(), money(), rate() / 10, rate() / 10]


def discount_on_a_path(t_months: float) -> float:
    return discount_factor(t_months, (0.02, 0.03, 0.01))


def present_value_on_a_path(amount_cents: int, t_months: float) -> int:
    return present_value_cents(amount_cents, t_months, (0.02, 0.03, 0.01))


def headroom_after_three_awards(now_months: float, cap_cents: int) -> int:
    return de_minimis_headroom_cents(
        now_months, (3.0, 20.0, 60.5), (100_000_00, 50_000_00, 250_000_00), 3, cap_cents
    )


CASES = [
    (service.quarterly_annuity_factor, [rate(), whole(0, 80)]),
    (service.level_payment_cents, [money(), rate(), whole(0, 80)]),
    (
        service.quarter_due,
        [whole(0, 5), money(), money(), money(), rate(), whole(1, 40), whole(0, 8), whole(9, 40)],
    ),
    (
        service.next_balance_share,
        [repaid(), share(), rate(), rate(), whole(1, 40), whole(0, 8), whole(9, 40)],
    ),
    (service.first_interest_cents, [money(), rate(), real(0.0, 3.0)]),
    (service.annual_service_cents, [whole(0, 5), money(), rate(), whole(0, 8), whole(9, 40)]),
    (ladder.bonity_class, [real(0.0, 0.12)]),
    (ladder.collateral_class, [share()]),
    (ladder.price_class, [whole(0, 8), whole(1, 4)]),
    (ladder.ladder_rate, [rate(), real(0.0, 0.12), share()]),
    (pricing.life_weight_years, [repaid(), rate(), real(0.0, 0.2), rate(), whole(9, 40), whole(0, 8)]),
    (pricing.risk_cost_pa, risk()),
    (
        pricing.cost_based_rate,
        [money() + 1, rate(), *risk(), rate(), money(), repaid(), whole(9, 40), whole(0, 8)],
    ),
    (pricing.bank_rate, [real(-0.1, 0.1), rate()]),
    (pricing.unit_margin_pa, [rate(), rate(), *risk(), rate(), rate()]),
    (pricing.lender_value_cents, [money(), rate(), rate(), *risk(), *loan_life()]),
    (pricing.break_even_principal_cents, [rate(), rate(), *risk(), *loan_life()]),
    (support.gge_grant_cents, [money(), months(), rate()]),
    (support.gge_loan_cents, [repaid(), money(), rate(), rate(), rate(), whole(9, 40), whole(0, 8)]),
    (support.gge_guarantee_safe_harbour_cents, [money(), share(), months()]),
    (
        support.fair_fee_pa,
        [real(0.0005, 0.3), share(), rate(), rate() / 10, repaid(), rate(), whole(9, 40), whole(0, 8)],
    ),
    (headroom_after_three_awards, [months(), money()]),
    (grants.awarded_cents, [money(), share(), money(), money(), money() // 10]),
    (grants.settled_cents, [whole(0, 3), money(), share(), money(), money(), money(), money()]),
    (sources.request_cents, [share(), money(), money(), money(), money(), money(), money() // 10]),
    (guarantee.effective_cover, [share(), share(), share()]),
    (guarantee.portfolio_cap_cents, [share(), share(), money()]),
    (guarantee.payout_cents, [share(), money(), money(), whole(-(10**6), 10**9)]),
    (waterfall.senior_pool_cents, [money(), money(), money(), money()]),
    (waterfall.free_estate_cents, [share(), share(), money()]),
    (discount_on_a_path, [months()]),
    (present_value_on_a_path, [whole(-(10**9), 10**9), months()]),
    (operation.ramp, [real(-2.0, 20.0), *ages()]),
    (operation.ramp_integral, [real(-2.0, 20.0), real(-2.0, 20.0), *ages()]),
    (operation.mean_growth, [real(-1.0, 1.0)]),
    (operation.trend_integral, [months(), months(), real(-0.12, 0.05)]),
    (viability.annuity_factor, [rate(), whole(0, 40)]),
    (
        viability.npv_cents,
        [money(), money(), money(), real(-0.12, 0.05), share(), share(), months(), months(), rate()],
    ),
    (viability.dscr, [whole(-(10**9), 10**9), whole(0, 3) * money(), money() // 2, money()]),
    (viability.payback_months, [money(), whole(-(10**9), 10**9), whole(-(10**9), 10**9), months()]),
    (viability.accept, [whole(-(10**9), 10**9), money(), share(), real(0.0, 3.0), real(0.5, 2.0)]),
]


@pytest.mark.parametrize(("rule", "arguments"), CASES, ids=[rule.__name__ for rule, _ in CASES])
def test_a_rule_gives_the_same_bits_compiled_as_in_plain_python(rule, arguments):
    assert_same_bits(rule, arguments)
