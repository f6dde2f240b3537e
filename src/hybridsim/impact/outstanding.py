"""Capital that a project has at work, for the social-impact yield: scalar rules.

Repayable money counts until it is repaid. Own funds and grants are never repaid, so they count as written
down in a line over the life of what they bought. Integrals are in cent-years.
"""

from __future__ import annotations

from hybridsim.core.mathx import exp


def repayable_cent_years(disbursed_cents: int, repaid_cents: int, months: float) -> float:
    """Repayable capital at work over ``months`` without a payment: ``(disbursed - repaid) months/12``."""
    return float(disbursed_cents - repaid_cents) * months / 12.0


def written_down_cents(amount_cents: int, age_months: float, life_months: float) -> float:
    """What is left of own funds or a grant: ``amount (1 - age/life)``; 0 before payment and past the life."""
    if age_months < 0.0 or age_months >= life_months:
        return 0.0
    return float(amount_cents) * (1.0 - age_months / life_months)


def _years_at_work(age_months: float, life_months: float) -> float:
    age = min(max(age_months, 0.0), life_months)
    return (age - age * age / (2.0 * life_months)) / 12.0


def written_down_cent_years(
    amount_cents: int, age_from_months: float, age_to_months: float, life_months: float
) -> float:
    """Integral of `written_down_cents` over ages: ``amount [a - a^2/(2 life)] / 12``, a within [0, life]."""
    if life_months <= 0.0:
        return 0.0
    return float(amount_cents) * (
        _years_at_work(age_to_months, life_months) - _years_at_work(age_from_months, life_months)
    )


def written_down_discounted_years(months: float, life_months: float, force_pa: float) -> float:
    """Discounted years at work of one euro written down over its life, seen from its payment.

    ``integral_0^T (1 - s/L) e^(-rho s) ds`` in years, with ``T = min(months, life)``, ``L`` the life and
    ``rho = force_pa`` the continuous discount rate (`ln(1 + rate)`); 0 without a life.
    """
    if life_months <= 0.0 or months <= 0.0:
        return 0.0
    life = life_months / 12.0
    end = min(months, life_months) / 12.0
    if -1e-3 < force_pa * life < 1e-3:
        # Taylor series in rho: the closed form divides by rho^2 and would lose its digits here.
        level = end * (1.0 - force_pa * end / 2.0 + force_pa * end * force_pa * end / 6.0)
        slope = end * end * (0.5 - force_pa * end / 3.0 + force_pa * end * force_pa * end / 8.0)
        return level - slope / life
    decayed = exp(-force_pa * end)
    level = (1.0 - decayed) / force_pa
    slope = (1.0 - decayed * (1.0 + force_pa * end)) / (force_pa * force_pa)
    return level - slope / life
