"""Population files: good ones, and a corpus of bad ones with the place and the remedy."""

from __future__ import annotations

import hashlib
import unicodedata

import numpy as np
import pytest

from hybridsim.core.errors import PopulationError
from hybridsim.scenario import build, load
from hybridsim.scenario.population.files import MAX_ROWS
from tests.scenario.conftest import BASE

HEAD = "id,type,land,legal_form,sites,places"
GOOD = "A,nursing_home,BW,non_profit,2,160"


@pytest.fixture(scope="module")
def scenario():
    return load(BASE, ["population.file=p.csv"])


@pytest.fixture
def people(tmp_path, scenario):
    def make(text, encoding="utf-8"):
        (tmp_path / "p.csv").write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        return build(scenario, tmp_path)

    return make


def test_a_full_file_is_taken_as_it_is(people, tmp_path):
    table = people(
        HEAD + ",revenue_eur_pa,ebitda_margin,debt_eur,debt_service_eur_pa,collateral_eur,liquidity_days,"
        "credit_line_eur,pd_pa,fte_total,fte_care,readiness,digital_budget_eur_pa\n"
        "H1,Hospital,by,public,1,300,6.5e7,-0.02,100,10,50,14.5,7,0.02,600,350,0.5,12345.67\n"
    )
    assert table.ids == ["H1"]
    assert (table.type[0], table.land[0], table.legal_form[0]) == (2, 1, 2)
    assert (table.sites[0], table.places[0]) == (1, 300)
    assert table.revenue_eur_pa[0] == 6.5e7
    assert table.ebitda_margin[0] == -0.02
    assert table.digital_budget_eur_pa[0] == 12345.67
    assert table.notes == ()
    assert table.sample_fraction == 1.0
    assert table.file_sha256 == hashlib.sha256((tmp_path / "p.csv").read_bytes()).hexdigest()


def test_what_is_left_out_is_filled_from_the_type_and_counted(people, scenario):
    table = people(f"{HEAD},pd_pa\n{GOOD},0.02\nB,hospital,BE,public,1,300,\nC,hospital,BE,public,1,100,\n")
    part = scenario.institution_types["hospital"]
    row = table.ids.index("B")
    assert table.pd_pa[row] == part.pd_pa.value == 0.018
    assert table.revenue_eur_pa[row] == 300 * part.revenue_per_place_eur.value
    assert table.debt_eur[row] == pytest.approx(300 * 220_000 * part.debt_to_revenue.value)
    assert table.pd_pa[table.ids.index("A")] == 0.02
    assert "pd_pa: 2 of 3 rows filled with the mean of the type" in table.notes
    assert "liquidity_days: 3 of 3 rows filled with the median of the type" in table.notes
    assert len(table.notes) == 12


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_delimiter_and_byte_order_mark_are_recognised(people, delimiter, encoding):
    text = f"{HEAD}\r\n{GOOD}\r\n".replace(",", delimiter)
    assert people(text, encoding).ids == ["A"]


def test_names_stay_data(people):
    names = ["=1+1", "'; drop table", "Pflege, Ärzte & Co", "{0}", "%s", "__import__('os')"]
    lines = [f'"{name}",hospital,BE,public,1,100' for name in names]
    assert sorted(people("\n".join([HEAD, *lines])).ids) == sorted(names)


def test_the_order_of_rows_does_not_matter(people):
    lines = [f"X{number},hospital,BE,public,1,{100 + number}" for number in range(20)]
    one, two = people("\n".join([HEAD, *lines])), people("\n".join([HEAD, *reversed(lines)]))
    assert one.ids == two.ids
    assert np.array_equal(one.places, two.places)


def test_a_sample_says_its_fraction(people):
    assert people(f"{HEAD},sample_fraction\n{GOOD},0.01\n").sample_fraction == 0.01


def test_parquet_is_read_like_csv(tmp_path, people):
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = {
        "id": ["A", "B"],
        "type": ["nursing_home", "hospital"],
        "land": ["BW", "BE"],
        "legal_form": ["non_profit", "public"],
        "sites": [2, 1],
        "places": [160, 300],
        "pd_pa": [0.02, None],
    }
    pq.write_table(pa.table(columns), tmp_path / "p.parquet")
    parquet = build(load(BASE, ["population.file=p.parquet"]), tmp_path)
    csv = people(f"{HEAD},pd_pa\n{GOOD},0.02\nB,hospital,BE,public,1,300,\n")
    assert parquet.ids == csv.ids
    assert parquet.notes == csv.notes
    assert np.array_equal(parquet.pd_pa, csv.pd_pa)


def semicolons(column, value):
    """A file as a German spreadsheet writes it."""
    return f"{HEAD},{column}\n{GOOD}".replace(",", ";") + f";{value}"


BAD = {
    "empty file": ("", 0, "", "is empty"),
    "no row": (HEAD + "\n\n", 0, "", "at least one institution is needed"),
    "missing column": (f"{HEAD[:-7]}\n{GOOD[:-4]}", 1, "places", "this column is missing"),
    "unknown column": (f"{HEAD},pd\n{GOOD},0.1", 1, "pd", "unknown column 'pd'"),
    "misspelt column": (f"{HEAD},readines\n{GOOD},0.1", 1, "readines", "did you mean 'readiness'?"),
    "column twice": (f"{HEAD},pd_pa,pd_pa\n{GOOD},0.1,0.1", 1, "pd_pa", "stands 2 times"),
    "too few cells": (f"{HEAD}\nA,hospital", 2, "", "2 cells, but the first line names 6"),
    "empty cell": (f"{HEAD}\nA,hospital,BE,public,,10", 2, "sites", "is empty"),
    "unknown type": (f"{HEAD}\nA,hospitl,BE,public,1,10", 2, "type", "did you mean 'hospital'?"),
    "unknown Land": (f"{HEAD}\nA,hospital,XX,public,1,10", 2, "land", "'XX' is not one of"),
    "unknown form": (f"{HEAD}\nA,hospital,BE,nonprofit,1,10", 2, "legal_form", "did you mean 'non_profit'?"),
    "half a site": (f"{HEAD}\nA,hospital,BE,public,1.5,10", 2, "sites", "not a whole number"),
    "no site": (f"{HEAD}\nA,hospital,BE,public,0,10", 2, "sites", "outside [1, 10000]"),
    "more sites than places": (f"{HEAD}\nA,hospital,BE,public,20,10", 2, "sites", "more than places 10"),
    "thousands": (f"{HEAD}\nA,hospital,BE,public,1,1.200", 2, "places", "write 1200"),
    "round thousands": (f"{HEAD}\nA,hospital,BE,public,1,1.000", 2, "places", "write 1000"),
    "German euros": (semicolons("debt_eur", "150.000"), 2, "debt_eur", "write 150000"),
    "NaN": (f"{HEAD},pd_pa\n{GOOD},nan", 2, "pd_pa", "not a finite number"),
    "infinity": (f"{HEAD},debt_eur\n{GOOD},1e999", 2, "debt_eur", "not a finite number"),
    "negative": (f"{HEAD},debt_eur\n{GOOD},-5", 2, "debt_eur", "outside [0, 1e+12]"),
    "percent": (f"{HEAD},readiness\n{GOOD},40", 2, "readiness", "0.4, not 40"),
    "percent sign": (f"{HEAD},readiness\n{GOOD},40 %", 2, "readiness", "a share is a decimal"),
    "pd in percent": (f"{HEAD},pd_pa\n{GOOD},1.2", 2, "pd_pa", "0.012, not 1.2"),
    "word": (f"{HEAD},pd_pa\n{GOOD},low", 2, "pd_pa", "'low' is not a number"),
    "underscore": (f"{HEAD},debt_eur\n{GOOD},1_000", 2, "debt_eur", "'1_000' is not a number"),
    "German decimal": (semicolons("pd_pa", "0,09"), 2, "pd_pa", "write 0.09"),
    "German thousands": (semicolons("debt_eur", "1.234.567"), 2, "debt_eur", "write 1234567"),
    "German both": (semicolons("debt_eur", "1.234,50"), 2, "debt_eur", "write 1234.50"),
    "double id": (f"{HEAD}\n{GOOD}\n{GOOD}", 3, "id", "'A' stands already in line 2"),
    "id with a line break": (f'{HEAD}\n"A\nB",hospital,BE,public,1,10', 3, "id", "printable"),
    "fractions differ": (
        f"{HEAD},sample_fraction\n{GOOD},0.1\nB{GOOD[1:]},0.2", 0, "sample_fraction", "the same value",
    ),
    "open quote": (f'{HEAD}\n"A', 2, "", "is not valid CSV"),
    "too many carers": (f"{HEAD},fte_total,fte_care\n{GOOD},5,6", 2, "fte_care", "more than fte_total 5"),
    "broken UTF-8": (HEAD.encode() + b"\n\xff", 2, "", "is not UTF-8 at byte 37"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_one_fault_of_a_file_is_reported_with_its_place_and_remedy(people, case):
    text, line, column, message = BAD[case]
    with pytest.raises(PopulationError) as caught:
        people(text)
    [fault] = caught.value.faults
    assert message in fault.message
    assert (fault.line, fault.path) == (line, column)
    assert fault.file.endswith("p.csv")


def test_two_spellings_of_one_name_count_as_the_same(people):
    composed, split = unicodedata.normalize("NFC", "Ärzte"), unicodedata.normalize("NFD", "Ärzte")
    with pytest.raises(
        PopulationError, match="counts as the same as 'Ärzte' already in line 2; ids must differ"
    ):
        people(f"{HEAD}\n{composed},hospital,BE,public,1,10\n{split},hospital,BE,public,1,10\n")


def test_fifty_faults_are_shown_and_the_rest_is_counted(people):
    lines = [f"X{number},nowhere,BE,public,1,10" for number in range(120)]
    with pytest.raises(PopulationError, match="120 faults") as caught:
        people("\n".join([HEAD, *lines]))
    assert len(caught.value.faults) == 51
    assert caught.value.faults[-1].message == "and 70 more faults"
    assert caught.value.faults[0].line == 2


def test_too_many_rows_are_refused(people):
    lines = "\n".join(f"{number},hospital,BE,public,1,10" for number in range(MAX_ROWS + 1))
    with pytest.raises(PopulationError, match="more than 200,000 rows"):
        people(f"{HEAD}\n{lines}")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("p.ods", b"PK", "save the table as .csv (UTF-8), .xlsx or .parquet"),
        ("p.xlsm", b"PK", "has macros"),
        ("p", b"x", "'no ending' cannot be read"),
        ("p.parquet", b"PAR1 not really", "is not valid Parquet"),
        ("missing.csv", None, "does not exist"),
        (".", None, "is a folder"),
    ],
)
def test_a_file_that_is_no_table_is_refused(tmp_path, name, content, message):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(PopulationError) as caught:
        build(load(BASE, [f"population.file={name}"]), tmp_path)
    assert message in caught.value.faults[0].message
