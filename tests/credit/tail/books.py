"""Books whose tails lie in one direction, in two, or hang on a mixing variable."""

from __future__ import annotations

import numpy as np

from hybridsim.credit.distribution import LossDistribution, bands
from hybridsim.credit.finite_pool import one_factor_losses
from hybridsim.credit.portfolio import Dependence, Portfolio, portfolio
from tests.credit.simulation.books import year

UNITS = np.random.default_rng(5).integers(20, 400, 60).astype(np.float64)
PDS = np.exp(np.random.default_rng(6).uniform(np.log(0.002), np.log(0.06), 60))
RHO = 0.15


def sixty(**more: object) -> tuple[Portfolio, Dependence]:
    """Sixty different loans on one factor, LGD 1."""
    loadings = np.full((UNITS.size, 1), np.sqrt(RHO))
    return portfolio(UNITS, 1.0, PDS, loadings), Dependence(year(), **more)  # type: ignore[arg-type]


def exact_sixty() -> LossDistribution:
    """Their exact distribution by recursion."""
    return one_factor_losses(bands(UNITS, PDS, 1.0), np.full(UNITS.size, RHO))


def two_sectors(
    obligors: int = 80, rho: float = 0.4, correlation: float = 0.0
) -> tuple[Portfolio, Dependence]:
    """Two equal sectors, each on a factor of its own: large losses come from one or from the other."""
    loadings = np.zeros((obligors, 2))
    loadings[np.arange(obligors), np.arange(obligors) % 2] = np.sqrt(rho)
    exposure = np.linspace(50.0, 150.0, obligors // 2).repeat(2)
    book = portfolio(exposure, 0.5, np.full(obligors, 0.02), loadings)
    return book, Dependence(year(2, correlation=correlation))
