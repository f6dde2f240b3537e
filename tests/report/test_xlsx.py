"""Workbooks: read back by another program's reader, nothing live in them, the same bytes each time."""

from __future__ import annotations

import zipfile
from datetime import datetime
from xml.etree import ElementTree

import openpyxl
import pytest

from hybridsim.report import xlsx
from hybridsim.report.xlsx import GENERAL, MONEY, ONE_DECIMAL, PER_CENT, Sheet, write_xlsx

LIVE = ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", '=HYPERLINK("http://evil","x")']


def read(path):
    return openpyxl.load_workbook(path)


def write(path, *rows, styles=(GENERAL, MONEY, PER_CENT), name="one"):
    write_xlsx([Sheet(name, [("a", "b", "c"), *rows], styles, [12] * len(styles))], path)
    return read(path)[name]


def test_numbers_text_and_gaps_come_back_as_they_were(tmp_path):
    rows = [("x", 1234.5, 0.015), ("y", -7, None), ("", float("nan"), 1e-300), ("ü & <b>", 2**53, 1e15)]
    sheet = write(tmp_path / "a.xlsx", *rows)
    found = [tuple(cell.value for cell in row) for row in sheet.iter_rows(min_row=2)]
    assert found == [("x", 1234.5, 0.015), ("y", -7, None), (None, None, 1e-300), ("ü & <b>", 2**53, 1e15)]
    assert sheet["B2"].number_format == "#,##0.00"
    assert sheet["C2"].number_format == "0.00%"
    assert sheet["A1"].font.bold and not sheet["A2"].font.bold
    assert sheet.freeze_panes == "A2"


@pytest.mark.parametrize("text", LIVE)
def test_what_looks_like_a_formula_is_text_and_stays_text(tmp_path, text):
    sheet = write(tmp_path / "a.xlsx", (text, 1.0, 1.0))
    cell = sheet["A2"]
    assert cell.data_type == "s"
    assert cell.quotePrefix
    assert cell.value == text
    with zipfile.ZipFile(tmp_path / "a.xlsx") as file:
        assert "<f>" not in file.read("xl/worksheets/sheet1.xml").decode()


def test_signs_that_xml_cannot_carry_are_replaced_and_escapes_stay_text(tmp_path):
    sheet = write(
        tmp_path / "a.xlsx", ("a\x00b\x1fc\ud800", 1.0, 1.0), ("_x003D_1", 1.0, 1.0), ("a\nb", 1, 1)
    )
    assert [sheet[f"A{row}"].value for row in (2, 4)] == ["a\ufffdb\ufffdc\ufffd", "a\nb"]
    with zipfile.ZipFile(tmp_path / "a.xlsx") as file:
        text = file.read("xl/worksheets/sheet1.xml").decode()
    assert "_x005F_x003D_1" in text


def test_every_part_is_well_formed_and_declared(tmp_path):
    sheets = [Sheet(name, [("a",), (1,)], [ONE_DECIMAL], [9]) for name in ("one", "a & b")]
    write_xlsx(sheets, tmp_path / "a.xlsx")
    with zipfile.ZipFile(tmp_path / "a.xlsx") as file:
        parts = {name: ElementTree.fromstring(file.read(name)) for name in file.namelist()}
    declared = {part.get("PartName", "").lstrip("/") for part in parts["[Content_Types].xml"]}
    assert {name for name in parts if not name.endswith((".rels", "Types].xml"))} == declared - {""}
    links = {link.get("Target") for link in parts["xl/_rels/workbook.xml.rels"]}
    assert links == {"worksheets/sheet1.xml", "worksheets/sheet2.xml", "styles.xml"}
    assert read(tmp_path / "a.xlsx").sheetnames == ["one", "a & b"]


def test_the_same_content_gives_the_same_bytes_at_any_time(tmp_path, monkeypatch):
    write(tmp_path / "a.xlsx", ("x", 1.0, 1.0))
    monkeypatch.setattr("time.localtime", lambda *_: datetime(2031, 1, 1).timetuple())
    write(tmp_path / "b.xlsx", ("x", 1.0, 1.0))
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_an_interruption_leaves_what_was_there(tmp_path, monkeypatch):
    write(tmp_path / "a.xlsx", ("x", 1.0, 1.0))
    before = (tmp_path / "a.xlsx").read_bytes()

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(xlsx, "_cells", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "a.xlsx", ("y", 1.0, 1.0))
    assert (tmp_path / "a.xlsx").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["a.xlsx"]
