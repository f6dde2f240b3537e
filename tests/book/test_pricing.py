"""Prices by hand, against the rule by which the world's banks set their rates, and as differences."""

import numpy as np
import pytest

from hybridsim.book.amortisation import contracts
from hybridsim.book.amounts import cents, total
from hybridsim.book.pricing import (
    Burden,
    by_label,
    guarantee_worth,
    life_years,
    loan_pricing,
    worth_by_label,
)
from hybridsim.book.settings import RuleSettings
from hybridsim.finance.pricing import cost_based_rate, life_weight_years
from hybridsim.finance.service import ANNUITY, BULLET, LINEAR
from tests.book.tapes import tape

RULES = RuleSettings(cost_of_capital_pa=0.10, funding_rate_pa=0.02, running_cost_pa=0.003)


def test_a_million_at_five_per_cent_has_its_raroc_by_hand():
    # 50,000 - 20,000 - 3,000 - 4,000 (EL) = 23,000 on 64,000 of capital; needed: 3,000 + 4,000 + 6,400.
    priced = loan_pricing(tape(), RULES, expected_loss_eur=4_000.0, capital_eur=64_000.0).iloc[0]
    assert priced["net_income_eur"] == 23_000.0
    assert priced["raroc"] == pytest.approx(0.359375)
    assert priced["margin_pa"] == pytest.approx(0.03)
    assert priced["break_even_margin_pa"] == pytest.approx(0.0134)
    assert priced["value_added_eur"] == 16_600.0


def test_fees_count_on_their_side():
    priced = loan_pricing(
        tape(),
        RULES,
        expected_loss_eur=4_000.0,
        capital_eur=64_000.0,
        guarantee_fee_eur=5_000.0,
        other_fees_eur=1_000.0,
    ).iloc[0]
    assert priced["net_income_eur"] == 19_000.0
    assert priced["break_even_margin_pa"] == pytest.approx(0.0174)


@pytest.mark.parametrize("cover", [0.0, 0.5, 0.8])
def test_at_the_break_even_margin_raroc_is_the_hurdle_and_the_rate_is_the_world_s_bank_s(cover: float):
    capital = 1e6 * 0.09 * 0.85 * (1.0 - cover)
    loss = 1e6 * 0.013 * 0.37 * (1.0 - cover)
    first = loan_pricing(tape(), RULES, expected_loss_eur=loss, capital_eur=capital).iloc[0]
    rate = 0.02 + first["break_even_margin_pa"]
    again = loan_pricing(tape(rate_pa=[rate]), RULES, expected_loss_eur=loss, capital_eur=capital).iloc[0]
    assert again["raroc"] == pytest.approx(0.10, abs=1e-6)
    bank = cost_based_rate(
        100_000_000, 0.02, 0.013, 0.37, 1.0 - cover, 0.09, 0.85, 0.10, 0.003, 0, LINEAR, 40, 0
    )
    assert rate == pytest.approx(bank, abs=1e-8)


def test_sums_add_up_and_their_ratios_are_those_of_the_sums():
    rng = np.random.default_rng(2)
    book = tape(
        exposure_eur=list(rng.uniform(1e3, 1e6, 300)),
        rate_pa=rng.uniform(0.01, 0.08, 300),
        instrument=rng.choice(["loan", "promotional"], 300),
        provider=rng.choice(["bank", "fund", "kfw"], 300),
    )
    loss, capital = rng.uniform(0, 1e4, 300), rng.uniform(0, 1e5, 300)
    table = loan_pricing(book, RULES, expected_loss_eur=loss, capital_eur=capital)
    whole, parts = by_label(table).iloc[0], by_label(table, ["instrument", "provider"])
    assert len(parts) == 6 and parts["loans"].sum() == 300
    for name in table.columns[table.columns.str.endswith("_eur")]:
        assert cents(parts[name]).sum() == cents(whole[name]) == cents(table[name]).sum()
    assert whole["raroc"] == pytest.approx(total(table["net_income_eur"]) / total(table["capital_eur"]))
    fields = ["income_eur", "funding_eur", "running_cost_eur", "expected_loss_eur", "net_income_eur"]
    income, funding, cost, lost, net = (cents(table[name]) for name in fields)
    assert np.array_equal(income - funding - cost - lost, net)


def test_an_unknown_rate_has_no_raroc_but_a_break_even_margin():
    table = loan_pricing(tape(rate_pa=[0.05, float("nan")]), RULES, expected_loss_eur=4e3, capital_eur=64e3)
    assert table["income_eur"].tolist() == [50_000.0, 20_000.0]
    assert table["raroc"].isna().tolist() == [False, True] == table["margin_pa"].isna().tolist()
    assert table["break_even_margin_pa"].tolist() == pytest.approx([0.0134, 0.0134])
    assert np.isnan(by_label(table)["raroc"].iloc[0])
    assert by_label(table, ["rate_known"])["raroc"].isna().tolist() == [True, False]


def test_without_capital_there_is_no_raroc():
    table = loan_pricing(tape(exposure_eur=[1e6, 1e6]), RULES, expected_loss_eur=4e3, capital_eur=[0.0, 64e3])
    assert table["raroc"].isna().tolist() == [True, False]
    assert table["break_even_margin_pa"].tolist() == pytest.approx([0.007, 0.0134])


def test_a_year_of_life_is_discounted_from_the_middle_of_its_months():
    loans = contracts(tape(repayment=["bullet"], maturity_months=12.0, rate_pa=0.06))
    by_hand = sum((0.97 / 1.04) ** (month / 12.0) for month in np.arange(0.5, 12.0)) / 12.0
    assert life_years(loans, 0.03, 0.04)[0] == pytest.approx(by_hand, rel=1e-12)


def test_loans_in_default_are_priced_no_more():
    table = loan_pricing(tape(defaulted=[1.0]), RULES, expected_loss_eur=4e3, capital_eur=64e3)
    assert table.filter(like="_eur").to_numpy().sum() == 0.0
    assert table[["raroc", "margin_pa", "break_even_margin_pa"]].isna().all(axis=None)


@pytest.mark.parametrize(
    ("repayment", "service"), [("bullet", BULLET), ("linear", LINEAR), ("annuity", ANNUITY)]
)
def test_the_average_life_is_that_of_the_world_s_loans(repayment: str, service: int):
    loans = contracts(tape(repayment=[repayment], maturity_months=84.0, rate_pa=0.06))
    plain = life_weight_years(service, 0.06, 0.0, 0.0, 28, 0)
    assert life_years(loans, 0.0, 0.0)[0] == pytest.approx(plain, rel=1e-12)
    # Theirs steps once a year, in its middle.
    weighted = life_weight_years(service, 0.06, 0.03, 0.026, 28, 0)
    assert life_years(loans, 0.03, 0.026)[0] == pytest.approx(weighted, rel=0.02)


def test_a_guarantee_is_worth_what_it_spares():
    book = tape(exposure_eur=[1e6, 5e5], instrument=["loan", "loan"])
    without = Burden(
        np.array([4_000.0, 2_500.0]), np.array([64_000.0, 32_000.0]), np.array([50_000.0, 40_000.0])
    )
    covered = Burden(
        np.array([2_000.0, 2_500.0]), np.array([32_000.0, 32_000.0]), np.array([20_000.0, 41_000.0])
    )
    table = guarantee_worth(
        book, RULES, covered=covered, uncovered=without, years=[3.0, 2.0], guarantee_fee_eur=[5_000.0, 0.0]
    )
    # 2,000 of loss and 10 % on 32,000 (regulatory) or 30,000 (economic); the second loan's capital rises.
    assert table["worth_regulatory_eur"].tolist() == [5_200.0, 0.0]
    assert table["worth_economic_eur"].tolist() == [5_000.0, -100.0]
    assert table["break_even_saved_regulatory_bp"].tolist() == pytest.approx([52.0, 0.0])
    assert table["fee_bp"].tolist() == pytest.approx([50.0, 0.0])
    assert table["life_regulatory_eur"].tolist() == [15_600.0, 0.0]
    whole = worth_by_label(table, ["instrument"]).iloc[0]
    assert whole["economic_capital_saved_eur"] == 29_000.0
    assert whole["break_even_saved_economic_bp"] == pytest.approx(4_900 / 1.5e6 * 1e4)
    # The same from the prices of both books.
    prices = [
        loan_pricing(book, RULES, expected_loss_eur=b.expected_loss_eur, capital_eur=b.regulatory_capital_eur)
        for b in (without, covered)
    ]
    fallen = prices[0]["break_even_margin_pa"] - prices[1]["break_even_margin_pa"]
    assert (fallen * 1e4).tolist() == pytest.approx(table["break_even_saved_regulatory_bp"].tolist())
