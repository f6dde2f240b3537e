"""Risk weights of the standardised approach: CRR (Regulation 575/2013) as amended by CRR III (2024/1623).

What a book of loans to care institutions needs: corporates, retail, subordinated loans and loans in default.
Loans secured by property (Articles 124 to 126a) have no rule of their own here: they are weighed as unsecured
ones. The first argument has shape (n,); so have the others, or one value for all rows. Risk weights are
decimals (1.0 is 100 %).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hybridsim.credit.arrays import Floats, column

if TYPE_CHECKING:
    import numpy.typing as npt
    from numpy.typing import ArrayLike

    Flags = npt.NDArray[np.bool_]

CORPORATE_BY_STEP = (1.00, 0.20, 0.50, 0.75, 1.00, 1.50, 1.50)
"""Article 122: without a credit assessment (place 0), then by credit quality step 1 to 6."""
RETAIL = 0.75
"""Article 123(3)."""
SUBORDINATED = 1.50
"""Article 128(2)."""
DEFAULTED, DEFAULTED_PROVISIONED, PROVISIONED_FROM = 1.50, 1.00, 0.20
"""Article 127(1): the second one if specific provisions are at least this share of the unsecured part."""
RETAIL_LIMIT_EUR = 1_000_000.0
"""Article 123(1)(b): all that the group of connected clients owes."""
SME_TURNOVER_EUR = 50_000_000.0
"""Article 5(9): a yearly turnover of not more than this makes a small or medium-sized enterprise."""
TRANSITIONAL_WEIGHT, TRANSITIONAL_PD, TRANSITIONAL_UNTIL = 0.65, 0.005, 2032
"""Article 465(3): unrated corporates with at most this PD, for the output floor only, until this year."""


def is_sme(turnover_eur: ArrayLike) -> Flags:
    """Small and medium-sized enterprises by yearly turnover (Article 5(9)); unknown (NaN) is none."""
    return np.asarray(np.atleast_1d(np.asarray(turnover_eur, dtype=np.float64)) <= SME_TURNOVER_EUR)


def is_retail(total_owed_eur: ArrayLike, turnover_eur: ArrayLike) -> Flags:
    """Loans that may be retail: an SME that owes at most one million euros (Article 123(1)(a), (b)).

    Points (c) and (d), one of many similar loans and managed as such, are the bank's to judge.
    """
    owed = column("total_owed_eur", total_owed_eur)
    return np.asarray(is_sme(turnover_eur) & (owed <= RETAIL_LIMIT_EUR))


def risk_weight(
    retail: ArrayLike,
    credit_quality_step: ArrayLike = 0,
    *,
    subordinated: ArrayLike = False,
    defaulted: ArrayLike = False,
    provision_share: ArrayLike = 0.0,
) -> Floats:
    """Risk weights of loans before the SME factor and before guarantees.

    Parameters
    ----------
    retail
        (n,) flags; the others are corporates.
    credit_quality_step
        1 to 6 for corporates with a credit assessment, 0 without.
    subordinated, defaulted
        Flags. A subordinated loan keeps its 150 % in default.
    provision_share
        Specific provisions as a share of the unsecured part in [0, 1], for loans in default.

    Raises
    ------
    ValueError
        If shapes do not fit, a step is no whole number from 0 to 6 or a share is out of range.
    """
    small = np.atleast_1d(np.asarray(retail, dtype=bool))
    step = column("credit_quality_step", credit_quality_step, high=6.0, size=small.size)
    if np.any(step != np.floor(step)):
        raise ValueError("credit_quality_step must be whole numbers from 0 (no assessment) to 6")
    share = column("provision_share", provision_share, high=1.0, size=small.size)
    weight = np.where(small, RETAIL, np.asarray(CORPORATE_BY_STEP)[step.astype(np.int64)])
    in_default = np.where(share >= PROVISIONED_FROM, DEFAULTED_PROVISIONED, DEFAULTED)
    weight = np.where(np.broadcast_to(np.asarray(defaulted, dtype=bool), weight.shape), in_default, weight)
    junior = np.broadcast_to(np.asarray(subordinated, dtype=bool), weight.shape)
    return np.where(junior, SUBORDINATED, weight)


def output_floor_weight(weight: ArrayLike, pd: ArrayLike, unrated_corporate: ArrayLike, year: int) -> Floats:
    """Risk weights for the output floor: 65 % for unrated corporates with a PD of at most 0.5 % until 2032.

    ``unrated_corporate`` flags performing, senior corporates without a credit assessment. Article 465(3).
    """
    given = column("weight", weight)
    chance = column("pd", pd, high=1.0, size=given.size)
    if year > TRANSITIONAL_UNTIL:
        return given
    relieved = np.asarray(unrated_corporate, dtype=bool) & (chance <= TRANSITIONAL_PD)
    return np.where(relieved, np.minimum(given, TRANSITIONAL_WEIGHT), given)
