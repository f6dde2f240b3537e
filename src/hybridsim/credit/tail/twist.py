"""Exponential twisting: given the factors, make defaults as likely as a loss of the wanted size needs.

With chances p_i and losses c_i the cumulant function of ``sum c_i Y_i`` is
``psi(theta) = sum ln(1 + p_i (e^(theta c_i) - 1))``. Drawn with ``q_i = p_i e^(theta c_i)/(1 + p_i (e^(theta
c_i) - 1))`` its mean is ``psi'(theta)``, and a scenario's ratio of densities is ``exp(psi(theta) - theta sum
c_i Y_i)``. Source: P. Glasserman and J. Li, "Importance sampling for portfolio credit risk", Management
Science 51 (2005).
"""

from __future__ import annotations

from hybridsim.core.compiling import kernel
from hybridsim.credit.arrays import Floats
from hybridsim.credit.simulation.scalars import exp, log

_ITERATIONS = 40
_HIGHEST = 200.0


@kernel
def tilt(chances: Floats, losses: Floats, copies: Floats, wanted: float, close: float) -> float:
    """theta >= 0 with ``psi'(theta) = wanted``, to a relative ``close``; 0 where the mean reaches it
    untilted.

    ``copies`` (m,) says how many obligors each one stands for. Newton on ``ln psi'``, which is nearly
    straight, kept in a bracket. A wanted loss above the largest possible one gives a large theta.
    """
    largest = losses.max()
    mean, slope = _mean_and_slope(chances, losses, copies, 0.0)
    if not 0.0 < mean < wanted:
        return 0.0
    low, high, theta = 0.0, _HIGHEST / largest, 0.0
    for _ in range(_ITERATIONS):
        if abs(mean - wanted) <= close * wanted:
            break
        if mean < wanted:
            low = theta
        else:
            high = theta
        step = theta + log(wanted / mean) * mean / slope if slope > 0.0 else high
        theta = step if low < step < high else 0.5 * (low + high)
        mean, slope = _mean_and_slope(chances, losses, copies, theta)
    return theta


@kernel
def _mean_and_slope(chances: Floats, losses: Floats, copies: Floats, theta: float) -> tuple[float, float]:
    """psi'(theta) and psi''(theta)."""
    mean, slope = 0.0, 0.0
    for place in range(len(chances)):
        loss = losses[place]
        weight = chances[place] * exp(theta * loss)
        tilted = weight / (1.0 - chances[place] + weight)
        part = copies[place] * loss * tilted
        mean += part
        slope += part * loss * (1.0 - tilted)
    return mean, slope


@kernel
def tilt_chances(chances: Floats, losses: Floats, theta: float, tilted: Floats) -> float:
    """Fill ``tilted`` with the chances q_i and return psi(theta)."""
    cumulant = 0.0
    product = 1.0
    for place in range(len(chances)):
        chance = chances[place]
        weight = chance * exp(theta * losses[place])
        total = 1.0 - chance + weight
        tilted[place] = weight / total
        # One logarithm for many factors, as long as their product stays a number.
        product *= total
        if product > 1e200:
            cumulant += log(product)
            product = 1.0
    return cumulant + log(product)
