"""Which column of a table is which of the tape, and how its numbers are written."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches

from hybridsim.book.cells import decimal_marks, shown
from hybridsim.book.columns import BY_NAME, COLUMNS, Kind
from hybridsim.book.headers import HEADERS
from hybridsim.book.mapping import ColumnRule, TapeMapping
from hybridsim.book.raw import RawTable, refused
from hybridsim.core.errors import Fault
from hybridsim.scenario.schema.references import nearest


def rules_for(raw: RawTable, mapping: TapeMapping) -> tuple[dict[str, ColumnRule], list[str]]:
    """By column of the tape, how it is filled: as mapped, else from a column of the same name; and notes.

    Raises
    ------
    InputError
        If a header is not there, or a needed column is neither mapped nor there; suggests lines of a mapping.
    """
    headers = raw.table.column_names
    rules = dict(mapping.columns)
    by_name = {**{header.casefold(): header for header in headers}, **{header: header for header in headers}}
    for column in COLUMNS:
        if column.name not in rules and column.name in by_name:
            rules[column.name] = ColumnRule(column=by_name[column.name])
    faults = [
        Fault(
            "mapping",
            0,
            f"columns.{name}",
            f"{raw.name} has no column {shown(header)}{_near(header, headers)}",
        )
        for name, rule in rules.items()
        for header in rule.headers
        if header not in headers
    ]
    faults += [
        Fault(
            "mapping",
            0,
            "leave_out",
            f"{raw.name} has no column {shown(rule.column)}{_near(rule.column, headers)}",
        )
        for rule in mapping.leave_out
        if rule.column not in headers
    ]
    used = {header for rule in rules.values() for header in rule.headers}
    used |= {rule.column for rule in mapping.leave_out}
    free = [header for header in headers if header not in used]
    faults += _missing(raw.name, rules, free)
    if faults:
        raise refused(raw.name, faults)
    notes = [f"{len(free)} columns are not used: {_some(free)}"] if free else []
    return rules, notes


def _near(header: str, headers: Collection[str]) -> str:
    return nearest(header, headers) or f"; it has {_some(list(headers))}"


def _some(names: Sequence[str], most: int = 12) -> str:
    listed = ", ".join(shown(name) for name in names[:most])
    return f"{listed} and {len(names) - most} more" if len(names) > most else listed


def _missing(name: str, rules: Mapping[str, ColumnRule], free: Sequence[str]) -> list[Fault]:
    needed = [column.name for column in COLUMNS if column.needed]
    missing = [column for column in needed if column not in rules]
    if not {"pd", "rating"} & set(rules):
        missing.append("pd")
    faults = []
    for column in missing:
        line = suggestion(column, free)
        remedy = (
            f"if it is {line[0]!r}, write in the mapping under [columns]: {line[1]}" if line else _how(column)
        )
        also = " (or rating)" if column == "pd" else ""
        faults.append(
            Fault(name, 0, column, f"no column {column}{also} ({BY_NAME[column].meaning}); {remedy}")
        )
    if len(missing) == len(needed) + 1:
        faults.append(
            Fault(name, 0, "", f"its headers are {_some(free)}; if they stand lower, set [file] skip_rows")
        )
    return faults


def _how(column: str) -> str:
    if column == "obligor_id":
        return 'write in the mapping under [columns]: obligor_id = "..." (that of loan_id, if there is none)'
    return f'write in the mapping under [columns]: {column} = "its header"'


def suggestion(column: str, headers: Collection[str]) -> tuple[str, str] | None:
    """The header that probably is a column of the tape, and the line of a mapping that says so."""
    names = [column, column.replace("_", " "), *HEADERS[column]]
    folded = {header.casefold(): header for header in headers}
    for name in names:
        near = get_close_matches(name.casefold(), folded, n=1, cutoff=0.8)
        if not near:
            near = [h for h in folded if len(name) > 4 and name.casefold() in h][:1]
        if near:
            header = folded[near[0]].replace("\\", "\\\\").replace('"', '\\"')
            unit = ', unit = "percent"' if "%" in header or "prozent" in header.casefold() else ""
            unit = ', unit = "thousand"' if "teur" in header.casefold() or "t€" in header.casefold() else unit
            right = f'{{ column = "{header}"{unit} }}' if unit else f'"{header}"'
            return folded[near[0]], f"{column} = {right}"
    return None


def decimals(raw: RawTable, rules: Mapping[str, ColumnRule], mapping: TapeMapping) -> dict[str, str]:
    """Mark of decimals of each column of texts that is read as numbers.

    Raises
    ------
    InputError
        If a column shows both marks, or none although a number such as 1.200 may mean two things.
    """
    given = {header: rule.decimal for rule in rules.values() for header in rule.headers if rule.decimal}
    read = {
        header
        for name, rule in rules.items()
        if BY_NAME[name].kind is Kind.NUMBER and rule.source not in ("months_between", "days_between")
        for header in rule.headers
    }
    if mapping.file.decimal:
        return dict.fromkeys(read, mapping.file.decimal)
    found = {header: decimal_marks(raw.written(header)) for header in sorted(read - given.keys())}
    everywhere = set().union(*(marks for marks, _ in found.values()))
    marks: dict[str, str] = {}
    faults = []
    for header, (own, doubtful) in found.items():
        seen = own or everywhere
        if len(own) == 2 or (
            doubtful and not own and len(everywhere) != 1 and _doubt(raw, doubtful, everywhere)
        ):
            why = (
                "shows decimals with a point and with a comma"
                if len(own) == 2
                else f"{doubtful!r} may mean two numbers"
            )
            remedy = 'set decimal = "," or "." under [file], or for this column'
            faults.append(Fault(raw.name, 0, header, f"{why}; {remedy} in the mapping"))
        marks[header] = next(iter(seen)) if len(seen) == 1 else "."
    if faults:
        raise refused(raw.name, faults)
    return marks


def _doubt(raw: RawTable, text: str, everywhere: set[str]) -> bool:
    """Whether 1.200 may have grouped thousands, as it may not in a file with commas between columns."""
    return raw.grouped or "," in text or len(everywhere) == 2
