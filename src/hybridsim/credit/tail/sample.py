"""A weighted sample of losses in independent batches, and what it says of the distribution.

Scenarios are drawn from another law than the book's, so each carries the ratio of the two densities as its
weight. The weights' mean is known to be 1, and of further controls the mean is known too: they are calibrated
so that the sample meets these means, which is the regression estimator with every f regressed on the
controls:

    w'_i = w_i (1 - (x_mean - xi)' S^-1 (x_i - x_mean)),   mean(w' f) = mean(w f) - b_f' (x_mean - xi)

with x the controls (first of them w), xi their means, S their covariance and b_f the regression of w f on x.
Source: P. Glasserman, "Monte Carlo Methods in Financial Engineering" (2004), 4.1.2 (control variates as
weights).

Points within a batch hang together (they fill the space evenly), batches do not: errors come from the
variance between batches of the residuals ``w f - b_f (x - xi)``, intervals from Student's t.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import inf, isfinite, sqrt

import numpy as np

from hybridsim.core.estimate import CONFIDENCE, Estimate
from hybridsim.credit.arrays import Floats
from hybridsim.credit.tail.totals import total

FEWEST_BATCHES = 8
_CONSTANT = 1e-12
_SAME = 0.9999
_NEIGHBOURS = 2


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with its standard error and the ends of its 95 % interval, which may be infinite."""

    value: float
    se: float
    low: float
    high: float

    @property
    def half_width(self) -> float:
        """Half the interval; infinite if one end is open."""
        return 0.5 * (self.high - self.low)

    def estimate(self, n: int, method: str) -> Estimate:
        """The same for tables: what is infinite is missing."""
        se, low, high = (x if isfinite(x) else None for x in (self.se, self.low, self.high))
        return Estimate(self.value, se, low, high, n, method)


class Sample:
    """Losses and weights of B batches of n scenarios, sorted for reading.

    Parameters
    ----------
    loss
        (B, n) euros.
    weight
        (B, n) ratio of the book's density to the one drawn from, > 0.
    control, control_mean
        (B, n) figure of each scenario whose mean > 0 under the book's law is known; left out: only the
        weights.

    Raises
    ------
    ValueError
        If there are fewer than 8 batches or shapes differ.
    """

    def __init__(
        self, loss: Floats, weight: Floats, control: Floats | None = None, control_mean: float = 0.0
    ) -> None:
        if loss.ndim != 2 or loss.shape != weight.shape or loss.shape[0] < FEWEST_BATCHES:
            raise ValueError(
                f"loss has shape {loss.shape}, weight {weight.shape}; both need (B, n), B >= {FEWEST_BATCHES}"
            )
        self.loss, self.weight = loss, weight
        self.batches, self.size = loss.shape[0], loss.size
        self.excess = [weight - 1.0]
        if control is not None:
            self.excess.append(weight * control / control_mean - 1.0)
        self.scores = self._regression()
        self.calibrated: Floats = weight * self._correction()
        order = np.argsort(-loss, axis=None, kind="stable")
        self._descending: Floats = loss.ravel()[order]
        self._cumulated: Floats = np.cumsum(self.calibrated.ravel()[order]) / self.size

    def mean(self, values: Floats) -> Figure:
        """Mean of values (B, n) under the book's law."""
        value = total(self.calibrated * values) / self.size
        return self.around(value, self.residuals(values))

    def residuals(self, values: Floats) -> Floats:
        """(B,) by what each batch's mean of ``w values`` differs, after the controls; their mean is 0."""
        weighted = self.weight * values
        rest = weighted.mean(axis=1)
        for score, excess in zip(self.scores, self.excess, strict=True):
            rest = rest - total(score * weighted) / self.size * excess.mean(axis=1)
        centred: Floats = rest - total(rest) / self.batches
        return centred

    def around(self, value: float, residuals: Floats) -> Figure:
        """An estimate from its value and its batches' differences from it, (B,)."""
        se = sqrt(total(residuals * residuals) / (self.batches - 1) / self.batches)
        half = t_quantile(self.batches - 1) * se
        return Figure(value, se, value - half, value + half)

    def tail(self, loss: float) -> Figure:
        """Probability of a loss above one."""
        return self.mean((self.loss > loss).astype(np.float64))

    def value_at_risk(self, level: float) -> Figure:
        """Smallest loss that is exceeded with probability at most ``1 - level``.

        The interval inverts the tail probability: its ends are the quantiles at ``1 - level`` plus and minus
        t standard errors of the probability at the estimate. An end beyond the sample is infinite.
        """
        beyond = 1.0 - level
        value = self.quantile(beyond)
        width = max(self._tail_half_width(value, strict) for strict in (True, False))
        low = self.quantile(beyond + width)
        high = self.quantile(beyond - width) if width < beyond else inf
        half = 0.5 * (high - low)
        se = half / t_quantile(self.batches - 1) if isfinite(half) else inf
        return Figure(value, se, low, high)

    def quantile(self, beyond: float) -> float:
        """Smallest loss of the sample whose weighted probability of being exceeded is at most ``beyond``."""
        place = int(np.searchsorted(self._cumulated, beyond * (1.0 + 1e-12), side="right"))
        return float(self._descending[min(place, self.size - 1)])

    def expected_shortfall(self, level: float) -> Figure:
        """Mean of the worst ``1 - level``: ``VaR + E[(L - VaR)+]/(1 - level)`` (Acerbi and Tasche 2002).

        Its derivative in the VaR is 0 at the quantile, so that the error of the excess is that of the ES.
        """
        value = self.quantile(1.0 - level)
        excess = self.mean(np.maximum(self.loss - value, 0.0) / (1.0 - level))
        return Figure(value + excess.value, excess.se, value + excess.low, value + excess.high)

    def standard_deviation(self) -> Figure:
        """Standard deviation of the loss, by its influence function ``((L - m)^2 - s^2)/(2 s)``."""
        centre = self.mean(self.loss).value
        squares = (self.loss - centre) ** 2
        deviation = sqrt(max(self.mean(squares).value, 0.0))
        if deviation == 0.0:
            return Figure(0.0, 0.0, 0.0, 0.0)
        return self.around(deviation, self.residuals(squares) / (2.0 * deviation))

    def is_coarse(self, figure: Figure) -> bool:
        """Whether a figure's interval goes from one loss of the sample to the next: more scenarios decide
        between the two, but do not narrow it.
        """
        inside = self.loss[(self.loss >= figure.low) & (self.loss <= figure.high)]
        return figure.half_width > 0.0 and np.unique(inside).size <= _NEIGHBOURS

    def effective_size(self, loss: float) -> float:
        """How many scenarios of equal weight the losses of at least ``loss`` are worth: ``(sum w)^2/sum
        w^2``.

        Source: L. Kish, "Survey Sampling" (1965).
        """
        inside = self.weight[self.loss >= loss]
        squares = total(inside * inside)
        return total(inside) ** 2 / squares if squares > 0.0 else 0.0

    def _tail_half_width(self, loss: float, strict: bool) -> float:
        beyond = self.loss > loss if strict else self.loss >= loss
        return self.mean(beyond.astype(np.float64)).half_width

    def _regression(self) -> list[Floats]:
        """S^-1 (x - x_mean) of each control: b_f is the mean of this times w f; 0 for a constant one."""
        centred = [excess - total(excess) / self.size for excess in self.excess]
        scales = [sqrt(total(c * c) / self.size) for c in centred]
        units = [c / s if s > _CONSTANT else np.zeros_like(c) for c, s in zip(centred, scales, strict=True)]
        if len(units) == 1:
            return [units[0] / max(scales[0], _CONSTANT)]
        together = total(units[0] * units[1]) / self.size
        if abs(together) > _SAME:
            return [units[0] / scales[0], np.zeros_like(units[1])]
        rest = 1.0 - together * together
        return [
            (units[0] - together * units[1]) / (rest * max(scales[0], _CONSTANT)),
            (units[1] - together * units[0]) / (rest * max(scales[1], _CONSTANT)),
        ]

    def _correction(self) -> Floats:
        factor = np.ones_like(self.weight)
        for score, excess in zip(self.scores, self.excess, strict=True):
            factor -= total(excess) / self.size * score
        # A negative weight needs a sample far too small for its weights; the cut keeps its cdf a cdf.
        return np.maximum(factor, 0.0)


@lru_cache
def t_quantile(freedom: int) -> float:
    """Two-sided 95 % quantile of Student's t, rounded so that every machine has the same."""
    from scipy.stats import t

    return round(float(t.ppf(0.5 + 0.5 * CONFIDENCE, freedom)), 9)
