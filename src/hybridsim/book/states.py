"""What is expected of a book in a given state of its factors: defaults and losses without simulation.

The model is that of :mod:`hybridsim.credit.portfolio`; the year's factors F are normal with the state's mean
and covariance S. Caps of guarantee pools couple the loans and are left out: see :func:`caps_can_bind`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf
from typing import TYPE_CHECKING

import numpy as np

from hybridsim.credit.arrays import Floats, Integers
from hybridsim.credit.factor_state import FactorState
from hybridsim.credit.portfolio import Dependence, Portfolio, residuals
from hybridsim.credit.simulation.preparing import prepare

if TYPE_CHECKING:
    import numpy.typing as npt

# Trapezoid rules over the economy and over the mixing variable's normal coordinate; smooth Gaussian
# integrands, so the error falls faster than any power of the step.
_NODES = np.linspace(-8.0, 8.0, 33)
_WEIGHTS = np.exp(-0.5 * _NODES * _NODES) / np.exp(-0.5 * _NODES * _NODES).sum()
_FAR = 38.0


@dataclass(frozen=True)
class ExpectedLoss:
    """Of one year, per loan in the order of the portfolio, (n,) euros."""

    gross_eur: Floats
    """Before guarantees."""
    net_eur: Floats
    """After guarantees without their pools' caps, guarantors' own defaults (double default) counted."""


@dataclass(frozen=True)
class _Normals:
    """Asset values of m obligors in the state: ``mean + along f + spread e`` given the economy f
    standardised."""

    threshold: Floats
    mean: Floats
    along: Floats
    spread: Floats


def later(state: FactorState, persistence: float, years: int) -> FactorState:
    """The same factors some years on: ``phi^k mean``, covariance ``phi^(2k) S + (1 - phi^(2k)) C``.

    Factors that follow AR(1) with one coefficient phi drift back to the stationary law.
    """
    if not 0.0 <= persistence < 1.0:
        raise ValueError(f"persistence(={persistence}) must be in [0, 1)")
    kept = persistence**years
    covariance = kept**2 * (state.root @ state.root.T) + (1.0 - kept**2) * state.correlation
    values, vectors = np.linalg.eigh(covariance)
    root = np.linalg.qr((vectors * np.sqrt(np.maximum(values, 0.0))).T)[1].T
    return replace(state, mean=kept * state.mean, root=root)


def default_probabilities(book: Portfolio, dependence: Dependence) -> Floats:
    """One-year PD of each obligor in the state ``dependence.factors``, (m,).

    ``P(w.F + sqrt(1 - R2) e <= c sqrt(W))`` with w.F normal: ``Phi((c - w.mean) / sqrt(w' S w + 1 - R2))``
    for the Gaussian copula (Vasicek 2002 where S is 0), the noncentral t distribution for the t copula.
    Through the cycle it is the obligor's PD.
    """
    from scipy.special import nctdtr, ndtr

    state = dependence.factors
    mean = book.loadings @ state.mean
    spread = _spread(book, state)
    bound = _thresholds(book, dependence) / spread
    if dependence.degrees_of_freedom == inf:
        return np.asarray(ndtr(bound - mean / spread), dtype=np.float64)
    finite = np.isfinite(bound)
    chance = nctdtr(dependence.degrees_of_freedom, mean / spread, np.where(finite, bound, 0.0))
    return np.where(finite, chance, np.where(bound > 0.0, 1.0, 0.0))


def coming_years(book: Portfolio, dependence: Dependence, persistence: float, years: int) -> Floats:
    """PDs (m, years) of each coming year if the first one is in the state ``dependence.factors``."""
    states = [later(dependence.factors, persistence, k) for k in range(years)]
    return np.stack(
        [default_probabilities(book, replace(dependence, factors=state)) for state in states], axis=1
    )


def economy_loading(book: Portfolio, dependence: Dependence) -> Floats:
    """Correlation of each obligor's asset value with the economy, ``(C w)_economy``, (m,)."""
    place = dependence.factors.names.index(dependence.economy)
    return np.asarray(book.loadings @ dependence.factors.correlation[:, place], dtype=np.float64)


def caps_can_bind(book: Portfolio) -> npt.NDArray[np.bool_]:
    """Loans, (n,), whose pool could be asked for more than its cap, so that their losses may be higher."""
    pooled = book.pool >= 0
    claims = np.bincount(
        book.pool[pooled],
        weights=(book.cover * book.exposure_eur)[pooled],
        minlength=book.pool_cap_eur.size,
    )
    binds = np.zeros(book.pool.size, dtype=bool)
    binds[pooled] = (claims > book.pool_cap_eur)[book.pool[pooled]]
    return binds


def expected_loss(book: Portfolio, dependence: Dependence) -> ExpectedLoss:
    """Expected loss of each loan in the state ``dependence.factors``: exact up to the pools' caps.

    ``E[LGD 1_D]`` and ``E[LGD 1_D 1_G]`` (D the borrower's, G the guarantor's default) by quadrature over the
    economy, on which the LGD hangs, and the mixing variable; given both, D and G are two normal variables.
    """
    state = dependence.factors
    place = state.names.index(dependence.economy) if dependence.economy in state.names else -1
    covariance = state.root @ state.root.T
    variance = float(covariance[place, place]) if place >= 0 else 0.0
    normals = _normals(book, dependence, covariance, place, variance)
    doubled = np.flatnonzero((book.guarantor >= 0) & (book.cover > 0.0))
    pairs = _pair_correlations(book, normals, covariance, doubled)
    economy = _NODES if variance > 0.0 else np.zeros(1)
    weights = _WEIGHTS if variance > 0.0 else np.ones(1)
    location = _lgd_locations(book, dependence)
    gross, failed = np.zeros(book.lgd.size), np.zeros(doubled.size)
    for node, weight in zip(economy, weights, strict=True):
        mean = float(state.mean[place]) if place >= 0 else 0.0
        lgd = _lgd_given(book, dependence, location, mean + np.sqrt(variance) * node)
        for root_w, share in _mixing(dependence.degrees_of_freedom):
            single, double = _given(book, normals, float(node), root_w, doubled, pairs)
            gross += weight * share * single[book.obligor] * lgd
            failed += weight * share * double * lgd[doubled]
    gross *= book.exposure_eur
    net = gross * (1.0 - book.cover)
    unpaid = 1.0 - book.pays_in_default[book.guarantor[doubled]]
    net[doubled] += book.exposure_eur[doubled] * book.cover[doubled] * unpaid * failed
    return ExpectedLoss(gross, net)


def loss_share(book: Portfolio, dependence: Dependence) -> Floats:
    """Share of each loan that a default costs in the state, after guarantees, (n,): EL over PD and exposure.

    Where nothing can default it is the LGD after cover.
    """
    loss = expected_loss(book, dependence).net_eur
    expected = default_probabilities(book, dependence)[book.obligor] * book.exposure_eur
    fallback = book.lgd * (1.0 - book.cover)
    usable = expected > 0.0
    share = np.where(usable, loss / np.where(usable, expected, 1.0), fallback)
    return np.asarray(np.minimum(share, 1.0), dtype=np.float64)


def both(h: Floats, k: Floats, correlation: Floats) -> Floats:
    """P(X <= h, Y <= k) of two standard normal variables, by Owen's T function (Owen 1956); (n,) each."""
    from scipy.special import ndtr, owens_t

    h, k = np.clip(h, -_FAR, _FAR), np.clip(k, -_FAR, _FAR)
    h, k = np.where(h == 0.0, 1e-300, h), np.where(k == 0.0, 1e-300, k)
    rest = np.sqrt(1.0 - correlation**2)
    with np.errstate(over="ignore"):
        first = owens_t(h, (k / h - correlation) / rest)
        second = owens_t(k, (h / k - correlation) / rest)
    half = np.where(h * k < 0.0, 0.5, 0.0)
    chance = 0.5 * (ndtr(h) + ndtr(k)) - first - second - half
    return np.asarray(np.clip(chance, 0.0, np.minimum(ndtr(h), ndtr(k))), dtype=np.float64)


def _given(
    book: Portfolio, normals: _Normals, economy: float, root_w: float, doubled: Integers, pairs: Floats
) -> tuple[Floats, Floats]:
    """PDs (m,) and, for the loans ``doubled``, probabilities that borrower and guarantor default."""
    from scipy.special import ndtr

    bound = (normals.threshold * root_w - normals.mean - normals.along * economy) / normals.spread
    borrower, guarantor = book.obligor[doubled], book.guarantor[doubled]
    joint = np.where(
        borrower == guarantor, ndtr(bound[borrower]), both(bound[borrower], bound[guarantor], pairs)
    )
    return np.asarray(ndtr(bound)), joint


def _normals(
    book: Portfolio, dependence: Dependence, covariance: Floats, place: int, variance: float
) -> _Normals:
    state = dependence.factors
    along = np.zeros(book.pd.size)
    if variance > 0.0:
        along = book.loadings @ covariance[:, place] / np.sqrt(variance)
    spread = np.sqrt(np.maximum(_spread(book, state) ** 2 - along**2, 0.0))
    return _Normals(_thresholds(book, dependence), book.loadings @ state.mean, along, spread)


def _pair_correlations(book: Portfolio, normals: _Normals, covariance: Floats, doubled: Integers) -> Floats:
    """Correlation of the asset values of borrower and guarantor given the economy, per loan."""
    one, other = book.obligor[doubled], book.guarantor[doubled]
    shared = np.einsum("ij,jk,ik->i", book.loadings[one], covariance, book.loadings[other], optimize=True)
    free = shared - normals.along[one] * normals.along[other]
    return np.asarray(np.where(one == other, 0.0, free / (normals.spread[one] * normals.spread[other])))


def _spread(book: Portfolio, state: FactorState) -> Floats:
    systematic = np.einsum("ij,ij->i", book.loadings @ state.root, book.loadings @ state.root)
    return np.asarray(np.sqrt(systematic + residuals(book, state) ** 2), dtype=np.float64)


def _thresholds(book: Portfolio, dependence: Dependence) -> Floats:
    from scipy.special import ndtri, stdtrit

    if dependence.degrees_of_freedom == inf:
        return np.asarray(ndtri(book.pd), dtype=np.float64)
    inside = (book.pd > 0.0) & (book.pd < 1.0)
    quantile = stdtrit(dependence.degrees_of_freedom, np.where(inside, book.pd, 0.5))
    return np.where(inside, quantile, np.where(book.pd > 0.0, inf, -inf))


def _mixing(degrees_of_freedom: float) -> list[tuple[float, float]]:
    """Values of sqrt(W) with their weights: chi-squared over its degrees, at the normal nodes."""
    from scipy.special import chdtri, ndtr

    if degrees_of_freedom == inf:
        return [(1.0, 1.0)]
    values = np.sqrt(chdtri(degrees_of_freedom, ndtr(-_NODES)) / degrees_of_freedom)
    return list(zip(values.tolist(), _WEIGHTS.tolist(), strict=True))


def _lgd_locations(book: Portfolio, dependence: Dependence) -> Floats:
    """mu of each loan in the portfolio's order; empty if LGDs do not hang on the economy."""
    if dependence.lgd_economy == 0.0:
        return np.zeros(0)
    prepared = prepare(book, dependence)
    location = np.empty(book.lgd.size)
    location[prepared.loan_row] = prepared.lgd_location
    return location


def _lgd_given(book: Portfolio, dependence: Dependence, location: Floats, economy: float) -> Floats:
    from scipy.special import ndtr

    if location.size == 0:
        return book.lgd
    probit = location - dependence.lgd_economy * economy
    return np.asarray(ndtr(probit / np.sqrt(1.0 + dependence.lgd_sigma**2)), dtype=np.float64)
