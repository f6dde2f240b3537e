"""Checked columns of numbers: what enters a portfolio calculation is finite and in its range."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


def column(
    name: str, values: ArrayLike, *, low: float = 0.0, high: float = np.inf, size: int | None = None
) -> Floats:
    """One column as floats of shape (n,); a single number fills ``size`` rows.

    Raises
    ------
    ValueError
        If the shape is wrong or a value is NaN, infinite or outside [low, high]; quotes the first one and its
        row.
    """
    array = np.asarray(values, dtype=np.float64)
    if array.ndim == 0 and size is not None:
        array = np.full(size, float(array))
    array = np.atleast_1d(array)
    if array.ndim != 1 or (size is not None and array.size != size):
        wanted = "(n,)" if size is None else f"({size},)"
        raise ValueError(f"{name} has shape {array.shape}; it must have shape {wanted}")
    check_between(name, array, low, high)
    return array


def check_between(name: str, values: Floats, low: float, high: float) -> None:
    """Refuse values outside [low, high], NaN and infinite ones; quotes the first with its position."""
    wrong = np.argwhere(~(np.isfinite(values) & (values >= low) & (values <= high)))
    if wrong.size:
        first = tuple(int(place) for place in wrong[0])
        place = ", ".join(map(str, first))
        allowed = f">= {low:g}" if high == np.inf else f"in [{low:g}, {high:g}]"
        raise ValueError(f"{name}[{place}](={values[first]}) must be finite and {allowed}")
