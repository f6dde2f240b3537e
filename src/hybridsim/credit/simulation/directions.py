"""Loadings in standard normal coordinates: a direction that many obligors share, and each one's scale."""

from __future__ import annotations

from math import sqrt

import numpy as np

from hybridsim.core.compiling import entry, kernel
from hybridsim.credit.arrays import Floats, Integers
from hybridsim.credit.simulation.kernel import FOLDER

_SAME = 1e-12
"""Directions whose coordinates differ by no more are one: far less than any estimate of a loading."""


def directions(
    loadings: Floats, own: Floats, root: Floats, mean: Floats
) -> tuple[Integers, Floats, Floats, Floats]:
    """Split ``root' w / sqrt(1 - R2)`` of each obligor into a direction of length 1 and a scale.

    Parameters
    ----------
    loadings, own
        (m, K) weights w of the factors ``mean + root z`` and (m,) residuals.
    root, mean
        (K, K) and (K,).

    Returns
    -------
    tuple
        (m,) number of each obligor's direction, (D, K) the directions, (m,) scales and (m,) offsets
        ``w . mean / sqrt(1 - R2)``. Directions do not depend on the order of the obligors.
    """
    obligors = own.size
    scale, offset, key = np.zeros(obligors), np.zeros(obligors), np.zeros(obligors)
    _measure(loadings, own, root, mean, scale, offset, key)
    order = np.asarray(np.lexsort((scale, key)), dtype=np.int64)
    where = np.zeros(obligors, dtype=np.int64)
    firsts = np.zeros(obligors, dtype=np.int64)
    count = _group(loadings, own, root, order, where, firsts)
    rows = np.zeros((count, root.shape[0]))
    _units(loadings, own, root, firsts[:count], rows)
    return where, rows, scale, offset


@kernel
def _pull(loadings: Floats, own: Floats, root: Floats, row: int, out: Floats) -> float:
    """Fill (K,) ``out`` with an obligor's direction; returns its scale (0 without systematic risk)."""
    length = 0.0
    for k in range(len(out)):
        value = 0.0
        for j in range(len(out)):
            value += root[j, k] * loadings[row, j]
        out[k] = value / own[row]
        length += out[k] * out[k]
    length = sqrt(length)
    if length > 0.0:
        for k in range(len(out)):
            out[k] /= length
    return length


@entry(FOLDER)
def _measure(
    loadings: Floats, own: Floats, root: Floats, mean: Floats, scale: Floats, offset: Floats, key: Floats
) -> None:
    """Scales, offsets, and a number that brings equal directions together."""
    unit = np.zeros(len(mean))
    for row in range(len(own)):
        scale[row] = _pull(loadings, own, root, row, unit)
        weight = 1.0
        for k in range(len(mean)):
            offset[row] += loadings[row, k] * mean[k] / own[row]
            key[row] += weight * unit[k]
            weight *= 0.6180339887498949


@entry(FOLDER)
def _group(
    loadings: Floats, own: Floats, root: Floats, order: Integers, where: Integers, firsts: Integers
) -> int:
    """Number the directions in the order of their keys; ``firsts`` gets an obligor of each."""
    here, first = np.zeros(root.shape[0]), np.zeros(root.shape[0])
    count = 0
    for row in order:
        _pull(loadings, own, root, row, here)
        same = count > 0
        for k in range(len(here)):
            if abs(here[k] - first[k]) > _SAME:
                same = False
        if not same:
            first[:] = here
            firsts[count] = row
            count += 1
        where[row] = count - 1
    return count


@entry(FOLDER)
def _units(loadings: Floats, own: Floats, root: Floats, firsts: Integers, out: Floats) -> None:
    for number in range(len(firsts)):
        _pull(loadings, own, root, firsts[number], out[number])
