"""Sizing of one request for money: the smallest of its limits, and which limit that was. Scalar rule."""

from __future__ import annotations

from enum import IntEnum

from hybridsim.core.money import share_cents

UNLIMITED_CENTS = 1 << 60
"""Stands for a cap, headroom or budget that an instrument does not have."""


class Limit(IntEnum):
    """What set the size of a request."""

    COST_SHARE = 0
    CAP = 1
    GAP = 2
    HEADROOM = 3
    BUDGET = 4


_COST_SHARE = int(Limit.COST_SHARE)
_CAP = int(Limit.CAP)
_GAP = int(Limit.GAP)
_HEADROOM = int(Limit.HEADROOM)
_BUDGET = int(Limit.BUDGET)


def request_cents(
    share: float,
    cost_cents: int,
    cap_cents: int,
    gap_cents: int,
    headroom_cents: int,
    budget_left_cents: int,
    minimum_cents: int,
) -> tuple[int, int]:
    """Amount to apply for in cents, and the code of the `Limit` that binds (of equal ones the first).

    ``min(share * cost, cap, gap, de-minimis headroom, budget left)``, never negative; 0 if below the minimum,
    and the code then says which limit pushed it there.
    """
    amount = share_cents(cost_cents, share)
    binding = _COST_SHARE
    if cap_cents < amount:
        amount, binding = cap_cents, _CAP
    if gap_cents < amount:
        amount, binding = gap_cents, _GAP
    if headroom_cents < amount:
        amount, binding = headroom_cents, _HEADROOM
    if budget_left_cents < amount:
        amount, binding = budget_left_cents, _BUDGET
    if amount < minimum_cents or amount < 0:
        amount = 0
    return amount, binding
