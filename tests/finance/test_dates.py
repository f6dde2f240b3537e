from datetime import date, timedelta

import numpy as np
import pytest
from dateutil.easter import easter as easter_of_dateutil
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

from hybridsim.finance.dates import (
    Calendar,
    Cycle,
    DayCount,
    Roll,
    add_months,
    cycle_dates,
    easter,
    is_business_day,
    is_month_end,
    rolled,
    year_fraction,
)

DAYS = st.dates(date(1990, 1, 1), date(2080, 12, 31))


@pytest.mark.parametrize(
    ("start", "end", "published"),
    [
        ("2003-11-01", "2004-05-01", 0.497724380567),
        ("1999-02-01", "1999-07-01", 0.410958904110),
        ("1999-07-01", "2000-07-01", 1.001377348600),
        ("2002-08-15", "2003-07-15", 0.915068493151),
        ("2003-07-15", "2004-01-15", 0.504004790778),
        ("1999-07-30", "2000-01-30", 0.503892506924),
        ("2000-01-30", "2000-06-30", 0.415300546448),
    ],
)
def test_actual_actual_gives_isdas_examples(start, end, published):
    # ISDA, "EMU and market conventions: recent developments" (1998), as QuantLib tests them (daycounters.cpp)
    found = year_fraction(date.fromisoformat(start), date.fromisoformat(end), DayCount.A_A)
    assert found == pytest.approx(published, abs=1e-10)


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        ("2006-08-20", "2007-02-20", 180),
        ("2006-08-31", "2007-02-28", 178),
        ("2007-02-28", "2007-08-31", 182),
        ("2007-08-31", "2008-02-29", 179),
        ("2008-02-29", "2008-08-31", 181),
        ("2006-01-31", "2006-02-28", 28),
        ("2006-09-30", "2006-10-31", 30),
        ("2007-01-15", "2007-01-31", 15),
        ("2006-02-28", "2006-03-03", 5),
    ],
)
def test_30e_360_counts_months_of_thirty_days(start, end, days):
    # counted by hand: 2006 ISDA Definitions, 4.16 (g), the 31st is the 30th and February ends where it ends
    found = year_fraction(date.fromisoformat(start), date.fromisoformat(end), DayCount.E30_360)
    assert found == pytest.approx(days / 360, abs=1e-15)


@given(DAYS, st.integers(0, 20_000))
def test_actual_day_counts_are_sums_over_single_days(start, length):
    end = start + timedelta(days=length)
    assert year_fraction(start, end, DayCount.A_365) == length / 365
    assert year_fraction(start, end, DayCount.A_360) == length / 360
    days = np.arange(np.datetime64(start), np.datetime64(end))
    years = days.astype("datetime64[Y]").astype(int) + 1970
    leap = (years % 4 == 0) & ((years % 100 != 0) | (years % 400 == 0))
    assert year_fraction(start, end, DayCount.A_A) == pytest.approx(
        np.where(leap, 1 / 366, 1 / 365).sum(), abs=1e-10
    )


def test_time_does_not_run_backwards():
    with pytest.raises(ValueError, match="from 2027-02-01 to 2027-01-31"):
        year_fraction(date(2027, 2, 1), date(2027, 1, 31), DayCount.A_365)


@given(DAYS, st.integers(-60, 400))
def test_months_are_added_as_dateutil_adds_them(day, months):
    assert add_months(day, months) == day + relativedelta(months=months)
    expected = day + relativedelta(months=months, day=31) if is_month_end(day) else add_months(day, months)
    assert add_months(day, months, end_of_month=True) == expected


def test_a_31st_comes_back_after_february_and_a_last_day_stays_one_if_asked():
    quarter = Cycle(months=3)
    assert cycle_dates(date(2026, 11, 30), quarter, date(2027, 8, 30)) == [
        date(2026, 11, 30),
        date(2027, 2, 28),
        date(2027, 5, 30),
        date(2027, 8, 30),
    ]
    assert cycle_dates(date(2026, 11, 30), quarter, date(2027, 8, 31), end_of_month=True)[2] == date(
        2027, 5, 31
    )


def test_a_short_stub_is_its_own_period_and_a_long_one_joins_the_last():
    start, end = date(2027, 1, 1), date(2027, 3, 20)
    assert cycle_dates(start, Cycle(months=1), end) == [start, date(2027, 2, 1), date(2027, 3, 1), end]
    assert cycle_dates(start, Cycle(months=1, long_stub=True), end) == [start, date(2027, 2, 1), end]
    assert cycle_dates(start, Cycle(days=78, long_stub=True), end) == [start, end]
    assert cycle_dates(start, Cycle(months=1, long_stub=True), date(2027, 1, 20)) == [
        start,
        date(2027, 1, 20),
    ]
    assert cycle_dates(start, Cycle(days=7), start) == [start]
    assert cycle_dates(end, Cycle(days=7), start) == []


@pytest.mark.parametrize("wrong", [{}, {"months": 1, "days": 1}, {"months": -1}, {"days": -7}])
def test_a_cycle_is_months_or_days(wrong):
    with pytest.raises(ValueError, match="positive number of months or of days"):
        Cycle(**wrong)


def test_easter_falls_where_dateutil_puts_it():
    assert [easter(year) for year in range(1900, 2200)] == [
        easter_of_dateutil(year) for year in range(1900, 2200)
    ]


def test_target_is_closed_on_its_six_holidays_and_weekends():
    # ECB, TARGET calendar: New Year, Good Friday, Easter Monday, 1 May, 25 and 26 December
    year = [date(2025, 1, 1) + timedelta(days=k) for k in range(365)]
    closed = [day for day in year if day.weekday() < 5 and not is_business_day(day, Calendar.TARGET)]
    expected = ["01-01", "04-18", "04-21", "05-01", "12-25", "12-26"]
    assert closed == [date.fromisoformat(f"2025-{day}") for day in expected]
    assert not any(is_business_day(day, Calendar.WEEKDAYS) for day in year if day.weekday() >= 5)


@given(DAYS, st.sampled_from([Calendar.WEEKDAYS, Calendar.TARGET]))
def test_business_days_are_numpys(day, calendar):
    years = range(day.year - 1, day.year + 2)
    fixed = [date(y, m, d) for y in years for m, d in ((1, 1), (5, 1), (12, 25), (12, 26))]
    moving = [easter_of_dateutil(y) + timedelta(days=k) for y in years for k in (-2, 1)]
    holidays = [*fixed, *moving] if calendar is Calendar.TARGET else []
    names = {
        Roll.FOLLOWING: "following",
        Roll.MODIFIED_FOLLOWING: "modifiedfollowing",
        Roll.PRECEDING: "preceding",
        Roll.MODIFIED_PRECEDING: "modifiedpreceding",
    }
    for roll, name in names.items():
        assert np.datetime64(rolled(day, roll, calendar)) == np.busday_offset(
            day, 0, roll=name, holidays=holidays
        )
    assert rolled(day, Roll.NONE, calendar) == day
    assert rolled(day, Roll.FOLLOWING, Calendar.EVERY_DAY) == day
