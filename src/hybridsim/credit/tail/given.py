"""What a scenario's coordinates let expect of losses and of each obligor's default, compiled."""

from __future__ import annotations

from math import sqrt

import numpy as np

from hybridsim.core.compiling import entry, kernel
from hybridsim.credit.arrays import Floats, Integers
from hybridsim.credit.simulation.arrays import Book
from hybridsim.credit.simulation.borrowing import borrowed
from hybridsim.credit.simulation.given import economy, root_mixing
from hybridsim.credit.simulation.kernel import FOLDER
from hybridsim.credit.simulation.scalars import norm_cdf


@kernel
def mean_losses(book: Book, z: Floats, found: Floats) -> None:
    """Fill (n,) with each loan's expected loss by default in the state z, before guarantees."""
    exposure, lgd, location = book.exposure, book.lgd, book.lgd_location
    if book.lgd_economy == 0.0:
        for loan in range(len(found)):
            found[loan] = exposure[loan] * lgd[loan]
        return
    state = book.lgd_economy * economy(book, z)
    wide = sqrt(1.0 + book.lgd_sigma * book.lgd_sigma)
    for loan in range(len(found)):
        found[loan] = exposure[loan] * norm_cdf((location[loan] - state) / wide)


@kernel
def gross_loss(book: Book, losses: Floats, chances: Floats) -> float:
    """Expected loss before guarantees, of ``losses`` (n,) by default and ``chances`` (m,)."""
    starts = book.loan_start
    gross = 0.0
    for obligor in range(len(chances)):
        for loan in range(starts[obligor], starts[obligor + 1]):
            gross += chances[obligor] * losses[loan]
    return gross


@kernel
def jumps_given(
    book: Book, losses: Floats, chances: Floats, lead: int, jumps: Floats, claims: Floats
) -> None:
    """Fill (m,) ``jumps``: the expected loss of each obligor's default, net of guarantees.

    Pools pay as the obligor's own claims and the others' expected ones allow. What hangs on a guarantor's
    default counts for the guarantor, but for a ``lead`` (-1: none) whose chance is 1: then it is the
    borrowers' alone. ``losses`` (n,) are those of :func:`mean_losses`, ``claims`` (c,) is scratch. It need
    not be exact: weights are those of what was drawn.
    """
    starts = book.loan_start
    jumps[:] = 0.0
    if not book.guaranteed:
        for obligor in range(len(jumps)):
            for loan in range(starts[obligor], starts[obligor + 1]):
                jumps[obligor] += losses[loan]
        return
    cover, pool, caps = book.cover, book.pool, book.pool_cap
    guarantors, pays = book.guarantor, book.pays_in_default
    claims[:] = 0.0
    for obligor in range(len(jumps)):
        _claim(starts[obligor], starts[obligor + 1], pool, cover, losses, chances[obligor], claims)
    for obligor in range(len(jumps)):
        first, end, chance = starts[obligor], starts[obligor + 1], chances[obligor]
        _claim(first, end, pool, cover, losses, 1.0 - chance, claims)
        for loan in range(first, end):
            covered = cover[loan] * losses[loan]
            if pool[loan] >= 0 and claims[pool[loan]] > caps[pool[loan]]:
                covered *= caps[pool[loan]] / claims[pool[loan]]
            jumps[obligor] += losses[loan] - covered
            guarantor = guarantors[loan]
            if guarantor >= 0:
                unpaid = covered * (1.0 - pays[guarantor])
                jumps[obligor] += chances[guarantor] * unpaid
                if guarantor != lead:
                    jumps[guarantor] += chance * unpaid
        _claim(first, end, pool, cover, losses, chance - 1.0, claims)


@kernel
def _claim(
    first: int, end: int, pool: Integers, cover: Floats, losses: Floats, times: float, claims: Floats
) -> None:
    """Add what the loans from ``first`` to ``end`` claim in default, times a number, to their pools."""
    for loan in range(first, end):
        if pool[loan] >= 0:
            claims[pool[loan]] += times * cover[loan] * losses[loan]


@entry(FOLDER)
def mixing_roots(all_of: Book, coordinates: Floats) -> Floats:
    """sqrt(W) of the t copula at each of (n, d) coordinates, (n,)."""
    book = borrowed(all_of)
    roots = np.empty(coordinates.shape[0])
    for row in range(len(roots)):
        roots[row] = root_mixing(book, coordinates[row])
    return roots
