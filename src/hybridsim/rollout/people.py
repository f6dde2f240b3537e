"""What the world knows of one institution, in cents: the same figures for every engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from hybridsim.core.money import share_cents, to_cents

if TYPE_CHECKING:
    from hybridsim.rollout.world import World

DAYS_PER_YEAR = 365.0


class Person(NamedTuple):
    """One carrier before anything happens to it; amounts in cents, rates and budgets per year."""

    type: int
    land: int
    legal_form: int
    sites: int
    places_per_site: float
    readiness_gap: float
    revenue: int
    ebitda: int
    debt: int
    debt_service: int
    collateral: int
    liquidity: int
    reserve: int
    credit_line: int
    budget_pa: int
    budget_cap: int
    pd: float


def person(world: World, row: int) -> Person:
    """Figures of the institution in ``row``."""
    table = world.population
    kind = int(table.type[row])
    part = world.type_parts[kind]
    revenue = to_cents(float(table.revenue_eur_pa[row]))
    day = revenue / DAYS_PER_YEAR
    budget = to_cents(float(table.digital_budget_eur_pa[row]))
    sites = int(table.sites[row])
    return Person(
        type=kind,
        land=int(table.land[row]),
        legal_form=int(table.legal_form[row]),
        sites=sites,
        places_per_site=float(table.places[row]) / sites,
        readiness_gap=float(table.readiness[row]) - part.readiness.value,
        revenue=revenue,
        ebitda=share_cents(revenue, float(table.ebitda_margin[row])),
        debt=to_cents(float(table.debt_eur[row])),
        debt_service=to_cents(float(table.debt_service_eur_pa[row])),
        collateral=to_cents(float(table.collateral_eur[row])),
        liquidity=share_cents(1, day * float(table.liquidity_days[row])),
        reserve=share_cents(1, day * part.reserve_days.value),
        credit_line=to_cents(float(table.credit_line_eur[row])),
        budget_pa=budget,
        budget_cap=share_cents(budget, world.scenario.carriers.carry_over_years.value),
        pd=float(table.pd_pa[row]),
    )
