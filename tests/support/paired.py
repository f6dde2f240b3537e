"""Paired differences of named metrics between two worlds under the same random futures."""

from __future__ import annotations

from collections.abc import Sequence
from math import copysign, inf, sqrt

import numpy as np
import numpy.typing as npt

from hybridsim.rollout import layout
from hybridsim.rollout.tally import Outcome
from hybridsim.rollout.world import World
from hybridsim.study.figures import evaluate
from hybridsim.study.metrics import METRICS
from tests.support.worlds import by_instrument, totals

Floats = npt.NDArray[np.float64]
_METRICS = {(metric.name, metric.scope): metric for metric in METRICS}


def standard_errors(
    metric: str, before: tuple[World, Sequence[Outcome]], after: tuple[World, Sequence[Outcome]]
) -> float:
    """Change of a metric in standard errors of the paired difference.

    A ratio of means enters by its influence ``(x - ratio y) / mean(y)``, replication by replication. The
    metric may be one of an instrument: ``requests@bank_loan``.
    """
    change = _influence(metric, *after) - _influence(metric, *before)
    mean, spread = float(np.mean(change)), float(np.std(change, ddof=1)) / sqrt(len(change))
    if spread == 0.0:
        return 0.0 if mean == 0.0 else copysign(inf, mean)
    return mean / spread


def figure(metric: str, world: World, outcomes: Sequence[Outcome]) -> float:
    """Value of a metric in the engine's units (cents, thousandths)."""
    return float(np.mean(_influence(metric, world, outcomes)))


def _influence(metric: str, world: World, outcomes: Sequence[Outcome]) -> Floats:
    name, _, instrument = metric.partition("@")
    definition = _METRICS[name, "instrument" if instrument else "total"]

    def column(wanted: str) -> Floats:
        return np.array(
            [_value(wanted, instrument, world, outcome) for outcome in outcomes], dtype=np.float64
        )

    above = evaluate(definition.numerator, column)
    if not definition.denominator:
        return above
    below = evaluate(definition.denominator, column)
    middle = float(np.mean(below))
    ratio = float(np.mean(above)) / middle if middle else 0.0
    return ratio + (above - ratio * below) / (middle or 1.0)


def _value(column: str, instrument: str, world: World, outcome: Outcome) -> float:
    if instrument:
        index = world.instrument_names.index(instrument)
        if column == "answers":
            return sum(outcome.answers[index])
        if column.startswith("answer_"):
            return outcome.answers[index][layout.ANSWERS.index(column.removeprefix("answer_"))]
        return by_instrument(world, outcome, instrument)[column]
    if column == "institutions":
        return world.n
    if column == "reasons":
        return sum(outcome.reasons)
    if column.startswith("reason_"):
        return outcome.reasons[layout.REASONS.index(column.removeprefix("reason_"))]
    return totals(outcome)[column]
