"""From risk weights to required capital: SME factor, guarantees, output floor. CRR as amended by CRR III.

The first argument has shape (n,); so have the others, or one number for all rows. Amounts are euros.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hybridsim.credit.arrays import Floats, column

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

CAPITAL_RATIO = 0.08
"""Article 92(1)(c): total capital."""
SME_FACTOR, SME_FACTOR_ABOVE, SME_LIMIT_EUR = 0.7619, 0.85, 2_500_000.0
"""Article 501(1)."""
OUTPUT_FLOOR = 0.725
"""Article 92(3)."""
TRANSITIONAL_FLOOR = {2025: 0.50, 2026: 0.55, 2027: 0.60, 2028: 0.65, 2029: 0.70}
"""Article 465(1)."""
TRANSITIONAL_CAP = 1.25
"""Article 465(2): what the floor may make of the modelled amount while it is phased in."""
_LONGEST_YEARS = 5.0
_QUARTER = 0.25


def required_capital(rwa_eur: float) -> float:
    """Total capital for a risk-weighted amount: 8 % (Article 92(1)(c)), without buffers and Pillar 2."""
    return CAPITAL_RATIO * rwa_eur


def sme_supporting_factor(total_owed_eur: ArrayLike) -> Floats:
    """Factor on the risk-weighted amount of performing loans to SMEs, Article 501(1): 0.7619 to 0.85.

    ``(min(E*, 2.5m) 0.7619 + max(E* - 2.5m, 0) 0.85) / E*``, E* being all that the group of connected clients
    owes to the bank's group, without claims secured by residential property.
    """
    owed = column("total_owed_eur", total_owed_eur)
    share = np.minimum(SME_LIMIT_EUR / np.maximum(owed, SME_LIMIT_EUR), 1.0)
    return SME_FACTOR * share + SME_FACTOR_ABOVE * (1.0 - share)


def maturity_adjusted_cover(
    cover_eur: ArrayLike, cover_years: ArrayLike, loan_years: ArrayLike, original_cover_years: ArrayLike
) -> Floats:
    """Recognised amount of a guarantee that ends before its loan, Articles 237, 238(1) and 239(3).

    ``GA = G (t - 0.25) / (T - 0.25)``, T the loan's remaining years but at most 5, t the guarantee's but at
    most T. A guarantee that ends earlier counts nothing if it has three months or less left, or had less than
    a year at its start.
    """
    cover = column("cover_eur", cover_eur)
    loan = np.minimum(column("loan_years", loan_years, size=cover.size), _LONGEST_YEARS)
    left = column("cover_years", cover_years, size=cover.size)
    original = column("original_cover_years", original_cover_years, size=cover.size)
    mismatch = left < loan
    counts = (left > _QUARTER) & (original >= 1.0)
    # Without a mismatch the quotient is not used, and may have no meaning (a loan of three months).
    quotient = (left - _QUARTER) / np.where(mismatch & counts, loan - _QUARTER, 1.0)
    return cover * np.where(mismatch, np.where(counts, quotient, 0.0), 1.0)


def substituted_rwa(
    exposure_eur: ArrayLike, cover_eur: ArrayLike, weight: ArrayLike, guarantor_weight: ArrayLike
) -> Floats:
    """Risk-weighted amounts under pari-passu guarantees, ``max(0, E - GA) r + GA g``: Articles 235 to 236.

    Parameters
    ----------
    exposure_eur
        E; ``cover_eur`` above it counts up to it.
    cover_eur
        GA after :func:`maturity_adjusted_cover`; covered and open part must rank equally (Article 235(2)).
    weight
        r of the borrower, with the SME factor if he has it: the factor stays with the open part.
    guarantor_weight
        g of a direct claim on the guarantor, standardised or, if that is how the bank weighs him, IRB with
        his PD.

    A guarantee never raises the amount (Article 193(1)): a guarantor who weighs more is ignored.
    """
    exposure = column("exposure_eur", exposure_eur)
    own = column("weight", weight, size=exposure.size)
    other = column("guarantor_weight", guarantor_weight, size=exposure.size)
    covered = np.minimum(column("cover_eur", cover_eur, size=exposure.size), exposure)
    weighted: Floats = (exposure - covered) * own + covered * np.minimum(own, other)
    return weighted


def floored_rwa(modelled_eur: float, standardised_eur: float, year: int) -> float:
    """Risk-weighted amount after the output floor: ``max(U, x S)``, Articles 92(3) and 465(1), (2).

    x is 72.5 % from 2030, phased in from 50 % in 2025; until 2029 the result is at most ``1.25 U``. The floor
    binds a bank's total, so that for a single book this is its stand-alone share.

    Raises
    ------
    ValueError
        If an amount is negative or the year lies before the floor, 2025.
    """
    if not (modelled_eur >= 0.0 and standardised_eur >= 0.0):
        raise ValueError(
            f"modelled_eur(={modelled_eur}) and standardised_eur(={standardised_eur}) must be >= 0"
        )
    if year < min(TRANSITIONAL_FLOOR):
        raise ValueError(f"year(={year}) lies before the output floor; it applies from 2025")
    floor = TRANSITIONAL_FLOOR.get(year, OUTPUT_FLOOR) * standardised_eur
    floored = max(modelled_eur, floor)
    return min(floored, TRANSITIONAL_CAP * modelled_eur) if year in TRANSITIONAL_FLOOR else floored
