"""What designs at equal public cost start from, read and checked before anything is simulated."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hybridsim.core.errors import Fault, InputError, PopulationError
from hybridsim.scenario import Resolved, population, resolve
from hybridsim.scenario.extending import toml_text
from hybridsim.scenario.knobs import is_whole
from hybridsim.scenario.schema.knob import Knob
from hybridsim.scenario.schema.references import nearest
from hybridsim.study.metrics import METRICS

_SOURCE = "the design's knob, set by hybridsim equalise"
_TITLE_AT_MOST = 200


@dataclass(frozen=True, slots=True)
class Design:
    """A scenario whose knob is to be turned."""

    file: Path
    resolved: Resolved
    knob: Knob

    @property
    def name(self) -> str:
        """Name of the scenario, and of its run."""
        return self.resolved.scenario.name


@dataclass(frozen=True, slots=True)
class Inputs:
    """Designs, target and futures; ``euros`` is the target without ``plus`` if ``base`` is None."""

    designs: tuple[Design, ...]
    base: Resolved | None
    base_file: Path | None
    euros: float
    plus: float
    metric: str
    unit: str
    replications: int
    seed: int
    settings: tuple[str, ...]
    tolerance: float | None

    @property
    def request(self) -> dict[str, Any]:
        """What was asked for, as JSON-ready values; two requests are the same if these are."""
        return {
            "scenarios": [design.file.as_posix() for design in self.designs],
            "to": self.euros if self.base_file is None else self.base_file.as_posix(),
            "plus": self.plus,
            "metric": self.metric,
            "settings": list(self.settings),
            "replications": self.replications,
            "seed": self.seed,
            "tolerance": self.tolerance,
        }


def read_inputs(
    scenarios: Sequence[str | Path],
    to: str | Path | float,
    plus: float,
    metric: str,
    replications: int | None,
    seed: int | None,
    settings: Sequence[str],
    tolerance: float | None,
) -> Inputs:
    """Read all scenarios and turn all knobs to both ends.

    Raises
    ------
    InputError
        With every fault that was found.
    """
    if not scenarios:
        raise InputError("there is nothing to equalise; name scenario files with a [design.knob]")
    unit = _unit(metric)
    _check_numbers(to, plus, tolerance)
    faults: list[Fault] = []
    base_file = None if isinstance(to, int | float) else Path(to)
    base = None if base_file is None else _read(base_file, settings, faults)
    designs = tuple(_designs(scenarios, settings, faults))
    faults += _same_names(designs, base)
    if not faults:
        faults += _other_futures(designs, base)
    if faults:
        raise InputError(f"{len(faults)} fault{'s' if len(faults) > 1 else ''} in the scenarios", faults)
    run = (designs[0].resolved if base is None else base).scenario.run
    return Inputs(
        designs,
        base,
        base_file,
        float(to) if isinstance(to, int | float) else 0.0,
        float(plus),
        metric,
        unit,
        run.replications if replications is None else replications,
        run.seed if seed is None else seed,
        tuple(settings),
        tolerance,
    )


def turned(design: Design, inputs: Inputs, value: float) -> Resolved:
    """The scenario of a design with its knob at a value."""
    return resolve(design.file, [*inputs.settings, *knob_settings(design, value)])


def knob_settings(design: Design, value: float) -> list[str]:
    """Settings that turn a design's knob to a value, and say so in the title."""
    knob = design.knob
    settings = []
    for path, figure in knob.figures(value).items():
        sourced = {"value": figure, "source": _SOURCE, "evidence": "derived"}
        settings.append(f"{path}={toml_text(int(figure) if is_whole(path) else sourced)}")
    where = f" ({knob.label} {value:,.12g}{' ' + knob.unit if knob.unit else ''})"
    title = design.resolved.scenario.title[: max(0, _TITLE_AT_MOST - len(where))] + where
    return [*settings, f"title={toml_text(title[-_TITLE_AT_MOST:])}"]


def _unit(name: str) -> str:
    known = {m.name: m.unit for m in METRICS if m.scope == "total" and m.statistic == "mean"}
    if name not in known:
        raise InputError(
            f"metric(={name!r}) must be a mean or ratio of the whole world{nearest(name, known)}"
        )
    return known[name]


def _check_numbers(to: object, plus: float, tolerance: float | None) -> None:
    for name, value in (("to", to), ("plus", plus), ("tolerance", tolerance)):
        if isinstance(value, int | float) and not math.isfinite(value):
            raise InputError(f"{name}(={value!r}) must be a finite number")
    if tolerance is not None and tolerance < 0.0:
        raise InputError(f"tolerance(={tolerance!r}) must not be negative")


def _read(file: Path, settings: Sequence[str], faults: list[Fault]) -> Resolved | None:
    try:
        return resolve(file, settings)
    except InputError as error:
        faults += [fault for fault in error.faults if fault not in faults]
        return None


def _designs(
    scenarios: Sequence[str | Path], settings: Sequence[str], faults: list[Fault]
) -> Iterator[Design]:
    for given in scenarios:
        file = Path(given)
        resolved = _read(file, settings, faults)
        if resolved is None:
            continue
        knob = resolved.scenario.design.knob
        if knob is None:
            message = "is missing: say which figure makes the design stronger (path, low and high)"
            faults.append(Fault(str(file), 0, "design.knob", message))
            continue
        design = Design(file, resolved, knob)
        for end, value in (("low", knob.low), ("high", knob.at(knob.steps))):
            try:
                resolve(file, [*settings, *knob_settings(design, value)])
            except InputError as error:
                words = "; ".join(f"{fault.path}: {fault.message}" for fault in error.faults)
                faults.append(Fault(str(file), 0, f"design.knob.{end}", f"{value:g} cannot be: {words}"))
        yield design


def _same_names(designs: Sequence[Design], base: Resolved | None) -> Iterator[Fault]:
    seen = set() if base is None else {base.scenario.name}
    for design in designs:
        if design.name in seen:
            message = f"{design.name!r} is the name of another of these scenarios; give each its own"
            yield Fault(str(design.file), 0, "name", message)
        seen.add(design.name)


def _other_futures(designs: Sequence[Design], base: Resolved | None) -> Iterator[Fault]:
    """Designs that cannot be paired with the others, whatever their knob."""
    first = designs[0].resolved if base is None else base
    ids = _ids(first)
    for design in designs:
        scenario = design.resolved.scenario
        months = first.scenario.run.horizon_months
        if scenario.run.horizon_months != months:
            message = f"{scenario.run.horizon_months}, but {first.scenario.name} has {months}"
            yield Fault(str(design.file), 0, "run.horizon_months", message)
        alike = (
            scenario.population == first.scenario.population and design.resolved.base_dir == first.base_dir
        )
        if not alike and _ids(design.resolved) != ids:
            message = f"other institutions than {first.scenario.name}; use the same for all designs"
            yield Fault(str(design.file), 0, "population", message)


def _ids(resolved: Resolved) -> list[str]:
    try:
        return list(population.build(resolved.scenario, resolved.base_dir).ids)
    except PopulationError as error:
        raise InputError(str(error)) from error
