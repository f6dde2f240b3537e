"""A book of several funding-ecosystem designs: prices, contributions and terms of PDs of each, adding up."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from hybridsim.book.amounts import cents
from hybridsim.book.api import book
from hybridsim.book.settings import RuleSettings
from hybridsim.cli.book_text import book_text
from tests.book.books import QUICK, small_tape

RULES = RuleSettings()


def of_designs() -> pd.DataFrame:
    tape = small_tape(30)
    return tape.assign(design=np.resize(["S1 status quo", "S6 hybrid", ""], len(tape)))


@pytest.fixture(scope="module")
def found():
    return book(of_designs(), settings=QUICK)


def rows(table: pd.DataFrame, kind: str) -> pd.DataFrame:
    return table[table["kind"] == kind].set_index("name")


def test_a_loan_without_a_design_has_none(found):
    assert found.loans["design"].value_counts().to_dict() == {
        "S1 status quo": 10,
        "S6 hybrid": 10,
        "none": 10,
    }


def test_prices_of_designs_add_up_to_the_cent_and_are_those_of_their_loans(found):
    table = found.tables["pricing"]
    designs, whole = rows(table, "design"), rows(table, "total").loc["all"]
    assert designs.index.tolist() == ["S1 status quo", "S6 hybrid", "none"]
    for name in table.columns[table.columns.str.endswith("_eur")]:
        assert cents(designs[name]).sum() == cents(whole[name])
    loans, owed = found.loans, found.loans["exposure_eur"]
    earned = (loans["rate_pa"] - RULES.funding_rate_pa - RULES.running_cost_pa) * owed - loans["el_eur"]
    held = RULES.capital_ratio * loans["rw_irb"] * owed
    needed = loans["el_eur"] + RULES.running_cost_pa * owed + RULES.cost_of_capital_pa * held
    for name, part in loans.groupby("design"):
        of = part.index
        assert designs.loc[name, "raroc"] == pytest.approx(earned[of].sum() / held[of].sum(), rel=1e-5)
        margin = needed[of].sum() / owed[of].sum()
        assert designs.loc[name, "break_even_margin_pa"] == pytest.approx(margin, rel=1e-5)
        told = found.metrics[found.metrics["scope"] == f"design:{name}"].set_index("metric")["value"]
        assert told.to_dict() == designs.loc[name, ["raroc", "break_even_margin_pa"]].to_dict()


def test_contributions_of_designs_are_those_of_their_loans(found):
    table = rows(found.contributions, "design")
    for name, part in found.loans.groupby("design"):
        for amount in ("exposure_eur", "el_eur", "var_eur", "es_eur", "ecl_eur", "capital_eur"):
            assert cents(part[amount]).sum() == cents(table.loc[name, amount])
    assert (table["es_se_eur"] > 0.0).all()


def test_terms_of_pds_of_designs_are_means_over_their_exposure(found):
    table = found.tables["pd_terms"]
    table = table[table["scenario"] == "through_the_cycle"]
    assert table["kind"].unique().tolist() == ["total", "design", "grade"]
    groups = [("all", found.loans), *found.loans.groupby("design")]
    for name, part in groups:
        weight = part["exposure_eur"] / part["exposure_eur"].sum()
        stays = (1.0 - part["pd"].to_numpy())[:, None] ** np.arange(1, 11)
        of = table[(table["name"] == name) & (table["kind"] != "grade")]
        assert of["cumulative_pd"].to_numpy() == pytest.approx(1.0 - weight.to_numpy() @ stays)
        assert of["loans"].unique().tolist() == [len(part)]


def test_the_terminal_sets_designs_side_by_side(found):
    lines = book_text(found).splitlines()
    start = lines.index("RAROC and break-even margin by design")
    first = rows(found.tables["pricing"], "design").loc["S1 status quo"]
    assert lines[start + 1].split()[:4] == [
        f"{100 * first['raroc']:.2f}", "%", f"{100 * first['break_even_margin_pa']:.2f}", "%"
    ]  # fmt: skip
    assert "S1 status quo" in lines[start + 1]


def test_a_book_of_one_design_is_told_once():
    found = book(small_tape().assign(design="S6 hybrid"), settings=QUICK)
    assert set(found.tables["pricing"]["kind"]) == {"total", "instrument"}
    assert set(found.tables["pd_terms"]["kind"]) == {"total", "grade"}
    assert not found.metrics["scope"].str.startswith("design").any()
    assert "by design" not in book_text(found)
