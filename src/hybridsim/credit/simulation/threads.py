"""Blocks of scenarios in threads; compiled code leaves Python's lock free."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")

_AHEAD = 3
"""Blocks per worker that are under way or wait for their turn: memory stays flat."""


def usable_workers(workers: int | None) -> int:
    """Number of threads: as asked, or one for each core that this process may use.

    Raises
    ------
    ValueError
        If less than one is asked for.
    """
    if workers is None:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if workers < 1:
        raise ValueError(f"workers(={workers}) must be >= 1")
    return workers


def in_order(compute: Callable[[Task], Result], tasks: Iterable[Task], workers: int) -> Iterator[Result]:
    """Results in the order of the tasks, computed by several threads a few tasks ahead."""
    waiting: deque[Future[Result]] = deque()
    with ThreadPoolExecutor(workers, thread_name_prefix="scenarios") as pool:
        try:
            for task in tasks:
                waiting.append(pool.submit(compute, task))
                if len(waiting) >= _AHEAD * workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
