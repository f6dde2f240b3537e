"""How one estate is shared among those it owes, by rank, to the cent.

Collateral goes to the secured claim first. What it leaves unpaid of that claim joins the senior pool with
the other senior claims, existing and new, which share the free estate pari passu. Subordinated claims share
what is left once every senior claim is whole. Collateral beyond the secured claim belongs to the free estate.

The free estate is drawn as a recovery share: ``estate = r (1 + h) * senior pool``. Senior claims then
recover ``min(1, r (1 + h))``; subordinated claims share ``max(0, r (1 + h) - 1) * senior pool``. With no
headroom ``h`` the senior recovery is exactly ``r`` and subordinated claims recover nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hybridsim.core.money import share_cents, split_pro_rata


@dataclass(frozen=True, slots=True)
class Recoveries:
    """What each claim recovers, in cents and in the order given; ``surplus`` is left for the owner."""

    secured: int
    senior: int
    project_senior: tuple[int, ...]
    subordinated: tuple[int, ...]
    surplus: int


def senior_pool_cents(
    collateral_cents: int, secured_cents: int, senior_cents: int, project_senior_cents: int
) -> int:
    """Claims that share the free estate first: the secured claim's shortfall and all senior claims.

    Scalar rule; ``project_senior_cents`` is the sum of the project's senior claims.
    """
    return max(0, secured_cents - collateral_cents) + senior_cents + project_senior_cents


def free_estate_cents(recovery_share: float, headroom: float, pool_cents: int) -> int:
    """Free estate in cents, ``r (1 + h) * senior pool``. Scalar rule; see the module for what ``h`` does."""
    return share_cents(pool_cents, recovery_share * (1.0 + headroom))


def _share(estate_cents: int, claims_cents: Sequence[int]) -> tuple[int, ...]:
    """Pari passu payment of ``claims_cents`` out of an estate, none above its claim."""
    owed = sum(claims_cents)
    if estate_cents >= owed:
        return tuple(claims_cents)
    return tuple(split_pro_rata(estate_cents, claims_cents))


def distribute(
    collateral_cents: int,
    free_estate_cents: int,
    secured_cents: int,
    senior_cents: int,
    project_senior_cents: Sequence[int],
    subordinated_cents: Sequence[int],
) -> Recoveries:
    """Recoveries of all claims from collateral and free estate; all amounts in cents, 0 or more.

    The recoveries and the surplus add up to collateral plus free estate exactly.
    """
    from_collateral = min(collateral_cents, secured_cents)
    estate = free_estate_cents + collateral_cents - from_collateral
    paid = _share(estate, (secured_cents - from_collateral, senior_cents, *project_senior_cents))
    estate -= sum(paid)
    junior = _share(estate, subordinated_cents)
    return Recoveries(from_collateral + paid[0], paid[1], paid[2:], junior, estate - sum(junior))
