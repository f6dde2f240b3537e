"""What a scenario may say but probably does not mean."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from hybridsim.core.codes import Code, InstitutionType, Land, LegalForm
from hybridsim.scenario.population.table import PopulationTable
from hybridsim.scenario.schema.instruments import Instrument
from hybridsim.scenario.schema.scenario import Scenario


def warnings_of(scenario: Scenario) -> tuple[str, ...]:
    """Plain sentences, one per doubt; empty for a scenario without any."""
    return (*_population(scenario), *_order(scenario))


def nobody_may_apply(scenario: Scenario, people: PopulationTable) -> tuple[str, ...]:
    """One sentence per instrument of the design whose rules leave out every institution."""
    return tuple(
        f"design.order: {name!r} is open to nobody here: its eligibility (types, legal_forms, laender, "
        f"maximum_revenue_eur) fits none of the {len(people):,} institutions"
        for name in scenario.design.order
        if not _open_to(scenario.instruments[name], people).any()
    )


def _open_to(instrument: Instrument, people: PopulationTable) -> npt.NDArray[np.bool_]:
    rules = instrument.eligibility
    fits: npt.NDArray[np.bool_] = people.revenue_eur_pa <= rules.maximum_revenue_eur.value
    for codes, kind, labels in (
        (people.type, InstitutionType, rules.types),
        (people.legal_form, LegalForm, rules.legal_forms),
        (people.land, Land, rules.laender),
    ):
        if labels:
            fits &= np.isin(codes, _codes(kind, labels))
    return fits


def _codes(kind: type[Code], labels: Sequence[str]) -> list[int]:
    return [int(kind.parse(label)) for label in labels]


def _population(scenario: Scenario) -> list[str]:
    population = scenario.population
    if population.file is None:
        return []
    if population.size is None:
        return []
    return [f"population.size {population.size} is not used: the institutions come from {population.file!r}"]


def _order(scenario: Scenario) -> list[str]:
    found: list[str] = []
    order = scenario.design.order
    for name in order:
        instrument = scenario.instruments.get(name)
        if instrument is None:
            continue
        if instrument.decision.budget_pa_eur.value == 0.0:
            found.append(f"design.order: {name!r} has a yearly budget of 0 and gives nothing")
        if instrument.cover is None:
            continue
        if not set(instrument.cover.instruments) & set(order):
            found.append(f"design.order: {name!r} covers no loan that stands in the order")
        elif instrument.cover.cover.value == 0.0:
            found.append(f"design.order: {name!r} covers nothing: its cover is 0")
    return found
