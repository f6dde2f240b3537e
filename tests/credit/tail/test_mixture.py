"""What is drawn from: shifts, shares, tilts and points."""

from __future__ import annotations

import numba
import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import kstest, norm

from hybridsim.credit.portfolio import Dependence, portfolio
from hybridsim.credit.simulation.preparing import prepare
from hybridsim.credit.tail import twist
from hybridsim.credit.tail.directions import maxima, shifted_laws
from hybridsim.credit.tail.drawing import WEIGHT, Drawing
from hybridsim.credit.tail.landscape import Landscape
from hybridsim.credit.tail.mixture import (
    DEFENSIVE_SHARE,
    LOWER_SHARE,
    Mixture,
    coordinates_of,
    mixture,
    own_law,
    refined,
)
from hybridsim.credit.tail.points import batch_points
from tests.credit.simulation.books import many_factors, year
from tests.credit.tail.books import sixty, two_sectors

RNG = np.random.default_rng(11)
NOBODY = np.full(2, -1)


@numba.njit
def tilt(chances, losses, copies, wanted, close):
    """The kernel's functions are called by compiled code only."""
    return twist.tilt(chances, losses, copies, wanted, close)


@numba.njit
def tilt_chances(chances, losses, theta, tilted):
    return twist.tilt_chances(chances, losses, theta, tilted)


def test_the_tilt_gives_the_wanted_mean_and_its_cumulant() -> None:
    chances, losses = RNG.uniform(0.001, 0.1, 50), RNG.uniform(0.0, 3.0, 50)
    theta = tilt(chances, losses, np.ones(50), 20.0, 1e-12)

    def mean(x: float) -> float:
        weight = chances * np.exp(x * losses)
        return float((losses * weight / (1.0 - chances + weight)).sum())

    assert theta == pytest.approx(brentq(lambda x: mean(x) - 20.0, 0.0, 20.0), rel=1e-9)
    tilted = np.empty(50)
    cumulant = tilt_chances(chances, losses, theta, tilted)
    assert cumulant == pytest.approx(np.log1p(chances * np.expm1(theta * losses)).sum(), rel=1e-12)
    assert (losses * tilted).sum() == pytest.approx(20.0, rel=1e-9)
    assert tilt(chances, losses, np.ones(50), 0.5 * mean(0.0), 1e-12) == 0.0
    doubled = tilt(np.tile(chances, 2), np.tile(losses, 2), np.ones(100), 20.0, 1e-12)
    assert tilt(chances, losses, np.full(50, 2.0), 20.0, 1e-12) == pytest.approx(doubled, rel=1e-9)


def test_a_loss_beyond_all_losses_ends_the_search() -> None:
    assert tilt(np.full(3, 0.1), np.ones(3), np.ones(3), 5.0, 1e-3) > 20.0


def test_coordinates_follow_their_laws_and_ratios_are_those_of_the_densities() -> None:
    law = Mixture(np.array([0.2, 0.5, 0.3]), np.array([[-2.0, 0.0], [0.5, -3.0]]), NOBODY[:2], 1.0)
    points = batch_points(1, 0, 8_192, 3)
    laws, z, ratios = np.empty(8_192, dtype=np.int64), np.empty((8_192, 2)), np.empty((2, 8_192))
    coordinates_of(points, law.shares, law.shifts, laws, z, ratios)
    lower = np.bincount(laws // 2, laws % 2) / np.bincount(laws // 2)
    np.testing.assert_allclose(lower, [0.0, LOWER_SHARE, LOWER_SHARE], atol=1e-2)
    laws //= 2
    assert np.abs(np.bincount(laws) / laws.size - law.shares).max() < 1e-3
    for number, shift in enumerate([np.zeros(2), *law.shifts]):
        for axis in range(2):
            assert kstest(z[laws == number, axis] - shift[axis], norm.cdf).pvalue > 1e-3
    own = norm.pdf(z).prod(axis=1)
    densities = [a * norm.pdf(z - m).prod(axis=1) for a, m in zip(law.shares[1:], law.shifts, strict=True)]
    np.testing.assert_allclose(ratios, densities / own, rtol=1e-9)


def test_one_factor_is_shifted_to_where_the_large_book_loses_so_much() -> None:
    """For many small loans the bound's maximum is at the state whose expected loss is the wanted one."""
    n, rho, pd = 20_000, 0.2, 0.02
    book = portfolio(np.ones(n), 1.0, np.full(n, pd), np.full((n, 1), np.sqrt(rho)))
    law = shifted_laws(Landscape(prepare(book, Dependence(year()))), 0.2 * n)
    state = (norm.ppf(pd) - np.sqrt(1 - rho) * norm.ppf(0.2)) / np.sqrt(rho)
    assert law.shifts.shape == (1, 1)
    assert law.shifts[0, 0] == pytest.approx(state, abs=0.05)


def test_two_separate_sectors_are_two_directions_and_one_economy_is_one() -> None:
    apart = shifted_laws(Landscape(prepare(*two_sectors())), 900.0)
    assert apart.shifts.shape[0] >= 2
    assert {int(np.argmin(shift)) for shift in apart.shifts} == {0, 1}
    book, dependence = many_factors(200)
    together = maxima(Landscape(prepare(book, dependence)), 0.08 * float(book.exposure_eur.sum()))
    assert len(together) == 1 and int(np.argmin(together[0][1])) == 0


def test_shares_hold_the_defensive_one_and_shifts_lie_on_their_grid() -> None:
    law = mixture(np.array([[1.2345], [-3.0]]), NOBODY[:2], np.array([1e-9, 1.0]), 5.0)
    assert law.shares[0] == DEFENSIVE_SHARE and law.shares.sum() == pytest.approx(1.0)
    assert law.shares[1] > 0.01
    assert (law.shifts * 64 == np.rint(law.shifts * 64)).all()


def test_refining_moves_a_shift_to_the_weighted_mean_of_its_tail() -> None:
    law = Mixture(np.array([0.2, 0.4, 0.4]), np.array([[-2.0, 0.0], [0.0, -2.0]]), NOBODY[:2], 1.0)
    centres = np.repeat([[-3.0, 0.0], [0.0, -4.0]], (500, 100), axis=0)
    far = centres + RNG.normal(0.0, 0.1, (600, 2))
    densities = np.exp(far @ law.shifts.T - 2.0) * 0.4
    moved = refined(law, far, densities, np.ones(600))
    np.testing.assert_allclose(moved.shifts, [[-3.0, 0.0], [0.0, -4.0]], atol=0.05)
    # Of the four fifths that are not defensive a fifth is spread evenly, the rest as five to one.
    np.testing.assert_allclose(
        moved.shares, [0.2, 0.8 * (0.8 * 5 / 6 + 0.1), 0.8 * (0.8 / 6 + 0.1)], atol=2e-3
    )


def test_a_wrong_law_is_slow_but_not_wrong() -> None:
    """Shifted the wrong way, the weights still average to 1 and give the exact expected loss."""
    book, dependence = sixty()
    law = Mixture(np.array([0.3, 0.7]), np.array([[1.5]]), NOBODY[:1], 500.0)
    drawing = Drawing(prepare(book, dependence), law, 7, "wrong", 1_024)
    told = drawing.batches(range(60), 2, None, 0)
    for values, truth in (
        (told[WEIGHT], 1.0),
        (told[WEIGHT] * told[0], float((book.pd * book.exposure_eur).sum())),
    ):
        means = values.mean(axis=1)
        assert abs(means.mean() - truth) < 4.0 * means.std(ddof=1) / np.sqrt(60)


def test_points_are_even_uniform_and_the_same_alone() -> None:
    first = batch_points(5, 3, 256, 4)
    assert np.array_equal(first, batch_points(5, 3, 256, 4))
    assert not np.array_equal(first, batch_points(5, 4, 256, 4))
    assert not np.array_equal(first, batch_points(6, 3, 256, 4))
    assert first.min() > 0.0 and first.max() < 1.0
    # A net: each 1/256 of every axis holds exactly one point.
    assert all(len(set((first[:, axis] * 256).astype(int))) == 256 for axis in range(4))
    means = [batch_points(1, batch, 2, 1)[0, 0] for batch in range(2_000)]
    assert kstest(means, "uniform").pvalue > 1e-3


def test_the_own_law_gives_plain_weights() -> None:
    drawing = Drawing(prepare(*sixty()), own_law(1), 1, "plain", 64)
    told, _ = drawing.tell(0)
    assert (told[WEIGHT] == 1.0).all()


def test_losses_of_loans_add_up_to_those_of_scenarios() -> None:
    book, dependence = many_factors(40, lgd_sigma=0.3)
    prepared = prepare(book, dependence)
    landscape = Landscape(prepared)
    law = shifted_laws(landscape, 0.1 * float(book.exposure_eur.sum()))
    drawing = Drawing(prepared, law, 1, "sums", 128)
    told, none = drawing.tell(2)
    assert none.shape == (0, 40)
    factors = np.zeros((2, 128))
    factors[0], factors[1, 5] = 1.0, 2.0
    again, sums = drawing.tell(2, factors)
    assert np.array_equal(told, again)
    assert sums[0].sum() == pytest.approx(told[0].sum(), rel=1e-12)
    assert sums[1].sum() == pytest.approx(2.0 * told[0, 5], rel=1e-12)
