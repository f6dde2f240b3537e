"""What the schema says stands at a key path; needed before anything is validated."""

from __future__ import annotations

import types
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from hybridsim.scenario.schema.scenario import Scenario
from hybridsim.scenario.schema.values import Quantity
from hybridsim.scenario.toml_lines import KeyPath

Annotation = Any


def annotation_at(path: KeyPath) -> Annotation | None:
    """Type at a key path of a scenario, without its decorations; None if the schema has no such path."""
    here: Annotation | None = Scenario
    for key in path:
        here = child(here, key)
        if here is None:
            return None
    return here


def child(annotation: Annotation, key: str) -> Annotation | None:
    """Type under one key of a type; None if there is none."""
    if is_table(annotation):
        field = annotation.model_fields.get(key)
        return None if field is None else bare(field.annotation)
    if _origin(annotation) is dict:
        return bare(get_args(annotation)[1])
    return None


def bare(annotation: Annotation) -> Annotation:
    """A type without ``Annotated`` and ``| None``."""
    while True:
        if _origin(annotation) is Annotated:
            annotation = get_args(annotation)[0]
        elif _origin(annotation) in (Union, types.UnionType):
            kept = [part for part in get_args(annotation) if part is not types.NoneType]
            if len(kept) != 1:
                return annotation
            annotation = kept[0]
        else:
            return annotation


def _origin(annotation: Annotation) -> object:
    return get_origin(annotation)


def is_table(annotation: Annotation) -> bool:
    """Whether a type is a part of a scenario with named keys."""
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def is_quantity(annotation: Annotation) -> bool:
    """Whether a type is a figure with its source."""
    return isinstance(annotation, type) and issubclass(annotation, Quantity)


def is_collection(annotation: Annotation) -> bool:
    """Whether a type is a table of named parts, such as the instruments."""
    if _origin(annotation) is not dict:
        return False
    value = bare(get_args(annotation)[1])
    return is_table(value) and not is_quantity(value)


def known_keys(annotation: Annotation, present: Mapping[str, object] | None = None) -> tuple[str, ...]:
    """Keys that may stand under a type: its fields, the allowed literals, or those already present."""
    if is_table(annotation):
        return tuple(annotation.model_fields)
    if _origin(annotation) is dict:
        key = bare(get_args(annotation)[0])
        if _origin(key) is Literal:
            return tuple(get_args(key))
    return tuple(present or ())


def description(path: KeyPath) -> str:
    """Documentation of the field at a key path, empty if it has none."""
    if not path:
        return ""
    parent = annotation_at(path[:-1])
    if parent is None or not is_table(parent):
        return ""
    field = parent.model_fields.get(path[-1])
    return (field.description or "") if field is not None else ""
