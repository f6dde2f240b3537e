"""Provisions by hand, against the cash flows, and against drawn defaults."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from hybridsim.book.amortisation import contracts
from hybridsim.book.amounts import total, totals
from hybridsim.book.cashflows import cash_flows, risk
from hybridsim.book.pd_terms import given_economy, grades, pd_term_structure
from hybridsim.book.provisions import expected_losses, provisions
from hybridsim.book.settings import EclScenario, RuleSettings


def tape(**columns) -> pd.DataFrame:
    size = max(len(values) for values in columns.values() if isinstance(values, list))
    usual = {
        "loan_id": [f"L{i}" for i in range(size)],
        "exposure_eur": 100_000.0,
        "pd": 0.02,
        "originated_pd": float("nan"),
        "days_past_due": 0.0,
        "defaulted": 0.0,
        "maturity_months": 36.0,
        "repayment": "linear",
        "rate_pa": 0.05,
    }
    return pd.DataFrame({**usual, **columns}, index=range(size))


def flat(pds: list[float]):
    return lambda rows, years: np.repeat(np.array(pds)[rows, None], years, axis=1)


def one(economy: float) -> RuleSettings:
    return RuleSettings(scenarios={"only": EclScenario(weight=1.0, economy=economy)})


def test_a_bullet_of_two_years_without_interest_loses_what_a_hand_finds():
    loans = contracts(tape(repayment=["bullet"], maturity_months=24, rate_pa=0.0))
    losses = expected_losses(loans, [0.4], flat([0.1]))
    assert losses.twelve_month == pytest.approx([100_000 * 0.4 * 0.1])
    assert losses.lifetime == pytest.approx([100_000 * 0.4 * 0.19])


def test_the_lifetime_loss_is_what_agreed_cash_flows_are_worth_more_than_expected_ones():
    # IFRS 9, B5.5.29: the same from two sides, month by month and flow by flow.
    loans = contracts(
        tape(
            repayment=["annuity", "linear", "bullet", "annuity"],
            maturity_months=[120.0, 60.0, 12.0, 45.0],
            rate_pa=[0.06, 0.03, 0.08, 0.0],
            exposure_eur=[1e7, 2e7, 3e7, 4e7],
        )
    )
    pds, lgd, cover = [0.02, 0.08, 0.01, 0.2], np.array([0.4, 0.6, 0.3, 1.0]), np.array([0.0, 0.5, 0.8, 0.25])
    losses = expected_losses(loans, lgd * (1.0 - cover), flat(pds))
    flows = cash_flows(list("ABCD"), loans, date(2026, 1, 1), risk(pds, lgd, cover, 18, loans=4))
    rates = loans.effective_rate_pa[flows["loan_id"].cat.codes]
    discount = (1.0 + rates) ** -(flows["month"] / 12.0)
    agreed = (flows["interest_eur"] + flows["principal_eur"]) * discount
    expected = flows.filter(like="expected").sum(axis=1) * discount
    by_loan = (agreed - expected).groupby(flows["loan_id"], observed=True).sum()
    assert losses.lifetime == pytest.approx(by_loan.to_numpy(), abs=1.0)
    assert losses.twelve_month[2] == losses.lifetime[2]


def test_drawn_defaults_lose_the_lifetime_loss():
    # A linear loan of three years, paid quarterly: exponential times, the loss on the day discounted from it.
    loans = contracts(tape(repayment=["linear"]))
    rng = np.random.default_rng(11)
    years = rng.exponential(-1.0 / np.log1p(-0.1), 400_000)
    quarter = (years * 4).astype(int)
    owed = 100_000.0 * np.maximum(1.0 - quarter / 12.0, 0.0) * (1 + 0.05 / 4) ** (years * 4 - quarter)
    lost = 0.45 * owed * (1 + 0.05 / 4) ** (-years * 4)
    ours = expected_losses(loans, [0.45], flat([0.1])).lifetime[0]
    assert ours == pytest.approx(lost.mean(), abs=4 * lost.std() / np.sqrt(lost.size))


def test_blocks_change_nothing(monkeypatch):
    rng = np.random.default_rng(5)
    book = tape(
        exposure_eur=list(rng.uniform(1, 1e6, 60)),
        maturity_months=rng.integers(1, 200, 60),
        repayment=rng.choice(["annuity", "linear", "bullet"], 60),
    )
    pds = list(rng.uniform(0, 0.2, 60))
    whole = expected_losses(contracts(book), 0.4, flat(pds))
    monkeypatch.setattr("hybridsim.book.provisions._CELLS_AT_ONCE", 500)
    pieces = expected_losses(contracts(book), 0.4, flat(pds))
    assert pieces.lifetime == pytest.approx(whole.lifetime, rel=1e-12)
    assert pieces.twelve_month == pytest.approx(whole.twelve_month, rel=1e-12)


def test_the_first_year_of_a_course_is_vasicek_s_formula():
    # rho = 0.16, one bad year of two standard deviations: Phi((Phi^-1(0.01) + 0.4 * 2)/sqrt(0.84)).
    pds = given_economy([0.01], [0.4], -2.0, 0.5, 3)[0]
    assert pds[0] == pytest.approx(norm.cdf((norm.ppf(0.01) + 0.8) / np.sqrt(0.84)))
    assert pds[0] == pytest.approx(0.0479, abs=1e-4)
    assert pds[1] == pytest.approx(norm.cdf((norm.ppf(0.01) + 0.4) / np.sqrt(0.96)))
    assert pds[0] > pds[1] > pds[2] > 0.01


def test_over_many_courses_the_pd_is_the_rating_s_in_each_year():
    rng = np.random.default_rng(8)
    drawn = np.array([given_economy([0.03], [0.5], z, 0.6, 4)[0] for z in rng.standard_normal(40_000)])
    error = drawn.std(axis=0) / np.sqrt(len(drawn))
    assert np.all(np.abs(drawn.mean(axis=0) - 0.03) < 4 * error)


def test_a_simulated_economy_meets_the_later_years():
    # Asset values of year 3 with the economy's state of year 1 given: brute force of the AR(1).
    rng = np.random.default_rng(9)
    state = np.full(2_000_000, -1.5)
    for _ in range(2):
        state = 0.5 * state + np.sqrt(0.75) * rng.standard_normal(state.size)
    hit = np.mean(0.45 * state + np.sqrt(1 - 0.45**2) * rng.standard_normal(state.size) <= norm.ppf(0.02))
    assert given_economy([0.02], [0.45], -1.5, 0.5, 3)[0, 2] == pytest.approx(hit, abs=4 * 0.14 / 1414)


def test_stages_decide_the_allowance_and_the_table_adds_up():
    book = tape(
        pd=[0.01, 0.03, 0.02, 1.0],
        originated_pd=[float("nan"), 0.01, 0.02, 0.01],
        days_past_due=[0.0, 0.0, 31.0, 0.0],
        defaulted=[0.0, 0.0, 0.0, 1.0],
    )
    table = provisions(
        book, contracts(book), RuleSettings(), loss_share=0.4, loading=[0.3] * 4, persistence=0.5
    )
    assert table["stage"].tolist() == [1, 2, 2, 3]
    assert table.loc[0, "ecl_eur"] == table.loc[0, "ecl_12m_eur"] < table.loc[0, "ecl_lifetime_eur"]
    assert table.loc[1, "ecl_eur"] == table.loc[1, "ecl_lifetime_eur"] > table.loc[1, "ecl_12m_eur"]
    assert table.loc[3, "ecl_eur"] == 40_000.0 == table.loc[3, "ecl_lifetime_adverse_eur"]
    assert table.loc[3, "coverage"] == 0.4
    weighted = table["ecl_lifetime_base_eur"] * 2 / 3 + table["ecl_lifetime_adverse_eur"] / 6
    weighted += table["ecl_lifetime_upside_eur"] / 6
    assert table["ecl_lifetime_eur"].to_numpy() == pytest.approx(weighted.to_numpy(), abs=0.0101)
    losses = table.columns[table.columns.str.startswith("ecl_")]
    assert set(table.loc[3, losses]) == {40_000.0}, "in default nothing is left to the economy"
    by_stage = totals(table, ["stage"])
    assert by_stage["loans"].tolist() == [1, 2, 1]
    assert total(by_stage["ecl_eur"]) == totals(table)["ecl_eur"].iloc[0] == total(table["ecl_eur"])


@pytest.mark.parametrize("economy", [-2.0, 1.0])
def test_a_year_of_a_bad_economy_loses_what_vasicek_s_formula_says(economy):
    book = tape(pd=[0.02], repayment="bullet", maturity_months=12.0, rate_pa=0.0)
    table = provisions(book, contracts(book), one(economy), loss_share=0.4, loading=[0.45], persistence=0.5)
    chance = norm.cdf((norm.ppf(0.02) - 0.45 * economy) / np.sqrt(1.0 - 0.45**2))
    assert table["ecl_eur"].iloc[0] == pytest.approx(100_000.0 * 0.4 * chance, abs=0.006)
    assert (chance > 0.02) == (economy < 0.0)


def test_a_loan_whose_pd_at_origination_nobody_knows_has_not_risen():
    book = tape(pd=[0.05, 0.05], originated_pd=[float("nan"), 0.01])
    table = provisions(book, contracts(book), one(0.0), loss_share=0.4, loading=[0.3] * 2, persistence=0.5)
    assert table["stage"].tolist() == [1, 2]


def test_a_loan_that_is_three_months_late_is_impaired_whatever_its_pd():
    book = tape(pd=[0.02], days_past_due=90.0)
    table = provisions(book, contracts(book), one(-2.0), loss_share=0.4, loading=[0.3], persistence=0.5)
    losses = table.columns[table.columns.str.startswith("ecl_")]
    assert len(losses) == 5 and set(table.loc[0, losses]) == {40_000.0}


@pytest.mark.parametrize("beta", [0.1, 0.3, 0.45])
def test_the_usual_courses_leave_the_weighed_pd_unbiased(beta):
    """IFRS 9, 5.5.17(a): within a thousandth, 1.5 hundredths where the economy is nearly all."""
    chance = np.array([0.001, 0.01, 0.05])
    courses = RuleSettings().scenarios.values()
    assert sum(course.weight for course in courses) == pytest.approx(1.0, abs=1e-12)
    weighed = sum(c.weight * given_economy(chance, [beta] * 3, c.economy, 0.5, 3) for c in courses)
    assert weighed == pytest.approx(np.repeat(chance[:, None], 3, axis=1), rel=0.015 if beta > 0.4 else 0.001)


def test_losses_are_weighed_not_the_economy():
    # The course in the middle of two loses less than their mean: losses are convex in the economy.
    book = tape(pd=[0.01])
    kept = {"loss_share": 0.4, "loading": [0.45], "persistence": 0.5}
    loss = {z: provisions(book, contracts(book), one(z), **kept)["ecl_eur"].iloc[0] for z in (-2.0, 0.0, 2.0)}
    assert loss[0.0] < (loss[-2.0] + loss[2.0]) / 2
    both = {"bad": EclScenario(weight=0.5, economy=-2.0), "good": EclScenario(weight=0.5, economy=2.0)}
    mixed = provisions(book, contracts(book), RuleSettings(scenarios=both), **kept)["ecl_eur"].iloc[0]
    assert mixed == pytest.approx((loss[-2.0] + loss[2.0]) / 2, abs=0.011)


def test_the_term_structure_of_a_grade_is_that_of_its_loans():
    scenarios = {"bad": EclScenario(weight=0.4, economy=-1.0), "good": EclScenario(weight=0.6, economy=1.0)}
    table = pd_term_structure(
        {"design": ["S1", "S6", "S6"], "grade": ["A", "B", "A"]},
        [100.0, 50.0, 300.0],
        [0.01, 0.05, 0.02],
        [0.3] * 3,
        scenarios,
        0.5,
    )
    groups = table[["kind", "name"]].drop_duplicates().to_numpy().tolist()
    assert groups == [["design", "S1"], ["design", "S6"], ["grade", "A"], ["grade", "B"]]
    assert len(table) == 4 * 4 * 10
    cycle = table[(table["name"] == "A") & (table["scenario"] == "through_the_cycle")]
    by_hand = 1.0 - 0.25 * 0.99 ** np.arange(1, 11) - 0.75 * 0.98 ** np.arange(1, 11)
    assert cycle["cumulative_pd"].to_numpy() == pytest.approx(by_hand)
    assert cycle["marginal_pd"].to_numpy() == pytest.approx(np.diff(by_hand, prepend=0.0))
    s6 = table[(table["name"] == "S6") & (table["scenario"] == "through_the_cycle")]
    by_hand = 1.0 - (50.0 * 0.95 ** np.arange(1, 11) + 300.0 * 0.98 ** np.arange(1, 11)) / 350.0
    assert s6["cumulative_pd"].to_numpy() == pytest.approx(by_hand)
    assert s6[["loans", "exposure_eur"]].drop_duplicates().to_numpy().tolist() == [[2.0, 350.0]]
    first = table[(table["name"] == "B") & (table["year"] == 1)].set_index("scenario")["cumulative_pd"]
    assert first["weighted"] == pytest.approx(0.4 * first["bad"] + 0.6 * first["good"])
    assert first["bad"] == pytest.approx(norm.cdf((norm.ppf(0.05) + 0.3) / np.sqrt(0.91)))


def test_groups_stand_in_the_order_of_their_pds():
    table = pd_term_structure(
        {"grade": ["C", "A", "B"]}, [1.0, 1.0, 1.0], [0.01, 0.05, 0.02], [0.0] * 3, {}, 0.5, years=1
    )
    assert table["name"].drop_duplicates().tolist() == ["C", "B", "A"]


def test_loans_without_a_rating_are_graded_by_their_pd():
    names = grades(["AA", "", None, "", ""], [0.5, 0.0015, 0.004, 1.0, 0.0])
    assert names.tolist() == [
        "AA", "PD 0.15% to 0.25%", "PD 0.25% to 0.50%", "PD 100.00%", "PD 0.00% to 0.15%"
    ]  # fmt: skip


def test_a_grade_of_loans_that_owe_nothing_has_a_plain_average():
    table = pd_term_structure({"grade": ["A", "A"]}, [0.0, 0.0], [0.01, 0.03], [0.2, 0.2], {}, 0.5, years=1)
    assert table.loc[0, "marginal_pd"] == pytest.approx(0.02)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([0.1], [1.0], 0.0, 0.5, 1), "loading must be in"),
        (([0.1], [0.3], 0.0, 1.0, 1), "persistence"),
        (([0.1], [0.3], 0.0, 0.5, 0), "years"),
        (([1.1], [0.3], 0.0, 0.5, 1), "pd_pa"),
    ],
)
def test_wrong_courses_are_refused(arguments: tuple, message: str):
    with pytest.raises(ValueError, match=message):
        given_economy(*arguments)
