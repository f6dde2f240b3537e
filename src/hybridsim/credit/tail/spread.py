"""Means over batches of very many figures, and their errors, without keeping the batches."""

from __future__ import annotations

import numpy as np

from hybridsim.credit.arrays import Floats


class Spread:
    """Sums of C figures over B batches, their squares, and their products with S known differences.

    Parameters
    ----------
    columns
        C.
    sides
        (B, S) differences of each batch, mean 0 in each column, that explain part of the figures' spread.
    """

    def __init__(self, columns: int, sides: Floats) -> None:
        self._sides = sides
        self._count = 0
        self._total, self._squares = np.zeros(columns), np.zeros(columns)
        self._products = np.zeros((sides.shape[1], columns))

    def add(self, figures: Floats) -> None:
        """Take the next batch's figures, (C,)."""
        self._total += figures
        self._squares += figures * figures
        self._products += self._sides[self._count][:, None] * figures
        self._count += 1

    @property
    def mean(self) -> Floats:
        """(C,) means over the batches."""
        return self._total / self._count

    def error(self, slopes: Floats) -> Floats:
        """(C,) standard errors of the means of ``figure - slopes . side``; slopes (S, C)."""
        squares = self._squares - self._total * self._total / self._count
        products = [[float((a * b).sum()) for b in self._sides.T] for a in self._sides.T]
        for side, slope in enumerate(slopes):
            squares -= 2.0 * slope * self._products[side]
            for other, along in enumerate(slopes):
                squares += slope * along * products[side][other]
        return np.sqrt(np.maximum(squares, 0.0) / (self._count - 1) / self._count)
