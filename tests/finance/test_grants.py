import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybridsim.core.codes import GrantSettlement
from hybridsim.finance.grants import (
    awarded_cents,
    settled_cents,
    settled_deficit_cents,
    settled_fixed_cents,
    settled_share_cents,
)

cents = st.integers(0, 10**10)


def section_8_8(spend: int, already: int = 0) -> int:
    """Section 8 (8) SGB XI: 40 % of the spend, at most 12,000 euros per facility."""
    return awarded_cents(spend, 0.40, 12_000_00, already, 0)


def test_section_8_8_pays_forty_percent_up_to_twelve_thousand():
    assert section_8_8(30_000_00) == 12_000_00
    assert section_8_8(20_000_00) == 8_000_00
    assert section_8_8(100_000_00) == 12_000_00


def test_a_second_application_under_section_8_8_is_limited_to_the_residual():
    first = section_8_8(20_000_00)
    assert section_8_8(20_000_00, first) == 4_000_00
    assert section_8_8(20_000_00, 12_000_00) == 0
    assert section_8_8(20_000_00, 13_000_00) == 0


def test_a_grant_element_tied_to_a_loan_is_five_percent_of_it_up_to_two_hundred_thousand():
    # KfW 511, stage 3
    assert awarded_cents(500_000_00, 0.05, 200_000_00, 0, 0) == 25_000_00
    assert awarded_cents(5_000_000_00, 0.05, 200_000_00, 0, 0) == 200_000_00


def test_an_award_below_the_minimum_is_not_made():
    assert awarded_cents(10_000_00, 0.4, 12_000_00, 0, 4_000_00) == 4_000_00
    assert awarded_cents(10_000_00, 0.4, 12_000_00, 0, 4_000_01) == 0


def test_a_fixed_grant_stays_what_it_is_unless_the_cost_is_lower():
    assert settled_fixed_cents(50_000_00, 80_000_00) == 50_000_00
    assert settled_fixed_cents(50_000_00, 45_000_00) == 45_000_00


def test_a_share_grant_falls_with_the_actual_cost_and_does_not_rise_with_overruns():
    assert settled_share_cents(70_000_00, 0.7, 100_000_00, 100_000_00) == 70_000_00
    assert settled_share_cents(70_000_00, 0.7, 100_000_00, 80_000_00) == 56_000_00
    assert settled_share_cents(70_000_00, 0.7, 100_000_00, 150_000_00) == 70_000_00


def test_a_share_grant_never_rises_above_its_capped_award():
    assert settled_share_cents(12_000_00, 0.4, 100_000_00, 90_000_00) == 12_000_00


def test_a_deficit_grant_fills_what_is_left():
    assert settled_deficit_cents(60_000_00, 100_000_00, 10_000_00, 40_000_00) == 50_000_00
    assert settled_deficit_cents(60_000_00, 100_000_00, 10_000_00, 10_000_00) == 60_000_00
    assert settled_deficit_cents(60_000_00, 100_000_00, 60_000_00, 60_000_00) == 0


@given(
    cost=st.integers(20_000_00, 500_000_00),
    own_share=st.floats(0.0, 0.5),
    crowd_share=st.floats(0.0, 1.0),
)
def test_crowd_money_raised_after_approval_leaves_the_total_of_a_deficit_funded_project_unchanged(
    cost, own_share, crowd_share
):
    own = int(cost * own_share)
    grant = cost - own
    crowd = int(grant * crowd_share)
    without = own + settled_deficit_cents(grant, cost, own, 0)
    with_crowd = own + crowd + settled_deficit_cents(grant, cost, own, crowd)
    assert with_crowd == without == cost


@pytest.mark.parametrize("settlement", list(GrantSettlement))
@given(grant=cents, plan=cents, actual=cents, own=cents, other=cents, share=st.floats(0.0, 1.0))
def test_no_grant_settles_above_its_award_or_the_actual_cost(
    settlement, grant, plan, actual, own, other, share
):
    got = settled_cents(int(settlement), grant, share, plan, actual, own, other)
    assert 0 <= got <= min(grant, actual)


def test_each_financing_type_is_settled_by_its_own_rule():
    case = (60_000_00, 0.5, 100_000_00, 90_000_00, 20_000_00, 30_000_00)
    assert settled_cents(int(GrantSettlement.FIXED), *case) == 60_000_00
    assert settled_cents(int(GrantSettlement.SHARE), *case) == 45_000_00
    assert settled_cents(int(GrantSettlement.DEFICIT), *case) == 40_000_00
