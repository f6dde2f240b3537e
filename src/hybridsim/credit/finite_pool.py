"""Exact loss of a finite book whose loans default independently given the factors, and its large-book limit.

Given a state of the factors the number of units lost is a sum of independent two-point variables. Loan by
loan, ``P_new(x) = (1 - p) P(x) + p P(x - v)`` (Andersen, Sidenius and Basu, "All your hedges in one basket",
Risk, November 2003): only products and sums of probabilities, so that nothing cancels and the relative error
stays near the number of loans times 1e-16 even far in the tail, where an FFT is lost in its absolute error.
"""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

from hybridsim.core.mathx import norm_ppf
from hybridsim.credit.arrays import Floats, check_between, column
from hybridsim.credit.distribution import Bands, LossDistribution, loss_distribution
from hybridsim.credit.vasicek import factor_nodes

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

# About a megabyte of probabilities at once: in the processor's cache the recursion is three times as fast.
_CELLS_AT_ONCE = 100_000
_LONGEST_GRID = 1 << 25
_MOST_CONDITIONAL_PDS = 50_000_000


def conditional_losses(loans: Bands, pd_given_state: ArrayLike, state_weights: ArrayLike) -> LossDistribution:
    """Loss distribution mixed over states of the factors in which loans default independently.

    Parameters
    ----------
    loans
        n loans in whole units; their own ``pd`` are not used.
    pd_given_state
        (m, n) default probabilities in each of m states: nodes of a quadrature, or drawn states.
    state_weights
        (m,) weights >= 0 of the states, scaled to 1.

    Raises
    ------
    ValueError
        If shapes do not fit, values are out of range or the unit is too small for the memory.
    """
    weights = column("state_weights", state_weights)
    chances = np.asarray(pd_given_state, dtype=np.float64)
    if chances.shape != (weights.size, loans.units.size):
        raise ValueError(
            f"pd_given_state has shape {chances.shape}; {weights.size} states and {loans.units.size} loans "
            f"need {(weights.size, loans.units.size)}"
        )
    check_between("pd_given_state", chances, 0.0, 1.0)
    if not weights.sum() > 0.0:
        raise ValueError("state_weights must have a positive sum")
    size = int(loans.units.sum()) + 1
    if size > _LONGEST_GRID:
        raise ValueError(f"the loss has {size:,} units, more than {_LONGEST_GRID:,}; take a larger unit_eur")
    block = max(1, _CELLS_AT_ONCE // size)
    # Small losses first: the occupied part of the grid grows slowly. And the order of the rows moves no bit.
    order = np.lexsort((chances[-1], chances[0], loans.units))
    total = np.zeros(size)
    for start in range(0, weights.size, block):
        rows = _convolved(loans.units[order], chances[start : start + block, order], size)
        total += weights[start : start + block] @ rows
    return loss_distribution(loans.unit_eur, total / weights.sum())


def one_factor_losses(loans: Bands, rho: ArrayLike) -> LossDistribution:
    """Exact loss distribution of a finite book under the one-factor Gaussian copula.

    ``rho`` (n,) or one number: asset correlations in [0, 1). The factor is integrated by the trapezoid rule,
    whose step is a fraction of the width of the conditional distribution
    (:func:`hybridsim.credit.vasicek.factor_nodes`). A thousand loans of together five thousand units take
    seconds, and the work grows with the loans to the power 1.5 and with the units.

    Raises
    ------
    ValueError
        If a correlation is out of range, or there are so many loans that the limit with its granularity
        adjustment is what to use.
    """
    correlation = _correlations(rho, loans.units.size)
    nodes, weights = factor_nodes(max(loans.units.size, 1), float(correlation.max(initial=0.0)))
    if nodes.size * loans.units.size > _MOST_CONDITIONAL_PDS:
        raise ValueError(
            f"{loans.units.size:,} loans are too many for the exact distribution; take limit_value_at_risk "
            "and granularity_adjustment"
        )
    return conditional_losses(loans, conditional_pds(loans.pd, correlation, nodes), weights)


def conditional_pds(pd: ArrayLike, rho: ArrayLike, states: ArrayLike) -> Floats:
    """PDs given states y of one factor, (m, n): ``Phi((Phi^-1(p) - sqrt(r) y) / sqrt(1 - r))``.

    A low state is a bad one. Source: O. Vasicek, "The distribution of loan portfolio value", Risk (2002).
    """
    from scipy.special import ndtr, ndtri

    chance = column("pd", pd, high=1.0)
    correlation = _correlations(rho, chance.size)
    factor = np.asarray(states, dtype=np.float64).reshape(-1, 1)
    return np.asarray(ndtr((ndtri(chance) - np.sqrt(correlation) * factor) / np.sqrt(1.0 - correlation)))


def limit_value_at_risk(loss_eur: ArrayLike, pd: ArrayLike, rho: ArrayLike, level: float) -> float:
    """Loss in euros at ``level`` as if each loan were cut into ever smaller ones with its PD.

    The expected loss given the factor at its ``1 - level`` quantile (Gordy, Journal of Financial
    Intermediation 12, 2003). ``loss_eur`` and ``pd`` have shape (n,), ``rho`` (n,) or one number.
    """
    losses, chance, correlation = _loans(loss_eur, pd, rho, level)
    return float(losses @ conditional_pds(chance, correlation, norm_ppf(1.0 - level))[0])


def granularity_adjustment(loss_eur: ArrayLike, pd: ArrayLike, rho: ArrayLike, level: float) -> float:
    """What single names add to :func:`limit_value_at_risk`, to first order, in euros.

    With ``m(y)`` and ``v(y)`` mean and variance of the loss given the factor, at ``y = Phi^-1(1 - level)``:
    ``-(v' - v (m''/m' + y)) / (2 m')``. Source: Martin and Wilde, "Unsystematic credit risk", Risk (November
    2002).

    Raises
    ------
    ValueError
        If a value is out of range or no loan depends on the factor (then there is no limit to adjust).
    """
    losses, chance, correlation = _loans(loss_eur, pd, rho, level)
    state = norm_ppf(1.0 - level)
    given = conditional_pds(chance, correlation, state)[0]
    first, second = _derivatives(chance, correlation, state)
    slope = float(losses @ first)
    if not slope < 0.0:
        raise ValueError("no loan depends on the factor: rho must be above 0 for some loan with a loss")
    squares = losses * losses
    variance = float(squares @ (given * (1.0 - given)))
    variance_slope = float(squares @ ((1.0 - 2.0 * given) * first))
    bend = float(losses @ second) / slope
    return -(variance_slope - variance * (bend + state)) / (2.0 * slope)


def _convolved(units: np.ndarray, chances: Floats, size: int) -> Floats:
    """Distribution of the units lost per state, (m, size), for chances (m, n)."""
    rows = np.zeros((chances.shape[0], size))
    rows[:, 0] = 1.0
    reached = 1
    for step, chance in zip(units.tolist(), chances.T, strict=True):
        defaulting = rows[:, :reached] * chance[:, None]
        rows[:, :reached] *= (1.0 - chance)[:, None]
        rows[:, step : step + reached] += defaulting
        reached += step
    return rows


def _derivatives(pd: Floats, rho: Floats, state: float) -> tuple[Floats, Floats]:
    """First and second derivative of the conditional PDs in the factor."""
    from scipy.special import ndtri

    width = np.sqrt(rho / (1.0 - rho))
    inside = pd * (1.0 - pd) > 0.0
    distance = (ndtri(np.where(inside, pd, 0.5)) - np.sqrt(rho) * state) / np.sqrt(1.0 - rho)
    density = np.where(inside, np.exp(-0.5 * distance * distance) / sqrt(2.0 * np.pi), 0.0)
    return -width * density, -width * width * distance * density


def _loans(loss_eur: ArrayLike, pd: ArrayLike, rho: ArrayLike, level: float) -> tuple[Floats, Floats, Floats]:
    if not 0.0 < level < 1.0:
        raise ValueError(f"level(={level}) must be in (0, 1)")
    losses = column("loss_eur", loss_eur)
    return losses, column("pd", pd, high=1.0, size=losses.size), _correlations(rho, losses.size)


def _correlations(rho: ArrayLike, size: int) -> Floats:
    # Below 1 by the smallest step: at 1 a loan has no risk of its own and the formulas divide by zero.
    return column("rho", rho, high=float(np.nextafter(1.0, 0.0)), size=size)
