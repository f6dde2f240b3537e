"""From an outcome to net social value: scalar rules. Values in euros per year, shares as decimals.

Only what would not have happened anyway counts, only the project's part of it, and only while it lasts
(Social Value standard: deadweight, attribution, drop-off).
"""

from __future__ import annotations

from hybridsim.core.mathx import powi


def net_share(realised: float, deadweight: float, attribution: float, drop_off: float, years: int) -> float:
    """Share of a gross outcome that counts: ``realised (1 - deadweight) attribution (1 - drop_off)^years``.

    ``years`` are whole years since the outcome began.
    """
    return realised * (1.0 - deadweight) * attribution * powi(1.0 - drop_off, years)


def net_social_value_pa(
    gross_value_pa: float, realised: float, deadweight: float, attribution: float, drop_off: float, years: int
) -> float:
    """Net social value per year of an outcome, its gross value per year times `net_share`."""
    return gross_value_pa * net_share(realised, deadweight, attribution, drop_off, years)


def cash_time_value_pa(hours_pa: float, cashable_share: float, value_per_hour: float) -> float:
    """Freed time that became cash: ``hours * cashable * value per hour``, per year."""
    return hours_pa * cashable_share * value_per_hour


def noncash_time_value_pa(hours_pa: float, cashable_share: float, value_per_hour: float) -> float:
    """Freed time that stayed with people: ``hours * (1 - cashable) * value per hour``, per year.

    With `cash_time_value_pa` it adds up to all freed time: an hour that became cash is not social value too.
    """
    return hours_pa * (1.0 - cashable_share) * value_per_hour
