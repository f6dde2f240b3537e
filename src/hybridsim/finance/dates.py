"""Dates of payments: day counts, cycles, ends of months and business days.

Sources: day counts as in the 2006 ISDA Definitions, 4.16 (b) Actual/Actual, (d) Actual/365 (Fixed),
(e) Actual/360, (g) 30E/360; cycles, stubs, end-of-month and business-day conventions as in the ACTUS
Algorithmic Contract Type Specification (ACTUS Financial Research Foundation), "Utility functions and
conventions".
"""

from __future__ import annotations

from calendar import isleap, monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


class DayCount(StrEnum):
    """How the time between two dates becomes a part of a year."""

    A_365 = "A/365"
    A_360 = "A/360"
    E30_360 = "30E/360"
    A_A = "A/A"


class Roll(StrEnum):
    """Where a date goes that is no business day; *modified* turns round at the end of a month."""

    NONE = "none"
    FOLLOWING = "following"
    MODIFIED_FOLLOWING = "modified_following"
    PRECEDING = "preceding"
    MODIFIED_PRECEDING = "modified_preceding"


class Calendar(StrEnum):
    """Which days are business days.

    ``TARGET`` closes on weekends, 1 January, Good Friday, Easter Monday, 1 May, 25 and 26 December (ECB,
    TARGET calendar in force since 2002).
    """

    EVERY_DAY = "every_day"
    WEEKDAYS = "weekdays"
    TARGET = "target"


@dataclass(frozen=True, slots=True)
class Cycle:
    """A period that repeats: whole months or whole days, one of the two.

    If the end is off the cycle, the last period is shorter than the others, or, with ``long_stub``, the two
    last ones become one longer.
    """

    months: int = 0
    days: int = 0
    long_stub: bool = False

    def __post_init__(self) -> None:
        if min(self.months, self.days) < 0 or (self.months == 0) == (self.days == 0):
            raise ValueError(
                f"Cycle(months={self.months}, days={self.days}): give a positive number of months or of days"
            )


def year_fraction(start: date, end: date, day_count: DayCount) -> float:
    """Part of a year from ``start`` (included) to ``end`` (excluded).

    A/365 and A/360 divide the days by 365 and 360. 30E/360 takes months of 30 days, the 31st being the 30th:
    ``(360 dy + 30 dm + min(d2, 30) - min(d1, 30)) / 360``. A/A divides the days that fall in leap years by
    366, the others by 365.

    Raises
    ------
    ValueError : if ``end`` comes before ``start``
    """
    if end < start:
        raise ValueError(f"year_fraction from {start} to {end}: the end must not come before the start")
    if day_count is DayCount.A_365:
        return (end - start).days / 365.0
    if day_count is DayCount.A_360:
        return (end - start).days / 360.0
    if day_count is DayCount.E30_360:
        days = 360 * (end.year - start.year) + 30 * (end.month - start.month)
        return (days + min(end.day, 30) - min(start.day, 30)) / 360.0
    if start.year == end.year:
        return (end - start).days / _days_of_year(start.year)
    first = (date(start.year + 1, 1, 1) - start).days / _days_of_year(start.year)
    last = (end - date(end.year, 1, 1)).days / _days_of_year(end.year)
    return first + (end.year - start.year - 1) + last


def _days_of_year(year: int) -> float:
    return 366.0 if isleap(year) else 365.0


def is_month_end(day: date) -> bool:
    """Whether the next day belongs to another month."""
    return day.day == monthrange(day.year, day.month)[1]


def add_months(day: date, months: int, end_of_month: bool = False) -> date:
    """The same day ``months`` later, or the month's last day where there is no such day.

    With ``end_of_month`` a month's last day stays a last day: 30 April + 1 is 31 May, not 30 May.
    """
    index = 12 * day.year + day.month - 1 + months
    year, month = index // 12, index % 12 + 1
    length = monthrange(year, month)[1]
    last = end_of_month and is_month_end(day)
    return date(year, month, length if last else min(day.day, length))


def cycle_dates(anchor: date, cycle: Cycle, end: date, end_of_month: bool = False) -> list[date]:
    """Dates of a cycle from ``anchor`` to ``end``, both included; empty if the anchor comes after the end.

    Each date is counted from the anchor, never from the one before, so that a 31st comes back after February.
    A long stub drops the last date before an ``end`` off the cycle, but never the anchor.
    """
    dates = []
    day, k = anchor, 0
    while day < end:
        dates.append(day)
        k += 1
        if cycle.months:
            day = add_months(anchor, k * cycle.months, end_of_month)
        else:
            day = anchor + timedelta(days=k * cycle.days)
    if anchor > end:
        return []
    if cycle.long_stub and day != end and len(dates) > 1:
        dates.pop()
    return [*dates, end]


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (Meeus, Astronomical Algorithms, chapter 8)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    h = (19 * a + b - d - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)


def is_business_day(day: date, calendar: Calendar) -> bool:
    """Whether payments are made on this day."""
    if calendar is Calendar.EVERY_DAY:
        return True
    if day.weekday() >= 5:
        return False
    if calendar is Calendar.WEEKDAYS:
        return True
    if (day.month, day.day) in {(1, 1), (5, 1), (12, 25), (12, 26)}:
        return False
    return (day - easter(day.year)).days not in {-2, 1}


def rolled(day: date, roll: Roll, calendar: Calendar) -> date:
    """The business day on which a payment due on ``day`` is made."""
    if roll is Roll.NONE:
        return day
    forward = roll in {Roll.FOLLOWING, Roll.MODIFIED_FOLLOWING}
    moved = _next_business_day(day, 1 if forward else -1, calendar)
    modified = roll in {Roll.MODIFIED_FOLLOWING, Roll.MODIFIED_PRECEDING}
    if modified and moved.month != day.month:
        return _next_business_day(day, -1 if forward else 1, calendar)
    return moved


def _next_business_day(day: date, step: int, calendar: Calendar) -> date:
    while not is_business_day(day, calendar):
        day += timedelta(days=step)
    return day
