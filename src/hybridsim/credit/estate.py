"""Recovery from the free estate of a defaulted institution.

``r = Phi(mu + b F_economy + s Z)``: between 0 and 1, worse in a bad economy. With
``s = sqrt(1 + sqrt(2))`` and mean 1/2 it is as spread out as Beta(1/2, 1/2), the U shape
("all or nothing") that lenders observe: the variance of ``Phi(s Z)`` is
``asin(s^2 / (1 + s^2)) / (2 pi)``, which is 1/8 at this s.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from math import sqrt

from hybridsim.core.mathx import norm_cdf, norm_pdf, norm_ppf

U_SHAPED_SIGMA = 1.5537739740300374

# Trapezoid over the economy: spectrally accurate for Gaussian integrands at this step.
_REACH = 9.0
_STEPS = 288
_COARSE_STEPS = 48
_COARSE_BISECTIONS = 48
_SIMPSON_STEPS = 64
_SIMPSON_REACH = 6.0
_BISECTIONS = 80
_BISECTIONS_BEFORE = 5
_GUESSES = 12
_CLOSE = 1e-11


@dataclass(frozen=True, slots=True)
class EstateClass:
    """Borrowers of one kind: ``threshold`` is Phi^-1(pd), ``residual`` is sqrt(1 - R2)."""

    weight: float
    threshold: float
    loading: Sequence[float]
    residual: float


def estate_recovery(mu: float, b: float, f_economy: float, s: float, u: float) -> float:
    """Recovered share of the free estate, from the default's uniform ``u``."""
    return norm_cdf(mu + b * f_economy + s * norm_ppf(u))


def mean_senior_recovery(location: float, s: float, headroom: float) -> float:
    """``E[min(1, (1 + h) Phi(location + s Z))]``: Simpson's rule up to where seniors are whole, then 1."""
    whole_at = (norm_ppf(1.0 / (1.0 + headroom)) - location) / s
    if whole_at <= -_SIMPSON_REACH:
        return 1.0
    end = min(whole_at, _SIMPSON_REACH)
    step = (end + _SIMPSON_REACH) / _SIMPSON_STEPS
    total = 0.0
    for position in range(_SIMPSON_STEPS + 1):
        z = -_SIMPSON_REACH + step * position
        coefficient = 4.0 if position % 2 else 2.0
        if position in (0, _SIMPSON_STEPS):
            coefficient = 1.0
        total += coefficient * norm_cdf(location + s * z) * norm_pdf(z)
    return (1.0 + headroom) * total * step / 3.0 + norm_cdf(-end)


def solve_mu(
    target_recovery: float,
    b: float,
    s: float,
    classes: Sequence[EstateClass],
    correlation: Sequence[Sequence[float]],
    economy: int,
    headroom: float = 0.0,
) -> float:
    """Find mu such that the mean recovery *of those that default* meets the target.

    Defaults come in bad years, when estates yield less, so a mu that meets the target on average
    over all years would miss it. Here ``E[r | default] = target`` over the stationary factors and over
    ``classes`` by their weight: per class, (asset value, F_economy) is a Gaussian pair with
    correlation ``(C w)_economy``, which leaves one integral over the economy.

    Parameters
    ----------
    target_recovery
        Wanted default-weighted mean, in (0, 1).
    b, s
        Weight of the economy and of the estate's own draw.
    classes
        Borrowers; a loading has one value per factor and ``w' C w + residual^2 = 1``.
    correlation
        C, K x K.
    economy
        Position of the economy among the factors.
    headroom
        By how much the best estate exceeds the senior claims: they recover ``min(1, r (1 + headroom))``.

    Raises
    ------
    ValueError
        If the target is not in (0, 1), no class has weight, or a class depends on nothing but the economy.
    """
    fixed = tuple(replace(borrower, loading=tuple(borrower.loading)) for borrower in classes)
    return _solve_mu(target_recovery, b, s, fixed, tuple(map(tuple, correlation)), economy, headroom)


# It takes a second, and studies ask for the same one in every run that leaves default risk alone.
@lru_cache(maxsize=64)
def _solve_mu(
    target_recovery: float,
    b: float,
    s: float,
    classes: tuple[EstateClass, ...],
    correlation: tuple[tuple[float, ...], ...],
    economy: int,
    headroom: float,
) -> float:
    if not 0.0 < target_recovery < 1.0:
        raise ValueError(f"target_recovery(={target_recovery}) must be in (0, 1)")
    # With headroom each state needs an integral of its own; the trapezoid sum is as good on fewer states.
    steps = _COARSE_STEPS if headroom > 0.0 else _STEPS
    states = [-_REACH + 2.0 * _REACH * step / steps for step in range(steps + 1)]
    defaults = _defaults_by_state(states, classes, correlation[economy])
    total = 0.0
    for weight in defaults:
        total += weight
    if not total > 0.0:
        raise ValueError(f"classes(={list(classes)}) must have a positive weight")
    spread = sqrt(1.0 + s * s)

    def excess(mu: float) -> float:
        recovered = 0.0
        for state, weight in zip(states, defaults, strict=True):
            if headroom > 0.0:
                recovered += weight * mean_senior_recovery(mu + b * state, s, headroom)
            else:
                recovered += weight * norm_cdf((mu + b * state) / spread)
        return recovered - target_recovery * total

    reach = 10.0 * spread + _REACH * abs(b)
    return _bisected(excess, -reach, reach, _COARSE_BISECTIONS if headroom > 0.0 else _BISECTIONS)


def _bisected(rising: Callable[[float], float], low: float, high: float, steps: int) -> float:
    """What so many bisections for the root would return, with less than half of the evaluations.

    After some of them false position finds two points close to the root, one on each side of it: a middle
    outside of them needs no evaluation, since the function rises.
    """
    below, above = low, high
    for step in range(steps):
        if step == _BISECTIONS_BEFORE:
            below, above = _enclosed(rising, low, high)
        middle = 0.5 * (low + high)
        if middle <= below or (middle < above and rising(middle) < 0.0):
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


def _enclosed(rising: Callable[[float], float], low: float, high: float) -> tuple[float, float]:
    """Two points close to the root, one on each side of it, by false position (Illinois); else the bounds."""
    left, f_left, right, f_right = low, rising(low), high, rising(high)
    guess = low
    for _ in range(_GUESSES):
        if not f_left < 0.0 < f_right:
            return low, high
        before, guess = guess, right - f_right * (right - left) / (f_right - f_left)
        value = rising(guess)
        if value < 0.0:
            f_right *= 0.5 if left == before else 1.0
            left, f_left = guess, value
        else:
            f_left *= 0.5 if right == before else 1.0
            right, f_right = guess, value
        if value == 0.0 or abs(guess - before) < _CLOSE:
            break
    below, above = guess - _CLOSE, guess + _CLOSE
    return below if rising(below) < 0.0 else low, above if rising(above) >= 0.0 else high


def _defaults_by_state(
    states: Sequence[float], classes: Sequence[EstateClass], economy_row: Sequence[float]
) -> list[float]:
    """Density of defaults at each state of the economy, up to a common factor."""
    density = [0.0 for _ in states]
    for borrower in classes:
        common = 0.0
        for correlation, loading in zip(economy_row, borrower.loading, strict=True):
            common += correlation * loading
        rest = 1.0 - common * common
        if not rest > 0.0:
            raise ValueError(f"loading(={list(borrower.loading)}) leaves no risk beside the economy")
        own = sqrt(rest)
        for position, state in enumerate(states):
            density[position] += (
                borrower.weight * norm_pdf(state) * norm_cdf((borrower.threshold - common * state) / own)
            )
    return density
