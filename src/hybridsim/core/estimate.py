"""A figure with its standard error and 95 % interval."""

from __future__ import annotations

from dataclasses import dataclass

CONFIDENCE = 0.95
TAIL_AT_LEAST = 10
"""A quantile is shown only if n (1 - q) is at least this: fewer values above it say nothing about it."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure over ``n`` draws; ``None`` where it is not defined, and ``method`` says why."""

    value: float | None
    se: float | None
    ci_low: float | None
    ci_high: float | None
    n: int
    method: str
