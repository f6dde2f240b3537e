"""Simulate one scenario and store it: all of it or nothing, and never the same block twice."""

from __future__ import annotations

import contextlib
import shutil
import time
import weakref
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

from hybridsim.study import folders
from hybridsim.study.assemble import Work, assemble
from hybridsim.study.blocks import Simulate, read_block, write_block
from hybridsim.study.executor import Tick, check_workers, simulate_blocks
from hybridsim.study.plan import Plan
from hybridsim.study.prepare import engine as engine_named
from hybridsim.study.prepare import make_ready, prepare
from hybridsim.study.resources import clear_limits
from hybridsim.study.store import PLAN, StoredRun

if TYPE_CHECKING:
    from hybridsim.study.prepare import Source

Progress = Callable[[int, int], None]
"""Called with replications done and asked for; those of an earlier attempt count as done."""


def run(
    scenario: Source,
    replications: int | None = None,
    seed: int | None = None,
    workers: int = 1,
    out: str | Path | None = None,
    engine: str = "compiled",
    progress: Progress | None = None,
    force: bool = False,
) -> StoredRun:
    """Simulate a scenario and store the result.

    Parameters
    ----------
    scenario
        Path of a scenario file, a Scenario, or what `hybridsim.load` returned.
    replications, seed
        Instead of the scenario's.
    workers
        Threads of the compiled engine, processes of the reference engine; the result is the same for any
        number. With more than one process, a script of your own must start the run under
        ``if __name__ == "__main__":``.
    out
        Run folder; left out, a temporary one that lives as long as the returned object.
    engine
        ``compiled``, or ``simpy`` for the readable reference, a hundred times slower; both give the same
        result.
    progress
        Called with the replications done and asked for.
    force
        Replace a finished run in ``out``.

    Raises
    ------
    InputError
        If scenario, population or an argument is wrong, or ``out`` must not be replaced.
    ResourceError
        If disk or memory ran out; the same call goes on from the finished blocks.
    InvariantError
        If the model broke one of its own rules; there is no result.
    """
    check_workers(workers)
    simulate = engine_named(engine)
    if out is not None:
        folders.check_target(Path(out), force)
    return execute(prepare(scenario, replications, seed, engine), simulate, workers, out, progress, force)


def execute(
    plan: Plan,
    simulate: Simulate,
    workers: int = 1,
    out: str | Path | None = None,
    progress: Progress | None = None,
    force: bool = False,
) -> StoredRun:
    """Simulate a plan with an engine and store the result; see `run`."""
    check_workers(workers)
    if out is not None:
        return _stored(plan, simulate, workers, Path(out), progress, force)
    temporary = mkdtemp(prefix="hybridsim-")
    try:
        stored = _stored(plan, simulate, workers, Path(temporary, "run"), progress, force)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    weakref.finalize(stored, shutil.rmtree, temporary, ignore_errors=True)
    return stored


def _stored(
    plan: Plan, simulate: Simulate, workers: int, out: Path, progress: Progress | None, force: bool
) -> StoredRun:
    with clear_limits(out):
        folders.check_target(out, force)
        partial = folders.partial_folder(out)
        manifest = assemble(plan, partial, out, force, _work(plan, simulate, workers, partial, progress))
        folders.remove_partial(partial)
    return StoredRun(out, manifest)


def _work(plan: Plan, simulate: Simulate, workers: int, partial: Path, progress: Progress | None) -> Work:
    """Bring every block into the partial folder."""
    identity, blocks = plan.identity, plan.blocks
    folders.write_json(partial / PLAN, {"identity": identity, "blocks": len(blocks)})
    numbers = {block.start: number for number, block in enumerate(blocks)}
    missing, renewed = _missing(partial, identity, blocks)

    if missing:
        make_ready(plan.engine)  # before the clocks of progress line and manifest start
    began = time.time()
    tick = _counter(plan.replications, plan.replications - sum(map(len, missing)), progress)
    tick(0)
    finished = simulate_blocks(simulate, plan.world, plan.seed, missing, workers, tick)
    with contextlib.closing(finished):
        for block in finished:
            number = numbers[int(block.replications[0])]
            write_block(folders.block_file(partial, number), block, identity)
    return Work(
        workers=workers,
        blocks=len(blocks),
        found=len(blocks) - len(missing),
        renewed=renewed,
        began=began,
        ended=time.time(),
    )


def _missing(partial: Path, identity: str, blocks: Sequence[range]) -> tuple[list[range], int]:
    """Blocks that have to be simulated, and how many of them were there but unusable."""
    missing, renewed = [], 0
    for number, block in enumerate(blocks):
        path = folders.block_file(partial, number)
        if read_block(path, identity, block) is None:
            missing.append(block)
            renewed += path.exists()
    return missing, renewed


def _counter(total: int, done: int, progress: Progress | None) -> Tick:
    def tick(replications: int) -> None:
        nonlocal done
        done += replications
        if progress is not None:
            progress(done, total)

    return tick
