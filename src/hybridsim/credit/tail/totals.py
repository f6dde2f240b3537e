"""Sums of many scenarios, as good as exact and the same on every machine."""

from __future__ import annotations

from hybridsim.core.compiling import entry
from hybridsim.credit.arrays import Floats
from hybridsim.credit.simulation.kernel import FOLDER


def total(values: Floats) -> float:
    """Sum of values of any shape, its error that of one rounding unless they cancel almost wholly.

    ``math.fsum`` takes ten times as long, and NumPy's own sums depend on the processor.
    """
    found: float = _total(values.ravel())
    return found


@entry(FOLDER)
def _total(values: Floats) -> float:
    """Sum with the rounding errors of all additions beside it.

    Source: T. Ogita, S. M. Rump, S. Oishi, "Accurate Sum and Dot Product", SIAM Journal on Scientific
    Computing 26 (2005), algorithm 4.4 (Sum2).
    """
    whole, errors = 0.0, 0.0
    for value in values:
        after = whole + value
        added = after - whole
        errors += (whole - (after - added)) + (value - added)
        whole = after
    return whole + errors
