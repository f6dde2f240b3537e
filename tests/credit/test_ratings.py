import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybridsim.core.mathx import norm_ppf
from hybridsim.credit.ratings import (
    PD_CEILING,
    PD_FLOOR,
    asset_correlation,
    conditional_pd,
    loadings,
    logit_shift,
    shifted_pd,
)

C = [[1.0, 0.4, -0.3], [0.4, 1.0, 0.2], [-0.3, 0.2, 1.0]]
PDS = st.floats(0.0005, 0.3)
WEIGHTS = st.floats(0.0, 20.0)


@pytest.mark.parametrize(
    ("pd", "turnover_millions", "expected"),
    [(0.0061, 5, 0.168), (0.0061, 50, 0.208), (0.018, 5, 0.129), (0.018, 50, 0.169)],
)
def test_asset_correlations_are_those_of_the_facts(pd, turnover_millions, expected):
    assert asset_correlation(pd, turnover_millions * 1e6) == pytest.approx(expected, abs=5e-4)


def test_asset_correlation_reaches_the_ends_that_basel_names():
    assert asset_correlation(1e-12, 60e6) == pytest.approx(0.24, abs=1e-9)
    assert asset_correlation(1.0, 60e6) == pytest.approx(0.12, abs=1e-12)
    assert asset_correlation(0.01, 1e6) == asset_correlation(0.01, 5e6)
    assert asset_correlation(0.01, 50e6) - asset_correlation(0.01, 5e6) == pytest.approx(0.04)


@given(PDS, st.floats(-0.2, 0.2), st.floats(-0.2, 0.2), st.floats(-90.0, 90.0), st.floats(0.0, 0.5),
       WEIGHTS, WEIGHTS, st.floats(0.0, 0.1), WEIGHTS)  # fmt: skip
def test_more_debt_at_the_same_liquidity_never_lowers_the_pd(
    pd, service, ebitda, days, more, w_service, w_ebitda, w_liquidity, w_failed
):
    weights = (w_service, w_ebitda, w_liquidity, w_failed)
    lighter = shifted_pd(pd, logit_shift(service, ebitda, days, 0, *weights), 2.0)
    heavier = shifted_pd(pd, logit_shift(service + more, ebitda, days, 0, *weights), 2.0)
    assert heavier >= lighter


def test_each_ratio_moves_the_rating_in_its_direction():
    weights = (10.0, 5.0, 0.02, 0.6)
    assert logit_shift(0.01, 0.0, 0.0, 0, *weights) == pytest.approx(0.1)
    assert logit_shift(0.0, 0.01, 0.0, 0, *weights) == pytest.approx(-0.05)
    assert logit_shift(0.0, 0.0, 10.0, 0, *weights) == pytest.approx(-0.2)
    assert logit_shift(0.0, 0.0, 0.0, 2, *weights) == pytest.approx(1.2)


def test_a_shift_multiplies_the_odds():
    for pd, shift in ((0.01, 0.7), (0.02, -0.5), (0.1, 1.0)):
        odds = pd / (1.0 - pd) * math.exp(shift)
        assert shifted_pd(pd, shift, 2.0) == pytest.approx(odds / (1.0 + odds), rel=1e-14)


def test_a_rating_without_a_project_stays_what_it_was():
    for pd in (0.0006, 0.009, 0.018, 0.25):
        assert shifted_pd(pd, 0.0, 1.0) == pytest.approx(pd, rel=1e-14)


@given(PDS, st.floats(-50.0, 50.0), st.floats(0.0, 5.0))
def test_a_shifted_pd_stays_within_cap_floor_and_ceiling(pd, shift, cap):
    shifted = shifted_pd(pd, shift, cap)
    assert PD_FLOOR <= shifted <= PD_CEILING
    most = pd / (1.0 - pd) * math.exp(cap)
    least = pd / (1.0 - pd) * math.exp(-cap)
    assert shifted <= max(PD_FLOOR, most / (1.0 + most)) * (1.0 + 1e-12)
    assert shifted >= min(PD_CEILING, least / (1.0 + least)) * (1.0 - 1e-12)


@given(st.lists(st.floats(0.05, 3.0), min_size=3, max_size=3), st.floats(0.0, 0.95))
def test_loadings_explain_exactly_the_wanted_share(direction, r_squared):
    w = np.array(loadings(direction, C, r_squared))
    assert w @ np.array(C) @ w == pytest.approx(r_squared, rel=1e-12, abs=1e-15)
    assert np.cross(w, direction) == pytest.approx(np.zeros(3), abs=1e-12)


def test_loadings_that_cannot_be_scaled_are_refused_with_their_value():
    with pytest.raises(ValueError, match=r"r_squared\(=1.0\)"):
        loadings([1.0, 0.0, 0.0], C, 1.0)
    with pytest.raises(ValueError, match=r"direction\(=\[0.0, 0.0, 0.0\]\) has no variance"):
        loadings([0.0, 0.0, 0.0], C, 0.2)
    assert loadings([0.0, 0.0, 0.0], C, 0.0) == [0.0, 0.0, 0.0]


@pytest.mark.parametrize(("pd", "r_squared"), [(0.0061, 0.17), (0.018, 0.25), (0.1, 0.6)])
def test_conditional_pds_average_to_the_pd_over_three_correlated_factors(pd, r_squared):
    w = np.array(loadings([1.0, 0.7, 0.4], C, r_squared))
    nodes, weights = np.polynomial.hermite_e.hermegauss(40)
    weights = weights / weights.sum()
    root = np.linalg.cholesky(np.array(C))
    total = 0.0
    for x, wx in zip(nodes, weights, strict=True):
        for y, wy in zip(nodes, weights, strict=True):
            for z, wz in zip(nodes, weights, strict=True):
                weight = wx * wy * wz
                if weight > 1e-16:
                    term = float(w @ (root @ np.array([x, y, z])))
                    total += weight * conditional_pd(norm_ppf(pd), term, math.sqrt(1.0 - r_squared))
    assert total == pytest.approx(pd, rel=1e-6)


@given(PDS, st.floats(-4.0, 4.0), st.floats(0.0, 2.0))
def test_good_factors_lower_the_conditional_pd(pd, term, better):
    threshold, residual = norm_ppf(pd), math.sqrt(0.8)
    assert conditional_pd(threshold, term + better, residual) <= conditional_pd(threshold, term, residual)


def test_a_borrower_without_systematic_risk_has_its_pd_in_every_year():
    assert conditional_pd(norm_ppf(0.02), 0.0, 1.0) == pytest.approx(0.02, rel=1e-14)
