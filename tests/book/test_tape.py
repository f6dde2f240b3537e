"""Tapes that are read: files and frames of all kinds give the same loans, and no row is lost."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from hybridsim.book.columns import COLUMNS, NAMES
from hybridsim.book.listing import REJECTED, write_rows
from hybridsim.book.mapping import KFW_GRADES, read_mapping
from hybridsim.book.settings import settings_of
from hybridsim.book.tape import read_tape
from hybridsim.core.errors import InputError

ROOT = Path(__file__).parents[2]
SBA = ROOT.parent / "shared" / "data" / "sba" / "naics62_loans.csv"
HEAD = "loan_id,obligor_id,exposure_eur,pd"
GOOD = "L1,A,1000,0.02"


@pytest.fixture
def tape(tmp_path):
    def make(text, mapping=None, name="t.csv", encoding="utf-8", **options):
        file = tmp_path / name
        file.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        return read_tape(file, mapping, **options)

    return make


def test_what_is_left_out_is_filled_with_the_default_of_its_column(tape):
    frame = tape(f"{HEAD}\n{GOOD}\n").frame
    assert tuple(frame.columns) == NAMES
    row = frame.iloc[0]
    for column in COLUMNS:
        if column.name not in (*HEAD.split(","), "group_id"):
            assert row[column.name] == column.default or (
                np.isnan(row[column.name]) and np.isnan(column.default)
            )
    assert (row["group_id"], row["source_row"], row["exposure_eur"], row["pd"]) == ("A", 2, 1000.0, 0.02)


def test_a_german_export_gives_what_a_plain_file_gives(tape):
    plain = tape(
        "loan_id,obligor_id,exposure_eur,pd,rate_pa\nK1,Träger A,1234567.89,0.0125,0.03\nK2,B,5,0.3,0.1\n"
    )
    mapping = {
        "columns": {
            "loan_id": "Kreditnummer",
            "obligor_id": "Kreditnehmer",
            "exposure_eur": "Inanspruchnahme",
            "pd": {"column": "PD %", "unit": "percent"},
            "rate_pa": "Zins",
        }
    }
    text = (
        "Kreditnummer;Kreditnehmer;Inanspruchnahme;PD %;Zins\n"
        "K1;Träger A;1.234.567,89 €;1,25;3 %\nK2;B;5;30;10%\n"
    )
    for encoding in ("utf-8", "utf-8-sig", "cp1252", "utf-16"):
        german = tape(text, mapping, encoding=encoding)
        pd.testing.assert_frame_equal(german.frame, plain.frame)
        assert any("Windows-1252" in note for note in german.notes) == (encoding == "cp1252")


@pytest.mark.parametrize(
    ("delimiter", "pd_cell", "decimal", "exposure"),
    [
        (";", "0,02", None, 1200.0),
        (";", "0.02", None, 1.2),
        (",", "0.02", None, 1.2),
        (";", "1", ",", 1200.0),
    ],
)
def test_a_number_that_may_mean_two_is_told_from_the_other_columns_or_the_mapping(
    tape, delimiter, pd_cell, decimal, exposure
):
    text = f"{HEAD}\nL1,A,1.200,PD\n".replace(",", delimiter).replace("PD", pd_cell)
    mapping = (
        {"columns": {"exposure_eur": {"column": "exposure_eur", "decimal": decimal}}} if decimal else None
    )
    assert tape(text, mapping).frame["exposure_eur"].tolist() == [exposure]


def test_a_workbook_a_parquet_file_and_a_frame_give_the_same(tape, tmp_path):
    rows = [["L1", "A", 1000.5, 0.02, "=1+1"], [4711, "B", 2000, None, "5"], ["L3", "A", 7, 0.02, None]]
    head = ["loan_id", "obligor_id", "exposure_eur", "pd", "rating"]
    mapping = {"ratings": {"scale": "kfw"}}
    text = "\n".join(",".join("" if cell is None else str(cell) for cell in row) for row in [head, *rows])
    plain = tape(text, mapping).frame
    frame = pd.DataFrame(rows, columns=head)
    book = Workbook()
    for row in [head, *rows]:
        book.active.append(row)
    book.active["E2"].data_type = "s"
    book.save(tmp_path / "t.xlsx")
    frame.assign(loan_id=frame["loan_id"].astype(str)).to_parquet(tmp_path / "t.parquet")
    assert plain["pd"].tolist() == [0.02, KFW_GRADES["5"], 0.02]
    for source in (frame, tmp_path / "t.xlsx", tmp_path / "t.parquet"):
        other = read_tape(source, mapping).frame
        pd.testing.assert_frame_equal(other.drop(columns="source_row"), plain.drop(columns="source_row"))


def test_dates_products_ratios_and_joined_ids_are_derived(tape):
    text = (
        "konto,unter,kunde,saldo,quote,bis,zugesagt,ausfall\n"
        "7,1,X,50,40,2028-01-01,100,ja\n7,2,X,0.5,0,16.07.2027,1,nein\n"
    )
    mapping = {
        "columns": {
            "loan_id": {"join": ["konto", "unter"]},
            "obligor_id": "kunde",
            "exposure_eur": {"product": ["saldo", 1000]},
            "cover_rate": {"column": "quote", "unit": "percent"},
            "guarantor_id": {"constant": "BB"},
            "guarantor_pd": {"constant": 0.001},
            "maturity_months": {"months_between": [dt.date(2027, 1, 1), "bis"]},
            "pd": {"ratio": ["saldo", "zugesagt"]},
            "days_past_due": {"days_between": ["bis", dt.date(2028, 1, 11)], "default": 0},
            "defaulted": "ausfall",
        }
    }
    frame = tape(text, mapping).frame
    assert frame["loan_id"].tolist() == ["7/1", "7/2"]
    assert frame["exposure_eur"].tolist() == [50_000.0, 500.0]
    assert frame["pd"].tolist() == [0.5, 0.5]
    assert frame["cover_rate"].tolist() == [0.4, 0.0]
    assert frame["maturity_months"].tolist() == pytest.approx([12.0, 6 + 15 / 30.4375])
    assert frame["days_past_due"].tolist() == [10.0, 179.0]
    assert frame["defaulted"].tolist() == [1.0, 0.0]


def test_the_dates_of_a_workbook_are_read_as_dates(tmp_path):
    book = Workbook()
    book.active.append(["loan_id", "obligor_id", "exposure_eur", "pd", "ends"])
    book.active.append(["L1", "A", 10, 0.01, dt.datetime(2028, 1, 1)])
    book.save(tmp_path / "t.xlsx")
    mapping = {"columns": {"maturity_months": {"months_between": [dt.date(2027, 1, 1), "ends"]}}}
    assert read_tape(tmp_path / "t.xlsx", mapping).frame["maturity_months"].tolist() == [
        pytest.approx(12.0, abs=0.01)
    ]


def test_numbers_of_a_workbook_are_exact_whatever_texts_stand_among_them(tmp_path):
    book = Workbook()
    for row in (
        HEAD.split(","),
        ["L1", "A", 1.234, 0.1],
        ["L2", "B", "1.234,56", 0.1],
        ["L3", "C", "viel", 0.1],
    ):
        book.active.append(row)
    book.save(tmp_path / "t.xlsx")
    read = read_tape(tmp_path / "t.xlsx")
    assert read.frame["exposure_eur"].tolist() == [1.234, 1234.56]
    assert read.rejected["value"].tolist() == ["viel"]


def test_types_of_a_frame_that_say_the_same_are_read_the_same():
    base = pd.DataFrame(
        {"loan_id": ["1", "2"], "obligor_id": ["A", "B"], "exposure_eur": [1, 2], "pd": [0.1, 0.2]}
    )
    wanted = read_tape(base.assign(defaulted=[1, 0], sector=["a", "b"])).frame
    for flags in (
        [True, False],
        pd.array([1, 0], "Int64"),
        ["ja", "nein"],
        pd.Series([True, None], dtype=object),
    ):
        other = base.assign(loan_id=[1.0, 2.0], defaulted=flags, sector=pd.Categorical(["a", "b"]))
        pd.testing.assert_frame_equal(read_tape(other).frame, wanted)
    odd = base.assign(span=pd.to_timedelta([1, 2], "D"), range=pd.interval_range(0, 2))
    notes = read_tape(odd).notes
    assert sum("is left out: it holds" in note for note in notes) == 2


def test_a_sheet_and_rows_above_the_headers_are_named_in_the_mapping(tmp_path):
    book = Workbook()
    book.active.append(["Report of today"])
    sheet = book.create_sheet("Bestand")
    for row in (["Report"], [], HEAD.split(","), ["L1", "A", 1000, 0.02]):
        sheet.append(row)
    book.save(tmp_path / "t.xlsx")
    frame = read_tape(tmp_path / "t.xlsx", {"file": {"sheet": "Bestand", "skip_rows": 2}}).frame
    assert (frame["loan_id"].tolist(), frame["source_row"].tolist()) == (["L1"], [4])
    (tmp_path / "t.csv").write_text(f"Report\n\n{HEAD}\n{GOOD}\n", encoding="utf-8")
    frame = read_tape(tmp_path / "t.csv", {"file": {"skip_rows": 2}}).frame
    assert (frame["loan_id"].tolist(), frame["source_row"].tolist()) == (["L1"], [4])


def test_recodings_defaults_and_further_words_for_nothing(tape):
    mapping = {
        "file": {"missing": ["unbekannt"]},
        "columns": {
            "repayment": {
                "column": "tilgung",
                "recode": {"Endfällig": "bullet", "Rate": "linear"},
                "default": "annuity",
            },
            "days_past_due": {"column": "verzug", "recode": {"kein": 0, "viel": 45.5}, "default": 3},
        },
    }
    text = (
        f"{HEAD},tilgung,verzug\nL1,A,1,.1,endfällig,kein\nL2,B,1,.1,Unbekannt,viel\n"
        "L3,C,1,.1,RATE,7\nL4,D,1,.1,,\n"
    )
    frame = tape(text, mapping).frame
    assert frame["repayment"].tolist() == ["bullet", "annuity", "linear", "annuity"]
    assert frame["days_past_due"].tolist() == [0.0, 45.5, 7.0, 3.0]


def test_rows_are_left_out_only_by_declared_rules_and_are_listed(tape):
    mapping = {
        "leave_out": [
            {"reason": "repaid", "column": "state", "equals": ["Repaid"]},
            {"reason": "tiny", "column": "exposure_eur", "below": 10},
            {"reason": "no name", "column": "obligor_id", "empty": True},
        ]
    }
    text = (
        f"{HEAD},state\nL1,A,1000,0.1,open\nL2,B,5,bad,repaid\nL3,C,5,7,open\n"
        "L4,,50,0.1,open\nL5,D,50,x,open\n"
    )
    read = tape(text, mapping)
    assert read.frame["loan_id"].tolist() == ["L1"]
    assert read.left_out["loan_id"].tolist() == ["L2", "L3", "L4"]
    assert read.left_out["reason"].tolist() == ["repaid", "tiny", "no name"]
    assert read.rejected["loan_id"].tolist() == ["L5"]
    assert "1 rows left out: repaid, exposure 5.00" in read.notes
    assert read.rows == 5


def test_rejected_rows_have_row_column_value_reason_and_exposure(tape):
    read = tape(f"{HEAD}\n{GOOD}\nL2,B,500,1.5\nL3,,abc,0.1\nL4,D,7\n")
    assert tuple(read.rejected.columns) == REJECTED
    assert read.rejected["source_row"].tolist() == [3, 4, 5]
    assert read.rejected["column"].tolist() == ["pd", "exposure_eur; obligor_id", ""]
    assert read.rejected["value"].tolist() == ["1.5", "abc; ", "L4 | D | 7"]
    assert "a share is a decimal" in read.rejected["reason"][0]
    assert "exposure_eur is not a number; obligor_id is empty" in read.rejected["reason"][1]
    assert "has 3 cells, the headers are 4" in read.rejected["reason"][2]
    assert read.rejected["exposure_eur"].iloc[0] == 500.0
    assert "3 rows rejected, exposure 500.00" in read.notes


def test_written_rows_hold_no_formula_for_a_spreadsheet(tape, tmp_path):
    read = tape(f"{HEAD}\n{GOOD}\n\"=cmd|' /C calc'!A0\",B,x,0.1\n@b,C,-1,0.1\n")
    write_rows(read.rejected, tmp_path / "rejected.csv")
    text = (tmp_path / "rejected.csv").read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(text.splitlines()))
    assert [row["loan_id"][:2] for row in rows] == ["'=", "'@"]
    assert not any(cell.startswith(("=", "@", "+", "\t")) for row in rows for cell in row.values())
    assert [row["source_row"] for row in rows] == ["3", "4"]


def test_the_highest_pd_of_an_obligor_counts_and_is_told(tape):
    read = tape(f"{HEAD}\nL1,A,1,0.01\nL2,A,1,0.03\nL3,B,1,0.02\n")
    assert read.frame["pd"].tolist() == [0.03, 0.03, 0.02]
    assert "1 obligors have more than one pd, the first is 'A': the highest counts" in read.notes


@pytest.mark.parametrize(
    ("rows", "note"),
    [
        ("L1,A,10,0.02,24\nL2,B,20,0.02,60", "are the amounts in thousands"),
        ("L1,A,10000,0.7,24\nL2,B,20000,0.9,60", "are the PDs in percent"),
        ("L1,A,10000,0.0002,24\nL2,B,20000,0.0003,60", "is its unit wrong"),
        ("L1,A,10000,0.02,5\nL2,B,20000,0.02,10", 'unit = "years"'),
        ("L1,A,10000,0.02,900\nL2,B,20000,0.02,1000", 'unit = "days"'),
        ("L1,A,10000,0.02,24\nL2,A,10000,0.02,24", "are they copies"),
        ("L1,Haus A,10000,0.02,24\nL2,HAUS a,20000,0.02,60", "by capitals alone: are they the same"),
        ("L1,A,10000,0,24\nL2,B,0,1,60", "PD that is 0: these obligors never default"),
        ("L1,A,10000,0,24\nL2,B,0,1,60", "exposure of 0"),
    ],
)
def test_what_is_probably_not_meant_is_told(tape, rows, note):
    assert any(note in line for line in tape(f"{HEAD},maturity_months\n{rows}\n").notes)


def test_columns_that_are_not_used_are_told(tape):
    assert "1 columns are not used: 'colour'" in tape(f"{HEAD},colour\n{GOOD},red\n").notes


def test_names_stay_data(tape):
    names = ["=1+1", "'; drop table", "Pflege, Ärzte & Co", "{0}", "%s", "<script>alert(1)</script>"]
    lines = [f'L{n},"{name}",1,0.1' for n, name in enumerate(names)]
    assert tape("\n".join([HEAD, *lines])).frame["obligor_id"].tolist() == names


def test_blanks_and_forms_of_a_letter_make_no_other_obligor(tape):
    read = tape(f"{HEAD}\nL1, Träger  A,1,0.1\nL2,Tra\u0308ger A ,1,0.1\n")
    assert read.frame["obligor_id"].nunique() == 1


def test_the_digest_is_that_of_the_file_or_of_the_frames_content(tape):
    text = f"{HEAD}\n{GOOD}\n"
    assert tape(text).digest == hashlib.sha256(text.encode()).hexdigest()
    frame = pd.DataFrame([["L1", "A", 1.0, 0.1]], columns=HEAD.split(","))
    assert read_tape(frame).digest == read_tape(frame.copy()).digest
    assert read_tape(frame).digest != read_tape(frame.assign(pd=0.2)).digest


CELLS = st.one_of(
    st.sampled_from(
        ["", "0.02", "1000", "-5", "1,5", "nan", "inf", "1e308", "x", "A", "G", "=1", "12 %", "\x00"]
    ),
    st.text(st.characters(exclude_categories=("Cs",)), max_size=6),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.lists(CELLS, min_size=1, max_size=8), max_size=12), strict=st.booleans())
def test_every_row_is_accepted_rejected_or_left_out(tmp_path, rows, strict):
    file = tmp_path / "t.csv"
    head = [*HEAD.split(","), "cover_rate", "guarantor_id", "state"]
    with file.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([head, ["L", "A", "1000", "0.01", "", "", "open"], *rows])
    mapping = {
        "leave_out": [{"reason": "x", "column": "state", "equals": ["A", "1,5"]}],
        "file": {"decimal": "."},
    }
    blank = sum(
        1 for row in rows if not any(row) or (len(row) != len(head) and not any(c.strip() for c in row))
    )
    try:
        read = read_tape(file, mapping, strict=strict)
    except InputError as error:
        assert strict or "more than once" in str(error) or "look like percent" in str(error)
        return
    assert read.rows == len(rows) + 1 - blank
    listed = pd.concat([read.frame["source_row"], read.rejected["source_row"], read.left_out["source_row"]])
    assert listed.is_unique
    assert not strict or read.rejected.empty


def test_the_shipped_mapping_for_a_german_bank_reads_such_an_export(tape):
    text = (
        "Konto;Unterkonto;Kreditnehmer;GvK;Inanspruchnahme TEUR;PD %;Ratingnote;Sicherheiten TEUR;Rang;"
        "Fälligkeit;Tilgung;Zins %;WZ;Bundesland;Bürge;Bürgschaft %;Umsatz TEUR;Verzugstage;Ausfall\n"
        "100;1;Heim gGmbH;Träger;1.250,5;1,25;;600;vorrangig;31.12.2031;Annuität;3,45;"
        "87100;BY;BBB;80;12.000;;nein\n"
        "100;2;Heim gGmbH;Träger;0;1,25;;;;;;;;;;;;;\n"
        "200;1;Dienst e.V.;;80;;5;;nachrangig;30.06.2027;endfällig;k. A.;88101;BE;;;;95;ja\n"
    )
    read = tape(text, ROOT / "tapes" / "german-bank.toml", encoding="cp1252")
    assert read.left_out["reason"].tolist() == ["Kredit ist zurückgezahlt"]
    assert len(read.rejected) == 0
    one, other = (read.frame.iloc[row].to_dict() for row in (0, 1))
    assert (one["loan_id"], one["group_id"], one["sector"], one["land"]) == ("100/1", "Träger", "87", "BY")
    assert one["exposure_eur"] == pytest.approx(1_250_500)
    assert (one["pd"], one["rate_pa"], one["cover_rate"]) == pytest.approx((0.0125, 0.0345, 0.8))
    assert (one["collateral_eur"], one["turnover_eur"], one["maturity_months"]) == (600_000, 12e6, 60.0)
    assert (one["seniority"], one["repayment"], one["defaulted"]) == ("senior", "annuity", 0.0)
    assert (other["pd"], other["seniority"], other["repayment"]) == (KFW_GRADES["5"], "junior", "bullet")
    assert (other["days_past_due"], other["defaulted"], other["group_id"]) == (95.0, 1.0, "Dienst e.V.")
    assert np.isnan(other["rate_pa"])


@pytest.mark.skipif(not SBA.is_file(), reason="the SBA loans of ../shared/data are not here")
def test_the_sba_tape_is_read_with_its_mapping_file():
    read = read_tape(SBA, ROOT / "tapes" / "sba-7a.toml")
    source = pd.read_csv(SBA, dtype={"LoanNr_ChkDgt": str})
    kept = source[source["Term"] > 0].reset_index(drop=True)
    assert (read.rows, len(read.frame), len(read.rejected), len(read.left_out)) == (1231, 1229, 0, 2)
    assert read.frame["loan_id"].tolist() == kept["LoanNr_ChkDgt"].tolist()
    assert read.frame["exposure_eur"].sum() == kept["DisbursementGross"].sum()
    assert read.frame["cover_rate"].to_numpy() == pytest.approx(
        (kept["SBA_Appv"] / kept["GrAppv"]).to_numpy()
    )
    assert set(read.frame["sector"]) == {"621", "622", "623", "624"}
    charged = source[source["MIS_Status"] == "CHGOFF"]
    loss = charged["ChgOffPrinGr"].sum() / charged["DisbursementGross"].sum()
    assert read.frame["lgd"].iloc[0] == pytest.approx(loss, abs=0.005)


@pytest.mark.skipif(not SBA.is_file(), reason="the SBA vintages of ../shared/data are not here")
def test_the_pd_of_the_sba_mapping_is_that_of_the_vintages():
    vintages = pd.read_csv(SBA.with_name("naics62_vintages_2001_2010.csv"))
    old = vintages[vintages["age_months"] == 84]
    yearly = 1.0 - (1.0 - old["chargeoffs"].sum() / old["at_risk"].sum()) ** (1.0 / 7.0)
    mapping = read_mapping(ROOT / "tapes" / "sba-7a.toml")
    assert mapping.columns["pd"].constant == pytest.approx(yearly, abs=5e-5)
    assert mapping.settings == settings_of({})


@pytest.mark.slow
def test_two_million_rows_are_read(tmp_path):
    size = 2_000_000
    frame = pd.DataFrame({"loan_id": np.arange(size), "obligor_id": np.arange(size) // 2})
    frame["exposure_eur"], frame["pd"] = 1000.5, 0.01
    frame.to_csv(tmp_path / "t.csv", index=False)
    read = read_tape(tmp_path / "t.csv")
    assert (read.rows, len(read.frame)) == (size, size)
    assert read.frame["exposure_eur"].sum() == 1000.5 * size
