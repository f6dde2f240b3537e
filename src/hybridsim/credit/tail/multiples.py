"""By what a run's scenarios are multiplied so that their losses add up to contributions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hybridsim.credit.arrays import Floats
from hybridsim.credit.tail.result import TailResult
from hybridsim.credit.tail.sample import Sample
from hybridsim.credit.tail.totals import total

WINDOW = 0.25
"""Probability on each side of the VaR that counts as near it, in terms of 1 - level."""


@dataclass(frozen=True)
class Multiples:
    """Per scenario (B, n): its part in the tail, in the window around the VaR, and in the mean."""

    sample: Sample
    beyond: float
    """1 - level."""
    var: float
    tail: Floats
    near: Floats
    everywhere: bool
    """Whether expected losses have to be estimated."""

    @property
    def rows(self) -> int:
        """Rows of :meth:`of_batch`: tail, tail by the controls' scores, window, then mean like the tail."""
        return (2 + len(self.sample.scores)) + (1 + len(self.sample.scores)) * self.everywhere

    @property
    def near_row(self) -> int:
        """Row of the window; the mean's rows follow."""
        return 1 + len(self.sample.scores)

    def of_batch(self, batch: int) -> Floats:
        """(rows, n): sums of losses times these are the batch's means."""
        scores = [score[batch] for score in self.sample.scores]
        weight, calibrated = self.sample.weight[batch], self.sample.calibrated[batch]
        tail, near = self.tail[batch] / self.beyond, self.near[batch]
        rows = [calibrated * tail, *(score * weight * tail for score in scores), calibrated * near]
        if self.everywhere:
            rows += [calibrated, *(score * weight for score in scores)]
        return np.stack(rows) / weight.size

    def sides(self) -> tuple[Floats, Floats]:
        """Differences of batches that explain theirs: (B, 1 + controls) of the tail, (B, 1) of the window."""
        sample = self.sample
        mass = (sample.calibrated * self.tail).mean(axis=1)
        loss = (sample.calibrated * self.near * sample.loss).mean(axis=1)
        columns = [mass, *(excess.mean(axis=1) for excess in sample.excess)]
        return np.stack([c - total(c) / c.size for c in columns], axis=1), (loss - total(loss) / loss.size)[
            :, None
        ]

    def mean(self, values: Floats) -> float:
        """Mean of values (B, n) that carry their weights already."""
        return total(values) / self.sample.size


def multiples(result: TailResult) -> Multiples:
    """The multiples of a run at its level.

    The scenarios whose loss is the VaR count with the share that makes the tail's probability ``1 - level``.
    """
    sample, beyond = result.sample, 1.0 - result.level
    var = sample.quantile(beyond)
    above, at = sample.loss > var, sample.loss == var
    size = sample.size
    more = total(sample.calibrated[above]) / size
    there = total(sample.calibrated[at]) / size
    share = min(max((beyond - more) / there, 0.0), 1.0) if there > 0.0 else 0.0
    low, high = sample.quantile(beyond * (1.0 + WINDOW)), sample.quantile(beyond * (1.0 - WINDOW))
    near = (sample.loss >= low) & (sample.loss <= high)
    return Multiples(
        sample, beyond, var, above + share * at, near.astype(np.float64), bool(result.drawing.book.guaranteed)
    )
