"""Scalar rules of the rollout that belong to no other room; both engines call them."""

from __future__ import annotations

from math import ceil

from hybridsim.core.mathx import exp, expit, log, logit, norm_pdf
from hybridsim.core.money import share_cents
from hybridsim.finance.operation import ramp_integral


def peer_share(
    cell_users: float, cell_size: float, type_users: float, type_size: float, shrinkage: float
) -> float:
    """Share of successful adopters that an institution sees: own type and Land, shrunk towards the type.

    ``(users_cell + k users_type / size_type) / (size_cell + k)``; 0 where there is nobody.
    """
    if type_size <= 0.0 or cell_size + shrinkage <= 0.0:
        return 0.0
    return (cell_users + shrinkage * type_users / type_size) / (cell_size + shrinkage)


def adoption_hazard_pa(innovation_pa: float, imitation_pa: float, share: float, interest: float) -> float:
    """Bass hazard per year of one institution and use case: ``interest (p + q share)``."""
    return interest * (innovation_pa + imitation_pa * share)


def stage_cost_cents(
    technology_fixed: int,
    other_fixed: int,
    technology_site: int,
    other_site: int,
    technology_place: int,
    other_place: int,
    sites: float,
    places_per_site: float,
    with_fixed: bool,
    trend_pa: float,
    t_months: float,
) -> int:
    """Planned cost of bringing a use case to ``sites`` sites (a share of a site counts), in cents.

    Technology follows its price trend: ``e^(trend t/12)``; other cost does not. Fixed cost arises once, with
    the pilot.
    """
    technology = (float(technology_site) + float(technology_place) * places_per_site) * sites
    other = (float(other_site) + float(other_place) * places_per_site) * sites
    if with_fixed:
        technology += float(technology_fixed)
        other += float(other_fixed)
    return share_cents(1, technology * exp(trend_pa * t_months / 12.0) + other)


def overrun_factor(
    spread: float, tail_u: float, tail_probability: float, tail_index: float, cap: float
) -> float:
    """Actual to planned cost: a lognormal ``spread``, times a Pareto tail with a small probability, capped.

    ``tail_u`` is uniform; below the tail probability it is reused as the Pareto quantile.
    """
    factor = spread
    if tail_u < tail_probability:
        # (tail_u / tail_probability) is uniform again; Pareto from 1: u^(-1/index)
        factor *= exp(-log(tail_u / tail_probability) / tail_index)
    return min(factor, cap)


def years_of_effect(
    sites: float,
    age_from: float,
    age_to: float,
    dip_months: float,
    dip_level: float,
    ramp_months: float,
) -> float:
    """Years at full effect of one site that ``sites`` sites make of the time between two ages."""
    return sites * ramp_integral(age_from, age_to, dip_months, dip_level, ramp_months) / 12.0


def running_cents(amount_pa: int, sites: float, priced_months: float) -> int:
    """Running cost of ``sites`` sites; the months, at the trend's prices, are a `trend_integral`."""
    return share_cents(amount_pa, sites * priced_months / 12.0)


def gate_probability(
    intercept: float,
    readiness: float,
    preparation: float,
    advice: float,
    own_success: float,
    peers: float,
    technology: float,
    scope: float,
) -> float:
    """Probability of passing the gate: ``expit`` of the intercept plus all effects (already times slopes)."""
    return expit(intercept + readiness + preparation + advice + own_success + peers + technology + scope)


def solve_intercept(base_rate: float, spread: float) -> float:
    """``a`` with ``E[expit(a + spread Z)] = base_rate``, Z standard normal: bisection on a trapezoid sum."""
    if base_rate <= 0.0:
        return -50.0
    if base_rate >= 1.0:
        return 50.0
    low, high = -40.0, 40.0
    states = [(step / 4.0, norm_pdf(step / 4.0)) for step in range(-32, 33)]
    for _ in range(60):
        middle = (low + high) / 2.0
        mean = 0.0
        for z, density in states:
            mean += expit(middle + spread * z) * density / 4.0
        if mean < base_rate:
            low = middle
        else:
            high = middle
    return (low + high) / 2.0


def campaign_probability(probability: float, cents: int, reference_cents: int, size_slope: float) -> float:
    """Success of an all-or-nothing campaign: ``expit(logit(p) - slope ln(target/reference))``."""
    if probability <= 0.0 or probability >= 1.0:
        return probability
    return expit(logit(probability) - size_slope * log(float(cents) / float(reference_cents)))


def next_call(now: float, calls_per_year: int) -> int:
    """Number of the first call that closes at or after ``now``; calls close evenly spaced, the first is 1."""
    return max(1, ceil(now * float(calls_per_year) / 12.0 - 1e-9))


def call_close(call: int, calls_per_year: int) -> float:
    """Closing date in months of the ``call``-th call, counted from 1."""
    return float(call) * 12.0 / float(calls_per_year)


def wave_sites(remaining: int, first: int, growth: float, wave: int) -> int:
    """Sites of scaling wave ``wave`` (from 0): ``first * growth^wave``, at least 1, at most what remains."""
    size = float(first)
    for _ in range(wave):
        size *= growth
    return min(remaining, max(1, int(size)))
