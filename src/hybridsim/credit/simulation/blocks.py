"""Entry points of the compiled simulation: losses, or defaults, of a block of scenarios."""

from __future__ import annotations

from hybridsim.core.compiling import entry
from hybridsim.credit.arrays import Floats, Integers
from hybridsim.credit.simulation.arrays import Book, Work
from hybridsim.credit.simulation.borrowing import borrowed, in_place
from hybridsim.credit.simulation.defaults import defaults_one_by_one
from hybridsim.credit.simulation.given import draw_coordinates, root_mixing
from hybridsim.credit.simulation.kernel import FOLDER
from hybridsim.credit.simulation.losses import losses
from hybridsim.credit.simulation.skipping import defaults_by_skipping


@entry(FOLDER)
def scenario_losses(
    all_of: Book,
    memory: Work,
    seed_lo: int,
    seed_hi: int,
    first: int,
    one_by_one: bool,
    whole: Floats,
    base: Floats,
) -> None:
    """Losses in euros of the scenarios from number ``first`` on: of the book and of its base part."""
    book, work = borrowed(all_of), borrowed(memory)
    for number in range(len(whole)):
        scenario = first + number
        count = _defaults(book, seed_lo, seed_hi, scenario, one_by_one, work)
        whole[number], base[number], _ = losses(book, seed_lo, seed_hi, scenario, count, work)


@entry(FOLDER)
def scenario_defaults(
    all_of: Book,
    memory: Work,
    seed_lo: int,
    seed_hi: int,
    first: int,
    one_by_one: bool,
    counts: Integers,
    times: Integers,
) -> None:
    """Defaults of each scenario from ``first`` on; adds those of each obligor to (m,) ``times``."""
    book, work = borrowed(all_of), borrowed(memory)
    for number in range(len(counts)):
        counts[number] = _defaults(book, seed_lo, seed_hi, first + number, one_by_one, work)
        for place in range(counts[number]):
            times[work.defaulted[place]] += 1


@in_place
def _defaults(book: Book, seed_lo: int, seed_hi: int, scenario: int, one_by_one: bool, work: Work) -> int:
    """Draw the coordinates and the defaults of a scenario."""
    draw_coordinates(seed_lo, seed_hi, scenario, work.uniforms, work.z)
    root_w = root_mixing(book, work.z)
    if one_by_one:
        return defaults_one_by_one(book, seed_lo, seed_hi, scenario, root_w, work)
    return defaults_by_skipping(book, seed_lo, seed_hi, scenario, root_w, work)
