"""Finding the step of a knob at which a figure meets its target."""

from __future__ import annotations

import math
import random

import pytest

from hybridsim.study.root import Root, evaluations_at_most, find


class Counted:
    """A figure that knows where it was asked, and is asked nowhere twice."""

    def __init__(self, figure):
        self.figure, self.asked = figure, []

    def __call__(self, step: int) -> float:
        assert step not in self.asked
        self.asked.append(step)
        return self.figure(step)


SMOOTH = {
    "a line": (lambda x: x - 337.3, 337.3),
    "a falling line": (lambda x: 500.2 - x, 500.2),
    "saturating": (lambda x: 1.0 - math.exp(-x / 50.0) - 0.9, 50.0 * math.log(10.0)),
    "falling and saturating": (lambda x: math.exp(-x / 50.0) - 0.1, 50.0 * math.log(10.0)),
    "convex": (lambda x: (x / 1000.0) ** 6 - 0.3, 1000.0 * 0.3 ** (1 / 6)),
    "flat after a rise": (lambda x: min(x, 80.0) - 60.3, 60.3),
}


@pytest.mark.parametrize("case", SMOOTH, ids=str)
def test_the_root_is_one_of_the_two_steps_around_it(case):
    figure, root = SMOOTH[case]
    counted = Counted(figure)
    found = find(counted, 1000, 0.0)
    assert found.status == "jump"
    assert abs(found.step - root) < 1.0
    assert found.difference == figure(found.step)
    assert len(counted.asked) <= evaluations_at_most(1000) == 15


def test_a_tolerance_saves_evaluations():
    counted = Counted(lambda x: 2.0 * x - 700.0)
    found = find(counted, 1000, 5.0)
    assert found.status == "reached" and abs(found.difference) <= 5.0
    assert len(counted.asked) <= 4


def test_an_end_that_meets_the_target_ends_the_search():
    for sign in (1.0, -1.0):
        counted = Counted(lambda x, sign=sign: sign * x)
        assert find(counted, 1000, 0.5) == Root(0, 0.0, "reached")
        assert counted.asked == [0]
    counted = Counted(lambda x: x - 1000.0)
    assert find(counted, 1000, 0.5).step == 1000
    assert counted.asked == [0, 1000]


@pytest.mark.parametrize(
    ("figure", "step", "difference"),
    [
        (lambda x: x + 5.0, 0, 5.0),
        (lambda x: x - 1500.0, 1000, -500.0),
        (lambda x: -x - 5.0, 0, -5.0),
        (lambda x: 3.0, 0, 3.0),
    ],
)
def test_a_target_beyond_both_ends_is_said_and_the_nearer_end_is_given(figure, step, difference):
    counted = Counted(figure)
    assert find(counted, 1000, 1.0) == Root(step, difference, "out_of_reach")
    assert len(counted.asked) == 2


@pytest.mark.parametrize("steps", [1, 2, 3, 5, 8, 17, 100, 999, 1000, 1024])
def test_a_jump_is_found_wherever_it_is_and_however_lopsided(steps):
    for case in range(200):
        draw = random.Random(1000 * steps + case)
        last_below = draw.randrange(steps)
        down, up = draw.choice([1e-3, 1.0, 1e4]), draw.choice([1e-3, 1.0, 1e4])
        sign = draw.choice([-1.0, 1.0])

        def jump(x, last=last_below, down=sign * down, up=sign * up):
            return up * (x - last) if x > last else -down * (last - x + 1)

        counted = Counted(jump)
        found = find(counted, steps, 0.0)
        assert found.status == "jump"
        assert found.step in (last_below, last_below + 1)
        assert abs(found.difference) == min(down, up)
        assert len(counted.asked) <= evaluations_at_most(steps)


def test_noise_that_breaks_monotony_moves_the_answer_but_does_not_lose_it():
    for case in range(200):
        noise = random.Random(case)
        bumps = [noise.gauss(0.0, 20.0) for _ in range(1001)]

        def noisy(x, bumps=bumps):
            return x - 400.0 + bumps[x]

        found = find(Counted(noisy), 1000, 3.0)
        assert abs(found.difference) == abs(noisy(found.step))
        assert abs(found.step - 400) < 100
