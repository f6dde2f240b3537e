"""Small tapes to analyse, and settings that make it quick."""

from __future__ import annotations

import numpy as np
import pandas as pd

QUICK = {
    "simulation.precision": 0.1,
    "simulation.max_scenarios": 16_384,
    "stress.losses_eur": [300_000.0],
}


def small_tape(
    names: int = 24, ai: bool = False, cover: bool = True, cap: float | None = None
) -> pd.DataFrame:
    """Loans of a care bank in three sectors; every fourth under a guarantee."""
    rng = np.random.default_rng(3)
    places = np.arange(names)
    covered = (places % 4 == 0) & cover
    frame = pd.DataFrame(
        {
            "loan_id": [f"L{i:03d}" for i in places],
            "obligor_id": [f"Haus {i // 2:02d}" for i in places],
            "exposure_eur": np.round(rng.lognormal(12.0, 0.7, names), 2),
            "pd": np.repeat(rng.choice([0.005, 0.01, 0.03], (names + 1) // 2), 2)[:names],
            "lgd": 0.45,
            "maturity_months": rng.integers(12, 96, names),
            "repayment": "linear",
            "rate_pa": 0.045,
            "sector": np.repeat(rng.choice(["nursing", "hospital", "ambulatory"], (names + 1) // 2), 2)[
                :names
            ],
            "land": "BY",
            "instrument": np.where(places % 3 == 0, "promotional", "bank"),
            "guarantor_id": np.where(covered, "Land fund", ""),
            "cover_rate": np.where(covered, 0.5, 0.0),
            "guarantor_pd": np.where(covered, 0.0, np.nan),
            "part": np.where(places % 5 == 0, "ai", "book") if ai else "book",
        }
    )
    if cap is not None:
        frame["cover_cap_eur"] = np.where(covered, cap, np.nan)
    return frame
