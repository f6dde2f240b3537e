"""The report in a real browser: it draws, it fits, and it asks nobody for anything."""

from __future__ import annotations

import pytest

from hybridsim.report.page import render
from tests.report.conftest import CHROMIUM

DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")


def bottom(page, selector):
    box = page.locator(selector).first.bounding_box()
    return box["y"] + box["height"]


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_all_charts_are_drawn_and_nothing_overflows(visit, page, viewport):
    shown, _ = visit(page, viewport)
    shown.wait_for_function("document.querySelectorAll('.plot .main-svg').length >= 8")
    assert shown.locator(".js-plotly-plot").count() == shown.locator(".plot").count() == 8
    assert shown.evaluate("document.documentElement.scrollWidth") == viewport["width"]
    wide = shown.evaluate(
        "[...document.querySelectorAll('.js-plotly-plot .main-svg')]"
        ".filter(e => e.getBoundingClientRect().right > document.documentElement.clientWidth).length"
    )
    assert wide == 0


def test_all_four_cards_are_on_the_first_screen_of_a_desktop(visit, page):
    shown, _ = visit(page, DESKTOP)
    assert bottom(shown, ".cards") <= DESKTOP["height"]


def test_the_first_card_is_on_the_first_screen_of_a_phone(visit, page):
    shown, _ = visit(page, PHONE)
    assert bottom(shown, ".card") <= PHONE["height"]


def test_hostile_names_run_nothing(visit, evil):
    shown, _ = visit(render(evil), PHONE)
    shown.wait_for_selector(".main-svg")
    assert shown.evaluate("window.evil") is None
    assert shown.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


def test_the_policy_stops_a_script_that_got_into_the_page(browser, page, tmp_path):
    path = tmp_path / "injected.html"
    path.write_text(page.replace("<main id", "<script>window.evil = 1</script><main id"), encoding="utf-8")
    shown = browser.new_page()
    shown.goto(path.as_uri())
    assert shown.evaluate("window.evil") is None
    shown.close()


@pytest.mark.parametrize("name", ["one replication", "no projects", "no loans"])
def test_runs_with_something_missing_are_drawn_without_errors(visit, odd_runs, name):
    shown, _ = visit(render(odd_runs[name]), PHONE)
    assert shown.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


def test_long_tables_can_be_searched_and_sorted(visit, page):
    shown, _ = visit(page, DESKTOP)
    shown.fill("#search-metrics", "loss var 95")
    assert shown.locator("#metrics tbody tr:visible").count() == 1
    assert shown.locator("#count-metrics").inner_text() == "1 row"
    shown.fill("#search-metrics", "projects_ scope")
    assert shown.locator("#metrics tbody tr:visible").count() == 0
    shown.fill("#search-metrics", "fiscal eur total")
    head = shown.locator("#metrics thead th").nth(3)
    head.locator("button").click()
    assert head.get_attribute("aria-sort") == "ascending"
    first = shown.locator("#metrics tbody tr:visible td").nth(2).inner_text()
    assert first.startswith("\u2212")
    head.locator("button").click()
    assert head.get_attribute("aria-sort") == "descending"


def test_without_scripts_the_figures_are_still_there(visit, page):
    shown, _ = visit(page, DESKTOP, java_script_enabled=False)
    assert shown.locator(".card dd b").first.inner_text().endswith("%")
    shown.locator("details summary").first.click()
    assert shown.locator("details table").first.is_visible()


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_page_of_a_book_is_drawn_and_fits(visit, book_page, viewport):
    shown, _ = visit(book_page, viewport)
    shown.wait_for_function("document.querySelectorAll('.plot .main-svg').length >= 10")
    assert shown.locator(".js-plotly-plot").count() == shown.locator(".plot").count() == 10
    assert shown.evaluate("document.documentElement.scrollWidth") == viewport["width"]
    wide = shown.evaluate(
        "[...document.querySelectorAll('.js-plotly-plot .main-svg')]"
        ".filter(e => e.getBoundingClientRect().right > document.documentElement.clientWidth).length"
    )
    assert wide == 0
    first = ".cards" if viewport is DESKTOP else ".card"
    assert bottom(shown, first) <= viewport["height"]


def test_hostile_names_of_a_tape_run_nothing(visit, evil_book_page):
    shown, _ = visit(evil_book_page, PHONE)
    shown.wait_for_selector(".main-svg")
    assert shown.evaluate("window.evil") is None
    assert shown.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
