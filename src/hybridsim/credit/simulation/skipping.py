"""Who defaults in a scenario, with work in proportion to the defaults.

Each cell has a bound of its obligors' conditional PDs. The obligors are laid end to end, each as long as the
hazard ``-ln(1 - bound)`` of its cell; a Poisson process of rate 1 along them hits an obligor with the
probability that its bound is. Who is hit is a candidate and defaults with probability PD over bound. The
proof that this is the distribution of drawing one by one is in docs/model.md, section 17.

Each step is a loop of its own over a few arrays, with no branch that depends on what was drawn, so that the
compiler takes several at once and the processor guesses right.
"""

from __future__ import annotations

from math import sqrt

from hybridsim.core.compiling import kernel
from hybridsim.core.rng import S_BOOK_DEFAULT
from hybridsim.credit.arrays import Floats
from hybridsim.credit.simulation.arrays import BATCH, WIDTH, Book, Work
from hybridsim.credit.simulation.batches import draw_points
from hybridsim.credit.simulation.borrowing import in_place
from hybridsim.credit.simulation.scalars import norm_cdf, two_uniforms
from hybridsim.credit.simulation.tables import DENSE, step_of

_ROUNDING = 1e-9
"""Added to bounds of probits, so that what rounds above a bound stays below it."""
_BELOW = 1.0 - 2.0**-53
"""A positive number times this is the next one below."""
_OBLIGORS = 1 << 31
"""Draws from this number on are those of obligors of dense cells, below it those of candidates."""


@in_place
def defaults_by_skipping(
    book: Book, seed_lo: int, seed_hi: int, scenario: int, root_w: float, work: Work
) -> int:
    """Draw who defaults, jumping from candidate to candidate.

    The obligors in default are the first ``count`` of ``work.defaulted``, those of dense cells before the
    others; returns the count.
    """
    _bound(book, work, root_w)
    count, passed, block, before, first = 0, 0.0, 0, -1, 0
    if _lay(book, work):
        count = _in_dense_cells(book, seed_lo, seed_hi, scenario, root_w, work)
    total = work.ends[len(work.ends) - 1]
    while passed < total:
        size = _enough(total - passed)
        passed = draw_points(seed_lo, seed_hi, scenario, first, size, passed, work)
        hits, block = _cells_hit(work, size, block)
        _candidates(book, work, hits, root_w)
        count, before = _accept(book, work, hits, count, before)
        first += size
    return count


@kernel
def _enough(length: float) -> int:
    """How many points to draw: mostly those on a length and one beyond it, in eights, at most a batch."""
    return min(8 * int(0.125 * (length + 1.5 * sqrt(length)) + 1.0), BATCH)


@in_place
def _bound(book: Book, work: Work, root_w: float) -> None:
    """Fill ``work.steps`` with the step of the tables that bounds the conditional PDs of each cell."""
    projections, pulls, steps = work.projections, work.pulls, work.steps
    _project(book.columns, work.z, projections)
    slopes, offsets, directions = book.cell_slope, book.cell_offset, book.cell_direction
    lows, highs = book.cell_low, book.cell_high
    for cell in range(len(pulls)):
        pulls[cell] = projections[directions[cell]]
    for cell in range(len(steps)):
        pull = pulls[cell]
        largest = max(-lows[cell] * pull, -highs[cell] * pull)
        steps[cell] = step_of(slopes[cell] * root_w - offsets[cell] + largest + _ROUNDING)


@kernel
def _project(columns: Floats, z: Floats, out: Floats) -> None:
    """``out[d] = columns[:, d] . z``, factor by factor, so that the compiler may take several at once."""
    for d in range(len(out)):
        out[d] = columns[0, d] * z[0]
    for k in range(1, columns.shape[0]):
        value = z[k]
        for d in range(len(out)):
            out[d] += columns[k, d] * value


@in_place
def _lay(book: Book, work: Work) -> bool:
    """Lay the cells' hazards end to end: ``work.reach`` and ``work.ends``; tells whether a cell is dense."""
    steps, reach, ends, sizes, hazards = work.steps, work.reach, work.ends, book.cell_size, book.hazards
    total, highest = 0.0, 0
    for block in range(len(ends)):
        inside = 0.0
        for cell in range(block * WIDTH, block * WIDTH + WIDTH):
            step = steps[cell]
            highest = max(highest, step)
            inside += sizes[cell] * hazards[step]
            reach[cell] = inside
        total += inside
        ends[block] = total
    return highest >= DENSE


@in_place
def _in_dense_cells(book: Book, seed_lo: int, seed_hi: int, scenario: int, root_w: float, work: Work) -> int:
    """Draw the obligors of dense cells one by one: there candidates would be hit again and again."""
    slopes, offsets, scales, starts = book.slope, book.offset, book.scale, book.cell_start
    steps, pulls, defaulted = work.steps, work.pulls, work.defaulted
    count = 0
    for cell in range(len(steps)):
        if steps[cell] >= DENSE:
            for obligor in range(starts[cell], starts[cell + 1]):
                uniform, _ = two_uniforms(seed_lo, seed_hi, scenario, S_BOOK_DEFAULT, _OBLIGORS + obligor)
                probit = slopes[obligor] * root_w - offsets[obligor] - scales[obligor] * pulls[cell]
                if uniform < norm_cdf(probit):
                    defaulted[count] = obligor
                    count += 1
    return count


@in_place
def _cells_hit(work: Work, size: int, block: int) -> tuple[int, int]:
    """Fill in the cell of each point, and how far its end is; ``block`` is that of the point before.

    Returns the number of points before the end of all cells, and the block of the last.
    """
    points, reach, ends = work.points, work.reach, work.ends
    cells, left = work.hit_cell, work.left
    start = ends[block - 1] if block > 0 else 0.0
    total, hits = ends[len(ends) - 1], 0
    while hits < size and points[hits] < total:
        point = points[hits]
        while ends[block] <= point:
            start = ends[block]
            block += 1
        first = block * WIDTH
        # Sums round: no point of a block lies beyond its last cell.
        inside = min(point - start, reach[first + WIDTH - 1] * _BELOW)
        place = 0
        for k in range(WIDTH):
            place += 1 if reach[first + k] <= inside else 0
        cells[hits] = first + place
        left[hits] = reach[first + place] - inside
        hits += 1
    return hits, block


@in_place
def _candidates(book: Book, work: Work, hits: int, root_w: float) -> None:
    """Fill in which obligor is hit by each point, and the probit of its PD."""
    cells, left, candidates, probits = work.hit_cell, work.left, work.candidates, work.probits
    steps, pulls, starts, hazards = work.steps, work.pulls, book.cell_start, book.hazards
    slopes, offsets, scales = book.slope, book.offset, book.scale
    for i in range(hits):
        cell = cells[i]
        back = int(left[i] / hazards[steps[cell]])
        at = max(starts[cell + 1] - 1 - back, starts[cell])
        candidates[i] = at
        probits[i] = slopes[at] * root_w - offsets[at] - scales[at] * pulls[cell]


@in_place
def _accept(book: Book, work: Work, hits: int, count: int, before: int) -> tuple[int, int]:
    """Add the candidates whose PD is above their level to the ``count`` in default; returns the new count.

    ``before`` is the last candidate so far, which comes back too: who is hit twice is a candidate once. The
    table tells most PDs from their levels; the others are computed.
    """
    chances, floors, steps, cells = book.chances, book.floors, work.steps, work.hit_cell
    levels, candidates, probits = work.levels, work.candidates, work.probits
    defaulted, taken, doubtful = work.defaulted, work.taken, work.doubtful
    doubts = 0
    for i in range(hits):
        level = levels[i] * chances[steps[cells[i]]]
        levels[i] = level
        step = step_of(probits[i])
        sure = level < floors[step]
        taken[i] = sure
        doubtful[doubts] = i
        doubts += (not sure) & (level < chances[step])
    for number in range(doubts):
        i = doubtful[number]
        taken[i] = levels[i] < norm_cdf(probits[i])
    for i in range(hits):
        at = candidates[i]
        defaulted[count] = at
        count += taken[i] & (at != before)
        before = at
    return count, before
