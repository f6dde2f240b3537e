"""What guarantees a tape's loans have: amounts that count, pools with a cap, what guarantors weigh."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hybridsim.credit.arrays import Floats, column
from hybridsim.credit.irb import PD_INPUT_FLOOR, SENIOR_LGD, corporate_risk_weight

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import ArrayLike

UNRATED_WEIGHT = 1.0
"""Weight of a guarantor of whom nothing is known: an unrated corporate (Article 122(2))."""


def covered_eur(tape: pd.DataFrame) -> Floats:
    """Amount of each loan's guarantee that counts for capital, (n,): cover times exposure, within the cap.

    Loans of one guarantor with the same cap (``cover_cap_eur``; NaN: none) are one pool. Above its cap all of
    them count pro rata, so that never more counts than the guarantor can have to pay. A cap makes the bank's
    share a second loss, for which Article 234 asks for the rules of securitisations: this is the cautious
    stand-in (*assumption*).
    """
    exposure = column("exposure_eur", tape["exposure_eur"])
    amount = column("cover_rate", tape["cover_rate"], high=1.0, size=exposure.size) * exposure
    return amount * _left_in_pool(tape, amount)


def paid_share(tape: pd.DataFrame, lifetime_loss_eur: ArrayLike) -> Floats:
    """Share of each loan's loss that its pool is expected to be able to pay, (n,): for provisions.

    ``cover min(1, cap / sum cover loss)``, the sum over the pool of the losses expected over the loans'
    lives. Losses come together, so that a pool whose cap is near is paid less (Jensen): the share is an
    upper bound, close while the cap is far above what is expected. The guarantor's own default is the
    caller's.

    Parameters
    ----------
    tape
        Columns ``cover_rate``, ``cover_cap_eur`` (NaN: none), ``guarantor_id``.
    lifetime_loss_eur
        (n,) expected over the loan's life before guarantees; of loans in default all of it.
    """
    loss = column("lifetime_loss_eur", lifetime_loss_eur, size=len(tape))
    cover = column("cover_rate", tape["cover_rate"], high=1.0, size=len(tape))
    return cover * _left_in_pool(tape, cover * loss)


def _left_in_pool(tape: pd.DataFrame, claims_eur: Floats) -> Floats:
    """Share of its claims that each loan's pool can pay, pro rata, (n,)."""
    import pandas as pd

    caps = tape["cover_cap_eur"].to_numpy(dtype=np.float64)
    pools = pd.DataFrame({"claim": claims_eur, "cap": caps, "guarantor": tape["guarantor_id"].to_numpy()})
    sums = pools.groupby(["guarantor", "cap"], dropna=False)["claim"].transform("sum").to_numpy()
    return np.asarray(np.where(sums > caps, caps / np.where(sums > 0.0, sums, 1.0), 1.0), dtype=np.float64)


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


def guarantor_loss_rates(tape: pd.DataFrame, known: Mapping[str, float]) -> Floats:
    """Expected loss per euro of a direct claim on each loan's guarantor under IRB, (n,), Article 158(5).

    PD (after its floor) times the senior LGD; 0 for one that cannot fail or has a standardised weight, which
    knows no expected loss; infinite for one of whom nothing is known.
    """
    chance = tape["guarantor_pd"].to_numpy(dtype=np.float64)
    rate = np.where(np.isnan(chance), np.inf, np.maximum(chance, PD_INPUT_FLOOR) * SENIOR_LGD)
    named = tape["guarantor_id"].isin(list(known)).to_numpy(dtype=bool)
    return np.where((chance == 0.0) | named, 0.0, rate)
