"""Factor matrices against eigenvalues worked out by hand."""

from __future__ import annotations

import pytest

from hybridsim.scenario.schema.matrices import matrix_faults


def two(rho):
    return [[1.0, rho], [rho, 1.0]]


def diagonal(a, b):
    return [[a, 0.0], [0.0, b]]


def test_a_two_factor_process_is_accepted_exactly_up_to_its_limit():
    # Q = [[1-a^2, r(1-ab)], [., 1-b^2]]; with r = 0.5, a = 0: singular at b^2 = 1 - r^2 = 0.75
    assert matrix_faults(2, diagonal(0.0, 0.75**0.5 - 1e-6), two(0.5), None) == []
    [fault] = matrix_faults(2, diagonal(0.0, 0.75**0.5 + 1e-3), two(0.5), None)
    assert "C - A C A'" in fault


def test_the_smallest_eigenvalue_is_quoted():
    # a single factor: Q = 1 - a^2 = -0.44 at a = 1.2
    [fault] = matrix_faults(1, [[1.2]], [[1.0]], None)
    assert "smallest eigenvalue -0.44;" in fault
    # equal correlation r among three: smallest eigenvalue 1 + 2 r = -0.2 at r = -0.6
    c = [[1.0, -0.6, -0.6], [-0.6, 1.0, -0.6], [-0.6, -0.6, 1.0]]
    [fault] = matrix_faults(3, [[0.0] * 3] * 3, c, None)
    assert fault.endswith("smallest eigenvalue -0.2")


def test_perfectly_correlated_factors_and_a_random_walk_are_allowed():
    assert matrix_faults(2, diagonal(0.5, 0.5), two(1.0), None) == []
    assert matrix_faults(1, [[1.0]], [[1.0]], None) == []


@pytest.mark.parametrize(
    ("transition", "correlation", "start", "words"),
    [
        ([[0.5]], two(0.0), None, "transition has 1 rows for 2 factors"),
        ([[0.5], [0.5, 0.0]], two(0.0), None, "transition, row 1: 1 entries"),
        (diagonal(0, 0), [[1.0, 0.0], [0.0]], None, "correlation, row 2: 1 entries"),
        (diagonal(0, 0), two(0.0), [1.0], "start has 1 states"),
        (diagonal(0, 0), diagonal(1.0, 2.0), None, "ones on its diagonal"),
        (diagonal(0, 0), two(1.5), None, "beyond +-1"),
        (diagonal(0, 0), [[1.0, 0.2], [0.3, 1.0]], None, "not symmetric"),
        (diagonal(1e308, 0), two(0.0), None, "coefficient beyond"),
    ],
)
def test_each_other_fault_is_named(transition, correlation, start, words):
    [fault] = matrix_faults(2, transition, correlation, start)
    assert words in fault
