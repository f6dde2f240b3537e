"""Cells as numbers, dates and texts: what is written in either way is read as what was meant, or told."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridsim.book.cells import dates, decimal_marks, numbers, texts


def column(*values, kind=None):
    return pa.chunked_array([pa.array(values, kind)])


@pytest.mark.parametrize(
    ("values", "marks", "doubtful"),
    [
        (["1.234,56", "2"], {","}, ""),
        (["0.025"], {"."}, ""),
        (["0,025"], {","}, ""),
        (["1.200"], set(), "1.200"),
        (["12,345 €"], set(), "12,345 €"),
        (["1,5 %"], {","}, ""),
        (["1.234.567"], {","}, ""),
        (["1,234,567"], {"."}, ""),
        (["1,234.5"], {"."}, ""),
        (["1'234.50"], {"."}, ""),
        (["1234.567"], {"."}, ""),
        (["EUR 3,50"], {","}, ""),
        (["1.5", "2,5"], {",", "."}, ""),
        (["-,5"], {","}, ""),
        (["12.03.2026", "", "x", "17"], set(), ""),
    ],
)
def test_the_mark_of_decimals_is_told_from_the_numbers(values, marks, doubtful):
    assert decimal_marks(column(*values)) == (marks, doubtful)


@settings(deadline=None, max_examples=200)
@given(
    st.lists(st.decimals(min_value=-(10**12), max_value=10**12, places=2), min_size=1, max_size=5),
    st.sampled_from([("", ","), (".", ","), (" ", ","), ("\u202f", ","), ("", "."), (",", "."), ("'", ".")]),
)
def test_a_number_is_read_as_it_was_written(values, marks):
    group, decimal = marks
    written = [
        f"{value:,.2f}".replace(",", "g").replace(".", decimal).replace("g", group) for value in values
    ]
    read = numbers(column(*written), decimal)
    assert read.wrong == []
    assert read.values.tolist() == [float(value) for value in values]


@settings(deadline=None, max_examples=200)
@given(
    st.lists(st.text("0123456789.,-+eE %€\u2212x", max_size=8), min_size=2, max_size=6), st.sampled_from(",.")
)
def test_a_cell_is_read_the_same_among_others_and_alone(cells, decimal):
    together = numbers(column(*cells), decimal)
    alone = [numbers(column(cell), decimal) for cell in cells]
    assert np.array_equal(together.values, [one.values[0] for one in alone], equal_nan=True)
    wrong = {int(place) for places, _ in together.wrong for place in places}
    assert wrong == {place for place, one in enumerate(alone) if one.wrong}


def test_a_percent_sign_divides_and_a_currency_and_a_long_minus_are_read():
    read = numbers(column("1,5 %", "12 €", "EUR 3", "$4", "\u22125", "+6", ",5", "7,"), ",")
    assert read.values.tolist() == [0.015, 12.0, 3.0, 4.0, -5.0, 6.0, 0.5, 7.0]


def test_days_are_read_as_given_or_in_the_two_usual_ways():
    assert dates(column("2027-01-31", "31.01.2027"), "").values.astype(str).tolist() == ["2027-01-31"] * 2
    assert dates(column("2/28/1997"), "%m/%d/%Y").values.astype(str).tolist() == ["1997-02-28"]
    assert "set [file] date_format" in dates(column("2/28/1997"), "").wrong[0][1][0]
    assert "is a number, not a date" in dates(column(46_000), "").wrong[0][1][0]


def test_ids_stored_as_numbers_are_their_digits():
    assert texts(column(4711.0, 2.5, None)).values.to_pylist() == ["4711", "2.5", None]
    assert texts(column(2**60)).values.to_pylist() == [str(2**60)]
