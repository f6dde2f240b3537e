"""The one-factor Gaussian model of a homogeneous pool in closed form.

Source: O. Vasicek, "The distribution of loan portfolio value", Risk (December 2002).
Loss shares are shares of defaulted loans, that is with a loss given default of 1.
"""

from __future__ import annotations

from math import sqrt

import numpy as np
import numpy.typing as npt

from hybridsim.core.mathx import exp, norm_cdf, norm_ppf


def limit_quantile(level: float, pd: float, rho: float) -> float:
    """Loss share of an infinitely fine pool that is not exceeded with probability ``level``."""
    _check(pd, rho)
    return norm_cdf((norm_ppf(pd) + sqrt(rho) * norm_ppf(level)) / sqrt(1.0 - rho))


def limit_cdf(loss_share: float, pd: float, rho: float) -> float:
    """Probability that the loss share of an infinitely fine pool is at most ``loss_share``; rho > 0."""
    _check(pd, rho, smallest_open=True)
    return norm_cdf((sqrt(1.0 - rho) * norm_ppf(loss_share) - norm_ppf(pd)) / sqrt(rho))


def limit_pdf(loss_share: float, pd: float, rho: float) -> float:
    """Density of the loss share of an infinitely fine pool at ``loss_share`` in (0, 1); rho > 0."""
    _check(pd, rho, smallest_open=True)
    x = norm_ppf(loss_share)
    y = (sqrt(1.0 - rho) * x - norm_ppf(pd)) / sqrt(rho)
    return sqrt((1.0 - rho) / rho) * exp(0.5 * (x * x - y * y))


def expected_loss(exposure_eur: float, pd: float, lgd: float) -> float:
    """Expected loss in euros; does not depend on the correlation."""
    return exposure_eur * pd * lgd


def pool_probabilities(loans: int, pd: float, rho: float) -> npt.NDArray[np.float64]:
    """P(N = k) for k = 0..loans defaults among ``loans`` equal loans, shape (loans + 1,).

    The binomial distribution given the factor, integrated over the factor (about 1e-14 absolute).
    """
    from scipy.special import gammaln, log_ndtr

    _check(pd, rho)
    factors, weights = factor_nodes(loans, rho)
    defaults = np.arange(loans + 1, dtype=np.float64)
    log_ways = gammaln(loans + 1.0) - gammaln(defaults + 1.0) - gammaln(loans - defaults + 1.0)
    distances = (norm_ppf(pd) - sqrt(rho) * factors) / sqrt(1.0 - rho)
    total = np.zeros(loans + 1)
    for weight, distance in zip(weights, distances, strict=True):
        total += weight * np.exp(
            log_ways + defaults * log_ndtr(distance) + (loans - defaults) * log_ndtr(-distance)
        )
    return np.asarray(total / weights.sum(), dtype=np.float64)


def pool_quantile(level: float, loans: int, pd: float, rho: float) -> float:
    """Smallest share of defaulted loans among ``loans`` that is not exceeded with probability ``level``."""
    if not 0.0 < level < 1.0:
        raise ValueError(f"level(={level}) must be in (0, 1)")
    cumulated = np.cumsum(pool_probabilities(loans, pd, rho))
    return min(int(np.searchsorted(cumulated, level)), loans) / loans


def factor_nodes(loans: int, rho: float) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Nodes and weights, both (m,), that integrate a pool's conditional distribution over the factor.

    The trapezoid rule on [-10, 10], which converges faster than any power for smooth Gaussian integrands,
    with a step well below the width ``sqrt((1 - rho)/(rho n))`` over which a conditional probability of n
    loans changes.
    """
    if loans < 1:
        raise ValueError(f"loans(={loans}) must be >= 1")
    width = 1.25 * sqrt((1.0 - rho) / (rho * loans)) if rho > 0.0 else 1.0
    steps = int(20.0 / min(0.125, 0.5 * width)) + 1
    factors = np.linspace(-10.0, 10.0, steps + 1)
    weights = np.exp(-0.5 * factors * factors)
    return factors, weights


def _check(pd: float, rho: float, *, smallest_open: bool = False) -> None:
    if not 0.0 < pd < 1.0:
        raise ValueError(f"pd(={pd}) must be in (0, 1)")
    if not (0.0 < rho < 1.0 or (rho == 0.0 and not smallest_open)):
        raise ValueError(f"rho(={rho}) must be in {'(0, 1)' if smallest_open else '[0, 1)'}")
