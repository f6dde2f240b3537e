from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybridsim.finance.dates import Calendar, Cycle, DayCount, Roll
from hybridsim.finance.schedule import Schedule, schedule
from hybridsim.finance.terms import Leg, Repayment, Terms, plain_terms

NEW_YEAR = date(2027, 1, 1)
MONTHLY = Cycle(months=1)


def of_kind(table: Schedule, kind: str, column: str) -> list[float]:
    return getattr(table, column)[table.kind == kind].tolist()


def test_a_linear_loan_of_twelve_thousand_is_repaid_in_four_equal_parts():
    table = schedule(plain_terms(Repayment.LINEAR, 12_000.0, 0.06, NEW_YEAR, 12))
    assert table.kind.tolist() == ["IED", "PR", "IP", "PR", "IP", "PR", "IP", "IP", "MD"]
    assert [str(day) for day in table.day[[0, 1, 3, 5, 7]]] == [
        "2027-01-01",
        "2027-04-01",
        "2027-07-01",
        "2027-10-01",
        "2028-01-01",
    ]
    assert table.cash.tolist() == pytest.approx([-12_000, 3_000, 180, 3_000, 135, 3_000, 90, 45, 3_000])
    assert table.balance.tolist() == pytest.approx(
        [12_000, 9_000, 9_000, 6_000, 6_000, 3_000, 3_000, 3_000, 0]
    )


def test_an_annuity_pays_the_textbook_amount_on_every_date():
    table = schedule(plain_terms(Repayment.ANNUITY, 100_000.0, 0.06, NEW_YEAR, 120))
    paid = [table.cash[table.day == day].sum() for day in np.unique(table.day)[1:]]
    # A = L i / (1 - (1 + i)^-n), i = 1.5 %, n = 40
    expected = [100_000 * 0.015 / (1 - 1.015**-40)] * 40
    assert [amount for amount in paid if amount] == pytest.approx(expected, abs=1e-8)


def test_a_bullet_pays_interest_only_and_days_are_counted_as_agreed():
    terms = plain_terms(Repayment.BULLET, 36_500.0, 0.10, date(2027, 11, 1), 12, every_months=6)
    days = {
        DayCount.A_365: (182, 184, 365),
        DayCount.A_360: (182, 184, 360),
        DayCount.E30_360: (180, 180, 360),
    }
    for day_count, (first, second, base) in days.items():
        table = schedule(replace(terms, day_count=day_count))
        assert of_kind(table, "IP", "cash") == pytest.approx([3_650 * first / base, 3_650 * second / base])
    leap = schedule(replace(terms, day_count=DayCount.A_A))
    # 61 days of 2027, 121 and 184 of the leap year 2028
    assert of_kind(leap, "IP", "cash") == pytest.approx([3_650 * (61 / 365 + 121 / 366), 3_650 * 184 / 366])


def test_grace_pays_interest_only_or_adds_it_to_the_balance():
    paying = schedule(
        plain_terms(Repayment.LINEAR, 8_000.0, 0.04, NEW_YEAR, 24, every_months=6, grace_months=12)
    )
    assert of_kind(paying, "IP", "cash") == pytest.approx([160, 160, 160, 80])
    assert of_kind(paying, "PR", "cash") == pytest.approx([4_000])
    adding = schedule(
        plain_terms(
            Repayment.LINEAR,
            8_000.0,
            0.04,
            NEW_YEAR,
            24,
            every_months=6,
            grace_months=12,
            capitalise_grace=True,
        )
    )
    assert of_kind(adding, "IPCI", "interest") == pytest.approx([160, 163.2])
    assert of_kind(adding, "IPCI", "cash") == [0, 0]
    assert of_kind(adding, "PR", "cash") == pytest.approx([8_323.2 / 2])
    assert of_kind(adding, "MD", "cash") == pytest.approx([8_323.2 / 2])
    bullet = plain_terms(Repayment.BULLET, 8_000.0, 0.04, NEW_YEAR, 24, every_months=6)
    at_the_end = schedule(replace(bullet, capitalise_until=bullet.maturity))
    assert at_the_end.cash.tolist() == pytest.approx([-8_000, 0, 0, 0, 0, 8_000 * 1.02**4])


def test_a_step_plan_repays_what_its_steps_say_and_repeats_the_last():
    terms = plain_terms(
        Repayment.STEPS,
        10_000.0,
        0.0,
        NEW_YEAR,
        72,
        every_months=12,
        grace_months=12,
        step_amounts=[500, 1_000, 2_000],
    )
    table = schedule(terms)
    assert of_kind(table, "PR", "cash") == [500, 1_000, 2_000, 2_000]
    assert of_kind(table, "MD", "cash") == [4_500]
    assert str(table.day[table.kind == "PR"][0]) == "2029-01-01"


def test_a_later_amortisation_leaves_a_balloon():
    terms = plain_terms(Repayment.ANNUITY, 100_000.0, 0.05, NEW_YEAR, 60, every_months=12)
    table = schedule(replace(terms, amortised_by=date(2037, 1, 1)))
    payment = 100_000 * 0.05 / (1 - 1.05**-10)
    # the balance after five of ten payments is worth the other five
    assert table.cash[-1] + table.cash[-2] == pytest.approx(
        payment * (1 - 1.05**-5) / 0.05 + payment, abs=1e-8
    )


def test_a_new_rate_fixes_the_annuity_again_and_it_still_ends_at_zero():
    terms = plain_terms(Repayment.ANNUITY, 60_000.0, 0.03, NEW_YEAR, 72, every_months=12)
    table = schedule(replace(terms, rate_steps=((date(2030, 1, 1), 0.05),)))
    paid = [table.cash[table.day == day].sum() for day in np.unique(table.day)]
    first = 60_000 * 0.03 / (1 - 1.03**-6)
    left = first * (1 - 1.03**-3) / 0.03
    second = left * 0.05 / (1 - 1.05**-3)
    assert [amount for amount in paid if amount > 0] == pytest.approx([first] * 3 + [second] * 3, abs=1e-8)


def test_an_annuity_without_a_date_left_is_repaid_at_once():
    terms = plain_terms(Repayment.ANNUITY, 60_000.0, 0.03, NEW_YEAR, 72, every_months=12)
    early = schedule(replace(terms, amortised_by=date(2027, 6, 1)))
    assert of_kind(early, "PR", "cash") == [60_000, 0, 0, 0, 0]
    done = replace(terms, amortised_by=date(2030, 1, 1), rate_steps=((date(2031, 6, 1), 0.05),))
    assert of_kind(schedule(done), "PR", "balance")[2:] == pytest.approx([0, 0, 0], abs=1e-9)


def test_a_new_rate_between_two_dates_splits_the_interest_of_the_period():
    terms = plain_terms(Repayment.BULLET, 36_000.0, 0.02, NEW_YEAR, 12, every_months=12)
    table = schedule(replace(terms, rate_steps=((date(2027, 10, 1), 0.06),)))
    assert of_kind(table, "IP", "cash") == pytest.approx([36_000 * (0.02 * 0.75 + 0.06 * 0.25)])


def test_a_payment_on_a_sunday_waits_and_its_interest_with_it_or_not():
    # 28 February 2027 is a Sunday; Good Friday is 26 March, Easter Monday the 29th
    leg = Leg(date(2027, 1, 31), MONTHLY, skip=1)
    terms = Terms(
        principal=36_500.0,
        rate_pa=0.10,
        start=date(2027, 1, 31),
        repayment=Repayment.BULLET,
        maturity=date(2027, 3, 28),
        interest=(leg,),
        day_count=DayCount.A_365,
        roll=Roll.FOLLOWING,
        calendar=Calendar.TARGET,
    )
    shifted = schedule(terms)
    assert [str(day) for day in shifted.day] == ["2027-01-31", "2027-03-01", "2027-03-30", "2027-03-30"]
    assert of_kind(shifted, "IP", "cash") == pytest.approx([290, 290])
    agreed = schedule(replace(terms, calculate_first=True))
    assert agreed.day.tolist() == shifted.day.tolist()
    assert of_kind(agreed, "IP", "cash") == pytest.approx([280, 280])
    modified = schedule(replace(terms, roll=Roll.MODIFIED_FOLLOWING))
    assert [str(day) for day in modified.day[1:3]] == ["2027-02-26", "2027-03-30"]


def test_dates_that_roll_onto_one_day_are_paid_on_it_one_by_one():
    # daily from Saturday 2 January 2027: Sunday's and Monday's dates fall on Monday
    saturday = date(2027, 1, 2)
    for repayment in (Repayment.LINEAR, Repayment.ANNUITY):
        terms = Terms(
            principal=300.0,
            rate_pa=0.0,
            start=saturday,
            repayment=repayment,
            maturity=date(2027, 1, 5),
            redemption=(Leg(saturday, Cycle(days=1), skip=1),),
            roll=Roll.FOLLOWING,
            calendar=Calendar.WEEKDAYS,
        )
        table = schedule(terms)
        assert of_kind(table, "PR", "cash") == pytest.approx([100, 100])
        assert [str(day) for day in table.day[table.kind == "PR"]] == ["2027-01-04"] * 2


def test_nothing_is_paid_before_the_payout():
    sunday = date(2027, 1, 3)
    terms = Terms(
        principal=100.0,
        rate_pa=0.1,
        start=sunday,
        repayment=Repayment.BULLET,
        maturity=date(2027, 2, 3),
        interest=(Leg(sunday, MONTHLY),),
        roll=Roll.PRECEDING,
        calendar=Calendar.WEEKDAYS,
    )
    assert [str(day) for day in schedule(terms).day[:2]] == ["2027-01-03", "2027-01-03"]


def test_without_a_maturity_the_loan_ends_when_it_is_repaid():
    leg = Leg(NEW_YEAR, Cycle(months=12), 300.0, skip=1)
    terms = Terms(
        principal=1_000.0, rate_pa=0.10, start=NEW_YEAR, repayment=Repayment.ANNUITY, redemption=(leg,)
    )
    table = schedule(terms)
    # 1000 -> 800 -> 580 -> 338 -> 71.8, and 78.98 at last
    assert of_kind(table, "PR", "balance") == pytest.approx([800, 580, 338, 71.8])
    assert table.cash[-2:].tolist() == pytest.approx([7.18, 71.8])
    assert str(table.day[-1]) == "2032-01-01"
    with pytest.raises(ValueError, match=r"principal=1000\.0 at rate_pa=0\.4 in 160 years"):
        schedule(replace(terms, rate_pa=0.4))


def test_a_discount_lowers_the_payout_and_nothing_else():
    terms = plain_terms(Repayment.BULLET, 3_000.0, 0.1, NEW_YEAR, 12)
    table = schedule(replace(terms, discount=200.0))
    assert table.cash[0] == -2_800
    assert table.balance[0] == 3_000
    assert table.cash[1:].tolist() == schedule(terms).cash[1:].tolist()


@pytest.mark.parametrize("day", [date(2028, 8, 16), date(2028, 10, 1)])
def test_a_loan_sold_on_ends_where_the_buyer_begins_and_no_payment_counts_twice(day: date):
    terms = plain_terms(Repayment.ANNUITY, 50_000.0, 0.06, NEW_YEAR, 48)
    sold, bought = (
        schedule(replace(terms, sold=(day, 40_000.0))),
        schedule(replace(terms, bought=(day, 40_000.0))),
    )
    accrued = 0.0 if day.day == 1 else schedule(terms).balance[13] * 0.06 * 45 / 360
    assert sold.cash[-1] == -bought.cash[0] == pytest.approx(40_000 + accrued)
    both = np.concatenate((sold.cash[:-1], bought.cash[1:]))
    assert both.tolist() == pytest.approx(schedule(terms).cash.tolist(), abs=1e-9)
    assert sold.balance[-1] == 0
    assert sold.interest.sum() + bought.interest.sum() == pytest.approx(schedule(terms).interest.sum())
    with pytest.raises(ValueError, match="bought=2040-01-01 comes after the loan's last day 2031-01-01"):
        schedule(replace(terms, bought=(date(2040, 1, 1), 1.0)))


def test_figures_of_three_published_cases():
    # ACTUS Financial Research Foundation, actus-tests (CC BY-SA 4.0): pam07, ann07 and lax17
    month_ends = Leg(date(2013, 1, 31), Cycle(months=1, long_stub=True))
    pam07 = Terms(
        principal=3_000.0,
        rate_pa=0.1,
        start=date(2013, 1, 31),
        repayment=Repayment.BULLET,
        maturity=date(2014, 1, 1),
        interest=(month_ends,),
        end_of_month=True,
        roll=Roll.MODIFIED_FOLLOWING,
        calendar=Calendar.WEEKDAYS,
        discount=200.0,
    )
    table = schedule(pam07)
    assert [str(day) for day in table.day[2:5]] == ["2013-02-28", "2013-03-29", "2013-04-30"]
    assert table.cash[[0, 1, 2, 3, 6, -2]].tolist() == pytest.approx(
        [-2800, 0, 23.3333333333333, 25.8333333333333, 23.3333333333333, 26.6666666666667], abs=1e-6
    )
    first = Leg(date(2013, 2, 1), MONTHLY)
    ann07 = Terms(
        principal=5_000.0,
        rate_pa=0.08,
        start=date(2013, 1, 1),
        repayment=Repayment.ANNUITY,
        amortised_by=date(2014, 1, 1),
        interest=(first,),
        redemption=(first,),
        day_count=DayCount.A_365,
    )
    assert of_kind(schedule(ann07), "PR", "cash")[-1] == pytest.approx(429.204328999696, abs=1e-6)
    lax17 = Terms(
        principal=120.0,
        rate_pa=0.05,
        start=date(2020, 1, 2),
        repayment=Repayment.STEPS,
        interest=(Leg(date(2021, 1, 1), Cycle(months=12)),),
        redemption=(
            Leg(date(2021, 1, 1), Cycle(months=12), -20.0),
            Leg(date(2027, 1, 1), Cycle(months=3), 60.0),
        ),
        rate_steps=((date(2022, 1, 1), 0.06), (date(2023, 1, 1), 0.07), (date(2024, 1, 1), 0.08)),
    )
    table = schedule(lax17)
    assert of_kind(table, "PI", "balance") == [140, 160, 180, 200, 220, 240]
    assert of_kind(table, "IP", "cash") == pytest.approx(
        [5.98333333333333, 7, 9.6, 12.6, 16, 17.6, 19.2, 7.2]
    )
    assert str(table.day[-1]) == "2027-10-01"


LOANS = st.builds(
    dict,
    repayment=st.sampled_from(list(Repayment)),
    principal=st.floats(1.0, 1e7),
    rate_pa=st.floats(-0.02, 0.25),
    start=st.dates(date(2020, 1, 1), date(2032, 12, 31)),
    every_months=st.sampled_from([1, 3, 6, 12]),
    day_count=st.sampled_from(list(DayCount)),
    roll=st.sampled_from(list(Roll)),
    calendar=st.sampled_from(list(Calendar)),
    capitalise_grace=st.booleans(),
)


@st.composite
def plain_loans(draw: st.DrawFn) -> Terms:
    loan = draw(LOANS)
    dates = draw(st.integers(1, 24))
    grace = draw(st.integers(0, dates - 1))
    if loan["repayment"] is Repayment.STEPS:
        amounts = st.floats(0.0, loan["principal"])
        loan["step_amounts"] = draw(st.lists(amounts, min_size=1, max_size=dates - grace))
    every = loan["every_months"]
    return plain_terms(term_months=dates * every, grace_months=grace * every, **loan)


@given(plain_loans())
def test_principal_comes_back_in_full_and_the_last_balance_is_zero(terms: Terms):
    table = schedule(terms)
    assert table.balance[-1] == 0.0
    assert table.accrued[-1] == 0.0
    assert abs(table.principal.sum()) <= 1e-9 * terms.principal
    np.testing.assert_allclose(
        -np.cumsum(table.principal), table.balance, rtol=0, atol=1e-9 * terms.principal
    )
    np.testing.assert_allclose(
        table.principal + table.interest, table.cash, rtol=0, atol=1e-9 * terms.principal
    )
    assert (np.diff(table.day) >= np.timedelta64(0)).all()
    assert all(len(column) == len(table.day) for column in (table.kind, table.accrued, table.rate_pa))


@given(plain_loans())
def test_interest_is_that_of_every_single_day(terms: Terms):
    table = schedule(replace(terms, day_count=DayCount.A_365))
    days = np.arange(table.day[0], table.day[-1])
    evening = np.searchsorted(table.day, days, side="right") - 1
    expected = table.balance[evening].sum() * terms.rate_pa / 365
    assert table.interest.sum() == pytest.approx(expected, rel=1e-9, abs=1e-9 * terms.principal)


@given(plain_loans(), st.floats(0.0, 0.999))
def test_a_loan_taken_over_in_mid_life_goes_on_as_it_was_agreed(terms: Terms, share: float):
    terms = replace(terms, roll=Roll.NONE, capitalise_until=None)
    whole = schedule(terms)
    days = np.unique(whole.day[whole.day < whole.day[-1]])
    day = days[int(share * len(days))]
    last = np.searchsorted(whole.day, day, side="right") - 1
    rest = schedule(
        replace(
            terms,
            start=day.astype(date),
            principal=whole.balance[last],
            drawn=True,
            accrued=whole.accrued[last],
        )
    )
    size = len(rest.day)
    skipped = [k for k in range(last + 1, len(whole.day)) if whole.kind[k] != "PRF"]
    taken = [k for k in range(size) if rest.kind[k] != "PRF"]
    assert whole.day[skipped].tolist() == rest.day[taken].tolist()
    tolerance = 1e-8 * terms.principal
    np.testing.assert_allclose(whole.cash[skipped], rest.cash[taken], rtol=0, atol=tolerance)
    np.testing.assert_allclose(whole.balance[skipped], rest.balance[taken], rtol=0, atol=tolerance)


@given(plain_loans(), st.floats(0.01, 100.0))
def test_amounts_are_proportional_to_the_principal(terms: Terms, factor: float):
    legs = tuple(replace(leg, amount=leg.amount and factor * leg.amount) for leg in terms.redemption)
    table = schedule(terms)
    scaled = schedule(replace(terms, principal=factor * terms.principal, redemption=legs))
    tolerance = 1e-9 * factor * terms.principal
    for column in ("cash", "principal", "interest", "balance", "accrued"):
        found, expected = getattr(scaled, column), factor * getattr(table, column)
        np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance)
    assert scaled.day.tolist() == table.day.tolist()


def test_all_faults_of_terms_are_reported_together():
    with pytest.raises(ValueError, match=r"principal=-1\.0 is negative") as found:
        Terms(
            principal=-1.0,
            rate_pa=float("nan"),
            start=NEW_YEAR,
            repayment=Repayment.BULLET,
            maturity=date(2026, 1, 1),
            redemption=(Leg(date(2028, 1, 1), MONTHLY), Leg(NEW_YEAR, MONTHLY)),
            rate_steps=((NEW_YEAR, 0.1),),
            accrued=3.0,
            sold=(date(2026, 5, 1), 1.0),
        )
    for text in (
        "rate_pa=nan is no finite number",
        "accrued=3.0: a loan paid out",
        "repayment=bullet with 2 redemption legs",
        "maturity=2026-01-01 must come after start=2027-01-01",
        "rate_steps[0]=2027-01-01 must come after",
        "sold=2026-05-01 must not come before",
        "redemption: the dates 2028-01-01, 2027-01-01 are not in order",
    ):
        assert text in str(found.value)
    with pytest.raises(ValueError, match=r"an amount in each .*; maturity is missing"):
        leg = Leg(NEW_YEAR, MONTHLY)
        Terms(principal=1.0, rate_pa=0.1, start=NEW_YEAR, repayment=Repayment.STEPS, redemption=(leg,))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"term_months": 61}, "term_months=61 is no multiple of every_months=3, 1 or more"),
        ({"term_months": 0}, "term_months=0 "),
        ({"grace_months": 4}, "grace_months=4 "),
        ({"every_months": 0}, "every_months=0"),
        ({"grace_months": 60}, "grace_months=60 leaves no date before term_months=60"),
        ({"repayment": Repayment.STEPS}, "step_amounts has 0 amounts for 20 dates"),
        (
            {"repayment": Repayment.STEPS, "step_amounts": [1.0] * 21},
            "step_amounts has 21 amounts for 20 dates",
        ),
    ],
)
def test_months_that_do_not_fit_are_refused_with_their_values(wrong, message):
    with pytest.raises(ValueError, match=message):
        plain_terms(
            **{
                "repayment": Repayment.LINEAR,
                "principal": 1.0,
                "rate_pa": 0.0,
                "start": NEW_YEAR,
                "term_months": 60,
            }
            | wrong
        )
