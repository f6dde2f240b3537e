"""Scenario files that say no more than some settings over another file."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from hybridsim.scenario.merging import Tree, lay_over
from hybridsim.scenario.schema.scenario import Scenario
from hybridsim.scenario.settings import setting_tree
from hybridsim.scenario.shape import Annotation, child, is_quantity

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def extending_text(base: Path, folder: Path, settings: Sequence[str], comment: Sequence[str] = ()) -> str:
    """A scenario file for ``folder`` that gives the same scenario as ``base`` with ``settings``."""
    tree: Tree = {}
    for setting in settings:
        tree = lay_over(tree, setting_tree(setting))
    file = tree.get("population", {}).get("file")
    if isinstance(file, str):
        tree["population"]["file"] = _from(folder, Path(file))
    lines = [f"# {line}" for line in comment]
    lines.append(f"extends = {toml_text(_from(folder, base))}")
    lines += [
        f"{'.'.join(map(_key, path))} = {toml_text(value)}" for path, value in _leaves(tree, (), Scenario)
    ]
    return "\n".join(lines) + "\n"


def toml_text(value: object) -> str:
    """A value as TOML: what a TOML file can hold, and nothing else."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, Mapping):
        inner = ", ".join(f"{_key(str(key))} = {toml_text(below)}" for key, below in value.items())
        return f"{{ {inner} }}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(toml_text, value))}]"
    return str(value)


def _leaves(
    tree: Mapping[str, Any], path: tuple[str, ...], annotation: Annotation
) -> Iterator[tuple[tuple[str, ...], object]]:
    for key, value in tree.items():
        below = child(annotation, key)
        if isinstance(value, Mapping) and value and not is_quantity(below):
            yield from _leaves(value, (*path, key), below)
        else:
            yield (*path, key), value


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else toml_text(key)


def _from(folder: Path, file: Path) -> str:
    """A file as seen from a folder; whole where there is no way from one to the other."""
    try:
        return Path(os.path.relpath(file.resolve(), folder.resolve())).as_posix()
    except ValueError:  # on another drive
        return file.resolve().as_posix()
