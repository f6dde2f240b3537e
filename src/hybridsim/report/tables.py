"""Tables as HTML: plain ones, ones with bars in them, and ones that can be searched and sorted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hybridsim.report.markup import Markup, escape, fill, join

_TABLE = """<div class="scroll" role="region" aria-label="{caption}" tabindex="0"><table{attributes}>
<caption>{caption}</caption>
<thead><tr>{head}</tr></thead>
<tbody>
{body}
</tbody></table></div>"""


@dataclass(frozen=True, slots=True)
class Bar:
    """A row of a bar table: ``start`` and ``length`` are shares of the width, 0 to 1."""

    label: str
    cells: Sequence[str]
    start: float
    length: float
    kind: str = "plain"


def plain_table(caption: str, headers: Sequence[str], rows: Sequence[Sequence[str]]) -> Markup:
    """A table whose first column names the row; the other cells are figures."""
    body = join(fill("<tr>{cells}</tr>", cells=_row(row)) for row in rows)
    return _table(caption, headers, body)


def bar_table(caption: str, headers: Sequence[str], rows: Sequence[Bar]) -> Markup:
    """A table whose last column draws the figure as a bar (decoration: the figures stand beside it)."""
    body = join(
        fill("<tr>{cells}<td class='bar' aria-hidden='true'>{bar}</td></tr>", cells=cells, bar=bar)
        for cells, bar in ((_row((row.label, *row.cells)), _bar(row)) for row in rows)
    )
    return _table(
        caption, headers, body, extra=Markup("<td class='bar' aria-hidden='true'></td>"), kind="bars"
    )


def search_table(
    name: str, caption: str, headers: Sequence[str], rows: Sequence[Sequence[str]], hint: str
) -> Markup:
    """A long table with a search field; its columns can be sorted. Without scripts it is a plain table."""
    body = join(fill("<tr>{cells}</tr>", cells=_row(row)) for row in rows)
    table = _table(caption, headers, body, kind="long", name=name)
    search = fill(
        '<p class="search"><label for="search-{name}">Search</label> '
        '<input type="search" id="search-{name}" data-table="{name}" placeholder="{hint}" '
        'autocomplete="off"> '
        '<span id="count-{name}" role="status">{count} rows</span></p>',
        name=name,
        hint=hint,
        count=f"{len(rows):,}",
    )
    return join([search, table])


def spread(values: Sequence[float]) -> list[tuple[float, float]]:
    """Start and length of the bar of each figure on one common scale that holds zero."""
    low, high = min(0.0, *values, 0.0), max(0.0, *values, 0.0)
    width = (high - low) or 1.0
    return [((min(x, 0.0) - low) / width, abs(x) / width) for x in values]


def _table(
    caption: str,
    headers: Sequence[str],
    body: Markup,
    extra: Markup | None = None,
    kind: str = "",
    name: str = "",
) -> Markup:
    head = join((fill('<th scope="col">{text}</th>', text=text) for text in headers), "") + (
        extra or Markup()
    )
    attributes = "".join(f' {key}="{escape(text)}"' for key, text in (("class", kind), ("id", name)) if text)
    return fill(_TABLE, caption=caption, attributes=Markup(attributes), head=Markup(head), body=body)


def _row(cells: Sequence[str]) -> Markup:
    first, *others = cells
    return join(
        [fill('<th scope="row">{text}</th>', text=first), *(fill("<td>{text}</td>", text=x) for x in others)],
        "",
    )


def _bar(row: Bar) -> Markup:
    if not row.length:
        return Markup()
    return fill(
        '<span class="{kind}" style="left:{start:.2f}%;width:{length:.2f}%"></span>',
        kind=row.kind,
        start=row.start * 100.0,
        length=row.length * 100.0,
    )
