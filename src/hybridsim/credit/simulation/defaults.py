"""Who defaults in a scenario, one by one: given its coordinates each obligor has its conditional PD."""

from __future__ import annotations

from hybridsim.core.compiling import kernel
from hybridsim.core.rng import S_BOOK_DEFAULT
from hybridsim.credit.arrays import Floats, Integers
from hybridsim.credit.simulation.arrays import Book, Work
from hybridsim.credit.simulation.given import conditional_pds
from hybridsim.credit.simulation.scalars import two_uniforms


@kernel
def defaults_one_by_one(
    book: Book, seed_lo: int, seed_hi: int, scenario: int, root_w: float, work: Work
) -> int:
    """Draw every obligor with its own uniform against its conditional PD.

    The obligors in default are the first ``count`` of ``work.defaulted``, ascending; returns the count.
    """
    conditional_pds(book, work.z, root_w, work.pds)
    return draw_each(seed_lo, seed_hi, scenario, work.pds, work.defaulted)


@kernel
def draw_each(seed_lo: int, seed_hi: int, scenario: int, pds: Floats, defaulted: Integers) -> int:
    """Draw obligors with uniforms of their own against PDs (m,); fills ``defaulted``, returns the count."""
    count = 0
    other = 0.0
    for obligor in range(len(pds)):
        if obligor & 1:
            uniform = other
        else:
            uniform, other = two_uniforms(seed_lo, seed_hi, scenario, S_BOOK_DEFAULT, obligor >> 1)
        if uniform < pds[obligor]:
            defaulted[count] = obligor
            count += 1
    return count
