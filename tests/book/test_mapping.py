"""Mapping files: what they say, and all their faults at once with line and remedy."""

from __future__ import annotations

import datetime as dt
import json
import tomllib
from itertools import pairwise
from pathlib import Path

import jsonschema
import pytest

from hybridsim.book.columns import BY_NAME
from hybridsim.book.mapping import (
    KFW_GRADES,
    UNITS,
    TapeMapping,
    as_mapping,
    mapping_schema_text,
    read_mapping,
)
from hybridsim.book.settings import settings_of
from hybridsim.core.errors import InputError

TAPES = Path(__file__).parents[2] / "tapes"


@pytest.mark.parametrize("currency", ["", "euros", "usd", "TEUR", "$"])
def test_a_currency_is_a_code_of_three_capitals(currency):
    with pytest.raises(InputError, match="currency"):
        as_mapping({"currency": currency})


def test_a_mapping_file_says_columns_rules_and_settings(tmp_path):
    file = tmp_path / "m.toml"
    file.write_text(
        'title = "Book"\n[file]\ndecimal = ","\n[columns]\nloan_id = "Konto"\n'
        'pd = { column = "PD", unit = "percent" }\n'
        'maturity_months = { months_between = [2027-01-01, "Ende"] }\n'
        '[[leave_out]]\nreason = "repaid"\ncolumn = "Saldo"\nequals = [0]\n'
        '[ratings.grades]\nA = 0.001\n[model]\ncopula = "t"\n[simulation]\nprecision = 0.02\n',
        encoding="utf-8",
    )
    mapping = read_mapping(file)
    assert mapping.columns["loan_id"].headers == ("Konto",)
    assert mapping.columns["maturity_months"].months_between == (dt.date(2027, 1, 1), "Ende")
    assert mapping.ratings.pds == {"a": 0.001}
    assert mapping.settings == settings_of({"model": {"copula": "t"}, "simulation": {"precision": 0.02}})


def test_all_faults_of_a_file_are_told_with_their_lines(tmp_path):
    file = tmp_path / "m.toml"
    file.write_text(
        'titel = "x"\n[columns]\nloan = "A"\npd = { column = "x", unt = "percent" }\n'
        'lgd = { column = "x", constant = 3 }\nexposure_eur = 3\ncover_rate = { ratio = ["a"] }\n'
        '[[leave_out]]\nreason = "x"\ncolumn = "a"\n[file]\ndelimiter = ":"\n[model]\ncopula = "t2"\n',
        encoding="utf-8",
    )
    with pytest.raises(InputError) as caught:
        read_mapping(file)
    places = {(fault.line, fault.path) for fault in caught.value.faults}
    assert {line for line, _ in places} == {1, 3, 4, 5, 6, 7, 8, 12, 14}
    text = str(caught.value)
    for part in (
        "unknown key 'titel'; did you mean 'title'?",
        "the tape has no column 'loan'",
        "unknown key 'unt'; did you mean 'unit'?",
        "column and constant are given; give exactly one of",
        "none is given; give exactly one of equals",
        "':' is not allowed",
        "'t2' is not allowed; did you mean 't'?",
    ):
        assert part in text


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (
            {"maturity_months": {"column": "x", "unit": "percent"}},
            "one of years, quarters, weeks, days is allowed",
        ),
        ({"days_past_due": {"column": "x", "unit": "years"}}, "no unit is allowed"),
        ({"sector": {"column": "x", "unit": "percent"}}, "holds texts: leave unit out"),
        ({"sector": {"ratio": ["x", "y"]}}, "use column, constant or join, not ratio"),
        ({"loan_id": {"join": ["x", 7]}}, "takes headers only"),
        ({"pd": {"join": ["x", "y"]}}, "holds figures: leave join out"),
        ({"pd": {"column": "x", "first": 2}}, "holds figures: leave first out"),
        ({"pd": {"constant": "high"}}, "'high' is a text; a number is needed"),
        ({"lgd": {"column": "x", "default": "high"}}, "'high' is a text; a number is needed"),
        ({"lgd": {"ratio": ["x", dt.date(2027, 1, 1)]}}, "must be a header or a number"),
        ({"maturity_months": {"months_between": [5, "x"]}}, "must be a header or a date"),
        ({"maturity_months": {"months_between": ["x", "y", "z"]}}, "takes two entries, 3 are given"),
        ({"seniority": {"constant": "seniro"}}, "did you mean 'senior'"),
        ({"repayment": {"column": "x", "recode": {"a": "anuity"}}}, "did you mean 'annuity'"),
    ],
)
def test_a_rule_that_does_not_fit_its_column_is_refused(columns, message):
    with pytest.raises(InputError, match=message):
        as_mapping({"columns": columns})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty; the least is a .columns. table"),
        ("[columns]\nloan_id = Konto\n", "a text needs quotes"),
        ("[columns]\npd = 0,4\n", "a decimal has a point"),
        ("[columns]\nloan_id = 'a'\nloan_id = 'b'\n", "this key stands twice"),
    ],
)
def test_a_file_that_is_no_toml_is_refused_with_line_and_remedy(tmp_path, text, message):
    (tmp_path / "m.toml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        read_mapping(tmp_path / "m.toml")


def test_a_mapping_that_is_not_there_is_refused(tmp_path):
    (tmp_path / "mine.toml").touch()
    with pytest.raises(InputError, match=r"does not exist; did you mean 'mine.toml'"):
        read_mapping(tmp_path / "mine2.toml")


def test_what_is_no_table_is_no_mapping():
    with pytest.raises(InputError):
        as_mapping(7)


def test_units_and_grades_are_what_they_say():
    assert UNITS["years"] == 12.0
    assert UNITS["days"] * 365.25 == pytest.approx(12.0)
    assert UNITS["weeks"] == pytest.approx(7 * UNITS["days"])
    bounds = [0.001, 0.004, 0.012, 0.018, 0.028, 0.055, 0.1]
    inner = [(low * high) ** 0.5 for low, high in pairwise(bounds)]
    assert list(KFW_GRADES.values()) == pytest.approx([0.001, *inner], abs=5e-5)


@pytest.mark.parametrize("file", sorted(TAPES.glob("*.toml")), ids=lambda file: file.stem)
def test_a_shipped_mapping_can_be_read_and_fits_the_schema_that_it_names(file):
    assert isinstance(read_mapping(file), TapeMapping)
    text = file.read_text(encoding="utf-8")
    assert text.startswith("#:schema schema.json\n")
    schema = json.loads((TAPES / "schema.json").read_text(encoding="utf-8"))
    data = json.loads(json.dumps(tomllib.loads(text), default=str))
    jsonschema.Draft202012Validator(schema).validate(data)


def test_the_committed_schema_is_up_to_date():
    assert (TAPES / "schema.json").read_text(encoding="utf-8") == mapping_schema_text()


def test_the_schema_knows_the_columns_and_takes_a_header_for_a_rule():
    validator = jsonschema.Draft202012Validator(json.loads(mapping_schema_text()))
    assert validator.is_valid({"columns": dict.fromkeys(BY_NAME, "Their header")})
    assert not validator.is_valid({"columns": {"loan": "Their header"}})
    assert not validator.is_valid({"columns": {"pd": {"column": "x", "unt": "percent"}}})
