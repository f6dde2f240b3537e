"""The world as arrays and plain numbers: everything that the engines read and never change."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan, sqrt

import numpy as np
import numpy.typing as npt

from hybridsim.core.codes import InstitutionType, InstrumentKind
from hybridsim.core.mathx import exp, log, norm_ppf
from hybridsim.core.rng import S_FACTOR, entity_key, split_key, uniform
from hybridsim.credit.estate import EstateClass, solve_mu
from hybridsim.credit.factors import FactorModel, factor_model, factor_path
from hybridsim.credit.ratings import asset_correlation, loadings
from hybridsim.finance.curve import discount_factor
from hybridsim.finance.sources import UNLIMITED_CENTS
from hybridsim.rollout.platforms import PlatformTerms, platform_use_cases, platforms_of
from hybridsim.rollout.rules import stage_cost_cents
from hybridsim.rollout.terms import InstrumentTerms, UseCaseTerms, instrument_terms, use_case_terms
from hybridsim.rollout.unsupported import supported
from hybridsim.scenario.population import PopulationTable
from hybridsim.scenario.population.distributions import pd_location, pd_of
from hybridsim.scenario.schema.institutions import InstitutionTypePart
from hybridsim.scenario.schema.scenario import Scenario

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

LAENDER = 16
MAX_R2 = 0.95
RUN_OFF_YEARS = 60
"""Years after the horizon for which factors and rates are drawn: the longest loan and its workout."""


@dataclass(frozen=True, slots=True)
class Stress:
    """Imposed factor paths by factor and year: what is added, and what replaces (NaN: free)."""

    shift: list[list[float]]
    fix: list[list[float]]


@dataclass(frozen=True, slots=True)
class Queue:
    """People that projects wait for: ``servers`` of them in this sample, 0 if there is no limit."""

    index: int
    name: str
    servers: int
    patience_months: float


@dataclass(frozen=True, eq=False)
class World:
    """Everything that a replication reads; rows are institutions in the order of their entity keys."""

    scenario: Scenario
    population: PopulationTable
    n: int
    ids: list[str]
    key_lo: Ints
    key_hi: Ints
    seed_lo: int
    seed_hi: int
    years: int
    horizon: float
    cell: Ints
    pd_threshold: Floats
    loading: Floats
    residual: Floats
    adoption_multiplier: Floats
    factors: FactorModel
    factor_keys: list[tuple[int, int]]
    start_state: list[float] | None
    stress: Stress
    rates_pa: list[float]
    quarter_discounts: list[float]
    social_force_pa: float
    social_discounts: list[float]
    estate_mu: dict[int, float]
    instruments: list[InstrumentTerms]
    instrument_names: list[str]
    provider_names: list[str]
    provider_public: list[bool]
    order: list[int]
    guarantees: list[int]
    type_parts: dict[int, InstitutionTypePart]
    use_case_names: list[str]
    use_cases: dict[tuple[int, int], UseCaseTerms]
    platforms: list[PlatformTerms]
    queues: dict[str, Queue]
    supported: list[bool]
    notes: list[str]

    def discount(self, t_months: float) -> float:
        """Value at month 0 of 1 paid at ``t_months``, on the base-rate path."""
        quarter = int(t_months // 3.0)
        if quarter * 3.0 == t_months and quarter < len(self.quarter_discounts):
            return self.quarter_discounts[quarter]
        return discount_factor(t_months, self.rates_pa)

    def factor_years(self, replication: int) -> list[list[float]]:
        """Paths of all factors in one future, by factor and year, run-off included."""
        return factor_path(
            self.factors,
            lambda k, year: uniform(
                self.seed_lo, self.seed_hi, replication, *self.factor_keys[k], S_FACTOR, year
            ),
            self.years + RUN_OFF_YEARS,
            self.start_state,
            self.stress.shift,
            self.stress.fix,
        )

    def base_rate(self, t_months: float) -> float:
        """Base rate of the year that contains ``t_months``."""
        return self.rates_pa[min(int(t_months // 12.0), len(self.rates_pa) - 1)]


def build_world(scenario: Scenario, population: PopulationTable) -> World:
    """Resolve a scenario and its population into the world that the engines run."""
    years = scenario.run.horizon_months // 12
    keys = [split_key(entity_key(name)) for name in population.ids]
    model = factor_model(
        list(scenario.factors.names),
        [list(row) for row in scenario.factors.transition],
        [list(row) for row in scenario.factors.correlation],
    )
    credit = _credit_columns(scenario, population)
    rates = _rates(scenario, years + RUN_OFF_YEARS)
    names = list(scenario.instruments)
    instruments = [
        instrument_terms(scenario, name, item, index, population.sample_fraction)
        for index, (name, item) in enumerate(scenario.instruments.items())
    ]
    order = [names.index(name) for name in scenario.design.order]
    use_cases = {
        (index, int(InstitutionType.parse(type_name))): use_case_terms(
            scenario, index, use_case, type_name, part
        )
        for index, use_case in enumerate(scenario.use_cases.values())
        for type_name, part in use_case.types.items()
    }
    seed_lo, seed_hi = split_key(scenario.run.seed)
    force = log(1.0 + scenario.impact.discount_rate_pa.value)
    world = World(
        scenario=scenario,
        population=population,
        n=len(population.ids),
        ids=list(population.ids),
        key_lo=np.array([lo for lo, _ in keys], dtype=np.int64),
        key_hi=np.array([hi for _, hi in keys], dtype=np.int64),
        seed_lo=seed_lo,
        seed_hi=seed_hi,
        years=years,
        horizon=float(scenario.run.horizon_months),
        cell=np.asarray(population.type * LAENDER + population.land, dtype=np.int64),
        pd_threshold=credit.threshold,
        loading=credit.loading,
        residual=credit.residual,
        adoption_multiplier=_adoption_multipliers(scenario, population),
        factors=model,
        factor_keys=[split_key(entity_key(f"factor:{name}")) for name in scenario.factors.names],
        start_state=None if scenario.factors.start is None else list(scenario.factors.start),
        stress=_stress(scenario, years + RUN_OFF_YEARS),
        rates_pa=rates,
        quarter_discounts=[discount_factor(3.0 * q, rates) for q in range(4 * (years + RUN_OFF_YEARS))],
        social_force_pa=force,
        social_discounts=[exp(-force * (q + 0.5) / 4.0) for q in range(4 * (years + RUN_OFF_YEARS))],
        estate_mu=_estate_mu(scenario, population),
        instruments=instruments,
        instrument_names=names,
        provider_names=list(scenario.providers),
        provider_public=[provider.public for provider in scenario.providers.values()],
        order=[k for k in order if instruments[k].kind != InstrumentKind.GUARANTEE],
        guarantees=[k for k in order if instruments[k].kind == InstrumentKind.GUARANTEE],
        type_parts={
            int(InstitutionType.parse(name)): part for name, part in scenario.institution_types.items()
        },
        use_case_names=[*scenario.use_cases, *scenario.platforms],
        use_cases={**use_cases, **platform_use_cases(scenario, use_cases)},
        platforms=platforms_of(scenario),
        queues=_queues(scenario, population.sample_fraction),
        supported=supported(scenario, population, keys),
        notes=list(population.notes),
    )
    world.notes.extend(_budget_notes(world))
    world.notes.extend(_queue_notes(world))
    return world


@dataclass(frozen=True, slots=True)
class _Credit:
    threshold: Floats
    loading: Floats
    residual: Floats


def _credit_columns(scenario: Scenario, population: PopulationTable) -> _Credit:
    names = scenario.factors.names
    correlation = [list(row) for row in scenario.factors.correlation]
    directions = {
        int(InstitutionType.parse(name)): [part.loadings.get(factor, 0.0) for factor in names]
        for name, part in scenario.institution_types.items()
    }
    count = len(population.ids)
    threshold, residual = np.empty(count), np.empty(count)
    loading = np.empty((count, len(names)))
    for row in range(count):
        pd = float(population.pd_pa[row])
        r2 = _r_squared(scenario, pd, float(population.revenue_eur_pa[row]))
        threshold[row] = norm_ppf(pd)
        loading[row] = loadings(directions[int(population.type[row])], correlation, r2)
        residual[row] = sqrt(1.0 - r2)
    return _Credit(threshold, loading, residual)


def _estate_mu(scenario: Scenario, population: PopulationTable) -> dict[int, float]:
    """Latent recovery by type, so that its default-weighted mean meets the catalogue.

    Solved on ten PD classes of the type as the catalogue describes it, so that nobody's recovery depends on
    who else is simulated.
    """
    risk = scenario.default_risk
    names = scenario.factors.names
    correlation = [list(row) for row in scenario.factors.correlation]
    present = {int(code) for code in population.type}
    solved: dict[int, float] = {}
    for name, part in scenario.institution_types.items():
        kind = int(InstitutionType.parse(name))
        if kind not in present:
            continue
        sigma = part.pd_sigma.value
        location = pd_location(part.pd_pa.value, sigma)
        turnover = part.places_median.value * part.revenue_per_place_eur.value
        direction = [part.loadings.get(factor, 0.0) for factor in names]
        classes = []
        for tenth in range(10):
            pd = pd_of(location, sigma, norm_ppf((tenth + 0.5) / 10.0))
            r2 = _r_squared(scenario, pd, turnover)
            classes.append(
                EstateClass(1.0, norm_ppf(pd), loadings(direction, correlation, r2), sqrt(1.0 - r2))
            )
        solved[kind] = solve_mu(
            risk.recovery_senior.value,
            risk.recovery_economy.value,
            risk.recovery_sigma.value,
            classes,
            correlation,
            0,
            risk.estate_headroom.value,
        )
    return solved


def _r_squared(scenario: Scenario, pd: float, turnover_eur: float) -> float:
    """Asset correlation of the Basel formula plus the sector's common shocks."""
    sector = scenario.default_risk.sector_loading_squared.value
    return min(MAX_R2, asset_correlation(pd, turnover_eur) + sector)


def _adoption_multipliers(scenario: Scenario, population: PopulationTable) -> Floats:
    slope = scenario.adoption.readiness_slope.value
    means = {
        int(InstitutionType.parse(name)): part.readiness.value
        for name, part in scenario.institution_types.items()
    }
    return np.array(
        [
            exp(slope * (float(readiness) - means[int(kind)]))
            for readiness, kind in zip(population.readiness, population.type, strict=True)
        ]
    )


def _rates(scenario: Scenario, years: int) -> list[float]:
    path, shifts = scenario.base_rate.path_pa, scenario.stress.base_rate_shift_pa
    rates = []
    for year in range(years):
        shift = shifts[min(year, len(shifts) - 1)] if shifts else 0.0
        rates.append(path[min(year, len(path) - 1)] + shift)
    return rates


def _stress(scenario: Scenario, years: int) -> Stress:
    shift = [[0.0] * years for _ in scenario.factors.names]
    fix = [[nan] * years for _ in scenario.factors.names]
    for position, name in enumerate(scenario.factors.names):
        for year, value in enumerate(scenario.stress.shift.get(name, ())[:years]):
            shift[position][year] = value
        for year, value in enumerate(scenario.stress.fix.get(name, ())[:years]):
            fix[position][year] = value
    return Stress(shift, fix)


def _queues(scenario: Scenario, sample: float) -> dict[str, Queue]:
    """Queues of the sample; one that would have less than one server has no limit."""
    people = scenario.queues
    return {
        name: Queue(index, name, int(part.servers.value * sample + 1e-9), part.patience_months.value)
        for index, (name, part) in enumerate(
            (("adviser", people.advisers), ("vendor", people.vendors), ("trainer", people.trainers))
        )
    }


def _queue_notes(world: World) -> list[str]:
    people = world.scenario.queues
    wanted = (people.advisers.servers.value, people.vendors.servers.value, people.trainers.servers.value)
    return [
        f"{queue.name}s: {servers:g} for the sector are less than one for this sample: nobody waits"
        for queue, servers in zip(world.queues.values(), wanted, strict=True)
        if servers > 0.0 and not queue.servers
    ]


def _budget_notes(world: World) -> list[str]:
    """Budgets that a small sample scales below one median ticket."""
    notes = []
    costs = sorted(_median_costs(world))
    median_cost = costs[len(costs) // 2] if costs else 0
    for k in world.order:
        terms = world.instruments[k]
        ticket = min(terms.maximum, int(terms.share * median_cost))
        if terms.budget_pa != UNLIMITED_CENTS and 0 < terms.budget_pa < ticket:
            notes.append(
                f"{terms.name}: the yearly budget scales to {terms.budget_pa / 100:,.0f} euros in this "
                f"sample, less than a median ticket of {ticket / 100:,.0f} euros: not representative"
            )
    return notes


def _median_costs(world: World) -> list[int]:
    """Cost at one site of every use case and type that the population has, at the type's median size."""
    costs = []
    for (_, kind), terms in world.use_cases.items():
        rows = np.nonzero(world.population.type == kind)[0]
        if terms.members or not len(rows):
            continue
        places = float(np.median(world.population.places[rows] / world.population.sites[rows]))
        costs.append(
            stage_cost_cents(
                terms.technology_fixed, terms.other_fixed, terms.technology_site, terms.other_site,
                terms.technology_place, terms.other_place, 1.0, places, True, terms.trend_pa, 0.0,
            )
        )  # fmt: skip
    return costs
