"""Events in the order of ``(time, rank, row, sub)``.

Those of the present week are a binary heap. What comes later lies unsorted in slices of time, a few events to
a chunk, until its slice begins; so the heap stays in the nearest cache, whatever the size of the world.
"""

from __future__ import annotations

from math import ceil, inf

from hybridsim.core.compiling import kernel
from hybridsim.rollout.kernel.memory import FULL, LATE, Run, chunk_at, event_at, slice_at, world
from hybridsim.rollout.kernel.records import CHUNK_EVENTS, SLICES_PER_MONTH

ROW_BITS = 22
SUB_BITS = 16
_PER_MONTH = float(SLICES_PER_MONTH)


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
    key = ((rank << ROW_BITS) | row) << SUB_BITS | sub
    seq = s.seq
    s.seq = seq + 1
    number = s.n_slices - 1
    if time * _PER_MONTH < number:
        number = int(time * _PER_MONTH)
    if number <= s.slice_now:
        push(s, time, key, seq, what, more)
    else:
        file(s, number, time, key, seq, what, more)


@kernel
def file(s: Run, number: int, time: float, key: int, seq: int, what: int, more: int) -> None:
    """Keep an event until its slice of time begins."""
    head = slice_at(s, number)
    if head.first == 0 or chunk_at(s, head.first - 1).count == CHUNK_EVENTS:
        if s.free_chunk > 0:
            c = s.free_chunk - 1
            s.free_chunk = chunk_at(s, c).next
        elif s.n_chunks < s.room_chunks:
            c = s.n_chunks
            s.n_chunks += 1
        else:
            s.status |= FULL
            return
        fresh = chunk_at(s, c)
        fresh.next, fresh.count = head.first, 0
        head.first = c + 1
    chunk = chunk_at(s, head.first - 1)
    entry = chunk.events[chunk.count]
    entry.time, entry.key, entry.seq, entry.what, entry.more = time, key, seq, what, more
    chunk.count += 1


@kernel
def open_slice(s: Run, number: int) -> None:
    """A slice of time begins: its events go to the heap."""
    head = slice_at(s, number)
    while head.first:
        c = head.first - 1
        chunk = chunk_at(s, c)
        for position in range(chunk.count):
            entry = chunk.events[position]
            push(s, entry.time, entry.key, entry.seq, entry.what, entry.more)
        head.first = chunk.next
        chunk.next = s.free_chunk
        s.free_chunk = c + 1


@kernel
def next_time(s: Run) -> float:
    """Month of the first event to come; infinite if there is none."""
    while s.n_heap == 0:
        if s.slice_now + 1 >= s.n_slices:
            return inf
        s.slice_now += 1
        open_slice(s, s.slice_now)
    return float(event_at(s, 0).time)


@kernel
def push(s: Run, time: float, key: int, seq: int, what: int, more: int) -> None:
    """Put an event in its place in the heap."""
    if s.n_heap >= s.room_heap:
        s.status |= FULL
        return
    position = s.n_heap
    s.n_heap = position + 1
    while position > 0:
        parent = (position - 1) >> 1
        above = event_at(s, parent)
        if above.time < time or (
            above.time == time and (above.key < key or (above.key == key and above.seq < seq))
        ):
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
