"""Budgets and committees (reference: panel)."""

from __future__ import annotations

import numpy as np

from hybridsim.core.compiling import kernel, rule
from hybridsim.rollout import layout, rules
from hybridsim.rollout.events import Rank
from hybridsim.rollout.kernel.books import happened
from hybridsim.rollout.kernel.calendar import put
from hybridsim.rollout.kernel.exact import periods
from hybridsim.rollout.kernel.memory import (
    FULL,
    Run,
    application_at,
    call_at,
    lists_at,
    person_at,
    project_at,
    world,
)
from hybridsim.rollout.kernel.promises import UNLIMITED

_COMMITTEE = int(Rank.COMMITTEE)
GRANTED, REFUSED, BUDGET_SPENT = (
    int(layout.Answer.GRANTED), int(layout.Answer.REFUSED), int(layout.Answer.BUDGET_SPENT),
)  # fmt: skip

next_call, call_close = rule(rules.next_call), rule(rules.call_close)


@kernel
def decide(s: Run, k: int, u: float, chance: float, cents: int, left: int) -> tuple[int, int]:
    """Amount and answer of a rolling programme, first come first served; a fund lends what it has."""
    t = world(s).instruments[k]
    if u >= chance:
        return 0, REFUSED
    granted = min(cents, left)
    if granted < max(1, t.minimum):
        return 0, BUDGET_SPENT
    if t.budget_pa != UNLIMITED:
        s.spent[k, periods(s.now, 12.0)] += granted
    return granted, GRANTED


@kernel
def application_of(s: Run, k: int, call: int, row: int, use_case: int, wave: int) -> int:
    """Number of the application that an institution has filed to a call; -1 if none."""
    a = lists_at(s, row).first_application
    while a >= 0:
        entry = application_at(s, a)
        if entry.terms == k and entry.call == call and entry.use_case == use_case and entry.wave == wave:
            return a
        a = entry.next_of_row
    return -1


@kernel
def enter(s: Run, k: int, call: int, p: int, wave: int, cents: int) -> int:
    """File an application to ``call``, or to the next one if its committee has met; returns its number."""
    t, project = world(s).instruments[k], project_at(s, p)
    while call_at(s, k, call).met:
        call += 1
    drawn = call_at(s, k, call)
    if not drawn.opened:
        drawn.opened, drawn.first, drawn.count = 1, -1, 0
        closes_at = max(s.now, call_close(call, t.calls))
        put(s, closes_at + t.lag_median, _COMMITTEE, 0, k, call, k)
    row, use_case = project.row, project.use_case
    if application_of(s, k, call, row, use_case, wave) >= 0:
        return call
    if s.n_applications >= s.room_applications:
        s.status |= FULL
        return call
    a = s.n_applications
    s.n_applications += 1
    entry, lists = application_at(s, a), lists_at(s, row)
    done = 0
    for position in range(world(s).n_activities):
        done += (project.done >> position) & 1
    entry.score = person_at(s, row).readiness_gap + 0.25 * done + (0.5 if project.advised else 0.0)
    entry.terms, entry.call, entry.row, entry.use_case, entry.wave = k, call, row, use_case, wave
    entry.cents, entry.award = cents, 0
    entry.next_of_call, entry.next_of_row = drawn.first, lists.first_application
    drawn.first = lists.first_application = a
    drawn.count += 1
    return call


@kernel
def comes_first(s: Run, a: int, b: int) -> bool:
    """Order of two applications: the better one, then row, use case and wave."""
    left, right = application_at(s, a), application_at(s, b)
    if left.score != right.score:
        return bool(left.score > right.score)
    if left.row != right.row:
        return bool(left.row < right.row)
    if left.use_case != right.use_case:
        return bool(left.use_case < right.use_case)
    return bool(left.wave < right.wave)


@kernel
def in_order(s: Run, k: int, call: int) -> np.ndarray:
    """Applications of a call from the best on (Shell's sort)."""
    drawn = call_at(s, k, call)
    numbers = np.zeros(drawn.count, np.int64)
    a = drawn.first
    for position in range(drawn.count):
        numbers[position] = a
        a = application_at(s, a).next_of_call
    step = drawn.count // 2
    while step > 0:
        for position in range(step, drawn.count):
            moved, here = numbers[position], position
            while here >= step and comes_first(s, moved, numbers[here - step]):
                numbers[here] = numbers[here - step]
                here -= step
            numbers[here] = moved
        step //= 2
    return numbers


@kernel
def meet(s: Run, k: int, call: int) -> None:
    """Award from the best application on until the budget is spent; the last award may be partial."""
    t = world(s).instruments[k]
    call_at(s, k, call).met = 1
    left = UNLIMITED if t.budget_pa == UNLIMITED else t.budget_pa // t.calls
    awarded = 0
    for a in in_order(s, k, call):
        entry = application_at(s, a)
        granted = min(entry.cents, left)
        if granted >= max(1, t.minimum):
            entry.award = granted
            left -= granted
            awarded += granted
    happened(s, _COMMITTEE, 0, k, awarded)


@kernel
def awarded_cents(s: Run, k: int, call: int, p: int, wave: int) -> int:
    """What the committee gave, in cents; 0 if nothing."""
    project = project_at(s, p)
    if call < 0:
        return 0
    a = application_of(s, k, call, project.row, project.use_case, wave)
    return application_at(s, a).award if a >= 0 else 0
