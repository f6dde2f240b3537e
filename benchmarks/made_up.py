"""Made-up loan books for the benchmarks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hybridsim.credit.factor_state import through_the_cycle
from hybridsim.credit.factors import factor_model
from hybridsim.credit.portfolio import Dependence, Portfolio, portfolio

if TYPE_CHECKING:
    import pandas as pd

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


def tape(loans: int) -> pd.DataFrame:
    """A tape of loans of as many obligors, every fifth guaranteed, its rows in no order."""
    import pandas as pd

    rng = np.random.default_rng(1)
    numbers, covered = rng.permutation(loans), np.arange(loans) % 5 == 0
    return pd.DataFrame(
        {
            "loan_id": [f"L{number:07d}" for number in numbers],
            "obligor_id": [f"B{number:07d}" for number in numbers],
            "exposure_eur": np.round(rng.lognormal(11.5, 1.0, loans), 2),
            "pd": np.round(np.exp(rng.uniform(np.log(0.001), np.log(0.1), loans)), 4),
            "lgd": LGD,
            "maturity_months": rng.integers(3, 240, loans),
            "repayment": rng.choice(["annuity", "linear", "bullet"], loans),
            "rate_pa": 0.045,
            "sector": rng.choice([f"S{sector}" for sector in range(SECTORS)], loans),
            "land": rng.choice([f"L{land}" for land in range(LAENDER)], loans),
            "guarantor_id": np.where(covered, "Land fund", ""),
            "cover_rate": np.where(covered, 0.5, 0.0),
            "guarantor_pd": np.where(covered, 0.0, np.nan),
            "design": rng.choice(["S1", "S6", "none"], loans),
            "instrument": rng.choice(["loan", "promotional loan"], loans),
            "provider": "house bank",
            "turnover_eur": np.round(rng.lognormal(14.0, 1.0, loans)),
        }
    )
