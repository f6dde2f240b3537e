"""Who defaults in a scenario: one by one, or with work in proportion to the defaults.

Both have the same distribution: given the coordinates of the scenario obligors default independently, each
with its conditional PD. The proof for the second is in docs/model.md, section 17.
"""

from __future__ import annotations

from hybridsim.core.compiling import kernel
from hybridsim.core.rng import S_BOOK_DEFAULT
from hybridsim.credit.arrays import Floats, Integers
from hybridsim.credit.simulation.arrays import Book, Work
from hybridsim.credit.simulation.batches import draw_batch
from hybridsim.credit.simulation.borrowing import in_place
from hybridsim.credit.simulation.given import conditional_pds
from hybridsim.credit.simulation.scalars import norm_cdf, two_uniforms
from hybridsim.credit.simulation.tables import step_of

_ROUNDING = 1e-9
"""Added to bounds of probits, so that what rounds above a bound stays below it."""


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


@kernel
def defaults_by_skipping(
    book: Book, seed_lo: int, seed_hi: int, scenario: int, root_w: float, work: Work
) -> int:
    """The same distribution as :func:`defaults_one_by_one`, jumping from candidate to candidate.

    Each cell has a bound of its obligors' conditional PDs. One exponential after the other, measured in
    hazards ``-ln(1 - bound)``, says which obligor is the next candidate; it defaults with probability PD over
    bound.
    """
    slopes, offsets, scales, chances = book.slope, book.offset, book.scale, book.chances
    starts, directions = book.cell_start, book.cell_direction
    projections, defaulted = work.projections, work.defaulted
    _bounds(book, work, root_w)
    steps, hazards = work.steps, book.hazards
    exponentials, levels = work.exponentials, work.levels
    draw_batch(seed_lo, seed_hi, scenario, 0, work)
    count, candidate, first = 0, 0, 0
    left = exponentials[0]
    for cell in range(len(steps)):
        hazard = hazards[steps[cell]]
        at, end = starts[cell], starts[cell + 1]
        while left < (end - at) * hazard:
            at += int(left / hazard)
            if at >= end:
                at = end - 1
            probit = slopes[at] * root_w - offsets[at] - scales[at] * projections[directions[cell]]
            if _accepted(chances, probit, levels[candidate] * chances[steps[cell]]):
                defaulted[count] = at
                count += 1
            at += 1
            candidate += 1
            if candidate == len(levels):
                candidate, first = 0, first + len(levels)
                draw_batch(seed_lo, seed_hi, scenario, first, work)
            left = exponentials[candidate]
        left -= (end - at) * hazard
    return count


@in_place
def _bounds(book: Book, work: Work, root_w: float) -> None:
    """Fill ``work.steps`` with the step of the tables that bounds the conditional PDs of each cell."""
    projections, steps = work.projections, work.steps
    _project(book.columns, work.z, projections)
    slopes, offsets, directions = book.cell_slope, book.cell_offset, book.cell_direction
    lows, highs = book.cell_low, book.cell_high
    for cell in range(len(steps)):
        projection = projections[directions[cell]]
        scale = lows[cell] if projection > 0.0 else highs[cell]
        probit = slopes[cell] * root_w - offsets[cell] - scale * projection
        steps[cell] = step_of(probit + _ROUNDING)


@kernel
def _project(columns: Floats, z: Floats, out: Floats) -> None:
    """``out[d] = columns[:, d] . z``, factor by factor, so that the compiler may take several at once."""
    for d in range(len(out)):
        out[d] = columns[0, d] * z[0]
    for k in range(1, columns.shape[0]):
        value = z[k]
        for d in range(len(out)):
            out[d] += columns[k, d] * value


@kernel
def _accepted(chances: Floats, probit: float, level: float) -> bool:
    """Whether the PD with this probit is above a level, exactly; mostly told by the tables alone."""
    step = step_of(probit)
    if level >= chances[step]:
        return False
    if step > 0 and level < chances[step - 1]:
        return True
    return level < norm_cdf(probit)
