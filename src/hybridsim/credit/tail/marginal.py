"""What loans add to a book: the difference of two figures from the same scenarios, with its own interval."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hybridsim.core.estimate import Estimate
from hybridsim.credit.arrays import Floats
from hybridsim.credit.tail.multiples import WINDOW
from hybridsim.credit.tail.result import TailResult
from hybridsim.credit.tail.sample import Sample


@dataclass(frozen=True)
class Added:
    """Figures of the whole book less those of its base part."""

    expected_loss: Estimate
    value_at_risk: Estimate
    expected_shortfall: Estimate
    base_value_at_risk: Estimate
    base_expected_shortfall: Estimate


def added(result: TailResult) -> Added:
    """What the loans beyond the base part add: ``ES(book + loans) - ES(book)`` and likewise for VaR and EL.

    A single loan is asked for by a run with ``parts`` 1 for it alone. Both figures come from the same
    scenarios, so that most of their errors cancels; guarantees' pools serve the base alone in its figures.

    The error of the VaR's difference is that of ``(1{L > VaR} - (1 - q))/f`` per book, f the density at the
    VaR from a window that holds a quarter of the tail's probability on each side; where losses are so coarse
    that the window is one loss, the two intervals' errors are added instead.
    """
    whole, base, level = result.sample, result.base, result.level
    beyond = 1.0 - level
    mean = whole.mean(whole.loss - base.loss)
    value = whole.quantile(beyond), base.quantile(beyond)
    shortfall = whole.expected_shortfall(level).value - base.expected_shortfall(level).value
    excess = [np.maximum(s.loss - v, 0.0) / beyond for s, v in zip((whole, base), value, strict=True)]
    es = whole.around(shortfall, whole.residuals(excess[0] - excess[1]))
    pulls = [var_influence(s, v, beyond) for s, v in zip((whole, base), value, strict=True)]
    if pulls[0] is None or pulls[1] is None:
        one, other = whole.value_at_risk(level), base.value_at_risk(level)
        half = one.half_width + other.half_width
        difference = value[0] - value[1]
        var = type(one)(difference, one.se + other.se, difference - half, difference + half)
    else:
        var = whole.around(value[0] - value[1], whole.residuals(pulls[0] - pulls[1]))
    return Added(
        result.estimate(mean, "paired mean, importance sampling"),
        result.estimate(var, "paired, importance sampling, tail probability over density"),
        result.estimate(es, "paired, importance sampling, influence function"),
        result.estimate(base.value_at_risk(level), "importance sampling, tail probability inverted"),
        result.estimate(base.expected_shortfall(level), "importance sampling, influence function"),
    )


def var_influence(sample: Sample, var: float, beyond: float) -> Floats | None:
    """``1{L > VaR}/f`` of each scenario; None without a density."""
    low, high = sample.quantile(beyond * (1.0 + WINDOW)), sample.quantile(beyond * (1.0 - WINDOW))
    mass = sample.tail(low).value - sample.tail(high).value
    if not mass > 0.0:
        return None
    return (sample.loss > var).astype(np.float64) * ((high - low) / mass)
