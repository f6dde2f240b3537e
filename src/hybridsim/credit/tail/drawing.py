"""Batches of weighted scenarios, told in threads; each can be told again from its number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np

from hybridsim.core.rng import split_key
from hybridsim.credit.arrays import Floats, Integers
from hybridsim.credit.simulation.arrays import Book, work_for
from hybridsim.credit.simulation.threads import in_order
from hybridsim.credit.tail.mixture import Mixture, coordinates_of
from hybridsim.credit.tail.points import batch_points
from hybridsim.credit.tail.scenarios import tell_batch

Progress = Callable[[int, int], None]
LOSS, BASE, WEIGHT, GROSS, DENSITIES = range(5)
"""Rows of what is told of a scenario: loss, loss of the base part, weight, expected gross loss; then, one for
each law but the book's own, its share times its density there in terms of the book's own.
"""


@dataclass(frozen=True)
class Drawing:
    """Where scenarios come from; scenario i of batch b is the same whoever tells it, alone or not."""

    book: Book
    law: Mixture
    seed: int
    stage: str
    """Draws of different stages are independent."""
    size: int
    """Scenarios in a batch, a power of two."""

    def states(self, batch: int) -> tuple[Floats, Integers, Floats]:
        """Coordinates (n, d), laws (n,) and ratios (J, n) of a batch."""
        key = _key(self.seed, self.stage)
        points = batch_points(key, batch, self.size, self.law.dimensions)
        coordinates = np.empty((self.size, self.law.dimensions - 1))
        laws = np.empty(self.size, dtype=np.int64)
        ratios = np.empty((self.law.shifts.shape[0], self.size))
        coordinates_of(points, self.law.shares, self.law.shifts, laws, coordinates, ratios)
        return coordinates, laws, ratios

    def tell(self, batch: int, factors: Floats | None = None) -> tuple[Floats, Floats]:
        """What the scenarios of a batch come to, (4 + J, n), and sums of their loans' losses times factors.

        ``factors`` (M, n); the sums are (M, loans) in the order of the prepared book. Scenarios with factors
        0 alone are not told again.
        """
        multiples = np.zeros((0, self.size)) if factors is None else factors
        sums = np.zeros((multiples.shape[0], len(self.book.exposure)))
        low, high = split_key(_key(self.seed, self.stage))
        coordinates, laws, ratios = self.states(batch)
        told = np.concatenate((np.zeros((DENSITIES, self.size)), ratios))
        tell_batch(
            self.book, work_for(self.book), low, high, batch * self.size, coordinates, laws, self.law.leads,
            float(self.law.shares[0]), self.law.wanted_eur, told, multiples, sums,
        )  # fmt: skip
        return told, sums

    def batches(
        self,
        numbers: range,
        workers: int,
        progress: Progress | None,
        planned: int,
        rows: int | None = DENSITIES,
    ) -> Floats:
        """The first rows of what several batches come to, (rows, B, n); None for all, densities too."""
        found = []
        for number, (told, _) in zip(numbers, in_order(self.tell, numbers, workers), strict=True):
            found.append(told[:rows].copy())
            if progress is not None:
                progress((number + 1) * self.size, planned)
        return np.stack(found, axis=1)


def _key(seed: int, stage: str) -> int:
    """64-bit key of a stage's draws."""
    return int.from_bytes(blake2b(f"{seed} {stage}".encode(), digest_size=8).digest(), "little")
