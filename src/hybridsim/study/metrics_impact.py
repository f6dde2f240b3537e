"""Impact: hours freed, harm avoided, what that is worth, and what it costs."""

from __future__ import annotations

from functools import partial

from hybridsim.study.metric import Metric

_impact = partial(Metric, "impact")

_INPUTS = "uses_cents + overrun_cents + running_cost_pv_cents"
_NO_INPUTS = "no project was started"
_NO_HOURS = "no hour was freed"

METRICS: tuple[Metric, ...] = (
    _impact("hours_freed", "hours", "working hours freed, net of the dip", "hours_milli",
    title="hours freed"),
    _impact(
        "hours_freed_per_institution", "hours", "working hours freed per institution",
        "hours_milli", "institutions",
    ),
    _impact("incidents_avoided", "incidents", "falls, pressure injuries and so on", "incidents_milli"),
    _impact("clients_reached", "clients", "clients reached at the first go-live of each site", "reached"),
    _impact("social_value_pv_eur", "EUR", "discounted net social value", "social_pv_cents"),
    _impact(
        "cash_benefit_pv_eur", "EUR", "discounted cash benefit before price rounds", "cash_benefit_pv_cents",
    ),
    _impact("running_cost_pv_eur", "EUR", "discounted running cost", "running_cost_pv_cents"),
    _impact(
        "social_impact_yield_pa", "per year",
        "discounted net social value per euro of capital outstanding and year, also discounted",
        "social_pv_cents", "capital_pv_cent_years",
        title="social-impact yield", if_undefined="no capital was at work",
    ),
    _impact(
        "sroi", "EUR per EUR",
        "discounted net social value per euro of inputs (cost at closes, overruns, discounted running cost)",
        "social_pv_cents", _INPUTS, title="social value per euro put in", if_undefined=_NO_INPUTS,
    ),
    _impact(
        "total_value_per_euro", "EUR per EUR",
        "discounted net social value and cash benefit per euro of inputs",
        "social_pv_cents + cash_benefit_pv_cents", _INPUTS, if_undefined=_NO_INPUTS,
    ),
    _impact(
        "cost_per_hour_eur", "EUR per hour", "inputs paid in cash, per hour freed",
        _INPUTS, "hours_milli", title="euros put in per hour freed", if_undefined=_NO_HOURS,
    ),
    _impact(
        "cost_per_hour_net_eur", "EUR per hour", "inputs less discounted cash benefit, per hour freed",
        f"{_INPUTS} - cash_benefit_pv_cents", "hours_milli", if_undefined=_NO_HOURS,
    ),
    _impact(
        "cost_per_hour_with_staff_eur", "EUR per hour",
        "inputs and the unpaid staff time of preparing and applying, per hour freed",
        f"{_INPUTS} + staff_cost_cents", "hours_milli", if_undefined=_NO_HOURS,
    ),
    _impact("hours_freed", "hours", "working hours freed in the year", "hours_milli", scope="year"),
    _impact(
        "social_value_eur", "EUR", "net social value, not discounted", "social_cents", scope="year",
    ),
    _impact("hours_freed", "hours", "working hours freed, net of the dip", "hours_milli", scope="type"),
    _impact(
        "hours_freed_per_institution", "hours", "working hours freed per institution",
        "hours_milli", "institutions", scope="type",
    ),
    _impact("social_value_pv_eur", "EUR", "discounted net social value", "social_pv_cents", scope="type"),
)  # fmt: skip
"""Metrics of impact."""
