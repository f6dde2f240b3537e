"""Guarantee calls: scalar rules, money in cents.

A guarantee pays the lender, not the borrower, who still owes everything.
"""

from __future__ import annotations

from hybridsim.core.money import share_cents


def portfolio_cap_cents(cap_rate: float, cover_rate: float, volume_cents: int) -> int:
    """Most that a capped portfolio guarantee pays in total: ``cap rate * cover * volume``."""
    return share_cents(volume_cents, cap_rate * cover_rate)


def payout_cents(cover_rate: float, ead_cents: int, recovery_cents: int, cap_left_cents: int) -> int:
    """Payment on one defaulted loan: ``min(cover * (EAD - recovery), cap left)``, never negative.

    Calls are paid in order of time; ``cap_left_cents`` is `portfolio_cap_cents` less what was paid so far, or
    `hybridsim.finance.sources.UNLIMITED_CENTS`.
    """
    loss = max(0, ead_cents - recovery_cents)
    return min(share_cents(loss, cover_rate), max(0, cap_left_cents))
