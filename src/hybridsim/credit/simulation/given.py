"""The state of a scenario: its coordinates, the mixing variable, the economy, and PDs given them."""

from __future__ import annotations

from hybridsim.core.compiling import kernel
from hybridsim.core.rng import S_BOOK_FACTOR
from hybridsim.credit.arrays import Floats
from hybridsim.credit.simulation.arrays import Book
from hybridsim.credit.simulation.borrowing import in_place
from hybridsim.credit.simulation.scalars import many_norm_ppfs, many_uniforms, norm_cdf, two_uniforms
from hybridsim.credit.simulation.tables import from_table


@kernel
def draw_coordinates(seed_lo: int, seed_hi: int, scenario: int, uniforms: Floats, z: Floats) -> None:
    """Fill z with the independent standard normal coordinates; ``uniforms`` is room for as many."""
    pairs = len(z) // 2
    many_uniforms(seed_lo, seed_hi, scenario, S_BOOK_FACTOR, 0, uniforms[:pairs], uniforms[pairs : 2 * pairs])
    if 2 * pairs < len(z):
        uniforms[2 * pairs], _ = two_uniforms(seed_lo, seed_hi, scenario, S_BOOK_FACTOR, pairs)
    many_norm_ppfs(uniforms, z)


@in_place
def root_mixing(book: Book, z: Floats) -> float:
    """sqrt(W) of the t copula from the last coordinate, which it grows with; 1 for the Gaussian copula."""
    if len(book.mixing) == 0:
        return 1.0
    return from_table(book.mixing, z[len(book.economy_root)])


@in_place
def economy(book: Book, z: Floats) -> float:
    """The factor that moves the LGDs, in standard deviations."""
    value = book.economy_mean
    for k in range(len(book.economy_root)):
        value += book.economy_root[k] * z[k]
    return value


@kernel
def argument(book: Book, z: Floats, root_w: float, obligor: int) -> float:
    """Probit of an obligor's PD given the coordinates."""
    projection = along(book, z, book.direction[obligor])
    return book.slope[obligor] * root_w - book.offset[obligor] - book.scale[obligor] * projection


@kernel
def along(book: Book, z: Floats, direction: int) -> float:
    """``direction . z``"""
    projection = 0.0
    for k in range(book.directions.shape[1]):
        projection += book.directions[direction, k] * z[k]
    return projection


@kernel
def conditional_pds(book: Book, z: Floats, root_w: float, out: Floats) -> None:
    """Fill (m,) ``out`` with the PDs of all obligors given the coordinates."""
    projection, direction = 0.0, -1
    for i in range(len(out)):
        if book.direction[i] != direction:
            direction = book.direction[i]
            projection = along(book, z, direction)
        out[i] = norm_cdf(book.slope[i] * root_w - book.offset[i] - book.scale[i] * projection)
