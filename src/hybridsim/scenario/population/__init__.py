"""The institutions of a scenario: synthesised from the catalogue or read from a file."""

from __future__ import annotations

from pathlib import Path

from hybridsim.scenario.population.files import read_population
from hybridsim.scenario.population.synthesis import synthesise
from hybridsim.scenario.population.table import PopulationTable
from hybridsim.scenario.schema.scenario import Scenario

__all__ = ["PopulationTable", "build"]


def build(scenario: Scenario, base_dir: str | Path = ".") -> PopulationTable:
    """The institutions of a scenario, sorted by entity key.

    Parameters
    ----------
    scenario
        A validated scenario.
    base_dir
        Folder that ``population.file`` is relative to (``Resolved.base_dir``).

    Raises
    ------
    PopulationError
        If the file cannot be used; lists up to 50 faulty cells and counts the rest.
    ScenarioError
        If the catalogue cannot yield the wanted number of institutions.
    """
    if scenario.population.file is None:
        return synthesise(scenario)
    return read_population(Path(base_dir) / scenario.population.file, scenario)
