"""What is wrong with single rows of a tape: collected column by column, told row by row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from hybridsim.credit.arrays import Integers


class Problem(NamedTuple):
    """One fault of one row."""

    place: int
    """Position of the row among those read."""
    column: str
    """Column of the tape."""
    header: str
    """Column of the table in which the value stands; '' if none."""
    reason: str
    """What is wrong, and the remedy."""


class Problems:
    """Faults of n rows; a row with at least one is rejected."""

    def __init__(self, size: int) -> None:
        self.rejected: npt.NDArray[np.bool_] = np.zeros(size, dtype=bool)
        self._found: list[tuple[Integers, str, str, str | Sequence[str]]] = []

    def add(
        self,
        column: str,
        header: str,
        where: npt.NDArray[np.bool_] | Integers,
        reasons: str | Sequence[str],
        ignore: npt.NDArray[np.bool_] | None = None,
    ) -> None:
        """Reject the rows ``where`` (a mask, or positions with a reason each) but those to ``ignore``."""
        places = np.flatnonzero(where) if where.dtype == bool else where.astype(np.int64)
        if ignore is not None and places.size:
            kept = ~ignore[places]
            reasons = (
                reasons if isinstance(reasons, str) else [r for r, k in zip(reasons, kept, strict=True) if k]
            )
            places = places[kept]
        if places.size:
            self.rejected[places] = True
            self._found.append((places, column, header, reasons))

    def of(self, column: str) -> Integers:
        """Positions of the rows with a fault in a column."""
        places = [places for places, name, _, _ in self._found if name == column]
        return np.concatenate([np.zeros(0, dtype=np.int64), *places])

    def __iter__(self) -> Iterator[Problem]:
        for places, column, header, reasons in self._found:
            each = [reasons] * places.size if isinstance(reasons, str) else reasons
            for place, reason in zip(places.tolist(), each, strict=True):
                yield Problem(place, column, header, reason)
