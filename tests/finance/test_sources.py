import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybridsim.finance.sources import UNLIMITED_CENTS, Limit, request_cents

cents = st.integers(0, 10**11)


@pytest.mark.parametrize(
    ("limits", "amount", "binding"),
    [
        ((0.4, 50_000, 30_000, 40_000, 90_000, 90_000), 20_000, Limit.COST_SHARE),
        ((1.0, 50_000, 30_000, 40_000, 90_000, 90_000), 30_000, Limit.CAP),
        ((1.0, 50_000, 99_000, 40_000, 90_000, 90_000), 40_000, Limit.GAP),
        ((1.0, 50_000, 99_000, 40_000, 10_000, 90_000), 10_000, Limit.HEADROOM),
        ((1.0, 50_000, 99_000, 40_000, 10_000, 5_000), 5_000, Limit.BUDGET),
    ],
)
def test_the_smallest_limit_binds_and_is_named(limits, amount, binding):
    assert request_cents(*limits, 0) == (amount, binding)


@given(
    share=st.floats(0.0, 1.0), cost=cents, cap=cents, gap=cents, headroom=cents, budget=cents, minimum=cents
)
def test_a_request_is_the_minimum_of_its_limits_or_nothing(share, cost, cap, gap, headroom, budget, minimum):
    amount, binding = request_cents(share, cost, cap, gap, headroom, budget, minimum)
    by_share = int(share * cost + 0.5)
    smallest = min(by_share, cap, gap, headroom, budget)
    assert amount == (smallest if smallest >= minimum else 0)
    assert [by_share, cap, gap, headroom, budget][binding] == smallest


def test_of_equal_limits_the_first_is_named():
    assert request_cents(1.0, 100, 100, 100, 100, 100, 0) == (100, Limit.COST_SHARE)


def test_below_the_minimum_nothing_is_requested_and_the_limit_that_did_it_is_named():
    assert request_cents(1.0, 50_000, 99_000, 40_000, 90_000, 4_999, 5_000) == (0, Limit.BUDGET)
    assert request_cents(1.0, 50_000, 99_000, 40_000, 90_000, 5_000, 5_000) == (5_000, Limit.BUDGET)


def test_a_limit_that_does_not_exist_never_binds():
    free = UNLIMITED_CENTS
    assert request_cents(0.8, 10**11, free, free, free, free, 0) == (8 * 10**10, Limit.COST_SHARE)


def test_an_overdrawn_limit_gives_nothing():
    assert request_cents(1.0, 100, 100, 100, 100, -5, 0) == (0, Limit.BUDGET)
