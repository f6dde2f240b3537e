"""Defaults of a book in a given state of its factors, in this and the coming years, without simulation.

The model is that of :mod:`hybridsim.credit.portfolio`; the year's factors F are normal with the state's mean
and covariance S.
"""

from __future__ import annotations

from math import inf
from typing import NamedTuple

import numpy as np

from hybridsim.credit.arrays import Floats
from hybridsim.credit.factor_state import FactorState
from hybridsim.credit.portfolio import Dependence, Portfolio, residuals


def default_probabilities(book: Portfolio, dependence: Dependence) -> Floats:
    """One-year PD of each obligor in the state ``dependence.factors``, (m,).

    ``P(w.F + sqrt(1 - R2) e <= c sqrt(W))`` with w.F normal: ``Phi((c - w.mean) / sqrt(w' S w + 1 - R2))``
    for the Gaussian copula (Vasicek 2002 where S is 0), the noncentral t distribution for the t copula.
    Through the cycle it is the obligor's PD.
    """
    return coming_years(book, dependence, 0.0, 1)[:, 0]


def coming_years(book: Portfolio, dependence: Dependence, persistence: float, years: int) -> Floats:
    """PDs (m, years) of each coming year if the first one is in the state ``dependence.factors``.

    Factors that follow AR(1) with one coefficient phi drift back to the stationary law: k years on their mean
    is ``phi^k mean`` and their covariance ``phi^(2k) S + (1 - phi^(2k)) C``.
    """
    if not 0.0 <= persistence < 1.0:
        raise ValueError(f"persistence(={persistence}) must be in [0, 1)")
    mean = book.loadings @ dependence.factors.mean
    variance = spreads(book, dependence.factors) ** 2
    threshold = thresholds(book, dependence)
    chances = np.empty((book.pd.size, years))
    for year in range(years):
        kept = persistence**year
        # w' C w + 1 - R2 is 1, so that the stationary part needs no matrix.
        spread = np.sqrt(1.0 + kept**2 * (variance - 1.0))
        chances[:, year] = _below(threshold / spread, kept * mean / spread, dependence.degrees_of_freedom)
    return chances


class Outlook(NamedTuple):
    """What is known of the asset values of the first year, (m,) each: `pd_terms.given_economy`."""

    loading: Floats
    """By what they move with one standard deviation of the year's economy, ``(S w)_e/sqrt(S_ee)``; through
    the cycle their correlation with it."""
    mean: Floats
    variance: Floats


def outlook(book: Portfolio, dependence: Dependence) -> Outlook:
    """The asset values of each obligor in the state ``dependence.factors``."""
    state = dependence.factors
    loading = np.zeros(book.pd.size)
    if dependence.economy in state.names:
        economy = state.root[state.names.index(dependence.economy)]
        spread = float(np.sqrt(economy @ economy))
        if spread > 0.0:
            loading = book.loadings @ (state.root @ economy) / spread
    return Outlook(loading, book.loadings @ state.mean, spreads(book, state) ** 2)


def spreads(book: Portfolio, state: FactorState) -> Floats:
    """Standard deviation of each obligor's asset value in the state, ``sqrt(w' S w + 1 - R2)``, (m,)."""
    systematic = np.einsum("ij,ij->i", book.loadings @ state.root, book.loadings @ state.root)
    return np.asarray(np.sqrt(systematic + residuals(book, state) ** 2), dtype=np.float64)


def thresholds(book: Portfolio, dependence: Dependence) -> Floats:
    """T^-1(pd) of each obligor, (m,): what its asset value over sqrt(W) must not fall to."""
    from scipy.special import ndtri, stdtrit

    if dependence.degrees_of_freedom == inf:
        return np.asarray(ndtri(book.pd), dtype=np.float64)
    inside = (book.pd > 0.0) & (book.pd < 1.0)
    quantile = stdtrit(dependence.degrees_of_freedom, np.where(inside, book.pd, 0.5))
    return np.where(inside, quantile, np.where(book.pd > 0.0, inf, -inf))


def _below(bound: Floats, mean: Floats, degrees_of_freedom: float) -> Floats:
    """P(X <= bound sqrt(W)), X normal with this mean and variance 1."""
    from scipy.special import nctdtr, ndtr

    if degrees_of_freedom == inf:
        return np.asarray(ndtr(bound - mean), dtype=np.float64)
    finite = np.isfinite(bound)
    chance = nctdtr(degrees_of_freedom, mean, np.where(finite, bound, 0.0))
    return np.where(finite, chance, np.where(bound > 0.0, 1.0, 0.0))
