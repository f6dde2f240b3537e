"""Expected losses before guarantees in closed form or by quadrature: no scenario needed."""

from __future__ import annotations

from math import sqrt

import numpy as np

from hybridsim.core.compiling import entry, kernel
from hybridsim.credit.arrays import Floats
from hybridsim.credit.simulation.arrays import Book
from hybridsim.credit.simulation.borrowing import borrowed
from hybridsim.credit.simulation.kernel import FOLDER
from hybridsim.credit.simulation.scalars import norm_cdf, norm_pdf
from hybridsim.credit.simulation.tables import from_table

# Trapezoid over economy and mixing coordinate, as accurate as that of the LGDs' locations.
_REACH, _STEPS = 9.0, 72


def gross_losses(book: Book) -> Floats:
    """E[1{default} LGD exposure] of each loan in the year's law of the factors, (n,), in the book's order.

    ``E[Phi(a - c N)] = Phi(a/sqrt(1 + c^2))`` takes care of all factors but the economy, which the LGD
    shares, and of W; these two are integrated.
    """
    found = np.zeros(len(book.exposure))
    _fill(book, found)
    return found


@entry(FOLDER)
def _fill(all_of: Book, found: Floats) -> None:
    book = borrowed(all_of)
    for obligor in range(len(book.pd)):
        along, spread = _economy_share(book, obligor)
        for loan in range(book.loan_start[obligor], book.loan_start[obligor + 1]):
            found[loan] = book.exposure[loan] * _share(book, obligor, loan, along, spread)


@kernel
def _share(book: Book, obligor: int, loan: int, along: float, spread: float) -> float:
    """E[1{default} LGD] of a loan."""
    if book.lgd_economy == 0.0:
        return book.lgd[loan] * _default(book, obligor, 0.0, book.scale[obligor])
    length = 0.0
    for axis in range(len(book.economy_root)):
        length += book.economy_root[axis] ** 2
    length = sqrt(length)
    wide = sqrt(1.0 + book.lgd_sigma * book.lgd_sigma)
    value, total = 0.0, 0.0
    for step in range(_STEPS + 1):
        u = -_REACH + 2.0 * _REACH * step / _STEPS
        density = norm_pdf(u)
        state = book.lgd_economy * (book.economy_mean + length * u)
        severity = norm_cdf((book.lgd_location[loan] - state) / wide)
        value += density * severity * _default(book, obligor, along * u, spread)
        total += density
    return value / total


@kernel
def _economy_share(book: Book, obligor: int) -> tuple[float, float]:
    """Loading on the economy's coordinate, and what is left beside it."""
    length, together = 0.0, 0.0
    for axis in range(len(book.economy_root)):
        length += book.economy_root[axis] ** 2
        together += book.economy_root[axis] * book.directions[book.direction[obligor], axis]
    scale = book.scale[obligor]
    along = scale * together / sqrt(length) if length > 0.0 else 0.0
    rest = scale * scale - along * along
    return along, sqrt(rest) if rest > 0.0 else 0.0


@kernel
def _default(book: Book, obligor: int, common: float, spread: float) -> float:
    """Probability of default with a given part of the common risk and the rest spread normally."""
    wide = sqrt(1.0 + spread * spread)
    away = book.offset[obligor] + common
    if len(book.mixing) == 0:
        return norm_cdf((book.slope[obligor] - away) / wide)
    value, total = 0.0, 0.0
    for step in range(_STEPS + 1):
        z = -_REACH + 2.0 * _REACH * step / _STEPS
        density = norm_pdf(z)
        value += density * norm_cdf((book.slope[obligor] * from_table(book.mixing, z) - away) / wide)
        total += density
    return value / total
