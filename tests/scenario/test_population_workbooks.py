"""Population workbooks: what a CSV file with the same content gives, and a corpus of bad ones."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile

import numpy as np
import pytest
from openpyxl import Workbook

from hybridsim.core.errors import PopulationError
from hybridsim.scenario import build, load
from hybridsim.scenario.population import workbook
from tests.scenario.conftest import BASE

HEAD = ["id", "type", "land", "legal_form", "sites", "places", "pd_pa", "debt_eur"]
ROWS = [
    ["A", "nursing_home", "BW", "non_profit", 2, 160, 0.02, 1_234_567.89],
    ["Träger, 100 % & Co", "hospital", "BE", "public", 1, 300, None, 0],
    [4711, "ambulatory", "NW", "for_profit", 1, 0.7e2, 0.1, None],
]


@pytest.fixture(scope="module")
def scenario():
    return load(BASE, ["population.file=p.xlsx"])


def filled(rows=ROWS, head=HEAD):
    book = Workbook()
    for row in [head, *rows]:
        book.active.append(row)
    return book


@pytest.fixture
def people(tmp_path, scenario):
    def make(book):
        if isinstance(book, bytes):
            (tmp_path / "p.xlsx").write_bytes(book)
        else:
            book.save(tmp_path / "p.xlsx")
        return build(scenario, tmp_path)

    return make


def saved(book):
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def changed(book, part, change):
    """A workbook with one part of its package rewritten."""
    content = book if isinstance(book, bytes) else saved(book)
    source, target = zipfile.ZipFile(io.BytesIO(content)), io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        for name in source.namelist():
            content = source.read(name)
            package.writestr(name, change(content) if name == part else content)
    return target.getvalue()


def with_shared_strings(book):
    """As Excel stores texts: each once, in a part of its own (openpyxl writes them into the cells)."""
    texts = []

    def refer(found):
        texts.append(found[1])
        return b't="s"><v>%d</v>' % (len(texts) - 1)

    def move(xml):
        return re.sub(rb't="inlineStr"><is><t[^>]*>([^<]*)</t></is>', refer, xml)

    kind = b"application/vnd.openxmlformats-officedocument.spreadsheetml"
    listed = b'<Override PartName="/xl/sharedStrings.xml" ContentType="%s.sharedStrings+xml"/></Types>' % kind
    moved = changed(book, "xl/worksheets/sheet1.xml", move)
    moved = changed(moved, "[Content_Types].xml", lambda xml: xml.replace(b"</Types>", listed))
    file = io.BytesIO(moved)
    items = b"".join(b"<si><t>%s</t></si>" % text for text in texts)
    name = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    with zipfile.ZipFile(file, "a") as package:
        package.writestr("xl/sharedStrings.xml", b'<sst xmlns="%s">%s</sst>' % (name, items))
    return file.getvalue()


def faults_of(people, book):
    with pytest.raises(PopulationError) as caught:
        people(book)
    return caught.value.faults


def test_a_workbook_gives_what_the_same_csv_gives(people, tmp_path):
    import csv

    with (tmp_path / "p.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([HEAD, *ROWS])
    from_csv = build(load(BASE, ["population.file=p.csv"]), tmp_path)
    from_book = people(filled())
    assert from_book.ids == from_csv.ids
    assert "4711" in from_book.ids
    assert from_book.notes == from_csv.notes
    for name in ("key", "type", "land", "legal_form", "sites", "places", "pd_pa", "debt_eur", "fte_care"):
        assert np.array_equal(getattr(from_book, name), getattr(from_csv, name)), name


def test_texts_are_read_from_where_excel_stores_them(people):
    assert people(with_shared_strings(filled())).ids == people(filled()).ids


def test_the_sheet_named_institutions_comes_before_the_first_one(people):
    book = filled()
    book.active.title = "Institutions"
    notes = book.create_sheet("read me", 0)
    notes["A1"] = "The table is on the next sheet"
    notes.merge_cells("A1:C1")
    assert len(people(book)) == 3


def test_the_first_visible_sheet_is_read_if_none_has_the_name(people):
    book = filled()
    hidden = book.create_sheet("old", 0)
    hidden.append(["something", "else"])
    hidden.sheet_state = "hidden"
    assert len(people(book)) == 3


def test_empty_rows_and_cells_around_the_table_do_not_matter(people):
    book = filled()
    book.active["A9"] = " "
    book.active["Z2"] = ""
    book.active.cell(8, 1).number_format = "0.00"
    assert len(people(book)) == 3


def test_a_percentage_of_a_spreadsheet_is_a_decimal(people):
    book = filled()
    book.active["G2"].number_format = "0 %"
    assert 0.02 in people(book).pd_pa


def test_rows_that_a_filter_hides_are_read_and_noted(people):
    book = filled()
    book.active.row_dimensions[3].hidden = True
    table = people(book)
    assert len(table) == 3
    assert table.notes[0] == "1 hidden rows were read too, the first is row 3"


@pytest.mark.parametrize("twin", ["A ", " A", " A  "])
def test_a_double_in_a_hidden_row_or_behind_a_blank_is_found(people, twin):
    book = filled([*ROWS, [twin, *ROWS[0][1:]]])
    book.active.row_dimensions[5].hidden = True
    [fault] = faults_of(people, book)
    assert (fault.line, fault.path) == (5, "id (column A)")
    assert "counts as the same as 'A' already in line 2; ids must differ; this row is hidden" in fault.message


def test_a_number_and_a_text_that_look_the_same_are_the_same_id(people):
    [fault] = faults_of(people, filled([*ROWS, ["4711", *ROWS[0][1:]]]))
    assert (fault.line, fault.path) == (5, "id (column A)")


BAD_CELLS = {
    "date": ("F3", dt.datetime(2026, 5, 1), "places (column F)", "formatted as a date or time"),
    "time": ("G3", dt.time(7, 30), "pd_pa (column G)", "formatted as a date or time"),
    "German decimal": ("G3", "0,02", "pd_pa (column G)", "has a decimal comma; write 0.02"),
    "German thousands": ("H3", "1.200.000", "debt_eur (column H)", "write 1200000"),
    "thousands": ("H3", "1.200", "debt_eur (column H)", "write 1200"),
    "percent as text": ("G3", "2 %", "pd_pa (column G)", "a share is a decimal"),
    "formula": ("H3", "=6*7", "debt_eur (column H)", "a formula without a stored value"),
    "formula beyond the row": ("H4", "=A1", "debt_eur (column H)", "a formula without a stored value"),
    "error": ("H3", "#DIV/0!", "debt_eur (column H)", "holds the error #DIV/0!"),
    "switch": ("E3", True, "sites (column E)", "true is not a number"),
    "no name above": ("J3", "note", "column J", "no name in the first row"),
    "huge": ("F3", 10**30, "places (column F)", "outside"),
    "empty": ("C3", None, "land (column C)", "is empty"),
    "word": ("B3", "hospitl", "type (column B)", "did you mean 'hospital'?"),
}


@pytest.mark.parametrize("case", BAD_CELLS)
def test_a_wrong_cell_is_reported_with_row_column_letter_and_remedy(people, case):
    cell, value, path, message = BAD_CELLS[case]
    book = filled()
    book.active[cell] = value
    [fault] = faults_of(people, book)
    assert (fault.line, fault.path) == (int(cell[1:]), path)
    assert message in fault.message


def test_all_faults_come_together_in_the_order_of_the_rows(people):
    book = filled()
    book.active["F4"] = dt.date(2026, 1, 1)
    book.active["B3"] = "hospitl"
    book.active["G2"] = "=1/50"
    assert [fault.line for fault in faults_of(people, book)] == [2, 3, 4]


def test_a_formula_with_a_stored_value_is_read(people):
    def store(xml):
        return xml.replace(b"<f>6*7</f><v />", b"<f>6*7</f><v>42</v>").replace(
            b"<f>6*7</f><v/>", b"<f>6*7</f><v>42</v>"
        )

    book = filled()
    book.active["H3"] = "=6*7"
    assert 42.0 in people(changed(book, "xl/worksheets/sheet1.xml", store)).debt_eur


def test_merged_cells_of_the_table_are_refused(people):
    book = filled()
    book.active.merge_cells("C2:C3")
    faults = faults_of(people, book)
    assert (faults[0].line, faults[0].path) == (2, "cells C2:C3")
    assert "are merged; split them" in faults[0].message


@pytest.mark.parametrize(
    ("head", "path", "message"),
    [
        ([*HEAD[:-1], "debt"], "debt", "unknown column"),
        ([*HEAD[:-1], "pd_pa"], "pd_pa", "stands 2 times"),
        ([None, *HEAD[1:]], "column A", "has no name in the first row"),
        (HEAD[:5], "places", "this column is missing"),
    ],
)
def test_a_wrong_first_row_is_refused(people, head, path, message):
    [fault] = [fault for fault in faults_of(people, filled(head=head)) if fault.path == path]
    assert fault.line == 1
    assert message in fault.message


def test_a_workbook_with_macros_is_refused(people):
    file = io.BytesIO(saved(filled()))
    with zipfile.ZipFile(file, "a") as package:
        package.writestr("xl/vbaProject.bin", b"x")
    [fault] = faults_of(people, file.getvalue())
    assert "holds macros" in fault.message


def test_a_zip_bomb_is_refused_before_it_is_unpacked(people):
    file = io.BytesIO(saved(filled()))
    with (
        zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as package,
        package.open("xl/bomb.xml", "w") as part,
    ):
        for _ in range(workbook.MAX_UNPACKED // 10_000_000 + 1):
            part.write(bytes(10_000_000))
    assert len(file.getvalue()) < 2_000_000
    [fault] = faults_of(people, file.getvalue())
    assert "unpacks to" in fault.message


def test_rows_far_away_and_endless_rows_end_soon(people, monkeypatch):
    monkeypatch.setattr(workbook, "MAX_SHEET_ROWS", 5_000)
    far = changed(
        filled(), "xl/worksheets/sheet1.xml", lambda xml: xml.replace(b'<row r="4"', b'<row r="999999999"')
    )
    assert "more than" in faults_of(people, far)[0].message
    book = filled()
    book.active["XFD3"] = 1
    assert "more than 200 columns" in faults_of(people, book)[0].message


def test_a_row_that_stands_twice_is_refused_not_skipped(people):
    twice = changed(
        filled(), "xl/worksheets/sheet1.xml", lambda xml: xml.replace(b'<row r="4"', b'<row r="3"')
    )
    assert "not a valid .xlsx workbook" in faults_of(people, twice)[0].message


def test_too_many_rows_are_refused(scenario, tmp_path, monkeypatch):
    monkeypatch.setattr("hybridsim.scenario.population.files.MAX_ROWS", 2)
    filled().save(tmp_path / "p.xlsx")
    with pytest.raises(PopulationError, match="more than 2 rows; take a sample"):
        build(scenario, tmp_path)


BROKEN = {
    "not a zip": b"PK not really",
    "half": saved(filled())[:2_000],
    "no workbook in it": b"PK\x05\x06" + bytes(18),
    "old or encrypted": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_or_encrypted_file_is_refused(people, case):
    [fault] = faults_of(people, BROKEN[case])
    assert "not a valid .xlsx workbook" in fault.message or "is encrypted, or an old .xls" in fault.message


@pytest.mark.parametrize(
    "part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml"]
)
@pytest.mark.parametrize(
    "damage", [lambda xml: b"", lambda xml: xml[: len(xml) // 2], lambda xml: xml.replace(b"<", b"&")]
)
def test_a_damaged_part_is_refused_in_words(people, part, damage):
    [fault] = faults_of(people, changed(with_shared_strings(filled()), part, damage))
    assert "not a valid .xlsx workbook" in fault.message
    assert len(fault.message) < 250


def test_entities_are_not_unfolded(people):
    def bomb(xml):
        laughs = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 12))
        head = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "ha">' + laughs + b"]>"
        return head + xml.split(b"?>", 1)[-1].replace(b"<sheetData>", b"<sheetData><x>&l11;</x>")

    faults = faults_of(people, changed(filled(), "xl/worksheets/sheet1.xml", bomb))
    assert "not a valid .xlsx workbook" in faults[0].message
