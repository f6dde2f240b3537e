"""Public cost: discounted net cash flow of public providers, and what it buys."""

from __future__ import annotations

from functools import partial

from hybridsim.study.metric import Metric

_public = partial(Metric, "public_cost")

_COMPONENTS = (
    ("grants", "grants and grant elements"),
    ("loans", "public loans out less principal and interest back"),
    ("payouts", "guarantee payouts and liability exemptions"),
    ("fees", "guarantee fees (negative: income)"),
    ("administration", "administration"),
    ("advice", "advice"),
    ("outcomes", "payments for verified outcomes"),
    ("payers", "cost recognised less benefit taken by statutory payers (negative: saved)"),
)

METRICS: tuple[Metric, ...] = (
    _public(
        "fiscal_cost_eur", "EUR", "discounted net cost to public providers", "fiscal_pv_cents",
        title="public cost",
    ),
    _public(
        "outcome_payments_eur", "EUR", "paid for verified outcomes, not discounted", "outcome_paid_cents"
    ),
    *(
        _public(f"fiscal_{name}_eur", "EUR", f"of the public cost: {text}", f"fiscal_{name}_pv_cents")
        for name, text in _COMPONENTS
    ),
    _public(
        "fiscal_cost_per_institution_eur", "EUR", "public cost per institution simulated",
        "fiscal_pv_cents", "institutions", title="public cost per institution",
    ),
    _public(
        "fiscal_cost_per_started_eur", "EUR", "public cost per started project",
        "fiscal_pv_cents", "started", if_undefined="no project was started",
    ),
    _public(
        "fiscal_cost_per_sustained_eur", "EUR", "public cost per sustained project",
        "fiscal_pv_cents", "sustained",
        title="public cost per sustained project", if_undefined="no project was sustained",
    ),
    _public(
        "fiscal_cost_per_hour_eur", "EUR per hour", "public cost per hour freed",
        "fiscal_pv_cents", "hours_milli",
        title="public cost per hour freed", if_undefined="no hour was freed",
    ),
    _public(
        "social_value_per_fiscal_euro", "EUR per EUR", "discounted net social value per euro of public cost",
        "social_pv_cents", "fiscal_pv_cents", if_undefined="there was no public cost",
    ),
    _public(
        "fiscal_cost_eur", "EUR", "discounted net cost to public providers", "fiscal_pv_cents",
        scope="instrument",
    ),
)  # fmt: skip
"""Metrics of public cost."""
