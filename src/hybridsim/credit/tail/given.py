"""What a scenario's coordinates let expect of each obligor's default, compiled."""

from __future__ import annotations

from math import sqrt

import numpy as np

from hybridsim.core.compiling import entry, kernel
from hybridsim.credit.arrays import Floats
from hybridsim.credit.simulation.arrays import Book
from hybridsim.credit.simulation.borrowing import borrowed
from hybridsim.credit.simulation.given import economy, root_mixing
from hybridsim.credit.simulation.kernel import FOLDER
from hybridsim.credit.simulation.scalars import norm_cdf


@kernel
def jumps_given(book: Book, z: Floats, chances: Floats, jumps: Floats, claims: Floats) -> float:
    """Fill (m,) ``jumps``, the expected loss of each obligor's default, and return the expected gross loss.

    Net of guarantees, whose pools pay as expected claims allow; what hangs on a guarantor's default counts
    for the guarantor. ``claims`` (c,) is scratch. It need not be exact: weights are those of what was drawn.
    """
    starts, exposure = book.loan_start, book.exposure
    state = book.lgd_economy * economy(book, z)
    if book.guaranteed:
        _claims(book, state, chances, claims)
        jumps[:] = 0.0
    gross = 0.0
    for obligor in range(len(jumps)):
        own = 0.0
        for loan in range(starts[obligor], starts[obligor + 1]):
            loss = exposure[loan] * mean_lgd(book, state, loan)
            gross += chances[obligor] * loss
            if book.guaranteed:
                loss -= _payout(book, loss, loan, chances[obligor], chances, jumps, claims)
            own += loss
        if book.guaranteed:
            jumps[obligor] += own
        else:
            jumps[obligor] = own
    return gross


@kernel
def _payout(
    book: Book, loss: float, loan: int, chance: float, chances: Floats, jumps: Floats, claims: Floats
) -> float:
    """Expected payout on a loan in default; what the guarantor's default takes counts as its jump."""
    share = loss * book.cover[loan] * _rate(book, loan, claims)
    guarantor = book.guarantor[loan]
    if guarantor >= 0:
        unpaid = share * (1.0 - book.pays_in_default[guarantor])
        jumps[guarantor] += chance * unpaid
        share -= chances[guarantor] * unpaid
    return share


@kernel
def mean_lgd(book: Book, state: float, loan: int) -> float:
    """E[LGD | default, factors]; ``state`` is the economy times its loading."""
    if book.lgd_economy == 0.0:
        return book.lgd[loan]
    return norm_cdf((book.lgd_location[loan] - state) / sqrt(1.0 + book.lgd_sigma * book.lgd_sigma))


@kernel
def _claims(book: Book, state: float, chances: Floats, claims: Floats) -> None:
    claims[:] = 0.0
    for obligor in range(len(chances)):
        for loan in range(book.loan_start[obligor], book.loan_start[obligor + 1]):
            if book.pool[loan] >= 0:
                loss = book.exposure[loan] * mean_lgd(book, state, loan)
                claims[book.pool[loan]] += chances[obligor] * book.cover[loan] * loss


@kernel
def _rate(book: Book, loan: int, claims: Floats) -> float:
    pool = book.pool[loan]
    if pool >= 0 and claims[pool] > book.pool_cap[pool]:
        return book.pool_cap[pool] / claims[pool]
    return 1.0


@entry(FOLDER)
def mixing_roots(all_of: Book, coordinates: Floats) -> Floats:
    """sqrt(W) of the t copula at each of (n, d) coordinates, (n,)."""
    book = borrowed(all_of)
    roots = np.empty(coordinates.shape[0])
    for row in range(len(roots)):
        roots[row] = root_mixing(book, coordinates[row])
    return roots
