"""Who defaults in a scenario: one by one, or with work in proportion to the defaults.

Both have the same distribution: given the coordinates of the scenario obligors default independently, each
with its conditional PD. The proof for the second is in docs/model.md, section 17.
"""

from __future__ import annotations

from math import sqrt

from hybridsim.core.compiling import kernel
from hybridsim.core.rng import S_BOOK_DEFAULT
from hybridsim.credit.arrays import Floats
from hybridsim.credit.simulation.arrays import Book, Work
from hybridsim.credit.simulation.given import argument, conditional_pds, project
from hybridsim.credit.simulation.scalars import log, norm_cdf, two_uniforms
from hybridsim.credit.simulation.tables import step_of

_ROUNDING = 1e-9
"""Added to bounds of probits, so that what rounds above a bound stays below it."""


@kernel
def defaults_one_by_one(
    book: Book, seed_lo: int, seed_hi: int, scenario: int, pds: Floats, root_w: float, work: Work
) -> int:
    """Draw every obligor with its own uniform against its conditional PD; ``pds`` (m,) is scratch.

    The obligors in default are the first ``count`` of ``work.defaulted``, ascending; returns the count.
    """
    conditional_pds(book, work.z, root_w, pds)
    count = 0
    other = 0.0
    for obligor in range(len(pds)):
        if obligor & 1:
            uniform = other
        else:
            uniform, other = two_uniforms(seed_lo, seed_hi, scenario, S_BOOK_DEFAULT, obligor >> 1)
        if uniform < pds[obligor]:
            work.defaulted[count] = obligor
            count += 1
    return count


@kernel
def defaults_by_skipping(
    book: Book, seed_lo: int, seed_hi: int, scenario: int, root_w: float, work: Work
) -> int:
    """The same distribution as :func:`defaults_one_by_one`, jumping from candidate to candidate.

    Each cell has a bound of its obligors' conditional PDs. One exponential after the other, measured in
    hazards ``-ln(1 - bound)``, says which obligor is the next candidate; it defaults with probability PD over
    bound.
    """
    z = work.z
    project(book.centres, z, work.projections)
    length = 0.0
    for value in z:
        length += value * value
    length = sqrt(length)
    count, candidates = 0, 0
    uniform, chance = two_uniforms(seed_lo, seed_hi, scenario, S_BOOK_DEFAULT, 0)
    left = -log(uniform)
    for cell in range(len(book.cell_slope)):
        step = step_of(_bound(book, cell, root_w, work.projections, length))
        hazard, bound = book.hazards[step], book.chances[step]
        at, end = book.cell_start[cell], book.cell_start[cell + 1]
        while left < (end - at) * hazard:
            at += int(left / hazard)
            if at >= end:
                at = end - 1
            if _accepted(book, z, root_w, at, chance * bound):
                work.defaulted[count] = at
                count += 1
            at += 1
            candidates += 1
            uniform, chance = two_uniforms(seed_lo, seed_hi, scenario, S_BOOK_DEFAULT, candidates)
            left = -log(uniform)
        left -= (end - at) * hazard
    return count


@kernel
def _bound(book: Book, cell: int, root_w: float, projections: Floats, length: float) -> float:
    """Upper bound of the probits of a cell's conditional PDs."""
    projection = projections[book.cell_centre[cell]]
    scale = book.cell_low[cell] if projection > 0.0 else book.cell_high[cell]
    return (
        book.cell_slope[cell] * root_w
        - book.cell_offset[cell]
        - scale * projection
        + book.cell_radius[cell] * length
        + _ROUNDING
    )


@kernel
def _accepted(book: Book, z: Floats, root_w: float, obligor: int, level: float) -> bool:
    """Whether the conditional PD of an obligor is above a level, exactly; mostly told by the tables alone."""
    probit = argument(book, z, root_w, obligor)
    step = step_of(probit)
    if level >= book.chances[step]:
        return False
    if step > 0 and level < book.chances[step - 1]:
        return True
    return level < norm_cdf(probit)
