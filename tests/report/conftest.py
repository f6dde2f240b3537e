from __future__ import annotations

import shutil

import pytest

from hybridsim.book.store import load_book, store_book
from hybridsim.report.book_page import render as render_book
from hybridsim.report.page import render
from tests.report import book_fixture, fixture

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@pytest.fixture(scope="session")
def folders(tmp_path_factory):
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="session")
def run(folders):
    """A run of 250 futures with loans, defaults and a sample of the sector."""
    return fixture.make_run(folders / "plain")


@pytest.fixture(scope="session")
def page(run):
    return render(run)


@pytest.fixture(scope="session")
def evil(folders):
    """A run whose names try to break out of HTML, scripts, templates and chart labels."""
    return fixture.make_run(folders / "evil", replications=30, title=fixture.EVIL)


@pytest.fixture(scope="session")
def odd_runs(folders):
    """Runs with something missing."""
    return {
        "one replication": fixture.make_run(folders / "one", replications=1),
        "no projects": fixture.make_run(folders / "none", 30, fixture.simulate_nothing),
        "no loans": fixture.make_run(folders / "loanless", 30, fixture.simulate_without_loans),
        "whole sector": fixture.make_run(folders / "whole", 30, sample=1.0),
    }


@pytest.fixture(scope="session")
def book_page(folders):
    """The page of a book of forty loans."""
    store_book(book_fixture.make_book(), folders / "book")
    return render_book(load_book(folders / "book"))


@pytest.fixture(scope="session")
def evil_book_page(folders):
    """The page of a book whose names try to break out."""
    store_book(book_fixture.make_book(title=book_fixture.EVIL, evil=book_fixture.EVIL), folders / "evil-book")
    return render_book(load_book(folders / "evil-book"))


@pytest.fixture(scope="module")
def browser():
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield browser
        browser.close()


@pytest.fixture
def visit(browser, tmp_path):
    """Open a report; fails at the end if anything was requested or written to the console."""
    opened, messages, requests = [], [], []

    def visit(text, viewport, **options):
        path = tmp_path / "report.html"
        path.write_text(text, encoding="utf-8", newline="\n")
        page = browser.new_page(viewport=viewport, **options)
        page.on("console", lambda message: messages.append(message.text))
        page.on("pageerror", lambda error: messages.append(str(error)))
        page.on("request", lambda request: requests.append(request.url))
        page.goto(path.as_uri())
        opened.append(page)
        return page, path

    yield visit
    for page in opened:
        page.close()
    assert messages == []
    assert requests == [(tmp_path / "report.html").as_uri()] * len(opened)
