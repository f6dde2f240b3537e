"""A real tape from its raw file to the report, with one mapping file."""

from __future__ import annotations

import re
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner

from hybridsim.book.store import load_book
from hybridsim.cli import app
from tests.report import reading

ROOT = Path(__file__).parents[2]
TAPE = ROOT.parent / "shared" / "data" / "sba" / "naics62_loans.csv"
MAPPING = ROOT / "tapes" / "sba-7a.toml"

pytestmark = pytest.mark.skipif(not TAPE.is_file(), reason="the SBA loans of ../shared/data are not here")


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    out = tmp_path_factory.mktemp("sba") / "book"
    arguments = ["book", str(TAPE), "-m", str(MAPPING), "-o", str(out), "--precision", "2%"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    return out, result.stdout


@pytest.fixture(scope="module")
def folder(done):
    return done[0]


@pytest.fixture(scope="module")
def said(done):
    return done[1]


def test_every_row_is_in_the_book_or_told(folder):
    found = load_book(folder)
    assert found.manifest["tape"]["rows"] == 1231
    assert len(found.loans) + len(found.tables["rejected"]) == 1231
    assert set(found.tables["rejected"]["reason"]) == {"term of 0 months"}


def test_figures_hang_together(folder):
    found = load_book(folder)
    total = found.metrics[found.metrics["scope"] == "total"].set_index("metric")
    loans = found.loans
    # The guarantor cannot fail and there is no cap: the expected loss is a sum of products.
    products = loans["pd"] * loans["lgd"] * loans["exposure_eur"] * (1.0 - loans["cover_rate"])
    assert total.loc["expected_loss_eur", "value"] == pytest.approx(products.sum(), rel=1e-4)
    for metric in ("loss_var_eur", "loss_es_eur"):
        row = total.loc[metric]
        assert 0.5 * (row["ci_high"] - row["ci_low"]) < 0.021 * row["value"]
        assert row["unit"] == "USD"
    # By hand: 75 % covered by a guarantor who weighs 0, the rest retail (75 %) with the SME factor 0.7619.
    first = loans[loans["loan_id"] == "1000034009"].iloc[0]
    assert first["rw_standardised"] == pytest.approx(0.25 * 0.75 * 0.7619, abs=1e-5)


def test_nothing_that_is_read_claims_euros_but_the_limits_of_the_rules(folder, said):
    found = load_book(folder)
    note = found.notes[0]
    assert note.startswith("amounts are in USD") and "limits that the rules set in euros" in note
    claims = re.compile(r"\beuros?\b|€|\bEUR\b", re.IGNORECASE)
    page = reading.without_scripts((folder / "report.html").read_text(encoding="utf-8"))
    workbook = openpyxl.load_workbook(folder / "book.xlsx", read_only=True)
    cells = "\n".join(
        str(cell)
        for sheet in workbook
        for row in sheet.iter_rows(values_only=True, max_row=400)
        for cell in row
    )
    for text in (page, cells, said):
        assert "USD" in text
        # Only what the rules themselves say in euros is said so.
        assert not [
            line
            for line in text.replace("limits that the rules set in euros", "").splitlines()
            if claims.search(line)
        ]
    units = {column["unit"] for entry in found.manifest["tables"].values() for column in entry["columns"]}
    assert "USD" in units and "EUR" not in units
    assert {"EUR"}.isdisjoint(found.tables["guarantees"]["unit"]) and len(found.tables["guarantees"])
    assert {"EUR"}.isdisjoint(row["unit"] for row in found.manifest["metrics"]["definitions"])


def test_the_report_tells_the_same_figures(folder):
    found = load_book(folder)
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert reading.Page(page).open == []
    assert reading.Page(page).all("h1")[0]["text"] == "SBA 7(a), NAICS 62"
    first = found.contributions[found.contributions["kind"] == "obligor"].iloc[0]
    assert f"Largest obligor: {first['name']}" in page
    assert (folder / "book.xlsx").stat().st_size > 50_000
