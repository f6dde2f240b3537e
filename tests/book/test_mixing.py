"""Mixtures of futures, against one pooled sample, a closed form, and repeated draws of futures."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtr
from scipy.stats import norm, skew

from hybridsim.book.mixing import FutureLosses, future_seed, mixed


def future(number: int, losses, chances=None) -> FutureLosses:
    loss = np.asarray(losses, dtype=np.float64)
    equal = np.full(loss.size, 1.0 / loss.size)
    return FutureLosses(number, 100.0, loss, equal if chances is None else np.asarray(chances))


def test_futures_of_equal_size_are_one_pooled_sample():
    noise = np.random.default_rng(1)
    parts = noise.lognormal(size=(7, 4_000)) * np.arange(1, 8)[:, None]
    found = mixed([future(n, part) for n, part in enumerate(parts)], 0.99)
    pooled = np.sort(parts.ravel())
    at_risk = pooled[int(np.ceil(0.99 * pooled.size)) - 1]
    assert found.expected_loss.value == pytest.approx(pooled.mean())
    assert found.value_at_risk.value == at_risk
    assert found.expected_shortfall.value == pytest.approx(pooled[-pooled.size // 100 :].mean())


def test_a_future_counts_once_however_many_losses_stand_for_it():
    """Two normal laws, one told by weighted points: the mixture's quantile solves the mean of two tails."""
    points = np.linspace(-6.0, 6.0, 60_001)
    weight = norm.pdf(points)
    one = future(0, points + 10.0, weight / weight.sum())
    coarse = points[::10]
    other = future(1, 3.0 * coarse + 10.0, norm.pdf(coarse) / norm.pdf(coarse).sum())
    found = mixed([one, other], 0.995)
    tails = 0.5 * (
        norm.sf(found.value_at_risk.value - 10.0) + norm.sf((found.value_at_risk.value - 10.0) / 3.0)
    )
    assert tails == pytest.approx(0.005, rel=0.01)
    excess = [
        s * norm.pdf(a := (found.value_at_risk.value - 10.0) / s) - s * a * norm.sf(a) for s in (1.0, 3.0)
    ]
    expected = found.value_at_risk.value + 0.5 * sum(excess) / 0.005
    assert found.expected_shortfall.value == pytest.approx(expected, rel=0.001)
    assert found.futures.expected_loss_eur.tolist() == pytest.approx([10.0, 10.0])
    assert found.futures.var_eur.tolist() == pytest.approx(
        [10.0 + norm.isf(0.005), 10.0 + 3.0 * norm.isf(0.005)], abs=0.01
    )
    assert found.futures.es_eur.tolist() == pytest.approx(
        [10.0 + norm.pdf(norm.isf(0.005)) / 0.005 * s for s in (1.0, 3.0)], abs=0.01
    )
    assert found.futures.beyond.mean() == pytest.approx(0.005, rel=0.01)


def vasicek(size: int) -> tuple[np.ndarray, np.ndarray]:
    """Loss rates of a large book (PD 2 %, R2 0.2) as multiples of their mean, with probabilities."""
    beyond = [np.linspace(1.0, 0.05, size // 2, endpoint=False), np.geomspace(0.05, 1e-7, size // 2), [0.0]]
    edges = 1.0 - np.concatenate(beyond)
    middles = 0.5 * (edges[1:] + edges[:-1])
    rates = ndtr((norm.ppf(0.02) + np.sqrt(0.2) * norm.ppf(middles)) / np.sqrt(0.8))
    return rates / (rates @ np.diff(edges)), np.diff(edges)


@pytest.mark.parametrize(("count", "spread"), [(10, 0.2), (10, 0.4), (50, 0.4)])
def test_intervals_of_the_tail_hold_the_mixture_of_all_futures_as_often_as_they_say(count, spread):
    """Futures of a lognormal scale, some at a time, 1,000 times, at 99.9 %; the truth from all scales."""
    level, repeats = 0.999, 1_000
    noise, (losses, chances) = np.random.default_rng(4), vasicek(600)
    every = np.exp(spread * norm.ppf((np.arange(2_000) + 0.5) / 2_000))
    whole = mixed([future(n, scale * losses, chances) for n, scale in enumerate(every)], level)
    figures = ("expected_loss", "value_at_risk", "expected_shortfall")
    hits = dict.fromkeys(figures, 0)
    for _ in range(repeats):
        drawn = np.exp(spread * noise.standard_normal(count))
        found = mixed([future(n, scale * losses, chances) for n, scale in enumerate(drawn)], level)
        for name in figures:
            low, high = getattr(found, name).ci_low, getattr(found, name).ci_high
            hits[name] += low <= getattr(whole, name).value <= (np.inf if high is None else high)
    held = {name: count / repeats for name, count in hits.items()}
    assert all(0.92 <= share <= 0.995 for share in held.values()), held


def test_intervals_of_the_tail_are_widened_the_more_the_fewer_futures_there_are():
    """By hand: half-widths are Student's quantiles at 1 - 0.025 n/(n + 40), the mean's at 97.5 %."""
    for n, quantile in ((5, 5.4366), (10, 3.2498)):
        even = np.concatenate([[-1.0, 1.0] * (n // 2), [0.0] * (n % 2)])
        parts = [future(k, [0.0, 100.0 + value], [0.5, 0.5]) for k, value in enumerate(even)]
        found = mixed(parts, 0.5).expected_shortfall
        assert found.value - found.ci_low == pytest.approx(quantile * found.se, rel=1e-4)


def test_the_interval_of_a_mean_is_that_of_hall():
    """His transformation by hand: t + a t^2/3 + a^2 t^3/27 + a/6 of either end is Student's quantile."""
    values = np.array([1.0, 2.0, 2.5, 3.0, 9.0])
    found = mixed([future(n, [value]) for n, value in enumerate(values)], 0.5).expected_loss
    a = skew(values) / np.sqrt(5)
    for end, quantile in ((found.ci_low, 2.776445), (found.ci_high, -2.776445)):
        t = (values.mean() - end) / (values.std(ddof=1) / np.sqrt(5))
        assert t + a * t * t / 3.0 + a * a * t**3 / 27.0 + a / 6.0 == pytest.approx(quantile, rel=1e-6)


def test_a_single_future_has_no_interval():
    found = mixed([future(3, [0.0, 1.0, 5.0, 9.0])], 0.5)
    assert (found.value_at_risk.value, found.expected_shortfall.value) == (1.0, 7.0)
    assert found.expected_loss.ci_low is None
    assert "single future" in found.value_at_risk.method


def test_an_end_that_needs_more_futures_is_missing():
    quiet, bad = np.zeros(1_000), np.arange(1_000.0)
    found = mixed([future(0, quiet), future(1, quiet), future(2, bad)], 0.99)
    assert found.value_at_risk.ci_high is None
    assert "needs more futures" in found.value_at_risk.method


def test_a_future_without_loans_loses_nothing():
    found = mixed([future(0, [0.0]), future(1, np.arange(100.0))], 0.9)
    assert found.value_at_risk.value == 79.0
    assert found.futures.es_eur[0] == 0.0


def test_seeds_of_futures_differ_and_are_the_same_again():
    seeds = {future_seed(seed, number) for seed in range(20) for number in range(50)}
    assert len(seeds) == 1_000
    assert all(0 <= seed < 2**63 for seed in seeds)
    assert future_seed(7, 3) == future_seed(7, 3)


@pytest.mark.parametrize(
    ("futures", "level", "message"),
    [
        ([], 0.9, "empty"),
        ([future(0, [1.0])], 1.0, "level"),
        ([future(0, [1.0], [0.5])], 0.9, "add up to 0.5"),
    ],
)
def test_what_is_no_mixture_is_refused(futures, level, message):
    with pytest.raises(ValueError, match=message):
        mixed(futures, level)
