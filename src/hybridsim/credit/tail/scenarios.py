"""Scenarios of one batch, compiled: states, tilted defaults, losses, and the weight of each."""

from __future__ import annotations

import numpy as np

from hybridsim.core.compiling import entry
from hybridsim.credit.arrays import Floats, Integers
from hybridsim.credit.simulation.arrays import Book, Work
from hybridsim.credit.simulation.borrowing import borrowed
from hybridsim.credit.simulation.defaults import draw_each
from hybridsim.credit.simulation.given import conditional_pds, root_mixing
from hybridsim.credit.simulation.kernel import FOLDER
from hybridsim.credit.simulation.losses import losses
from hybridsim.credit.simulation.scalars import exp
from hybridsim.credit.tail.given import jumps_given
from hybridsim.credit.tail.mixture import LOWER, LOWER_SHARE
from hybridsim.credit.tail.twist import tilt, tilt_chances

_CLOSE = 1e-3


@entry(FOLDER)
def tell_batch(
    all_of: Book,
    memory: Work,
    seed_lo: int,
    seed_hi: int,
    first: int,
    coordinates: Floats,
    laws: Integers,
    ratios: Floats,
    own_share: float,
    wanted: float,
    told: Floats,
    factors: Floats,
    sums: Floats,
) -> None:
    """Tell the scenarios ``first``, ``first + 1``, ... with these coordinates (n, d).

    ``told`` (4, n) is filled with loss, loss of the base part, weight, and expected loss before guarantees.
    If ``factors`` (M, n) has rows, they say by what each scenario's losses are multiplied to be added, loan
    by loan, to ``sums`` (M, loans); scenarios whose factors are all 0 are left out.
    """
    book, work = borrowed(all_of), borrowed(memory)
    obligors = len(book.pd)
    jumps, copies = np.empty(obligors), np.ones(obligors)
    tilted, lower = np.empty(obligors), np.empty(obligors)
    claims = np.zeros(len(book.pool_cap))
    chances, defaulted = work.pds, work.defaulted
    for row in range(coordinates.shape[0]):
        if factors.shape[0] > 0 and not factors[:, row].any():
            continue
        work.z[:] = coordinates[row]
        conditional_pds(book, work.z, root_mixing(book, work.z), chances)
        gross = jumps_given(book, work.z, chances, jumps, claims)
        theta, less, cumulant, smaller = 0.0, 0.0, 0.0, 0.0
        if own_share < 1.0:
            theta = tilt(chances, jumps, copies, wanted, _CLOSE)
            cumulant = tilt_chances(chances, jumps, theta, tilted)
            if book.guaranteed and theta > 0.0:
                # Caps and guarantors in default weigh more in the tail than in the state at large.
                jumps_given(book, work.z, tilted, jumps, claims)
                theta = tilt(chances, jumps, copies, wanted, _CLOSE)
                cumulant = tilt_chances(chances, jumps, theta, tilted)
            less = tilt(chances, jumps, copies, LOWER * wanted, _CLOSE)
            smaller = tilt_chances(chances, jumps, less, lower)
        drawn = chances
        if laws[row] > 0:
            drawn = lower if laws[row] & 1 else tilted
        count = draw_each(seed_lo, seed_hi, first + row, drawn, defaulted)
        linear = 0.0
        for place in range(count):
            linear += jumps[defaulted[place]]
        ratio = (1.0 - LOWER_SHARE) * exp(theta * linear - cumulant) + LOWER_SHARE * exp(
            less * linear - smaller
        )
        loss, base, hit = losses(book, seed_lo, seed_hi, first + row, count, work)
        told[0, row], told[1, row], told[3, row] = loss, base, gross
        told[2, row] = 1.0 / (own_share + ratio * ratios[row])
        for multiple in range(factors.shape[0]):
            for place in range(hit):
                sums[multiple, work.lost_loan[place]] += factors[multiple, row] * work.lost[place]
