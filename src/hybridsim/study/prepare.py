"""From a scenario to a plan: overrides, population, world, and what the manifest has to know of them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, Union

from hybridsim.core.errors import InputError, InvariantError, PopulationError
from hybridsim.study.blocks import Simulate, how_to_replay
from hybridsim.study.plan import Plan

if TYPE_CHECKING:
    from hybridsim.rollout.tally import Outcome
    from hybridsim.scenario import Resolved, Scenario

Source: TypeAlias = Union[str, Path, "Scenario", "Resolved"]
"""What a run can start from: path of a scenario file, Scenario, or a resolved one."""

ENGINES = ("compiled", "simpy")
"""The compiled kernel, and the readable reference; both tell the same story."""
MAX_REPLICATIONS = 1_000_000
MAX_SEED = 2**63 - 1


def engine(name: str) -> Simulate:
    """The function of an engine.

    Raises
    ------
    InputError
        If there is no engine of this name.
    """
    if name not in ENGINES:
        raise InputError(f"engine(={name!r}) must be one of {', '.join(ENGINES)}")
    if name == "compiled":
        from hybridsim.rollout.kernel.engine import simulate as compiled

        return compiled
    from hybridsim.rollout.reference import simulate

    return simulate


def must_compile(name: str) -> bool:
    """Whether the first run with an engine will have to compile it, which takes a minute or two."""
    if name != "compiled":
        return False
    from hybridsim.rollout.kernel import engine as kernel

    return not kernel.is_compiled()


def make_ready(name: str) -> None:
    """Compile or load an engine, so that what follows can start at once, in any thread or process."""
    if name == "compiled":
        from hybridsim.rollout.kernel import engine as kernel

        kernel.compile_now()


def prepare(
    source: Source, replications: int | None = None, seed: int | None = None, engine: str = "compiled"
) -> Plan:
    """Read and check everything that a run needs.

    Raises
    ------
    InputError
        If scenario, population, replications or seed cannot be used.
    """
    from hybridsim.rollout.world import build_world
    from hybridsim.scenario import assumptions, population, scenario_hash
    from hybridsim.scenario.warnings import nobody_may_apply

    resolved = resolved_of(source)
    scenario = with_run(resolved.scenario, replications, seed)
    people = population.build(scenario, resolved.base_dir)
    return Plan(
        world=build_world(scenario, people),
        scenario=scenario.model_dump(mode="json"),
        scenario_hash=scenario_hash(scenario),
        name=scenario.name,
        seed=scenario.run.seed,
        replications=scenario.run.replications,
        engine=engine,
        files=files_of(resolved),
        assumptions=tuple(asdict(item) for item in assumptions(scenario)),
        notes=(*resolved.warnings, *nobody_may_apply(scenario, people)),
    )


def replay(
    source: Source, replication: int, seed: int | None = None, record: bool = True, engine: str = "compiled"
) -> Outcome:
    """Simulate one replication alone, with its event log and ledger.

    It is the same future as the replication of this number in a run with the same scenario and seed.

    Raises
    ------
    InputError
        If scenario or population cannot be used, or the replication is out of bounds.
    InvariantError
        If the model broke one of its own rules.
    """
    if not 0 <= replication < MAX_REPLICATIONS:
        raise InputError(f"replication(={replication}) must be between 0 and {MAX_REPLICATIONS - 1}")
    return simulate_one(prepare(source, None, seed, engine), replication, record)


def simulate_one(plan: Plan, replication: int, record: bool = True) -> Outcome:
    """One replication of a plan, with its event log and ledger."""
    tell: Callable[..., Outcome] = engine(plan.engine)
    try:
        return tell(plan.world, replication, record)
    except InvariantError as error:
        raise InvariantError(f"{error}\n{how_to_replay(plan.seed, replication)}") from error


def resolved_of(source: Source) -> Resolved:
    """What a run can start from, as a resolved scenario."""
    from hybridsim.scenario import Resolved, Scenario, resolve

    if isinstance(source, Resolved):
        return source
    if isinstance(source, Scenario):
        return Resolved(source, source.model_dump(mode="json"), (), Path(), ())
    if isinstance(source, str | Path):
        return resolve(source)
    raise InputError(f"scenario(={source!r}) must be a path, a Scenario or what hybridsim.load returned")


def files_of(resolved: Resolved) -> dict[str, str]:
    """SHA-256 of every file that a scenario reads, by name."""
    files = _by_name(resolved.files)
    if resolved.scenario.population.file is not None:
        files.update(_file_hash(resolved.base_dir / resolved.scenario.population.file))
    return files


def with_run(scenario: Scenario, replications: int | None, seed: int | None) -> Scenario:
    """The scenario with another number of replications or seed, if given."""
    changes: dict[str, int] = {}
    if replications is not None:
        changes["replications"] = _bounded("replications", replications, 1, MAX_REPLICATIONS)
    if seed is not None:
        changes["seed"] = _bounded("seed", seed, 0, MAX_SEED)
    return scenario.model_copy(update={"run": scenario.run.model_copy(update=changes)})


def _bounded(name: str, value: int, lowest: int, highest: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
        raise InputError(f"{name}(={value!r}) must be a whole number from {lowest} to {highest}")
    return value


def _by_name(files: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Hashes by file name without folders, so that a run says nothing of the machine it was made on."""
    named: dict[str, str] = {}
    for path, digest in files:
        name = path if path.startswith("catalogue/") else Path(path).name
        while named.get(name, digest) != digest:
            name = f"{name}*"
        named[name] = digest
    return named


def _file_hash(path: Path) -> dict[str, str]:
    try:
        return {path.name: hashlib.sha256(path.read_bytes()).hexdigest()}
    except OSError as error:
        raise PopulationError(f"{path}: cannot be read ({error.strerror})") from error
