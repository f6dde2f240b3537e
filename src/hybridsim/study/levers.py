"""What differs between two scenarios: the levers that were pulled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_LABELS = {("name",), ("title",), ("description",), ("design", "title"), ("design", "knob")}
_ORIGIN = {"source", "evidence"}


@dataclass(frozen=True, slots=True)
class Lever:
    """One key of the scenario with its value in the baseline and in another run; None if it is left out."""

    key: str
    baseline: Any
    other: Any


def levers(baseline: Mapping[str, Any], other: Mapping[str, Any]) -> list[Lever]:
    """Keys whose values differ between two resolved scenarios, in the order of the baseline.

    Names, titles, sources, ranges and knobs decide no result and are left out.
    """
    before, after = dict(_values(baseline, ())), dict(_values(other, ()))
    return [
        Lever(".".join(path), before.get(path), after.get(path))
        for path in {**before, **after}
        if _differ(before.get(path), after.get(path))
    ]


def _values(tree: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, below in tree.items():
        here = (*path, str(name))
        if here in _LABELS or name in _ORIGIN:
            continue
        if not isinstance(below, Mapping):
            yield here, below
        elif {"value", *_ORIGIN} <= set(below):
            yield here, below["value"]
        else:
            yield from _values(below, here)


def _differ(before: object, after: object) -> bool:
    # In Python True is 1, but in a scenario a switch is no number.
    return before != after or isinstance(before, bool) != isinstance(after, bool)
