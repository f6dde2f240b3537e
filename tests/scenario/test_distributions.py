"""Locations against numerical integration by another rule and against limits."""

from __future__ import annotations

import math
import statistics

import pytest

from hybridsim.scenario.population.distributions import (
    pd_location,
    pd_of,
    pick,
    readiness_location,
    readiness_of,
)

Z = [statistics.NormalDist().inv_cdf((k + 0.5) / 20_000) for k in range(20_000)]


@pytest.mark.parametrize("mean", [0.001, 0.004, 0.009, 0.018, 0.1])
@pytest.mark.parametrize("sigma", [0.0, 0.5, 0.9, 1.5])
def test_the_mean_pd_is_the_stated_one(mean, sigma):
    location = pd_location(mean, sigma)
    drawn = [min(max(1 / (1 + math.exp(-location - sigma * z)), 0.0005), 0.30) for z in Z]
    assert statistics.fmean(drawn) == pytest.approx(mean, rel=1e-3)
    assert pd_of(location, sigma, 0.3) == pytest.approx(
        min(max(1 / (1 + math.exp(-location - sigma * 0.3)), 0.0005), 0.30)
    )


@pytest.mark.parametrize(("mean", "sd"), [(0.4, 0.15), (0.05, 0.2), (0.95, 0.3), (0.5, 0.0)])
def test_the_mean_readiness_is_the_stated_one(mean, sd):
    location = readiness_location(mean, sd)
    assert statistics.fmean(min(max(location + sd * z, 0.0), 1.0) for z in Z) == pytest.approx(mean, abs=2e-4)
    assert readiness_of(location, sd, 99.0 if sd else 0.0) == (1.0 if sd else pytest.approx(mean))


def test_pick_follows_the_weights_and_never_takes_a_zero():
    weights = [0.0, 1.0, 3.0, 0.0]
    assert [pick(u, weights) for u in (1e-12, 0.249, 0.251, 1 - 1e-12)] == [1, 1, 2, 2]
