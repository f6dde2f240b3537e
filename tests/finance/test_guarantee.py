import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybridsim.finance.guarantee import effective_cover, payout_cents, portfolio_cap_cents
from hybridsim.finance.sources import UNLIMITED_CENTS


def test_a_guarantee_pays_its_share_of_the_loss_after_recovery():
    assert payout_cents(0.8, 100_000_00, 30_000_00, UNLIMITED_CENTS) == 56_000_00


def test_a_full_recovery_leaves_nothing_to_pay():
    assert payout_cents(0.8, 100_000_00, 100_000_00, UNLIMITED_CENTS) == 0
    assert payout_cents(0.8, 100_000_00, 120_000_00, UNLIMITED_CENTS) == 0


def test_losses_above_the_cap_of_a_portfolio_guarantee_fall_on_the_bank():
    # cover 80 %, cap rate 30 %, volume 10 m: the guarantor pays 2.4 m at most
    volume = 10_000_000_00
    cap = portfolio_cap_cents(0.30, 0.80, volume)
    assert cap == 2_400_000_00
    paid, bank_loss = 0, 0
    for _ in range(50):
        loss = volume // 50
        call = payout_cents(0.80, loss, 0, cap - paid)
        paid += call
        bank_loss += loss - call
    assert paid == cap
    assert bank_loss == volume - cap


def test_an_exhausted_cap_pays_nothing():
    assert payout_cents(0.8, 100_00, 0, 0) == 0
    assert payout_cents(0.8, 100_00, 0, -1) == 0


@given(
    cover=st.floats(0.0, 1.0),
    ead=st.integers(0, 10**10),
    recovery=st.integers(0, 10**10),
    cap_left=st.integers(0, 10**10),
)
def test_a_payout_never_exceeds_the_loss_or_the_cap(cover, ead, recovery, cap_left):
    paid = payout_cents(cover, ead, recovery, cap_left)
    assert 0 <= paid <= min(cap_left, max(0, ead - recovery))


@pytest.mark.parametrize(
    ("loss", "retained"),
    # cover 80 %, cap rate 30 %: the guarantor pays 24 cents per euro lent at most
    [(0.0, 0.0), (0.05, 0.01), (0.30, 0.06), (0.40, 0.16), (0.60, 0.36), (1.0, 0.76)],
)
def test_a_bank_counts_on_a_capped_guarantee_until_its_expected_loss_reaches_the_cap(loss, retained):
    kept = (1.0 - effective_cover(0.8, 0.3, loss)) * loss
    assert kept == pytest.approx(retained, abs=1e-15)
    assert kept == pytest.approx(max(0.2 * loss, loss - 0.3 * 0.8), abs=1e-15)


@given(cover=st.floats(0.0, 1.0), cap_rate=st.floats(0.01, 1.0), loss=st.floats(0.0, 1.0))
def test_the_cover_that_counts_is_what_a_portfolio_that_loses_just_that_is_paid(cover, cap_rate, loss):
    volume, paid = 10_000_000_00, 0
    cap = portfolio_cap_cents(cap_rate, cover, volume)
    part = round(volume * loss) // 100
    for _ in range(100):
        paid += payout_cents(cover, part, 0, cap - paid)
    expected = effective_cover(cover, cap_rate, loss) * loss * volume
    assert paid == pytest.approx(expected, abs=200)


@given(cover=st.floats(0.0, 1.0), loss=st.floats(0.0, 1.0))
def test_a_cap_at_the_whole_cover_changes_no_bit(cover, loss):
    assert effective_cover(cover, 1.0, loss) == cover
