"""What guarantees a tape's loans have: amounts that count, pools with a cap, what guarantors weigh."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hybridsim.credit.arrays import Floats, column
from hybridsim.credit.irb import corporate_risk_weight

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import ArrayLike

UNRATED_WEIGHT = 1.0
"""Weight of a guarantor of whom nothing is known: an unrated corporate (Article 122(2))."""


def covered_eur(tape: pd.DataFrame) -> Floats:
    """Amount of each loan's guarantee that counts, (n,): cover rate times exposure, within the pool's cap.

    Loans of one guarantor with the same cap (``cover_cap_eur``; NaN: none) are one pool. Above its cap all of
    them count pro rata, so that never more counts than the guarantor can have to pay. A cap makes the bank's
    share a second loss, for which Article 234 asks for the rules of securitisations: this is the cautious
    stand-in (*assumption*).
    """
    import pandas as pd

    exposure = column("exposure_eur", tape["exposure_eur"])
    cover = column("cover_rate", tape["cover_rate"], high=1.0, size=exposure.size)
    amount = cover * exposure
    caps = tape["cover_cap_eur"].to_numpy(dtype=np.float64)
    pools = pd.DataFrame({"amount": amount, "cap": caps, "guarantor": tape["guarantor_id"].to_numpy()})
    sums = pools.groupby(["guarantor", "cap"], dropna=False)["amount"].transform("sum").to_numpy()
    share = np.where(sums > caps, caps / np.where(sums > 0.0, sums, 1.0), 1.0)
    return np.asarray(amount * share, dtype=np.float64)


def guarantor_weights(
    tape: pd.DataFrame, known: Mapping[str, float], maturity_years: ArrayLike
) -> tuple[Floats, Floats]:
    """Risk weights of a direct claim on each loan's guarantor, standardised and IRB, both (n,).

    ``known`` gives weights by ``guarantor_id``, which hold in both approaches (Articles 235, 235a). A
    guarantor that cannot fail (``guarantor_pd`` 0) weighs 0, as a central government does (Article 114(4):
    *assumption* that he is one). Others are unrated corporates; under IRB a known PD gives their weight
    (Article 236), that of a senior claim on a large corporate.
    """
    ids = tape["guarantor_id"].to_numpy(dtype=object)
    given = np.array([known.get(name, np.nan) if isinstance(name, str) else np.nan for name in ids])
    chance = tape["guarantor_pd"].to_numpy(dtype=np.float64)
    usable = ~np.isnan(chance) & (chance < 1.0)
    years = column("maturity_years", maturity_years, size=ids.size)
    own = corporate_risk_weight(np.where(usable, chance, 0.0), maturity_years=years)
    by_pd = np.where(chance == 0.0, 0.0, np.where(usable, own, UNRATED_WEIGHT))
    standardised = np.where(chance == 0.0, 0.0, UNRATED_WEIGHT)
    return np.where(np.isnan(given), standardised, given), np.where(np.isnan(given), by_pd, given)
