"""From a TOML file to a frozen scenario."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from hybridsim.core.errors import Fault, ScenarioError
from hybridsim.scenario.faults import MAX_FAULTS, locate, translate
from hybridsim.scenario.knobs import knob_faults
from hybridsim.scenario.layers import Layer, catalogue_layers, digests, file_layers
from hybridsim.scenario.merging import lay_over
from hybridsim.scenario.schema.references import ReferenceFault, reference_faults
from hybridsim.scenario.schema.scenario import Scenario
from hybridsim.scenario.settings import NAME as SETTING
from hybridsim.scenario.settings import setting_layers
from hybridsim.scenario.warnings import warnings_of


@dataclass(frozen=True)
class Resolved:
    """A scenario and what it was made of."""

    scenario: Scenario
    """The validated scenario."""
    raw: dict[str, Any]
    """The same before validation: catalogue, files and settings merged, every figure with its source."""
    files: tuple[tuple[str, str], ...]
    """Name and SHA-256 of each file read, the lowest layer first."""
    base_dir: Path
    """Folder that ``population.file`` is relative to."""
    warnings: tuple[str, ...]
    """What is allowed but probably not meant."""


def load(path: str | Path, settings: Sequence[str] = ()) -> Scenario:
    """Read a scenario file; ``settings`` such as ``"run.seed=7"`` are laid over it.

    Raises
    ------
    ScenarioError
        With every fault that was found.
    """
    return resolve(path, settings).scenario


def resolve(path: str | Path, settings: Sequence[str] = ()) -> Resolved:
    """Read a scenario file and keep what it was made of; see :func:`load`."""
    file = Path(path)
    files = [*catalogue_layers(), *file_layers(file)]
    data: dict[str, Any] = {}
    for layer in files:
        data = lay_over(data, layer.data)
    data.setdefault("name", file.stem)
    data.setdefault("title", str(data["name"]))
    set_layers, faults = setting_layers(settings, data)
    for layer in set_layers:
        data = lay_over(data, layer.data)
    layers = [*files, *set_layers]
    scenario = _validated(file, data, layers, faults)
    return Resolved(scenario, data, digests(files), _population_folder(file, layers), warnings_of(scenario))


def _validated(file: Path, data: Mapping[str, Any], layers: Sequence[Layer], faults: list[Fault]) -> Scenario:
    scenario = None
    try:
        scenario = Scenario.model_validate(data)
    except ValidationError as error:
        faults = faults + translate(error, data, layers)
    faults = faults + [locate(path, message, layers) for path, message in _faults_across(data)]
    if faults or scenario is None:
        raise ScenarioError(_headline(file, len(faults)), _in_order(faults, layers))
    return scenario


def _faults_across(data: Mapping[str, Any]) -> list[ReferenceFault]:
    return [*reference_faults(data), *knob_faults(data)]


def _headline(file: Path, count: int) -> str:
    return f"{file}: {count} fault{'s' if count != 1 else ''} in the scenario"


def _in_order(faults: Sequence[Fault], layers: Sequence[Layer]) -> list[Fault]:
    rank = {layer.name: position for position, layer in enumerate(layers)}
    ordered = sorted(set(faults), key=lambda f: (-rank.get(f.file, -1), f.line, f.path, f.message))
    if len(ordered) <= MAX_FAULTS:
        return ordered
    left_out = len(ordered) - MAX_FAULTS
    return [*ordered[:MAX_FAULTS], Fault(ordered[0].file, 0, "", f"and {left_out} more faults")]


def _population_folder(file: Path, layers: Sequence[Layer]) -> Path:
    for layer in reversed(layers):
        population = layer.data.get("population")
        if isinstance(population, Mapping) and "file" in population:
            return Path() if layer.name == SETTING else layer.folder
    return file.parent
