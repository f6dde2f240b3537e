"""Plain workbooks (Office Open XML, ECMA-376) of text and numbers; the same content gives the same bytes.

Text is stored as text: nothing in it is ever a formula, whatever it begins with.
"""

from __future__ import annotations

import math
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from hybridsim.report.markup import escape

Cell = str | int | float | None

GENERAL, HEAD, MONEY, PER_CENT, ONE_DECIMAL = range(5)
"""Styles of a column."""
_QUOTED = 5
"""Text that a program might take for a formula when it is edited or saved as CSV."""
_LIVE = ("=", "+", "-", "@", "\t", "\r", "\n")
_LONGEST_TEXT = 32_000
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LOOKS_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_EPOCH = (1980, 1, 1, 0, 0, 0)
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_STYLES = f"""{_XML}<styleSheet xmlns="{_MAIN}">
<numFmts count="1"><numFmt numFmtId="164" formatCode="0.0"/></numFmts>
<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>
<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>
<fills count="2"><fill><patternFill patternType="none"/></fill>
<fill><patternFill patternType="gray125"/></fill></fills>
<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>
<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>
<cellXfs count="6"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>
<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>
<xf numFmtId="4" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>
<xf numFmtId="10" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>
<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>
<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" quotePrefix="1" applyNumberFormat="1"/>
</cellXfs>
<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>
"""


@dataclass(frozen=True)
class Sheet:
    """One sheet: rows of cells with a style and a width for each column; ``head`` rows stay in sight."""

    name: str
    rows: Iterable[Sequence[Cell]]
    styles: Sequence[int]
    widths: Sequence[float]
    head: int = 1


def write_xlsx(sheets: Sequence[Sheet], target: Path) -> None:
    """Write a workbook whole or not at all."""
    part = target.with_name(f"{target.name}.tmp")
    try:
        with zipfile.ZipFile(part, "w") as file:
            for name, text in _frame(sheets).items():
                file.writestr(_entry(name), text.encode())
            for place, sheet in enumerate(sheets, start=1):
                with file.open(_entry(f"xl/worksheets/sheet{place}.xml"), "w") as out:
                    _write_sheet(sheet, out)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _entry(name: str) -> zipfile.ZipInfo:
    # Without the time of writing, so that the same content gives the same bytes.
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _frame(sheets: Sequence[Sheet]) -> dict[str, str]:
    """All files but the sheets themselves."""
    places = range(1, len(sheets) + 1)
    overrides = "".join(
        f'<Override PartName="/xl/worksheets/sheet{i}.xml" ContentType="{_KIND}.worksheet+xml"/>'
        for i in places
    )
    names = "".join(
        f'<sheet name="{escape(sheet.name)}" sheetId="{i}" r:id="rId{i}"/>'
        for i, sheet in enumerate(sheets, start=1)
    )
    links = "".join(
        f'<Relationship Id="rId{i}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{i}.xml"/>'
        for i in places
    )
    return {
        "[Content_Types].xml": f'{_XML}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_KIND}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_KIND}.styles+xml"/>{overrides}</Types>',
        "_rels/.rels": _links(
            f'<Relationship Id="rId1" Target="xl/workbook.xml" Type="{_OFFICE}/officeDocument"/>'
        ),
        "xl/workbook.xml": f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">'
        f"<sheets>{names}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": _links(
            f'{links}<Relationship Id="rId{len(sheets) + 1}" Target="styles.xml" Type="{_OFFICE}/styles"/>'
        ),
        "xl/styles.xml": _STYLES,
    }


def _links(links: str) -> str:
    return f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">{links}</Relationships>'


def _write_sheet(sheet: Sheet, out: IO[bytes]) -> None:
    first = f"A{sheet.head + 1}"
    below = f'<pane ySplit="{sheet.head}" topLeftCell="{first}" activePane="bottomLeft" state="frozen"/>'
    widths = "".join(
        f'<col min="{i}" max="{i}" width="{width:.1f}" customWidth="1"/>'
        for i, width in enumerate(sheet.widths, start=1)
    )
    out.write(
        f'{_XML}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
        f"{below if sheet.head else ''}</sheetView></sheetViews><cols>{widths}</cols><sheetData>".encode()
    )
    for number, row in enumerate(sheet.rows):
        styles = [HEAD] * len(sheet.styles) if number < sheet.head else sheet.styles
        out.write(f"<row>{''.join(_cells(row, styles))}</row>".encode())
    out.write(b"</sheetData></worksheet>")


def _cells(row: Sequence[Cell], styles: Sequence[int]) -> Iterator[str]:
    for value, style in zip(row, styles, strict=False):
        if isinstance(value, str) and value:
            yield _text(value, style)
        elif value is None or value == "" or (isinstance(value, float) and not math.isfinite(value)):
            yield "<c/>"
        else:
            yield f'<c s="{style}"><v>{value!r}</v></c>'


def _text(value: str, style: int) -> str:
    text = _UNPRINTABLE.sub("\ufffd", value)[:_LONGEST_TEXT]
    text = _LOOKS_ESCAPED.sub("_x005F_", text)
    shown = _QUOTED if text.startswith(_LIVE) else style if style == HEAD else GENERAL
    return f'<c s="{shown}" t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>'
