"""Risk weights of the internal ratings based approach: CRR (575/2013) as amended by CRR III (2024/1623).

The first argument has shape (n,); so have the others, or one number for all rows. Risk weights are decimals
(1.0 is 100 %).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hybridsim.core.mathx import norm_ppf
from hybridsim.credit.arrays import Floats, column

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

PD_INPUT_FLOOR = 0.0005
"""Article 160(1) for corporates and Article 163(1)(b) for retail that is no revolving card credit."""
SENIOR_LGD = 0.40
"""Article 161(1)(aa): senior claims on corporates outside the financial sector, without funded protection."""
SUBORDINATED_LGD = 0.75
"""Article 161(1)(b)."""
FOUNDATION_MATURITY_YEARS = 2.5
"""Article 162(1): maturity without own estimates of LGD."""
_SHORTEST_YEARS, _LONGEST_YEARS = 1.0, 5.0
_CONFIDENCE = 0.999
_SMALLEST_SALES, _LARGEST_SALES = 5.0, 50.0


def corporate_correlation(pd: ArrayLike, turnover_eur: ArrayLike | None = None) -> Floats:
    """Asset correlation of corporates, Article 153(1)(iii), with the firm-size term of Article 153(4).

    Between 0.24 and 0.12 by PD, less up to 0.04 for a yearly turnover of the group below 50 million euros (5
    million or less: all of it). An unknown turnover is NaN or None and gives no relief. The scalar rule of
    the engines is :func:`hybridsim.credit.ratings.asset_correlation`.
    """
    chance = column("pd", pd, high=1.0)
    weight = np.expm1(-50.0 * chance) / np.expm1(-50.0)
    correlation: Floats = 0.12 * weight + 0.24 * (1.0 - weight) - _size_relief(turnover_eur, chance.size)
    return correlation


def corporate_risk_weight(
    pd: ArrayLike,
    lgd: ArrayLike = SENIOR_LGD,
    maturity_years: ArrayLike = FOUNDATION_MATURITY_YEARS,
    turnover_eur: ArrayLike | None = None,
) -> Floats:
    """Risk weights of corporates that are not in default, Article 153(1)(iii).

    ``RW = 12.5 LGD (Phi((G(PD) + sqrt(R) G(0.999)) / sqrt(1 - R)) - PD) (1 + (M - 2.5) b) / (1 - 1.5 b)``
    with ``b = (0.11852 - 0.05478 ln PD)^2``; CRR III has no factor 1.06. PDs below the input floor are lifted
    to it, maturities kept within one and five years (Article 162).

    Parameters
    ----------
    pd
        One-year PDs in [0, 1).
    lgd
        Losses given default in [0, 1]; the default is the supervisory one for senior claims. Own estimates
        have input floors (Article 161(4)), which are the caller's.
    maturity_years
        Effective maturities.
    turnover_eur
        Yearly turnover of the group, NaN or None if unknown.

    Raises
    ------
    ValueError
        If a value is out of range; a PD of 1 belongs to :func:`defaulted_risk_weight`.
    """
    chance = _floored(pd)
    loss = column("lgd", lgd, high=1.0, size=chance.size)
    maturity = column("maturity_years", maturity_years, size=chance.size)
    maturity = np.clip(maturity, _SHORTEST_YEARS, _LONGEST_YEARS)
    slope = (0.11852 - 0.05478 * np.log(chance)) ** 2
    adjustment = (1.0 + (maturity - 2.5) * slope) / (1.0 - 1.5 * slope)
    unexpected = _unexpected_loss_rate(chance, corporate_correlation(chance, turnover_eur))
    return 12.5 * loss * unexpected * adjustment


def retail_risk_weight(pd: ArrayLike, lgd: ArrayLike) -> Floats:
    """Risk weights of retail that is neither in default nor a mortgage nor revolving, Article 154(1)(ii).

    ``R = 0.03 f + 0.16 (1 - f)`` with ``f = (1 - e^(-35 PD)) / (1 - e^(-35))``; no maturity adjustment. There
    are no supervisory LGDs for retail: ``lgd`` are own estimates after their floors (Article 164(4)).
    """
    chance = _floored(pd)
    loss = column("lgd", lgd, high=1.0, size=chance.size)
    weight = np.expm1(-35.0 * chance) / np.expm1(-35.0)
    return 12.5 * loss * _unexpected_loss_rate(chance, 0.03 * weight + 0.16 * (1.0 - weight))


def defaulted_risk_weight(lgd: ArrayLike, best_estimate_el: ArrayLike) -> Floats:
    """Risk weights of loans in default, Articles 153(1)(ii) and 154(1)(i): ``12.5 max(0, LGD - ELBE)``.

    ``lgd`` and ``best_estimate_el`` are shares of the exposure. With supervisory LGDs the risk weight is 0.
    """
    loss = column("lgd", lgd, high=1.0)
    expected = column("best_estimate_el", best_estimate_el, high=1.0, size=loss.size)
    return 12.5 * np.maximum(loss - expected, 0.0)


def _unexpected_loss_rate(pd: Floats, correlation: Floats) -> Floats:
    from scipy.special import ndtr, ndtri

    bad_year = np.sqrt(correlation) * norm_ppf(_CONFIDENCE)
    return np.asarray(ndtr((ndtri(pd) + bad_year) / np.sqrt(1.0 - correlation)) - pd, dtype=np.float64)


def _floored(pd: ArrayLike) -> Floats:
    chance = column("pd", pd, high=1.0)
    defaulted = np.flatnonzero(chance >= 1.0)
    if defaulted.size:
        raise ValueError(f"pd[{int(defaulted[0])}](=1) is in default; weigh it with defaulted_risk_weight")
    return np.maximum(chance, PD_INPUT_FLOOR)


def _size_relief(turnover_eur: ArrayLike | None, size: int) -> Floats:
    if turnover_eur is None:
        return np.zeros(size)
    given = np.asarray(turnover_eur, dtype=np.float64)
    known = column("turnover_eur", np.where(np.isnan(given), _LARGEST_SALES * 1e6, given), size=size)
    millions = np.clip(known / 1e6, _SMALLEST_SALES, _LARGEST_SALES)
    return 0.04 * (1.0 - (millions - _SMALLEST_SALES) / (_LARGEST_SALES - _SMALLEST_SALES))
