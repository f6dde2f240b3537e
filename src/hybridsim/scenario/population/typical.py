"""What follows from the size of an institution, and what is typical of its type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hybridsim.scenario.schema.institutions import InstitutionTypePart

DAYS_PER_YEAR = 365.0

Rule = Callable[[InstitutionTypePart, Mapping[str, Any]], Any]
"""A column from the type and the columns before it: numbers give a number, arrays give an array."""

RULES: dict[str, tuple[str, Rule]] = {
    "revenue_eur_pa": (
        "revenue per place of the type",
        lambda part, row: row["places"] * part.revenue_per_place_eur.value,
    ),
    "ebitda_margin": ("median of the type", lambda part, row: part.ebitda_margin.value),
    "debt_eur": (
        "debt to revenue of the type",
        lambda part, row: row["revenue_eur_pa"] * part.debt_to_revenue.value,
    ),
    "debt_service_eur_pa": (
        "debt service to debt of the type",
        lambda part, row: row["debt_eur"] * part.debt_service_to_debt.value,
    ),
    "collateral_eur": (
        "collateral to debt of the type",
        lambda part, row: row["debt_eur"] * part.collateral_to_debt.value,
    ),
    "liquidity_days": ("median of the type", lambda part, row: part.liquidity_days.value),
    "credit_line_eur": (
        "days of revenue of the type",
        lambda part, row: row["revenue_eur_pa"] * part.credit_line_days.value / DAYS_PER_YEAR,
    ),
    # The mean, not the median: otherwise a file without ratings would default less often than its type.
    "pd_pa": ("mean of the type", lambda part, row: part.pd_pa.value),
    "fte_total": (
        "full-time equivalents per place of the type",
        lambda part, row: row["places"] * part.fte_per_place.value,
    ),
    "fte_care": ("care share of the type", lambda part, row: row["fte_total"] * part.care_share.value),
    "readiness": ("mean of the type", lambda part, row: part.readiness.value),
    "digital_budget_eur_pa": (
        "share of revenue of the type",
        lambda part, row: row["revenue_eur_pa"] * part.digital_budget_share.value,
    ),
}
"""By column: where a value comes from that nobody gave, and the rule; in an order that can be computed."""
