"""What a loan costs its bank, what rate it takes and whether it is worth making: scalar rules.

Rates are per year. ``retained_share`` is the share of the loss that stays with the bank under a guarantee;
it scales the expected loss and the capital charge alike (the guarantor is taken at a zero risk weight; for
another guarantor pass a higher ``risk_weight``).
"""

from __future__ import annotations

from math import ceil, sqrt

from hybridsim.core.mathx import powi
from hybridsim.core.money import share_cents
from hybridsim.finance.service import next_balance_share, quarterly_annuity_factor


def life_weight_years(
    service: int, rate_pa: float, pd: float, discount_pa: float, n_quarters: int, grace_quarters: int
) -> float:
    """Years for which one euro lent is outstanding, survival-weighted and discounted.

    ``sum_k b_k / 4 * (1 - pd)^y * (1 + discount_pa)^-(y + 1/2)`` over quarters ``k`` with ``b_k`` the share
    outstanding during the quarter and ``y`` the whole years before it (yearly steps, mid-year). With ``pd``
    and ``discount_pa`` zero it is the loan's average life.
    """
    level = 1.0 / quarterly_annuity_factor(rate_pa, max(1, n_quarters - grace_quarters))
    yearly = (1.0 - pd) / (1.0 + discount_pa)
    first_year = sqrt(1.0 / (1.0 + discount_pa))
    balance = 1.0
    total = 0.0
    for k in range(1, n_quarters + 1):
        total += balance / 4.0 * (first_year * powi(yearly, (k - 1) // 4))
        balance = next_balance_share(service, balance, level, rate_pa, k, grace_quarters, n_quarters)
    return total


def risk_cost_pa(
    pd: float, lgd: float, retained_share: float, capital_ratio: float, risk_weight: float, hurdle_pa: float
) -> float:
    """Expected loss and capital charge that the bank keeps: ``retained (PD LGD + capital RW hurdle)``."""
    return retained_share * (pd * lgd + capital_ratio * risk_weight * hurdle_pa)


def cost_based_rate(
    principal_cents: int,
    funding_rate_pa: float,
    pd: float,
    lgd: float,
    retained_share: float,
    capital_ratio: float,
    risk_weight: float,
    hurdle_pa: float,
    margin_pa: float,
    file_cost_cents: int,
    service: int,
    n_quarters: int,
    grace_quarters: int,
) -> float:
    """Rate that covers funding, retained risk, margin and the file cost spread over the life of the loan.

    ``funding + retained (PD LGD + capital RW hurdle) + margin + file cost / (principal * life weight)`` with
    `life_weight_years` at the funding rate. Hence at a margin equal to the running cost the loan's
    `lender_value_cents` is zero up to rounding (an annuity's a little above).
    """
    risk = risk_cost_pa(pd, lgd, retained_share, capital_ratio, risk_weight, hurdle_pa)
    life = life_weight_years(service, funding_rate_pa, pd, funding_rate_pa, n_quarters, grace_quarters)
    return funding_rate_pa + risk + margin_pa + float(file_cost_cents) / (float(principal_cents) * life)


def bank_rate(ladder_rate_pa: float, cost_based_rate_pa: float) -> float:
    """The lower of the ladder's cap and the cost-based rate; -1.0 if the ladder gives no loan."""
    if ladder_rate_pa < 0.0:
        return -1.0
    return min(ladder_rate_pa, cost_based_rate_pa)


def unit_margin_pa(
    rate_pa: float,
    funding_rate_pa: float,
    pd: float,
    lgd: float,
    retained_share: float,
    capital_ratio: float,
    risk_weight: float,
    hurdle_pa: float,
    running_cost_pa: float,
    guarantee_fee_pa_borne: float,
) -> float:
    """Yearly margin per euro outstanding after funding, running cost, guarantee fee and retained risk."""
    risk = risk_cost_pa(pd, lgd, retained_share, capital_ratio, risk_weight, hurdle_pa)
    return rate_pa - funding_rate_pa - running_cost_pa - guarantee_fee_pa_borne - risk


def lender_value_cents(
    principal_cents: int,
    rate_pa: float,
    funding_rate_pa: float,
    pd: float,
    lgd: float,
    retained_share: float,
    capital_ratio: float,
    risk_weight: float,
    hurdle_pa: float,
    term_months: int,
    grace_months: int,
    service: int,
    file_cost_cents: int,
    running_cost_pa: float,
    guarantee_fee_pa_borne: float,
) -> int:
    """Lifetime value of a loan to its bank in cents; the bank accepts if it is not negative.

    ``principal * unit margin * life weight - file cost``: margin less retained expected loss and capital
    charge on what is outstanding in each year that the borrower survives to, discounted at the funding rate.
    ``term_months`` and ``grace_months`` are multiples of 3.
    """
    margin = unit_margin_pa(
        rate_pa,
        funding_rate_pa,
        pd,
        lgd,
        retained_share,
        capital_ratio,
        risk_weight,
        hurdle_pa,
        running_cost_pa,
        guarantee_fee_pa_borne,
    )
    life = life_weight_years(service, rate_pa, pd, funding_rate_pa, term_months // 3, grace_months // 3)
    return share_cents(principal_cents, margin * life) - file_cost_cents


def break_even_principal_cents(
    rate_pa: float,
    funding_rate_pa: float,
    pd: float,
    lgd: float,
    retained_share: float,
    capital_ratio: float,
    risk_weight: float,
    hurdle_pa: float,
    term_months: int,
    grace_months: int,
    service: int,
    file_cost_cents: int,
    running_cost_pa: float,
    guarantee_fee_pa_borne: float,
) -> int:
    """Smallest loan in cents whose `lender_value_cents` is not negative, -1 if none is large enough.

    ``file cost / (unit margin * life weight)``, rounded up.
    """
    margin = unit_margin_pa(
        rate_pa,
        funding_rate_pa,
        pd,
        lgd,
        retained_share,
        capital_ratio,
        risk_weight,
        hurdle_pa,
        running_cost_pa,
        guarantee_fee_pa_borne,
    )
    life = life_weight_years(service, rate_pa, pd, funding_rate_pa, term_months // 3, grace_months // 3)
    if margin * life <= 0.0:
        return -1
    return ceil(float(file_cost_cents) / (margin * life))
