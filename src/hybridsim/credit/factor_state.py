"""The systematic factors of the year that a loss distribution looks at.

Thresholds of default come from the stationary correlation (through the cycle); the year itself may differ: a
known state before it, a shift, a factor that is given.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from hybridsim.credit.arrays import Floats, column
from hybridsim.credit.factors import FactorModel

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


@dataclass(frozen=True)
class FactorState:
    """K normal factors, in standard deviations of the stationary process: ``F = mean + root z``."""

    names: tuple[str, ...]
    correlation: Floats
    """C, (K, K): stationary; gives each obligor's R2 and its threshold."""
    mean: Floats
    """(K,)"""
    root: Floats
    """(K, K), lower triangular: ``root root'`` is the covariance of the year."""


def through_the_cycle(model: FactorModel) -> FactorState:
    """A year of which nothing is known: mean 0, covariance C."""
    root = np.asarray(model.correlation_root, dtype=np.float64)
    return FactorState(
        model.names, np.asarray(model.correlation, dtype=np.float64), np.zeros(len(model.names)), root
    )


def point_in_time(model: FactorModel, state: ArrayLike) -> FactorState:
    """The year after ``state`` (K values): mean A state, covariance C - A C A' (DESIGN 5.1)."""
    before = column("state", state, low=-np.inf, size=len(model.names))
    mean: Floats = np.asarray(model.transition, dtype=np.float64) @ before
    root = np.asarray(model.innovation_root, dtype=np.float64)
    return FactorState(model.names, np.asarray(model.correlation, dtype=np.float64), mean, root)


def shifted(state: FactorState, name: str, by: float) -> FactorState:
    """The same year with one factor's mean moved by ``by`` standard deviations; the others stay."""
    mean = state.mean.copy()
    mean[_position(state, name)] += by
    return replace(state, mean=mean)


def given(state: FactorState, name: str, value: float) -> FactorState:
    """The same year given that one factor is ``value``: the others follow as their covariance says.

    ``mean + S_k (value - mean_k)/S_kk`` and ``S - S_k S_k'/S_kk``, S the covariance of the year. (The stress
    that *fixes* a factor in a run leaves the others alone: it imposes a path, it does not learn from one.)
    """
    place = _position(state, name)
    covariance = state.root @ state.root.T
    variance = covariance[place, place]
    if not variance > 0.0:
        raise ValueError(f"factor {name} has no variance in this year, so it cannot be given as {value}")
    line = covariance[:, place] / variance
    rest = covariance - np.outer(line, covariance[:, place])
    values, vectors = np.linalg.eigh(rest)
    triangular: Floats = np.linalg.qr((vectors * np.sqrt(np.maximum(values, 0.0))).T)[1].T
    mean = state.mean + line * (value - state.mean[place])
    mean[place] = value
    triangular[place, :] = 0.0
    return replace(state, mean=mean, root=triangular)


def _position(state: FactorState, name: str) -> int:
    if name not in state.names:
        raise ValueError(f"factor {name!r} is unknown; the factors are {', '.join(state.names)}")
    return state.names.index(name)
