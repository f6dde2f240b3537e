"""Settings of the command line: ``--set design.retries=2``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hybridsim.core.errors import Fault
from hybridsim.scenario.layers import MAX_DEPTH, Layer
from hybridsim.scenario.merging import Tree, with_sources
from hybridsim.scenario.schema.references import nearest
from hybridsim.scenario.schema.scenario import Scenario
from hybridsim.scenario.shape import child, is_collection, known_keys
from hybridsim.scenario.toml_lines import KeyPath

NAME = "--set"


def setting_layers(settings: Sequence[str], data: Mapping[str, Any]) -> tuple[list[Layer], list[Fault]]:
    """One layer per setting, in order, and the faults of those that cannot be used."""
    layers: list[Layer] = []
    faults: list[Fault] = []
    for setting in settings:
        key, equals, _ = setting.partition("=")
        path = tuple(part.strip() for part in key.split("."))
        message = wrong_path(path, data) if equals and all(path) else "write it as path=value: run.seed=7"
        if message:
            faults.append(Fault(NAME, 0, key.strip() or setting, message))
            continue
        tree = setting_tree(setting)
        layers.append(Layer(NAME, with_sources(tree, "set on the command line"), Path()))
    return layers, faults


def setting_tree(setting: str) -> Tree:
    """What a setting says, as the tables of a scenario."""
    key, _, text = setting.partition("=")
    path = tuple(part.strip() for part in key.split("."))
    tree: Tree = {path[-1]: _value(text.strip())}
    for part in reversed(path[:-1]):
        tree = {part: tree}
    return tree


def _value(text: str) -> object:
    try:
        parsed = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return text
    # A line break in the text could bring in keys of its own; then it is just text.
    return parsed["value"] if len(parsed) == 1 else text


def wrong_path(path: KeyPath, data: Mapping[str, Any]) -> str:
    """Why a key path leads nowhere in a scenario, with the nearest name; empty if it leads somewhere."""
    if len(path) > MAX_DEPTH:
        return f"the path has {len(path)} parts; no scenario is that deep"
    annotation: Any = Scenario
    here: Any = data
    for depth, key in enumerate(path):
        known = known_keys(annotation, here if isinstance(here, Mapping) else None)
        below = child(annotation, key)
        missing = is_collection(annotation) and not (isinstance(here, Mapping) and key in here)
        if below is None or missing:
            parent = ".".join(path[:depth]) or "a scenario"
            return f"there is no {key!r} in {parent}{nearest(key, known)}"
        annotation = below
        here = here.get(key) if isinstance(here, Mapping) else None
    return ""
