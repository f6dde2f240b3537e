"""Compiling the book's simulation ahead."""

from __future__ import annotations

import numpy as np

from hybridsim.core.compiling import listening
from hybridsim.credit.factor_state import FactorState
from hybridsim.credit.portfolio import Dependence, portfolio
from hybridsim.credit.simulation.kernel import mark_compiled
from hybridsim.credit.simulation.poisson_gamma import simulate_credit_risk_plus
from hybridsim.credit.simulation.simulate import simulate
from hybridsim.credit.tail.contributions import contributions
from hybridsim.credit.tail.pilot import FEWEST_SCENARIOS
from hybridsim.credit.tail.risk import tail_risk


def compile_now() -> None:
    """Compile the simulation, or load it, by a book of one loan; takes a minute."""
    year = FactorState(("economy",), np.eye(1), np.zeros(1), np.eye(1))
    book = portfolio([1.0], 0.5, [0.5], [[0.5]])

    def whole() -> None:
        simulate(book, Dependence(year, 4.0, lgd_sigma=0.5), 1, 1, workers=1)
        simulate_credit_risk_plus([1.0], [0.5], [[1.0]], [0.5], 1, 1, workers=1)
        contributions(tail_risk(book, Dependence(year, 4.0), scenarios=FEWEST_SCENARIOS, workers=1))

    listening(whole)
    mark_compiled()
