"""One point of a sensitivity study: a design with some figures replaced, through all its replications."""

from __future__ import annotations

import contextlib
import hashlib
import math
import os
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt

from hybridsim.core.errors import HybridsimError, InputError, InvariantError
from hybridsim.scenario import Resolved, Scenario
from hybridsim.study.blocks import DAMAGE, Block, simulate_block
from hybridsim.study.executor import in_workers
from hybridsim.study.figures import Figures, evaluate
from hybridsim.study.influence import influence
from hybridsim.study.metric import Metric
from hybridsim.study.metrics import METRICS, estimate
from hybridsim.study.plan import Plan, inputs_digest
from hybridsim.study.prepare import make_ready
from hybridsim.study.unknowns import Unknown, with_values
from hybridsim.study.writer import TableWriter

Floats = npt.NDArray[np.float64]

SURVEYED: tuple[Metric, ...] = tuple(m for m in METRICS if m.scope == "total" and m.statistic == "mean")
"""Metrics that a sensitivity study measures: means and ratios of means over the whole world."""

_OUTCOMES = ("totals", "years", "instruments", "answers", "reasons")


@dataclass(frozen=True, slots=True)
class Design:
    """A scenario by its label, with the seed and replications of the study.

    ``files`` maps names of what was read to hashes, ``unknowns`` are the figures that are varied in it.
    """

    label: str
    resolved: Resolved
    files: Mapping[str, str]
    unknowns: Mapping[str, Unknown]

    @property
    def scenario(self) -> Scenario:
        """Its scenario."""
        return self.resolved.scenario


@dataclass(frozen=True, slots=True)
class Job:
    """Design number ``design`` with ``values`` by key path, as point number ``point``; 0 has none."""

    design: int
    point: int
    values: Mapping[str, float]


@dataclass(frozen=True, eq=False)
class Answer:
    """What came out of a point, by metric of `SURVEYED`.

    ``values`` (M,) are NaN where a figure is not defined; ``influences`` (M, R) are those of replications,
    mean zero; ``never_negative`` (M,); ``outcomes`` is a digest of everything that happened. ``failure``
    says why there is nothing.
    """

    values: Floats
    influences: Floats
    never_negative: npt.NDArray[np.bool_]
    outcomes: str
    failure: str = ""


Evaluate = Callable[[Resolved], Answer]
"""Simulates a scenario as it stands."""


def simulate_point(resolved: Resolved) -> Answer:
    """Run a scenario and measure it.

    Raises
    ------
    InputError
        If the scenario cannot be simulated.
    InvariantError
        If the model broke one of its own rules.
    """
    from hybridsim.study.prepare import engine, prepare

    plan = prepare(resolved)
    block = simulate_block(engine(plan.engine), plan.world, plan.seed, range(plan.replications))
    return measure(plan, block)


def measure(plan: Plan, block: Block) -> Answer:
    """The surveyed figures of one block that holds all replications."""
    with TemporaryDirectory(prefix="hybridsim-") as name:
        folder = Path(name)
        with TableWriter(folder, plan.world).open() as writer:
            writer.add(block)
            writer.finish(plan.replications)
        with Figures(folder, list(plan.world.instrument_names), plan.world.years) as figures:
            rows = [_figure(metric, figures) for metric in SURVEYED]
    return Answer(
        np.array([value for value, _, _ in rows]),
        np.array([moves for _, moves, _ in rows]),
        np.array([sign for _, _, sign in rows]),
        outcomes_digest(block),
    )


def _figure(metric: Metric, figures: Figures) -> tuple[float, Floats, bool]:
    value = estimate(metric, figures.total, figures.n).value
    if value is None:
        return math.nan, np.full(figures.n, math.nan), False
    columns = [evaluate(part, figures.total) for part in (metric.numerator, metric.denominator) if part]
    return value, influence(metric, figures.total).values, all(bool(c.min() >= 0.0) for c in columns)


def outcomes_digest(block: Block) -> str:
    """SHA-256 of everything that happened; equal ones mean that not one bit differs."""
    digest = hashlib.sha256()
    for name in _OUTCOMES:
        digest.update(np.ascontiguousarray(getattr(block, name), dtype="<i8").tobytes())
    return digest.hexdigest()


def answers(
    designs: Sequence[Design], jobs: Sequence[Job], evaluate_one: Evaluate, workers: int, folder: Path
) -> Iterator[list[tuple[Job, Answer]]]:
    """Yield answers to all jobs: first those that ``folder`` holds already, then each as it comes.

    Raises
    ------
    ResourceError, MemoryError, OSError
        If memory, disk or a worker gave out; what is finished is kept.
    """
    known, missing = [], []
    for job in jobs:
        file = folder / point_file(designs[job.design], job)
        answer = read_answer(file)
        if answer is None:
            missing.append((job, file))
        else:
            known.append((job, answer))
    yield known
    shared = (tuple(design.resolved for design in designs), evaluate_one)
    # Closed at once, so that no worker goes on when the disk is full.
    with contextlib.closing(_answered(shared, [job for job, _ in missing], workers)) as finished:
        for number, answer in finished:
            job, file = missing[number]
            write_answer(file, answer)
            yield [(job, answer)]


_Shared = tuple[tuple[Resolved, ...], Evaluate]


def _answered(
    shared: _Shared, jobs: Sequence[Job], workers: int
) -> Generator[tuple[int, Answer], None, None]:
    numbered = list(enumerate(jobs))
    if min(workers, len(jobs)) <= 1:
        for item in numbered:
            yield _answer(shared, item)
    else:
        make_ready("compiled")  # once, and not in every process
        yield from in_workers(_answer, shared, numbered, min(workers, len(jobs)))


def _answer(shared: _Shared, item: tuple[int, Job]) -> tuple[int, Answer]:
    designs, evaluate_one = shared
    number, job = item
    base = designs[job.design]
    try:
        scenario = with_values(base.scenario, job.values)
        changed = Resolved(scenario, base.raw, base.files, base.base_dir, base.warnings)
        return number, evaluate_one(changed)
    except (InputError, InvariantError) as error:
        return number, failed(error)


def failed(error: HybridsimError) -> Answer:
    """The answer of a point that cannot be simulated."""
    nothing = np.full(len(SURVEYED), math.nan)
    return Answer(nothing, nothing[:, None], np.zeros(len(SURVEYED), dtype=bool), "", str(error))


def point_file(design: Design, job: Job) -> str:
    """Name of the file of a point: equal only for equal inputs, values and code."""
    scenario = with_values(design.scenario, job.values)
    metrics = [f"{m.name} {m.formula}" for m in SURVEYED]
    return f"point-{inputs_digest(scenario, design.files, metrics)}.npz"


def write_answer(path: Path, answer: Answer) -> None:
    """Write an answer whole or not at all; failures are not kept, since the next attempt may succeed."""
    if answer.failure:
        return
    part = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        with part.open("wb") as file:
            np.savez_compressed(
                file,
                values=answer.values,
                influences=answer.influences,
                never_negative=answer.never_negative,
                outcomes=np.array(answer.outcomes),
            )
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def read_answer(path: Path) -> Answer | None:
    """Read a finished answer; None if there is none, or a damaged one."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            return Answer(
                stored["values"], stored["influences"], stored["never_negative"], str(stored["outcomes"])
            )
    except DAMAGE:
        return None
