"""What a support is worth for the legal caps (gross grant equivalent), fair guarantee fees, de-minimis.

Scalar rules. The gross grant equivalent (GGE) serves caps only; what the public pays is another matter
(a fairly priced guarantee costs it nothing). Safe harbours: Reg. (EU) 2023/2831, Art. 4.
"""

from __future__ import annotations

from collections.abc import Sequence

from hybridsim.core.mathx import exp, log, log1p_neg
from hybridsim.core.money import share_cents
from hybridsim.finance.service import (
    level_payment_cents,
    next_balance_share,
    quarter_due,
    quarterly_annuity_factor,
)

SAFE_HARBOUR_COVER = 0.80
SAFE_HARBOUR_GGE_CENTS = 300_000_00
SAFE_HARBOUR_GUARANTEED_5Y_CENTS = 2_250_000_00
SAFE_HARBOUR_GUARANTEED_10Y_CENTS = 1_125_000_00
DE_MINIMIS_WINDOW_MONTHS = 36.0


def gge_grant_cents(amount_cents: int, months_to_payment: float, reference_rate_pa: float) -> int:
    """GGE of a grant: its value at the award, ``amount (1 + reference rate)^-(months/12)``, in cents."""
    return share_cents(amount_cents, exp(-log(1.0 + reference_rate_pa) * months_to_payment / 12.0))


def gge_loan_cents(
    service: int,
    principal_cents: int,
    market_rate_pa: float,
    subsidised_rate_pa: float,
    reference_rate_pa: float,
    n_quarters: int,
    grace_quarters: int,
) -> int:
    """GGE of a cheap loan in cents: present value of the interest saved, quarter by quarter; never negative.

    ``sum_k outstanding_k (market - subsidised)/4 (1 + reference/4)^-k`` on the subsidised loan's schedule.
    """
    if market_rate_pa <= subsidised_rate_pa:
        return 0
    level = level_payment_cents(principal_cents, subsidised_rate_pa, n_quarters - grace_quarters)
    outstanding = principal_cents
    discount = 1.0 / (1.0 + reference_rate_pa / 4.0)
    weight = 1.0
    discounted = 0.0
    for k in range(1, n_quarters + 1):
        weight *= discount
        discounted += weight * float(outstanding)
        _, principal = quarter_due(
            service, outstanding, principal_cents, level, subsidised_rate_pa, k, grace_quarters, n_quarters
        )
        outstanding -= principal
    # one cent times a float: the shared rounding rule for an amount that is no share of a whole one
    return share_cents(1, discounted * (market_rate_pa - subsidised_rate_pa) / 4.0)


def gge_guarantee_safe_harbour_cents(guaranteed_cents: int, cover_rate: float, term_months: float) -> int:
    """GGE of a guarantee under the safe harbour in cents, -1 if it does not qualify.

    ``300,000 * guaranteed / 2.25 m`` for up to 5 years, ``/ 1.125 m`` for up to 10; cover at most 80 % and
    the guaranteed amount at most the denominator.
    """
    if cover_rate > SAFE_HARBOUR_COVER or term_months > 120.0:
        return -1
    limit = SAFE_HARBOUR_GUARANTEED_5Y_CENTS if term_months <= 60.0 else SAFE_HARBOUR_GUARANTEED_10Y_CENTS
    if guaranteed_cents > limit:
        return -1
    return share_cents(guaranteed_cents, float(SAFE_HARBOUR_GGE_CENTS) / float(limit))


def fair_fee_pa(
    pd: float,
    lgd: float,
    discount_pa: float,
    upfront_fee: float,
    service: int,
    rate_pa: float,
    n_quarters: int,
    grace_quarters: int,
) -> float:
    """Yearly fee per euro guaranteed and outstanding at which a guarantee costs its guarantor nothing.

    Solves PV(payouts) = ``upfront_fee`` + PV(running fees). Default has the constant hazard ``-ln(1 - pd)``
    a year and is paid, ``lgd`` of the quarter's balance, at the quarter's end; the fee is due in advance in
    each quarter that the borrower reaches. The cover rate cancels: both sides are per euro guaranteed.
    Negative if the up-front fee (share of the guaranteed amount) alone is more than fair.
    """
    level = 1.0 / quarterly_annuity_factor(rate_pa, max(1, n_quarters - grace_quarters))
    survival = exp(log1p_neg(pd) / 4.0)
    discount = exp(-log(1.0 + discount_pa) / 4.0)
    balance = 1.0
    weight = 1.0
    payouts = 0.0
    fee_base = 0.0
    for k in range(1, n_quarters + 1):
        fee_base += weight * balance / 4.0
        payouts += weight * discount * (1.0 - survival) * lgd * balance
        weight *= survival * discount
        balance = next_balance_share(service, balance, level, rate_pa, k, grace_quarters, n_quarters)
    return (payouts - upfront_fee) / fee_base


def de_minimis_used_cents(
    now_months: float, award_months: Sequence[float], gge_cents: Sequence[int], count: int
) -> int:
    """De-minimis aid in cents among the first ``count`` awards that falls in the window ``(now - 36, now]``.

    ``award_months`` and ``gge_cents`` are parallel sequences (lists or arrays) in any order.
    """
    used = 0
    for position in range(count):
        if now_months - DE_MINIMIS_WINDOW_MONTHS < award_months[position] <= now_months:
            used += gge_cents[position]
    return used


def de_minimis_headroom_cents(
    now_months: float, award_months: Sequence[float], gge_cents: Sequence[int], count: int, cap_cents: int
) -> int:
    """What the rolling cap still allows at ``now_months`` in cents, never negative."""
    return max(0, cap_cents - de_minimis_used_cents(now_months, award_months, gge_cents, count))
