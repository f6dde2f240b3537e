"""The order of events: absolute times, and ranks that decide between simultaneous ones.

Events are ordered by ``(time, rank, row, sub)``: the rank of the kind, the row of the institution and a
sub-index with a meaning (use case, stage, instrument). There is no running counter, so that two engines and
two runs cannot differ in it.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from heapq import heappop, heappush
from math import ceil

from simpy import Environment, Event


class Rank(IntEnum):
    """Kinds of events in the order in which simultaneous ones are handled."""

    DEFAULT = 0
    ILLIQUID = 1
    ESTATE = 2
    YEAR_TURN = 3
    QUARTER_TURN = 4
    FINAL_ACCOUNT = 5
    SUPPORT_END = 6
    WORN_OUT = 7
    PRICE_ROUND = 8
    SUSTAINED = 9
    GATE = 10
    LIVE = 11
    RELEASED = 12
    SERVED = 13
    IDEA = 14
    PLANNED = 15
    COMMITTEE = 16
    ANSWER = 17
    RETRY = 18
    NEXT_WAVE = 19


RUN_OFF = frozenset({Rank.DEFAULT, Rank.ILLIQUID, Rank.ESTATE, Rank.YEAR_TURN, Rank.FINAL_ACCOUNT})
"""Kinds that still happen after the horizon, until the last claim has ended."""

_ROW_BITS = 22
_SUB_BITS = 16
# SimPy keeps priorities 0 and 1 for starting processes: they run before any ranked event.
_FIRST_PRIORITY = 2


def sub_index(use_case: int, wave: int = 0, instrument: int = 0) -> int:
    """Sub-index of a project's event: use case (4 bits), wave (5 bits), instrument (6 bits)."""
    return (use_case << 11) | (wave << 6) | instrument


class Calendar(Environment):
    """SimPy's environment with absolute times and ranked events.

    ``whole_months`` rounds every time up to a whole month, which makes most events tie: a check that the
    order of events, and not chance, decides.
    """

    def __init__(self, whole_months: bool = False) -> None:
        super().__init__()
        self.whole_months = whole_months

    def at(self, time: float, rank: Rank, row: int, sub: int = 0) -> Event:
        """Event at an absolute time (months, not before now), to be yielded by a process."""
        event = Event(self)
        self.put(event, time, rank, row, sub)
        return event

    def put(self, event: Event, time: float, rank: Rank, row: int, sub: int = 0) -> None:
        """Put an event that somebody may already wait for at an absolute time."""
        if self.whole_months:
            time = float(ceil(time))
        if time < self._now:
            raise ValueError(f"time(={time}) must be >= now(={self._now}).")
        event._ok = True
        event._value = None
        priority = _FIRST_PRIORITY + (((rank << _ROW_BITS) | row) << _SUB_BITS | sub)
        entry: tuple[float, int, int, Event] = (time, priority, next(self._eid), event)
        # SimPy types its queue with a protocol that heappush cannot infer.
        heappush(self._queue, entry)  # type: ignore[misc]

    def call_at(self, time: float, rank: Rank, row: int, sub: int, handler: Callable[[], None]) -> None:
        """Call ``handler`` at an absolute time."""
        callbacks = self.at(time, rank, row, sub).callbacks
        assert callbacks is not None
        callbacks.append(lambda _: handler())

    def run_through(self, last: float) -> None:
        """Handle all events up to and including time ``last`` (SimPy's own ``until`` leaves it out)."""
        while self._queue and self._queue[0][0] <= last:
            self.step()
        self._now = last

    def run_off_through(self, last: float) -> None:
        """Handle the kinds of `RUN_OFF` up to and including ``last``; all others are dropped unseen."""
        while self._queue and self._queue[0][0] <= last:
            rank = (self._queue[0][1] - _FIRST_PRIORITY) >> (_ROW_BITS + _SUB_BITS)
            if rank in RUN_OFF:
                self.step()
            else:
                heappop(self._queue)
        self._now = last
