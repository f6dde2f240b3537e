"""Mean losses given default, against estates that are drawn and shared out one by one."""

import numpy as np
import pytest
from scipy.special import ndtr, ndtri

from hybridsim.credit.estate import U_SHAPED_SIGMA
from hybridsim.credit.estate_lgd import mean_lgds
from hybridsim.finance.waterfall import distribute, free_estate_cents, senior_pool_cents

S = U_SHAPED_SIGMA
CASES = {
    "no headroom": (0.0, 0.25, 1_000_000, 400_000, 300_000, 0),
    "headroom and a junior loan": (0.6, 0.25, 1_000_000, 400_000, 300_000, 200_000),
    "more collateral than debt": (0.1, 0.5, 200_000, 450_000, 300_000, 100_000),
    "only a junior loan": (0.3, 0.0, 500_000, 100_000, 0, 250_000),
}


def drawn(headroom, b, debt, collateral, senior, junior, mu, pd, rho, draws=400_000):
    """Losses of senior and junior loans in defaults of a one-year simulation, estate by estate."""
    noise = np.random.default_rng(5)
    economy, own, spread = noise.standard_normal((3, draws))
    fails = np.flatnonzero(rho * economy + np.sqrt(1.0 - rho**2) * own <= ndtri(pd))
    shares = ndtr(mu + b * economy[fails] + S * spread[fails])
    losses = []
    for share in shares:
        pool = senior_pool_cents(collateral, debt, 0, senior)
        estate = free_estate_cents(share, headroom, pool)
        paid = distribute(collateral, estate, debt, 0, (senior,), (junior,))
        losses.append(
            (
                1.0 - paid.project_senior[0] / senior if senior else np.nan,
                1.0 - paid.subordinated[0] / junior if junior else np.nan,
            )
        )
    return np.array(losses)


@pytest.mark.parametrize("name", CASES)
def test_the_mean_is_that_of_drawn_defaults(name: str):
    headroom, b, debt, collateral, senior, junior = CASES[name]
    mu, pd, rho = -0.1, 0.05, 0.4
    found = drawn(headroom, b, debt, collateral, senior, junior, mu, pd, rho)
    expected = mean_lgds(
        [mu], b, S, headroom, ndtri([pd]), [rho],
        [max(debt - collateral, 0) + senior], [max(collateral - debt, 0)], [junior],
    )  # fmt: skip
    for column, value in enumerate(expected):
        sample = found[:, column]
        if not np.isnan(sample).all():
            assert abs(sample.mean() - value[0]) < 4.0 * sample.std() / np.sqrt(len(sample)), (name, column)


def test_a_known_economy_takes_the_place_of_its_mean():
    """Without headroom and surplus the mean over the estate has a closed form."""
    states = np.array([-2.0, 0.0, 1.5])
    senior, _ = mean_lgds([0.2] * 3, 0.3, S, 0.0, [-2.0] * 3, 0.3, 1.0, 0.0, 0.0, states)
    assert senior == pytest.approx(1.0 - ndtr((0.2 + 0.3 * states) / np.sqrt(1.0 + S * S)), abs=1e-9)


def test_many_obligors_are_what_they_are_alone():
    noise = np.random.default_rng(1)
    columns = [noise.normal(size=600), noise.uniform(-3, -1, 600), noise.uniform(0, 0.6, 600)]
    amounts = noise.uniform(0, 5, (3, 600))
    many = mean_lgds(columns[0], 0.25, S, 0.2, columns[1], columns[2], *amounts)
    for n in (0, 255, 256, 599):
        one = mean_lgds(
            columns[0][n : n + 1], 0.25, S, 0.2, columns[1][n : n + 1], columns[2][n], *amounts[:, n]
        )
        assert (many[0][n], many[1][n]) == pytest.approx((one[0][0], one[1][0]), abs=1e-14)


def test_wrong_amounts_are_refused():
    with pytest.raises(ValueError, match="junior"):
        mean_lgds([0.0], 0.2, S, 0.0, [-2.0], [0.3], [1.0], [0.0], [-1.0])
