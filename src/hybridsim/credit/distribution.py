"""Loss distributions on a grid of whole loss units, and the figures that are read off them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hybridsim.credit.arrays import Floats, Integers, column

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class LossDistribution:
    """Probabilities of the losses ``0, unit, 2 unit, ...``.

    ``unit_eur`` is one step in euros, ``probabilities`` has shape (n,) and adds up to 1; what rounding leaves
    beyond the grid is scaled away when it is built with :func:`loss_distribution`.
    """

    unit_eur: float
    probabilities: Floats


@dataclass(frozen=True, slots=True)
class Bands:
    """Loans in whole loss units: ``units`` (n,) and ``pd`` (n,) that keeps each expected loss."""

    unit_eur: float
    units: Integers
    pd: Floats


def loss_distribution(unit_eur: float, probabilities: Floats) -> LossDistribution:
    """Build a distribution; rounding below zero is cut off and the rest scaled to 1.

    Raises
    ------
    ValueError
        If the unit is not positive or the probabilities are off by more than rounding.
    """
    if not unit_eur > 0.0:
        raise ValueError(f"unit_eur(={unit_eur}) must be > 0")
    total = float(probabilities.sum())
    smallest = float(probabilities.min(initial=0.0))
    if not (abs(total - 1.0) <= _TOLERANCE and smallest >= -_TOLERANCE):
        raise ValueError(
            f"probabilities add up to {total} with smallest {smallest}; they must be a distribution"
        )
    cut = np.maximum(probabilities, 0.0)
    return LossDistribution(float(unit_eur), cut / cut.sum())


def bands(loss_eur: ArrayLike, pd: ArrayLike, unit_eur: float) -> Bands:
    """Round losses up to whole units and lower the PDs so that each expected loss stays what it is.

    Parameters
    ----------
    loss_eur
        (n,) amounts lost at default, >= 0; a loan that loses nothing has 0 units and keeps its row.
    pd
        (n,) default probabilities in [0, 1].
    unit_eur
        Size of one loss unit.

    Source: Credit Suisse First Boston, "CreditRisk+: a credit risk management framework" (1997), A4.2 and
    A3.2.

    Raises
    ------
    ValueError
        If a loss is negative, a PD is outside [0, 1] or the unit is not positive.
    """
    losses = column("loss_eur", loss_eur)
    probability = column("pd", pd, high=1.0, size=losses.size)
    if not unit_eur > 0.0:
        raise ValueError(f"unit_eur(={unit_eur}) must be > 0")
    # A whole multiple of the unit stays one, although the division may end a rounding error above it.
    units = np.maximum(np.ceil(losses / unit_eur * (1.0 - 1e-12)), losses > 0.0)
    kept = np.divide(losses / unit_eur, units, out=np.ones_like(losses), where=units > 0.0)
    return Bands(float(unit_eur), units.astype(np.int64), probability * kept)


def hundredth_of_largest(loss_eur: ArrayLike) -> float:
    """Loss unit of CreditRisk+'s examples: the largest loss / 100, rounded up to a whole euro."""
    losses = np.asarray(loss_eur, dtype=np.float64)
    if losses.size == 0 or not float(losses.max()) > 0.0:
        raise ValueError("loss_eur must hold at least one positive loss")
    return float(np.ceil(losses.max() / 100.0))


def mean(distribution: LossDistribution) -> float:
    """Expected loss in euros."""
    steps = np.arange(distribution.probabilities.size)
    return float(steps @ distribution.probabilities) * distribution.unit_eur


def standard_deviation(distribution: LossDistribution) -> float:
    """Standard deviation of the loss in euros."""
    steps = np.arange(distribution.probabilities.size) - mean(distribution) / distribution.unit_eur
    return float(np.sqrt((steps * steps) @ distribution.probabilities)) * distribution.unit_eur


def value_at_risk(distribution: LossDistribution, level: float) -> float:
    """Smallest loss on the grid that is not exceeded with probability ``level`` in (0, 1), in euros."""
    cumulated = _cumulated(distribution, level)
    return float(_step(cumulated, level)) * distribution.unit_eur


def interpolated_quantile(distribution: LossDistribution, level: float) -> float:
    """Quantile on the straight lines between the points of the cdf, in euros; 0 where P(0) >= level.

    What CSFP's spreadsheet (1997) publishes. Between grid points it is not a loss that can occur; it takes
    the arbitrary grid out of the figure.
    """
    cumulated = _cumulated(distribution, level)
    step = _step(cumulated, level)
    if step == 0:
        return 0.0
    below, above = float(cumulated[step - 1]), float(cumulated[step])
    return (step - 1 + (level - below) / (above - below)) * distribution.unit_eur


def expected_shortfall(distribution: LossDistribution, level: float) -> float:
    """Mean of the worst ``1 - level`` of the distribution in euros.

    ``ES = VaR + E[max(L - VaR, 0)] / (1 - level)`` (Acerbi and Tasche, 2002): never below the value at risk
    and never below the expected loss, also where the distribution has atoms.
    """
    at_risk = _step(_cumulated(distribution, level), level)
    beyond = np.arange(1, distribution.probabilities.size - at_risk)
    excess = float(beyond @ distribution.probabilities[at_risk + 1 :])
    return (at_risk + excess / (1.0 - level)) * distribution.unit_eur


def _step(cumulated: Floats, level: float) -> int:
    # The last cumulated probability may miss 1, and an exact level its own point, by rounding.
    return min(int(np.searchsorted(cumulated, level - 1e-14)), cumulated.size - 1)


def _cumulated(distribution: LossDistribution, level: float) -> Floats:
    if not 0.0 < level < 1.0:
        raise ValueError(f"level(={level}) must be in (0, 1)")
    return np.cumsum(distribution.probabilities)
