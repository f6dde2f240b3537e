"""Regulatory capital of a book, loan by loan: CRR (575/2013) as amended by CRR III (2024/1623).

The formulas are those of :mod:`hybridsim.credit.irb`, ``standardised`` and ``capital``; here they meet a
tape. Under foundation IRB loans have the supervisory LGDs and a maturity of 2.5 years; small SMEs that would
be retail are corporates there (retail needs own LGDs, Article 151(7), recalled: *assumption*).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hybridsim.book.amounts import rounded, total
from hybridsim.book.guarantees import covered_eur, guarantor_loss_rates, guarantor_weights
from hybridsim.credit.arrays import Floats, column
from hybridsim.credit.capital import CAPITAL_RATIO, floored_rwa, sme_supporting_factor, substituted_rwa
from hybridsim.credit.irb import (
    FOUNDATION_MATURITY_YEARS,
    PD_INPUT_FLOOR,
    SENIOR_LGD,
    SUBORDINATED_LGD,
    corporate_risk_weight,
)
from hybridsim.credit.standardised import is_retail, is_sme, output_floor_weight, risk_weight

if TYPE_CHECKING:
    from collections.abc import Mapping

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
        Columns ``loan_id``, ``group_id``, ``exposure_eur``, ``pd``, ``seniority``, ``turnover_eur``,
        ``defaulted`` and those of the guarantee.
    approach
        `FOUNDATION_IRB` or `STANDARDISED`: which amount ``rwa_eur`` and ``capital_eur`` show.
    year
        Of the reporting date; until 2032 low-risk unrated corporates weigh less in the output floor.
    provisions_eur
        (n,) specific provisions. The standardised exposure value is net of them (Article 111(1)).
    known_guarantors
        Risk weights by ``guarantor_id``.
    with_guarantees
        False shows the book without any.

    Returns
    -------
    pandas.DataFrame
        ``loan_id``, ``exposure_class`` (standardised: retail, corporate, subordinated, default), ``sme``
        (0/1), ``sme_factor``, ``weight_standardised`` and ``weight_irb`` (of the borrower, before factor and
        guarantee), ``covered_eur``, ``exposure_eur``, ``rwa_standardised_eur``, ``rwa_irb_eur``,
        ``rwa_floor_eur`` (standardised as the output floor counts it), ``irb_expected_loss_eur`` (Article
        158(5)), ``rwa_eur``, ``capital_eur`` (8 %, Article 92(1)(c)) before the output floor, which binds
        totals only.
    """
    import pandas as pd

    if approach not in (FOUNDATION_IRB, STANDARDISED):
        raise ValueError(f"approach(={approach!r}) must be {FOUNDATION_IRB!r} or {STANDARDISED!r}")
    exposure = column("exposure_eur", tape["exposure_eur"])
    chance = column("pd", tape["pd"], high=1.0, size=exposure.size)
    provision = column("provisions_eur", provisions_eur, size=exposure.size)
    defaulted = (tape["defaulted"].to_numpy(dtype=np.float64) > 0.0) | (chance >= 1.0)
    junior = (tape["seniority"] == "junior").to_numpy(dtype=bool)
    owed = group_exposure(tape)
    turnover = tape["turnover_eur"].to_numpy(dtype=np.float64)
    retail, sme = is_retail(owed, turnover), is_sme(turnover)
    factor = np.where(sme & ~defaulted, sme_supporting_factor(owed), 1.0)
    cover = covered_eur(tape) if with_guarantees else np.zeros(exposure.size)
    direct = guarantor_weights(tape, known_guarantors or {}, FOUNDATION_MATURITY_YEARS)

    net = np.maximum(exposure - provision, 0.0)
    share = np.where(exposure > 0.0, provision / np.where(exposure > 0.0, exposure, 1.0), 0.0)
    standardised = risk_weight(
        retail, subordinated=junior, defaulted=defaulted, provision_share=np.minimum(share, 1.0)
    )
    floor = output_floor_weight(standardised, chance, ~(retail | junior | defaulted), year)
    irb, loss = _irb(chance, junior, defaulted, turnover)
    # Where the guarantor's weight is taken, so is his expected loss (Article 236).
    moved = np.where(direct[1] < irb * factor, np.minimum(cover, exposure), 0.0)
    lost = loss * (exposure - moved) + np.where(
        moved > 0.0, np.minimum(guarantor_loss_rates(tape, known_guarantors or {}), loss) * moved, 0.0
    )
    table = pd.DataFrame(
        {
            "loan_id": tape["loan_id"],
            "exposure_class": _classes(retail, junior, defaulted),
            "sme": sme.astype(np.int64),
            "sme_factor": factor,
            "weight_standardised": standardised,
            "weight_irb": irb,
            "covered_eur": rounded(cover),
            "exposure_eur": rounded(exposure),
            "rwa_standardised_eur": rounded(substituted_rwa(net, cover, standardised * factor, direct[0])),
            "rwa_irb_eur": rounded(substituted_rwa(exposure, cover, irb * factor, direct[1])),
            "rwa_floor_eur": rounded(substituted_rwa(net, cover, floor * factor, direct[0])),
            "irb_expected_loss_eur": rounded(lost),
        }
    )
    table["rwa_eur"] = table["rwa_irb_eur" if approach == FOUNDATION_IRB else "rwa_standardised_eur"]
    table["capital_eur"] = rounded(CAPITAL_RATIO * table["rwa_eur"])
    return table


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
        (n,) provisions, against which the expected loss of IRB stands (Article 159).
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
    shortfall = max(total(table["irb_expected_loss_eur"]) - total(np.atleast_1d(provisions_eur)), 0.0)
    rows.append(("irb_provision_shortfall", 0.0, shortfall, shortfall))
    rows += [(name, 0.0, capital, capital) for name, capital in (economic_eur or {}).items()]
    summary = pd.DataFrame(rows, columns=["measure", "rwa_eur", "capital_eur", "held_eur"])
    for name in ("rwa_eur", "capital_eur", "held_eur"):
        summary[name] = rounded(summary[name])
    required = summary.loc[summary["measure"] == "required", "capital_eur"].iloc[0]
    summary["share_of_exposure"] = summary["capital_eur"] / exposure if exposure else 0.0
    summary["per_required"] = summary["capital_eur"] / required if required else 0.0
    return summary


def _irb(chance: Floats, junior: Flags, defaulted: Flags, turnover_eur: Floats) -> tuple[Floats, Floats]:
    """Weights and rates of expected loss; in default, with a supervisory LGD, 0 and the LGD."""
    lgd = np.where(junior, SUBORDINATED_LGD, SENIOR_LGD)
    performing = np.where(defaulted, 0.0, chance)
    weight = corporate_risk_weight(performing, lgd, FOUNDATION_MATURITY_YEARS, turnover_eur)
    return np.where(defaulted, 0.0, weight), lgd * np.where(
        defaulted, 1.0, np.maximum(chance, PD_INPUT_FLOOR)
    )


def _classes(retail: Flags, junior: Flags, defaulted: Flags) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    names = np.where(retail, "retail", "corporate").astype(object)
    names[junior] = "subordinated"
    names[defaulted] = "default"
    return names
