"""Columns of raw cells as texts, numbers and dates, with the reason for each cell that is none.

Whole columns are converted at once; only what does not look plain is looked at cell by cell, each different
text once, so that a million rows take seconds.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from hybridsim.book.mapping import MISSING
from hybridsim.credit.arrays import Floats, Integers

if TYPE_CHECKING:
    import pyarrow as pa

MAX_TEXT = 200
MAX_QUOTE = 60

_SPACES = " '\u00a0\u202f\u2019"
_UNIT = re.compile(r"^(?:€|EUR|\$|USD)\s*|\s*(?:€|EUR|\$|USD)$", re.IGNORECASE)
_AMBIGUOUS = r"^[+-]?[1-9]\d{0,2}[.,]\d{3}$"


@dataclass
class Cells:
    """A column's values and what is wrong with single ones."""

    values: Any
    """Floats, dates (datetime64[D]) or texts, with NaN, NaT or None where nothing stands."""
    wrong: list[tuple[Integers, Sequence[str]]] = field(default_factory=list)
    """Positions and, for each, the reason with its remedy."""


def shown(value: object) -> str:
    """A cell as it may stand in a message."""
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= MAX_QUOTE else f"{text[:MAX_QUOTE]}..."


def texts(column: pa.ChunkedArray, missing: Collection[str] = ()) -> Cells:
    """Texts without blanks around them or twice within, in Unicode's form NFC; ids of digits stay whole.

    Wrong are texts of more than 200 or of unprintable characters, and whole numbers beyond 2^53 that were
    stored as decimals, so that their last digits are lost.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    wrong: list[tuple[Integers, Sequence[str]]] = []
    if pa.types.is_floating(column.type):
        numbers = column.to_numpy(zero_copy_only=False)
        lost = np.flatnonzero(np.abs(numbers) >= 2.0**53)
        if lost.size:
            wrong.append((lost, ["has lost its last digits as a number; store it as a text"] * lost.size))
        whole = pc.and_(pc.equal(pc.floor(column), column), pc.less(pc.abs(column), 2.0**53))
        as_whole = pc.cast(pc.cast(pc.if_else(whole, column, None), "int64"), "string")
        column = pc.coalesce(as_whole, pc.cast(column, "string"))
    elif not pa.types.is_string(column.type):
        column = pc.cast(column, "string")
    column = pc.utf8_trim_whitespace(pc.utf8_normalize(column, form="NFC"))
    column = pc.replace_substring_regex(column, pattern=r"\s+", replacement=" ")
    unprintable = pc.match_substring_regex(column, r"[\x00-\x1f\x7f]|\x{200b}|\x{202e}|\x{feff}")
    for bad, why in (
        (unprintable, "holds characters that cannot be printed; remove them"),
        (pc.greater(pc.utf8_length(column), MAX_TEXT), f"is longer than {MAX_TEXT} characters; shorten it"),
    ):
        places = _places(bad)
        if places.size:
            wrong.append((places, [why] * places.size))
    return Cells(_without_missing(column, missing), wrong)


def numbers(column: pa.ChunkedArray, decimal: str, missing: Collection[str] = ()) -> Cells:
    """Finite numbers; ``decimal`` is the mark of decimals of texts. A percent sign divides by 100."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_date(column.type):
        places = _places(pc.is_valid(column))
        return Cells(np.full(len(column), np.nan), [(places, ["is a date, not a number"] * places.size)])
    if not pa.types.is_string(column.type):
        values = np.array(pc.cast(column, "double", safe=False).to_numpy(), dtype=np.float64)
        return Cells(values, _infinite(values))
    column = _without_missing(pc.utf8_trim_whitespace(column), missing)
    form = rf"^[+-]?(\d{{1,300}}([{decimal}]\d*)?|[{decimal}]\d+)([eE][+-]?\d{{1,3}})?$"
    plain = pc.match_substring_regex(column, form)
    if pc.any(pc.invert(plain)).as_py():
        group = rf"[{'.' if decimal == ',' else ','}{_SPACES}]"
        grouped = pc.match_substring_regex(column, rf"^[+-]?\d{{1,3}}({group}\d{{3}})+([{decimal}]\d+)?$")
        column = pc.if_else(grouped, pc.replace_substring_regex(column, group, ""), column)
        plain = pc.or_(plain, grouped)
    direct = pc.if_else(plain, column, pa.scalar(None, pa.string()))
    if decimal != ".":
        direct = pc.replace_substring(direct, decimal, ".")
    direct = pc.replace_substring_regex(direct, r"^\+", "")
    values = np.array(pc.cast(direct, "double").to_numpy(zero_copy_only=False), dtype=np.float64)
    wrong = _each(column, plain, values, lambda text: _number(text, decimal))
    return Cells(values, wrong + _infinite(values))


def dates(column: pa.ChunkedArray, pattern: str, missing: Collection[str] = ()) -> Cells:
    """Days; of texts by ``pattern`` (as of strptime), without one 2027-01-31 and 31.01.2027."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_date(column.type):
        return Cells(column.to_numpy().astype("datetime64[D]"))
    values = np.full(len(column), np.datetime64("NaT"), dtype="datetime64[D]")
    if not pa.types.is_string(column.type):
        places = _places(pc.is_valid(column))
        why = "is a number, not a date; format the cells as dates"
        return Cells(values, [(places, [why] * places.size)])
    column = _without_missing(pc.utf8_trim_whitespace(column), missing)
    return Cells(values, _each(column, None, values, lambda text: _date(text, pattern)))


def decimal_marks(column: pa.ChunkedArray) -> tuple[set[str], str]:
    """Marks of decimals that a column's texts show, and the first text that may mean two numbers, if any."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_string(column.type):
        return set(), ""
    plain = pc.replace_substring_regex(column, pattern=r"[^\d.,'+-]", replacement="")
    found = {mark for mark, group in ((".", ","), (",", ".")) if _shows(plain, mark, group)}
    doubtful = pc.filter(column, pc.match_substring_regex(plain, _AMBIGUOUS))
    return found, str(doubtful[0].as_py()) if len(doubtful) else ""


def _shows(column: pa.ChunkedArray, mark: str, group: str) -> bool:
    """Whether a number of a column can only be read with this mark of decimals."""
    import pyarrow.compute as pc

    grouped = rf"\d{{1,3}}([{group}']\d{{3}})+"
    patterns = (
        rf"^[+-]?(\d+|{grouped})[{mark}](\d{{1,2}}|\d{{4,}})$",
        rf"^[+-]?(0?|\d{{4,}}|{grouped})[{mark}]\d+$",
        rf"^[+-]?\d{{1,3}}([{group}]\d{{3}}){{2,}}$",
    )
    return bool(pc.any(pc.match_substring_regex(column, "|".join(patterns))).as_py())


def _without_missing(column: pa.ChunkedArray, missing: Collection[str]) -> pa.ChunkedArray:
    import pyarrow as pa
    import pyarrow.compute as pc

    none = pa.array([*MISSING, *(text.strip().lower() for text in missing)])
    return pc.if_else(pc.is_in(pc.utf8_lower(column), none), pa.scalar(None, pa.string()), column)


def _places(flags: pa.ChunkedArray) -> Integers:
    import pyarrow.compute as pc

    return np.flatnonzero(pc.fill_null(flags, False).to_numpy(zero_copy_only=False)).astype(np.int64)


def _infinite(values: Floats) -> list[tuple[Integers, Sequence[str]]]:
    places = np.flatnonzero(np.isinf(values)).astype(np.int64)
    values[places] = np.nan
    return [(places, ["is not a finite number"] * places.size)] if places.size else []


def _each(
    column: pa.ChunkedArray,
    done: pa.ChunkedArray | None,
    values: Any,  # noqa: ANN401  (floats or dates)
    read: Callable[[str], Any],
) -> list[tuple[Integers, Sequence[str]]]:
    """Read the texts that are not ``done`` into ``values``, each different one once."""
    import pyarrow.compute as pc

    left = pc.is_valid(column) if done is None else pc.and_(pc.is_valid(column), pc.invert(done))
    places = _places(left)
    if not places.size:
        return []
    coded = pc.filter(column, pc.fill_null(left, False)).combine_chunks().dictionary_encode()
    outcome = [_tried(read, text) for text in coded.dictionary.to_pylist()]
    codes = coded.indices.to_numpy()
    failed = np.array([isinstance(result, str) for result in outcome])[codes]
    blank = np.nan if values.dtype.kind == "f" else np.datetime64("NaT")
    known = [blank if isinstance(result, str) else result for result in outcome]
    values[places] = np.array(known, dtype=values.dtype)[codes]
    bad = np.flatnonzero(failed)
    return [(places[bad], [str(outcome[code]) for code in codes[bad]])] if bad.size else []


def _tried(read: Callable[[str], Any], text: str) -> Any:  # noqa: ANN401  (a value, or why there is none)
    try:
        return read(text)
    except ValueError as error:
        return str(error)


def _number(text: str, decimal: str) -> float:
    plain = _UNIT.sub("", text.replace("\u2212", "-")).strip()
    percent = plain.endswith("%")
    plain = plain.removesuffix("%").strip()
    group = "." if decimal == "," else ","
    if re.fullmatch(rf"[+-]?\d{{1,3}}(?:[{group}{_SPACES}]\d{{3}})+(?:[{decimal}]\d+)?", plain):
        plain = re.sub(rf"[{group}{_SPACES}]", "", plain)
    if not re.fullmatch(rf"[+-]?(?:\d+(?:[{decimal}]\d*)?|[{decimal}]\d+)(?:[eE][+-]?\d+)?", plain):
        raise ValueError(_no_number(plain, decimal))
    if len(plain) > 400:
        raise ValueError("has too many digits")
    value = float(plain.replace(decimal, "."))
    return value / 100.0 if percent else value


def _no_number(text: str, decimal: str) -> str:
    other = "," if decimal == "." else "."
    if text.lstrip("+-").lower() in ("inf", "infinity", "1.#inf"):
        return "is not a finite number"
    if re.fullmatch(rf"[+-]?\d+[{other}]\d+", text):
        return f"has {other!r} as its mark of decimals, where the column has {decimal!r}; write it alike"
    if text.startswith("="):
        return "is a formula, and none is computed; paste its value"
    return "is not a number"


def _date(text: str, pattern: str) -> np.datetime64:
    for form in (pattern,) if pattern else ("%Y-%m-%d", "%d.%m.%Y"):
        try:
            return np.datetime64(dt.datetime.strptime(text[:40], form).date(), "D")
        except ValueError:
            continue
    form = pattern or "2027-01-31 or 31.01.2027"
    raise ValueError(f"is not a date such as {form}; set [file] date_format in the mapping")
