import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from hybridsim.credit.irb import (
    PD_INPUT_FLOOR,
    SENIOR_LGD,
    corporate_correlation,
    corporate_risk_weight,
    defaulted_risk_weight,
    retail_risk_weight,
)
from hybridsim.credit.ratings import asset_correlation

# Basel Framework, CRE99, table 1 (as printed in the Saudi Central Bank's rulebook, 26.1): illustrative risk
# weights in percent for corporates (LGD 40 %, 2.5 years) with a turnover of 50 and 5 million euros, and for
# other retail (LGD 45 and 85 %).
PUBLISHED = {
    0.0005: (17.47, 13.69, 6.63, 12.52),
    0.0010: (26.36, 20.71, 11.16, 21.08),
    0.0025: (43.97, 34.68, 21.15, 39.96),
    0.0040: (55.75, 43.99, 28.42, 53.69),
    0.0050: (61.88, 48.81, 32.36, 61.13),
    0.0075: (73.58, 57.91, 40.10, 75.74),
    0.0100: (82.06, 64.35, 45.77, 86.46),
    0.0130: (89.73, 70.02, 50.80, 95.95),
}
# Basel II (2006), annex 5: the same formula at LGD 45 %.
# Two digits are printed; the tables' own inverse normal is off by a little more than half of the last.
PRINTED = 0.006
PUBLISHED_45 = {
    0.0010: (29.65, 23.30),
    0.0100: (92.32, 72.40),
    0.0200: (114.86, 88.55),
    0.0300: (128.44, 97.58),
}


@pytest.mark.parametrize("pd", PUBLISHED)
def test_risk_weights_are_those_of_the_basel_table(pd: float):
    large, small, retail, unsecured_retail = PUBLISHED[pd]
    assert corporate_risk_weight([pd, pd], turnover_eur=[50e6, 5e6]) * 100.0 == pytest.approx(
        [large, small], abs=PRINTED
    )
    assert retail_risk_weight([pd, pd], [0.45, 0.85]) * 100.0 == pytest.approx(
        [retail, unsecured_retail], abs=PRINTED
    )


def test_a_pd_of_one_percent_has_the_risk_weights_of_basel_iii():
    assert np.round(corporate_risk_weight([0.01] * 2, turnover_eur=[50e6, 5e6]), 4).tolist() == [
        0.8206,
        0.6435,
    ]


@pytest.mark.parametrize("pd", PUBLISHED_45)
def test_risk_weights_at_the_older_lgd_are_those_of_basel_ii(pd: float):
    assert corporate_risk_weight([pd, pd], 0.45, turnover_eur=[50e6, 5e6]) * 100.0 == pytest.approx(
        PUBLISHED_45[pd], abs=PRINTED
    )


def test_the_correlation_is_the_rule_of_the_engines_for_many_loans():
    pd = np.array([0.0005, 0.003, 0.02, 0.3, 0.99])
    turnover = np.array([1e6, 5e6, 2.2e7, 5e7, 9e8])
    expected = [asset_correlation(p, s) for p, s in zip(pd.tolist(), turnover.tolist(), strict=True)]
    assert corporate_correlation(pd, turnover) == pytest.approx(expected, rel=1e-14)


def test_an_unknown_turnover_gives_no_relief():
    assert corporate_risk_weight([0.01, 0.01], turnover_eur=[np.nan, 5e7]) == pytest.approx(
        corporate_risk_weight([0.01, 0.01]), rel=1e-15
    )


def test_small_pds_are_lifted_to_the_floor():
    assert corporate_risk_weight([0.0, 0.0001, PD_INPUT_FLOOR]) == pytest.approx(
        np.full(3, corporate_risk_weight([0.0005])[0])
    )
    assert retail_risk_weight([0.0], 0.45)[0] == pytest.approx(0.0663, abs=6e-5)


def test_the_maturity_is_kept_within_one_and_five_years():
    weights = corporate_risk_weight(np.full(4, 0.01), maturity_years=[0.2, 1.0, 5.0, 12.0])
    assert weights[0] == weights[1] < weights[2] == weights[3]
    # b at 1 % by hand: (0.11852 + 0.05478 * 4.605170)^2 = 0.137486; (1 + 2.5 b) against (1 - 1.5 b).
    assert weights[2] / weights[1] == pytest.approx((1 + 2.5 * 0.137486) / (1 - 1.5 * 0.137486), rel=1e-5)


def test_the_risk_weight_is_the_loss_of_a_bad_year_beyond_the_mean():
    # At one year the maturity adjustment is 1: brute force over the 99.9 % year of the one-factor model.
    pd, rho = 0.02, corporate_correlation([0.02])[0]
    rng = np.random.default_rng(4)
    worst = np.quantile(stats.norm.cdf(
        (stats.norm.ppf(pd) - np.sqrt(rho) * rng.standard_normal(2_000_000)) / np.sqrt(1 - rho)
    ), 0.999)  # fmt: skip
    assert corporate_risk_weight([pd], maturity_years=1.0)[0] == pytest.approx(
        12.5 * SENIOR_LGD * (worst - pd), rel=0.02
    )


@given(st.floats(0.0, 0.999), st.floats(0.0, 1.0), st.floats(0.0, 2e8))
def test_size_never_makes_a_firm_safer(pd: float, lgd: float, turnover: float):
    smaller, larger = corporate_risk_weight([pd, pd], lgd, turnover_eur=[turnover, turnover * 1.5 + 1.0])
    assert 0.0 <= smaller <= larger * (1.0 + 1e-9)


def test_defaulted_loans_are_weighed_by_what_the_best_estimate_leaves_open():
    assert defaulted_risk_weight([0.5, 0.4, 0.3], [0.42, 0.4, 0.35]) == pytest.approx([1.0, 0.0, 0.0])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: corporate_risk_weight([0.1, 1.0]), r"pd\[1\]\(=1\) is in default"),
        (lambda: corporate_risk_weight([0.01], 40.0), r"lgd\[0\]\(=40.0\)"),
        (lambda: corporate_risk_weight([0.01], maturity_years=-1.0), r"maturity_years\[0\]\(=-1.0\)"),
        (
            lambda: corporate_risk_weight([0.01, 0.01], turnover_eur=[1.0, -5.0]),
            r"turnover_eur\[1\]\(=-5.0\)",
        ),
        (lambda: retail_risk_weight([1.5], 0.45), r"pd\[0\]\(=1.5\)"),
    ],
)
def test_impossible_values_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
