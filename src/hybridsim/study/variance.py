"""How much of a spread is chance in the world, and how much is what nobody knows.

All draws of the unknowns go through the same replications, so a figure's contribution of replication r in
draw d is ``Y_dr = mu + a_d + b_r + e_dr``: what the draw does, what the future does whatever the draw, and
what they do together. The mean of a draw, ``y_d``, has variance ``var(a) + var(e) / R`` over the draws:
``b`` is the same in all of them and cancels. So

    V = s2_between - s2_interaction / R        share = V / (V + s2_within)

with ``s2_between`` the variance of ``y_d``, ``s2_interaction`` the residual mean square of the two-way table
(Searle, Casella and McCulloch, Variance Components, 1992, 4.3) and ``s2_within`` the variance over
replications at given unknowns. With independent replications in each draw ``s2_interaction`` would be
``s2_within``; taking that here would subtract ``var(b) / R`` too much.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from hybridsim.core.estimate import CONFIDENCE

Floats = npt.NDArray[np.float64]

FEWEST_DRAWS = 4
RESAMPLES = 2_000
_RESAMPLING_KEY = 20_270_102
_ROUNDING = 1e-13
_REACH = NormalDist().inv_cdf(0.5 + CONFIDENCE / 2.0)


@dataclass(frozen=True, slots=True)
class Split:
    """Mean of a figure and where its spread comes from; None where there is none to be had.

    ``unknowns_variance`` is V (negative if noise hides it), ``chance_variance`` is ``s2_within``. Ranges hold
    95 %: of futures at given unknowns (chance), of the figure over the unknowns, and of futures over both.
    """

    mean: float
    se: float
    chance_variance: float
    unknowns_variance: float
    share: float | None
    share_low: float | None
    share_high: float | None
    chance: tuple[float, float]
    unknowns: tuple[float, float]
    both: tuple[float, float]


def split(futures: Floats, never_negative: bool = False) -> Split:
    """Split the spread of ``futures``, shape (D, R): a figure by draw and replication, D and R at least 2."""
    draws, replications = futures.shape
    by_draw, by_replication = futures.mean(axis=1), futures.mean(axis=0)
    mean = float(by_draw.mean())
    rest = futures - by_draw[:, None] - by_replication + mean
    together = (rest * rest).sum(axis=1) / (replications - 1) * (draws / (draws - 1))
    within = futures.var(axis=1, ddof=1)
    between = float(by_draw.var(ddof=1))
    v = between - float(together.mean()) / replications
    chance = float(within.mean())
    of_mean = (
        between / draws
        + float(by_replication.var(ddof=1)) / replications
        - float(together.mean()) / draws / replications
    )
    share_low, share_high = _share_interval(by_draw, within, together, replications)
    return Split(
        mean=mean,
        se=math.sqrt(max(of_mean, 0.0)),
        chance_variance=chance,
        unknowns_variance=v,
        share=_share(v, chance, mean),
        share_low=share_low,
        share_high=share_high,
        chance=_range(mean, chance, never_negative),
        unknowns=_range(mean, max(v, 0.0), never_negative),
        both=_range(mean, max(v, 0.0) + chance, never_negative),
    )


def _share(v: float, chance: float, size: float) -> float | None:
    whole = max(v, 0.0) + chance
    if whole <= (_ROUNDING * size) ** 2:
        return None
    return max(v, 0.0) / whole


def _share_interval(
    by_draw: Floats, within: Floats, together: Floats, replications: int
) -> tuple[float | None, float | None]:
    """Percentile interval of the share from resampled draws, keyed so that it repeats."""
    draws = by_draw.size
    if draws < FEWEST_DRAWS:
        return None, None
    bits = np.random.Philox(_RESAMPLING_KEY)
    raw = np.asarray(bits.random_raw(RESAMPLES * draws), dtype=np.uint64) >> np.uint64(11)
    rows = np.asarray(raw * 2.0**-53 * draws, dtype=np.int64).reshape(RESAMPLES, draws)
    # A resampled variance is (D - 1) / D of what it estimates.
    between = by_draw[rows].var(axis=1, ddof=1) * (draws / (draws - 1))
    v = np.maximum(between - together[rows].mean(axis=1) / replications, 0.0)
    whole = v + within[rows].mean(axis=1)
    if not np.all(whole > (_ROUNDING * float(by_draw.mean())) ** 2):
        return None, None
    shares = np.sort(v / whole)
    tail = (1.0 - CONFIDENCE) / 2.0
    first, last = int(RESAMPLES * tail) - 1, math.ceil(RESAMPLES * (1.0 - tail)) - 1
    return float(shares[first]), float(shares[last])


def _range(mean: float, variance: float, never_negative: bool) -> tuple[float, float]:
    """Middle 95 % of a normal distribution of these moments; of a lognormal one where that would reach
    below zero although the figure cannot be negative.
    """
    reach = _REACH * math.sqrt(variance)
    if never_negative and 0.0 < mean < reach:
        squared = math.log1p(variance / (mean * mean))
        middle = math.log(mean) - 0.5 * squared
        reach = _REACH * math.sqrt(squared)
        return math.exp(middle - reach), math.exp(middle + reach)
    return mean - reach, mean + reach
