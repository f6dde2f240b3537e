"""The arrays of a book and the factors of its year."""

from __future__ import annotations

import numpy as np
import pytest

from hybridsim.credit.factor_state import given, point_in_time, shifted, through_the_cycle
from hybridsim.credit.factors import factor_model
from hybridsim.credit.portfolio import Dependence, portfolio, residuals

MODEL = factor_model(["economy", "labour"], [[0.5, 0.1], [0.0, 0.3]], [[1.0, 0.4], [0.4, 1.0]])


def test_through_the_cycle_is_the_stationary_law() -> None:
    year = through_the_cycle(MODEL)
    np.testing.assert_allclose(year.root @ year.root.T, MODEL.correlation, atol=1e-12)
    assert not year.mean.any()


def test_averaged_over_the_stationary_states_point_in_time_is_through_the_cycle() -> None:
    """Var F = Var(A f) + innovations; the mean follows the state."""
    a, c = np.array(MODEL.transition), np.array(MODEL.correlation)
    year = point_in_time(MODEL, [-1.0, 2.0])
    np.testing.assert_allclose(year.mean, [0.5 * -1.0 + 0.1 * 2.0, 0.6])
    np.testing.assert_allclose(year.root @ year.root.T + a @ c @ a.T, c, atol=1e-12)


def test_a_shift_moves_one_factor_and_a_given_value_tells_about_the_others() -> None:
    year = through_the_cycle(MODEL)
    np.testing.assert_allclose(shifted(year, "economy", -2.0).mean, [-2.0, 0.0])
    known = given(year, "economy", -2.0)
    np.testing.assert_allclose(known.mean, [-2.0, -0.8])
    np.testing.assert_allclose(known.root @ known.root.T, [[0.0, 0.0], [0.0, 1.0 - 0.16]], atol=1e-12)
    with pytest.raises(ValueError, match="no variance"):
        given(known, "economy", 1.0)
    with pytest.raises(ValueError, match="factors are economy, labour"):
        shifted(year, "oil", 1.0)


def test_given_values_leave_drawn_years_with_the_regression_they_came_from() -> None:
    """Independent: regress plain draws of the year on the factor that is given."""
    rng = np.random.default_rng(3)
    year = through_the_cycle(MODEL)
    draws = year.mean + rng.standard_normal((400_000, 2)) @ year.root.T
    near = draws[np.abs(draws[:, 1] - 1.0) < 0.02, 0]
    known = given(year, "labour", 1.0)
    assert abs(near.mean() - known.mean[0]) < 4 * near.std() / np.sqrt(near.size)
    assert abs(near.std() - np.hypot(*known.root[0])) < 0.03


def test_residuals_follow_from_the_correlation() -> None:
    book = portfolio([1.0, 2.0], 0.5, [0.01, 0.02], [[0.3, 0.0], [0.3, 0.2]])
    np.testing.assert_allclose(
        residuals(book, through_the_cycle(MODEL)),
        np.sqrt([1 - 0.09, 1 - (0.09 + 0.04 + 2 * 0.4 * 0.06)]),
    )
    heavy = portfolio([1.0], 0.5, [0.01], [[0.9, 0.9]])
    with pytest.raises(ValueError, match="must be < 1"):
        residuals(heavy, through_the_cycle(MODEL))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"exposure_eur": [-1.0, 2.0]}, r"exposure_eur\[0\]\(=-1.0\)"),
        ({"lgd": 1.2}, r"lgd\[0\]"),
        ({"pd": [0.1, float("nan")]}, r"pd\[1\]"),
        ({"loadings": [[0.1, 0.1]]}, "loadings has shape"),
        ({"obligor": np.array([0, 2])}, r"obligor\[1\]\(=2\) must be in \[0, 2\)"),
        ({"pool": np.array([0, -1])}, r"pool\[0\]\(=0\) must be in \[-1, 0\)"),
        ({"guarantor": np.array([0.5, 1.0])}, "integers"),
    ],
)
def test_what_is_no_book_is_refused_with_the_value(change: dict[str, object], message: str) -> None:
    whole: dict[str, object] = {
        "exposure_eur": [1.0, 2.0],
        "lgd": 0.5,
        "pd": [0.1, 0.1],
        "loadings": [[0.1, 0.1], [0.2, 0.2]],
    }
    with pytest.raises(ValueError, match=message):
        portfolio(**(whole | change))  # type: ignore[arg-type]


def test_the_lgd_needs_a_factor_that_exists() -> None:
    with pytest.raises(ValueError, match="factors are economy, labour"):
        Dependence(through_the_cycle(MODEL), lgd_economy=0.2, economy="weather")
