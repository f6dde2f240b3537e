"""How defaults are tilted in a scenario's state, and how dense each law of the mixture is there, compiled."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from hybridsim.core.compiling import kernel
from hybridsim.credit.arrays import Floats, Integers
from hybridsim.credit.simulation.arrays import Book
from hybridsim.credit.simulation.scalars import exp
from hybridsim.credit.tail.given import jumps_given
from hybridsim.credit.tail.mixture import LOWER, LOWER_SHARE
from hybridsim.credit.tail.twist import tilt, tilt_chances

_CLOSE = 1e-3
_LEAST_CHANCE, _MOST = 1e-300, 1e200


class Room(NamedTuple):
    """Memory of one thread for the tilts of one scenario."""

    jumps: Floats
    tilted: Floats
    lower: Floats
    """(m,) each: losses by default, and chances under the tilt and the lower tilt."""
    copies: Floats
    """(m,) ones."""
    claims: Floats
    """(c,)"""
    losses: Floats
    """(n,): `given.mean_losses` of the state at hand, filled by the caller."""
    values: Floats
    """theta and psi of the tilt, the same of the lower one, chance of the lead's default (1: no lead)."""


@kernel
def room_for(book: Book) -> Room:
    """Memory for a book."""
    obligors = len(book.pd)
    jumps, tilted, lower = np.empty(obligors), np.empty(obligors), np.empty(obligors)
    claims, losses = np.empty(len(book.pool_cap)), np.empty(len(book.exposure))
    return Room(jumps, tilted, lower, np.ones(obligors), claims, losses, np.ones(5))


@kernel
def twist(book: Book, chances: Floats, lead: int, wanted: float, room: Room) -> None:
    """Tilt the ``chances`` (m,) of a state to the wanted loss, with the lead (-1: none) in default."""
    jumps, copies, values = room.jumps, room.copies, room.values
    values[4] = 1.0
    if lead >= 0:
        values[4], chances[lead] = chances[lead], 1.0
    jumps_given(book, room.losses, chances, lead, jumps, room.claims)
    values[0] = tilt(chances, jumps, copies, wanted, _CLOSE)
    values[1] = tilt_chances(chances, jumps, values[0], room.tilted)
    if book.guaranteed and values[0] > 0.0:
        # Caps and guarantors in default weigh more in the tail than in the state at large.
        jumps_given(book, room.losses, room.tilted, lead, jumps, room.claims)
        values[0] = tilt(chances, jumps, copies, wanted, _CLOSE)
        values[1] = tilt_chances(chances, jumps, values[0], room.tilted)
    values[2] = tilt(chances, jumps, copies, LOWER * wanted, _CLOSE)
    values[3] = tilt_chances(chances, jumps, values[2], room.lower)
    if lead >= 0:
        chances[lead] = values[4]


@kernel
def density(defaulted: Integers, count: int, room: Room) -> float:
    """T: how much likelier the defaults of the scenario are under the tilts of `twist`, its lead in default.

    ``defaulted`` names ``count`` obligors, ascending.
    """
    values = room.values
    linear = 0.0
    for place in range(count):
        linear += room.jumps[defaulted[place]]
    ratio = (1.0 - LOWER_SHARE) * exp(values[0] * linear - values[1])
    ratio += LOWER_SHARE * exp(values[2] * linear - values[3])
    # A number, not infinity: such a scenario has no weight, but pilots divide densities by each other.
    return min(ratio / max(values[4], _LEAST_CHANCE), _MOST)


@kernel
def multiply_densities(
    book: Book,
    chances: Floats,
    defaulted: Integers,
    count: int,
    leads: Integers,
    twisted: int,
    wanted: float,
    densities: Floats,
    room: Room,
) -> None:
    """Multiply ``densities`` (J,) of the laws' coordinates by those of the defaults.

    ``twisted`` is the lead whose tilts are in the room.
    """
    _multiply(leads, twisted, density(defaulted, count, room), densities)
    if twisted >= 0:
        twist(book, chances, -1, wanted, room)
        _multiply(leads, -1, density(defaulted, count, room), densities)
    for lead in leads:
        if lead < 0 or lead == twisted:
            continue
        if _among(lead, defaulted, count):
            twist(book, chances, lead, wanted, room)
            _multiply(leads, lead, density(defaulted, count, room), densities)
        else:
            _multiply(leads, lead, 0.0, densities)


@kernel
def _multiply(leads: Integers, lead: int, factor: float, densities: Floats) -> None:
    """Multiply those of the laws with this lead."""
    for law in range(len(leads)):
        if leads[law] == lead:
            densities[law] *= factor


@kernel
def _among(obligor: int, defaulted: Integers, count: int) -> bool:
    place = np.searchsorted(defaulted[:count], obligor)
    return bool(place < count and defaulted[place] == obligor)
