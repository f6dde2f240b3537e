"""Blocks in threads, for an engine that leaves Python's lock alone while it computes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING

from hybridsim.study.blocks import Block, Simulate, block_of

if TYPE_CHECKING:
    from hybridsim.rollout.world import World


class _Stopped(Exception):  # noqa: N818
    """The caller does not want any more."""


def in_threads(
    simulate: Simulate,
    world: World,
    seed: int,
    blocks: Sequence[range],
    workers: int,
    tick: Callable[[int], None],
) -> Generator[Block, None, None]:
    """Yield finished blocks, in any order; every thread ends after its replication when the caller stops.

    The caller's thread computes nothing, so that it hears Ctrl-C at once.
    """
    stopping = threading.Event()
    told, lock = [0], threading.Lock()

    def count(replications: int) -> None:
        if stopping.is_set():
            raise _Stopped
        with lock:
            told[0] += replications

    def report() -> None:
        with lock:
            done, told[0] = told[0], 0
        if done:
            tick(done)

    with ThreadPoolExecutor(workers, thread_name_prefix="replications") as pool:
        waiting = {pool.submit(block_of, simulate, world, seed, block, count) for block in blocks}
        try:
            while waiting:
                done, waiting = wait(waiting, timeout=0.2, return_when=FIRST_COMPLETED)
                report()
                for future in done:
                    yield future.result()
        finally:
            stopping.set()
            pool.shutdown(wait=False, cancel_futures=True)
