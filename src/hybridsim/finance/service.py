"""Debt service quarter by quarter, as the engines pay it: whole cents, scalar rules.

A loan runs over ``n_quarters`` quarters counted from a quarter boundary; the first ``grace_quarters`` of
them bear interest only. The interest of a quarter is a quarter of the yearly rate on what was outstanding
during it. The last instalment repays exactly what is left, so rounding never leaves a balance.
"""

from __future__ import annotations

from hybridsim.core.codes import Service
from hybridsim.core.money import share_cents

NONE = int(Service.NONE)
ANNUITY = int(Service.ANNUITY)
LINEAR = int(Service.LINEAR)
BULLET = int(Service.BULLET)
STEP_UP = int(Service.STEP_UP)


def quarterly_annuity_factor(rate_pa: float, n_quarters: int) -> float:
    """Present value of 1 at each of ``n_quarters`` quarter-ends: ``sum_{k=1..n} (1 + rate_pa/4)^-k``.

    Added up term by term, which holds at a rate of zero (factor ``n``) and close to it.
    """
    discount = 1.0 / (1.0 + rate_pa / 4.0)
    term = 1.0
    factor = 0.0
    for _ in range(n_quarters):
        term *= discount
        factor += term
    return factor


def level_payment_cents(principal_cents: int, rate_pa: float, n_quarters: int) -> int:
    """Quarterly payment of an annuity over ``n_quarters`` repaying quarters (grace not counted).

    ``A = L i / (1 - (1 + i)^-n)`` with ``i = rate_pa / 4`` (textbook annuity), in whole cents.
    """
    if n_quarters <= 0:
        return principal_cents
    # one division only: without interest the payment must round as principal / n does, ties included
    return share_cents(1, float(principal_cents) / quarterly_annuity_factor(rate_pa, n_quarters))


def quarter_due(
    service: int,
    outstanding_cents: int,
    principal_cents: int,
    level_payment: int,
    rate_pa: float,
    k: int,
    grace_quarters: int,
    n_quarters: int,
) -> tuple[int, int]:
    """Interest and principal in cents due at the ``k``-th quarter-end, ``k`` from 1 to ``n_quarters``.

    ``level_payment`` (cents, see `level_payment_cents`) is read for an annuity only. Linear service repays
    ``principal // (n_quarters - grace_quarters)`` a quarter after grace (KfW: grace, then equal quarterly
    instalments), a step-up plan ``principal * 2 j // (m (m + 1))`` in its ``j``-th of ``m`` repaying
    quarters, an annuity the level payment less interest, a bullet nothing before the end.
    """
    if service == NONE:
        return 0, 0
    interest = share_cents(outstanding_cents, rate_pa / 4.0)
    if k >= n_quarters:
        return interest, outstanding_cents
    if k <= grace_quarters or service == BULLET:
        return interest, 0
    repaying = n_quarters - grace_quarters
    if service == LINEAR:
        due = principal_cents // repaying
    elif service == STEP_UP:
        due = principal_cents * 2 * (k - grace_quarters) // (repaying * (repaying + 1))
    else:
        due = max(0, level_payment - interest)
    return interest, min(due, outstanding_cents)


def next_balance_share(
    service: int,
    balance_share: float,
    level_share: float,
    rate_pa: float,
    k: int,
    grace_quarters: int,
    n_quarters: int,
) -> float:
    """Share of the loan outstanding after quarter-end ``k``, given the share before it; without rounding.

    ``level_share`` is the level payment per euro lent, ``1 / quarterly_annuity_factor``, read for an annuity
    only. For prices and values, where whole cents would only add noise.
    """
    if k <= grace_quarters or service == BULLET:
        return balance_share
    if service == LINEAR:
        return float(n_quarters - k) / float(n_quarters - grace_quarters)
    if service == STEP_UP:
        repaying = float(n_quarters - grace_quarters)
        done = float(k - grace_quarters)
        return 1.0 - done * (done + 1.0) / (repaying * (repaying + 1.0))
    return balance_share * (1.0 + rate_pa / 4.0) - level_share


def first_interest_cents(outstanding_cents: int, rate_pa: float, months: float) -> int:
    """Interest of a broken first period of ``months`` up to the quarter boundary: ``L rate months/12``."""
    return share_cents(outstanding_cents, rate_pa * months / 12.0)


def annual_service_cents(
    service: int, principal_cents: int, rate_pa: float, grace_quarters: int, n_quarters: int
) -> int:
    """Debt service in cents of the first four repaying quarters: the year that a lender's DSCR looks at.

    Fewer than four repaying quarters count as they are. A bullet counts four quarters' interest and the
    share of the principal that must be put aside each year, ``principal * 4 / n_quarters``.
    """
    if service == NONE or n_quarters <= 0:
        return 0
    if service == BULLET:
        quarters = min(4, n_quarters)
        interest = share_cents(principal_cents, rate_pa / 4.0)
        return quarters * interest + principal_cents * quarters // n_quarters
    level = level_payment_cents(principal_cents, rate_pa, n_quarters - grace_quarters)
    outstanding = principal_cents
    total = 0
    for k in range(grace_quarters + 1, min(grace_quarters + 4, n_quarters) + 1):
        interest, principal = quarter_due(
            service, outstanding, principal_cents, level, rate_pa, k, grace_quarters, n_quarters
        )
        outstanding -= principal
        total += interest + principal
    return total
