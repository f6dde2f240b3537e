"""What a scenario may say but probably does not mean."""

from __future__ import annotations

from hybridsim.scenario.schema.scenario import Scenario


def warnings_of(scenario: Scenario) -> tuple[str, ...]:
    """Plain sentences, one per doubt; empty for a scenario without any."""
    return (*_population(scenario), *_order(scenario))


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
        wanted = set(instrument.eligibility.types)
        if scenario.population.file is None and wanted and not wanted & set(scenario.population.types):
            found.append(f"design.order: no institution of this population is of a type that {name!r} is for")
        if instrument.cover is not None and not set(instrument.cover.instruments) & set(order):
            found.append(f"design.order: {name!r} covers no loan that stands in the order")
    return found
