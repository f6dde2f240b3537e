"""Bad tapes: each is answered with the place, what stands there and the remedy."""

from __future__ import annotations

import io
import zipfile

import pandas as pd
import pytest
from openpyxl import Workbook

from hybridsim.book import raw, reading, typed
from hybridsim.book.tape import read_tape
from hybridsim.core.errors import InputError
from hybridsim.scenario.population import workbook

HEAD = "loan_id,obligor_id,exposure_eur,pd"
GOOD = "L1,A,1000,0.02"
WIDE = f"{HEAD},lgd,cover_rate,guarantor_id,guarantor_pd,maturity_months,repayment,rating,seniority,defaulted"


@pytest.fixture
def refusal(tmp_path):
    def make(content, name="t.csv", mapping=None, strict=False, encoding="utf-8"):
        file = tmp_path / name
        file.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        with pytest.raises(InputError) as caught:
            read_tape(file, mapping, strict=strict)
        return str(caught.value)

    return make


def of_rows(rows, change=None):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    if change:
        change(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


GOOD_ROWS = [HEAD.split(","), ["L1", "A", 1000, 0.02], ["L2", "B", 1000, 0.02]]

WHOLE = {
    "empty": (b"", "t.csv", None, ["is empty"]),
    "a byte order mark only": (b"\xef\xbb\xbf\r\n", "t.csv", None, ["is empty"]),
    "only headers": (f"{HEAD}\n", "t.csv", None, ["has no row below its headers"]),
    "wrong delimiter in the mapping": (
        f"{HEAD}\n{GOOD}\n",
        "t.csv",
        {"file": {"delimiter": ";"}},
        ["only one column was found", "correct [file] delimiter"],
    ),
    "an unknown delimiter": (
        "loan_id#obligor_id#pd\nL1#A#0.1\n",
        "t.csv",
        None,
        ["only one column was found, 'loan_id#obligor_id#pd'", "set [file] delimiter"],
    ),
    "German headers": (
        "Kreditnummer;Kreditnehmer;Inanspruchnahme TEUR;Ausfallwahrscheinlichkeit in %\nK;A;1;2\n",
        "t.csv",
        None,
        [
            'loan_id = "Kreditnummer"',
            'obligor_id = "Kreditnehmer"',
            'exposure_eur = { column = "Inanspruchnahme TEUR", unit = "thousand" }',
            'pd = { column = "Ausfallwahrscheinlichkeit in %", unit = "percent" }',
        ],
    ),
    "English headers": (
        "Account,Customer,Outstanding balance,Probability of default\nK,A,1,.2\n",
        "t.csv",
        None,
        ['loan_id = "Account"', 'obligor_id = "Customer"', 'exposure_eur = "Outstanding balance"'],
    ),
    "missing columns": (
        "loan_id,pd\nL1,0.1\n",
        "t.csv",
        None,
        ["no column obligor_id", "no column exposure_eur", "2 faults"],
    ),
    "neither PD nor rating": (
        "loan_id,obligor_id,exposure_eur\nL,A,1\n",
        "t.csv",
        None,
        ["no column pd (or rating)"],
    ),
    "titles above the headers": (
        f"Bestand,,,\nvom heute,,,\n{HEAD}\n{GOOD}\n",
        "t.csv",
        None,
        ["has no name", "column 2"],
    ),
    "a mapped column that is not there": (
        f"{HEAD}\n{GOOD}\n",
        "t.csv",
        {"columns": {"lgd": "LGD"}, "leave_out": [{"reason": "x", "column": "statex", "empty": True}]},
        ["columns.lgd: t.csv has no column 'LGD'", "leave_out: t.csv has no column 'statex'"],
    ),
    "double headers": (f"{HEAD},pd\n{GOOD},0.1\n", "t.csv", None, ["pd: stands 2 times among the headers"]),
    "a header without a name": (f"{HEAD},\n{GOOD},0.1\n", "t.csv", None, ["column 5: has no name"]),
    "double ids": (
        f"{HEAD}\nL1,A,1,.1\nL2,A,1,.1\n L1 ,B,1,.1\nL1,C,1,.1\n",
        "t.csv",
        None,
        ["1 ids stand more than once, in 3 rows", "'L1' stands in rows 2, 4, 5", "join"],
    ),
    "PD in percent": (
        f"{HEAD}\nL1,A,1,1.5\nL2,B,1,2.5\nL3,C,1,0.5\n",
        "t.csv",
        None,
        ["2 of 3 values are above 1; they look like percent", 'unit = "percent"'],
    ),
    "LGD in percent": (
        f"{HEAD},lgd\nL1,A,1,.1,45\nL2,B,1,.1,40\n",
        "t.csv",
        None,
        ["lgd: 2 of 2 values are above 1"],
    ),
    "decimals that may mean two things": (
        "loan_id;obligor_id;exposure_eur;pd\nL1;A;1.200;1\nL2;B;3.400;1\n",
        "t.csv",
        None,
        ["exposure_eur: '1.200' may mean two numbers", "set decimal"],
    ),
    "points and commas": (
        "loan_id;obligor_id;exposure_eur;pd\nL1;A;1,5;1\nL2;B;1.5;1\n",
        "t.csv",
        None,
        ["shows decimals with a point and with a comma"],
    ),
    "an open quote": (
        f'{HEAD}\nL1,"A,1,.1\nL2,B,1,.1\n',
        "t.csv",
        None,
        ["is not valid CSV", "quote left open"],
    ),
    "no text at all": (bytes(range(128, 256)) * 3, "t.csv", None, ["nor cp1252; save it as CSV UTF-8"]),
    "UTF-8 that is none": (
        f"{HEAD}\nL1,Träger,1,.1\n".encode("cp1252"),
        "t.csv",
        {"file": {"encoding": "utf-8"}},
        ["is not utf-8", "(0xe4)", "save it as CSV UTF-8"],
    ),
    "a workbook called CSV": (of_rows(GOOD_ROWS), "t.csv", None, ["is a workbook (.xlsx) by its content"]),
    "CSV called a workbook": (f"{HEAD}\n{GOOD}\n", "t.xlsx", None, ["is not a valid .xlsx workbook"]),
    "CSV called Parquet": (
        f"{HEAD}\n{GOOD}\n",
        "t.parquet",
        None,
        ["is not valid Parquet", "save it as .csv"],
    ),
    "an old workbook": (b"\xd0\xcf\x11\xe0" + b"x" * 600, "t.xls", None, ["old binary format", ".xlsx"]),
    "an encrypted workbook": (
        b"\xd0\xcf\x11\xe0" + b"x" * 600,
        "t.xlsx",
        None,
        ["is encrypted", "remove the password"],
    ),
    "a workbook for macros": (
        of_rows(GOOD_ROWS),
        "t.xlsm",
        None,
        ["'.xlsm'", "macros, which are never run", ".xlsx"],
    ),
    "another program's file": (b"anything", "t.ods", None, ["'.ods' is not read"]),
    "a broken workbook": (of_rows(GOOD_ROWS)[:900], "t.xlsx", None, ["is not a valid .xlsx workbook"]),
    "merged cells": (
        of_rows(GOOD_ROWS, lambda book: book.active.merge_cells("B2:B3")),
        "t.xlsx",
        None,
        ["t.xlsx:2: cells B2:B3: are merged; split them"],
    ),
    "a value beside the table": (
        of_rows([*GOOD_ROWS, ["L3", "C", 1, 0.1, "look here"]]),
        "t.xlsx",
        None,
        ["column E: holds a value"],
    ),
    "a sheet that is not there": (
        of_rows(GOOD_ROWS),
        "t.xlsx",
        {"file": {"sheet": "Kredite"}},
        ["has no sheet 'kredite'; it has 'Sheet'"],
    ),
    "every row rejected": (
        f"{HEAD}\nL1,A,x,.1\nL2,B,y,.1\n",
        "t.csv",
        None,
        ["2 of 2 rows are rejected, none is left"],
    ),
    "every row left out": (
        f"{HEAD}\n{GOOD}\n",
        "t.csv",
        {"leave_out": [{"reason": "x", "column": "pd", "above": 0}]},
        ["every row is left out by a rule"],
    ),
}


@pytest.mark.parametrize("case", WHOLE)
def test_a_tape_that_is_wrong_as_a_whole_is_refused_with_the_remedy(refusal, case):
    content, name, mapping, parts = WHOLE[case]
    answer = refusal(content, name, mapping)
    for part in parts:
        assert part in answer


ROWS = {
    "a negative exposure": ("L9,Z,-5,.1,,,,,,,,,", "exposure_eur", "-5", "is negative"),
    "no exposure": ("L9,Z,,.1,,,,,,,,,", "exposure_eur", "", "is empty, but every loan needs it"),
    "an exposure beyond belief": ("L9,Z,1e308,.1,,,,,,,,,", "exposure_eur", "1e308", "in cents?"),
    "NaN": ("L9,Z,NaN,.1,,,,,,,,,", "exposure_eur", "NaN", "is empty"),
    "infinity": ("L9,Z,-inf,.1,,,,,,,,,", "exposure_eur", "-inf", "is not a finite number"),
    "more digits than a number has": (
        f"L9,Z,{'9' * 400},.1,,,,,,,,,",
        "exposure_eur",
        "999",
        "not a finite number",
    ),
    "a word": ("L9,Z,viel,.1,,,,,,,,,", "exposure_eur", "viel", "is not a number"),
    "a date as a number": ("L9,Z,2027-01-01,.1,,,,,,,,,", "exposure_eur", "2027-01-01", "is not a number"),
    "a formula as a number": ("L9,Z,=A1*2,.1,,,,,,,,,", "exposure_eur", "=A1*2", "is a formula"),
    "a German decimal": ('L9,Z,"1234567,89",.1,,,,,,,,,', "exposure_eur", "1234567,89", "mark of decimals"),
    "a PD above one": ("L9,Z,1,1.5,,,,,,,,,", "pd", "1.5", "a share is a decimal"),
    "a negative PD": ("L9,Z,1,-0.1,,,,,,,,,", "pd", "-0.1", "is negative"),
    "no PD": ("L9,Z,1,,,,,,,,,,", "pd", "", "is empty, and so is the rating"),
    "an unknown rating": ("L9,Z,1,,,,,,,,9z,,", "rating", "9z", "is not in the master scale; known: 1, 2"),
    "a cover above one": ("L9,Z,1,.1,,1.2,G,0,,,,,", "cover_rate", "1.2", "is above 1"),
    "a cover without guarantor": ("L9,Z,1,.1,,.5,,,,,,,", "cover_rate", ".5", "has no guarantor; name it"),
    "an unknown guarantor": ("L9,Z,1,.1,,.5,G,,,,,,", "guarantor_id", "G", "has no guarantor_pd"),
    "a loan that guarantees itself": ("L9,Z,1,.1,,.5,Z,,,,,,", "guarantor_id", "Z", "is the obligor itself"),
    "maturity 0": ("L9,Z,1,.1,,,,,0,,,,", "maturity_months", "0", "is not above 0"),
    "maturity in dates": ("L9,Z,1,.1,,,,,31.12.2030,,,,", "maturity_months", "31.12.2030", "is not a number"),
    "an unknown repayment": ("L9,Z,1,.1,,,,,,tilgungsfrei,,,", "repayment", "tilgungsfrei", "recode"),
    "an unknown rank": ("L9,Z,1,.1,,,,,,,,mezzanine,", "seniority", "mezzanine", "is none of senior, junior"),
    "an odd flag": ("L9,Z,1,.1,,,,,,,,,2", "defaulted", "2", "is neither 0 nor 1"),
    "no obligor": ("L9,,1,.1,,,,,,,,,", "obligor_id", "", "is empty"),
    "a NUL byte": ("L9,Z\x00Z,1,.1,,,,,,,,,", "obligor_id", "Z\x00Z", "cannot be printed"),
    "a text without end": (
        f"L9,{'Z' * 300},1,.1,,,,,,,,,",
        "obligor_id",
        "ZZZ",
        "longer than 200 characters",
    ),
    "too few cells": ("L9,Z,1", "", "L9 | Z | 1", "has 3 cells, the headers are 13"),
    "too many cells": ("L9,Z,1,.1,,,,,,,,,,,", "", "L9 | Z", "quote texts that hold the delimiter"),
    "another delimiter": ("L9;Z;1;.1", "", "L9;Z;1;.1", "is ';' between its columns?"),
    "a total below the table": ("Summe,,2000,,,,,,,,,,", "obligor_id; pd", ";", "is empty"),
}


@pytest.mark.parametrize("case", ROWS)
def test_a_wrong_row_is_rejected_with_column_value_and_remedy(tmp_path, case):
    line, column, value, reason = ROWS[case]
    file = tmp_path / "t.csv"
    lines = [WIDE, "L1,A,1000.5,0.02,,,,,,,,,", line, "L2,B,2000.5,0.02,,,,,,,,,"]
    file.write_bytes("\n".join(lines).encode())
    mapping = {"ratings": {"scale": "kfw"}, "file": {"decimal": "."}}
    tape = read_tape(file, mapping)
    assert tape.frame["loan_id"].tolist() == ["L1", "L2"]
    rejected = tape.rejected.iloc[0]
    assert (len(tape.rejected), rejected["source_row"], rejected["column"]) == (1, 3, column)
    assert value in rejected["value"]
    assert reason in rejected["reason"]
    with pytest.raises(InputError, match=r"1 of 3 rows are rejected, --strict takes none"):
        read_tape(file, mapping, strict=True)


def test_of_many_faults_the_first_are_shown_and_all_are_counted(refusal):
    answer = refusal("\n".join([HEAD, *(f"L{number},A,x,.1" for number in range(300))]))
    assert "300 of 300 rows are rejected, none is left; the first 49 faults:" in answer
    assert len(answer.splitlines()) == 51


def test_a_guarantor_whose_only_row_is_rejected_is_unknown():
    head = [*HEAD.split(","), "cover_rate", "guarantor_id"]
    rows = [
        ["L1", "A", 1.0, 0.1, 0.5, "B"],
        ["L2", "B", 1.0, 0.1, 0.5, "C"],
        ["L3", "C", -1.0, 0.1, 0.0, None],
    ]
    rows.append(["L4", "D", 1.0, 0.1, 0.0, None])
    tape = read_tape(pd.DataFrame(rows, columns=head))
    assert tape.frame["loan_id"].tolist() == ["L4"]
    assert tape.rejected["loan_id"].tolist() == ["L1", "L2", "L3"]


def test_cells_of_a_workbook_without_a_value_are_told(tmp_path):
    def odd(book):
        book.active["C3"] = "=C2*2"
        book.active["D2"] = "#DIV/0!"
        book.active["D2"].data_type = "e"

    (tmp_path / "t.xlsx").write_bytes(of_rows([*GOOD_ROWS, ["L3", "C", 5, 0.1]], odd))
    tape = read_tape(tmp_path / "t.xlsx")
    assert tape.frame["loan_id"].tolist() == ["L3"]
    assert "#DIV/0!" in tape.rejected["reason"][0]
    assert "formula without a stored value" in tape.rejected["reason"][1]


def test_hidden_rows_are_read_and_told(tmp_path):
    def hide(book):
        book.active.row_dimensions[3].hidden = True

    (tmp_path / "t.xlsx").write_bytes(of_rows(GOOD_ROWS, hide))
    tape = read_tape(tmp_path / "t.xlsx")
    assert len(tape.frame) == 2
    assert any("1 hidden rows were read too" in note for note in tape.notes)


def test_a_workbook_with_macros_is_refused_whatever_its_name(refusal):
    content = io.BytesIO(of_rows(GOOD_ROWS))
    with zipfile.ZipFile(content, "a") as package:
        package.writestr("xl/vbaProject.bin", b"macro")
    assert "holds macros; save it as .xlsx without them" in refusal(content.getvalue(), "t.xlsx")


def test_a_workbook_that_unpacks_to_more_than_fits_is_refused(refusal, monkeypatch):
    monkeypatch.setattr(workbook, "MAX_UNPACKED", 2_000)
    assert "more than 2,000 bytes" in refusal(of_rows(GOOD_ROWS), "t.xlsx")


def test_an_account_number_that_lost_its_digits_is_rejected():
    rows = [["A", 1.0, 0.1, 1e17], ["B", 1.0, 0.1, 12.0]]
    tape = read_tape(pd.DataFrame(rows, columns=["obligor_id", "exposure_eur", "pd", "loan_id"]))
    assert tape.frame["loan_id"].tolist() == ["12"]
    assert "has lost its last digits" in tape.rejected["reason"][0]


def test_a_quoted_line_break_is_part_of_its_cell(tmp_path):
    (tmp_path / "t.csv").write_text(f'{HEAD}\n"L\n1",A,1,.1\nL2,B,1,.1\nL3,C,x,.1\n', encoding="utf-8")
    tape = read_tape(tmp_path / "t.csv")
    assert tape.frame["loan_id"].tolist() == ["L 1", "L2"]


def test_utf_16_without_a_byte_order_mark_is_read_and_told(tmp_path):
    (tmp_path / "t.csv").write_bytes(f"{HEAD}\n{GOOD}\n".encode("utf-16-le"))
    tape = read_tape(tmp_path / "t.csv")
    assert tape.frame["loan_id"].tolist() == ["L1"]
    assert "t.csv was read as UTF-16 without a byte order mark" in tape.notes


@pytest.mark.parametrize("name", ["t.csv", "t.xlsx", "t.parquet"])
def test_more_rows_than_fit_are_refused(tmp_path, monkeypatch, name):
    for module in (raw, reading, typed):
        monkeypatch.setattr(module, "MAX_ROWS", 1)
    frame = pd.DataFrame(GOOD_ROWS[1:], columns=GOOD_ROWS[0])
    write = {"t.csv": frame.to_csv, "t.xlsx": frame.to_excel, "t.parquet": frame.to_parquet}[name]
    write(tmp_path / name, index=False)
    with pytest.raises(InputError, match=r"(more than 1 rows|2 rows, more than 1)"):
        read_tape(tmp_path / name)
    with pytest.raises(InputError, match="has 2 rows, more than 1; split the tape"):
        read_tape(frame)


def test_more_bytes_than_fit_are_refused(refusal, monkeypatch):
    monkeypatch.setattr(reading, "MAX_BYTES", 10)
    assert "more than 10; split it or save it as .parquet" in refusal(f"{HEAD}\n{GOOD}\n")


def test_a_folder_and_a_path_to_nothing_are_refused(tmp_path):
    with pytest.raises(InputError, match="is a folder; name a"):
        read_tape(tmp_path)
    with pytest.raises(InputError, match="does not exist"):
        read_tape(tmp_path / "none.csv")
