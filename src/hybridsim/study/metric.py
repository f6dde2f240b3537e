"""What a metric is: data that says which columns to sum, divide and rank."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Group = Literal["risk", "impact", "scaling", "public_cost"]
Scope = Literal["total", "instrument", "year", "type", "cohort"]
Statistic = Literal["mean", "quantile", "shortfall"]


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric of one kind of scope.

    ``numerator`` and ``denominator`` are sums of columns (see `figures.Figures`); without a denominator the
    figure is the mean over replications, with one it is the ratio of the means. Figures with a
    ``title`` are the main ones, which the terminal shows.
    """

    group: Group
    name: str
    unit: str
    text: str
    numerator: str
    denominator: str = ""
    scope: Scope = "total"
    statistic: Statistic = "mean"
    level: float = 0.0
    title: str = ""
    if_undefined: str = ""

    @property
    def formula(self) -> str:
        """How it is computed, in words for people."""
        if self.statistic == "quantile":
            return f"quantile at {self.level:.1%} of {self.numerator}"
        if self.statistic == "shortfall":
            return f"mean of {self.numerator} beyond its quantile at {self.level:.1%}"
        if not self.denominator:
            return f"mean of ({self.numerator})"
        return f"mean of ({self.numerator}) / mean of ({self.denominator})"
