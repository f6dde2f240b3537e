"""A block: the outcomes of some replications as arrays, and its file."""

from __future__ import annotations

import os
import zipfile
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from hybridsim.core.errors import HybridsimError, InvariantError
from hybridsim.rollout import layout
from hybridsim.study.tables import LOAN_REPLICATIONS, START_REPLICATIONS

if TYPE_CHECKING:
    from hybridsim.rollout.tally import Outcome
    from hybridsim.rollout.world import World

DAMAGE = (
    OSError, ValueError, TypeError, AttributeError, KeyError, EOFError, NotImplementedError,
    zipfile.BadZipFile, zlib.error,
)  # fmt: skip
"""What reading a truncated or overwritten .npz raises, depending on where it was hit."""

Integers = npt.NDArray[np.int64]
Doubles = npt.NDArray[np.float64]
Simulate = Callable[[Any, int], Any]
"""An engine: ``simulate(world, replication) -> Outcome``."""


@dataclass(frozen=True, slots=True)
class Block:
    """Outcomes of b replications.

    Shapes: replications (b,), totals (b, R), years (b, Y, C), instruments (b, I, C), answers (b, I, A),
    reasons (b, R), cohorts (b, Y, C), rows (m,) and sums (m, C) of the institutions with something to
    report, loans (k, C), starts (s, C), balances (n, C) and ratings (r, C) as doubles (whole numbers below
    2**53 stay exact).
    """

    replications: Integers
    totals: Integers
    years: Integers
    instruments: Integers
    answers: Integers
    reasons: Integers
    rows: Integers
    sums: Integers
    loans: Doubles
    cohorts: Integers
    starts: Doubles
    balances: Doubles
    ratings: Doubles


def simulate_block(simulate: Simulate, world: World, seed: int, replications: Iterable[int]) -> Block:
    """Simulate some replications.

    Raises
    ------
    InvariantError
        If the model broke a rule or the engine failed; names seed and replication.
    """
    if hasattr(simulate, "block"):
        return block_of(simulate, world, seed, replications, lambda _: None)
    return pack([simulate_one(simulate, world, seed, replication) for replication in replications], world)


def block_of(
    simulate: Any,  # noqa: ANN401
    world: World,
    seed: int,
    replications: Iterable[int],
    tick: Callable[[int], None],
) -> Block:
    """Simulate some replications with an engine that hands out blocks; ``tick`` is called after each."""
    done = []

    def told(count: int) -> None:
        done.append(count)
        tick(count)

    numbers = list(replications)
    try:
        return Block(**simulate.block(world, numbers, LOAN_REPLICATIONS, START_REPLICATIONS, told))
    except InvariantError as error:
        raise InvariantError(f"{error}\n{how_to_replay(seed, numbers[len(done)])}") from error


def simulate_one(simulate: Simulate, world: World, seed: int, replication: int) -> Outcome:
    """Simulate one replication; any failure of the engine names the seed and replication to replay."""
    how = how_to_replay(seed, replication)
    try:
        outcome: Outcome = simulate(world, replication)
    except MemoryError:
        raise
    except InvariantError as error:
        raise InvariantError(f"{error}\n{how}") from error
    except HybridsimError:
        raise
    except Exception as error:
        what = f"{type(error).__name__}: {error}"
        raise InvariantError(f"the engine failed: {what}\n{how}") from error
    if outcome.replication != replication:
        raise InvariantError(f"replication {replication} was asked for, {outcome.replication} came back")
    return outcome


def how_to_replay(seed: int, replication: int) -> str:
    """How to see one replication again."""
    call = f"hybridsim.replay(scenario, replication={replication}, seed={seed})"
    return f"in replication {replication} of seed {seed}; replay it with {call}"


def pack(outcomes: list[Outcome], world: World) -> Block:
    """Outcomes as arrays; institutions are summed over the block."""
    sums: dict[int, list[int]] = {}
    loans: list[tuple[float, ...]] = []
    starts: list[tuple[float, ...]] = []
    balances: list[tuple[float, ...]] = []
    ratings: list[tuple[float, ...]] = []
    for outcome in outcomes:
        for row, values in outcome.institutions.items():
            seen = sums.get(row)
            sums[row] = list(values) if seen is None else [a + b for a, b in zip(seen, values, strict=True)]
        if outcome.replication < LOAN_REPLICATIONS:
            loans.extend((outcome.replication, *loan) for loan in sorted(outcome.loans))
            balances.extend((outcome.replication, *row) for row in outcome.balances)
            ratings.extend((outcome.replication, *row) for row in outcome.ratings)
        if outcome.replication < START_REPLICATIONS:
            starts.extend((outcome.replication, *start) for start in outcome.starts)
    rows = sorted(sums)
    count, instruments = len(outcomes), len(world.instrument_names)
    return Block(
        replications=_whole([o.replication for o in outcomes], (count,)),
        totals=_whole([o.totals for o in outcomes], (count, len(layout.REPLICATION))),
        years=_whole([o.years for o in outcomes], (count, world.years, len(layout.YEAR))),
        instruments=_whole([o.instruments for o in outcomes], (count, instruments, len(layout.INSTRUMENT))),
        answers=_whole([o.answers for o in outcomes], (count, instruments, len(layout.ANSWERS))),
        reasons=_whole([o.reasons for o in outcomes], (count, len(layout.REASONS))),
        rows=_whole(rows, (len(rows),)),
        sums=_whole([sums[row] for row in rows], (len(rows), len(layout.INSTITUTION))),
        loans=_rows(loans, len(layout.LOAN)),
        cohorts=_whole([o.cohorts for o in outcomes], (count, world.years, len(layout.COHORT))),
        starts=_rows(starts, len(layout.START)),
        balances=_rows(balances, len(layout.BALANCE)),
        ratings=_rows(ratings, len(layout.RATING)),
    )


def _rows(rows: list[tuple[float, ...]], width: int) -> Doubles:
    return np.array(rows, dtype=np.float64).reshape(len(rows), width)


def _whole(values: list[Any], shape: tuple[int, ...]) -> Integers:
    array = np.array(values)
    if array.size == 0:
        return np.zeros(shape, dtype=np.int64)
    if array.dtype.kind != "i" or array.shape != shape:
        raise InvariantError(
            f"the engine handed out {array.dtype} of shape {array.shape}, not whole numbers of shape {shape}"
        )
    return array.astype(np.int64)


def write_block(path: Path, block: Block, identity: str) -> None:
    """Write a block whole or not at all; it is readable only under the same identity."""
    arrays = {f.name: getattr(block, f.name) for f in fields(Block)}
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        with part.open("wb") as file:
            np.savez_compressed(file, identity=np.array(identity), **arrays)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def read_block(path: Path, identity: str, expected: range) -> Block | None:
    """Read a finished block; None if it is damaged or belongs to other inputs."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            if str(stored["identity"]) != identity:
                return None
            block = Block(**{f.name: stored[f.name] for f in fields(Block)})
    except DAMAGE:
        return None
    return block if block.replications.tolist() == list(expected) else None
