"""Use cases: what an AI project costs, what it frees and how often it works, by institution type."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from hybridsim.scenario.schema.run import TypeName
from hybridsim.scenario.schema.values import (
    Amount,
    Duration,
    Euros,
    Part,
    Quantity,
    Rate,
    Share,
    Title,
    Within,
    neutral,
)


class UseCaseAtType(Part):
    """One use case at one type of institution. Money is net of VAT."""

    technology_fixed_eur: Euros
    """Technology per carrier, once, at the pilot."""
    technology_per_site_eur: Euros
    """Technology per site."""
    technology_per_place_eur: Euros
    """Technology per place."""
    data_fixed_eur: Euros
    """Data infrastructure per carrier, once, at the pilot."""
    data_per_site_eur: Euros
    """Data infrastructure per site."""
    compliance_eur: Euros
    """Compliance (GDPR, AI Act, co-determination) per carrier, once, at the pilot."""
    training_hours_per_user: Amount
    """Qualification per trained person."""
    users_per_place: Amount
    """People to be trained per place."""
    running_per_place_month_eur: Euros
    """Licences and support per place and month."""
    running_per_site_year_eur: Euros
    """Support per site and year."""
    freed_hours_per_place_year: Amount
    """Working hours freed per place and year at full use, before the realised share."""
    incidents_per_place_year: Amount
    """Incidents (falls, pressure injuries, deteriorations) avoided per place and year at full use."""
    incident_value_eur: Euros
    """Social value of one avoided incident."""
    reached_per_place: Amount
    """Clients reached per place."""
    implementation: Duration
    """From the financial close to the start of the pilot."""
    gate_probability: Share
    """Base rate of passing the gate after the pilot."""
    sustain_probability: Share
    """Base rate of going on when support ends."""


class UseCase(Part):
    """One AI use case."""

    title: Title
    """Name in reports."""
    initial_share: Share
    """Share of institutions that use it already at the start."""
    interest: Amount
    """Multiplier of the adoption hazard (1 for the average use case)."""
    life_years: Annotated[Quantity, Within(0.5, 50.0)]
    """Years until the software must be renewed."""
    renewal_share: Share
    """Cost of a renewal as a share of technology cost."""
    price_trend_pa: Rate
    """Yearly trend of technology and running prices."""
    types: dict[TypeName, UseCaseAtType] = Field(min_length=1)
    """Figures by institution type; a type left out does not have the use case."""


class Platform(Part):
    """A platform programme: several use cases at once on shared data infrastructure.

    Its figures follow from those of its use cases, at every type that has at least two of them.
    """

    title: str
    """Name in reports."""
    combines: Annotated[tuple[str, ...], Field(strict=False, min_length=2, max_length=12)]
    """Use cases that it brings together."""
    cost_factor: Annotated[Quantity, Within(0.0, 2.0)]
    """Up-front cost to that of the use cases one by one."""
    minimum_sites: int = Field(ge=1, le=10_000)
    """Sites from which on a carrier can run it."""
    any_size_types: Annotated[tuple[TypeName, ...], Field(strict=False)] = ()
    """Types that can run it with fewer sites as well."""
    share: Share = neutral(0.0)
    """Probability that a carrier that can run it thinks in programmes instead of single use cases."""
    interest: Amount = neutral(1.0)
    """Multiplier of the hazard of its idea, which is that of its use cases together."""
