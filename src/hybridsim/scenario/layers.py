"""The layers that a scenario is made of: catalogue, files that extend each other, settings."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from hashlib import sha256
from importlib import resources
from pathlib import Path
from typing import Any

from hybridsim.core.errors import Fault, ScenarioError
from hybridsim.scenario.merging import Tree, with_sources
from hybridsim.scenario.toml_lines import KeyPath, key_lines

MAX_BYTES = 5_000_000
MAX_CHAIN = 20
MAX_DEPTH = 24
SCHEMA_VERSION = 1

_PLACE = re.compile(r"\s*\(at line (\d+), column (\d+)\)")
_REMEDIES = (
    ("Cannot overwrite a value", "this key stands twice; keep one of them"),
    ("Cannot mutate immutable", "this key stands twice; keep one of them"),
    ("Cannot declare", "this table stands twice; put all its keys under one heading"),
    ("Illegal character '\\n'", "a quote is not closed"),
    ("Unterminated string", "a quote is not closed"),
    ("Expected newline or end of document", "one value per line; a decimal has a point: 0.4, not 0,4"),
    ("Invalid value", "a text needs quotes, a decimal has a point: 0.4"),
    ("Invalid date or datetime", "the calendar has no such date"),
    ("Invalid statement", "a line is a [table] or key = value"),
    ("Expected '=' after a key", "a line is a [table] or key = value"),
)
"""What the parser says, and what to do about it."""
_LEAST = 'extends = "care-germany.toml" or a [design] table'
_ENDLESS_NUMBER = re.compile(r"\d{4000}")


@dataclass(frozen=True)
class Layer:
    """One file, or one setting of the command line."""

    name: str
    """How faults call it."""
    data: Tree
    """What it says, every figure with a source."""
    folder: Path
    """What its relative paths start from."""
    text: str = ""
    """The file's text; empty for a setting."""
    digest: str = ""
    """SHA-256 of the file's bytes; empty for a setting."""

    @cached_property
    def lines(self) -> dict[KeyPath, int]:
        """Line of each key path."""
        return key_lines(self.text)


def broken(file: str, message: str, line: int = 0, path: str = "") -> ScenarioError:
    """The error of a file that cannot be read any further."""
    return ScenarioError(f"{file} cannot be used", [Fault(file, line, path, message)])


@cache
def catalogue_layers() -> tuple[Layer, ...]:
    """The layers of the shipped catalogue, in the order of their file names."""
    folder = resources.files("hybridsim.scenario") / "catalogue"
    files = sorted(
        (entry for entry in folder.iterdir() if entry.name.endswith(".toml")), key=lambda f: f.name
    )
    layers = []
    for file in files:
        content = file.read_bytes()
        text = content.decode("utf-8")
        name = f"catalogue/{file.name}"
        data = with_sources(tomllib.loads(text), f"set in {name}")
        layers.append(Layer(name, data, Path(), text, sha256(content).hexdigest()))
    return tuple(layers)


def file_layers(path: Path) -> list[Layer]:
    """A scenario file and all that it extends, the lowest first.

    Raises
    ------
    ScenarioError
        If a file of the chain cannot be read, is not TOML, is of another version or extends itself.
    """
    layers: list[Layer] = []
    seen: list[Path] = []
    asked_by: tuple[str, int] | None = None
    while True:
        _refuse_cycle(path, seen, asked_by)
        text, digest = read_text(path, asked_by)
        data = parse_toml(str(path), text, _LEAST)
        extends = data.pop("extends", None)
        origin = f"set in {path.name}"
        layer = Layer(str(path), with_sources(data, origin), path.parent, text, digest)
        layers.append(layer)
        line = layer.lines.get(("extends",), 0)
        _check_version(layer)
        if extends is None:
            return layers[::-1]
        if not isinstance(extends, str) or not extends.strip():
            message = f'{extends!r} is not the name of a file: write extends = "base.toml"'
            raise broken(str(path), message, line, "extends")
        if not extends.strip().lower().endswith(".toml"):
            message = f"{extends!r} is no scenario: name a file that ends in .toml"
            raise broken(str(path), message, line, "extends")
        asked_by = (str(path), line)
        path = path.parent / extends


def _refuse_cycle(path: Path, seen: list[Path], asked_by: tuple[str, int] | None) -> None:
    try:
        place = path.resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise _unreadable(path, asked_by, f"cannot be found: {error}") from None
    if place in seen:
        chain = " -> ".join(file.name for file in (*seen, place))
        raise _unreadable(path, asked_by, f"closes a circle: {chain}; leave out one extends")
    if len(seen) >= MAX_CHAIN:
        raise _unreadable(
            path, asked_by, f"more than {MAX_CHAIN} files extend each other; merge some of them"
        )
    seen.append(place)


def _unreadable(path: Path, asked_by: tuple[str, int] | None, message: str) -> ScenarioError:
    if asked_by is None:
        return broken(str(path), message)
    return broken(asked_by[0], f"{str(path)!r} {message}", asked_by[1], "extends")


def read_text(path: Path, asked_by: tuple[str, int] | None = None) -> tuple[str, str]:
    """Text and SHA-256 of a TOML file; ``asked_by`` is the file and line that named it.

    Raises
    ------
    ScenarioError
        If it is none, is too large or is not UTF-8.
    """
    try:
        if path.is_dir():
            raise _unreadable(path, asked_by, "is a folder; name a .toml file in it")
        if not path.exists():
            raise _unreadable(path, asked_by, f"does not exist{_neighbour(path)}")
        if not path.is_file():
            raise _unreadable(path, asked_by, "is not a regular file")
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise _unreadable(path, asked_by, f"has {size:,} bytes; a scenario file may have {MAX_BYTES:,}")
        content = path.read_bytes()
    except (OSError, ValueError) as error:
        raise _unreadable(path, asked_by, f"cannot be read: {error}") from None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        byte = content[error.start]
        message = f"is not UTF-8 at byte {error.start} (0x{byte:02x}); save the file as UTF-8"
        raise broken(str(path), message, line) from None
    return text.replace("\r\n", "\n"), sha256(content).hexdigest()


def _neighbour(path: Path) -> str:
    from difflib import get_close_matches

    if not path.parent.is_dir():
        return f"; there is no folder {str(path.parent)!r}"
    near = get_close_matches(path.name, [file.name for file in path.parent.glob("*.toml")], n=1, cutoff=0.7)
    return f"; did you mean {near[0]!r}?" if near else ""


def parse_toml(name: str, text: str, least: str) -> dict[str, Any]:
    """Tables of a TOML text; ``least`` is what an empty file should hold.

    Raises
    ------
    ScenarioError
        With line and remedy.
    """
    try:
        key_lines(text)
        data = tomllib.loads(text)
    except RecursionError:
        raise broken(name, "is nested too deeply; no scenario needs more than a few levels") from None
    except ValueError as error:
        message, line = _plain(str(error), text)
        raise broken(name, f"is not valid TOML: {message}", line) from None
    if not data:
        raise broken(name, f"is empty; the least is {least}")
    _refuse_depth(name, data)
    return data


def _plain(message: str, text: str) -> tuple[str, int]:
    """The parser's message with a remedy, and its line (0 if unknown)."""
    if message.startswith("Exceeds the limit"):
        endless = _ENDLESS_NUMBER.search(text)
        line = text.count("\n", 0, endless.start()) + 1 if endless else 0
        return "a number has thousands of digits", line
    place = _PLACE.search(message)
    line = text.count("\n") + 1 if "end of document" in message else 0
    where = ""
    if place is not None:
        line, where = int(place[1]), f", column {place[2]}"
        message = _PLACE.sub("", message)
    remedy = next((f" ({remedy})" for start, remedy in _REMEDIES if message.startswith(start)), "")
    return f"{message}{where}{remedy}", line


def _refuse_depth(name: str, data: dict[str, Any]) -> None:
    level: list[Any] = [data]
    for _ in range(MAX_DEPTH):
        level = [
            below
            for part in level
            for below in (part.values() if isinstance(part, dict) else part)
            if isinstance(below, dict | list)
        ]
        if not level:
            return
    raise broken(name, f"is nested more than {MAX_DEPTH} levels deep; no scenario needs more than a few")


def _check_version(layer: Layer) -> None:
    version = layer.data.get("schema_version", SCHEMA_VERSION)
    if version != SCHEMA_VERSION or isinstance(version, bool):
        line = layer.lines.get(("schema_version",), 0)
        message = f"version {version!r} of the file format is not known; this program reads {SCHEMA_VERSION}"
        raise broken(layer.name, message, line, "schema_version")


def digests(layers: Sequence[Layer]) -> tuple[tuple[str, str], ...]:
    """Name and SHA-256 of the files among the layers."""
    return tuple((layer.name, layer.digest) for layer in layers if layer.digest)
