"""Regulatory capital of a book, loan by loan: CRR (575/2013) as amended by CRR III (2024/1623).

The formulas are those of :mod:`hybridsim.credit.irb`, ``standardised`` and ``capital``; here they meet a
tape. Under foundation IRB loans have the supervisory LGDs and a maturity of 2.5 years; small SMEs that would
be retail are corporates there (retail needs own LGDs, Article 151(7), recalled: *assumption*).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hybridsim.book.amounts import rounded, total
from hybridsim.book.guarantees import covered_eur, guarantor_loss_rates, guarantor_weights
from hybridsim.credit.arrays import Floats, column
from hybridsim.credit.capital import (
    CAPITAL_RATIO,
    OUTPUT_FLOOR,
    TRANSITIONAL_FLOOR,
    floored_rwa,
    sme_supporting_factor,
    substituted_rwa,
)
from hybridsim.credit.irb import (
    FOUNDATION_MATURITY_YEARS,
    PD_INPUT_FLOOR,
    SENIOR_LGD,
    SUBORDINATED_LGD,
    corporate_risk_weight,
)
from hybridsim.credit.standardised import is_retail, is_sme, output_floor_weight, risk_weight

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd
    from numpy.typing import ArrayLike

    from hybridsim.credit.standardised import Flags

FOUNDATION_IRB, STANDARDISED = "foundation_irb", "standardised"


def loan_capital(
    tape: pd.DataFrame,
    *,
    approach: str,
    year: int,
    provisions_eur: ArrayLike = 0.0,
    known_guarantors: Mapping[str, float] | None = None,
    with_guarantees: bool = True,
) -> pd.DataFrame:
    """Risk-weighted amounts of each loan under both approaches.

    Parameters
    ----------
    tape
        Columns :data:`hybridsim.book.columns.NAMES`.
    approach, year
        `FOUNDATION_IRB` or `STANDARDISED`: which amount ``rwa_eur`` and ``capital_eur`` show; the reporting
        year: until 2032 low-risk unrated corporates weigh less in the output floor.
    provisions_eur
        (n,) specific provisions. The standardised exposure value is net of them (Article 111(1)).
    known_guarantors, with_guarantees
        Risk weights by ``guarantor_id``; False shows the book without any guarantee.

    Returns
    -------
    pandas.DataFrame
        ``loan_id``, ``exposure_class`` (standardised: retail, corporate, subordinated, default), ``sme``
        (0/1), ``sme_factor``, ``weight_standardised`` and ``weight_irb`` (of the borrower, before factor and
        guarantee), ``covered_eur``, ``exposure_eur``, ``rwa_standardised_eur``, ``rwa_irb_eur``,
        ``rwa_floor_eur`` (standardised as the output floor counts it), ``irb_expected_loss_eur`` (Article
        158(5)), ``rwa_eur``, ``capital_eur`` (8 %, Article 92(1)(c); the output floor binds totals only).
    """
    import pandas as pd

    if approach not in (FOUNDATION_IRB, STANDARDISED):
        raise ValueError(f"approach(={approach!r}) must be {FOUNDATION_IRB!r} or {STANDARDISED!r}")
    known = known_guarantors or {}
    claims = _claims(tape, provisions_eur, with_guarantees)
    direct = guarantor_weights(tape, known, FOUNDATION_MATURITY_YEARS)
    irb, irb_rwa, lost = _irb(claims, direct[1], guarantor_loss_rates(tape, known))
    standardised, rwa, floor = _standardised(claims, direct[0], year)
    shown = rounded(irb_rwa if approach == FOUNDATION_IRB else rwa)
    return pd.DataFrame(
        {
            "loan_id": tape["loan_id"],
            "exposure_class": _classes(claims),
            "sme": claims.sme.astype(np.int64),
            "sme_factor": claims.factor,
            "weight_standardised": standardised,
            "weight_irb": irb,
            "covered_eur": rounded(claims.cover_eur),
            "exposure_eur": rounded(claims.exposure_eur),
            "rwa_standardised_eur": rounded(rwa),
            "rwa_irb_eur": rounded(irb_rwa),
            "rwa_floor_eur": rounded(floor),
            "irb_expected_loss_eur": rounded(lost),
            "rwa_eur": shown,
            "capital_eur": rounded(CAPITAL_RATIO * shown),
        }
    )


def group_exposure(tape: pd.DataFrame) -> Floats:
    """All that the group of connected clients of each loan owes in this book, (n,)."""
    groups = tape["group_id"].to_numpy(dtype=object)
    return np.asarray(tape["exposure_eur"].groupby(groups).transform("sum"), dtype=np.float64)


def capital_summary(
    table: pd.DataFrame,
    *,
    approach: str,
    year: int,
    capital_ratio: float,
    provisions_eur: ArrayLike = 0.0,
    economic_eur: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """Capital of the whole book by measure, regulatory and economic side by side.

    Parameters
    ----------
    table
        Of :func:`loan_capital`.
    capital_ratio
        Own funds that the bank holds per risk-weighted amount, at least 8 %.
    provisions_eur
        (n,) provisions, against which the expected loss of IRB stands; what those of loans in default exceed
        their expected loss by covers no other loan (Article 159(2)).
    economic_eur
        Economic capital by name, such as ``{"ES - EL": ...}``, from the simulation.

    Returns
    -------
    pandas.DataFrame
        ``measure``, ``rwa_eur`` (0 for economic capital), ``capital_eur`` (8 %), ``held_eur`` (at the bank's
        own ratio; economic capital as it is), ``share_of_exposure`` (of ``capital_eur``), ``per_required``
        (``capital_eur`` over the capital required under the approach). The output floor binds the bank's
        total: for one book it is its stand-alone share.
    """
    import pandas as pd

    exposure = total(table["exposure_eur"])
    amounts = {
        "standardised": total(table["rwa_standardised_eur"]),
        "irb_before_floor": total(table["rwa_irb_eur"]),
        "output_floor_base": total(table["rwa_floor_eur"]),
    }
    irb = floored_rwa(amounts["irb_before_floor"], amounts["output_floor_base"], year)
    amounts["irb_after_floor"] = irb
    amounts["required"] = irb if approach == FOUNDATION_IRB else amounts["standardised"]
    rows = [
        (name, rwa, CAPITAL_RATIO * rwa, max(capital_ratio, CAPITAL_RATIO) * rwa)
        for name, rwa in amounts.items()
    ]
    shortfall = _provision_shortfall(table, provisions_eur)
    rows.append(("irb_provision_shortfall", 0.0, shortfall, shortfall))
    rows += [(name, 0.0, capital, capital) for name, capital in (economic_eur or {}).items()]
    summary = pd.DataFrame(rows, columns=["measure", "rwa_eur", "capital_eur", "held_eur"])
    for name in ("rwa_eur", "capital_eur", "held_eur"):
        summary[name] = rounded(summary[name])
    required = summary.loc[summary["measure"] == "required", "capital_eur"].iloc[0]
    summary["share_of_exposure"] = summary["capital_eur"] / exposure if exposure else 0.0
    summary["per_required"] = summary["capital_eur"] / required if required else 0.0
    return summary


def output_floor_years(
    tape: pd.DataFrame,
    years: Iterable[int] = range(2025, 2034),
    *,
    provisions_eur: ArrayLike = 0.0,
    known_guarantors: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """The output floor on the same book in each year of its phasing in (Articles 92(3), 465(1) to (3)).

    Returns
    -------
    pandas.DataFrame
        ``year``, ``factor`` (x), ``rwa_irb_eur`` (before the floor), ``rwa_floor_eur`` (standardised, before
        the factor), ``rwa_after_floor_eur``, ``capital_eur`` (8 %), ``binds`` (0/1).
    """
    import pandas as pd

    claims = _claims(tape, provisions_eur, True)
    direct = guarantor_weights(tape, known_guarantors or {}, FOUNDATION_MATURITY_YEARS)
    irb = total(_irb(claims, direct[1], np.zeros(len(tape)))[1])
    rows = []
    for year in years:
        base = total(_standardised(claims, direct[0], year)[2])
        after = floored_rwa(irb, base, year)
        factor = TRANSITIONAL_FLOOR.get(year, OUTPUT_FLOOR)
        rows.append((year, factor, irb, base, after, CAPITAL_RATIO * after, int(after > irb)))
    names = ["year", "factor", "rwa_irb_eur", "rwa_floor_eur", "rwa_after_floor_eur", "capital_eur", "binds"]
    table = pd.DataFrame(rows, columns=names)
    for name in ("rwa_after_floor_eur", "capital_eur"):
        table[name] = rounded(table[name])
    return table


def _provision_shortfall(table: pd.DataFrame, provisions_eur: ArrayLike) -> float:
    """Expected loss of IRB that provisions do not cover, Article 159(1) and (2)."""
    provided = np.broadcast_to(np.asarray(provisions_eur, dtype=np.float64), (len(table),))
    lost = table["irb_expected_loss_eur"].to_numpy(dtype=np.float64)
    failed = (table["exposure_class"] == "default").to_numpy(dtype=bool)
    counts = total(provided[~failed]) + min(total(provided[failed]), total(lost[failed]))
    return max(total(lost) - counts, 0.0)


@dataclass(frozen=True)
class _Claims:
    """What the approaches have in common of n loans, each (n,)."""

    exposure_eur: Floats
    provision_eur: Floats
    cover_eur: Floats
    pd: Floats
    turnover_eur: Floats
    factor: Floats
    """SME supporting factor; 1 for others and in default (Article 501(1))."""
    sme: Flags
    retail: Flags
    junior: Flags
    defaulted: Flags


def _claims(tape: pd.DataFrame, provisions_eur: ArrayLike, with_guarantees: bool) -> _Claims:
    exposure = column("exposure_eur", tape["exposure_eur"])
    chance = column("pd", tape["pd"], high=1.0, size=exposure.size)
    turnover = tape["turnover_eur"].to_numpy(dtype=np.float64)
    owed, sme = group_exposure(tape), is_sme(turnover)
    defaulted = (tape["defaulted"].to_numpy(dtype=np.float64) > 0.0) | (chance >= 1.0)
    return _Claims(
        exposure,
        column("provisions_eur", provisions_eur, size=exposure.size),
        covered_eur(tape) if with_guarantees else np.zeros(exposure.size),
        chance,
        turnover,
        np.where(sme & ~defaulted, sme_supporting_factor(owed), 1.0),
        sme,
        is_retail(owed, turnover),
        (tape["seniority"] == "junior").to_numpy(dtype=bool),
        defaulted,
    )


def _irb(claims: _Claims, direct: Floats, guarantor_loss: Floats) -> tuple[Floats, Floats, Floats]:
    """Weights, risk-weighted amounts and expected losses; in default, with a supervisory LGD, weight 0."""
    lgd = np.where(claims.junior, SUBORDINATED_LGD, SENIOR_LGD)
    performing = np.where(claims.defaulted, 0.0, claims.pd)
    weight = corporate_risk_weight(performing, lgd, FOUNDATION_MATURITY_YEARS, claims.turnover_eur)
    weight = np.where(claims.defaulted, 0.0, weight)
    rate = lgd * np.where(claims.defaulted, 1.0, np.maximum(claims.pd, PD_INPUT_FLOOR))
    own = weight * claims.factor
    # Where the guarantor's weight is taken, so is his expected loss (Article 236).
    moved = np.where(direct < own, np.minimum(claims.cover_eur, claims.exposure_eur), 0.0)
    theirs = np.where(moved > 0.0, np.minimum(guarantor_loss, rate), 0.0)
    lost = rate * (claims.exposure_eur - moved) + theirs * moved
    return weight, substituted_rwa(claims.exposure_eur, claims.cover_eur, own, direct), lost


def _standardised(claims: _Claims, direct: Floats, year: int) -> tuple[Floats, Floats, Floats]:
    """Weights, risk-weighted amounts and those that the output floor counts, net of provisions."""
    owed = claims.exposure_eur > 0.0
    share = np.where(owed, claims.provision_eur / np.where(owed, claims.exposure_eur, 1.0), 0.0)
    weight = risk_weight(
        claims.retail,
        subordinated=claims.junior,
        defaulted=claims.defaulted,
        provision_share=np.minimum(share, 1.0),
    )
    unrated = ~(claims.retail | claims.junior | claims.defaulted)
    floor = output_floor_weight(weight, claims.pd, unrated, year)
    net = np.maximum(claims.exposure_eur - claims.provision_eur, 0.0)
    # Subordinated loans are a class of their own, in which no loan has the SME factor (Article 501(2)(a)).
    factor = np.where(claims.junior, 1.0, claims.factor)
    amounts = [substituted_rwa(net, claims.cover_eur, w * factor, direct) for w in (weight, floor)]
    return weight, amounts[0], amounts[1]


def _classes(claims: _Claims) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    names = np.where(claims.retail, "retail", "corporate").astype(object)
    names[claims.junior] = "subordinated"
    names[claims.defaulted] = "default"
    return names
