from hypothesis import given
from hypothesis import strategies as st

from hybridsim.finance.guarantee import payout_cents, portfolio_cap_cents
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
