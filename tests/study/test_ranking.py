"""Rank correlations, against SciPy's and against noise."""

import numpy as np
import pytest
from scipy import stats

from hybridsim.study.ranking import noise_level, rank


def test_correlations_are_those_of_scipy():
    noise = np.random.default_rng(1)
    x, y = noise.random((30, 4)), np.round(noise.random(30), 1)
    wanted = [stats.spearmanr(x[:, k], y).statistic for k in range(4)]
    assert [found.correlation for found in rank(x, y)] == pytest.approx(wanted)


def test_the_planted_unknown_is_found_among_many():
    noise = np.random.default_rng(2)
    x = noise.random((64, 300))
    found = rank(x, 5.0 * x[:, 17] ** 3 + 0.3 * x[:, 40] + 0.2 * noise.standard_normal(64))
    assert [k for k, influence in enumerate(found) if influence.stands_out] == [17]
    assert found[17].share > 0.8
    assert found[17].low < found[17].correlation < found[17].high


def test_nothing_stands_out_of_noise_more_often_than_said():
    noise = np.random.default_rng(3)
    alarms = sum(
        any(found.stands_out for found in rank(noise.random((20, 50)), noise.random(20))) for _ in range(600)
    )
    # 600 cases at 5 %: 30, standard deviation 5.3.
    assert 14 <= alarms <= 46


def test_the_interval_covers_the_true_correlation():
    noise = np.random.default_rng(4)
    covered = 0
    true = 6.0 / np.pi * np.arcsin(0.6 / 2.0)  # Spearman's of a normal pair with correlation 0.6
    for _ in range(400):
        x = noise.standard_normal(40)
        y = 0.6 * x + 0.8 * noise.standard_normal(40)
        (found,) = rank(x[:, None], y)
        covered += found.low <= true <= found.high
    assert covered / 400 == pytest.approx(0.95, abs=0.03)


def test_fewer_draws_need_a_stronger_effect():
    assert noise_level(16, 500) > noise_level(64, 500) > noise_level(64, 5)


def test_a_figure_that_does_not_move_and_too_few_draws_are_not_ranked():
    x = np.random.default_rng(5).random((20, 3))
    assert rank(x, np.ones(20)) == []
    assert rank(x[:7], x[:7, 0]) == []
