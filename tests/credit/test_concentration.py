import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybridsim.credit.concentration import gini, herfindahl, lorenz_curve, top_names

AMOUNTS = st.lists(st.floats(0.0, 1e8), min_size=1, max_size=50).filter(lambda values: sum(values) > 1.0)


def test_shares_of_50_30_and_20_percent_have_an_index_of_38():
    assert herfindahl([50.0, 30.0, 20.0]) == pytest.approx(0.38)


@given(AMOUNTS)
def test_the_index_lies_between_equality_and_one_name(amounts: list[float]):
    assert 1.0 / len(amounts) <= herfindahl(amounts) * (1 + 1e-12)
    assert herfindahl(amounts) <= 1.0 + 1e-12


def test_the_largest_names_come_first_and_equal_ones_by_row():
    names, shares = top_names([10.0, 40.0, 10.0, 40.0], 3)
    assert names.tolist() == [1, 3, 0]
    assert shares == pytest.approx([0.4, 0.4, 0.1])
    assert top_names([1.0, 2.0], 5)[0].tolist() == [1, 0]


def test_the_lorenz_curve_of_four_names_is_that_by_hand():
    names, held = lorenz_curve([40.0, 10.0, 30.0, 20.0])
    assert names == pytest.approx([0.0, 0.25, 0.5, 0.75, 1.0])
    assert held == pytest.approx([0.0, 0.1, 0.3, 0.6, 1.0])


@given(AMOUNTS)
def test_the_lorenz_curve_is_convex_below_the_diagonal_and_gives_the_mean_difference(amounts: list[float]):
    names, held = lorenz_curve(amounts)
    assert np.all(held <= names + 1e-12)
    assert np.all(np.diff(held, 2) >= -1e-12)
    # Gini's own definition: half the relative mean difference.
    values = np.array(amounts)
    difference = np.abs(values[:, None] - values).mean() / (2.0 * values.mean())
    assert gini(amounts) == pytest.approx(difference, abs=1e-9)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: herfindahl([0.0, 0.0]), "positive sum"),
        (lambda: herfindahl([1.0, -1.0]), r"amounts_eur\[1\]\(=-1.0\)"),
        (lambda: top_names([1.0], 0), r"count\(=0\)"),
    ],
)
def test_impossible_books_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
