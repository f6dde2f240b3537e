"""Where the probit of a loss given default lies, so that those that default lose what is asked on average.

``LGD = Phi(mu - b F_economy + s Z)``, and defaults come in bad years: mu solves ``E[LGD | default] = lgd``
under the stationary law of the factors, as :func:`hybridsim.credit.estate.solve_mu` does for estates.
"""

from __future__ import annotations

from math import inf, sqrt

import numpy as np

from hybridsim.core.compiling import entry, kernel
from hybridsim.credit.arrays import Floats
from hybridsim.credit.simulation.kernel import FOLDER
from hybridsim.credit.simulation.scalars import norm_cdf, norm_pdf, norm_ppf
from hybridsim.credit.simulation.tables import from_table

# Trapezoid over the economy and over the mixing coordinate: spectrally accurate for Gaussian integrands.
_REACH, _STEPS = 9.0, 72
_MIXING_STEPS = 36
_ITERATIONS = 200
_TOLERANCE = 1e-13


@entry(FOLDER)
def lgd_locations(
    lgd: Floats, threshold: Floats, common: Floats, mixing: Floats, sigma: float, weight: float, out: Floats
) -> None:
    """Fill ``out`` with mu of each loan; all but ``mixing`` of shape (n,).

    Parameters
    ----------
    lgd
        Wanted means in [0, 1]; at 0 and 1 mu is infinite.
    threshold
        T^-1(pd) of the loan's obligor.
    common
        Correlation of the obligor's asset value (before mixing) with the economy, ``(C w)_economy``.
    mixing
        `tables.mixing_table`.
    sigma, weight
        s and b.
    """
    defaults = np.zeros(_STEPS + 1)
    for loan in range(len(lgd)):
        if lgd[loan] <= 0.0:
            out[loan] = -inf
        elif lgd[loan] >= 1.0:
            out[loan] = inf
        elif (
            loan > 0
            and lgd[loan] == lgd[loan - 1]
            and threshold[loan] == threshold[loan - 1]
            and common[loan] == common[loan - 1]
        ):
            out[loan] = out[loan - 1]
        else:
            total = 0.0
            for step in range(_STEPS + 1):
                state = -_REACH + 2.0 * _REACH * step / _STEPS
                chance = _default_given(state, threshold[loan], common[loan], mixing)
                defaults[step] = norm_pdf(state) * chance
                total += defaults[step]
            out[loan] = _location(lgd[loan], defaults, total, sigma, weight)


@kernel
def _default_given(state: float, threshold: float, common: float, mixing: Floats) -> float:
    """Probability of default given the economy; 1 without a default in sight, so that all states count."""
    if threshold == -inf:
        return 1.0
    own = sqrt(1.0 - common * common)
    if len(mixing) == 0:
        return norm_cdf((threshold - common * state) / own)
    chance, total = 0.0, 0.0
    for step in range(_MIXING_STEPS + 1):
        z = -_REACH + 2.0 * _REACH * step / _MIXING_STEPS
        density = norm_pdf(z)
        chance += density * norm_cdf((threshold * from_table(mixing, z) - common * state) / own)
        total += density
    return chance / total


@kernel
def _location(wanted: float, defaults: Floats, total: float, sigma: float, weight: float) -> float:
    """Solve ``sum defaults Phi((mu - b F)/sqrt(1 + s^2)) = wanted total``: Newton within a bracket."""
    spread = sqrt(1.0 + sigma * sigma)
    middle = spread * norm_ppf(wanted)
    if weight == 0.0 or not total > 0.0:
        return middle
    low, high = middle - weight * _REACH, middle + weight * _REACH
    for _ in range(_ITERATIONS):
        value, slope = 0.0, 0.0
        for step in range(_STEPS + 1):
            probit = (middle - weight * (-_REACH + 2.0 * _REACH * step / _STEPS)) / spread
            value += defaults[step] * norm_cdf(probit)
            slope += defaults[step] * norm_pdf(probit) / spread
        miss = value - wanted * total
        if miss > 0.0:
            high = middle
        else:
            low = middle
        following = middle - miss / slope if slope > 0.0 else 0.5 * (low + high)
        if not low < following < high:
            following = 0.5 * (low + high)
        if abs(following - middle) <= _TOLERANCE * spread:
            return following
        middle = following
    return middle
