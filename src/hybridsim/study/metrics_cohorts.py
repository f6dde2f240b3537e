"""Cohorts: what became of the projects of one start year within a fixed time, and what they were worth.

A longer horizon adds cohorts and leaves these figures alone. Money is discounted to each project's start.
"""

from __future__ import annotations

from functools import partial

from hybridsim.rollout import layout
from hybridsim.study.metric import Group, Metric

_INPUTS = "inputs_pv_cents + running_cost_pv_cents"
_NO_START = "no project of the cohort was started"
_NO_INPUTS = "nothing was put into the cohort's projects"
_NO_HOURS = "the cohort's projects freed no hour"
_NO_LOAN = "the cohort's projects have no loan"

_cohort = partial(Metric, scope="cohort")


def _per_start(group: Group, name: str, unit: str, text: str, column: str) -> tuple[Metric, Metric]:
    """A sum per project of the cohort, and per institution of the population."""
    return (
        _cohort(
            group, f"{name}_per_started{unit}", _UNITS[unit], f"{text} per project of the cohort",
            column, "started", if_undefined=_NO_START,
        ),
        _cohort(
            group, f"{name}_per_institution{unit}", _UNITS[unit], f"{text} per institution simulated",
            column, "institutions",
        ),
    )  # fmt: skip


_UNITS = {"": "hours", "_eur": "EUR"}

_STAGES = tuple(
    metric
    for stage in layout.COHORT_STAGES[1:]
    for metric in (
        _cohort(
            "scaling", f"projects_{stage}_share", "share",
            f"projects of the cohort that were {stage.replace('_', ' ')} within the follow-up",
            stage, "started", if_undefined=_NO_START,
        ),
        _cohort(
            "scaling", f"institutions_{stage}_share", "share",
            f"institutions with a project of the cohort that was {stage.replace('_', ' ')} in the follow-up, "
            "per institution with a project of the cohort",
            f"inst_{stage}", "inst_started", if_undefined=_NO_START,
        ),
    )
)  # fmt: skip

_SCALING = (
    _cohort("scaling", "projects_started", "projects", "first disbursement in the year: the cohort",
            "started"),
    _cohort("scaling", "institutions_started_share", "share", "institutions with a project of the cohort",
            "inst_started", "institutions"),
    *_STAGES,
    *(
        _cohort(
            "scaling", f"ended_{reason}_share", "share",
            f"projects of the cohort that ended within the follow-up: {reason.replace('_', ' ')}",
            f"ended_{reason}", "started", if_undefined=_NO_START,
        )
        for reason in layout.REASONS
        if reason != layout.Reason.NOT_VIABLE.label
    ),
)  # fmt: skip

_RISK = (
    _cohort("risk", "default_share", "share", "institutions that defaulted within the follow-up",
            "inst_defaults", "inst_started", if_undefined=_NO_START),
    _cohort("risk", "project_default_share", "share",
            "projects of the cohort whose institution defaulted within the follow-up, live or not",
            "defaults", "started", if_undefined=_NO_START),
    _cohort("risk", "ead_share_of_lent", "share",
            "exposure at default within the follow-up per euro lent to the cohort's projects",
            "ead_cents", "lent_cents", if_undefined=_NO_LOAN),
)  # fmt: skip

_IMPACT = (
    *_per_start("impact", "hours_freed", "", "working hours freed, net of the dip", "hours_milli"),
    *_per_start("impact", "social_value", "_eur", "discounted net social value", "social_pv_cents"),
    *_per_start("impact", "cash_benefit", "_eur", "discounted cash benefit", "cash_benefit_pv_cents"),
    *_per_start("impact", "inputs", "_eur",
                "discounted inputs (cost at closes, overruns, renewals, running cost)", _INPUTS),
    *_per_start("impact", "staff_cost", "_eur", "staff time of preparation", "staff_cost_cents"),
    _cohort(
        "impact", "social_impact_yield_pa", "per year",
        "discounted net social value per euro of capital outstanding and year within the follow-up",
        "social_pv_cents", "capital_pv_cent_years", if_undefined="no capital was at work",
    ),
    _cohort(
        "impact", "sroi", "EUR per EUR", "discounted net social value per euro of inputs",
        "social_pv_cents", _INPUTS, if_undefined=_NO_INPUTS,
    ),
    _cohort(
        "impact", "total_value_per_euro", "EUR per EUR",
        "discounted net social value and cash benefit per euro of inputs",
        "social_pv_cents + cash_benefit_pv_cents", _INPUTS, if_undefined=_NO_INPUTS,
    ),
    _cohort("impact", "cost_per_hour_eur", "EUR per hour", "inputs per hour freed",
            _INPUTS, "hours_milli", if_undefined=_NO_HOURS),
    _cohort("impact", "cost_per_hour_with_staff_eur", "EUR per hour",
            "inputs and the unpaid staff time of preparation, per hour freed",
            f"{_INPUTS} + staff_cost_cents", "hours_milli", if_undefined=_NO_HOURS),
)  # fmt: skip

_PUBLIC = (
    *_per_start("public_cost", "fiscal_cost", "_eur", "discounted net cost to public providers",
                "fiscal_pv_cents"),
    _cohort("public_cost", "fiscal_cost_per_sustained_eur", "EUR",
            "discounted net cost to public providers per sustained project of the cohort",
            "fiscal_pv_cents", "sustained", if_undefined="no project of the cohort was sustained"),
    _cohort("public_cost", "social_value_per_fiscal_euro", "EUR per EUR",
            "discounted net social value per euro of public cost",
            "social_pv_cents", "fiscal_pv_cents", if_undefined="there was no public cost"),
)  # fmt: skip

METRICS: tuple[Metric, ...] = (
    Metric("scaling", "cohorts_complete", "cohorts",
           "start years whose projects can all be followed to the end of the follow-up", "cohorts_complete"),
    Metric("scaling", "cohorts_left_out", "cohorts",
           "start years whose follow-up reaches past the horizon: they have no figures by cohort",
           "cohorts - cohorts_complete"),
    *_SCALING, *_RISK, *_IMPACT, *_PUBLIC,
)  # fmt: skip
"""Metrics by cohort, and how many cohorts there are."""
