"""Grants: the award, and the final account by financing type. Scalar rules, money in cents.

The three financing types of German grant law: a fixed grant pays its amount whatever the plan; a share grant
falls with the actual cost; a deficit grant fills what is left after own and other money, so that money
raised after approval lowers it euro for euro.
"""

from __future__ import annotations

from hybridsim.core.codes import GrantSettlement
from hybridsim.core.money import share_cents

FIXED = int(GrantSettlement.FIXED)
SHARE = int(GrantSettlement.SHARE)
DEFICIT = int(GrantSettlement.DEFICIT)


def awarded_cents(
    base_cents: int, share: float, cap_cents: int, already_awarded_cents: int, minimum_cents: int
) -> int:
    """Award ``min(share * base, cap - already awarded)``, 0 if below the minimum.

    ``base_cents`` is the eligible cost, or the loan for a grant element tied to a loan.
    """
    award = min(share_cents(base_cents, share), max(0, cap_cents - already_awarded_cents))
    if award < minimum_cents:
        return 0
    return award


def settled_fixed_cents(grant_cents: int, actual_cost_cents: int) -> int:
    """Fixed grant at the final account: ``min(G, actual cost)``."""
    return min(grant_cents, actual_cost_cents)


def settled_share_cents(
    grant_cents: int, share: float, planned_cost_cents: int, actual_cost_cents: int
) -> int:
    """Share grant at the final account: ``share * min(actual, plan)``, never above the award ``G``."""
    return min(grant_cents, share_cents(min(actual_cost_cents, planned_cost_cents), share))


def settled_deficit_cents(
    grant_cents: int, eligible_cost_cents: int, own_funds_cents: int, other_funds_cents: int
) -> int:
    """Deficit grant at the final account: ``max(0, min(G, eligible cost - own - other))``."""
    return max(0, min(grant_cents, eligible_cost_cents - own_funds_cents - other_funds_cents))


def settled_cents(
    settlement: int,
    grant_cents: int,
    share: float,
    planned_cost_cents: int,
    actual_cost_cents: int,
    own_funds_cents: int,
    other_funds_cents: int,
) -> int:
    """What an award of ``grant_cents`` is worth at the final account, by its `GrantSettlement` code.

    Costs are eligible costs. What was paid above the result is owed back.
    """
    if settlement == FIXED:
        return settled_fixed_cents(grant_cents, actual_cost_cents)
    if settlement == SHARE:
        return settled_share_cents(grant_cents, share, planned_cost_cents, actual_cost_cents)
    return settled_deficit_cents(grant_cents, actual_cost_cents, own_funds_cents, other_funds_cents)
