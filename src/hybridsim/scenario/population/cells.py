"""Cells of a population file: what may stand in each column, and what is wrong if it does not."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite
from typing import Any

from hybridsim.core.codes import Code, InstitutionType, Land, LegalForm
from hybridsim.scenario.population.distributions import PD_CEILING, PD_FLOOR
from hybridsim.scenario.population.table import MAX_PLACES, MAX_SITES

MAX_ID = 200

_DECIMAL_COMMA = re.compile(r"[+-]?\d{1,3}(?:\.\d{3})*,\d+|[+-]?\d+,\d+")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:[.,' \u00a0\u202f]\d{3})+")
_CURRENCY = re.compile(r"(?:€|EUR)\s*(.+)|(.+?)\s*(?:€|EUR)", re.IGNORECASE)
_MAX_QUOTE = 40


@dataclass(frozen=True)
class Column:
    """What may stand in a column."""

    read: Callable[[Any, Column], Any]
    """Turns a cell into a value; raises ValueError with what is wrong and the remedy."""
    lowest: float = 0.0
    """Smallest value."""
    highest: float = 0.0
    """Largest value."""
    share: bool = False
    """Whether a value above one is probably a percentage."""


@dataclass(frozen=True)
class Unreadable:
    """A cell that holds no value of a table; ``why`` says what it holds and the remedy."""

    why: str


def _id(cell: object, column: Column) -> str:
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)  # a table with gaps stores whole numbers as decimals
    if isinstance(cell, bool) or not isinstance(cell, str | int):
        raise ValueError(f"{_short(cell)} cannot be an id: store it as a text")
    text = str(cell)
    if not text.isprintable() or len(text) > MAX_ID:
        raise ValueError(f"{_short(text)!r} cannot be an id: use 1 to {MAX_ID} printable characters")
    return text


def _short(cell: object) -> str:
    """A cell as it may stand in a message."""
    text = str(cell)
    return text if len(text) <= _MAX_QUOTE else f"{text[:_MAX_QUOTE]}..."


def _code(kind: type[Code]) -> Callable[[Any, Column], int]:
    def read(cell: object, column: Column) -> int:
        return int(kind.parse(str(cell)))

    return read


def _number(cell: object, column: Column) -> float:
    value = _as_float(cell)
    if not isfinite(value):
        raise ValueError(f"{_short(cell)} is not a finite number")
    if column.lowest <= value <= column.highest:
        return value
    hint = ""
    if column.share and column.highest < value <= 100.0:
        hint = f"; a share is a decimal: {value / 100.0:g}, not {value:g}"
    raise ValueError(f"{_short(cell)} is outside [{column.lowest:g}, {column.highest:g}]{hint}")


def _whole(cell: object, column: Column) -> int:
    # 1.000 would otherwise be read as 1, where a German writer means a thousand.
    refuse_thousands(cell)
    value = _number(cell, column)
    if value != int(value):
        raise ValueError(f"{_short(cell)} is not a whole number")
    return int(value)


def refuse_thousands(cell: object) -> None:
    """Refuse a text such as 1.200, which may mean twelve hundred.

    Raises
    ------
    ValueError
        With the way to write it.
    """
    if isinstance(cell, str) and _THOUSANDS.fullmatch(cell.strip()):
        plain = re.sub(r"[^0-9-]", "", cell)
        raise ValueError(f"{cell.strip()!r} seems to have separators of thousands; write {plain}")


def _as_float(cell: object) -> float:
    if isinstance(cell, bool):
        raise ValueError(f"{str(cell).lower()} is not a number")
    if isinstance(cell, int | float):
        return float(cell)
    text = str(cell).strip()
    try:
        return float(text) if "_" not in text else float("x")
    except ValueError:
        pass
    if text.endswith("%"):
        raise ValueError(f"{text!r} is a percentage; a share is a decimal: 0.4, not 40 %")
    if "," not in text or text.count(",") > 1:
        refuse_thousands(text)
    if _DECIMAL_COMMA.fullmatch(text):
        plain = text.replace(".", "").replace(",", ".")
        raise ValueError(f"{text!r} has a decimal comma; write {plain}")
    if text.startswith("\u2212"):
        raise ValueError(f"{_short(text)!r} begins with a dash; write a minus: -{_short(text[1:])}")
    if money := _CURRENCY.fullmatch(text):
        raise ValueError(f"{_short(text)!r} has a currency; write {_short(money[1] or money[2])}")
    raise ValueError(f"{_short(text)!r} is not a number")


_EUROS = Column(_number, 0.0, 1e12)

COLUMNS: dict[str, Column] = {
    "id": Column(_id),
    "type": Column(_code(InstitutionType)),
    "land": Column(_code(Land)),
    "legal_form": Column(_code(LegalForm)),
    "sites": Column(_whole, 1, MAX_SITES),
    "places": Column(_whole, 1, MAX_PLACES),
    "revenue_eur_pa": Column(_number, 1.0, 1e12),
    "ebitda_margin": Column(_number, -1.0, 1.0, share=True),
    "debt_eur": _EUROS,
    "debt_service_eur_pa": _EUROS,
    "collateral_eur": _EUROS,
    "liquidity_days": Column(_number, 0.0, 3650.0),
    "credit_line_eur": _EUROS,
    "pd_pa": Column(_number, PD_FLOOR, PD_CEILING, share=True),
    "fte_total": Column(_number, 0.0, 1e7),
    "fte_care": Column(_number, 0.0, 1e7),
    "readiness": Column(_number, 0.0, 1.0, share=True),
    "digital_budget_eur_pa": _EUROS,
    "sample_fraction": Column(_number, 1e-9, 1.0, share=True),
}
"""All columns that a file may have."""

REQUIRED = ("id", "type", "land", "legal_form", "sites", "places")
"""Columns that a file must have, with a value in every row."""


def is_missing(cell: object) -> bool:
    """Whether a cell holds nothing."""
    return cell is None or (isinstance(cell, str) and not cell.strip())
