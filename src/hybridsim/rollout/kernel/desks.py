"""Advisers, vendors and trainers (reference: desks)."""

from __future__ import annotations

from hybridsim.core.compiling import kernel
from hybridsim.rollout.events import Rank
from hybridsim.rollout.kernel.books import share_cents
from hybridsim.rollout.kernel.calendar import put, sub_index
from hybridsim.rollout.kernel.columns import DESK_COLUMN
from hybridsim.rollout.kernel.memory import Run, column_at, project_at, world

_SERVED, _RELEASED = int(Rank.SERVED), int(Rank.RELEASED)


@kernel
def too_long(s: Run, desk: int, months: float) -> bool:
    """Whether somebody who would be served for ``months`` expects to wait beyond all patience."""
    w, people = world(s), s.desks[desk]
    if not w.servers[desk] or people.free:
        return False
    return bool((people.waiting + 1) * months / w.servers[desk] > w.queue_patience[desk])


@kernel
def count_service(s: Run, desk: int, months: float, waited: float) -> None:
    """Count a job."""
    busy, first = min(months, world(s).horizon - s.now), DESK_COLUMN[desk]
    column_at(s, first).value += 1
    column_at(s, first + 1).value += share_cents(1000, waited)
    column_at(s, first + 2).value += share_cents(1000, busy)


@kernel
def be_served(s: Run, desk: int, p: int, wave: int, months: float, waited: float) -> None:
    """One is free and works for the project from now on."""
    project = project_at(s, p)
    count_service(s, desk, months, waited)
    sub = sub_index(project.use_case, wave, desk)
    put(s, s.now + months, _RELEASED, project.row, sub, desk, 0)


@kernel
def ask_for(s: Run, desk: int, p: int, wave: int, months: float) -> bool:
    """Whether a project is served at once; otherwise it waits for its turn."""
    if not world(s).servers[desk]:
        count_service(s, desk, months, 0.0)
        return True
    people = s.desks[desk]
    if people.free:
        people.free -= 1
        be_served(s, desk, p, wave, months, 0.0)
        return True
    project = project_at(s, p)
    project.desk_wave, project.months, project.desk_arrived, project.queue_next = wave, months, s.now, -1
    if people.waiting:
        project_at(s, people.last).queue_next = p
    else:
        people.first = p
    people.last = p
    people.waiting += 1
    return False


@kernel
def release_server(s: Run, desk: int) -> None:
    """Free again, for the next project that still waits."""
    people = s.desks[desk]
    while people.waiting:
        p = people.first
        project = project_at(s, p)
        people.first = project.queue_next
        people.waiting -= 1
        if not project.ended:
            sub = sub_index(project.use_case, project.desk_wave, desk)
            put(s, s.now, _SERVED, project.row, sub, p, 0)
            return
    people.free += 1
