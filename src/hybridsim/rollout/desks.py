"""Advisers, vendors and trainers: a few of them, and queues of projects that wait for one.

First come, first served. Whoever is free takes the next project that still waits; the hand-over is an event
of its own, so that both engines agree on who is next.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator

from simpy import Event

from hybridsim.core.money import share_cents
from hybridsim.rollout.context import Context
from hybridsim.rollout.events import Rank, sub_index
from hybridsim.rollout.state import Project
from hybridsim.rollout.world import Queue


class Desk:
    """The people of one kind and the projects that wait for them."""

    def __init__(self, context: Context, queue: Queue) -> None:
        self.context = context
        self.queue = queue
        self._free = queue.servers
        self._waiting: deque[tuple[Project, int, Event]] = deque()

    def too_long(self, months: float) -> bool:
        """Whether somebody who would be served for ``months`` expects to wait beyond all patience."""
        if not self.queue.servers or self._free:
            return False
        return (len(self._waiting) + 1) * months / self.queue.servers > self.queue.patience_months

    def serve(self, project: Project, months: float, wave: int = 0) -> Generator[Event, object, None]:
        """Wait until one is free; he is then busy for ``months``, whatever becomes of the project."""
        context = self.context
        if not self.queue.servers:
            self._count(months, 0.0)
            return
        sub = sub_index(project.use_case, wave, self.queue.index)
        arrived = context.now
        if self._free:
            self._free -= 1
        else:
            turn = Event(context.calendar)
            self._waiting.append((project, sub, turn))
            yield turn
            if project.over():
                self._release()
                return
            context.happened(Rank.SERVED, project.institution.row, sub)
        self._count(months, context.now - arrived)
        context.calendar.call_at(
            context.now + months, Rank.RELEASED, project.institution.row, sub, self._release
        )

    def _release(self) -> None:
        """Free again, for the next project that still waits."""
        while self._waiting:
            project, sub, turn = self._waiting.popleft()
            if not project.over():
                self.context.calendar.put(turn, self.context.now, Rank.SERVED, project.institution.row, sub)
                return
        self._free += 1

    def _count(self, months: float, waited: float) -> None:
        total, name = self.context.tally.total, self.queue.name
        busy = min(months, self.context.world.horizon - self.context.now)
        total[f"{name}_jobs"] += 1
        total[f"{name}_wait"] += share_cents(1000, waited)
        total[f"{name}_busy"] += share_cents(1000, busy)
