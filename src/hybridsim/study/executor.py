"""Who does the work: this process, or worker processes that never outlive it."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnContext
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING, Any, TypeVar

from hybridsim.core.errors import InputError, ResourceError
from hybridsim.study.blocks import Block, Simulate, pack, simulate_block, simulate_one
from hybridsim.study.threads import in_threads

if TYPE_CHECKING:
    from multiprocessing.queues import Queue

    from hybridsim.rollout.world import World

Item = TypeVar("Item")
Result = TypeVar("Result")

MAX_WORKERS = 61 if sys.platform == "win32" else 256
_QUEUED_PER_WORKER = 2
_WORKER: dict[str, Any] = {}

Tick = Callable[[int], None]
"""Called with the number of replications that were finished since the last call."""


def usable_cores() -> int:
    """Number of processors that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def check_workers(workers: int) -> int:
    """``workers``, refused if out of bounds."""
    if not 1 <= workers <= MAX_WORKERS:
        raise InputError(f"workers(={workers}) must be between 1 and {MAX_WORKERS}")
    return workers


def simulate_blocks(
    simulate: Simulate,
    world: World,
    seed: int,
    blocks: Sequence[range],
    workers: int,
    tick: Tick,
) -> Generator[Block, None, None]:
    """Yield finished blocks, in any order, and stop every worker when the caller stops.

    Raises
    ------
    ResourceError
        If a worker died.
    MemoryError
        If memory ran out, here or in a worker.
    InvariantError
        If the model broke a rule; names seed and replication.
    """
    if getattr(simulate, "in_threads", False):
        yield from in_threads(simulate, world, seed, blocks, max(1, min(workers, len(blocks))), tick)
    elif min(workers, len(blocks)) <= 1:
        yield from _here(simulate, world, seed, blocks, tick)
    else:
        for finished in in_workers(_block, (simulate, world, seed), blocks, min(workers, len(blocks))):
            tick(len(finished.replications))
            yield finished


def _here(
    simulate: Simulate, world: World, seed: int, blocks: Sequence[range], tick: Tick
) -> Generator[Block, None, None]:
    for block in blocks:
        outcomes = []
        for replication in block:
            outcomes.append(simulate_one(simulate, world, seed, replication))
            tick(1)
        yield pack(outcomes, world)


def _block(shared: tuple[Simulate, World, int], block: range) -> Block:
    return simulate_block(*shared, block)


def in_workers(
    task: Callable[[Any, Item], Result], shared: object, items: Sequence[Item], workers: int
) -> Generator[Result, None, None]:
    """Yield ``task(shared, item)`` of each item, in any order; ``shared`` goes to each worker once.

    Raises
    ------
    ResourceError
        If a worker died.
    """
    context = _Recording()
    leash, hold = Pipe(duplex=False)
    # Through a queue, because a large argument would block the parent until the child has started.
    parcels = context.Queue()
    for _ in range(workers):
        parcels.put(shared)
    pool = ProcessPoolExecutor(
        workers, mp_context=context, initializer=_start_worker, initargs=(leash, parcels, task)
    )
    try:
        waiting: set[Future[Any]] = set()
        ahead = iter(items)
        while True:
            with _children_ignore_interrupts():
                for item in ahead:
                    waiting.add(pool.submit(_work, item))
                    if len(waiting) >= workers * _QUEUED_PER_WORKER:
                        break
            if not waiting:
                break
            # The timeout lets Ctrl-C through on Windows, where an endless wait is deaf to it.
            done, waiting = wait(waiting, timeout=0.5, return_when=FIRST_COMPLETED)
            for future in done:
                yield future.result()
        pool.shutdown(wait=True)
    except BrokenProcessPool as error:
        raise ResourceError(
            "a worker process died, probably for lack of memory; use fewer workers and run the same again: "
            "finished blocks are kept (in a script of your own, start the run under "
            'if __name__ == "__main__":, because workers import the script)'
        ) from error
    finally:
        context.terminate()
        hold.close()
        pool.shutdown(wait=True, cancel_futures=True)
        leash.close()
        parcels.cancel_join_thread()
        parcels.close()


class _Recording(SpawnContext):
    """Knows the processes that it started, so that exactly those can be ended."""

    def __init__(self) -> None:
        super().__init__()
        self._started: list[BaseProcess] = []

    def Process(self, *args: Any, **kwargs: Any) -> BaseProcess:  # type: ignore[override]  # noqa: ANN401, N802
        """A process of this context, as the pool asks for it."""
        process = super().Process(*args, **kwargs)
        self._started.append(process)
        return process

    def terminate(self) -> None:
        """End every worker that is still there, whatever it is doing."""
        for process in self._started:
            if process.is_alive():
                process.terminate()


def _start_worker(leash: Connection, parcels: Queue[object], task: Callable[[Any, Any], object]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, args=(leash,), daemon=True).start()
    _WORKER.update(task=task, shared=parcels.get())


def _end_with_parent(leash: Connection) -> None:
    # The parent never sends; the pipe breaks when it lets go of it or dies.
    with suppress(EOFError, OSError):
        leash.recv_bytes()
    os._exit(1)


def _work(item: object) -> object:
    return _WORKER["task"](_WORKER["shared"], item)


@contextmanager
def _children_ignore_interrupts() -> Iterator[None]:
    """Start processes that are deaf to Ctrl-C, which terminals send to parent and children alike.

    Without it, children that are still importing would print tracebacks. POSIX children inherit blocked
    signals; one that reaches the parent meanwhile waits until the end of the block.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
