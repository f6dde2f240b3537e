import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybridsim.credit.ecl import (
    lifetime_ecl,
    loss_allowance,
    marginal_pds,
    migration_pds,
    scenario_weighted,
    stages,
    twelve_month_ecl,
)

# Two grades and default; after two years the first has defaulted with 0.02 + 0.9 * 0.02 + 0.08 * 0.1 = 0.046.
MATRIX = [[0.90, 0.08, 0.02], [0.10, 0.80, 0.10], [0.0, 0.0, 1.0]]


def test_a_year_of_a_million_at_half_a_percent_and_a_quarter_lost_is_1250():
    pd = marginal_pds([0.005], 10, 1)
    assert twelve_month_ecl([[1e6] * 10], pd, 0.25, 0.0, 1)[0] == pytest.approx(1_250.0)


def test_a_loan_of_two_years_has_its_ecl_by_hand():
    # 100 then 60; PD 2 % each year; LGD 50 %; 5 %; defaults at the end of a year.
    pd = marginal_pds([0.02], 2, 1)
    assert pd[0] == pytest.approx([0.02, 0.98 * 0.02])
    by_hand = 100 * 0.02 * 0.5 / 1.05 + 60 * 0.0196 * 0.5 / 1.05**2
    assert lifetime_ecl([[100.0, 60.0]], pd, 0.5, 0.05, 1, timing=1.0)[0] == pytest.approx(by_hand)
    assert twelve_month_ecl([[100.0, 60.0]], pd, 0.5, 0.05, 1, timing=1.0)[0] == pytest.approx(1 / 1.05)
    at_start = lifetime_ecl([[100.0, 60.0]], pd, 0.5, 0.05, 1, timing=0.0)[0]
    assert at_start == pytest.approx(by_hand * 1.05)


def test_lgds_may_change_with_the_collateral():
    pd = marginal_pds([0.1, 0.1], 2, 1)
    losses = lifetime_ecl(np.full((2, 2), 100.0), pd, [[0.5, 0.1], [0.2, 0.2]], [0.0, 0.0], 1)
    assert losses == pytest.approx([5.0 + 0.9, 2.0 + 1.8])
    assert twelve_month_ecl(np.full((2, 2), 100.0), pd, [[0.5, 0.1], [0.2, 0.2]], 0.0, 1) == pytest.approx(
        [5.0, 2.0]
    )


def test_twelve_quarters_of_a_constant_hazard_add_up_to_three_years():
    pd = marginal_pds([0.04, 0.3], 12, 4)
    assert pd.sum(axis=1) == pytest.approx([1 - 0.96**3, 1 - 0.7**3])
    assert pd[:, :4].sum(axis=1) == pytest.approx([0.04, 0.3])
    assert pd[0, 1] / pd[0, 0] == pytest.approx(0.96**0.25)


def test_pds_by_year_are_conditional_on_survival_and_the_last_goes_on():
    pd = marginal_pds([[0.01, 0.05]], 36, 12).reshape(3, 12).sum(axis=1)
    assert pd == pytest.approx([0.01, 0.99 * 0.05, 0.99 * 0.95 * 0.05])


def test_a_migration_matrix_gives_the_cumulative_pds_by_hand():
    forward = migration_pds(MATRIX, 2)
    assert forward[:, 0] == pytest.approx([0.02, 0.10])
    assert 1 - (1 - forward[0]).prod() == pytest.approx(0.046)
    assert 1 - (1 - forward[1]).prod() == pytest.approx(0.1 + 0.1 * 0.02 + 0.8 * 0.1)


def test_a_simulated_migration_meets_the_term_structure():
    rng = np.random.default_rng(2)
    grade = np.zeros(200_000, dtype=int)
    steps = np.cumsum(MATRIX, axis=1)
    for _ in range(5):
        grade = (rng.random(grade.size)[:, None] > steps[grade]).sum(axis=1)
    expected = marginal_pds(migration_pds(MATRIX, 5)[:1], 5, 1).sum()
    assert np.mean(grade == 2) == pytest.approx(expected, abs=4 * np.sqrt(0.12 * 0.88 / grade.size))


def test_defaults_drawn_month_by_month_lose_the_lifetime_ecl():
    # A linear loan over three years, brute force: exponential default times, loss discounted from mid-month.
    rng = np.random.default_rng(7)
    owed = 90_000.0 * (1.0 - np.arange(36) / 36.0)
    month = (rng.exponential(-12.0 / np.log1p(-0.2), 400_000)).astype(int)
    hit = month < 36
    losses = np.zeros(month.size)
    losses[hit] = 0.4 * owed[month[hit]] * 1.06 ** (-(month[hit] + 0.5) / 12.0)
    ecl = lifetime_ecl(owed, marginal_pds([0.2], 36, 12), 0.4, 0.06, 12)[0]
    assert losses.mean() == pytest.approx(ecl, abs=3.9 * losses.std() / np.sqrt(losses.size))


@given(
    st.floats(0.0, 1.0), st.floats(0.0, 1.0), st.floats(0.0, 0.3),
    st.lists(st.floats(0.0, 1e6), min_size=1, max_size=40),
)  # fmt: skip
def test_a_year_never_loses_more_than_a_lifetime_nor_a_lifetime_more_than_is_owed(pd, lgd, rate, owed):
    chances = marginal_pds([pd], len(owed), 12)
    year = twelve_month_ecl([owed], chances, lgd, rate, 12)[0]
    lifetime = lifetime_ecl([owed], chances, lgd, rate, 12)[0]
    assert 0.0 <= year <= lifetime * (1 + 1e-12)
    assert lifetime <= lgd * max(owed) * (1 + 1e-9)


def test_stages_follow_the_pd_the_arrears_and_the_default():
    stage = stages(
        pd_now=[0.01, 0.031, 0.03, 0.004, 0.01, 0.01, 0.01, 0.05],
        pd_at_origination=[0.01, 0.01, 0.01, 0.001, 0.01, 0.01, 0.01, 0.01],
        days_past_due=[0, 0, 30, 0, 31, 90, 0, 0],
        defaulted=[False, False, False, False, False, False, True, True],
        relative_increase=3.0,
        absolute_increase=0.005,
    )
    assert stage.tolist() == [1, 2, 1, 1, 2, 3, 3, 3]


def test_a_low_credit_risk_stays_in_stage_1():
    rose = {"pd_now": [0.004], "pd_at_origination": [0.0005], "days_past_due": 0, "defaulted": [False],
            "relative_increase": 2.0, "absolute_increase": 0.0}  # fmt: skip
    assert stages(**rose).tolist() == [2]
    assert stages(**rose, low_risk_pd=0.004).tolist() == [1]


def test_the_allowance_is_that_of_the_stage():
    allowance = loss_allowance(
        np.array([1, 2, 3]), np.array([1.0, 2.0, 3.0]), np.array([10.0, 20.0, 30.0]), [100.0, 200.0, 300.0]
    )
    assert allowance.tolist() == [1.0, 20.0, 300.0]


def test_scenarios_are_weighed_by_their_losses():
    weighted = scenario_weighted([[10.0, 1.0], [20.0, 2.0], [60.0, 9.0]], [0.5, 0.3, 0.2])
    assert weighted == pytest.approx([23.0, 2.9])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: marginal_pds([1.5], 12, 12), r"pd_pa\[0, 0\]\(=1.5\)"),
        (lambda: marginal_pds([0.1], 0, 12), r"periods\(=0\)"),
        (lambda: marginal_pds(np.zeros((2, 0)), 3, 12), "must be"),
        (lambda: migration_pds([[0.9, 0.2], [0.0, 1.0]], 3), "row 0 of matrix adds up to 1.1"),
        (lambda: migration_pds([[0.9, 0.1], [0.1, 0.9]], 3), "leaves default"),
        (lambda: migration_pds([[1.0]], 3), "square"),
        (lambda: migration_pds(MATRIX, 0), r"years\(=0\)"),
        (lambda: lifetime_ecl([[1.0, 1.0]], [[0.1]], 0.5, 0.0, 1), "must both be"),
        (lambda: lifetime_ecl([[1.0, 1.0]], [[0.6, 0.6]], 0.5, 0.0, 1), "summed over periods"),
        (lambda: lifetime_ecl([[1.0]], [[0.1]], 45.0, 0.0, 1), "lgd"),
        (lambda: lifetime_ecl([[1.0]], [[0.1]], 0.5, 0.0, 1, timing=2.0), r"timing\(=2.0\)"),
        (lambda: scenario_weighted([[1.0], [2.0]], [0.5, 0.6]), "add up to 1.1"),
        (lambda: scenario_weighted([[1.0]], [0.5, 0.5]), "2 weights need"),
        (lambda: loss_allowance(np.array([0]), np.array([1.0]), np.array([1.0]), [1.0]), "1, 2 or 3"),
        (
            lambda: stages([0.1], [0.1], [0], [False], relative_increase=0.5, absolute_increase=0.0),
            r"relative_increase\(=0.5\)",
        ),
    ],
)
def test_impossible_values_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
