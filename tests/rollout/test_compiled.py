"""Scalar rules of this room give the same bits compiled as in plain Python; and what they say, by hand."""

from __future__ import annotations

from math import log

import numpy as np
import pytest

from hybridsim.rollout import rules
from tests.support.compiled import assert_same_bits

N = 1_000
RNG = np.random.default_rng(20270102)


def real(low: float, high: float) -> np.ndarray:
    return RNG.uniform(low, high, N)


def whole(low: int, high: int) -> np.ndarray:
    return RNG.integers(low, high, N, dtype=np.int64)


def a_share() -> np.ndarray:
    """Shares with both ends among them."""
    shares = real(0.0, 1.0)
    shares[:5], shares[5:10] = 0.0, 1.0
    return shares


CASES = [
    (rules.campaign_probability, [a_share(), whole(1, 10**9), whole(1, 10**9), real(0.0, 5.0)]),
    (rules.peer_share, [real(0, 50), real(0, 100), real(0, 500), real(0, 1000), real(0, 200)]),
    (rules.adoption_hazard_pa, [a_share(), a_share(), a_share(), real(0, 8)]),
    (rules.overrun_factor, [real(0.5, 3), real(1e-6, 1), a_share(), real(1.01, 9), real(1, 50)]),
    (
        rules.years_of_effect,
        [real(0, 60), real(0, 9), real(9, 12), real(0, 4), a_share(), real(0, 12)],
    ),
    (rules.running_cents, [whole(0, 10**9), real(0, 60), real(0, 9)]),
    (rules.gate_probability, [real(-9, 9), *(real(-2, 2) for _ in range(7))]),
    (rules.next_call, [real(0, 480), whole(1, 13)]),
    (rules.call_close, [whole(1, 500), whole(1, 13)]),
    (rules.wave_sites, [whole(1, 60), whole(1, 60), real(0, 5), whole(0, 12)]),
]


@pytest.mark.parametrize(("rule", "arguments"), CASES, ids=[rule.__name__ for rule, _ in CASES])
def test_a_rule_gives_the_same_bits_compiled_as_in_plain_python(rule, arguments):
    assert_same_bits(rule, arguments)


def test_a_campaigns_odds_fall_by_a_power_of_its_target():
    # Odds of success are p/(1-p) at the reference and fall with the target to the power of the slope.
    for probability, times, slope in ((0.57, 6.0, 0.6), (0.2, 0.25, 1.3), (0.9, 1.0, 4.0)):
        chance = rules.campaign_probability(probability, round(times * 500_000), 500_000, slope)
        odds = probability / (1 - probability) * times**-slope
        assert chance == pytest.approx(odds / (1 + odds), rel=1e-12)
    assert (
        rules.campaign_probability(0.0, 5, 7, 2.0) == 0.0
        and rules.campaign_probability(1.0, 5, 7, 2.0) == 1.0
    )


def test_at_a_slope_of_nothing_the_target_does_not_matter():
    chances = {rules.campaign_probability(0.4, cents, 10_000, 0.0) for cents in (1, 10_000, 10**9)}
    assert len({round(chance, 12) for chance in chances}) == 1
    assert log(0.4 / 0.6) == pytest.approx(log(1 / (1 / chances.pop() - 1)))
