"""A book as the compiled simulation reads it: flat arrays in an order that the tape's rows do not decide."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from hybridsim.credit.arrays import Floats, Integers

BATCH = 64
"""Candidates for default whose draws are made at once."""

WIDTH = 16
"""Cells of a block: as many as are compared at once; books are filled up with empty ones."""

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
    # Cells: runs of obligors under one bound, (cells + 1,) and (cells,); empty ones fill the last block.
    cell_start: Integers
    cell_size: Floats
    """Number of obligors"""
    cell_slope: Floats
    cell_offset: Floats
    cell_low: Floats
    cell_high: Floats
    """Largest slope, smallest offset, smallest and largest scale of each cell."""
    cell_direction: Integers
    columns: Floats
    """(K, D): the directions once more, one in each column."""
    floors: Floats
    chances: Floats
    hazards: Floats
    """`tables.NormalTables`"""
    guaranteed: bool
    """Whether any loan has cover."""


class Work(NamedTuple):
    """Memory of one thread for one scenario; see `work_for`."""

    uniforms: Floats
    z: Floats
    """(K,) or (K + 1,) each: standard normal coordinates of the scenario, and what they come from."""
    projections: Floats
    """(D,): directions . z"""
    # Cells, (cells,), and blocks of them, (cells / WIDTH,).
    pulls: Floats
    """The projection of each cell's direction."""
    steps: Integers
    """Step of the tables that bounds each cell's conditional PDs."""
    reach: Floats
    """Sum of the hazards from the start of a cell's block to the cell's end."""
    ends: Floats
    """Sum of all hazards to the end of each block."""
    # The next candidates for default, (BATCH,) each; see `batches` and `skipping`.
    points: Floats
    point_bits: Integers
    """The same memory as whole numbers."""
    exponents: Integers
    levels: Floats
    hit_cell: Integers
    left: Floats
    """Hazard from a point to the end of its cell."""
    candidates: Integers
    """Obligors"""
    probits: Floats
    taken: Bytes
    doubtful: Integers
    pds: Floats
    """(m,): conditional PDs where every obligor is drawn."""
    defaulted: Integers
    """(m + 1,): obligors in default; the first ``count`` count."""
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
    cells, points = book.cell_slope.size, np.zeros(BATCH)
    return Work(
        uniforms=np.zeros(coordinates(book)),
        z=np.zeros(coordinates(book)),
        projections=np.zeros(book.directions.shape[0]),
        pulls=np.zeros(cells),
        steps=np.zeros(cells, dtype=np.int64),
        reach=np.zeros(cells),
        ends=np.zeros(cells // WIDTH),
        points=points,
        point_bits=points.view(np.int64),
        exponents=np.zeros(BATCH, dtype=np.int64),
        levels=np.zeros(BATCH),
        hit_cell=np.zeros(BATCH, dtype=np.int64),
        left=np.zeros(BATCH),
        candidates=np.zeros(BATCH, dtype=np.int64),
        probits=np.zeros(BATCH),
        taken=np.zeros(BATCH, dtype=np.uint8),
        doubtful=np.zeros(BATCH, dtype=np.int64),
        pds=np.zeros(obligors),
        defaulted=np.zeros(obligors + 1, dtype=np.int64),
        flags=np.zeros(obligors, dtype=np.uint8),
        lost_loan=np.zeros(loans, dtype=np.int64),
        lost=np.zeros(loans),
        claims=np.zeros(pools),
        base_claims=np.zeros(pools),
    )
