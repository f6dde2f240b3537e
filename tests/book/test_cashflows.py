"""Cash flows of many loans against `finance.schedule`, which pays one loan row by row."""

from datetime import date
from time import perf_counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridsim.book.amortisation import contracts
from hybridsim.book.amounts import cents, total
from hybridsim.book.cashflows import cash_flow_blocks, cash_flows, risk, survival
from hybridsim.finance.dates import Cycle, add_months
from hybridsim.finance.due import Kind
from hybridsim.finance.schedule import schedule
from hybridsim.finance.terms import Leg, Repayment, Terms

DAY = date(2026, 1, 1)


def tape(**columns) -> pd.DataFrame:
    size = max(len(values) for values in columns.values() if isinstance(values, list))
    columns = {"rate_pa": 0.0, "repayment": "linear", **columns}
    return pd.DataFrame(columns, index=range(size))


def by_schedule(
    principal: float, months: int, repayment: str, rate: float, grace: int, every: int
) -> pd.DataFrame:
    """Interest, principal and balance by month, from the reference that knows one loan."""
    first = months - (-(-months // every) - 1) * every
    due = [first + k * every for k in range(-(-months // every))]
    redeemed = [month for month in due if month > grace]
    cycle = Cycle(months=every)
    legs = () if repayment == "bullet" else (Leg(add_months(DAY, redeemed[0]), cycle),)
    paid = schedule(
        Terms(
            principal=principal,
            rate_pa=rate,
            start=DAY,
            repayment=Repayment(repayment),
            maturity=add_months(DAY, months),
            interest=(Leg(add_months(DAY, first), cycle),),
            redemption=legs,
            drawn=True,
        )
    )
    assert set(paid.kind) <= {Kind.PAYMENT_FIXED, Kind.INTEREST, Kind.REDEMPTION, Kind.MATURITY}
    money = paid.kind != Kind.PAYMENT_FIXED
    frame = pd.DataFrame(
        {"date": paid.day, "interest": paid.interest, "principal": paid.principal, "balance": paid.balance}
    )[money]
    return frame.groupby("date").agg({"interest": "sum", "principal": "sum", "balance": "last"})


@settings(max_examples=150, deadline=None)
@given(
    months=st.integers(1, 90),
    repayment=st.sampled_from(["bullet", "linear", "annuity"]),
    rate=st.sampled_from([0.0, 0.0125, 0.05, 0.3, -0.005]),
    grace=st.integers(0, 24),
    every=st.sampled_from([1, 3, 6, 12]),
)
def test_each_loan_pays_as_its_schedule_says(
    months: int, repayment: str, rate: float, grace: int, every: int
):
    grace = min(grace, months - 1)
    loans = contracts(
        tape(
            exposure_eur=[123_456.78],
            maturity_months=months,
            repayment=repayment,
            rate_pa=rate,
            grace_months=grace,
        ),
        every,
    )
    table = cash_flows(["A"], loans, DAY)
    expected = by_schedule(123_456.78, months, repayment, rate, grace, every)
    assert table["date"].tolist() == expected.index.tolist()
    # A cent for the balance, and for two rounded balances.
    assert table["balance_eur"].to_numpy() == pytest.approx(expected["balance"].to_numpy(), abs=0.0051)
    assert table["principal_eur"].to_numpy() == pytest.approx(expected["principal"].to_numpy(), abs=0.0101)
    assert table["interest_eur"].to_numpy() == pytest.approx(expected["interest"].to_numpy(), abs=0.0101)
    assert total(table["principal_eur"]) == 123_456.78


def test_a_loan_of_nine_months_has_its_payments_by_hand():
    # 1,200 at 12 % quarterly: level payment 1200 * 0.03 / (1 - 1.03^-3) = 424.2364.
    loans = contracts(tape(exposure_eur=[1200.0], maturity_months=[9], repayment="annuity", rate_pa=0.12))
    table = cash_flows(["A"], loans, date(2025, 12, 31))
    assert table["interest_eur"].tolist() == [36.0, 24.35, 12.36]
    assert table["principal_eur"].tolist() == [388.24, 399.88, 411.88]
    assert table["balance_eur"].tolist() == [811.76, 411.88, 0.0]
    assert [f"{day:%d.%m.%Y}" for day in table["date"]] == ["31.03.2026", "30.06.2026", "30.09.2026"]


def test_a_short_first_period_bears_the_interest_of_its_months():
    loans = contracts(tape(exposure_eur=[900.0], maturity_months=[7], repayment="linear", rate_pa=0.12))
    table = cash_flows(["A"], loans, DAY)
    assert table["month"].tolist() == [1, 4, 7]
    assert table["interest_eur"].tolist() == [9.0, 18.0, 9.0]
    assert table["principal_eur"].tolist() == [300.0, 300.0, 300.0]


def test_what_is_expected_of_a_loan_in_default_is_its_recovery_after_the_workout():
    loans = contracts(tape(exposure_eur=[1000.0], maturity_months=[12], repayment="bullet"), 12)
    flows = cash_flows(["A"], loans, DAY, risk([1.0], 0.6, 0.5, 24, loans=1))
    assert flows["month"].tolist() == [12, 24, 36]
    assert flows[["expected_interest_eur", "expected_principal_eur"]].to_numpy().sum() == 0.0
    assert flows["expected_recovery_eur"].tolist() == [0.0, 0.0, 400.0]
    assert flows["expected_payout_eur"].tolist() == [0.0, 0.0, 300.0]


def test_expected_flows_of_two_years_by_hand():
    # Bullet, 10 % a year, PD 20 %, LGD 50 %, workout of a year: its money carries two years of 10 %.
    loans = contracts(tape(exposure_eur=[100.0], maturity_months=[24], repayment="bullet", rate_pa=0.1), 12)
    flows = cash_flows(["A"], loans, DAY, risk([0.2], 0.5, 0.0, 12, loans=1))
    assert flows["expected_interest_eur"].tolist() == [8.0, 6.4, 0.0]
    assert flows["expected_principal_eur"].tolist() == [0.0, 64.0, 0.0]
    assert flows["expected_recovery_eur"].tolist() == [0.0, 12.1, 9.68]


def test_a_workout_ends_with_a_whole_period_and_grows_at_the_effective_rate():
    # Bullet of half a year at 8 % a year, paid quarterly: 1.02 a quarter. A default in the first quarter
    # (PD 19 %: survival 0.9 until month 6) is settled two periods after it, as four months are begun ones.
    loans = contracts(tape(exposure_eur=[1e6], maturity_months=[6], repayment="bullet", rate_pa=0.08), 3)
    flows = cash_flows(["A"], loans, DAY, risk([0.19], 0.5, 0.4, 4, loans=1))
    assert flows["month"].tolist() == [3, 6, 9, 12]
    stands = 0.81 ** (np.arange(3) / 4.0)
    back = 1e6 * (stands[:-1] - stands[1:]) * 1.02**3
    assert flows["expected_recovery_eur"].tolist() == pytest.approx([0.0, 0.0, *(0.5 * back)], abs=0.006)
    assert flows["expected_payout_eur"].tolist() == pytest.approx([0.0, 0.0, *(0.2 * back)], abs=0.006)


def test_from_the_last_day_of_a_month_payments_are_due_on_last_days():
    loans = contracts(tape(exposure_eur=[1e6], maturity_months=[9]), 3)
    due = cash_flows(["A"], loans, date(2027, 2, 28))["date"].astype(str).tolist()
    assert due == ["2027-05-31", "2027-08-31", "2027-11-30"]


def test_the_value_of_what_is_expected_is_what_is_owed_less_each_default_s_loss():
    # Paths: a default in a year costs LGD of what is owed at its start; all flows at the loan's own rate.
    loans = contracts(
        tape(exposure_eur=[1e6, 1e6, 1e6], maturity_months=[120, 96, 60], rate_pa=[0.05, 0.03, 0.08],
             repayment=["annuity", "linear", "bullet"]),
        12,
    )  # fmt: skip
    pd_pa, lgd = np.array([[0.02, 0.3], [0.05, 0.05], [0.0, 0.1]]), np.array([0.4, 0.2, 1.0])
    flows = cash_flows(list("ABC"), loans, DAY, risk(pd_pa, lgd, 0.25, 36, loans=3))
    worth = flows.filter(like="expected").sum(axis=1)
    for row, name in enumerate("ABC"):
        own = flows[flows["loan_id"] == name]
        discount = (1.0 + loans.rate_pa[row]) ** -(own["month"] / 12.0)
        owed = np.concatenate(([1e6], own["balance_eur"].to_numpy()))[:-1]
        alive, loss = 1.0, 0.0
        for year in range(int(loans.months[row]) // 12):
            chance = pd_pa[row, min(year, 1)]
            loss += alive * chance * lgd[row] * 0.75 * owed[year] * (1.0 + loans.rate_pa[row]) ** -year
            alive *= 1.0 - chance
        assert (worth[own.index] * discount).sum() == pytest.approx(1e6 - loss, abs=0.5)


def test_survival_follows_the_year_s_hazard():
    alive = survival(np.array([[0.1, 0.5]]), np.zeros(5, dtype=np.int64), np.array([0, 6, 12, 18, 30]))
    assert alive == pytest.approx([1.0, 0.9**0.5, 0.9, 0.9 * 0.5**0.5, 0.9 * 0.5**1.5])


def test_pieces_are_the_whole(monkeypatch):
    rng = np.random.default_rng(3)
    loans = contracts(
        tape(
            exposure_eur=list(rng.uniform(1, 1e6, 50)), maturity_months=rng.integers(1, 60, 50), rate_pa=0.04
        )
    )
    ids = [f"L{i}" for i in range(50)]
    whole = cash_flows(ids, loans, DAY)
    monkeypatch.setattr("hybridsim.book.cashflows._ROWS_AT_ONCE", 37)
    pieces = list(cash_flow_blocks(ids, loans, DAY))
    assert len(pieces) > 10
    pd.testing.assert_frame_equal(pd.concat(pieces, ignore_index=True), whole)
    by_loan = whole.groupby("loan_id", observed=True)["principal_eur"].apply(lambda paid: cents(paid).sum())
    assert by_loan.tolist() == cents(loans.principal_eur).tolist()


def test_a_book_without_loans_has_an_empty_table():
    empty = contracts(tape(exposure_eur=[], maturity_months=[]))
    assert list(cash_flows([], empty, DAY).columns)[:3] == ["loan_id", "month", "date"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"repayment": "balloon"}, r"repayment\[0\]\(='balloon'\) must be one of bullet, linear, annuity"),
        ({"maturity_months": 0}, "maturity_months must be above 0: row 0"),
        ({"grace_months": 12}, "grace_months must leave a payment before the maturity: row 0"),
        ({"rate_pa": float("nan")}, r"rate_pa\[0\]\(=nan\)"),
        ({"exposure_eur": -1.0}, r"exposure_eur\[0\]"),
    ],
)
def test_wrong_contracts_are_refused_with_their_row(change: dict[str, object], message: str):
    columns: dict[str, object] = {"exposure_eur": [1.0], "maturity_months": 12, **change}
    if not isinstance(columns["exposure_eur"], list):
        columns["exposure_eur"] = [columns["exposure_eur"]]
    with pytest.raises(ValueError, match=message):
        contracts(tape(**columns))


def test_an_unknown_rate_has_a_stand_in_only_if_one_is_given():
    unknown = tape(exposure_eur=[1.0, 1.0], maturity_months=12, rate_pa=[0.04, float("nan")])
    assert contracts(unknown, rate_if_unknown_pa=0.026).rate_pa.tolist() == [0.04, 0.026]
    with pytest.raises(ValueError, match=r"rate_pa\[1\]"):
        contracts(unknown)


def test_payments_come_every_month_quarter_half_year_or_year():
    with pytest.raises(ValueError, match="must be 1, 3, 6 or 12"):
        contracts(tape(exposure_eur=[1.0], maturity_months=12), 2)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"pd_pa": [[0.1, 0.2, 1.2]], "lgd": 0.4}, "pd_pa"),
        ({"pd_pa": [[0.1], [0.1]], "lgd": 0.4}, r"must be \(1,\) or \(1, years\)"),
        ({"pd_pa": [0.1], "lgd": 1.4}, "lgd"),
        ({"pd_pa": [0.1], "lgd": 0.4, "workout_months": -1}, "workout_months"),
    ],
)
def test_wrong_risks_are_refused(arguments: dict[str, object], message: str):
    with pytest.raises(ValueError, match=message):
        risk(**arguments, loans=1)


@pytest.mark.parametrize("amount", [0.005, -0.005, 1.005, 2.675, -2.675, 1e9 + 0.015])
def test_cents_are_those_of_the_engines(amount: float):
    from hybridsim.core.money import to_cents

    assert int(cents(amount)) == to_cents(amount)


@pytest.mark.slow
def test_a_million_loans_take_seconds_and_repay_what_they_owe():
    rng = np.random.default_rng(1)
    size = 1_000_000
    loans = contracts(
        pd.DataFrame(
            {
                "exposure_eur": rng.lognormal(12, 1, size).round(2),
                "maturity_months": rng.integers(1, 121, size),
                "repayment": rng.choice(["annuity", "linear", "bullet"], size),
                "rate_pa": rng.uniform(0.0, 0.08, size),
            }
        )
    )
    start = perf_counter()
    repaid, rows = 0, 0
    for piece in cash_flow_blocks(np.arange(size).astype(str), loans, DAY):
        repaid += int(cents(piece["principal_eur"]).sum())
        rows += len(piece)
    assert repaid == cents(loans.principal_eur).sum()
    assert rows == loans.payments.sum()
    # Eight seconds when nothing else runs; the bound is for busy machines.
    assert perf_counter() - start < 60.0
