from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybridsim.core.money import share_cents, split_pro_rata, to_cents

CENTS = st.integers(0, 10**12)


def test_half_a_cent_goes_away_from_zero():
    assert to_cents(0.125) == 13
    assert to_cents(-0.125) == -13
    assert share_cents(5, 0.5) == 3
    assert share_cents(-5, 0.5) == -3
    assert share_cents(1, 0.25) == 0


def test_cents_are_integers():
    assert type(to_cents(12.0)) is int
    assert type(share_cents(100, 0.3)) is int


@given(st.integers(-(10**12), 10**12))
def test_whole_cents_survive_the_way_through_euros(cents):
    assert to_cents(cents / 100) == cents


@given(st.decimals(-1_000_000, 1_000_000, places=4).filter(lambda d: abs(d * 100 % 1) != Decimal("0.5")))
def test_euros_round_as_accountants_round(eur):
    assert to_cents(float(eur)) == int((eur * 100).to_integral_value(ROUND_HALF_UP))


@given(CENTS, st.floats(0.0, 1.0))
def test_a_share_is_never_more_than_the_whole_and_off_by_at_most_half_a_cent(cents, share):
    part = share_cents(cents, share)
    assert 0 <= part <= cents
    assert abs(part - Fraction(cents) * Fraction(share)) <= Fraction(1, 2) + Fraction(1, 1000)


@given(st.lists(CENTS, min_size=1, max_size=12), st.integers(0, 10**12))
def test_a_split_adds_up_and_stays_within_a_cent_of_its_exact_share(weights, total):
    if sum(weights) == 0:
        return
    parts = split_pro_rata(total, weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - Fraction(total * weight, sum(weights))) < 1
        if weight == 0:
            assert part == 0


@given(st.lists(CENTS, min_size=1, max_size=12), st.floats(0.0, 1.0))
def test_no_claim_gets_more_than_it_claims(weights, share):
    total = int(sum(weights) * share)
    parts = split_pro_rata(total, weights)
    assert all(part <= weight for part, weight in zip(parts, weights, strict=True))


@given(st.lists(CENTS, min_size=1, max_size=12))
def test_whoever_claims_all_gets_all(weights):
    assert split_pro_rata(sum(weights), weights) == weights


def test_a_known_split_by_largest_remainder():
    # Hamilton's method on quotas 1.6, 3.3, 5.1: floors 1, 3, 5, the last seat to the largest remainder.
    assert split_pro_rata(10, [16, 33, 51]) == [2, 3, 5]


def test_ties_go_to_the_lower_position():
    assert split_pro_rata(2, [1, 1, 1]) == [1, 1, 0]


def test_nothing_can_be_split_among_nobody():
    assert split_pro_rata(0, []) == []
    assert split_pro_rata(0, [0, 0]) == [0, 0]


@pytest.mark.parametrize(
    ("total", "weights", "message"),
    [
        (-1, [1], r"total\(=-1\)"),
        (1, [2, -3], r"weights\(=\[2, -3\]\)"),
        (1, [0, 0], r"total\(=1\) cannot be split"),
        (1, [], r"total\(=1\) cannot be split"),
    ],
)
def test_a_split_that_makes_no_sense_is_refused_with_its_value(total, weights, message):
    with pytest.raises(ValueError, match=message):
        split_pro_rata(total, weights)
