"""Weighted samples: figures and intervals against distributions that are known exactly."""

from __future__ import annotations

from math import exp, sqrt

import numpy as np
import pytest
from scipy.stats import binom, norm

from hybridsim.credit.tail.sample import Sample, t_quantile

LEVEL = 0.999
QUANTILE = exp(float(norm.ppf(LEVEL)))
SHORTFALL = exp(0.5) * float(norm.cdf(1.0 - norm.ppf(LEVEL))) / (1.0 - LEVEL)
SPREAD = sqrt(exp(1.0) * (exp(1.0) - 1.0))
SHIFT = 3.1


def lognormal(seed: int, batches: int = 32, size: int = 64, *, control: bool = False) -> Sample:
    """Log-normal losses, four fifths of them drawn with a shift."""
    rng = np.random.default_rng(seed)
    z = rng.standard_normal((batches, size)) + SHIFT * (rng.random((batches, size)) < 0.8)
    weight = 1.0 / (0.2 + 0.8 * np.exp(SHIFT * z - 0.5 * SHIFT * SHIFT))
    return Sample(np.exp(z), weight, np.exp(0.5 * z) if control else None, exp(0.125))


@pytest.mark.parametrize("control", [False, True])
def test_intervals_cover_the_truth_in_ninety_five_of_a_hundred_runs(control: bool) -> None:
    runs = 400
    hits = dict.fromkeys(("var", "es", "mean", "sd"), 0)
    for seed in range(runs):
        sample = lognormal(seed, control=control)
        for name, figure, truth in (
            ("var", sample.value_at_risk(LEVEL), QUANTILE),
            ("es", sample.expected_shortfall(LEVEL), SHORTFALL),
            ("mean", sample.mean(sample.loss), exp(0.5)),
            ("sd", sample.standard_deviation(), SPREAD),
        ):
            hits[name] += figure.low <= truth <= figure.high
    # A right interval leaves this range once in ten thousand tests.
    low, high = binom.interval(0.9999, runs, 0.95)
    assert all(low <= count <= high for count in hits.values()), hits


def test_calibrated_weights_meet_the_means_that_are_known() -> None:
    sample = lognormal(1, control=True)
    assert abs(sample.weight.mean() - 1.0) > 1e-4
    assert sample.calibrated.mean() == pytest.approx(1.0, abs=1e-12)
    assert (sample.calibrated * np.sqrt(sample.loss)).mean() == pytest.approx(exp(0.125), rel=1e-12)


def test_a_control_that_explains_the_figure_leaves_no_error() -> None:
    sample = lognormal(2, control=True)
    exact = sample.mean(3.0 * np.sqrt(sample.loss) + 2.0)
    assert exact.value == pytest.approx(3.0 * exp(0.125) + 2.0, rel=1e-12)
    assert exact.se < 1e-12


def test_without_weights_it_is_the_plain_sample() -> None:
    loss = np.random.default_rng(4).exponential(size=(16, 500))
    sample = Sample(loss, np.ones_like(loss))
    assert sample.quantile(0.01) == np.sort(loss, axis=None)[-81]
    assert sample.mean(loss).value == pytest.approx(loss.mean(), rel=1e-13)
    assert sample.mean(loss).se == pytest.approx(loss.mean(axis=1).std(ddof=1) / 4.0, rel=1e-12)
    tail = np.sort(loss, axis=None)[-80:].mean()
    assert sample.expected_shortfall(0.99).value == pytest.approx(tail, rel=1e-12)
    assert sample.effective_size(0.0) == loss.size


def test_a_loss_that_carries_the_level_is_the_value_at_risk_for_certain() -> None:
    """99 % nothing, 1 % one euro, of which every batch has its exact share: no interval is left."""
    loss = np.zeros((10, 100))
    loss[:, 0] = 1.0
    sample = Sample(loss, np.ones_like(loss))
    assert (sample.value_at_risk(0.98).low, sample.value_at_risk(0.98).high) == (0.0, 0.0)
    assert (sample.value_at_risk(0.995).value, sample.expected_shortfall(0.995).value) == (1.0, 1.0)
    assert sample.expected_shortfall(0.98).value == pytest.approx(0.5)


def test_an_end_beyond_the_sample_is_missing_in_tables() -> None:
    loss = np.random.default_rng(4).exponential(size=(8, 50))
    figure = Sample(loss, np.ones_like(loss)).value_at_risk(0.999)
    assert figure.high == np.inf
    shown = figure.estimate(400, "test")
    assert (shown.ci_high, shown.se, shown.n) == (None, None, 400)


def test_heavy_weights_are_few_effective_scenarios() -> None:
    weight = np.ones((8, 8))
    weight[0, 0] = 1e6
    loss = np.zeros((8, 8))
    loss[0] = 1.0
    assert Sample(loss, weight).effective_size(1.0) == pytest.approx(1.0, abs=1e-4)


def test_student_t_and_wrong_shapes() -> None:
    assert t_quantile(31) == pytest.approx(2.0395134464, abs=1e-9)
    with pytest.raises(ValueError, match="B >= 8"):
        Sample(np.ones((4, 10)), np.ones((4, 10)))
