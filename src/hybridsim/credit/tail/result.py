"""What a run of importance sampling found: figures, distribution, and its scenarios for further questions."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from hybridsim.core.estimate import Estimate
from hybridsim.credit.tail.drawing import Drawing
from hybridsim.credit.tail.sample import Figure, Sample

if TYPE_CHECKING:
    import pandas as pd

_BINS = 120
_LEVELS = (0.5, 0.75, 0.9, 0.95, 0.975, 0.99, 0.995, 0.999, 0.9995)


@dataclass(frozen=True)
class TailResult:
    """What :func:`hybridsim.credit.tail.risk.tail_risk` found, and where its scenarios can be told again."""

    level: float
    expected_loss: Estimate
    standard_deviation: Estimate
    value_at_risk: Estimate
    expected_shortfall: Estimate
    scenarios: int
    """In the figures; those of the pilot runs come on top."""
    pilot_scenarios: int
    effective_size: float
    """Scenarios of equal weight that those at or beyond the VaR are worth."""
    reached: bool
    """Whether both half-widths are as wanted; True if a number of scenarios was asked for."""
    warnings: tuple[str, ...]
    drawing: Drawing = field(repr=False)
    sample: Sample = field(repr=False)
    base: Sample = field(repr=False)
    """The same scenarios of the base part alone."""
    workers: int = field(repr=False)

    def estimate(self, figure: Figure, method: str) -> Estimate:
        """A figure of this run for tables."""
        return figure.estimate(self.scenarios, method)

    def quantiles(self, levels: tuple[float, ...] = _LEVELS) -> pd.DataFrame:
        """VaR and ES at several levels with 95 % intervals; NaN where the sample does not reach so far."""
        import pandas as pd

        rows = []
        for level in levels:
            figures = (self.sample.value_at_risk(level), self.sample.expected_shortfall(level))
            for name, found in zip(("var", "es"), figures, strict=True):
                rows.append((name, level, found.value, found.se, found.low, found.high))
        table = pd.DataFrame(rows, columns=["figure", "level", "value", "se", "ci_low", "ci_high"])
        return table.replace([np.inf, -np.inf], np.nan)

    def distribution(self, bins: int = _BINS) -> pd.DataFrame:
        """The loss distribution in equal bins and one beyond them, with standard errors.

        Columns: ``loss_from``, ``loss_to`` (exclusive; infinite in the last row), ``probability``, ``se``,
        ``probability_beyond`` (of a loss of ``loss_to`` or more), ``beyond_se``.
        """
        import pandas as pd

        top = 1.5 * max(
            self.sample.expected_shortfall(self.level).value, float(self.expected_loss.value or 0.0)
        )
        edges = np.append(np.linspace(0.0, top, bins + 1) if top > 0.0 else np.zeros(1), np.inf)
        rows = []
        for low, high in pairwise(edges.tolist()):
            inside = (self.sample.loss >= low) & (self.sample.loss < high)
            share = self.sample.mean(inside.astype(np.float64))
            beyond = self.sample.mean((self.sample.loss >= high).astype(np.float64))
            rows.append((low, high, max(share.value, 0.0), share.se, max(beyond.value, 0.0), beyond.se))
        columns = ["loss_from", "loss_to", "probability", "se", "probability_beyond", "beyond_se"]
        return pd.DataFrame(rows, columns=columns)
