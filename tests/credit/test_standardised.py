import numpy as np
import pytest

from hybridsim.credit.standardised import is_retail, is_sme, output_floor_weight, risk_weight


def test_corporates_are_weighed_by_their_assessment_and_at_100_percent_without():
    steps = np.arange(7)
    assert risk_weight(np.zeros(7), steps).tolist() == [1.0, 0.2, 0.5, 0.75, 1.0, 1.5, 1.5]


def test_retail_is_weighed_at_75_percent():
    assert risk_weight([True, False]).tolist() == [0.75, 1.0]


def test_a_default_weighs_less_once_a_fifth_is_provided_for():
    weights = risk_weight(
        [True] * 4, defaulted=[False, True, True, True], provision_share=[0.5, 0.0, 0.199, 0.2]
    )
    assert weights.tolist() == [0.75, 1.5, 1.5, 1.0]


def test_subordinated_loans_weigh_150_percent_also_in_default():
    weights = risk_weight([False] * 3, subordinated=[True, True, False], defaulted=[False, True, True],
                          provision_share=0.9)  # fmt: skip
    assert weights.tolist() == [1.5, 1.5, 1.0]


def test_an_sme_has_at_most_50_million_of_turnover():
    assert is_sme([0.0, 5e7, 50_000_001.0, np.nan]).tolist() == [True, True, False, False]


def test_retail_ends_at_one_million_owed_and_with_the_sme():
    assert is_retail([1e6, 1_000_001.0, 2e5], [3e6, 3e6, 6e7]).tolist() == [True, False, False]


def test_good_unrated_corporates_weigh_65_percent_in_the_output_floor_until_2032():
    weights, pd, unrated = [1.0, 1.0, 0.5, 1.0], [0.005, 0.0051, 0.001, 0.001], [True, True, True, False]
    assert output_floor_weight(weights, pd, unrated, 2032).tolist() == [0.65, 1.0, 0.5, 1.0]
    assert output_floor_weight(weights, pd, unrated, 2033).tolist() == weights


@pytest.mark.parametrize("step", [7, -1, 2.5])
def test_an_unknown_credit_quality_step_is_refused(step: float):
    with pytest.raises(ValueError, match="credit_quality_step"):
        risk_weight([False], [step])


def test_a_provision_share_in_percent_is_refused():
    with pytest.raises(ValueError, match=r"provision_share\[0\]\(=20.0\)"):
        risk_weight([False], provision_share=20.0)
