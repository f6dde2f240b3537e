"""What a sheet says about its cells besides their values, read from its XML in one pass."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO
from xml.etree import ElementTree

_WORKBOOK = "xl/workbook.xml"
_MERGED_SHOWN = 50
_REFERENCE = re.compile(r"([A-Z]{1,3})([1-9]\d{0,6})")


@dataclass
class Marks:
    """Of one sheet: merged areas with their first rows, hidden rows, and cells by row and place from 0."""

    merged: list[tuple[int, str]] = field(default_factory=list)
    hidden_rows: set[int] = field(default_factory=set)
    without_value: dict[int, set[int]] = field(default_factory=dict)
    """Formulas without a stored value."""
    errors: set[tuple[int, int]] = field(default_factory=set)
    """Cells that hold an error such as #DIV/0!."""


def marks_of(content: bytes, title: str) -> Marks:
    """Marks of the sheet with this title.

    Raises
    ------
    ValueError, KeyError, ElementTree.ParseError
        If the workbook is not what it should be.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as package, package.open(_part(package, title)) as xml:
        return _marks(xml)


def _part(package: zipfile.ZipFile, title: str) -> str:
    """Name of the part that holds a sheet."""
    rows = _elements(package, _WORKBOOK, "sheet")
    names = {sheet.get("name"): _attribute(sheet, "id") for sheet in rows}
    home, file = posixpath.split(_WORKBOOK)
    links = _elements(package, f"{home}/_rels/{file}.rels", "Relationship")
    targets = {link.get("Id"): str(link.get("Target")) for link in links}
    target = targets[names[title]]
    return target[1:] if target.startswith("/") else posixpath.normpath(posixpath.join(home, target))


def _elements(package: zipfile.ZipFile, part: str, name: str) -> Iterator[ElementTree.Element]:
    root = ElementTree.fromstring(package.read(part))
    return (element for element in root.iter() if _local(element) == name)


def _marks(xml: IO[bytes]) -> Marks:
    marks = Marks()
    row, place = 0, -1
    for event, element in ElementTree.iterparse(xml, events=("start", "end")):
        name = _local(element)
        if event == "start":
            if name == "row":
                row, place = _later(int(element.get("r", row + 1)), row), -1
                if element.get("hidden") in ("1", "true"):
                    marks.hidden_rows.add(row)
            continue
        if name == "c":
            place = _later(_place(element.get("r"), place + 1), place)
            _mark_cell(marks, element, row, place)
        elif name == "mergeCell" and len(marks.merged) < _MERGED_SHOWN:
            area = str(element.get("ref"))
            found = _REFERENCE.match(area)
            marks.merged.append((int(found[2]) if found else 0, area[:20]))
        if name in ("row", "mergeCell"):
            element.clear()
    return marks


def _later(position: int, before: int) -> int:
    """A row or cell that stands twice would hide the one or the other."""
    if position <= before:
        raise ValueError(f"row or cell {position} comes after {before}")
    return position


def _mark_cell(marks: Marks, cell: ElementTree.Element, row: int, place: int) -> None:
    below = {_local(part): part for part in cell}
    value = below.get("v")
    empty = value is None or not value.text
    if "f" in below and empty and cell.get("t") != "str":
        marks.without_value.setdefault(row, set()).add(place)
    if cell.get("t") == "e":
        marks.errors.add((row, place))


def _place(reference: str | None, otherwise: int) -> int:
    """Place of a cell in its row, from 0."""
    found = _REFERENCE.fullmatch(reference or "")
    if found is None:
        return otherwise
    place = 0
    for letter in found[1]:
        place = 26 * place + ord(letter) - ord("A") + 1
    return place - 1


def _attribute(element: ElementTree.Element, name: str) -> str | None:
    """An attribute of the relationship namespace, which has two spellings."""
    return next((value for key, value in element.attrib.items() if key.endswith(f"}}{name}")), None)


def _local(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]
