"""Figures that the catalogue solves for: the status quo must come out as it says."""

import numpy as np
import pytest

from hybridsim.rollout import layout
from hybridsim.rollout.reference import simulate
from tests.support.worlds import make_world

USERS = [column.name for column in layout.YEAR].index("users")


@pytest.mark.slow
def test_the_status_quo_reaches_a_quarter_of_institutions_in_year_ten():
    world = make_world("population.size=1500", "run.seed=99")
    users = [simulate(world, replication).years[9][USERS] / world.n for replication in range(8)]
    # Spread between futures 0.01 and between samples of institutions 0.01.
    assert np.mean(users) == pytest.approx(0.25, abs=0.025)
