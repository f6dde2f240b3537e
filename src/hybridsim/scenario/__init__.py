"""What is simulated: TOML files, the catalogue of sourced figures, and the population."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hybridsim.scenario.assumptions import Assumption, assumptions
from hybridsim.scenario.editor_schema import json_schema, json_schema_text
from hybridsim.scenario.identity import canonical_json, scenario_hash
from hybridsim.scenario.loading import Resolved, load, resolve
from hybridsim.scenario.population import PopulationTable, build
from hybridsim.scenario.schema.scenario import Scenario

__all__ = [
    "Assumption",
    "PopulationTable",
    "Resolved",
    "Scenario",
    "assumptions",
    "build",
    "canonical_json",
    "check",
    "json_schema",
    "json_schema_text",
    "load",
    "resolve",
    "scenario_hash",
]


def check(path: str | Path, settings: Sequence[str] = ()) -> tuple[Resolved, PopulationTable]:
    """Read a scenario and its institutions without running anything.

    Raises
    ------
    ScenarioError, PopulationError
        With every fault that was found.
    """
    resolved = resolve(path, settings)
    return resolved, build(resolved.scenario, resolved.base_dir)
