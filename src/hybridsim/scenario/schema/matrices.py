"""Whether the factors' matrices make a process that can be drawn."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

TOLERANCE = 1e-9
LARGEST_COEFFICIENT = 10.0

Matrix = Sequence[Sequence[float]]


def matrix_faults(
    count: int, transition: Matrix, correlation: Matrix, start: Sequence[float] | None
) -> list[str]:
    """What is wrong with A (``transition``), C (``correlation``) and the start of ``count`` factors.

    C must be a correlation matrix, and the innovations' covariance Q = C - A C A' must be positive
    semi-definite: otherwise no process with coefficients A has the stationary correlation C.
    """
    faults = [*_shape(count, "transition", transition), *_shape(count, "correlation", correlation)]
    if start is not None and len(start) != count:
        faults.append(f"start has {len(start)} states for {count} factors")
    if faults:
        return faults
    c = np.array(correlation, dtype=np.float64).reshape(count, count)
    a = np.array(transition, dtype=np.float64).reshape(count, count)
    if np.abs(a).max(initial=0.0) > LARGEST_COEFFICIENT:
        return [f"transition has a coefficient beyond +-{LARGEST_COEFFICIENT:g}; an AR(1) stays within +-1"]
    faults = _correlation(c)
    if faults:
        return faults
    lowest = _smallest_eigenvalue(c - a @ c @ a.T)
    if lowest < -TOLERANCE:
        return [
            "the innovations C - A C A' are not positive semi-definite: smallest eigenvalue"
            f" {lowest:.6g}; lower the coefficients of transition"
        ]
    return []


def _shape(count: int, name: str, matrix: Matrix) -> list[str]:
    if len(matrix) != count:
        return [f"{name} has {len(matrix)} rows for {count} factors"]
    wrong = [row for row, entries in enumerate(matrix, start=1) if len(entries) != count]
    return [f"{name}, row {row}: {len(matrix[row - 1])} entries for {count} factors" for row in wrong]


def _correlation(c: npt.NDArray[np.float64]) -> list[str]:
    if np.abs(np.diag(c) - 1.0).max(initial=0.0) > TOLERANCE:
        return ["correlation needs ones on its diagonal"]
    if np.abs(c).max(initial=0.0) > 1.0 + TOLERANCE:
        return ["correlation has an entry beyond +-1"]
    if np.abs(c - c.T).max(initial=0.0) > TOLERANCE:
        return ["correlation is not symmetric"]
    lowest = _smallest_eigenvalue(c)
    if lowest < -TOLERANCE:
        return [f"correlation is not positive semi-definite: smallest eigenvalue {lowest:.6g}"]
    return []


def _smallest_eigenvalue(matrix: npt.NDArray[np.float64]) -> float:
    return float(np.linalg.eigvalsh(0.5 * (matrix + matrix.T)).min())
