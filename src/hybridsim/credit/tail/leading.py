"""Obligors whose default alone makes much of a loss: large names, and guarantors with those they cover.

Tilting treats losses as the sum of many small independent ones. Where one default makes a large part of it,
or uncovers what many others owe, the scenarios with and without that default are two populations; the second
has a law of its own, with that obligor in default for certain. Which obligors lead is found by the bound that
the shifts maximise too, here of the loss and the lead's default,

    ln P(L > x, D_k | z) phi(z) <= ln p_k(z) + psi_k(theta; z) - theta x - z.z/2

with psi_k the cumulant function of the loss given the default of k.
"""

from __future__ import annotations

from math import log

import numpy as np

from hybridsim.core.compiling import entry
from hybridsim.credit.arrays import Floats
from hybridsim.credit.simulation.arrays import Book
from hybridsim.credit.simulation.borrowing import borrowed
from hybridsim.credit.simulation.given import conditional_pds, root_mixing
from hybridsim.credit.simulation.kernel import FOLDER
from hybridsim.credit.tail.densities import room_for, twist
from hybridsim.credit.tail.given import jumps_given, mean_losses
from hybridsim.credit.tail.landscape import Landscape

_LARGE = 0.2
"""Part of the loss looked for that an obligor's default must make to lead."""
_CANDIDATES = 24
_DIGITS = 6
"""Equal names have equal bounds whatever a machine's last bits are, and stay in the book's order."""


def leads(landscape: Landscape, shifts: list[Floats], wanted_eur: float) -> list[tuple[float, int, Floats]]:
    """Bound, place in the book and shift of each obligor that may lead, the highest bound first.

    ``shifts`` are those of the laws without a lead. A lead's shift is the best one of these and of the mean
    state in which it defaults; the pilot runs refine it.
    """
    book = landscape.book
    most = _most(landscape, shifts[0])
    large = np.argsort(-most, kind="stable")[:_CANDIDATES]
    large = large[(most[large] >= _LARGE * wanted_eur) & (book.pd[large] > 0.0) & (book.pd[large] < 1.0)]
    found = []
    for lead in large.tolist():
        places = [*shifts, _mean_state(landscape, lead)]
        tried = [(*bound(book, place, lead, wanted_eur), place) for place in places]
        height, part, place = max(tried, key=lambda one: round(one[0], _DIGITS))
        if part >= _LARGE:
            found.append((round(height, _DIGITS), lead, place))
    return sorted(found, key=lambda one: (-one[0], one[1]))


def _most(landscape: Landscape, z: Floats) -> Floats:
    """(m,) the most that each obligor's default may cost in a state: what it owes and what it covers."""
    book = landscape.book
    loss = book.exposure * landscape.mean_lgds(z)
    size = book.pd.size
    most = np.bincount(np.repeat(np.arange(size), np.diff(book.loan_start)), loss, size).astype(np.float64)
    covered = book.guarantor >= 0
    unpaid = loss * book.cover * (1.0 - book.pays_in_default[book.guarantor])
    most += np.bincount(book.guarantor[covered], unpaid[covered], size)
    return most


def _mean_state(landscape: Landscape, lead: int) -> Floats:
    """``E[z | default]`` of the Gaussian copula: along the obligor's direction."""
    from scipy.special import log_ndtr

    book = landscape.book
    scale = book.scale[lead]
    wide = np.sqrt(1.0 + scale * scale)
    threshold = (book.slope[lead] - book.offset[lead]) / wide
    inverse_mills = np.exp(-0.5 * threshold**2 - log_ndtr(threshold)) / np.sqrt(2.0 * np.pi)
    state = np.zeros(landscape.size)
    state[: landscape.factors] = -book.directions[book.direction[lead]] * scale / wide * inverse_mills
    return state


@entry(FOLDER)
def bound(all_of: Book, z: Floats, lead: int, wanted: float) -> tuple[float, float]:
    """Bound on ``ln P(L > wanted, lead in default | z) phi(z)`` up to a constant, and the part that the
    lead's default has in such a loss.
    """
    book = borrowed(all_of)
    room = room_for(book)
    chances = np.empty(len(book.pd))
    conditional_pds(book, z, root_mixing(book, z), chances)
    mean_losses(book, z, room.losses)
    twist(book, chances, lead, wanted, room)
    height = room.values[1] - room.values[0] * wanted
    height += log(max(chances[lead], 1e-300))
    for axis in range(len(z)):
        height -= 0.5 * z[axis] * z[axis]
    # Without a lead in name its default has all the losses that hang on it.
    jumps_given(book, room.losses, room.tilted, -1, room.jumps, room.claims)
    return height, room.jumps[lead] / wanted
