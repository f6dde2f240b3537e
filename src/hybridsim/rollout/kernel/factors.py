"""The systematic factors of a replication (reference: credit.factors.factor_path)."""

from __future__ import annotations

from hybridsim.core import mathx, rng
from hybridsim.core.compiling import kernel, rule
from hybridsim.rollout.kernel.books import uniform
from hybridsim.rollout.kernel.memory import Run, world
from hybridsim.rollout.world import RUN_OFF_YEARS

_RUN_OFF_YEARS = int(RUN_OFF_YEARS)
_S_FACTOR = int(rng.S_FACTOR)

norm_ppf = rule(mathx.norm_ppf)


@kernel
def draw_shocks(s: Run, number: int) -> None:
    """Standard normal draws of all factors; number 0 is for the state before year 0."""
    w = world(s)
    for k in range(w.n_factors):
        lo, hi = w.factor_key_lo[k], w.factor_key_hi[k]
        s.factor_shock[k] = norm_ppf(uniform(w.seed_lo, w.seed_hi, s.replication, lo, hi, _S_FACTOR, number))


@kernel
def first_state(s: Run) -> None:
    """State before year 0: given, or drawn from the stationary distribution."""
    w = world(s)
    if not w.factor_start_given:
        draw_shocks(s, 0)
    for k in range(w.n_factors):
        state = w.factor_start[k]
        if not w.factor_start_given:
            state = 0.0
            for j in range(w.n_factors):
                state += w.correlation_root[k, j] * s.factor_shock[j]
        s.factor_state[k] = state


@kernel
def draw_factors(s: Run) -> None:
    """Path of all factors under the scenario's stress, run-off included."""
    w = world(s)
    first_state(s)
    for year in range(w.years + _RUN_OFF_YEARS):
        draw_shocks(s, year + 1)
        for k in range(w.n_factors):
            carried = innovation = 0.0
            for j in range(w.n_factors):
                carried += w.transition[k, j] * s.factor_state[j]
                innovation += w.innovation_root[k, j] * s.factor_shock[j]
            state, fixed = carried + innovation, w.factor_fix[k, year]
            if fixed == fixed:
                s.factor_next[k] = s.factors[k, year] = fixed
            else:
                s.factor_next[k], s.factors[k, year] = state, state + w.factor_shift[k, year]
        for k in range(w.n_factors):
            s.factor_state[k] = s.factor_next[k]
