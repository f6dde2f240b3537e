"""Compiling the simulation of a book ahead, and whether that has to be waited for."""

from __future__ import annotations

import numpy as np


def must_compile() -> bool:
    """Whether the first analysis of a book will have to compile its simulation, which takes a minute."""
    from hybridsim.credit.simulation import kernel

    return not kernel.is_compiled()


def make_ready() -> None:
    """Compile or load the simulation, by books of one loan, so that what follows can start at once."""
    from hybridsim.core.compiling import listening
    from hybridsim.credit.factor_state import FactorState
    from hybridsim.credit.portfolio import Dependence, portfolio
    from hybridsim.credit.simulation.kernel import mark_compiled
    from hybridsim.credit.simulation.poisson_gamma import simulate_credit_risk_plus
    from hybridsim.credit.simulation.simulate import simulate
    from hybridsim.credit.tail.pilot import FEWEST_SCENARIOS
    from hybridsim.credit.tail.risk import tail_risk

    def one_loan() -> None:
        book = portfolio([1.0], 0.5, [0.1], [[0.5]])
        year = FactorState(("economy",), np.eye(1), np.zeros(1), np.eye(1))
        dependence = Dependence(year, 4.0, lgd_sigma=0.5)
        simulate(book, dependence, 1, 1, workers=1)
        simulate_credit_risk_plus([1.0], [0.5], [[1.0]], [0.5], 1, 1, workers=1)
        tail_risk(book, dependence, scenarios=FEWEST_SCENARIOS, workers=1)

    listening(one_loan)
    mark_compiled()
