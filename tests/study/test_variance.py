"""The split of a spread, against closed forms and against sums written out."""

import math

import numpy as np
import pytest

from hybridsim.study.variance import split

UNKNOWNS, SHARED, OWN = 1.5, 2.0, 1.0
"""Standard deviations of what draws do, of what futures do in every draw, and of what both do together."""


def table(noise: np.random.Generator, draws: int, replications: int, mean: float = 10.0) -> np.ndarray:
    a = UNKNOWNS * noise.standard_normal((draws, 1))
    b = SHARED * noise.standard_normal(replications)
    return mean + a + b + OWN * noise.standard_normal((draws, replications))


def test_variances_are_found_without_bias():
    noise = np.random.default_rng(1)
    found = [split(table(noise, 12, 5)) for _ in range(1500)]
    # sd of the mean of 1,500 estimates is about 0.03 (V) and 0.09 (chance: 5 futures, shared by all draws).
    assert np.mean([f.unknowns_variance for f in found]) == pytest.approx(UNKNOWNS**2, abs=0.1)
    assert np.mean([f.chance_variance for f in found]) == pytest.approx(SHARED**2 + OWN**2, abs=0.3)
    of_mean = np.var([f.mean for f in found])
    assert np.mean([f.se**2 for f in found]) == pytest.approx(of_mean, rel=0.1)


def test_subtracting_all_of_chance_would_be_wrong_with_shared_replications():
    noise = np.random.default_rng(2)
    naive = []
    for _ in range(1500):
        futures = table(noise, 12, 5)
        naive.append(futures.mean(axis=1).var(ddof=1) - futures.var(axis=1, ddof=1).mean() / 5)
    assert np.mean(naive) == pytest.approx(UNKNOWNS**2 - SHARED**2 / 5, abs=0.1)


def test_the_formula_is_the_two_way_table_written_out():
    futures = table(np.random.default_rng(3), 6, 4)
    rows = [sum(row) / 4 for row in futures.tolist()]
    columns = [sum(column) / 6 for column in futures.T.tolist()]
    mean = sum(rows) / 6
    rest = sum(
        (futures[d][r] - rows[d] - columns[r] + mean) ** 2 for d in range(6) for r in range(4)
    ) / (5 * 3)  # fmt: skip
    between = sum((row - mean) ** 2 for row in rows) / 5
    within = sum((futures[d][r] - rows[d]) ** 2 for d in range(6) for r in range(4)) / (6 * 3)
    found = split(futures)
    assert found.mean == pytest.approx(mean)
    assert found.unknowns_variance == pytest.approx(between - rest / 4)
    assert found.chance_variance == pytest.approx(within)
    assert found.share == pytest.approx((between - rest / 4) / (between - rest / 4 + within))


def test_ranges_hold_what_they_say_for_normal_figures():
    found = split(table(np.random.default_rng(4), 400, 400))
    for (low, high), variance in (
        (found.chance, SHARED**2 + OWN**2),
        (found.unknowns, UNKNOWNS**2),
        (found.both, UNKNOWNS**2 + SHARED**2 + OWN**2),
    ):
        assert (high - low) / 2 == pytest.approx(1.96 * math.sqrt(variance), rel=0.1)


def test_the_interval_of_the_share_covers_it():
    noise = np.random.default_rng(5)
    true = UNKNOWNS**2 / (UNKNOWNS**2 + SHARED**2 + OWN**2)
    found = [split(table(noise, 40, 40)) for _ in range(60)]
    covered = sum(f.share_low <= true <= f.share_high for f in found)
    # Resampling draws knows nothing of the error in chance itself, so somewhat less than 95 %.
    assert covered >= 45


def test_what_cannot_be_negative_gets_a_range_above_zero():
    futures = np.exp(2.0 * np.random.default_rng(6).standard_normal((20, 20)))
    assert split(futures, never_negative=True).both[0] > 0.0
    assert split(futures).both[0] < 0.0


def test_without_any_spread_there_is_no_share():
    found = split(np.full((6, 3), 0.1))
    assert found.share is None and found.share_low is None
    assert found.both == pytest.approx((0.1, 0.1))


def test_unknowns_alone_make_all_of_the_spread():
    futures = np.arange(8.0)[:, None] + np.zeros(5)
    found = split(futures)
    assert found.share == 1.0
    assert found.unknowns_variance == pytest.approx(6.0)
