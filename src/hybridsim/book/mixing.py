"""A book in several futures of a run, as one distribution of losses.

Which loans there will be at a month, how they are rated and how the economy stands, nobody knows at the
start: each future of the run is one answer, all equally likely. The loss of the coming year then has the
mixture of their distributions,

    P(L > x) = sum_r P_r(L > x) / R,

and its value at risk and shortfall are those of the mixture, not means of R values at risk: a bank that holds
one book for all futures must survive the bad ones. What the futures differ by is told beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

from hybridsim.core.estimate import CONFIDENCE, Estimate
from hybridsim.core.rng import entity_key
from hybridsim.credit.arrays import Floats

if TYPE_CHECKING:
    import pandas as pd

_WITHIN = 1e-6
_STRAIGHT = 1e-9
_FEW = 40.0
"""Futures by which the share of intervals of the tail that may miss is lowered: see :func:`_missing`."""
_WIDENED = "widened so that few futures, too, cover about 95 % (ten with thin tails: 89 %)"
_SEED_BITS = 63


@dataclass(frozen=True)
class FutureLosses:
    """Losses of one future's book: (n,) euros with their probabilities, which add up to 1."""

    replication: int
    exposure_eur: float
    loss_eur: Floats
    probability: Floats


@dataclass(frozen=True)
class MixedLosses:
    """The mixture's figures with 95 % intervals over futures, and a row of figures for each future."""

    level: float
    expected_loss: Estimate
    value_at_risk: Estimate
    expected_shortfall: Estimate
    futures: pd.DataFrame
    """replication, exposure_eur, expected_loss_eur, var_eur, es_eur, beyond: P(L > VaR of the mixture)."""


def future_seed(seed: int, replication: int) -> int:
    """Seed for one future's book: other numbers in each, so that errors of simulation average out."""
    return entity_key(f"book of future {replication}, seed {seed}") % (1 << _SEED_BITS)


def mixed(futures: Sequence[FutureLosses], level: float) -> MixedLosses:
    """Mix the losses of several futures, each with the same weight.

    Intervals are taken over the R futures, so that they hold both what futures differ by and the noise of
    their simulation. Expected loss and ``VaR + E_r[(L - VaR)+]/(1 - level)``, which to first order does not
    move with the VaR, are means of R values that are often skewed: Student's interval with Hall's correction
    (P. Hall, JRSS B 54, 1992). The value at risk's interval inverts that of ``P(L > VaR)`` (R. S. Woodruff,
    JASA 1952); an end that would need more futures is missing. Ten futures of unequal risk are few: the
    shortfall's interval then holds the truth in nine of ten cases rather than 95 of 100, with fifty in 94.

    Parameters
    ----------
    futures
        At least one; drawn with seeds of their own (`future_seed`).
    level
        Of VaR and shortfall, in (0, 1).

    Raises
    ------
    ValueError
        If the level is not in (0, 1), there is no future, or probabilities do not add up to 1.
    """
    import pandas as pd

    if not 0.0 < level < 1.0:
        raise ValueError(f"level(={level}) must be in (0, 1)")
    if not futures:
        raise ValueError("futures is empty; give at least one")
    for future in futures:
        total = float(future.probability.sum())
        if abs(total - 1.0) > _WITHIN:
            raise ValueError(f"probabilities of future {future.replication} add up to {total}, not to 1")
    losses = np.concatenate([future.loss_eur for future in futures])
    chances = np.concatenate([future.probability for future in futures]) / len(futures)
    order = np.argsort(-losses, kind="stable")
    falling, beyond = losses[order], np.cumsum(chances[order])
    at_risk = _quantile(falling, beyond, 1.0 - level)
    means = np.array([float(f.loss_eur @ f.probability) for f in futures])
    above = np.array([float(f.probability[f.loss_eur > at_risk].sum()) for f in futures])
    excess = np.array([float(np.maximum(f.loss_eur - at_risk, 0.0) @ f.probability) for f in futures])
    own = [_own(future, level) for future in futures]
    table = pd.DataFrame(
        {
            "replication": [future.replication for future in futures],
            "exposure_eur": [future.exposure_eur for future in futures],
            "expected_loss_eur": means,
            "var_eur": [var for var, _ in own],
            "es_eur": [es for _, es in own],
            "beyond": above,
        }
    )
    return MixedLosses(
        level,
        _estimate(means, 0.0, 1.0 - CONFIDENCE, "mean over futures, t interval without skewness (Hall)"),
        _inverted(at_risk, above, falling, beyond, level),
        _estimate(
            excess / (1.0 - level),
            at_risk,
            _missing(len(futures)),
            f"shortfall of the mixture, t interval over futures without skewness (Hall), {_WIDENED}",
        ),
        table,
    )


def _quantile(falling: Floats, beyond: Floats, chance: float) -> float:
    """Smallest loss that is exceeded with at most this probability."""
    place = int(np.searchsorted(beyond, chance * (1.0 + 1e-12), side="right"))
    return float(falling[min(place, falling.size - 1)])


def _own(future: FutureLosses, level: float) -> tuple[float, float]:
    """Value at risk and shortfall of one future alone."""
    order = np.argsort(-future.loss_eur, kind="stable")
    falling, chances = future.loss_eur[order], future.probability[order]
    at_risk = _quantile(falling, np.cumsum(chances), 1.0 - level)
    return at_risk, at_risk + float(np.maximum(falling - at_risk, 0.0) @ chances) / (1.0 - level)


def _missing(futures: int) -> float:
    """Share of t intervals of the tail that may miss by Student's law, so that about 5 % really do.

    ``0.05 n / (n + 40)``: 1 % with ten futures. The tail of a mixture hangs on its few worst futures, which
    a handful of draws mostly lacks, so that intervals taken at 5 % miss in 8 to 14 % of repeated draws. The
    40 was chosen by such draws (`docs/model.md`, "Several futures").
    """
    return (1.0 - CONFIDENCE) * futures / (futures + _FEW)


def _half_width(values: Floats, missing: float) -> tuple[float, float] | None:
    """Standard error of a mean and half the t interval that misses so often; None for a single value."""
    from scipy.special import stdtrit

    n = values.size
    if n < 2:
        return None
    se = float(values.std(ddof=1)) / sqrt(n)
    return se, float(stdtrit(n - 1, 1.0 - missing / 2.0)) * se


def _estimate(values: Floats, start: float, missing: float, method: str) -> Estimate:
    value, width = start + float(values.mean()), _half_width(values, missing)
    if width is None:
        return Estimate(value, None, None, None, 1, f"{method}; no interval: a single future")
    se, half = width
    low, high = (value - se * _unskewed(values, sign * half / se) if se else value for sign in (1.0, -1.0))
    return Estimate(value, se, low, high, values.size, method)


def _unskewed(values: Floats, quantile: float) -> float:
    """Quantile of the t statistic of a skewed sample: the inverse of Hall's cubic transformation.

    ``(3/a) ((1 + a (q - a/6))^(1/3) - 1)`` with a the skewness over the root of the sample's size.
    """
    centred = values - values.mean()
    spread = sqrt(float((centred**2).mean()))
    skewness = float((centred**3).mean()) / spread**3 / sqrt(values.size)
    if abs(skewness) < _STRAIGHT:
        return quantile
    root = float(np.cbrt(1.0 + skewness * (quantile - skewness / 6.0)))
    return 3.0 / skewness * (root - 1.0)


def _inverted(at_risk: float, above: Floats, falling: Floats, beyond: Floats, level: float) -> Estimate:
    width = _half_width(above, _missing(above.size))
    method = f"quantile of the mixture, interval of its tail inverted, {_WIDENED}"
    if width is None:
        return Estimate(at_risk, None, None, None, 1, f"{method}; no interval: a single future")
    low = _quantile(falling, beyond, 1.0 - level + width[1])
    if width[1] >= 1.0 - level:
        return Estimate(at_risk, None, low, None, above.size, f"{method}; its upper end needs more futures")
    high = _quantile(falling, beyond, 1.0 - level - width[1])
    return Estimate(at_risk, None, low, high, above.size, method)
