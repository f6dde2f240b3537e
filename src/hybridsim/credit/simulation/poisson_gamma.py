"""CreditRisk+ by simulation: Poisson defaults whose intensities share gamma-distributed sector factors.

The model of :mod:`hybridsim.credit.creditrisk_plus` without its grid: losses are what they are. Given the
factors, the defaults of a sector are a Poisson process along its loans laid end to end, each as long as its
expected defaults; stepping from one to the next by exponentials takes work in proportion to the defaults.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from hybridsim.core.compiling import entry, kernel
from hybridsim.core.rng import S_BOOK_COUNT, split_key
from hybridsim.credit.arrays import Floats, check_between, column
from hybridsim.credit.simulation.arrays import Bytes
from hybridsim.credit.simulation.given import draw_coordinates
from hybridsim.credit.simulation.kernel import FOLDER
from hybridsim.credit.simulation.sample import LossSample
from hybridsim.credit.simulation.scalars import log, two_uniforms
from hybridsim.credit.simulation.streaming import stream
from hybridsim.credit.simulation.tables import KNOTS, from_table, gamma_table

if TYPE_CHECKING:
    import numpy.typing as npt
    from numpy.typing import ArrayLike

_DRAWS = 1 << 24
"""Defaults of one sector in one scenario whose numbers cannot meet those of the next sector."""


def simulate_credit_risk_plus(
    loss_eur: ArrayLike,
    pd: ArrayLike,
    sector_weights: ArrayLike,
    sector_variance: ArrayLike,
    scenarios: int,
    seed: int,
    *,
    workers: int | None = None,
    parts: npt.NDArray[np.int64] | None = None,
    level: float = 0.99,
    progress: Callable[[int, int], None] | None = None,
) -> LossSample:
    """Simulate CreditRisk+ with several independent sectors.

    Parameters
    ----------
    loss_eur, pd
        (n,) loss at default in euros and expected defaults of each loan.
    sector_weights, sector_variance
        (n, S) and (S,), as for :func:`hybridsim.credit.creditrisk_plus.credit_risk_plus`.
    scenarios, seed, workers, parts, level, progress
        As for :func:`hybridsim.credit.simulation.simulate.simulate`.

    Raises
    ------
    ValueError
        If shapes do not fit or a value is out of range.
    """
    losses = column("loss_eur", loss_eur)
    chance = column("pd", pd, high=1.0, size=losses.size)
    variance = column("sector_variance", sector_variance)
    weights = np.asarray(sector_weights, dtype=np.float64)
    if weights.shape != (losses.size, variance.size):
        raise ValueError(
            f"sector_weights has shape {weights.shape}; it must be {(losses.size, variance.size)}"
        )
    check_between("sector_weights", weights, 0.0, 1.0)
    check_between("sector_weights summed over sectors", weights.sum(axis=1), 0.0, 1.0 + 1e-9)
    beyond = np.zeros(losses.size) if parts is None else np.asarray(parts)
    if beyond.shape != losses.shape or not np.isin(beyond, (0, 1)).all():
        raise ValueError(f"parts must be ({losses.size},) of 0 (base) and 1 (beyond it)")
    order = np.lexsort((beyond, *weights.T, chance, losses))
    own = np.maximum(1.0 - weights.sum(axis=1), 0.0)
    shares = np.vstack([own, weights.T])[:, order] * chance[order]
    ends, sizes = np.cumsum(shares, axis=1), losses[order]
    part = beyond[order].astype(np.uint8)
    tables = np.array([gamma_table(1.0 / s) if s > 0.0 else np.zeros(KNOTS) for s in variance])
    tables = tables.reshape(variance.size, KNOTS)
    seed_lo, seed_hi = split_key(seed)

    def block(first: int, whole: Floats, base: Floats) -> None:
        _losses(ends, sizes, part, variance, tables, seed_lo, seed_hi, first, whole, base)

    expected = chance * losses
    centre = float(expected[order].sum()), float(expected[order][part == 0].sum())
    return stream(block, scenarios, level, centre, workers, progress)


@entry(FOLDER)
def _losses(
    ends: Floats,
    sizes: Floats,
    part: Bytes,
    variance: Floats,
    tables: Floats,
    seed_lo: int,
    seed_hi: int,
    first: int,
    whole: Floats,
    base: Floats,
) -> None:
    """Losses of scenarios from ``first`` on; ``ends`` (S + 1, n) cumulates PDs, own risk first."""
    uniforms, z = np.zeros(len(variance)), np.zeros(len(variance))
    for number in range(len(whole)):
        scenario = first + number
        draw_coordinates(seed_lo, seed_hi, scenario, uniforms, z)
        for sector in range(ends.shape[0]):
            factor = 1.0
            if sector > 0 and variance[sector - 1] > 0.0:
                factor = variance[sector - 1] * from_table(tables[sector - 1], z[sector - 1])
            lost, lost_base = _sector(
                ends[sector], sizes, part, factor, seed_lo, seed_hi, scenario, sector * _DRAWS
            )
            whole[number] += lost
            base[number] += lost_base


@kernel
def _sector(
    ends: Floats,
    sizes: Floats,
    part: Bytes,
    factor: float,
    seed_lo: int,
    seed_hi: int,
    scenario: int,
    draw: int,
) -> tuple[float, float]:
    """Losses of a sector whose intensities are ``factor`` times the expected defaults."""
    whole, base, place = 0.0, 0.0, 0.0
    if len(ends) == 0 or not factor > 0.0:
        return whole, base
    while True:
        uniform, other = two_uniforms(seed_lo, seed_hi, scenario, S_BOOK_COUNT, draw)
        for u in (uniform, other):
            place -= log(u) / factor
            if place >= ends[len(ends) - 1]:
                return whole, base
            loan = np.searchsorted(ends, place, side="right")
            whole += sizes[loan]
            if part[loan] == 0:
                base += sizes[loan]
        draw += 1
