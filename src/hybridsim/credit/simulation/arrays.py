"""A book as the compiled simulation reads it: flat arrays in an order that the tape's rows do not decide."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from hybridsim.credit.arrays import Floats, Integers

BATCH = 32
"""Candidates for default whose draws are made at once."""

Bytes = npt.NDArray[np.uint8]


class Book(NamedTuple):
    """m obligors, n loans, K factors, D directions of loadings, c pools; made by `preparing.prepare`.

    In standard normal coordinates z (K of the factors, one more for the t copula's W) obligor o defaults with
    probability ``Phi(slope_o sqrt(W) - offset_o - scale_o (direction . z))``.
    """

    # Obligors, (m,), by direction and falling PD.
    pd: Floats
    slope: Floats
    """Threshold T^-1(pd) over the residual sqrt(1 - R2)."""
    offset: Floats
    """w . mean of the factors over the residual."""
    scale: Floats
    direction: Integers
    pays_in_default: Floats
    obligor_row: Integers
    """Row in the caller's portfolio."""
    # Factors.
    directions: Floats
    """(D, K): unit vectors in the coordinates z."""
    mixing: Floats
    """`tables.mixing_table`; empty for the Gaussian copula."""
    economy_mean: float
    economy_root: Floats
    """(K,): ``F_economy = economy_mean + economy_root . z``."""
    # Loans, (n,), by obligor.
    loan_start: Integers
    """(m + 1,): loans of obligor o are numbers loan_start[o] to loan_start[o + 1] - 1."""
    exposure: Floats
    lgd: Floats
    lgd_location: Floats
    """mu_l; (0,) where every LGD is its mean."""
    lgd_sigma: float
    lgd_economy: float
    cover: Floats
    guarantor: Integers
    pool: Integers
    pool_cap: Floats
    part: Bytes
    """1 for loans that are left out of the base part of the book."""
    loan_row: Integers
    # Cells: runs of obligors under one bound, (cells + 1,) and (cells,).
    cell_start: Integers
    cell_slope: Floats
    cell_offset: Floats
    cell_low: Floats
    cell_high: Floats
    """Largest slope, smallest offset, smallest and largest scale of each cell."""
    cell_direction: Integers
    columns: Floats
    """(K, D): the directions once more, one in each column."""
    chances: Floats
    hazards: Floats
    """`tables.normal_tables`"""
    guaranteed: bool
    """Whether any loan has cover."""


class Work(NamedTuple):
    """Memory of one thread for one scenario; see `work_for`."""

    z: Floats
    """(K,) or (K + 1,): standard normal coordinates of the scenario."""
    projections: Floats
    """(D,): directions . z"""
    steps: Integers
    """(cells,): step of the tables that bounds each cell."""
    exponentials: Floats
    exponential_bits: Integers
    """The same memory as whole numbers."""
    exponents: Integers
    levels: Floats
    """(BATCH,) each: draws of the next candidates for default; see `batches`."""
    pds: Floats
    """(m,): conditional PDs where every obligor is drawn."""
    defaulted: Integers
    """(m,): obligors in default, ascending; the first ``count`` count."""
    flags: Bytes
    """(m,): 1 for an obligor in default, 0 between scenarios."""
    lost_loan: Integers
    """(n,): loans of the obligors in default, in order."""
    lost: Floats
    """(n,): loss in euros of each of these loans, net of guarantees."""
    claims: Floats
    """(c,): claims on each pool, 0 between scenarios."""
    base_claims: Floats
    """(c,): the same of the base part alone."""


def coordinates(book: Book) -> int:
    """Number of standard normal coordinates: one for each factor, one more for the t copula."""
    return book.economy_root.size + (1 if book.mixing.size else 0)


def work_for(book: Book) -> Work:
    """Memory for one thread."""
    obligors, loans, pools = book.pd.size, book.exposure.size, book.pool_cap.size
    exponentials = np.zeros(BATCH)
    return Work(
        z=np.zeros(coordinates(book)),
        projections=np.zeros(book.directions.shape[0]),
        steps=np.zeros(book.cell_slope.size, dtype=np.int64),
        exponentials=exponentials,
        exponential_bits=exponentials.view(np.int64),
        exponents=np.zeros(BATCH, dtype=np.int64),
        levels=np.zeros(BATCH),
        pds=np.zeros(obligors),
        defaulted=np.zeros(obligors, dtype=np.int64),
        flags=np.zeros(obligors, dtype=np.uint8),
        lost_loan=np.zeros(loans, dtype=np.int64),
        lost=np.zeros(loans),
        claims=np.zeros(pools),
        base_claims=np.zeros(pools),
    )
