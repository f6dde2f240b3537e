import pytest

from hybridsim.finance.ladder import bonity_class, collateral_class, ladder_rate, price_class

# One borrower for each price class A to I: (one-year PD, covered share).
BORROWERS = [
    (0.0005, 0.90),
    (0.0005, 0.50),
    (0.0030, 0.90),
    (0.0100, 0.90),
    (0.0150, 0.90),
    (0.0250, 0.90),
    (0.0400, 0.90),
    (0.0250, 0.50),
    (0.0250, 0.00),
]

# Published maximum borrower rates in per cent, classes A to I, KfW condition display of 11.12.2025.
PUBLISHED_ROWS = {
    "295, 5 years, 1 grace, 5 fixed": [2.54, 2.94, 3.24, 3.74, 4.34, 5.04, 5.54, 6.64, 8.94],
    "295, 10/2/10": [3.38, 3.78, 4.08, 4.58, 5.18, 5.88, 6.38, 7.48, 9.78],
    "230, 30/5/10": [4.15, 4.55, 4.85, 5.35, 5.95, 6.65, 7.15, 8.25, 10.55],
    "spread over A, also 270 (2020/21)": [0.0, 0.40, 0.70, 1.20, 1.80, 2.50, 3.00, 4.10, 6.40],
}

# The 19 cells (bonity, collateral) in the published order from cheapest to dearest.
PUBLISHED_ORDER = "1/1 1/2 1/3 2/1 2/2 3/1 4/1 2/3 3/2 5/1 4/2 6/1 5/2 3/3 4/3 6/2 5/3 7/1 7/2"


@pytest.mark.parametrize("row", PUBLISHED_ROWS.values(), ids=PUBLISHED_ROWS)
def test_the_ladder_reproduces_the_published_rows(row):
    got = [round(100 * ladder_rate(row[0] / 100, pd, covered), 6) for pd, covered in BORROWERS]
    assert got == row


def test_prices_rise_in_the_published_order_of_the_cells():
    cells = [tuple(map(int, cell.split("/"))) for cell in PUBLISHED_ORDER.split()]
    classes = [price_class(*cell) for cell in cells]
    assert classes == sorted(classes)
    assert set(classes) == set(range(1, 10))
    others = {(b, c) for b in range(1, 8) for c in (1, 2, 3)} - set(cells)
    assert others == {(6, 3), (7, 3)}
    assert all(price_class(*cell) == 0 for cell in others)


def test_each_cell_is_in_the_price_class_that_was_inferred_for_it():
    partition = "A 1/1; B 1/2; C 1/3 2/1; D 2/2 3/1; E 4/1 2/3; F 3/2 5/1; G 4/2 6/1; H 5/2 3/3; "
    partition += "I 4/3 6/2 5/3 7/1 7/2"
    for number, group in enumerate(partition.split("; "), 1):
        for cell in group.split()[1:]:
            assert price_class(*map(int, cell.split("/"))) == number, cell


def test_bonity_bands_include_their_upper_border():
    borders = [0.001, 0.004, 0.012, 0.018, 0.028, 0.055, 0.10]
    assert [bonity_class(pd) for pd in borders] == [1, 2, 3, 4, 5, 6, 7]
    assert [bonity_class(pd + 1e-9) for pd in borders] == [2, 3, 4, 5, 6, 7, 0]


def test_collateral_bands_are_from_seventy_and_above_forty_percent():
    assert [collateral_class(c) for c in (1.0, 0.7, 0.6999, 0.4001, 0.4, 0.0)] == [1, 1, 2, 2, 3, 3]


def test_above_ten_percent_or_unsecured_in_the_weak_classes_there_is_no_loan():
    assert ladder_rate(0.0254, 0.1001, 1.0) == -1.0
    assert ladder_rate(0.0254, 0.05, 0.0) == -1.0
    assert ladder_rate(0.0254, 0.08, 0.3) == -1.0
