"""Which unknown moves a figure most, from draws in which all of them move at once.

Spearman's rank correlation of the unknown with the figure. With independent draws its square is the squared
standardised coefficient of a regression on all ranks (Saltelli et al., Global Sensitivity Analysis, 2008,
1.2.5), but it needs no more draws than unknowns. Less what pure noise explains, ``1 / (D - 1)``, it is the
share of the figure's (rank) variance that the unknown explains alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hybridsim.core.estimate import CONFIDENCE

Floats = npt.NDArray[np.float64]

FEWEST_DRAWS = 8
_FIELLER = 1.06
"""Variance of Fisher's z of a rank correlation times D - 3 (Fieller, Hartley and Pearson 1957)."""


@dataclass(frozen=True, slots=True)
class Influence:
    """Rank correlation of one unknown with a figure, its 95 % interval, and the share explained alone.

    ``stands_out``: the correlation is beyond what the strongest of as many unknowns without any effect would
    show in one of twenty cases.
    """

    correlation: float
    low: float
    high: float
    share: float
    stands_out: bool


def rank(unknowns: Floats, figure: Floats) -> list[Influence]:
    """Influence of each unknown, shapes (D, K) and (D,); empty if the figure does not move or D is small."""
    draws, count = unknowns.shape
    if draws < FEWEST_DRAWS or not count or figure.min() == figure.max():
        return []
    from scipy.stats import rankdata

    x = rankdata(unknowns, axis=0) - 0.5 * (draws + 1)
    y = rankdata(figure) - 0.5 * (draws + 1)
    correlations = x.T @ y / np.sqrt((x * x).sum(axis=0) * (y @ y))
    least = noise_level(draws, count)
    return [_influence(float(r), draws, least) for r in np.clip(correlations, -1.0, 1.0)]


def noise_level(draws: int, count: int) -> float:
    """Correlation that the strongest of ``count`` unknowns without effect exceeds in one of twenty cases.

    Student's t of one of them (Kendall), at the level of Sidak (1967) for ``count`` of them.
    """
    from scipy.special import stdtrit

    level = 1.0 - CONFIDENCE ** (1.0 / count)
    t = float(stdtrit(draws - 2, 1.0 - level / 2.0))
    return t / math.sqrt(draws - 2 + t * t)


def _influence(r: float, draws: int, least: float) -> Influence:
    from scipy.special import ndtri

    by_chance = 1.0 / (draws - 1)
    share = max(0.0, (r * r - by_chance) / (1.0 - by_chance))
    if abs(r) == 1.0:
        return Influence(r, r, r, share, True)
    reach = float(ndtri(0.5 + CONFIDENCE / 2.0)) * math.sqrt(_FIELLER / (draws - 3))
    z = math.atanh(r)
    return Influence(r, math.tanh(z - reach), math.tanh(z + reach), share, abs(r) > least)
