"""How likely a large loss is near a state of the factors, compiled: what the search for shifts climbs."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from hybridsim.core.compiling import entry, kernel
from hybridsim.credit.arrays import Floats, Integers
from hybridsim.credit.simulation.arrays import Book
from hybridsim.credit.simulation.borrowing import borrowed
from hybridsim.credit.simulation.given import argument, root_mixing
from hybridsim.credit.simulation.kernel import FOLDER
from hybridsim.credit.simulation.scalars import exp, log, norm_cdf, norm_pdf
from hybridsim.credit.tail.twist import tilt

_STEP = 1e-4
_CLOSE = 1e-9


class Cells(NamedTuple):
    """Obligors that stand for many of their like."""

    places: Integers
    copies: Floats
    losses: Floats
    """Loss of each one's default, as a share of the largest."""


@entry(FOLDER)
def expected_loss(all_of: Book, some: Cells, z: Floats) -> float:
    """Expected loss of the cells at coordinates z, in units of the largest loss."""
    book, cells = borrowed(all_of), borrowed(some)
    probits = _probits(book, cells, z)
    copies, losses = cells.copies, cells.losses
    expected = 0.0
    for cell in range(len(probits)):
        expected += copies[cell] * losses[cell] * norm_cdf(probits[cell])
    return expected


@kernel
def depth(book: Book, cells: Cells, z: Floats, wanted: float, gradient: Floats) -> float:
    """``z.z/2 - psi(theta; z) + theta x`` with the best theta for a wanted loss x; fills its gradient in z.

    By Chernoff's bound it is at most ``-ln(P(L > x | z) phi(z))`` up to a constant. theta is optimal, so that
    only the chances move with z.
    """
    places, copies, losses = cells.places, cells.copies, cells.losses
    scale, slope, direction = book.scale, book.slope, book.direction
    probits = _probits(book, cells, z)
    chances = np.empty(len(probits))
    for cell in range(len(probits)):
        chances[cell] = norm_cdf(probits[cell])
    theta = tilt(chances, losses, copies, wanted, _CLOSE)
    pulls = np.zeros(book.directions.shape[0])
    value, towards_mixing = theta * wanted, 0.0
    for cell in range(len(probits)):
        obligor = places[cell]
        growth = exp(theta * losses[cell]) - 1.0
        total = 1.0 + chances[cell] * growth
        value -= copies[cell] * log(total)
        pull = copies[cell] * growth / total * norm_pdf(probits[cell])
        pulls[direction[obligor]] += pull * scale[obligor]
        if pull > 0.0:
            towards_mixing += pull * slope[obligor]
    for axis in range(len(z)):
        value += 0.5 * z[axis] * z[axis]
        gradient[axis] = z[axis]
    _pull_down(book, pulls, gradient)
    if len(z) > book.directions.shape[1]:
        gradient[len(z) - 1] -= towards_mixing * _mixing_slope(book, z)
    return value


@kernel
def _probits(book: Book, cells: Cells, z: Floats) -> Floats:
    places = cells.places
    root_w = root_mixing(book, z)
    found = np.empty(len(places))
    for cell in range(len(places)):
        found[cell] = argument(book, z, root_w, places[cell])
    return found


@kernel
def _pull_down(book: Book, pulls: Floats, gradient: Floats) -> None:
    """Add to the gradient what all obligors of each direction pull."""
    directions = book.directions
    for direction in range(directions.shape[0]):
        for axis in range(directions.shape[1]):
            gradient[axis] += pulls[direction] * directions[direction, axis]


@kernel
def _mixing_slope(book: Book, z: Floats) -> float:
    """Derivative of sqrt(W) in its coordinate."""
    near = z.copy()
    near[-1] = z[-1] + _STEP
    up = root_mixing(book, near)
    near[-1] = z[-1] - _STEP
    return (up - root_mixing(book, near)) / (2.0 * _STEP)
