"""Systematic factors: a vector AR(1) in standard deviations per year, with stress on top.

``F_y = A F_(y-1) + e_y`` with stationary correlation ``C`` and so ``Cov(e) = Q = C - A C A'``.
All matrices are plain lists and all sums plain loops: no LAPACK, because its bits depend on the CPU.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isfinite, sqrt

from hybridsim.core.mathx import norm_ppf

Matrix = Sequence[Sequence[float]]
Rows = tuple[tuple[float, ...], ...]

_SYMMETRY_TOLERANCE = 1e-9
# What elimination leaves of a matrix counts as zero below this, and as negative beyond it.
_REST_TOLERANCE = 1e-10


@dataclass(frozen=True, slots=True)
class FactorModel:
    """Validated factor process; ``*_root`` are lower-triangular Cholesky factors."""

    names: tuple[str, ...]
    transition: Rows
    correlation: Rows
    correlation_root: Rows
    innovation_root: Rows


def factor_model(names: Sequence[str], transition: Matrix, correlation: Matrix) -> FactorModel:
    """Check a factor process and prepare it for drawing.

    Parameters
    ----------
    names
        K distinct names.
    transition
        A, K x K: how last year's state carries over.
    correlation
        C, K x K: stationary correlation.

    Raises
    ------
    ValueError
        If a shape is wrong, C is no correlation matrix, or ``C - A C A'`` is not positive
        semi-definite (then no process has this A and this C; quotes the smallest eigenvalue).
    """
    size = len(names)
    if size == 0 or len(set(names)) != size:
        raise ValueError(f"factor names(={list(names)}) must be distinct and at least one")
    _check_shape("transition", transition, size)
    _check_shape("correlation", correlation, size)
    _check_correlation(names, correlation)
    correlation_root = _cholesky(correlation)
    if correlation_root is None:
        raise ValueError(
            f"correlation of the factors {', '.join(names)} is not positive semi-definite: its smallest "
            f"eigenvalue is {_smallest_eigenvalue(correlation):.6g}; lower the correlations"
        )
    innovation = innovation_covariance(transition, correlation)
    innovation_root = _cholesky(innovation)
    if innovation_root is None:
        raise ValueError(
            f"innovations C - A C A' of the factors {', '.join(names)} are not positive semi-definite: the "
            f"smallest eigenvalue is {_smallest_eigenvalue(innovation):.6g}; lower the transition "
            "coefficients or bring those of correlated factors closer together"
        )
    return FactorModel(
        tuple(names), _frozen(transition), _frozen(correlation), correlation_root, innovation_root
    )


def innovation_covariance(transition: Matrix, correlation: Matrix) -> list[list[float]]:
    """Q = C - A C A', the covariance of the yearly innovations, exactly symmetric."""
    size = len(correlation)
    columns = [[correlation[m][j] for m in range(size)] for j in range(size)]
    covariance = [[0.0] * size for _ in range(size)]
    for i in range(size):
        carried = [_dot(transition[i], column) for column in columns]
        for j in range(i + 1):
            value = correlation[i][j] - _dot(carried, transition[j])
            covariance[i][j] = covariance[j][i] = value
    return covariance


def factor_path(
    model: FactorModel,
    uniforms: Callable[[int, int], float] | Matrix,
    years: int,
    start_state: Sequence[float] | None,
    shift: Matrix,
    fix: Matrix,
) -> list[list[float]]:
    """One path of all factors under a stress.

    Parameters
    ----------
    uniforms
        ``u(k, i)`` or K rows of ``years + 1`` uniforms in (0, 1): number 0 draws the state in which
        the world stands before year 0, number ``y + 1`` the innovation of year ``y``.
    start_state
        The K values before year 0 (point in time), or None for a stationary draw (through the cycle).
        Number 0 is left unused then, so both kinds of start share the innovations.
    shift, fix
        K rows of ``years`` values in standard deviations. *shift* is added to the outcome of its year and
        does not feed back: next year continues from the unshifted state. *fix* (NaN: free) replaces the
        state: it hides a shift of the same year, next year continues from it, and the other factors of
        the same year keep their own draws.

    Returns
    -------
    list of list of float
        K rows of ``years`` values.
    """
    size = len(model.names)

    def draw(position: int, number: int) -> float:
        return norm_ppf(uniforms(position, number) if callable(uniforms) else uniforms[position][number])

    if start_state is None:
        state = _times(model.correlation_root, [draw(k, 0) for k in range(size)])
    else:
        state = [float(value) for value in start_state]
    path: list[list[float]] = [[] for _ in range(size)]
    for year in range(years):
        innovation = _times(model.innovation_root, [draw(k, year + 1) for k in range(size)])
        carried = _times(model.transition, state)
        state = [carried[k] + innovation[k] for k in range(size)]
        for k in range(size):
            if fix[k][year] == fix[k][year]:
                state[k] = float(fix[k][year])
                path[k].append(state[k])
            else:
                path[k].append(state[k] + shift[k][year])
    return path


def _dot(left: Sequence[float], right: Sequence[float]) -> float:
    # Not sum(): from Python 3.12 on it compensates rounding, and so has other bits than before.
    total = 0.0
    for one, other in zip(left, right, strict=True):
        total += one * other
    return total


def _times(matrix: Matrix, vector: Sequence[float]) -> list[float]:
    return [_dot(row, vector) for row in matrix]


def _cholesky(matrix: Matrix) -> Rows | None:
    """Lower-triangular L with L L' = matrix, or None if the matrix is not positive semi-definite.

    Elimination takes the largest pivot first: without that, rounding in a nearly singular matrix grows
    until it looks like a negative eigenvalue.
    """
    size = len(matrix)
    rest = [list(row) for row in matrix]
    root = [[0.0] * size for _ in range(size)]
    left = list(range(size))
    for column in range(size):
        pivot = max(left, key=lambda k: rest[k][k])
        if rest[pivot][pivot] <= _REST_TOLERANCE:
            break
        left.remove(pivot)
        root[pivot][column] = sqrt(rest[pivot][pivot])
        for i in left:
            root[i][column] = rest[i][pivot] / root[pivot][column]
        for i in left:
            for j in left:
                rest[i][j] -= root[i][column] * root[j][column]
    if any(abs(rest[i][j]) > _REST_TOLERANCE for i in left for j in left):
        return None
    _make_triangular(root)
    return _frozen(root)


def _make_triangular(root: list[list[float]]) -> None:
    """Rotate columns until nothing stands right of the diagonal; ``root root'`` stays what it is.

    So the first factor depends on its own draw only, whatever order the elimination took.
    """
    size = len(root)
    for i in range(size):
        for j in range(i + 1, size):
            length = sqrt(root[i][i] * root[i][i] + root[i][j] * root[i][j])
            if root[i][j] == 0.0 or length == 0.0:
                continue
            cosine, sine = root[i][i] / length, root[i][j] / length
            for row in root[i:]:
                row[i], row[j] = cosine * row[i] + sine * row[j], cosine * row[j] - sine * row[i]
            root[i][j] = 0.0
        if root[i][i] < 0.0:
            for row in root[i:]:
                row[i] = -row[i]


def _check_shape(name: str, matrix: Matrix, size: int) -> None:
    if len(matrix) != size or any(len(row) != size for row in matrix):
        shape = [len(row) for row in matrix]
        raise ValueError(f"{name} must have {size} rows of {size} values, has rows of lengths {shape}")
    for i, row in enumerate(matrix):
        for j, value in enumerate(row):
            if not isfinite(value):
                raise ValueError(f"{name}[{i}][{j}](={value}) must be finite")


def _check_correlation(names: Sequence[str], correlation: Matrix) -> None:
    for i, name in enumerate(names):
        if abs(correlation[i][i] - 1.0) > _SYMMETRY_TOLERANCE:
            raise ValueError(f"correlation of {name} with itself(={correlation[i][i]}) must be 1")
        for j in range(i):
            here, there = correlation[i][j], correlation[j][i]
            if abs(here - there) > _SYMMETRY_TOLERANCE:
                raise ValueError(
                    f"correlation of {name} and {names[j]} must be symmetric: {here} and {there}"
                )


def _smallest_eigenvalue(matrix: Matrix) -> float:
    # For the message only; no result depends on these bits.
    from numpy import asarray
    from numpy.linalg import eigvalsh

    return float(eigvalsh(asarray(matrix, dtype=float))[0])


def _frozen(matrix: Matrix) -> Rows:
    return tuple(tuple(float(value) for value in row) for row in matrix)
