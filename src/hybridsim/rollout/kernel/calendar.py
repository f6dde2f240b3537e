"""Events in the order of ``(time, rank, row, sub)``: a binary heap in an array."""

from __future__ import annotations

from math import ceil

from hybridsim.core.compiling import kernel
from hybridsim.rollout.kernel.memory import FULL, LATE, Run, event_at, world

ROW_BITS = 22
SUB_BITS = 16


@kernel
def sub_index(use_case: int, wave: int, instrument: int) -> int:
    """Sub-index of a project's event, as in `hybridsim.rollout.events`."""
    return (use_case << 11) | (wave << 6) | instrument


@kernel
def is_before(s: Run, left: int, right: int) -> bool:
    """Order of two entries; equal keys keep the order in which they were put."""
    a, b = event_at(s, left), event_at(s, right)
    if a.time != b.time:
        return bool(a.time < b.time)
    if a.key != b.key:
        return bool(a.key < b.key)
    return bool(a.seq < b.seq)


@kernel
def put(s: Run, time: float, rank: int, row: int, sub: int, what: int, more: int) -> None:
    """Put an event on the calendar; ``what`` and ``more`` say what it is about."""
    if world(s).whole_months:
        time = float(ceil(time))
    if time < s.now:
        s.status |= LATE
    if s.n_heap >= s.room_heap:
        s.status |= FULL
        return
    key = ((rank << ROW_BITS) | row) << SUB_BITS | sub
    seq = s.seq
    s.seq = seq + 1
    position = s.n_heap
    s.n_heap = position + 1
    while position > 0:
        parent = (position - 1) >> 1
        above = event_at(s, parent)
        if above.time < time or (above.time == time and above.key <= key):
            break
        here = event_at(s, position)
        here.time, here.key, here.seq = above.time, above.key, above.seq
        here.what, here.more = above.what, above.more
        position = parent
    here = event_at(s, position)
    here.time, here.key, here.seq, here.what, here.more = time, key, seq, what, more


@kernel
def take(s: Run) -> None:
    """Take the first event off the calendar: the run's key, what and more; time goes on to it."""
    first = event_at(s, 0)
    s.now, s.key, s.what, s.more = first.time, first.key, first.what, first.more
    last = s.n_heap - 1
    s.n_heap = last
    moved = event_at(s, last)
    time, key, seq, what, more = moved.time, moved.key, moved.seq, moved.what, moved.more
    position = 0
    while True:
        child = 2 * position + 1
        if child >= last:
            break
        if child + 1 < last and is_before(s, child + 1, child):
            child += 1
        below = event_at(s, child)
        if time < below.time or (
            time == below.time and (key < below.key or (key == below.key and seq < below.seq))
        ):
            break
        here = event_at(s, position)
        here.time, here.key, here.seq = below.time, below.key, below.seq
        here.what, here.more = below.what, below.more
        position = child
    here = event_at(s, position)
    here.time, here.key, here.seq, here.what, here.more = time, key, seq, what, more
