"""From raw cells to the columns of the tape, as the mapping says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from hybridsim.book.cells import Cells, dates, numbers, texts
from hybridsim.book.columns import FLAGS, Column, Kind
from hybridsim.book.mapping import UNITS, ColumnRule, TapeMapping
from hybridsim.book.problems import Problems
from hybridsim.book.raw import RawTable

if TYPE_CHECKING:
    import pyarrow as pa

MONTH_DAYS = 365.25 / 12.0
_YES_NO = {
    **dict.fromkeys(("1", "true", "yes", "y", "ja", "j", "x"), 1.0),
    **dict.fromkeys(("0", "false", "no", "n", "nein"), 0.0),
}

Values = dict[str, Any]
"""By column of the tape: floats, or texts as an Arrow column with null where nothing stands."""


@dataclass
class Filler:
    """Fills one column of the tape after another from the cells of one table."""

    raw: RawTable
    mapping: TapeMapping
    problems: Problems
    ignored: npt.NDArray[np.bool_]
    """Rows that are left out by rule: what is wrong with them does not matter."""
    marks: dict[str, str] = field(default_factory=dict)
    """By header, its mark of decimals."""

    def column(self, column: Column, rule: ColumnRule) -> Any:  # noqa: ANN401  (floats or texts)
        """Values of one column; its faults are added to the problems."""
        for header in rule.headers:
            odd = self.raw.odd.get(header, {})
            places = np.array(sorted(odd), dtype=np.int64)
            self._add(column.name, header, places, [odd[place] for place in places])
        if column.kind is Kind.NUMBER:
            return self._numbers(column, rule)
        return self._choices(column, rule) if column.kind is Kind.CHOICE else self._texts(column, rule)

    def _add(self, column: str, header: str, where: Any, reasons: str | Sequence[str]) -> None:  # noqa: ANN401
        self.problems.add(column, header, where, reasons, self.ignored)

    def _taken(self, column: str, header: str, cells: Cells, several: bool = False) -> Any:  # noqa: ANN401
        """Values of cells, whose faults are added."""
        for places, reasons in cells.wrong:
            named = [f"{reason} (in {header!r})" for reason in reasons] if several else reasons
            self._add(column, header, places, named)
        return cells.values

    def _numbers(self, column: Column, rule: ColumnRule) -> npt.NDArray[np.float64]:
        source, size = rule.source, len(self.raw.rows)
        if source == "constant":
            values = np.full(size, float(rule.constant or 0.0))
        elif source == "column":
            cells = self._figures(column, rule, rule.column)
            values = self._taken(column.name, rule.column, cells)
        elif source in ("months_between", "days_between"):
            first, last = (self._days(column.name, operand) for operand in getattr(rule, source))
            values = _months(first, last) if source == "months_between" else _number_of(last - first)
        else:
            operands = [self._operand(column, rule, operand) for operand in getattr(rule, source)]
            values = self._combined(column, rule, operands)
        if rule.unit:
            values = values * UNITS[rule.unit]
        if rule.default is not None:
            values = np.where(np.isnan(values), float(rule.default), values)
        return np.asarray(values, dtype=np.float64)

    def _figures(self, column: Column, rule: ColumnRule, header: str) -> Cells:
        import pyarrow as pa

        cells = self.raw.table.column(header)
        decimal = rule.decimal or self.marks.get(header, ".")
        known: dict[str, Any] = {**(_YES_NO if column.name in FLAGS else {}), **rule.recode}
        if known and (rule.recode or pa.types.is_string(cells.type)):
            known = {text: str(value).replace(".", decimal) for text, value in known.items()}
            cells = _recoded(texts(cells).values, known)
        elif header in self.raw.exact:
            read = numbers(self.raw.written(header), decimal, self.mapping.file.missing)
            exact = self.raw.exact[header]
            return Cells(np.where(np.isnan(exact), read.values, exact), read.wrong)
        return numbers(cells, decimal, self.mapping.file.missing)

    def _operand(self, column: Column, rule: ColumnRule, operand: Any) -> Any:  # noqa: ANN401
        if not isinstance(operand, str):
            return float(operand)
        return self._taken(column.name, operand, self._figures(column, rule, operand), several=True)

    def _combined(self, column: Column, rule: ColumnRule, operands: Sequence[Any]) -> Any:  # noqa: ANN401
        if rule.source == "difference":
            return operands[0] - operands[1]
        if rule.source == "ratio":
            divisor = np.broadcast_to(np.asarray(operands[1], dtype=np.float64), (len(self.raw.rows),))
            why = "is a ratio whose divisor is 0"
            self._add(column.name, str(rule.headers[-1]) if rule.headers else "", divisor == 0.0, why)
            return operands[0] / np.where(divisor == 0.0, np.nan, divisor)
        total = operands[0]
        for operand in operands[1:]:
            total = total * operand if rule.source == "product" else total + operand
        return total

    def _days(self, column: str, operand: Any) -> Any:  # noqa: ANN401
        if not isinstance(operand, str):
            return np.full(len(self.raw.rows), np.datetime64(operand, "D"))
        shape = self.mapping.file
        cells = dates(self.raw.table.column(operand), shape.date_format, shape.missing)
        return self._taken(column, operand, cells, several=True)

    def _texts(self, column: Column, rule: ColumnRule) -> pa.ChunkedArray:
        import pyarrow as pa
        import pyarrow.compute as pc

        if rule.source == "constant":
            return pa.chunked_array([pa.repeat(str(rule.constant), len(self.raw.rows))])
        missing = self.mapping.file.missing
        parts = [
            self._taken(column.name, part, texts(self.raw.table.column(part), missing))
            for part in rule.headers
        ]
        joined = pc.binary_join_element_wise(*parts, "/") if len(parts) > 1 else parts[0]
        if rule.first:
            joined = pc.utf8_slice_codeunits(joined, 0, rule.first)
        if rule.recode:
            joined = _recoded(joined, rule.recode)
        return joined if rule.default is None else pc.fill_null(joined, str(rule.default))

    def _choices(self, column: Column, rule: ColumnRule) -> pa.ChunkedArray:
        import pyarrow as pa
        import pyarrow.compute as pc

        words = pc.utf8_lower(self._texts(column, rule))
        bad = pc.invert(pc.is_in(words, pa.array([*column.choices, None])))
        places = np.flatnonzero(bad.to_numpy(zero_copy_only=False)).astype(np.int64)
        if places.size:
            allowed = ", ".join(column.choices)
            remedy = f'recode = {{ "..." = "{column.choices[-1]}" }} in the mapping'
            self._add(
                column.name, rule.column, places, [f"is none of {allowed}; write {remedy}"] * places.size
            )
        return words


def _number_of(spans: npt.NDArray[np.timedelta64]) -> npt.NDArray[np.float64]:
    """Days or months as numbers; NaN where there are none."""
    return np.where(np.isnat(spans), np.nan, spans.astype(np.float64))


def _months(first: npt.NDArray[np.datetime64], last: npt.NDArray[np.datetime64]) -> npt.NDArray[np.float64]:
    """Months of the calendar between days, and what is over as a part of a month of 365.25/12 days."""
    starts = [days.astype("datetime64[M]") for days in (first, last)]
    over = [_number_of(days - start) for days, start in zip((first, last), starts, strict=True)]
    return _number_of(starts[1] - starts[0]) + (over[1] - over[0]) / MONTH_DAYS


def _recoded(column: pa.ChunkedArray, table: Mapping[str, Any]) -> pa.ChunkedArray:
    """Texts with those replaced that stand in a table, in whatever case."""
    import pyarrow as pa

    known = {" ".join(text.split()).casefold(): str(value) for text, value in table.items()}
    coded = column.combine_chunks().dictionary_encode()
    words = [known.get(str(text).casefold(), text) for text in coded.dictionary.to_pylist()]
    return pa.chunked_array([pa.array(words, pa.string()).take(coded.indices)])
