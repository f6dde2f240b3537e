"""Where the keys of a TOML file stand: the line of each key path, found without parsing the values."""

from __future__ import annotations

import re

KeyPath = tuple[str, ...]
"""Keys from the top of a file down to one value."""

MAX_KEY_PARTS = 16

_KEY_PART = re.compile(r'\s*(?:"((?:[^"\\\n]|\\.)*)"|\'([^\'\n]*)\'|([A-Za-z0-9_-]+))\s*')


def key_lines(text: str) -> dict[KeyPath, int]:
    """Line (from 1) of every table header and key of a TOML text; inner keys of inline tables are left out.

    Raises
    ------
    ValueError
        If a key has more than ``MAX_KEY_PARTS`` parts: parsing a long one takes minutes.
    """
    lines: dict[KeyPath, int] = {}
    header: KeyPath = ()
    open_quote, depth = "", 0
    for number, line in enumerate(text.split("\n"), start=1):
        if not open_quote and depth == 0:
            stripped = line.lstrip()
            opened = len(stripped) - len(stripped.lstrip("["))
            parts, end = _dotted_key(stripped[opened:], number)
            if opened:
                header = parts
                for length in range(1, len(header) + 1):
                    lines.setdefault(header[:length], number)
                continue
            if parts and stripped[end : end + 1] == "=":
                for length in range(1, len(parts) + 1):
                    lines.setdefault((*header, *parts[:length]), number)
        open_quote, depth = _end_of_line(line, number, open_quote, depth)
    return lines


def _dotted_key(text: str, number: int) -> tuple[KeyPath, int]:
    parts: list[str] = []
    place = 0
    while found := _KEY_PART.match(text, place):
        parts.append(next(group for group in found.groups() if group is not None))
        _refuse_long_keys(len(parts), number)
        place = found.end()
        if text[place : place + 1] != ".":
            break
        place += 1
    return tuple(parts), place


def _refuse_long_keys(parts: int, number: int) -> None:
    if parts > MAX_KEY_PARTS:
        raise ValueError(f"line {number}: a key has more than {MAX_KEY_PARTS} parts")


def _end_of_line(line: str, number: int, open_quote: str, depth: int) -> tuple[str, int]:
    """Open multi-line quote and depth of brackets at the end of a line."""
    place, dots = 0, 0
    while place < len(line):
        char = line[place]
        if open_quote:
            if char == "\\" and open_quote[0] == '"':
                place += 2
            elif line.startswith(open_quote, place):
                place += len(open_quote)
                open_quote = ""
            else:
                place += 1
            continue
        if char == "#":
            break
        if char in "\"'":
            open_quote = char * 3 if line.startswith(char * 3, place) else char
            place += len(open_quote)
            continue
        if char in "[{":
            depth += 1
        elif char in "]}":
            depth = max(0, depth - 1)
        dots = dots + 1 if char == "." else 0 if char in ",={" else dots
        _refuse_long_keys(dots, number)
        place += 1
    return (open_quote if len(open_quote) == 3 else ""), depth
