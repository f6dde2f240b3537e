from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybridsim.finance.guarantee import payout_cents
from hybridsim.finance.waterfall import Recoveries, distribute, free_estate_cents, senior_pool_cents

cents = st.integers(0, 10**10)
claims = st.lists(cents, max_size=4)


def test_collateral_goes_to_the_secured_claim_and_its_shortfall_joins_the_senior_pool():
    # 60 of 100 from collateral; the other 40 share an estate of 50 with senior claims of 40 and 20
    got = distribute(60_00, 50_00, 100_00, 40_00, [20_00], [30_00])
    assert got == Recoveries(80_00, 20_00, (10_00,), (0,), 0)


def test_subordinated_claims_are_paid_only_after_every_senior_claim_is_whole():
    assert distribute(0, 99_99, 0, 60_00, [40_00], [50_00]).subordinated == (0,)
    assert distribute(0, 125_00, 0, 60_00, [40_00], [30_00, 20_00]) == Recoveries(
        0, 60_00, (40_00,), (15_00, 10_00), 0
    )


def test_what_nobody_is_owed_is_left_for_the_owner():
    assert distribute(0, 500_00, 0, 60_00, [40_00], [50_00]).surplus == 350_00


def test_collateral_beyond_the_secured_claim_belongs_to_the_free_estate():
    assert distribute(150_00, 0, 100_00, 60_00, [40_00], []) == Recoveries(100_00, 30_00, (20_00,), (), 0)


def test_an_odd_cent_goes_to_the_largest_remainder():
    assert distribute(0, 100, 0, 100, [100, 100], []) == Recoveries(0, 34, (33, 33), (), 0)


def test_without_headroom_the_senior_recovery_is_the_drawn_share():
    pool = senior_pool_cents(60_00, 100_00, 40_00, 20_00)
    assert pool == 100_00
    got = distribute(60_00, free_estate_cents(0.37, 0.0, pool), 100_00, 40_00, [20_00], [50_00])
    assert (got.secured - 60_00 + got.senior + sum(got.project_senior)) == 37_00
    assert got.subordinated == (0,)


def test_headroom_reaches_subordinated_claims_once_senior_ones_are_whole():
    # r (1 + h) = 0.9 * 1.5 = 1.35: seniors are whole and 35 % of the pool is left for the others
    got = distribute(0, free_estate_cents(0.9, 0.5, 100_00), 0, 100_00, [], [70_00])
    assert got == Recoveries(0, 100_00, (), (35_00,), 0)


def test_a_covered_secured_claim_leaves_nothing_to_the_pool():
    assert senior_pool_cents(150_00, 100_00, 40_00, 20_00) == 60_00


@given(collateral=cents, estate=cents, secured=cents, senior=cents, project=claims, junior=claims)
def test_every_cent_of_the_estate_reaches_somebody_in_the_order_of_rank(
    collateral, estate, secured, senior, project, junior
):
    got = distribute(collateral, estate, secured, senior, project, junior)
    paid = got.secured + got.senior + sum(got.project_senior) + sum(got.subordinated)
    assert paid + got.surplus == collateral + estate
    owed = [secured, senior, *project, *junior]
    received = [got.secured, got.senior, *got.project_senior, *got.subordinated]
    assert all(0 <= part <= claim for part, claim in zip(received, owed, strict=True))
    seniors_whole = received[: 2 + len(project)] == owed[: 2 + len(project)]
    assert seniors_whole or sum(got.subordinated) == 0
    assert got.surplus == 0 or received == owed


@given(estate=cents, project=st.lists(st.integers(1, 10**9), min_size=2, max_size=5))
def test_senior_claims_recover_the_same_share_to_the_cent(estate, project):
    got = distribute(0, estate, 0, project[0], project[1:], [])
    share = min(Fraction(1), Fraction(estate, sum(project)))
    for part, claim in zip((got.senior, *got.project_senior), project, strict=True):
        assert abs(part - claim * share) < 1


@given(
    estate=cents,
    project=st.lists(cents, min_size=1, max_size=4),
    cover=st.floats(0.0, 1.0),
    cap=cents,
)
def test_losses_recoveries_and_guarantee_payouts_add_up_to_the_exposure(estate, project, cover, cap):
    got = distribute(0, estate, 0, 0, project, [])
    cap_left, losses, payouts = cap, 0, 0
    for ead, recovery in zip(project, got.project_senior, strict=True):
        paid = payout_cents(cover, ead, recovery, cap_left)
        loss = ead - recovery - paid
        assert loss >= 0
        cap_left -= paid
        losses += loss
        payouts += paid
    assert losses + sum(got.project_senior) + payouts == sum(project)
    assert payouts <= cap


def test_nothing_owed_and_nothing_there_is_settled_with_nothing():
    assert distribute(0, 0, 0, 0, [], []) == Recoveries(0, 0, (), (), 0)


def test_the_mean_senior_recovery_is_the_mean_of_the_drawn_share():
    draws = [(k + 0.5) / 400 for k in range(400)]
    total = sum(distribute(0, free_estate_cents(r, 0.0, 10**6), 0, 10**6, [], []).senior for r in draws)
    assert total / 400 / 10**6 == pytest.approx(0.5, abs=1e-6)
