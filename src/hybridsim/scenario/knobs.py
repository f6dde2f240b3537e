"""Knobs in a scenario: whether they turn figures that exist, and where they stand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, get_args

from pydantic import TypeAdapter, ValidationError

from hybridsim.scenario.schema.knob import Knob
from hybridsim.scenario.schema.references import ReferenceFault
from hybridsim.scenario.schema.scenario import Scenario
from hybridsim.scenario.settings import wrong_path
from hybridsim.scenario.shape import Annotation, annotation_at, bare, is_quantity, is_table
from hybridsim.scenario.toml_lines import KeyPath

_PLACE = ("design", "knob")
_NOT_OF_A_DESIGN = ("run", "population", "schema_version")


def knob_faults(data: Mapping[str, Any]) -> list[ReferenceFault]:
    """Faults of the design's knob; ``data`` is a scenario as plain tables."""
    design = data.get("design")
    table = design.get("knob") if isinstance(design, Mapping) else None
    if not isinstance(table, Mapping):
        return []
    given = table.get("path")
    paths = [given] if isinstance(given, str) else given if isinstance(given, list | tuple) else []
    found = {path: _path_fault(path, data) for path in paths if isinstance(path, str)}
    faults: list[ReferenceFault] = [((*_PLACE, "path"), message) for message in found.values() if message]
    try:
        knob = Knob.model_validate(table)
    except ValidationError:
        return faults  # the schema reports it
    return [*faults, *_range_faults(knob, {path for path, message in found.items() if not message})]


def is_whole(path: str) -> bool:
    """Whether the figure at a key path is a whole number."""
    return annotation_at(_parts(path)) is int


def standing(knob: Knob, scenario: Scenario) -> float | None:
    """Where a scenario's knob stands; None if its figures are not in the ratio that the knob gives them."""
    plain = scenario.model_dump()
    values = []
    for path, times, plus in knob.turned():
        figure: Any = plain
        for key in _parts(path):
            figure = figure.get(key) if isinstance(figure, Mapping) else None
        figure = figure["value"] if isinstance(figure, Mapping) else figure
        if figure is None:
            return None
        if times:
            values.append((figure - plus) / times)
    if not values or max(values) - min(values) > 1e-9 * max(1.0, *map(abs, values)):
        return None
    return float(f"{values[0]:.12g}")


def knob_text(knob: Knob, scenario: Scenario) -> str:
    """A knob in words: what it turns, how far, and where it stands."""
    value = standing(knob, scenario)
    now = "its figures disagree" if value is None else f"now {value:,.12g}"
    unit = f" {knob.unit}" if knob.unit else ""
    title = f"{knob.title}: " if knob.title else ""
    return f"{title}{', '.join(knob.path)} from {knob.low:,.12g} to {knob.high:,.12g}{unit}, {now}"


def _path_fault(path: str, data: Mapping[str, Any]) -> str:
    parts = _parts(path)
    message = wrong_path(parts, data) if all(parts) else "write a key path such as advice.share"
    if message:
        return f"{path!r} is no figure: {message}"
    if parts[0] in _NOT_OF_A_DESIGN:
        return f"{path!r} belongs to the experiment, not to the design: turn one of its figures"
    kind = annotation_at(parts)
    if not (is_quantity(kind) or kind in (int, float)):
        return f"{path!r} is not a number: a knob turns a figure"
    return ""


def _range_faults(knob: Knob, known: set[str]) -> Iterator[ReferenceFault]:
    for end, value in (("low", knob.low), ("high", knob.high)):
        for path, figure in knob.figures(value).items():
            message = _refused(path, figure) if path in known else ""
            if message:
                yield (*_PLACE, end), f"{value:g} cannot be: it sets {path} to {figure:g}, and {message}"
    for path, times, _ in knob.turned():
        if path in known and is_whole(path) and not (knob.step and (knob.step * times).is_integer()):
            yield (*_PLACE, "step"), f"{knob.step:g} must move {path} by whole numbers: it is one"


def _refused(path: str, figure: float) -> str:
    """Why the schema does not take a figure at a key path; empty if it does."""
    kind = annotation_at(_parts(path))
    value: object = figure
    if is_quantity(kind):
        value = {"value": figure, "source": "knob", "evidence": "assumption"}
    elif kind is int:
        if not figure.is_integer():
            return "a whole number is needed"
        value = int(figure)
    try:
        TypeAdapter(_decorated(_parts(path))).validate_python(value)
    except ValidationError as error:
        detail = error.errors(include_url=False)[0]
        return str(detail.get("ctx", {}).get("error", detail["msg"]))
    return ""


def _decorated(path: KeyPath) -> Annotation:
    """Type at a key path with its bounds."""
    parent = annotation_at(path[:-1])
    if parent is not None and is_table(parent):
        field = parent.model_fields[path[-1]]
        return Annotated[(bare(field.annotation), *field.metadata)] if field.metadata else field.annotation
    return get_args(parent)[1]


def _parts(path: str) -> KeyPath:
    return tuple(part.strip() for part in path.split("."))
