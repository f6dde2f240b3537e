"""Scenarios of one batch, compiled: states, tilted defaults, losses, and the weight of each."""

from __future__ import annotations

from hybridsim.core.compiling import entry
from hybridsim.credit.arrays import Floats, Integers
from hybridsim.credit.simulation.arrays import Book, Work
from hybridsim.credit.simulation.borrowing import borrowed
from hybridsim.credit.simulation.defaults import draw_each
from hybridsim.credit.simulation.given import conditional_pds, root_mixing
from hybridsim.credit.simulation.kernel import FOLDER
from hybridsim.credit.simulation.losses import losses
from hybridsim.credit.tail.densities import multiply_densities, room_for, twist
from hybridsim.credit.tail.given import gross_loss, mean_losses


@entry(FOLDER)
def tell_batch(
    all_of: Book,
    memory: Work,
    seed_lo: int,
    seed_hi: int,
    first: int,
    coordinates: Floats,
    laws: Integers,
    leads: Integers,
    own_share: float,
    wanted: float,
    told: Floats,
    factors: Floats,
    sums: Floats,
) -> None:
    """Tell the scenarios ``first``, ``first + 1``, ... with these coordinates (n, d).

    ``told`` (4 + J, n) is filled with loss, loss of the base part, weight, and expected loss before
    guarantees; its further rows hold ``a_j e^(mu_j.z - mu_j.mu_j/2)`` and are multiplied by T_j. If
    ``factors`` (M, n) has rows, they say by what each scenario's losses are multiplied to be added, loan by
    loan, to ``sums`` (M, loans); scenarios whose factors are all 0 are left out.
    """
    book, work = borrowed(all_of), borrowed(memory)
    room = room_for(book)
    chances, defaulted = work.pds, work.defaulted
    for row in range(coordinates.shape[0]):
        if factors.shape[0] > 0 and not factors[:, row].any():
            continue
        work.z[:] = coordinates[row]
        conditional_pds(book, work.z, root_mixing(book, work.z), chances)
        mean_losses(book, work.z, room.losses)
        gross = gross_loss(book, room.losses, chances)
        law = laws[row] >> 1
        lead = leads[law - 1] if law > 0 else -1
        drawn = chances
        if own_share < 1.0:
            twist(book, chances, lead, wanted, room)
            if law > 0:
                drawn = room.lower if laws[row] & 1 else room.tilted
        count = draw_each(seed_lo, seed_hi, first + row, drawn, defaulted)
        if own_share < 1.0:
            multiply_densities(book, chances, defaulted, count, leads, lead, wanted, told[4:, row], room)
        loss, base, hit = losses(book, seed_lo, seed_hi, first + row, count, work)
        told[0, row], told[1, row], told[3, row] = loss, base, gross
        told[2, row] = 1.0 / (own_share + told[4:, row].sum())
        for multiple in range(factors.shape[0]):
            for place in range(hit):
                sums[multiple, work.lost_loan[place]] += factors[multiple, row] * work.lost[place]
