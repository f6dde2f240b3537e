"""The one figure that makes a design stronger or weaker."""

from __future__ import annotations

import math
from typing import Annotated

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler, model_validator
from pydantic_core import core_schema

from hybridsim.scenario.schema.values import Part

MAX_PATHS = 20
STEPS = 1000
"""Steps of a knob that has no step of its own: finer than anybody can tell apart."""


class OneOrSeveral:
    """Takes one text for a list of one."""

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        def listed(value: object) -> object:
            return (value,) if isinstance(value, str) else value

        return core_schema.no_info_before_validator_function(listed, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, object]:
        return {"anyOf": [{"type": "string"}, handler(schema)]}


Several = Annotated[tuple[float, ...], Field(strict=False, max_length=MAX_PATHS)]
Paths = Annotated[tuple[str, ...], Field(strict=False, min_length=1, max_length=MAX_PATHS), OneOrSeveral()]


class Knob(Part):
    """A design's intensity: which figures it turns, and how far.

    A knob at x sets each of its figures to ``plus + times * x``.
    """

    path: Paths
    """Key path of the figure that is turned, such as advice.share, or a list of them that turn together."""
    low: float
    """Lower end of what the design can mean."""
    high: float
    """Upper end of what the design can mean."""
    step: Annotated[float, Field(ge=0.0)] = 0.0
    """The knob takes only low, low + step, low + 2 step, ...; 0: a thousandth of the range. Figures that are
    whole numbers need a whole one."""
    times: Several = ()
    """Factor for each path of the list; left out: 1."""
    plus: Several = ()
    """What is added for each path of the list; left out: 0."""
    title: str = ""
    """Name in tables; left out: the key path."""
    unit: str = ""
    """Unit in tables."""

    @property
    def label(self) -> str:
        """Title, or the first key path."""
        return self.title or self.path[0]

    @property
    def steps(self) -> int:
        """Number of steps from low to high."""
        return math.floor((self.high - self.low) / self.step + 1e-9) if self.step else STEPS

    def at(self, step: int) -> float:
        """Value of the knob after so many steps from low."""
        if self.step:
            return float(f"{self.low + step * self.step:.12g}")
        if step in (0, STEPS):
            return self.high if step else self.low
        # Rounded to a tenth of a step or less, so that people can read and repeat it.
        width = (self.high - self.low) / STEPS
        return round(self.low + step * width, 1 - math.floor(math.log10(width)))

    def figures(self, value: float) -> dict[str, float]:
        """Key paths and their values when the knob stands at ``value``."""
        return {path: float(f"{more + factor * value:.12g}") for path, factor, more in self.turned()}

    def turned(self) -> list[tuple[str, float, float]]:
        """Key paths, each with its factor and what is added."""
        count = len(self.path)
        return list(zip(self.path, self.times or (1.0,) * count, self.plus or (0.0,) * count, strict=True))

    @model_validator(mode="after")
    def _usable(self) -> Knob:
        faults = [*self._range_faults(), *self._list_faults()]
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def _range_faults(self) -> list[str]:
        if not self.low < self.high:
            return [f"low {self.low:g} is not below high {self.high:g}"]
        if self.step > self.high - self.low:
            return [f"step {self.step:g} is larger than the range from {self.low:g} to {self.high:g}"]
        return []

    def _list_faults(self) -> list[str]:
        count = len(self.path)
        faults = [
            f"{name} has {len(values)} entries for {count} path{'s' if count > 1 else ''}"
            for name, values in (("times", self.times), ("plus", self.plus))
            if values and len(values) != count
        ]
        twice = sorted({path for path in self.path if self.path.count(path) > 1})
        return [*faults, *(f"path {path!r} stands in the list more than once" for path in twice)]
