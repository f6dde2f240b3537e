import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridsim.core.mathx import norm_ppf
from hybridsim.credit.factors import factor_model, factor_path, innovation_covariance

NAMES = ["economy", "reimbursement", "labour", "technology"]
A = [[0.6, 0.1, 0.0, 0.0], [0.2, 0.5, 0.0, 0.0], [0.0, 0.0, 0.7, 0.1], [0.0, 0.0, 0.0, 0.4]]
C = [[1.0, 0.4, -0.3, 0.1], [0.4, 1.0, 0.2, 0.0], [-0.3, 0.2, 1.0, 0.1], [0.1, 0.0, 0.1, 1.0]]
MODEL = factor_model(NAMES, A, C)
YEARS = 6


def zeros(years=YEARS, size=4):
    return [[0.0] * years for _ in range(size)]


def free(years=YEARS, size=4):
    return [[math.nan] * years for _ in range(size)]


def uniforms(seed=1, years=YEARS, size=4):
    return np.random.default_rng(seed).uniform(size=(size, years + 1)).tolist()


def test_the_roots_rebuild_correlation_and_innovations():
    root, innovation = np.array(MODEL.correlation_root), np.array(MODEL.innovation_root)
    a, c = np.array(A), np.array(C)
    assert root @ root.T == pytest.approx(c, abs=1e-14)
    assert innovation @ innovation.T == pytest.approx(c - a @ c @ a.T, abs=1e-14)
    assert np.all(np.triu(root, 1) == 0.0)
    assert np.all(np.triu(innovation, 1) == 0.0)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 6), st.integers(0, 10**6))
def test_any_correlation_has_a_triangular_root_even_a_singular_one(size, seed):
    rank = 1 + seed % size
    vectors = np.random.default_rng(seed).normal(size=(size, rank))
    vectors /= np.sqrt((vectors**2).sum(axis=1))[:, None]
    c = vectors @ vectors.T
    np.fill_diagonal(c, 1.0)
    model = factor_model([f"f{k}" for k in range(size)], np.zeros((size, size)).tolist(), c.tolist())
    root = np.array(model.correlation_root)
    assert root @ root.T == pytest.approx(c, abs=1e-9)
    assert np.all(np.triu(root, 1) == 0.0)
    assert np.all(np.diag(root) >= 0.0)


def test_rounding_in_a_singular_correlation_is_not_mistaken_for_a_negative_eigenvalue():
    # Unit vectors in the plane, in nearly parallel pairs: rank two, of five factors.
    for apart in (1e-1, 1e-3, 1e-4, 1e-5, 1e-6):
        angles = np.array([0.0, apart, 0.9, 0.9 + 3.0 * apart, 2.2])
        c = np.cos(angles[:, None] - angles[None, :])
        np.fill_diagonal(c, 1.0)
        root = np.array(factor_model(list("abcde"), [[0.0] * 5] * 5, c.tolist()).correlation_root)
        assert root @ root.T == pytest.approx(c, abs=1e-9)


def test_the_root_of_a_regular_matrix_is_that_of_cholesky():
    innovation = np.array(innovation_covariance(A, C))
    assert np.array(MODEL.correlation_root) == pytest.approx(np.linalg.cholesky(np.array(C)), abs=1e-14)
    assert np.array(MODEL.innovation_root) == pytest.approx(np.linalg.cholesky(innovation), abs=1e-14)


def test_a_factor_that_never_changes_is_allowed():
    model = factor_model(["economy", "labour"], [[1.0, 0.0], [0.0, 1.0]], [[1.0, 0.3], [0.3, 1.0]])
    path = factor_path(model, uniforms(size=2), YEARS, None, zeros(size=2), free(size=2))
    assert all(value == row[0] for row in path for value in row)


def test_the_stationary_law_has_the_wanted_correlations_in_every_year():
    rng = np.random.default_rng(11)
    count = 12_000
    draws = rng.uniform(size=(count, 4, 4))
    paths = np.array([factor_path(MODEL, draw.tolist(), 3, None, zeros(3), free(3)) for draw in draws])
    for year in range(3):
        assert np.cov(paths[:, :, year].T) == pytest.approx(np.array(C), abs=0.05)
    lagged = (paths[:, :, 2].T @ paths[:, :, 1]) / count
    assert lagged == pytest.approx(np.array(A) @ np.array(C), abs=0.05)


def test_a_path_follows_its_recursion():
    u = uniforms(3)
    path = factor_path(MODEL, u, YEARS, None, zeros(), free())
    a, c = np.array(A), np.array(C)
    z = np.array([[norm_ppf(value) for value in row] for row in u])
    state = np.linalg.cholesky(c) @ z[:, 0]
    for year in range(YEARS):
        state = a @ state + np.linalg.cholesky(c - a @ c @ a.T) @ z[:, year + 1]
        assert [row[year] for row in path] == pytest.approx(state.tolist(), abs=1e-12)


def test_a_given_start_decays_when_nothing_happens():
    start = [-2.0, 1.0, 0.5, 0.0]
    path = factor_path(MODEL, lambda k, number: 0.5, YEARS, start, zeros(), free())
    state = np.array(start)
    for year in range(YEARS):
        state = np.array(A) @ state
        assert [row[year] for row in path] == pytest.approx(state.tolist(), abs=1e-14)


def test_both_kinds_of_start_share_their_innovations():
    u = uniforms(4)
    through = factor_path(MODEL, u, YEARS, None, zeros(), free())
    z0 = [norm_ppf(row[0]) for row in u]
    start = (np.array(MODEL.correlation_root) @ z0).tolist()
    point = factor_path(MODEL, lambda k, number: u[k][number], YEARS, start, zeros(), free())
    assert np.array(point) == pytest.approx(np.array(through), abs=1e-14)


def test_a_longer_horizon_leaves_the_earlier_years_alone():
    u = uniforms(5, years=12)
    short = factor_path(MODEL, u, 5, None, zeros(5), free(5))
    long = factor_path(MODEL, u, 12, None, zeros(12), free(12))
    assert [row[:5] for row in long] == short


def test_a_shift_adds_to_its_year_and_to_no_other():
    u = uniforms(6)
    shift = zeros()
    shift[0][2] = -1.5
    calm = factor_path(MODEL, u, YEARS, None, zeros(), free())
    stressed = factor_path(MODEL, u, YEARS, None, shift, free())
    difference = np.array(stressed) - np.array(calm)
    assert difference[0, 2] == pytest.approx(-1.5)
    difference[0, 2] = 0.0
    assert np.all(difference == 0.0)


def test_a_fixed_value_replaces_the_state_and_next_year_continues_from_it():
    u = uniforms(7)
    fix, shift = free(), zeros()
    fix[0][2], shift[0][2] = -3.0, 9.0
    calm = np.array(factor_path(MODEL, u, YEARS, None, zeros(), free()))
    stressed = np.array(factor_path(MODEL, u, YEARS, None, shift, fix))
    assert np.all(stressed[:, :2] == calm[:, :2])
    assert stressed[0, 2] == -3.0
    assert np.all(stressed[1:, 2] == calm[1:, 2])
    jump = np.array([-3.0 - calm[0, 2], 0.0, 0.0, 0.0])
    for later in range(1, YEARS - 2):
        jump = np.array(A) @ jump
        assert stressed[:, 2 + later] - calm[:, 2 + later] == pytest.approx(jump, abs=1e-12)


def test_a_correlation_that_cannot_be_is_refused_with_its_eigenvalue():
    c = [[1.0, 0.9, -0.9], [0.9, 1.0, 0.9], [-0.9, 0.9, 1.0]]
    with pytest.raises(ValueError, match=r"correlation .*smallest eigenvalue is -0\.8"):
        factor_model(["a", "b", "c"], [[0.0] * 3] * 3, c)


def test_twins_that_correlate_differently_with_a_third_are_refused():
    c = [[1.0, 1.0, 0.5], [1.0, 1.0, -0.5], [0.5, -0.5, 1.0]]
    with pytest.raises(ValueError, match=r"correlation .*not positive semi-definite"):
        factor_model(["a", "b", "c"], [[0.0] * 3] * 3, c)


def test_innovations_that_cannot_be_are_refused_with_their_eigenvalue():
    a, c = [[0.99, 0.0], [0.0, 0.0]], [[1.0, 0.9], [0.9, 1.0]]
    smallest = np.linalg.eigvalsh(np.array(c) - np.array(a) @ np.array(c) @ np.array(a).T)[0]
    with pytest.raises(ValueError, match=f"economy, labour .*smallest eigenvalue is {smallest:.6g}"):
        factor_model(["economy", "labour"], a, c)


def test_an_exploding_factor_is_refused():
    with pytest.raises(ValueError, match="innovations"):
        factor_model(["economy"], [[1.01]], [[1.0]])


@pytest.mark.parametrize(
    ("names", "a", "c", "message"),
    [
        ([], [], [], r"names\(=\[\]\)"),
        (["x", "x"], [[0.0] * 2] * 2, [[1.0, 0.0], [0.0, 1.0]], "distinct"),
        (["x", "y"], [[0.0] * 2], [[1.0, 0.0], [0.0, 1.0]], "transition must have 2 rows"),
        (["x", "y"], [[0.0] * 2] * 2, [[1.0, 0.0], [0.0]], r"correlation .* lengths \[2, 1\]"),
        (["x"], [[math.nan]], [[1.0]], r"transition\[0\]\[0\]\(=nan\) must be finite"),
        (["x"], [[0.0]], [[0.9]], r"correlation of x with itself\(=0.9\) must be 1"),
        (["x", "y"], [[0.0] * 2] * 2, [[1.0, 0.2], [0.3, 1.0]], "y and x must be symmetric: 0.3 and 0.2"),
    ],
)
def test_a_malformed_model_is_refused_with_place_and_value(names, a, c, message):
    with pytest.raises(ValueError, match=message):
        factor_model(names, a, c)


def test_innovations_are_exactly_symmetric():
    q = innovation_covariance(A, C)
    assert all(q[i][j] == q[j][i] for i in range(4) for j in range(4))
