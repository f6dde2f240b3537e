"""Quasi-Newton descent (BFGS) for a few coordinates, compiled: the same steps on every machine."""

from __future__ import annotations

from math import sqrt

import numpy as np

from hybridsim.core.compiling import entry, kernel
from hybridsim.credit.arrays import Floats
from hybridsim.credit.simulation.arrays import Book
from hybridsim.credit.simulation.borrowing import borrowed
from hybridsim.credit.simulation.kernel import FOLDER
from hybridsim.credit.tail.bound import Cells, depth

_STEPS = 60
_HALVINGS = 30
_FLAT = 1e-4
"""Length of the gradient at which to stop: shifts are rounded to 64ths anyway."""


@entry(FOLDER)
def lowest(all_of: Book, some: Cells, z: Floats, wanted: float) -> float:
    """Move z, in place, to the next minimum of `bound.depth`; returns the depth there.

    Its Hessian is the unit matrix less that of the cumulant function, so the search starts from the unit
    matrix. Source: J. Nocedal and S. Wright, "Numerical Optimization" (2006), 6.1, with backtracking (3.1).
    """
    book, cells, size = borrowed(all_of), borrowed(some), len(z)
    inverse = np.eye(size)
    gradient, following, step, turn = np.empty(size), np.empty(size), np.empty(size), np.empty(size)
    value = depth(book, cells, z, wanted, gradient)
    for _ in range(_STEPS):
        if sqrt(_product(gradient, gradient)) < _FLAT:
            break
        _times(inverse, gradient, step)
        slope = _product(gradient, step)
        length = 1.0
        reached = depth(book, cells, z - step, wanted, following)
        for _ in range(_HALVINGS):
            if reached <= value - 1e-4 * length * slope:
                break
            length *= 0.5
            reached = depth(book, cells, z - length * step, wanted, following)
        if not reached < value:
            break
        for axis in range(size):
            step[axis] *= -length
            z[axis] += step[axis]
            turn[axis] = following[axis] - gradient[axis]
            gradient[axis] = following[axis]
        value = reached
        _update(inverse, step, turn)
    return value


@entry(FOLDER)
def height(all_of: Book, some: Cells, z: Floats, wanted: float) -> float:
    """The bound on ``ln(P(L > x | z) phi(z))`` at z: `bound.depth` upside down."""
    return -depth(borrowed(all_of), borrowed(some), z, wanted, np.empty(len(z)))


@kernel
def _update(inverse: Floats, step: Floats, turn: Floats) -> None:
    """The BFGS formula for the inverse Hessian; left as it is where the curvature is not positive."""
    size = len(step)
    curvature = _product(step, turn)
    if not curvature > 1e-12:
        return
    bent = np.empty(size)
    _times(inverse, turn, bent)
    weight = (1.0 + _product(turn, bent) / curvature) / curvature
    for row in range(size):
        for column in range(size):
            inverse[row, column] += (
                weight * step[row] * step[column]
                - (bent[row] * step[column] + step[row] * bent[column]) / curvature
            )


@kernel
def _times(matrix: Floats, vector: Floats, out: Floats) -> None:
    for row in range(len(vector)):
        out[row] = _product(matrix[row], vector)


@kernel
def _product(left: Floats, right: Floats) -> float:
    total = 0.0
    for axis in range(len(left)):
        total += left[axis] * right[axis]
    return total
