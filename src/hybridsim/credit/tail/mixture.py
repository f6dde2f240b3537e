"""The law that scenarios are drawn from: in part the book's own, else factors shifted and defaults tilted.

    share a_0    z ~ N(0, I), defaults as they are
    share a_j    z ~ N(mu_j, I), defaults tilted to the loss looked for, or (a fifth of it) to half that loss;
                 under some laws one obligor, the lead, is in default for certain

The lower tilt is for losses that single defaults make large, say by a high LGD. A lead is an obligor whose
default alone makes much of the loss: a large name, or a guarantor who fails with those he covers. Given it
the others are tilted to what is left. The tilts depend on z alone, so that the ratio of the book's density to
the mixture's (the balance heuristic of Veach and Guibas 1995; Owen and Zhou 2000) is ``1/(a_0 + sum_j a_j T_j
e^(mu_j.z - mu_j.mu_j/2))``, T_j the mean of ``e^(theta L_c - psi)`` over the two tilts, with a lead k
``1{k defaults}/p_k(z)`` times that of the others: exact, and never above 1/a_0, which keeps the body of the
distribution right.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hybridsim.core.compiling import entry, kernel
from hybridsim.credit.arrays import Floats, Integers
from hybridsim.credit.simulation.kernel import FOLDER
from hybridsim.credit.simulation.scalars import exp, norm_ppf

DEFENSIVE_SHARE = 0.2
LOWER, LOWER_SHARE = 0.5, 0.2
"""What the lower tilt aims at, in terms of the loss looked for, and its part of each shifted law."""
_EVEN = 0.2
"""Part of the shares that is spread evenly, since what a pilot run says of a rare law may be wrong."""
_GRID = 64.0
"""Shifts lie on whole 64ths, so that last bits, which may differ between machines, move nothing."""


@dataclass(frozen=True)
class Mixture:
    """J shifted laws of d coordinates beside the book's own one."""

    shares: Floats
    """(J + 1,) adding up to 1; the first is the book's own law."""
    shifts: Floats
    """(J, d) means of the coordinates."""
    leads: Integers
    """(J,) place in the book of the obligor who is in default for certain; -1: none is."""
    wanted_eur: float
    """Loss that defaults are tilted to."""

    @property
    def dimensions(self) -> int:
        """Uniforms that a scenario's coordinates take: one chooses the law."""
        return int(self.shifts.shape[1]) + 1


def own_law(coordinates: int) -> Mixture:
    """No importance sampling: every weight is 1."""
    return Mixture(np.ones(1), np.zeros((0, coordinates)), np.zeros(0, dtype=np.int64), 0.0)


def mixture(shifts: Floats, leads: Integers, odds: Floats, wanted_eur: float) -> Mixture:
    """Shifts (J, d) and leads (J,) with shares in proportion to ``odds`` (J,), beside the defensive share."""
    kept = np.rint(shifts * _GRID) / _GRID
    shares = (1.0 - _EVEN) * odds / odds.sum() + _EVEN / odds.size
    shares = np.rint(shares * 1000.0)
    shares = (1.0 - DEFENSIVE_SHARE) * shares / shares.sum()
    return Mixture(np.concatenate(([DEFENSIVE_SHARE], shares)), kept, leads, float(wanted_eur))


def refined(law: Mixture, coordinates: Floats, densities: Floats, weights: Floats) -> Mixture:
    """One step of expectation and maximisation: each shift moves to the mean of the tail that it explains.

    This lowers the Kullback-Leibler distance to the law of the scenarios in the tail (the cross-entropy
    method: R. Rubinstein and D. Kroese, "The Cross-Entropy Method", 2004).

    ``coordinates`` (n, d) are those of scenarios in the tail with their ``weights`` (n,); ``densities``
    (n, J) those of the laws there, times their shares, in terms of the book's own.
    """
    total = densities.sum(axis=1, keepdims=True)
    explained = np.zeros_like(densities)
    np.divide(densities, total, where=total > 0.0, out=explained)
    explained *= weights[:, None]
    masses = explained.sum(axis=0)
    if not masses.sum() > 0.0:
        return law
    means = law.shifts.copy()
    np.divide(explained.T @ coordinates, masses[:, None], where=masses[:, None] > 0.0, out=means)
    return mixture(means, law.leads, masses, law.wanted_eur)


@entry(FOLDER)
def coordinates_of(
    points: Floats, shares: Floats, shifts: Floats, laws: Integers, coordinates: Floats, ratios: Floats
) -> None:
    """Law and coordinates of each scenario of a batch, and ``a_j e^(mu_j.z - mu_j.mu_j/2)`` of each law j.

    A law is 0 for the book's own, 2 j for shift j (from 1), 2 j + 1 for shift j with the lower tilt.
    ``points`` (n, d + 1) are uniforms; ``laws`` (n,), ``coordinates`` (n, d), ``ratios`` (J, n) are filled.
    """
    for scenario in range(points.shape[0]):
        law, lower = _law(points[scenario, 0], shares)
        laws[scenario] = 2 * law + (1 if lower else 0)
        for axis in range(coordinates.shape[1]):
            shift = shifts[law - 1, axis] if law > 0 else 0.0
            coordinates[scenario, axis] = norm_ppf(points[scenario, axis + 1]) + shift
        for other in range(shifts.shape[0]):
            exponent = 0.0
            for axis in range(coordinates.shape[1]):
                shift = shifts[other, axis]
                exponent += shift * (coordinates[scenario, axis] - 0.5 * shift)
            ratios[other, scenario] = shares[other + 1] * exp(exponent)


@kernel
def _law(uniform: float, shares: Floats) -> tuple[int, bool]:
    """Which law a uniform chooses, and whether with the lower tilt."""
    reached = 0.0
    last = shares.size - 1
    for law in range(last + 1):
        if uniform < reached + shares[law] or law == last:
            return law, law > 0 and uniform < reached + LOWER_SHARE * shares[law]
        reached += shares[law]
    return last, False
