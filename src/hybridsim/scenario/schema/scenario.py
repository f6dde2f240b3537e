"""A whole scenario."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from hybridsim.scenario.schema.institutions import Adoption, Carriers, DefaultRisk, InstitutionTypePart
from hybridsim.scenario.schema.instruments import DeMinimis, Design, Instrument, Provider, Underwriting
from hybridsim.scenario.schema.process import (
    Advice,
    Impact,
    Implementation,
    Operation,
    Pilot,
    Preparation,
    PublicCost,
    Queues,
    Scaling,
    Viability,
)
from hybridsim.scenario.schema.references import reference_faults
from hybridsim.scenario.schema.run import BaseRatePath, Factors, Population, Run, Stress, TypeName
from hybridsim.scenario.schema.use_cases import Platform, UseCase
from hybridsim.scenario.schema.values import Part, Title

REFERENCES = "scenario_references"


def _file_name(name: str) -> str:
    if not name.isprintable() or any(sign in name for sign in '/\\:*?"<>|') or name != name.strip(" ."):
        raise ValueError(
            f'{name!r} cannot be part of a file name: leave out / \\ : * ? " < > | and outer dots'
        )
    return name


class Scenario(Part):
    """One scenario, resolved and validated: everything that a run depends on, apart from input files."""

    schema_version: Literal[1] = 1
    """Version of the file format."""
    name: Annotated[str, Field(min_length=1, max_length=80), AfterValidator(_file_name)]
    """Short name in tables and file names."""
    title: Annotated[Title, Field(min_length=1, max_length=200)]
    """Title of reports."""
    description: str = ""
    """What the scenario is for."""
    run: Run
    """Length, number and seed of the replications."""
    population: Population
    """Who is simulated."""
    base_rate: BaseRatePath
    """Risk-free base rate."""
    factors: Factors
    """Systematic factors."""
    stress: Stress
    """Imposed path."""
    carriers: Carriers
    """Rules that all institutions share."""
    institution_types: dict[TypeName, InstitutionTypePart]
    """Institution types of the catalogue."""
    default_risk: DefaultRisk
    """Default and recovery."""
    use_cases: Annotated[dict[str, UseCase], Field(min_length=1, max_length=12)]
    """AI use cases."""
    platforms: Annotated[dict[str, Platform], Field(max_length=4)] = Field(default_factory=dict)
    """Platform programmes of several use cases."""
    adoption: Adoption
    """Take-up of ideas."""
    preparation: Preparation
    """From the idea to a plan."""
    advice: Advice
    """Advisers."""
    queues: Queues
    """People that projects wait for."""
    viability: Viability
    """The carrier's decision."""
    implementation: Implementation
    """From close to pilot."""
    pilot: Pilot
    """Pilot and gate."""
    operation: Operation
    """Benefits and running cost."""
    scaling: Scaling
    """Further sites."""
    impact: Impact
    """Social value."""
    public_cost: PublicCost
    """Public money."""
    underwriting: Underwriting
    """Bank decision and price."""
    de_minimis: DeMinimis
    """Ceiling of small state aid."""
    providers: Annotated[dict[str, Provider], Field(max_length=30)]
    """Who stands behind instruments."""
    instruments: Annotated[dict[str, Instrument], Field(max_length=60)]
    """Offers of money and cover."""
    design: Design
    """Which instruments, in which order."""

    @model_validator(mode="after")
    def _names_exist(self) -> Scenario:
        faults = reference_faults(self.model_dump())
        if faults:
            listed = "; ".join(f"{'.'.join(path)}: {message}" for path, message in faults)
            # A type of its own, because the loader reports these faults one by one with their lines.
            raise PydanticCustomError(REFERENCES, "{listed}", {"listed": listed})
        return self
