"""Faults in plain words: what stands there, what is allowed, in which file and line."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from hybridsim.core.errors import Fault
from hybridsim.scenario.layers import Layer
from hybridsim.scenario.schema.references import nearest
from hybridsim.scenario.schema.scenario import REFERENCES
from hybridsim.scenario.shape import annotation_at, description, is_collection, is_quantity, known_keys
from hybridsim.scenario.toml_lines import KeyPath

MAX_FAULTS = 100
MAX_QUOTE = 60

_NEEDED = {
    "float": "a number is needed",
    "int": "a whole number is needed",
    "string": "a text in quotes is needed",
    "bool": "true or false (without quotes) is needed",
    "dict": "a table is needed",
    "model": "a table is needed",
    "tuple": "a list in [ ] is needed",
    "date": "a date such as 2027-01-01 (without quotes) is needed",
}

_BOUNDS = {
    "greater_than_equal": ("ge", "small", "at least"),
    "greater_than": ("gt", "small", "more than"),
    "less_than_equal": ("le", "large", "at most"),
    "less_than": ("lt", "large", "less than"),
}


def translate(error: ValidationError, data: Mapping[str, Any], layers: Sequence[Layer]) -> list[Fault]:
    """One fault per thing that is wrong, with the place where it was set."""
    details = error.errors(include_url=False)
    new = _unknown_entries(details)
    faults = [_new_entry(entry, keys, data, layers) for entry, keys in new.items()]
    for detail in details:
        path, position = _split(detail["loc"])
        if detail["type"] == REFERENCES or _follows(detail, path, details, new):
            continue
        entry = "" if position is None else f"entry {position + 1}: "
        faults.append(locate(path, entry + _message(detail, path), layers))
    return faults


def _follows(
    detail: Mapping[str, Any], path: KeyPath, details: Sequence[Any], new: Collection[KeyPath]
) -> bool:
    """Whether a fault only follows from another one that is reported."""
    if detail["type"] == "missing":
        return any(path[: len(entry)] == entry for entry in new) or _wrong_name(path[:-1])
    if detail["type"] == "too_short":
        location = detail["loc"]
        return any(other["loc"][:-1] == location for other in details)
    return False


def _wrong_name(path: KeyPath) -> bool:
    """Whether a path leads through a table whose name is not among the allowed ones."""
    for depth in range(1, len(path) + 1):
        allowed = known_keys(annotation_at(path[: depth - 1]))
        if allowed and path[depth - 1] not in allowed:
            return True
    return False


def locate(path: KeyPath, message: str, layers: Sequence[Layer]) -> Fault:
    """The fault with the file and line that set this key path, or the nearest table around it."""
    sought = _figure(path)
    for depth in range(len(sought), 0, -1):
        for layer in reversed(layers):
            if _stands_in(layer.data, sought[:depth]):
                return Fault(layer.name, _line(layer, sought[:depth]), ".".join(path), message)
    files = [layer for layer in layers if layer.digest]
    return Fault(files[-1].name if files else "", 0, ".".join(path), message)


def _figure(path: KeyPath) -> KeyPath:
    """The path of the figure that a path leads into: its value and range are set together."""
    for depth in range(len(path)):
        if is_quantity(annotation_at(path[:depth])):
            return path[:depth]
    return path


def _stands_in(data: object, path: KeyPath) -> bool:
    for key in path:
        if not isinstance(data, Mapping) or key not in data:
            return False
        data = data[key]
    return True


def _line(layer: Layer, path: KeyPath) -> int:
    for depth in range(len(path), 0, -1):
        if path[:depth] in layer.lines:
            return layer.lines[path[:depth]]
    return 0


def _split(location: tuple[int | str, ...]) -> tuple[KeyPath, int | None]:
    """Key path and, inside a list, the position of the entry."""
    keys: list[str] = []
    for part in location:
        if isinstance(part, int):
            return tuple(keys), part
        if part != "[key]":
            keys.append(part)
    return tuple(keys), None


def _unknown_entries(details: Sequence[Any]) -> dict[KeyPath, list[str]]:
    """Entries of a collection that lack so much that a name is probably misspelt, with the missing keys."""
    missing: dict[KeyPath, list[str]] = {}
    for detail in details:
        path, _ = _split(detail["loc"])
        if detail["type"] == "missing":
            missing.setdefault(path[:-1], []).append(path[-1])
    return {
        path: keys
        for path, keys in missing.items()
        if len(keys) > 2 and path and is_collection(annotation_at(path[:-1])) and not _wrong_name(path)
    }


def _new_entry(path: KeyPath, keys: list[str], data: Mapping[str, Any], layers: Sequence[Layer]) -> Fault:
    siblings: Any = data
    for key in path[:-1]:
        siblings = siblings[key]
    others = [name for name in siblings if name != path[-1]]
    message = f"{path[-1]!r} is new here{nearest(path[-1], others)} A new one needs also: {', '.join(keys)}"
    return locate(path, message.replace("; known", ". Known", 1), layers)


def _message(detail: Mapping[str, Any], path: KeyPath) -> str:
    kind, value = detail["type"], detail["input"]
    if kind == "missing":
        meaning = description(path)
        return f"is missing{': ' + meaning if meaning else ''}"
    if kind == "extra_forbidden":
        known = known_keys(annotation_at(path[:-1]))
        return f"unknown key {path[-1]!r}{nearest(path[-1], known)}"
    if kind.startswith("model") and is_quantity(annotation_at(path)):
        return f"{quote(value)} is {_kind(value)}; a number or a table with value and source is needed"
    return wording(detail)


def wording(detail: Mapping[str, Any]) -> str:
    """What one of pydantic's error details means, whatever schema it comes from."""
    kind, value, context = detail["type"], detail["input"], detail.get("ctx", {})
    if kind in ("value_error", "assertion_error"):
        return str(context.get("error", detail["msg"]))
    if kind in ("literal_error", "enum"):
        allowed = re.findall(r"'([^']*)'", str(context.get("expected", "")))
        hint = nearest(value, allowed) if isinstance(value, str) else ""
        return f"{quote(value)} is not allowed{hint}{_allowed(allowed, hint)}"
    return _limit(kind, value, context) or _type(kind, value)


def _allowed(allowed: Sequence[str], hint: str) -> str:
    if not allowed or "known:" in hint:
        return ""
    return f"{'' if hint.endswith('?') else ';'} Allowed: {', '.join(allowed)}"


def _limit(kind: str, value: object, context: Mapping[str, Any]) -> str:
    if kind in _BOUNDS:
        key, direction, word = _BOUNDS[kind]
        return f"{quote(value)} is too {direction}: {word} {context[key]:,} is allowed"
    if kind == "finite_number":
        return f"{quote(value)} is not a finite number"
    if kind in ("too_short", "string_too_short"):
        return (
            "must not be empty"
            if context.get("min_length") == 1
            else f"needs at least {context['min_length']}"
        )
    if kind in ("too_long", "string_too_long"):
        unit = "characters" if kind.startswith("string") else "entries"
        return f"is too long: at most {context['max_length']:,} {unit} are allowed"
    if kind == "int_from_float":
        return f"{quote(value)} is not a whole number"
    return ""


def _type(kind: str, value: object) -> str:
    base = kind.split("_")[0]
    if base == "float" and isinstance(value, int) and not isinstance(value, bool):
        return f"{quote(value)} is too large"
    needed = _NEEDED.get(base, "something else is needed")
    return f"{quote(value)} is {_kind(value)}; {needed}"


def _kind(value: object) -> str:
    names = ((bool, "true or false"), (int, "a whole number"), (float, "a number"), (str, "a text"))
    for python_type, name in names:
        if isinstance(value, python_type):
            return name
    if isinstance(value, Mapping):
        return "a table"
    return "a list" if isinstance(value, list | tuple) else "a date or time"


def quote(value: object) -> str:
    """A value as it may stand in a message: short, and true, false as TOML writes them."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    try:
        text = repr(value)
    except ValueError:
        return "a number of thousands of digits"
    return text if len(text) <= MAX_QUOTE else text[:MAX_QUOTE] + "..."
