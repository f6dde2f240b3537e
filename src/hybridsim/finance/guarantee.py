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


def effective_cover(cover_rate: float, cap_rate: float, loss_rate: float) -> float:
    """Cover that a bank may count on when the portfolio's guarantee is capped: ``c min(1, cap_rate / EL)``.

    ``loss_rate`` is the expected loss EL over the loans' life per euro lent. The guarantor pays at most
    ``cap_rate * c`` per euro, so on a portfolio of loans like this one the bank retains
    ``max((1 - c) EL, EL - cap_rate c)``. Losses scatter, and a cap bites a little earlier; that is left out.
    """
    if loss_rate <= cap_rate:
        return cover_rate
    return cover_rate * (cap_rate / loss_rate)
