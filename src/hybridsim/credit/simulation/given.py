"""The state of a scenario: its coordinates, the mixing variable, the economy, and PDs given them."""

from __future__ import annotations

import numpy as np

from hybridsim.core.compiling import kernel
from hybridsim.core.rng import S_BOOK_FACTOR
from hybridsim.credit.arrays import Floats
from hybridsim.credit.simulation.arrays import Book, Work
from hybridsim.credit.simulation.scalars import norm_cdf, norm_ppf, two_uniforms
from hybridsim.credit.simulation.tables import from_table


@kernel
def coordinates(book: Book) -> int:
    """Number of standard normal coordinates: one for each factor, one more for the t copula."""
    return len(book.economy_root) + (1 if len(book.mixing) else 0)


@kernel
def work_for(book: Book) -> Work:
    """Memory for one thread."""
    obligors, loans, pools = len(book.pd), len(book.exposure), len(book.pool_cap)
    return Work(
        np.zeros(coordinates(book)),
        np.zeros(book.centres.shape[1]),
        np.zeros(obligors, np.int64),
        np.zeros(obligors, np.uint8),
        np.zeros(loans, np.int64),
        np.zeros(loans),
        np.zeros(pools),
        np.zeros(pools),
    )


@kernel
def draw_coordinates(seed_lo: int, seed_hi: int, scenario: int, z: Floats) -> None:
    """Fill z with the scenario's independent standard normal coordinates."""
    for pair in range((len(z) + 1) // 2):
        first, second = two_uniforms(seed_lo, seed_hi, scenario, S_BOOK_FACTOR, pair)
        z[2 * pair] = norm_ppf(first)
        if 2 * pair + 1 < len(z):
            z[2 * pair + 1] = norm_ppf(second)


@kernel
def root_mixing(book: Book, z: Floats) -> float:
    """sqrt(W) of the t copula from the last coordinate, which it grows with; 1 for the Gaussian copula."""
    if len(book.mixing) == 0:
        return 1.0
    return from_table(book.mixing, z[len(book.economy_root)])


@kernel
def economy(book: Book, z: Floats) -> float:
    """The factor that moves the LGDs, in standard deviations."""
    value = book.economy_mean
    for k in range(len(book.economy_root)):
        value += book.economy_root[k] * z[k]
    return value


@kernel
def argument(book: Book, z: Floats, root_w: float, obligor: int) -> float:
    """Probit of an obligor's PD given the coordinates."""
    projection = 0.0
    direction = book.direction[obligor]
    for k in range(len(book.economy_root)):
        projection += book.directions[k, direction] * z[k]
    return book.slope[obligor] * root_w - book.offset[obligor] - book.scale[obligor] * projection


@kernel
def project(directions: Floats, z: Floats, out: Floats) -> None:
    """``out[d] = directions[:, d] . z``, summed factor by factor."""
    for d in range(len(out)):
        out[d] = directions[0, d] * z[0]
    for k in range(1, directions.shape[0]):
        value = z[k]
        for d in range(len(out)):
            out[d] += directions[k, d] * value


@kernel
def conditional_pds(book: Book, z: Floats, root_w: float, out: Floats) -> None:
    """Fill (m,) ``out`` with the PDs of all obligors given the coordinates."""
    projections = np.zeros(book.directions.shape[1])
    project(book.directions, z, projections)
    for i in range(len(out)):
        out[i] = norm_cdf(
            book.slope[i] * root_w - book.offset[i] - book.scale[i] * projections[book.direction[i]]
        )
