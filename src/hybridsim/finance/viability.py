"""Is a project worth doing, and can its owner carry it? Scalar rules of the planner's decision."""

from __future__ import annotations

from math import inf

from hybridsim.core.mathx import log
from hybridsim.core.money import share_cents
from hybridsim.finance.operation import trend_integral


def annuity_factor(rate_pa: float, years: int) -> float:
    """Present value of 1 at the end of each of ``years`` years: ``sum_{k=1..years} (1 + rate_pa)^-k``."""
    discount = 1.0 / (1.0 + rate_pa)
    term = 1.0
    factor = 0.0
    for _ in range(years):
        term *= discount
        factor += term
    return factor


def npv_cents(
    capex_cents: int,
    cash_benefit_pa_cents: int,
    running_cost_pa_cents: int,
    trend_pa: float,
    payer_take_share: float,
    recognised_share: float,
    price_round_months: float,
    life_months: float,
    rate_pa: float,
) -> int:
    """Cash NPV in cents at go-live of a project that earns and spends evenly over its life.

    Benefit ``B`` and running cost ``C e^(trend t)`` (t in years) until the price round; from then on payers
    keep ``payer_take_share`` of the benefit and carry ``recognised_share`` of the running cost. Discounted at
    the effective rate ``rate_pa`` in continuous time:
    ``-capex + B (D1 + (1 - take) D2) - C (E1 + (1 - recognised) E2)`` with ``D`` and ``E`` the integrals of
    ``(1 + rate)^-t`` and of the same times ``e^(trend t)``, before (1) and after (2) the round.
    """
    turn = min(max(price_round_months, 0.0), life_months)
    force = log(1.0 + rate_pa)
    benefit_years = (
        trend_integral(0.0, turn, -force)
        + (1.0 - payer_take_share) * trend_integral(turn, life_months, -force)
    ) / 12.0
    net_trend = trend_pa - force
    cost_years = (
        trend_integral(0.0, turn, net_trend)
        + (1.0 - recognised_share) * trend_integral(turn, life_months, net_trend)
    ) / 12.0
    benefit = share_cents(cash_benefit_pa_cents, benefit_years)
    cost = share_cents(running_cost_pa_cents, cost_years)
    return benefit - cost - capex_cents


def dscr(
    ebitda_pa_cents: int, service_existing_pa_cents: int, service_new_pa_cents: int, project_net_pa_cents: int
) -> float:
    """Debt service cover: ``(EBITDA + project's net cash) / (existing + new service)``, all per year.

    Without debt service it is +inf, or -inf if there is no cash to begin with.
    """
    cash = ebitda_pa_cents + project_net_pa_cents
    service = service_existing_pa_cents + service_new_pa_cents
    if service <= 0:
        return inf if cash >= 0 else -inf
    return float(cash) / float(service)


def payback_months(
    capex_cents: int, net_before_pa_cents: int, net_after_pa_cents: int, price_round_months: float
) -> float:
    """Months until net cash, without discounting, has paid the capex back; inf if it never does.

    Net cash runs at ``net_before_pa_cents`` until the price round and at ``net_after_pa_cents`` from then on.
    """
    if capex_cents <= 0:
        return 0.0
    capex = float(capex_cents)
    earned = float(net_before_pa_cents) * price_round_months / 12.0
    if earned >= capex:
        return capex * 12.0 / float(net_before_pa_cents)
    if net_after_pa_cents <= 0:
        return inf
    return price_round_months + (capex - earned) * 12.0 / float(net_after_pa_cents)


def accept(
    npv_cash_cents: int, noncash_value_cents: int, mission_weight: float, dscr_ratio: float, min_dscr: float
) -> bool:
    """The planner's decision: ``NPV + mission weight * non-cash value >= 0`` and the DSCR holds its minimum.

    ``noncash_value_cents`` is a present value over the same life as the NPV.
    """
    return npv_cash_cents + share_cents(noncash_value_cents, mission_weight) >= 0 and dscr_ratio >= min_dscr
