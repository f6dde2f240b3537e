"""How one file is laid over another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hybridsim.scenario.schema.knob import Knob
from hybridsim.scenario.schema.scenario import Scenario
from hybridsim.scenario.shape import Annotation, child, is_quantity

Tree = dict[str, Any]


def with_sources(data: Mapping[str, Any], origin: str, annotation: Annotation = Scenario) -> Tree:
    """Give every figure without a source the file as its source; bare numbers become sourced figures."""
    result: Tree = {}
    for key, value in data.items():
        below = child(annotation, key)
        if is_quantity(below):
            result[key] = _sourced(value, origin)
        elif isinstance(value, Mapping):
            result[key] = with_sources(value, origin, below)
        else:
            result[key] = value
    return result


def _sourced(value: object, origin: str) -> object:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return {"value": value, "source": origin, "evidence": "assumption"}
    if isinstance(value, Mapping) and "value" in value:
        return {"source": origin, "evidence": "assumption", **value}
    return dict(value) if isinstance(value, Mapping) else value


def lay_over(lower: Mapping[str, Any], upper: Mapping[str, Any], annotation: Annotation = Scenario) -> Tree:
    """``upper`` over ``lower``: tables are merged key by key, everything else is replaced.

    A figure with a new value replaces the whole figure, because the old source and range speak
    of another value; a knob with another path likewise.
    """
    result: Tree = dict(lower)
    for key, value in upper.items():
        below = child(annotation, key)
        old = result.get(key)
        if isinstance(value, Mapping) and isinstance(old, Mapping) and not _replaced(below, value):
            result[key] = lay_over(old, value, below)
        else:
            result[key] = value
    return result


def _replaced(annotation: Annotation, value: Mapping[str, Any]) -> bool:
    return (is_quantity(annotation) and "value" in value) or (annotation is Knob and "path" in value)
