"""From a bank's own table to the tape: a TOML file that says which column is which, and in what unit.

Nothing in it is evaluated: a column is read, is one constant, or comes from other columns by one of a few
named operations.
"""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from hybridsim.book.columns import BY_NAME, Kind
from hybridsim.book.settings import (
    BookSettings,
    ModelSettings,
    RuleSettings,
    SimulationSettings,
    StressSettings,
    validated,
)
from hybridsim.scenario.layers import parse_toml, read_text
from hybridsim.scenario.schema.references import nearest
from hybridsim.scenario.schema.values import Part
from hybridsim.scenario.toml_lines import key_lines

Unit = Literal[
    "percent", "basis_points", "thousand", "million", "cents", "years", "quarters", "weeks", "days"
]
UNITS: dict[Unit, float] = {
    "percent": 0.01,
    "basis_points": 0.0001,
    "thousand": 1e3,
    "million": 1e6,
    "cents": 0.01,
    "years": 12.0,
    "quarters": 3.0,
    "days": 12.0 / 365.25,
    "weeks": 7.0 * 12.0 / 365.25,
}
"""What one of a unit is in the unit of the column: decimals, whole euros (or dollars, ...), months."""
_UNITS_OF = {
    "share": ("percent", "basis_points"),
    "eur": ("thousand", "million", "cents"),
    "months": ("years", "quarters", "weeks", "days"),
}
SOURCES = (
    "column",
    "constant",
    "ratio",
    "product",
    "sum",
    "difference",
    "months_between",
    "days_between",
    "join",
)
"""Ways to fill a column; each rule has exactly one of them."""
_PAIRS = ("ratio", "difference", "months_between", "days_between")

MISSING = ("", "-", "n/a", "na", "nan", "null", "none", "#n/a", "k.a.", "k. a.", "nat")
"""Texts that mean: nothing stands here (in any case)."""

KFW_GRADES = {
    "1": 0.0010,
    "2": 0.0020,
    "3": 0.0069,
    "4": 0.0147,
    "5": 0.0224,
    "6": 0.0392,
    "7": 0.0742,
}
"""KfW's classes of creditworthiness: geometric means of their bounds 0.1, 0.4, 1.2, 1.8, 2.8, 5.5 and 10 %,
of the first its upper one (derived; bounds as quoted by IHK Nordschwarzwald)."""

Operand = str | int | float | dt.date
"""A header of the table, or a number or date that is the same for all rows."""
_Operands = Annotated[tuple[Operand, ...], Field(strict=False, min_length=2, max_length=10)]


class ColumnRule(Part):
    """How one column of the tape is filled."""

    column: str = ""
    """Header of the table's column."""
    constant: str | int | float | None = None
    """The same value in all rows."""
    ratio: _Operands | None = None
    """First by second."""
    product: _Operands | None = None
    """Product of all."""
    sum: _Operands | None = None
    """Sum of all."""
    difference: _Operands | None = None
    """First less second."""
    months_between: _Operands | None = None
    """Months of the calendar from the first to the second date, with a part for the days over."""
    days_between: _Operands | None = None
    """Days from the first to the second date."""
    join: _Operands | None = None
    """Texts, with / between them."""
    first: int = Field(default=0, ge=0, le=200)
    """Only so many characters of the text, from its start; 0: all."""
    unit: Unit | None = None
    """Unit of the figures, if it is not the tape's own (decimals, whole units of the currency, months)."""
    decimal: Literal[".", ","] | None = None
    """Mark of decimals, if it is not the one of the file."""
    recode: dict[str, str | int | float] = Field(default_factory=dict)
    """What stands in the tape for a text of the table."""
    default: str | int | float | None = None
    """What stands in the tape where the table has nothing."""

    @property
    def source(self) -> str:
        """Which of :data:`SOURCES` is given."""
        return next(name for name in SOURCES if self._has(name))

    @property
    def headers(self) -> tuple[str, ...]:
        """Headers of the table that are read."""
        if self.source == "column":
            return (self.column,)
        if self.source == "constant":
            return ()
        return tuple(operand for operand in getattr(self, self.source) if isinstance(operand, str))

    def _has(self, name: str) -> bool:
        return getattr(self, name) not in (None, "")

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        given = [name for name in SOURCES if self._has(name)]
        if len(given) != 1:
            found = f"{' and '.join(given)} are given" if given else "none is given"
            raise ValueError(f"{found}; give exactly one of {', '.join(SOURCES)}")
        name = given[0]
        if name in _PAIRS and len(getattr(self, name)) != 2:
            raise ValueError(f"{name} takes two entries, {len(getattr(self, name))} are given")
        return self


class LeaveOut(Part):
    """Rows that do not belong to the book; they are counted and listed with the reason."""

    reason: str = Field(min_length=1)
    """Why."""
    column: str = Field(min_length=1)
    """Header of the table's column that is looked at."""
    equals: Annotated[tuple[str | int | float, ...], Field(strict=False)] | None = None
    """Left out are these texts or numbers."""
    not_equals: Annotated[tuple[str | int | float, ...], Field(strict=False)] | None = None
    """Left out are all but these texts or numbers (and empty cells)."""
    below: float | None = None
    """Left out are numbers below this."""
    above: float | None = None
    """Left out are numbers above this."""
    empty: Literal[True] | None = None
    """Left out are empty cells."""

    @model_validator(mode="after")
    def _one_condition(self) -> Self:
        names = ("equals", "not_equals", "below", "above", "empty")
        given = [name for name in names if getattr(self, name) is not None]
        if len(given) != 1:
            found = f"{' and '.join(given)} are given" if given else "none is given"
            raise ValueError(f"{found}; give exactly one of {', '.join(names)} (or a second [[leave_out]])")
        return self


class FileShape(Part):
    """How the file is written; what is left out is told from the file."""

    delimiter: Literal[",", ";", "\t", "|"] | None = None
    """Between the columns of a CSV file."""
    encoding: Literal["utf-8", "cp1252", "utf-16"] | None = None
    """Of a CSV file."""
    decimal: Literal[".", ","] | None = None
    """Mark of decimals."""
    date_format: str = Field(default="", max_length=40)
    """Such as "%m/%d/%Y"; else 2027-01-31 and 31.01.2027 are read."""
    sheet: str = ""
    """Sheet of a workbook; else one named tape or loans, or the first visible one."""
    skip_rows: int = Field(default=0, ge=0, le=1000)
    """Rows above the one that names the columns."""
    missing: Annotated[tuple[str, ...], Field(strict=False)] = ()
    """Further texts that mean: nothing stands here."""


class Ratings(Part):
    """Master scale: the one-year PD of each grade, where the tape gives a rating and no PD."""

    scale: Literal["kfw"] | None = None
    """KfW's classes 1 to 7."""
    grades: dict[str, Annotated[float, Field(ge=0.0, le=1.0)]] = Field(default_factory=dict)
    """PD by grade; goes before ``scale``."""

    @property
    def pds(self) -> dict[str, float]:
        """PD by grade, in lower case."""
        grades = {**(KFW_GRADES if self.scale == "kfw" else {}), **self.grades}
        return {grade.casefold(): pd for grade, pd in grades.items()}


def _as_table(value: object) -> object:
    return {"column": value} if isinstance(value, str) else value


def _known(name: str) -> str:
    if name not in BY_NAME:
        raise ValueError(f"the tape has no column {name!r}{nearest(name, BY_NAME)}")
    return name


_Name = Annotated[str, AfterValidator(_known)]


class TapeMapping(Part):
    """A mapping file."""

    title: str = ""
    """Name of the book in reports."""
    currency: str = Field(default="EUR", pattern="^[A-Z]{3}$")
    """Code of the amounts' currency, three capitals: a label, nothing is converted."""
    file: FileShape = FileShape()
    columns: dict[_Name, Annotated[ColumnRule, BeforeValidator(_as_table)]] = Field(default_factory=dict)
    """By column of the tape, the table's header or a rule; columns left out are read by their own names."""
    leave_out: Annotated[tuple[LeaveOut, ...], Field(strict=False)] = ()
    ratings: Ratings = Ratings()
    model: ModelSettings = ModelSettings()
    rules: RuleSettings = RuleSettings()
    simulation: SimulationSettings = SimulationSettings()
    stress: StressSettings = StressSettings()

    @property
    def settings(self) -> BookSettings:
        """The settings of the book."""
        return BookSettings(
            model=self.model, rules=self.rules, simulation=self.simulation, stress=self.stress
        )

    @model_validator(mode="after")
    def _rules_fit(self) -> Self:
        wrong = [fault for name, rule in self.columns.items() if (fault := _misfit(name, rule))]
        if wrong:
            raise ValueError("; ".join(wrong))
        return self


def _misfit(name: str, rule: ColumnRule) -> str:
    """What of a rule does not fit its column."""
    column, place = BY_NAME[name], f"columns.{name}"
    if column.kind is not Kind.NUMBER:
        return _no_text(place, rule) or _no_choice(place, rule, column.choices)
    if rule.source == "join" or rule.first:
        return f"{place} holds figures: leave {'join' if rule.source == 'join' else 'first'} out"
    for key in ("constant", "default"):
        if isinstance(getattr(rule, key), str):
            return f"{place}.{key} {getattr(rule, key)!r} is a text; a number is needed"
    dates = rule.source in ("months_between", "days_between")
    for operand in () if rule.source in ("column", "constant") else getattr(rule, rule.source):
        if not isinstance(operand, str) and isinstance(operand, dt.date) != dates:
            needed = "a date such as 2027-01-31" if dates else "a number"
            return f"{place}.{rule.source}: {operand} must be a header or {needed}"
    kind = "share" if column.share else name.rpartition("_")[2]
    allowed = _UNITS_OF.get(kind, ())
    if rule.unit and rule.unit not in allowed:
        some = f"one of {', '.join(allowed)}" if allowed else "no unit"
        return f"{place}.unit {rule.unit!r} does not fit: {some} is allowed"
    return ""


def _no_text(place: str, rule: ColumnRule) -> str:
    if rule.source not in ("column", "constant", "join"):
        return f"{place} holds texts: use column, constant or join, not {rule.source}"
    if given := "unit" if rule.unit else "decimal" if rule.decimal else "":
        return f"{place} holds texts: leave {given} out"
    if rule.source == "join" and len(rule.headers) < len(rule.join or ()):
        return f"{place}.join takes headers only, in quotes"
    return ""


def _no_choice(place: str, rule: ColumnRule, choices: tuple[str, ...]) -> str:
    made = [rule.constant, rule.default, *rule.recode.values()]
    wrong = [value for value in made if choices and value is not None and value not in choices]
    return f"{place}: {wrong[0]!r} is not allowed{nearest(str(wrong[0]), choices)}" if wrong else ""


def read_mapping(path: str | Path) -> TapeMapping:
    """Read a mapping file.

    Raises
    ------
    InputError
        With every fault, its line and the remedy.
    """
    file = Path(path)
    text, _ = read_text(file)
    data = parse_toml(str(file), text, 'a [columns] table with lines such as loan_id = "Kreditnummer"')
    return validated(TapeMapping, data, str(file), key_lines(text))


def as_mapping(mapping: TapeMapping | dict[str, Any] | str | Path | None) -> TapeMapping:
    """A mapping of whatever names one: a path, plain tables, or nothing for a tape with our own headers."""
    if mapping is None:
        return TapeMapping()
    if isinstance(mapping, TapeMapping):
        return mapping
    return (
        read_mapping(mapping)
        if isinstance(mapping, str | Path)
        else validated(TapeMapping, mapping, "mapping")
    )


def mapping_schema() -> dict[str, Any]:
    """JSON schema (2020-12) of a mapping file, for editors."""
    schema = TapeMapping.model_json_schema()
    rules = schema["properties"]["columns"]
    rules["additionalProperties"] = {"anyOf": [{"type": "string"}, rules["additionalProperties"]]}
    rules["propertyNames"] = {"enum": list(BY_NAME)}
    draft = "https://json-schema.org/draft/2020-12/schema"
    return {"$schema": draft, **schema, "title": "hybridsim tape mapping"}


def mapping_schema_text() -> str:
    """The schema as the text of ``tapes/schema.json``."""
    return json.dumps(mapping_schema(), indent=2, ensure_ascii=False) + "\n"
