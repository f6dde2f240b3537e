"""Which runs a sensitivity study needs: designs, unknowns, and what they are set to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hybridsim.core.codes import InstitutionType
from hybridsim.core.errors import InputError, ScenarioError
from hybridsim.study.points import SURVEYED, Design, Job
from hybridsim.study.prepare import files_of, with_run
from hybridsim.study.unknowns import (
    Unknown,
    chosen,
    hypercube,
    out_of_reach,
    triangular,
    unknowns_of,
    with_values,
)

if TYPE_CHECKING:
    from hybridsim.scenario import Resolved
    from hybridsim.study.metric import Metric

MAX_DRAWS = 100_000
FEWEST_DRAWS = 4
_HYPERCUBES = 4
"""So many sets of draws are tried before a study gives up on unknowns that do not go together."""


@dataclass(frozen=True)
class Survey:
    """What is to be simulated.

    ``quantiles`` holds the numbers in (0, 1) of each point by key path, or its ends 0 and 1 if unknowns go
    one at a time; ``rejected`` the points whose figures do not go together, with the reason; ``left_out``
    counts unknowns that cannot matter, by the reason.
    """

    designs: tuple[Design, ...]
    metrics: tuple[Metric, ...]
    one_at_a_time: bool
    seed: int
    replications: int
    sample_fraction: float
    quantiles: Mapping[int, Mapping[str, float]]
    rejected: tuple[tuple[int, str], ...]
    left_out: Mapping[str, int]
    jobs: tuple[Job, ...] = field(repr=False)

    @property
    def unknowns(self) -> dict[str, Unknown]:
        """All unknowns by key path, as the first design that has them states them."""
        found: dict[str, Unknown] = {}
        for design in self.designs:
            for path, unknown in design.unknowns.items():
                found.setdefault(path, unknown)
        return found


def plan(
    scenarios: Sequence[Resolved],
    draws: int = 32,
    replications: int | None = None,
    seed: int | None = None,
    one_at_a_time: bool = False,
    only: Sequence[str] = (),
    metrics: Sequence[str] = (),
) -> Survey:
    """Decide which runs are needed; see `sensitivity`."""
    from hybridsim.scenario import build

    if not FEWEST_DRAWS <= draws <= MAX_DRAWS:
        raise InputError(f"draws(={draws}) must be between {FEWEST_DRAWS} and {MAX_DRAWS:,}")
    _check_alike(scenarios)
    first = with_run(scenarios[0].scenario, replications, seed).run
    if first.replications < 2:
        raise InputError("replications(=1) must be 2 or more: one future tells nothing of chance")
    people = build(scenarios[0].scenario, scenarios[0].base_dir)
    types = {InstitutionType(int(code)).label for code in people.type}
    designs, left_out = _designs(
        [_with(resolved, first.replications, first.seed) for resolved in scenarios], types, only
    )
    steps = _ends(designs) if one_at_a_time else _draws(designs, first.seed, draws)
    quantiles, rejected = steps
    jobs = [Job(number, 0, {}) for number in range(len(designs))]
    for point, at in quantiles.items():
        for number, design in enumerate(designs):
            values = values_at(design, at)
            if values:
                jobs.append(Job(number, point, values))
    return Survey(
        designs=designs,
        metrics=_metrics(metrics),
        one_at_a_time=one_at_a_time,
        seed=first.seed,
        replications=first.replications,
        sample_fraction=float(people.sample_fraction),
        quantiles=quantiles,
        rejected=tuple(rejected),
        left_out=left_out,
        jobs=tuple(jobs),
    )


def values_at(design: Design, quantiles: Mapping[str, float]) -> dict[str, float]:
    """Figures of a design at some quantiles; 0 and 1 are the ends of the range."""
    return {
        path: triangular(quantiles[path], unknown.low, unknown.value, unknown.high)
        for path, unknown in design.unknowns.items()
        if path in quantiles
    }


def _check_alike(scenarios: Sequence[Resolved]) -> None:
    if not scenarios:
        raise InputError("a sensitivity study needs a scenario")
    first = scenarios[0].scenario
    for other in (resolved.scenario for resolved in scenarios[1:]):
        if other.population != first.population or other.run.horizon_months != first.run.horizon_months:
            raise InputError(
                f"{other.name}: has another population or horizon than {first.name}; designs are compared "
                "on the same institutions and years: set both alike, for example with --set population.size"
            )


def _with(resolved: Resolved, replications: int, seed: int) -> Resolved:
    from hybridsim.scenario import Resolved as Whole

    scenario = with_run(resolved.scenario, replications, seed)
    return Whole(scenario, resolved.raw, resolved.files, resolved.base_dir, resolved.warnings)


def _designs(
    scenarios: Sequence[Resolved], types: set[str], only: Sequence[str]
) -> tuple[tuple[Design, ...], dict[str, int]]:
    """Designs with the unknowns that can matter in them, and how many unknowns matter in none."""
    reasons: dict[str, str] = {}
    able: list[dict[str, Unknown]] = []
    for resolved in scenarios:
        unknowns = {unknown.path: unknown for unknown in unknowns_of(resolved.scenario)}
        why = {path: out_of_reach(resolved.scenario, types, path) for path in unknowns}
        reasons.update({path: reason for path, reason in why.items() if reason})
        able.append({path: unknown for path, unknown in unknowns.items() if not why[path]})
    union = {path: unknown for part in able for path, unknown in part.items()}
    wanted = {unknown.path for unknown in chosen(list(union.values()), only)}
    if not wanted:
        raise InputError("no figure that can matter here has a range (low, high): there is nothing to vary")
    counts: dict[str, int] = {}
    for path, reason in reasons.items():
        if path not in union:
            counts[reason] = counts.get(reason, 0) + 1
    labels = _labels([resolved.scenario.name for resolved in scenarios])
    return tuple(
        Design(label, resolved, files_of(resolved), {p: u for p, u in part.items() if p in wanted})
        for label, resolved, part in zip(labels, scenarios, able, strict=True)
    ), counts


def _labels(names: Sequence[str]) -> list[str]:
    return [f"{name} #{names[:place].count(name) + 1}" if names.count(name) > 1 else name
            for place, name in enumerate(names)]  # fmt: skip


_Steps = tuple[dict[int, dict[str, float]], list[tuple[int, str]]]


def _draws(designs: Sequence[Design], seed: int, wanted: int) -> _Steps:
    """Draws of all unknowns; one whose figures do not go together in a design is replaced for all."""
    paths = list(dict.fromkeys(path for design in designs for path in design.unknowns))
    found: dict[int, dict[str, float]] = {}
    rejected: list[tuple[int, str]] = []
    for block in range(_HYPERCUBES):
        columns = {path: hypercube(seed, path, wanted, block) for path in paths}
        for row in range(wanted):
            number = block * wanted + row + 1
            at = {path: column[row] for path, column in columns.items()}
            why = _impossible(designs, at)
            if why:
                rejected.append((number, why))
            else:
                found[number] = at
            if len(found) == wanted:
                return found, rejected
    raise InputError(
        f"{len(rejected):,} of {len(found) + len(rejected):,} draws do not go together, the first because of "
        f"{rejected[0][1]}; narrow the ranges of these figures, or leave one of them out with --only"
    )


def _ends(designs: Sequence[Design]) -> _Steps:
    """Each unknown alone at both ends; one that does not go together with the others is left out."""
    paths = dict.fromkeys(path for design in designs for path in design.unknowns)
    found: dict[int, dict[str, float]] = {}
    rejected: list[tuple[int, str]] = []
    for place, path in enumerate(paths):
        for end in (0, 1):
            number = 2 * place + end + 1
            why = _impossible(designs, {path: float(end)})
            if why:
                rejected.append((number, f"{path} at its {('low', 'high')[end]} end: {why}"))
            else:
                found[number] = {path: float(end)}
    return found, rejected


def _impossible(designs: Sequence[Design], at: Mapping[str, float]) -> str:
    for design in designs:
        try:
            with_values(design.scenario, values_at(design, at))
        except ScenarioError as error:
            return str(error)
    return ""


def _metrics(names: Sequence[str]) -> tuple[Metric, ...]:
    from hybridsim.scenario.schema.references import nearest

    known = {metric.name: metric for metric in SURVEYED}
    for name in names:
        if name not in known:
            raise InputError(f"metric(={name!r}) is not a mean over the whole world{nearest(name, known)}")
    if names:
        return tuple(known[name] for name in dict.fromkeys(names))
    return tuple(metric for metric in SURVEYED if metric.title)
