"""Wrong and odd scenario and population files, and what `hybridsim check` has to say about each.

One entry per file: what stands in it, the exit code, and words that the message must hold: the value that
stands there, its place, and the remedy. Exit code 0 means that the file is odd but harmless; the words are
then those of a note.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
from openpyxl import Workbook

HEAD = "id,type,land,legal_form,sites,places"
ROW = "Haus A,nursing_home,BW,non_profit,2,160"
COLUMNS = {
    "id": ["Haus A"],
    "type": ["nursing_home"],
    "land": ["BW"],
    "legal_form": ["non_profit"],
    "sites": [2],
    "places": [160],
}


@dataclass(frozen=True)
class Case:
    """Content of one file, the exit code, and words of the message."""

    content: str | bytes
    code: int
    words: tuple[str, ...]


def wrong(content: str | bytes, *words: str) -> Case:
    return Case(content, 2, words)


def odd(content: str | bytes, *words: str) -> Case:
    return Case(content, 0, words)


def german(text: str) -> str:
    """As a German spreadsheet writes it."""
    return text.replace(",", ";").replace(".", ",")


def rows(*lines: str, more: str = "") -> str:
    return "\n".join([HEAD + more, *lines]) + "\n"


# The text stands below `extends = "base.toml"`, which is line 1.
SCENARIOS = {
    # ---- files that are no TOML
    "empty": wrong(b"", "mine.toml: is empty", 'extends = "care-germany.toml"'),
    "Latin-1": wrong(
        "title = 'Pflege für Ältere'".encode("latin-1"), ":1:", "byte 17 (0xfc)", "save the file as UTF-8"
    ),
    "UTF-16": wrong('name = "x"'.encode("utf-16"), "byte 0 (0xff)", "save the file as UTF-8"),
    "NUL": wrong(
        'extends = "base.toml"\n\x00', ":2:", "Invalid statement", "a line is a [table] or key = value"
    ),
    "key twice": wrong("[run]\nseed = 1\nseed = 2", ":4:", "this key stands twice; keep one of them"),
    "table twice": wrong(
        "[run]\nseed = 1\n[run]\nreplications = 2", ":4:", "put all its keys under one heading"
    ),
    "German decimal": wrong("[operation]\npayers_take = 0,4", ":3:", "a decimal has a point: 0.4, not 0,4"),
    "text without quotes": wrong("[design]\nfinancing = stage", ":3:", "a text needs quotes"),
    "open quote": wrong('title = "x\n', ":2:", "a quote is not closed"),
    "30 February": wrong("run.start = 2027-02-30", ":2:", "the calendar has no such date"),
    "10,000 digits": wrong("run.seed = 1" + "0" * 10_000, ":2:", "thousands of digits"),
    # ---- extends
    "circle": wrong(b'extends = "mine.toml"', ":1: extends", "mine.toml -> ", "leave out one extends"),
    "base that is not there": wrong(b'extends = "bass.toml"', ":1: extends", "did you mean 'base.toml'?"),
    "path to a secret": wrong(b'extends = "../../../../../../etc/passwd"', ":1: extends", "ends in .toml"),
    "terminal codes in a path": wrong(
        b'extends = "\\u001b[2J.toml"', ":1: extends", "\\x1b[2J", "does not exist"
    ),
    # ---- numbers
    "NaN in a list": wrong(
        "[factors]\nstart = [nan, 0, 0, 0]", ":3: factors.start", "entry 1: nan is not a finite"
    ),
    "infinite patience": wrong(
        "[design]\npatience_months = inf", ":3: design.patience_months", "inf is not a finite"
    ),
    "minus infinity": wrong("[underwriting]\nfile_cost_eur = -inf", "-inf is not a finite number"),
    "huge whole number": wrong("run.horizon_months = 99999999999999999999", ":2:", "at most 480 is allowed"),
    "rate in percent": wrong(
        "[base_rate]\npath_pa = [2.3]", ":3: base_rate.path_pa", "entry 1: 2.3", "at most 0.25"
    ),
    "cover of 120 %": wrong(
        "instruments.eif_guarantee.cover.cover = 1.2", "cover.cover", "1.2 is outside [0, 1]"
    ),
    "cover in percent": wrong("instruments.eif_guarantee.cover.cover = 80", "cover.cover", "0.8, not 80"),
    "lender who pays interest": wrong(
        "instruments.first_loss_fund.service.rate_pa = -0.01",
        "service.rate_pa: value -0.01",
        "cannot be negative",
    ),
    "guarantor who pays the fee": wrong(
        "instruments.eif_guarantee.cover.fee_pa = -0.01", "cover.fee_pa: value -0.01", "cannot be negative"
    ),
    "negative budget": wrong(
        "instruments.rueckenwind.decision.budget_pa_eur = -1",
        "decision.budget_pa_eur: value -1",
        "cannot be negative",
    ),
    "date and time": wrong(
        "run.start = 2027-01-01T00:00:00Z", "2027-01-01T00:00:00+00:00 is a date", "such as 2027-01-01"
    ),
    # ---- instruments
    "no call": wrong("instruments.rueckenwind.timing.calls_per_year = 0", "calls_per_year: 0", "at least 1"),
    "thirteen calls": wrong(
        "instruments.rueckenwind.timing.calls_per_year = 13", "calls_per_year: 13", "at most 12"
    ),
    "ranked without calls": wrong(
        'instruments.foundation_grant.decision.mode = "ranked"\n'
        'instruments.foundation_grant.timing.mode = "rolling"',
        "instruments.foundation_grant",
        "decision.mode ranked needs timing.mode calls",
    ),
    "excludes itself": wrong(
        'instruments.rueckenwind.eligibility.excludes = ["rueckenwind"]',
        ":2: instruments.rueckenwind.eligibility.excludes",
        "'rueckenwind' excludes itself",
        "leave it out",
    ),
    "excludes a ghost": wrong(
        'instruments.rueckenwind.eligibility.excludes = ["sgb_8_8"]',
        "'sgb_8_8' is not an instrument",
        "'sgb11_8_8'?",
    ),
    "unknown stage": wrong(
        'instruments.rueckenwind.eligibility.stages = ["rolout"]',
        "entry 1: 'rolout'",
        "did you mean 'rollout'?",
    ),
    "name of a Land": wrong(
        'instruments.iku148.eligibility.laender = ["Bayern"]',
        "laender: entry 1: 'Bayern' is not allowed",
        "BY",
    ),
    "cost bounds the wrong way round": wrong(
        "[instruments.iku148.eligibility]\nminimum_cost_eur = 5\nmaximum_cost_eur = 4",
        "instruments.iku148.eligibility",
        "minimum_cost_eur 5 is above maximum_cost_eur 4",
    ),
    "grant that is repaid": wrong(
        'instruments.rueckenwind.service.mode = "annuity"\ninstruments.rueckenwind.service.term_months = 12',
        "instruments.rueckenwind",
        "a grant has no debt service",
        "leave out service.mode",
    ),
    "revenue share of nothing": wrong(
        "instruments.impact_revenue_share.service.savings_share = 0", "needs a savings_share above zero"
    ),
    "loan in arrears": wrong(
        'instruments.bank_loan.disbursement.mode = "arrears"', "instruments.bank_loan", "are for grants"
    ),
    "half an instrument": wrong(
        '[instruments.mine]\ntitle = "x"', ":2: instruments.mine", "A new one needs also: kind"
    ),
    "terminal codes in a title": wrong(
        '[design]\ntitle = "a\\u001b[2Jb"', ":3: design.title", "cannot be printed"
    ),
    "name as a path": wrong('name = "../../x"', ":2: name", "cannot be part of a file name", "leave out /"),
    "institution that is not there": wrong(
        'design.unsupported = ["nobody"]',
        "design.unsupported",
        "no institution 'nobody'",
        "name ids that it has",
    ),
    "file format of tomorrow": wrong("schema_version = 2", ":2: schema_version", "this program reads 1"),
    # ---- odd, but harmless
    "byte order mark": odd('extends = "base.toml"\n'.encode("utf-8-sig"), "valid"),
    "open to nobody": odd(
        'instruments.iku148.eligibility.types = ["youth"]',
        "'iku148' is open to nobody here",
        "eligibility (types",
    ),
    "budget of zero": odd(
        "instruments.rueckenwind.decision.budget_pa_eur = 0",
        "'rueckenwind' has a yearly budget of 0 and gives nothing",
    ),
    "guarantee without a loan": odd(
        'design.order = ["buergschaftsbank"]', "'buergschaftsbank' covers no loan that stands in the order"
    ),
    "guarantee of nothing": odd(
        "instruments.buergschaftsbank.cover.cover = 0", "covers nothing: its cover is 0"
    ),
    "markup in a title": odd('title = "<script>alert(1)</script>"', "valid"),
    "far future": odd("run.start = 9999-12-31", "valid"),
}


CSV = {
    "empty": wrong("", "is empty; the first line names the columns"),
    "no row": wrong(rows(), "has no row: at least one institution is needed"),
    "one row": odd(rows(ROW), "institutions  1 with 2 sites"),
    "German decimal": wrong(german(rows(ROW + ",0.02", more=",pd_pa")), ":2: pd_pa", "'0,02'", "write 0.02"),
    "German thousands": wrong(
        rows(ROW + ",1.200.000", more=",debt_eur").replace(",", ";"),
        ":2: debt_eur",
        "'1.200.000'",
        "write 1200000",
    ),
    "thousands with a narrow blank": wrong(rows(ROW[:-3] + "1\u202f600"), ":2: places", "write 1600"),
    "currency": wrong(rows(ROW + ",1200 €", more=",debt_eur"), ":2: debt_eur", "has a currency; write 1200"),
    "dash for a minus": wrong(
        rows(ROW + ",\u22120.02", more=",ebitda_margin"), ":2: ebitda_margin", "write a minus: -0.02"
    ),
    "UTF-16": wrong(rows(ROW).encode("utf-16"), "byte 0 (0xff)", "save it as CSV UTF-8"),
    "Latin-1": wrong(rows(ROW.replace("Haus", "Häuser")).encode("latin-1"), ":2:", "save it as CSV UTF-8"),
    "other delimiter": wrong(rows(ROW).replace(",", "|"), ":1:", "no known column", "with ; or tab between"),
    "page of an error": wrong(
        "<html><body>404</body></html>", ":1:", "'<html><body>404</body></html>'", "a table is needed"
    ),
    "hint of a spreadsheet": wrong(
        "sep=;\n" + german(rows(ROW)), ":1:", "no known column, but 'sep=", "a table is needed"
    ),
    "headings in capitals": wrong(
        HEAD.replace("land", "LAND") + "\n" + ROW, ":1: LAND", "did you mean 'land'?"
    ),
    "heading without a name": wrong(rows(ROW + ",", more=","), ":1: column 7", "has no name"),
    "missing column": wrong(
        "id,type,land,legal_form,sites\nA,hospital,BE,public,1", ":1: places", "is missing"
    ),
    "column twice": wrong(rows(ROW + ",1,1", more=",pd_pa,pd_pa"), ":1: pd_pa", "stands 2 times"),
    "no type": wrong(rows("A,,BE,public,1,10"), ":2: type", "is empty, but every institution needs it"),
    "wrong Land": wrong(rows("A,hospital,Bayern,public,1,10"), ":2: land", "'Bayern' is not one of bw, by"),
    "negative revenue": wrong(
        rows(ROW + ",-5", more=",revenue_eur_pa"), ":2: revenue_eur_pa", "-5 is outside [1, 1e+12]"
    ),
    "NaN": wrong(rows(ROW + ",nan", more=",pd_pa"), ":2: pd_pa", "nan is not a finite number"),
    "400 digits": wrong(rows(ROW[:-3] + "9" * 400), ":2: places", "9...", "is not a finite number"),
    "cell of 200,000 characters": wrong(
        rows("A" * 200_000 + ROW[6:]), ":2:", "is not valid CSV", "a quote left open?"
    ),
    "id of 10,000 characters": wrong(
        rows("X" * 10_000 + ROW[6:]), ":2: id", "XXX...", "1 to 200 printable characters"
    ),
    "control character in an id": wrong(
        rows("A\x07B" + ROW[6:]), ":2: id", "'A\\x07B'", "printable characters"
    ),
    "id that runs backwards": wrong(rows("A\u202eB" + ROW[6:]), ":2: id", "\\u202e", "printable characters"),
    "id twice": wrong(rows(ROW, ROW), ":3: id", "'Haus A' stands already in line 2", "ids must differ"),
    "id of an account": wrong(rows("kfw" + ROW[6:]), ":2: id", "'kfw' has an account", "choose another id"),
    "ids of two Unicode forms": wrong(
        rows("\u00c4rzte" + ROW[6:], "A\u0308rzte" + ROW[6:]),
        ":3: id",
        "counts as the same",
        "ids must differ",
    ),
    "debt that is not served": odd(
        rows(ROW + ",1000000,0", more=",debt_eur,debt_service_eur_pa"),
        "debt_eur is above zero but debt_service_eur_pa is 0 in 1 rows, first in line 2",
    ),
    "service without debt": odd(
        rows(ROW + ",0,9000", more=",debt_eur,debt_service_eur_pa"),
        "debt_service_eur_pa is above zero but debt_eur is 0",
    ),
    "formula as a name": odd(rows('"=HYPERLINK(""http://x"")"' + ROW[6:]), "institutions  1 with"),
    "markup as a name": odd(rows("<script>alert(1)</script>" + ROW[6:]), "institutions  1 with"),
}


def parquet(**columns: object) -> bytes:
    """A Parquet file of one good row with other columns laid over it."""
    file = io.BytesIO()
    pq.write_table(pa.table({**COLUMNS, **columns}), file)
    return file.getvalue()


def _parquet_with_a_column_twice() -> bytes:
    file = io.BytesIO()
    names = [*COLUMNS, "id"]
    pq.write_table(pa.table([pa.array(COLUMNS[name]) for name in names], names=names), file)
    return file.getvalue()


PARQUET = {
    "cut off": wrong(parquet()[:300], "is not valid Parquet", "write it again"),
    "only its marks": wrong(b"PAR1" + bytes(50) + b"PAR1", "is not valid Parquet", "write it again"),
    "texts for numbers": wrong(parquet(sites=["two"]), ":1: sites", "'two' is not a number"),
    "switches for numbers": wrong(parquet(sites=[True]), ":1: sites", "true is not a number"),
    "dates for numbers": wrong(parquet(places=pa.array([0], pa.date32())), ":1: places", "is not a number"),
    "lists for numbers": wrong(parquet(places=[[1, 2]]), ":1: places", "'[1, 2]' is not a number"),
    "bytes for ids": wrong(parquet(id=[b"\xff\xfe"]), ":1: id", "cannot be an id", "store it as a text"),
    "records for ids": wrong(parquet(id=[{"a": 1}]), ":1: id", "cannot be an id", "store it as a text"),
    "gap": wrong(
        parquet(type=pa.array([None], pa.string())), ":1: type", "is empty, but every institution needs it"
    ),
    "infinite": wrong(parquet(pd_pa=[float("inf")]), ":1: pd_pa", "inf is not a finite number"),
    "column twice": wrong(_parquet_with_a_column_twice(), "id: stands 2 times"),
    "no row": wrong(parquet(**{name: pa.array([], pa.string()) for name in COLUMNS}), "has no row"),
    "whole numbers as decimals": odd(
        parquet(id=[4711.0], places=[Decimal("160.0")]), "institutions  1 with 2"
    ),
}


def workbook(*lines: list[object], name: str = "institutions") -> Workbook:
    """A workbook with a head and one good row, or the given lines."""
    book = Workbook()
    book.active.title = name
    for line in lines or ([*COLUMNS], [cells[0] for cells in COLUMNS.values()]):
        book.active.append(line)
    return book


def saved(book: Workbook) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _with_macros() -> bytes:
    file = io.BytesIO(saved(workbook()))
    with zipfile.ZipFile(file, "a") as package:
        package.writestr("xl/vbaProject.bin", b"x")
    return file.getvalue()


def _row(**cells: object) -> bytes:
    return saved(
        workbook([*COLUMNS], [{**COLUMNS, **{k: [v] for k, v in cells.items()}}[name][0] for name in COLUMNS])
    )


XLSX = {
    "no zip": wrong(b"PK not really", "not a valid .xlsx workbook"),
    "half a zip": wrong(saved(workbook())[:2_000], "not a valid .xlsx workbook"),
    "encrypted or old": wrong(
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "is encrypted, or an old .xls"
    ),
    "macros": wrong(_with_macros(), "holds macros"),
    "empty sheet": wrong(saved(Workbook()), "the first line is empty", "a table is needed"),
    "formula that nobody computed": wrong(
        _row(places="=80*2"), ":2: places (column F)", "a formula without a stored value"
    ),
    "formula as a name": wrong(
        _row(id='=HYPERLINK("http://x")'), ":2: id (column A)", "a formula without a stored value"
    ),
    "German decimal": wrong(
        _row(places="160,5"), ":2: places (column F)", "has a decimal comma; write 160.5"
    ),
    "missing column": wrong(
        saved(workbook(["id", "type"], ["A", "hospital"])), ":1: places", "this column is missing"
    ),
}
