"""The page and the workbook of a book: whole, safe, and told from the stored tables alone."""

from __future__ import annotations

import base64
import hashlib
import re

import openpyxl
import pytest

from hybridsim.book.store import load_book, store_book
from hybridsim.report.book_page import render, write_book_page
from hybridsim.report.book_workbook import write_workbook
from tests.report import reading
from tests.report.book_fixture import EVIL, FORMULA, make_book


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("books")


def stored(folder, name, book):
    store_book(book, folder / name)
    return load_book(folder / name)


@pytest.fixture(scope="module")
def book(folder):
    return stored(folder, "plain", make_book())


@pytest.fixture(scope="module")
def evil(folder):
    return stored(folder, "evil", make_book(title=EVIL, evil=EVIL))


@pytest.fixture(scope="module")
def page(book):
    return render(book)


@pytest.mark.parametrize("kind", ["book", "evil"])
def test_the_page_is_whole_and_names_stay_text(kind, request):
    found = request.getfixturevalue(kind)
    page = render(found)
    read = reading.Page(page)
    assert read.open == []
    ids = [e["attributes"]["id"] for e in read.elements if "id" in e["attributes"]]
    assert len(ids) == len(set(ids))
    assert read.all("h1")[0]["text"] == found.manifest["title"]
    assert not read.all("img") and len(read.all("script")) == 4
    assert "https:" not in reading.without_scripts(page)
    (policy,) = read.all("meta", http_equiv="Content-Security-Policy")
    allowed = set(re.findall(r"'sha256-([^']+)'", policy["attributes"]["content"]))
    bodies = re.findall(r"<script>(.*?)</script>", page, flags=re.DOTALL)
    assert allowed == {base64.b64encode(hashlib.sha256(b.encode()).digest()).decode() for b in bodies}


def test_every_chart_is_valid_plotly_and_has_its_place(page):
    import plotly.graph_objects as go

    drawn = reading.charts(page)
    places = reading.Page(page).all("div", class_="plot")
    assert sorted(drawn) == sorted(place["attributes"]["id"] for place in places)
    kinds = {"obligor", "group", "sector", "land", "design", "instrument", "part"}
    assert set(drawn) == {"plot-tail", "plot-lorenz", "plot-stress", *(f"plot-causes-{k}" for k in kinds)}
    for chart in drawn.values():
        go.Figure(data=chart["data"], layout=chart["layout"])


def test_the_first_screen_answers_with_intervals(book, page):
    read = reading.Page(page)
    cards = {e["attributes"]["class"].split()[1]: e["text"] for e in read.all("article")}
    assert set(cards) == {"loss", "causes", "capital", "guarantees"}
    for text in ("Expected loss", "VaR", "shortfall"):
        assert text in cards["loss"]
    first = book.contributions.query("kind == 'obligor'").sort_values("es_share").iloc[-1]
    assert f"Largest obligor: {first['name']}" in cards["causes"]
    assert f"{first['es_share'] * 100:.1f}\u00a0%" in cards["causes"]
    assert "95\u00a0%: €480\u00a0k to €520\u00a0k" in cards["guarantees"]
    assert "2 rejected" in read.all("p", class_="what")[0]["text"]


def test_the_tail_is_drawn_as_it_is_stored_with_its_three_lines(book, page):
    chart = reading.charts(page)["plot-tail"]
    table = book.tables["distribution"]
    table = table[table["exceedance"] > 0]
    assert chart["data"][1]["x"] == table["loss_eur"].tolist()
    assert chart["data"][1]["y"] == table["exceedance"].tolist()
    values = book.metrics[book.metrics["scope"] == "total"].set_index("metric")["value"]
    wanted = [values[name] for name in ("expected_loss_eur", "loss_var_eur", "loss_es_eur")]
    assert [shape["x0"] for shape in chart["layout"]["shapes"]] == wanted
    assert chart["layout"]["yaxis"]["type"] == "log"


def test_contributions_are_the_stored_ones_the_largest_first(book, page):
    bars = reading.charts(page)["plot-causes-sector"]["data"]
    table = book.contributions.query("kind == 'sector'").sort_values("es_share", ascending=False)
    for bar, name in zip(bars, ("exposure", "el", "es"), strict=True):
        assert bar["x"] == pytest.approx((100 * table[f"{name}_share"]).tolist())


def test_a_figure_that_is_missing_is_said_to_be(book, page):
    rows = reading.rows(page, "Return on risk-adjusted capital")
    assert rows[-1][-2:] == ["n/a", "n/a"]
    states = reading.rows(page, "The most likely state whose expected loss is the one asked for")
    assert states[2][1:] == ["sector:hospital alone", "out of reach", "n/a"]


def test_the_same_book_gives_the_same_bytes(book, tmp_path):
    pages = [write_book_page(book, tmp_path / name).read_bytes() for name in ("a.html", "b.html")]
    books = [write_workbook(book, tmp_path / name).read_bytes() for name in ("a.xlsx", "b.xlsx")]
    assert pages[0] == pages[1]
    assert books[0] == books[1]


def test_a_book_in_dollars_is_shown_in_dollars(folder):
    found = make_book(currency="USD")
    money = found.metrics["unit"] == "EUR"
    found.metrics.loc[money, "unit"] = "USD"
    found.tables["guarantees"].loc[found.tables["guarantees"]["unit"] == "EUR", "unit"] = "USD"
    page = render(stored(folder, "dollars", found))
    assert "€" not in reading.without_scripts(page)
    assert "US$" in page
    assert not re.search(r"\beuros?\b|\bEUR\b", reading.without_scripts(page), re.IGNORECASE)


def test_a_book_of_one_loan_without_guarantee_stress_or_fault_has_a_page(folder):
    found = make_book(names=1, rejected=0)
    for name in ("guarantees", "stresses", "reverse_stress", "pricing", "pd_terms", "distribution"):
        found.tables[name] = found.tables[name].head(0)
    page = render(stored(folder, "one", found))
    assert "No loan is guaranteed" in page
    assert "Every row of the tape is in the figures" in page
    assert set(reading.charts(page)) == {"plot-lorenz"} or reading.charts(page) == {}


def test_a_stressed_tail_below_the_baselines_is_explained(folder, page):
    why = "a factor that is given no longer varies"
    assert why not in page
    found = make_book()
    found.tables["stresses"].loc[1, ["var_eur", "var_low_eur", "var_high_eur"]] = [3e6, 2.9e6, 3.1e6]
    assert why in render(stored(folder, "narrower", found))


def test_the_workbook_holds_every_table_and_nothing_live(evil, tmp_path):
    book = openpyxl.load_workbook(write_workbook(evil, tmp_path / "book.xlsx"))
    assert book.sheetnames == ["about", "metrics", *evil.tables]
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n", "inlineStr"}
    assert any(cell.value == FORMULA and cell.quotePrefix for cell in cells)
    rows = list(book["loans"].iter_rows(values_only=True))
    assert rows[0] == tuple(evil.loans.columns)
    shortfalls = [row[rows[0].index("es_eur")] for row in rows[1:]]
    assert shortfalls == sorted(evil.loans["es_eur"], reverse=True)
    described = {row[:2] for row in book["about"].iter_rows(values_only=True)}
    assert ("loans", "es_eur") in described


def test_a_long_table_is_cut_in_the_workbook_and_says_so(book, tmp_path, monkeypatch):
    monkeypatch.setattr("hybridsim.report.book_workbook.MOST_ROWS", 15)
    found = openpyxl.load_workbook(write_workbook(book, tmp_path / "book.xlsx"))
    assert found["loans"].max_row == 16
    about = [row[3] for row in found["about"].iter_rows(values_only=True)]
    assert "the first 15 of 40 rows; all are in loans.parquet" in about
