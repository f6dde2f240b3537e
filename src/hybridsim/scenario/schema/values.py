"""Figures that carry where they come from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    model_validator,
)
from pydantic_core import core_schema


class Part(BaseModel):
    """A part of a scenario: frozen, no unknown keys, no NaN or infinity, no guessing of types."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        allow_inf_nan=False,
        use_attribute_docstrings=True,
        validate_default=True,
    )


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError(f"{text[:40]!r} holds characters that cannot be printed; leave them out")
    return text


Title = Annotated[str, AfterValidator(_printable)]
"""A name for people, in reports and terminals."""


class Evidence(StrEnum):
    """How sure a figure is."""

    PUBLISHED = "published"
    DERIVED = "derived"
    ASSUMPTION = "assumption"


class Quantity(Part):
    """A figure with its source. In a scenario file a bare number replaces the value of the catalogue."""

    value: float
    """The figure, in the unit that the name of the key ends in."""
    source: str = Field(min_length=1)
    """Where the figure was read, or why it was assumed."""
    evidence: Annotated[Evidence, Field(strict=False)]
    """published, derived or assumption."""
    low: float | None = None
    """Lower end of what is plausible, if uncertain."""
    high: float | None = None
    """Upper end of what is plausible, if uncertain."""

    @model_validator(mode="before")
    @classmethod
    def _from_number(cls, data: object) -> object:
        if isinstance(data, int | float) and not isinstance(data, bool):
            return {"value": data, "source": "set in the scenario", "evidence": "assumption"}
        return data

    @model_validator(mode="after")
    def _ordered(self) -> Quantity:
        low = self.value if self.low is None else self.low
        high = self.value if self.high is None else self.high
        if not low <= self.value <= high:
            raise ValueError(f"value {self.value:g} is not between low {low:g} and high {high:g}")
        return self


NEUTRAL = "neutral: has no effect"
"""Source of a figure that an instrument simply does not have, such as a limit."""


def neutral_value(value: float) -> Quantity:
    """A figure that has no effect; not an assumption that anybody has to defend."""
    return Quantity(value=value, source=NEUTRAL, evidence=Evidence.ASSUMPTION)


def neutral(value: float) -> Any:  # noqa: ANN401  (stands where pydantic's own Field stands)
    """Default of a field that has no effect unless a scenario gives it one."""
    return Field(default=neutral_value(value))


@dataclass(frozen=True)
class Within:
    """Bounds of a figure and of its range; for an editor also those of a bare number."""

    lowest: float
    highest: float
    is_share: bool = False
    """Whether a value above the bounds is probably a percentage."""

    def check(self, quantity: Quantity) -> Quantity:
        """Refuse a figure outside the bounds."""
        for name in ("value", "low", "high"):
            figure = getattr(quantity, name)
            if figure is not None and not self.lowest <= figure <= self.highest:
                message = f"{name} {figure:g} is outside [{self.lowest:g}, {self.highest:g}]"
                raise ValueError(message + self._hint(figure))
        return quantity

    def _hint(self, figure: float) -> str:
        if self.is_share and self.highest < figure <= 100.0:
            return f"; a share or rate is a decimal: {figure / 100.0:g}, not {figure:g}"
        return "; it cannot be negative" if self.lowest == 0.0 and figure < 0.0 else ""

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, object]:
        number = {"type": "number", "minimum": self.lowest, "maximum": self.highest}
        return {"anyOf": [number, handler(schema)]}


Share = Annotated[Quantity, Within(0.0, 1.0, is_share=True)]
"""A share or probability, 0 to 1 (not percent)."""
Rate = Annotated[Quantity, Within(-0.5, 1.0, is_share=True)]
"""A rate per year as a decimal: 0.03 is three percent."""
Charge = Annotated[Quantity, Within(0.0, 1.0, is_share=True)]
"""A rate or fee that somebody pays, as a decimal: never negative."""
Pd = Annotated[Quantity, Within(0.0005, 0.30, is_share=True)]
"""A one-year probability of default as a decimal, between 5 basis points and 30 %."""
Euros = Annotated[Quantity, Within(0.0, 1e12)]
"""An amount of money in euros, not negative."""
Months = Annotated[Quantity, Within(0.0, 600.0)]
"""A duration in months."""
Sigma = Annotated[Quantity, Within(0.0, 3.0)]
"""A standard deviation of a logarithm or logit; 3 is already a spread of one to four hundred."""
Amount = Annotated[Quantity, Within(0.0, 1e9)]
"""A number that cannot be negative."""
Hazard = Annotated[Quantity, Within(0.0, 10.0)]
"""A hazard per year, which is no share: it may be above 1."""
Correlation = Annotated[Quantity, Within(0.0, 0.7)]
"""A correlation; two of them leave room for the rest."""
Positive = Annotated[Quantity, Within(0.01, 1e9)]
"""A number that must be above zero (at least 0.01)."""
Number = Annotated[Quantity, Within(-1e9, 1e9)]
"""Any finite number."""


class Duration(Part):
    """A lognormal duration."""

    median_months: Months
    """Median in months."""
    sigma: Sigma = neutral(0.0)
    """Standard deviation of the logarithm; left out: always the median."""


AT_ONCE = Duration(median_months=neutral_value(0.0), sigma=neutral_value(0.0))
"""A duration that nobody has to wait for."""
