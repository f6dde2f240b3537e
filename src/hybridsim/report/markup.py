"""HTML from templates in which everything is escaped unless it is marked as HTML already."""

from __future__ import annotations

import html
from collections.abc import Iterable
from string import Formatter


class Markup(str):
    """Text that is HTML already and is not escaped again."""

    __slots__ = ()


class _Escaping(Formatter):
    def format_field(self, value: object, format_spec: str) -> str:
        text = str(super().format_field(value, format_spec))
        return text if isinstance(value, Markup) else html.escape(text)


_FORMATTER = _Escaping()


def fill(template: str, /, **values: object) -> Markup:
    """Fill the ``{names}`` of a template of this package; values are escaped unless they are `Markup`."""
    return Markup(_FORMATTER.vformat(template, (), values))


def join(parts: Iterable[Markup], between: str = "\n") -> Markup:
    """Pieces of HTML in a row."""
    return Markup(between.join(parts))


def escape(text: object) -> Markup:
    """Any value as HTML text."""
    return Markup(html.escape(str(text)))
