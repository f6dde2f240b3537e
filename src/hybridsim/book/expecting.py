"""Expected losses of a book in a given state of its factors, without simulation.

Exact but for the caps of guarantee pools, which couple the loans and are left out: :func:`caps_can_bind`.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING

import numpy as np

from hybridsim.book.states import default_probabilities, spreads, thresholds
from hybridsim.credit.arrays import Floats, Integers
from hybridsim.credit.portfolio import Dependence, Portfolio
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
    """Asset values of m obligors in the state: ``mean + along f + spread e``, f the economy standardised."""

    threshold: Floats
    mean: Floats
    along: Floats
    spread: Floats


@dataclass(frozen=True)
class _Pairs:
    """Borrowers and their guarantors, as rows of the obligors, with the correlation given the economy."""

    borrower: Integers
    guarantor: Integers
    correlation: Floats


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
    pairs, kind = _pairs(book, normals, covariance, doubled)
    economy = _NODES if variance > 0.0 else np.zeros(1)
    weights = _WEIGHTS if variance > 0.0 else np.ones(1)
    location = _lgd_locations(book, dependence)
    gross, failed = np.zeros(book.lgd.size), np.zeros(doubled.size)
    for node, weight in zip(economy, weights, strict=True):
        mean = float(state.mean[place]) if place >= 0 else 0.0
        lgd = _lgd_given(book, dependence, location, mean + np.sqrt(variance) * node)
        for root_w, share in _mixing(dependence.degrees_of_freedom):
            single, double = _given(normals, float(node), root_w, pairs)
            gross += weight * share * single[book.obligor] * lgd
            failed += weight * share * double[kind] * lgd[doubled]
    gross *= book.exposure_eur
    net = gross * (1.0 - book.cover)
    unpaid = 1.0 - book.pays_in_default[book.guarantor[doubled]]
    net[doubled] += book.exposure_eur[doubled] * book.cover[doubled] * unpaid * failed
    return ExpectedLoss(gross, net)


def loss_share(book: Portfolio, dependence: Dependence, loss: ExpectedLoss | None = None) -> Floats:
    """Share of each loan that a default costs in the state, after guarantees, (n,): EL over PD and exposure.

    Where nothing can default it is the LGD after cover. ``loss`` is that of :func:`expected_loss`, if known.
    """
    net = (loss or expected_loss(book, dependence)).net_eur
    expected = default_probabilities(book, dependence)[book.obligor] * book.exposure_eur
    usable = expected > 0.0
    fallback = book.lgd * (1.0 - book.cover)
    share = np.where(usable, net / np.where(usable, expected, 1.0), fallback)
    return np.asarray(np.minimum(share, 1.0), dtype=np.float64)


def within_caps(book: Portfolio, loss: ExpectedLoss) -> Floats:
    """Net expected losses (n,) if each pool pays its expected claims up to its cap, pro rata.

    What a large book loses in a state of its factors; in a single year claims vary, so that caps bind more.
    """
    pooled = book.pool >= 0
    claims = np.bincount(
        book.pool[pooled],
        weights=(book.cover * loss.gross_eur)[pooled],
        minlength=book.pool_cap_eur.size,
    )
    reach = np.divide(book.pool_cap_eur, claims, out=np.ones(claims.size), where=claims > book.pool_cap_eur)
    rate = np.where(pooled, np.append(reach, 1.0)[book.pool], 1.0)
    return np.asarray(loss.gross_eur - rate * (loss.gross_eur - loss.net_eur), dtype=np.float64)


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


def _given(normals: _Normals, economy: float, root_w: float, pairs: _Pairs) -> tuple[Floats, Floats]:
    """PDs (m,) and probabilities that borrower and guarantor of each pair default."""
    from scipy.special import ndtr

    bound = (normals.threshold * root_w - normals.mean - normals.along * economy) / normals.spread
    one, other = bound[pairs.borrower], bound[pairs.guarantor]
    same = pairs.borrower == pairs.guarantor
    return np.asarray(ndtr(bound)), np.where(same, ndtr(one), both(one, other, pairs.correlation))


def _normals(
    book: Portfolio, dependence: Dependence, covariance: Floats, place: int, variance: float
) -> _Normals:
    state = dependence.factors
    along = np.zeros(book.pd.size)
    if variance > 0.0:
        along = book.loadings @ covariance[:, place] / np.sqrt(variance)
    spread = np.sqrt(np.maximum(spreads(book, state) ** 2 - along**2, 0.0))
    return _Normals(thresholds(book, dependence), book.loadings @ state.mean, along, spread)


def _pairs(
    book: Portfolio, normals: _Normals, covariance: Floats, doubled: Integers
) -> tuple[_Pairs, Integers]:
    """Distinct pairs, and which of them each of the loans ``doubled`` is.

    Pairs with the same guarantor and borrowers of the same numbers are one, since two normal variables are
    costly and a tape has few ratings.
    """
    one, other = book.obligor[doubled], book.guarantor[doubled]
    shared = np.einsum("ij,jk,ik->i", book.loadings[one], covariance, book.loadings[other], optimize=True)
    free = shared - normals.along[one] * normals.along[other]
    # One's own guarantor: the two are one variable, and `_given` looks no further.
    correlation = np.where(one == other, 0.0, free / (normals.spread[one] * normals.spread[other]))
    numbers = (normals.threshold[one], normals.mean[one], normals.along[one], normals.spread[one])
    keys = np.column_stack((*numbers, other, one == other, correlation))
    _, first, kind = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    return _Pairs(one[first], other[first], correlation[first]), kind.reshape(-1)


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
