"""A real tape from its raw file to the report, with one mapping file."""

from __future__ import annotations

from pathlib import Path

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
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("sba") / "book"
    arguments = ["book", str(TAPE), "-m", str(MAPPING), "-o", str(out), "--precision", "2%"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    return out


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


def test_the_report_tells_the_same_figures(folder):
    found = load_book(folder)
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert reading.Page(page).open == []
    assert reading.Page(page).all("h1")[0]["text"] == "SBA 7(a), NAICS 62"
    first = found.contributions[found.contributions["kind"] == "obligor"].iloc[0]
    assert f"Largest obligor: {first['name']}" in page
    assert (folder / "book.xlsx").stat().st_size > 50_000
