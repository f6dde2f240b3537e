"""Books to simulate."""

from __future__ import annotations

import numpy as np

from hybridsim.credit.factor_state import FactorState, through_the_cycle
from hybridsim.credit.factors import factor_model
from hybridsim.credit.portfolio import Dependence, Portfolio, portfolio


def year(factors: int = 1, carried: float = 0.0, correlation: float = 0.0) -> FactorState:
    """A stationary year of equally correlated factors, the first of them the economy."""
    names = ["economy", *(f"factor {k}" for k in range(1, factors))]
    common = np.full((factors, factors), correlation)
    np.fill_diagonal(common, 1.0)
    return through_the_cycle(factor_model(names, (carried * np.eye(factors)).tolist(), common.tolist()))


def one_factor(loans: int, pd: float, rho: float, **more: object) -> tuple[Portfolio, Dependence]:
    """Equal loans of one euro and LGD 1 on one factor."""
    book = portfolio(np.ones(loans), 1.0, np.full(loans, pd), np.full((loans, 1), np.sqrt(rho)))
    return book, Dependence(year(), **more)  # type: ignore[arg-type]


def many_factors(
    obligors: int, *, seed: int = 1, rho: float = 0.2, laender: int = 16, sectors: int = 4, **more: object
) -> tuple[Portfolio, Dependence]:
    """One economy, Laender and sectors; PDs from 0.1 to 10 %, exposures log-normal."""
    rng = np.random.default_rng(seed)
    factors = 1 + laender + sectors
    loadings = np.zeros((obligors, factors))
    everyone = np.arange(obligors)
    loadings[:, 0] = np.sqrt(0.5 * rho)
    loadings[everyone, 1 + rng.integers(laender, size=obligors)] = np.sqrt(0.25 * rho)
    loadings[everyone, 1 + laender + rng.integers(sectors, size=obligors)] = np.sqrt(0.25 * rho)
    pd = np.exp(rng.uniform(np.log(0.001), np.log(0.1), obligors))
    book = portfolio(np.exp(rng.normal(12.0, 1.0, obligors)), 0.45, pd, loadings)
    return book, Dependence(year(factors), **more)  # type: ignore[arg-type]
