"""The risk-adjusted interest ladder of German promotional loans (RGZS): scalar rules.

Seven bonity classes by one-year PD and three collateral classes give nine price classes A to I; each has a
fixed spread over A. Sources: PD and collateral bands as quoted from KfW by foerdermittel-aktuell.com and IHK
Nordschwarzwald; spreads derived from the KfW condition displays of programmes 230 and 295 (11.12.2025), the
same in 270 (2020/21) and, A to G, at LfA (2016). Which cell falls into which price class is inferred from
the published order of the cells and the number of classes, hence an assumption.
"""

from __future__ import annotations

BONITY_PD_LIMITS = (0.001, 0.004, 0.012, 0.018, 0.028, 0.055, 0.100)
"""Highest one-year PD of bonity classes 1 to 7; above the last there is no loan."""

SPREADS_PA = (0.0, 0.0040, 0.0070, 0.0120, 0.0180, 0.0250, 0.0300, 0.0410, 0.0640)
"""Spread of price classes A to I over A, per year."""

# Rows: bonity 1 to 7; columns: collateral 1 to 3; 1 = A to 9 = I, 0 = no loan.
_PRICE_CLASS = (
    *(1, 2, 3),
    *(3, 4, 5),
    *(4, 6, 8),
    *(5, 7, 9),
    *(6, 8, 9),
    *(7, 9, 0),
    *(9, 9, 0),
)


def bonity_class(pd: float) -> int:
    """Bonity class 1 to 7 of a one-year PD, 0 if it is above 10 % (no loan)."""
    for position in range(7):
        if pd <= BONITY_PD_LIMITS[position]:
            return position + 1
    return 0


def collateral_class(covered_share: float) -> int:
    """Collateral class of the covered share of the loan: 1 from 70 %, 2 above 40 %, else 3."""
    if covered_share >= 0.70:
        return 1
    if covered_share > 0.40:
        return 2
    return 3


def price_class(bonity: int, collateral: int) -> int:
    """Price class 1 (A) to 9 (I) of a bonity class (0 to 7) and a collateral class (1 to 3), 0 if no loan."""
    if bonity == 0:
        return 0
    return _PRICE_CLASS[3 * (bonity - 1) + collateral - 1]


def ladder_rate(base_a_pa: float, pd: float, covered_share: float) -> float:
    """Highest borrower rate per year, class A's rate plus the spread; -1.0 if there is no loan."""
    price = price_class(bonity_class(pd), collateral_class(covered_share))
    if price == 0:
        return -1.0
    return base_a_pa + SPREADS_PA[price - 1]
