"""Made-up loan books for the benchmarks."""

from __future__ import annotations

import numpy as np

from hybridsim.credit.factor_state import through_the_cycle
from hybridsim.credit.factors import factor_model
from hybridsim.credit.portfolio import Dependence, Portfolio, portfolio

LAENDER, SECTORS = 16, 4
FACTORS = 1 + LAENDER + SECTORS
RHO, LGD = 0.2, 0.45


def made_up(obligors: int, factors: int, **more: float) -> tuple[Portfolio, Dependence]:
    """A book of one economy, or with 16 Laender and 4 sectors; rho 0.2, PDs log-uniform in 0.1 to 10 %."""
    rng = np.random.default_rng(1)
    everyone = np.arange(obligors)
    loadings = np.zeros((obligors, factors))
    loadings[:, 0] = np.sqrt(RHO)
    if factors > 1:
        loadings[:, 0] = np.sqrt(0.5 * RHO)
        loadings[everyone, 1 + rng.integers(LAENDER, size=obligors)] = np.sqrt(0.25 * RHO)
        loadings[everyone, 1 + LAENDER + rng.integers(SECTORS, size=obligors)] = np.sqrt(0.25 * RHO)
    pd = np.exp(rng.uniform(np.log(0.001), np.log(0.1), obligors))
    book = portfolio(np.exp(rng.normal(12.0, 1.0, obligors)), LGD, pd, loadings)
    names = ["economy", *(f"factor {k}" for k in range(1, factors))]
    model = factor_model(names, np.zeros((factors, factors)).tolist(), np.eye(factors).tolist())
    return book, Dependence(through_the_cycle(model), **more)
