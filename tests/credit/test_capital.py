import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybridsim.credit.capital import (
    floored_rwa,
    maturity_adjusted_cover,
    required_capital,
    sme_supporting_factor,
    substituted_rwa,
)


def test_the_sme_factor_is_blended_above_two_and_a_half_million():
    # By hand for 5 million: half at 0.7619, half at 0.85.
    assert sme_supporting_factor([0.0, 1e5, 2.5e6, 5e6]) == pytest.approx([0.7619, 0.7619, 0.7619, 0.80595])
    assert sme_supporting_factor([1e12])[0] == pytest.approx(0.85, abs=1e-6)


@given(st.floats(1.0, 1e9))
def test_the_sme_factor_is_the_quotient_of_the_article(owed: float):
    quotient = (min(owed, 2.5e6) * 0.7619 + max(owed - 2.5e6, 0.0) * 0.85) / owed
    assert sme_supporting_factor([owed])[0] == pytest.approx(quotient, rel=1e-12)


def test_a_guarantee_puts_the_guarantor_in_the_place_of_the_borrower():
    # 100 lent, 80 guaranteed by someone at 20 %: 20 * 1.00 + 80 * 0.20 = 36.
    assert substituted_rwa([100.0], [80.0], 1.0, 0.2)[0] == pytest.approx(36.0)
    # Cover beyond the loan does not count, and neither does a guarantor who weighs more.
    assert substituted_rwa([100.0, 100.0], [130.0, 80.0], 0.75, [0.0, 1.0]).tolist() == [0.0, 75.0]


@given(st.floats(0, 1e7), st.floats(0, 1e7), st.floats(0, 12.5), st.floats(0, 12.5))
def test_a_guarantee_never_costs_capital(exposure: float, cover: float, own: float, other: float):
    amount = substituted_rwa([exposure], [cover], own, other)[0]
    assert 0.0 <= amount <= exposure * own * (1 + 1e-12) + 1e-9


def test_a_guarantee_that_ends_early_counts_in_part_or_not_at_all():
    adjusted = maturity_adjusted_cover(
        [100.0] * 6, [3.0, 0.25, 3.0, 4.0, 6.0, 0.2], [5.0, 5.0, 5.0, 3.0, 9.0, 0.2], [5, 5, 0.9, 5, 8, 0.2]
    )
    # In part; too short; short from the start; outlives the loan; longer than five years; no mismatch.
    assert adjusted == pytest.approx([100.0 * 2.75 / 4.75, 0.0, 0.0, 100.0, 100.0, 100.0])


@pytest.mark.parametrize(
    ("year", "expected"),
    [(2025, 50.0), (2026, 55.0), (2027, 60.0), (2028, 65.0), (2029, 70.0), (2030, 72.5), (2040, 72.5)],
)
def test_the_output_floor_is_phased_in(year: int, expected: float):
    assert floored_rwa(max(50.0, expected - 10.0), 100.0, year) == pytest.approx(expected)


def test_the_output_floor_raises_by_at_most_a_quarter_while_it_is_phased_in():
    assert floored_rwa(40.0, 100.0, 2029) == pytest.approx(50.0)
    assert floored_rwa(40.0, 100.0, 2030) == pytest.approx(72.5)
    assert floored_rwa(90.0, 100.0, 2030) == pytest.approx(90.0)


def test_eight_percent_is_required():
    assert required_capital(1_000_000.0) == pytest.approx(80_000.0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((1.0, 1.0, 2024), r"year\(=2024\)"),
        ((-1.0, 1.0, 2026), r"modelled_eur\(=-1.0\)"),
        ((1.0, float("nan"), 2026), "nan"),
    ],
)
def test_an_impossible_output_floor_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        floored_rwa(*arguments)
