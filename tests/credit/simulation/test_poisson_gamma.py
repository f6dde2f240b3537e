"""CreditRisk+ by simulation against its own paper and its closed form."""

from __future__ import annotations

import numpy as np
import pytest

from hybridsim.credit.creditrisk_plus import credit_risk_plus, unexpected_loss
from hybridsim.credit.distribution import bands, expected_shortfall, mean, value_at_risk
from hybridsim.credit.simulation import estimate
from hybridsim.credit.simulation.poisson_gamma import simulate_credit_risk_plus
from tests.credit.test_creditrisk_plus import EXPOSURE, PD, VARIANCE, WEIGHTS


def test_example_1a_of_the_paper_is_within_the_intervals():
    """CSFP (1997), 25 obligors, standard deviation PD/2; fine unit: SD 12,613,104, 99 % 55,242,706."""
    sample = simulate_credit_risk_plus(EXPOSURE, PD, WEIGHTS, VARIANCE, 1_000_000, 3)
    wanted = (14_221_863.0, 12_613_104.0, 55_242_706.0)
    found = (
        estimate.expected_loss(sample),
        estimate.standard_deviation(sample),
        estimate.value_at_risk(sample, 0.99),
    )
    for figure, value in zip(found, wanted, strict=True):
        assert figure.ci_low <= value <= figure.ci_high
    assert found[1].se < 0.002 * found[1].value


def test_several_sectors_agree_with_the_closed_form():
    rng = np.random.default_rng(2)
    n = 60
    units = rng.integers(1, 10, n).astype(float)
    pd = rng.uniform(0.005, 0.08, n)
    weights = rng.dirichlet(np.ones(4), n)[:, :3]
    weights[:10] = 0.0
    variance = np.array([0.5, 0.0, 4.0])
    loans = bands(units, pd, 1.0)
    exact = credit_risk_plus(loans, weights, variance)
    parts = np.arange(n) % 2
    sample = simulate_credit_risk_plus(units, pd, weights, variance, 400_000, 5, parts=parts)
    for figure, value in (
        (estimate.expected_loss(sample), mean(exact)),
        (estimate.standard_deviation(sample), unexpected_loss(loans, weights, variance)),
        (estimate.expected_shortfall(sample, 0.99), expected_shortfall(exact, 0.99)),
    ):
        assert abs(figure.value - value) < 4.0 * figure.se
    for level in (0.99, 0.999):
        loss = value_at_risk(exact, level)
        beyond = 400_000 * float(exact.probabilities[int(loss) + 1 :].sum())
        assert abs((sample.tail.loss_eur > loss).sum() - beyond) < 4.0 * np.sqrt(beyond)
    even = parts == 0
    half = credit_risk_plus(bands(units[even], pd[even], 1.0), weights[even], variance)
    base = estimate.expected_shortfall(sample, 0.99, base=True)
    assert abs(base.value - expected_shortfall(half, 0.99)) < 4.0 * base.se


def test_rows_and_threads_change_no_bit():
    rng = np.random.default_rng(4)
    losses, pd = rng.uniform(1.0, 5.0, 30), rng.uniform(0.01, 0.1, 30)
    weights = rng.dirichlet(np.ones(3), 30)[:, :2]
    rows = rng.permutation(30)
    one = simulate_credit_risk_plus(losses, pd, weights, [0.3, 1.0], 5_000, 1, workers=1)
    other = simulate_credit_risk_plus(losses[rows], pd[rows], weights[rows], [0.3, 1.0], 5_000, 1, workers=2)
    assert one.tail.loss_eur.tobytes() == other.tail.loss_eur.tobytes()
    assert one.sums.tobytes() == other.sums.tobytes()


@pytest.mark.parametrize(
    ("weights", "variance", "message"),
    [
        (np.ones((3, 1)), [0.1], "sector_weights has shape"),
        (np.full((2, 2), 0.7), [0.1, 0.1], "summed over sectors"),
        (np.ones((2, 1)), [-0.1], "sector_variance"),
    ],
)
def test_wrong_sectors_are_refused(weights: np.ndarray, variance: list[float], message: str):
    with pytest.raises(ValueError, match=message):
        simulate_credit_risk_plus([1.0, 2.0], [0.1, 0.1], weights, variance, 100, 1)
