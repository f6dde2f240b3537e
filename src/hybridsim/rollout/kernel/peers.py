"""Imitation: who uses what already, and when ideas come (reference: peers)."""

from __future__ import annotations

from hybridsim.core import mathx, rng
from hybridsim.core.compiling import kernel, rule
from hybridsim.rollout import rules
from hybridsim.rollout.events import Rank
from hybridsim.rollout.kernel.books import draw, draw_index, happened, uniform
from hybridsim.rollout.kernel.calendar import put, sub_index
from hybridsim.rollout.kernel.memory import Run, cell_at, hope_at, lists_at, person_at, wait_at, world
from hybridsim.rollout.world import LAENDER

_IDEA, _QUARTER_TURN = int(Rank.IDEA), int(Rank.QUARTER_TURN)
_S_ADOPTION, _S_INITIAL_USER = int(rng.S_ADOPTION), int(rng.S_INITIAL_USER)
_S_PLATFORM = int(rng.S_PLATFORM)
_LAENDER = int(LAENDER)

log1p_neg = rule(mathx.log1p_neg)
peer_share = rule(rules.peer_share)
adoption_hazard_pa = rule(rules.adoption_hazard_pa)


@kernel
def start_peers(s: Run) -> None:
    """Users at the start, and the first threshold of everybody else."""
    w = world(s)
    for use_case in range(w.n_use_cases):
        index = draw_index(use_case, 0, 0, 0)
        for row in range(w.n):
            person, hope = person_at(s, row), hope_at(s, use_case, row)
            hope.waiting = hope.attempts = 0
            terms = w.use_cases[use_case, person.type]
            if not terms.offered:
                continue
            if terms.n_members:
                set_target(s, use_case, row)
                continue
            lo, hi = person.key_lo, person.key_hi
            u = uniform(w.seed_lo, w.seed_hi, s.replication, lo, hi, _S_INITIAL_USER, index)
            if u < terms.initial_share:
                mark_user(s, row)
                cell_at(s, use_case, person.cell).users += 1
                continue
            hope.waiting = 1
            set_target(s, use_case, row)
    for position in range(w.n_platforms):
        for row in range(w.n):
            start_platform(s, position, row)
    for use_case in range(w.n_use_cases):
        start_waiting(s, use_case)


@kernel
def mark_user(s: Run, row: int) -> None:
    """An institution uses something at the start."""
    lists = lists_at(s, row)
    s.initial_users += 1 - lists.used_at_start
    lists.used_at_start = 1


@kernel
def start_waiting(s: Run, use_case: int) -> None:
    """Everybody who waits takes a place among those of the own cell."""
    w = world(s)
    first = use_case * w.n
    for number in range(96):
        cell_at(s, use_case, number).first = first
        first += int(w.cell_size[number])
    for row in range(w.n):
        if hope_at(s, use_case, row).waiting:
            wait(s, use_case, row)


@kernel
def set_target(s: Run, use_case: int, row: int) -> None:
    """First threshold of an institution's idea."""
    u = draw(s, row, _S_ADOPTION, draw_index(use_case, 0, 0, 0))
    hope_at(s, use_case, row).target = 0.0 - log1p_neg(u) / person_at(s, row).multiplier


@kernel
def start_platform(s: Run, position: int, row: int) -> None:
    """Who thinks in programmes waits for the platform's idea, and not for those of its use cases."""
    w, person = world(s), person_at(s, row)
    platform = w.platforms[position]
    terms = w.use_cases[platform.index, person.type]
    if not terms.offered:
        return
    if person.sites < platform.minimum_sites and not (platform.any_size >> person.type) & 1:
        return
    if draw(s, row, _S_PLATFORM, draw_index(platform.index, 0, 0, 0)) >= platform.share:
        return
    for use_case in range(w.n_use_cases):
        if (terms.members >> use_case) & 1 and not hope_at(s, use_case, row).waiting:
            return
    for use_case in range(w.n_use_cases):
        if (terms.members >> use_case) & 1:
            hope_at(s, use_case, row).waiting = 0
    hope_at(s, platform.index, row).waiting = 1


@kernel
def users_of_type(s: Run, use_case: int, kind: int) -> float:
    """Successful users of a type."""
    users = 0
    for cell in range(kind * _LAENDER, (kind + 1) * _LAENDER):
        users += cell_at(s, use_case, cell).users
    return float(users)


@kernel
def look(s: Run, use_case: int) -> None:
    """New hazards of an idea in all cells."""
    w = world(s)
    for kind in range(6):
        terms = w.use_cases[use_case, kind]
        if not terms.offered or w.type_size[kind] == 0.0:
            continue
        if terms.n_members:
            look_platform(s, use_case, kind)
            continue
        of_type = users_of_type(s, use_case, kind)
        for number in range(kind * _LAENDER, (kind + 1) * _LAENDER):
            cell = cell_at(s, use_case, number)
            share = peer_share(
                float(cell.users), w.cell_size[number], of_type, w.type_size[kind], w.shrinkage
            )
            cell.hazard = adoption_hazard_pa(w.innovation, w.imitation, share, terms.interest)


@kernel
def look_platform(s: Run, platform: int, kind: int) -> None:
    """The idea of a platform comes when that of any of its use cases would."""
    terms = world(s).use_cases[platform, kind]
    for number in range(kind * _LAENDER, (kind + 1) * _LAENDER):
        hazard = 0.0
        for member in range(platform):
            if (terms.members >> member) & 1:
                hazard += cell_at(s, member, number).hazard
        cell_at(s, platform, number).hazard = terms.interest * hazard


@kernel
def turn_quarter(s: Run) -> None:
    """Look at the peers again and find everybody whom the idea reaches before the next look."""
    happened(s, _QUARTER_TURN, 0, 0, 0)
    w, passed = world(s), (s.now - s.seen_at) / 12.0
    s.seen_at = s.now
    for use_case in range(w.n_use_cases):
        for number in range(96):
            cell = cell_at(s, use_case, number)
            cell.reached += cell.hazard * passed
        look(s, use_case)
        for number in range(96):
            while cell_at(s, use_case, number).waiting and idea_comes(s, use_case, number):
                stop_waiting(s, use_case, number)
    if s.now + 3.0 < w.horizon:
        put(s, s.now + 3.0, _QUARTER_TURN, 0, 0, 0, 0)


@kernel
def idea_comes(s: Run, use_case: int, number: int) -> bool:
    """Put the idea of the first who waits in a cell on the calendar if it comes before the next look.

    Nobody else's can come before: rounding keeps the order of targets.
    """
    cell = cell_at(s, use_case, number)
    first = wait_at(s, cell.first)
    return schedule_idea(s, use_case, first.row, number, first.target)


@kernel
def schedule_idea(s: Run, use_case: int, row: int, number: int, target: float) -> bool:
    """Put an idea on the calendar if it comes before the next look."""
    cell = cell_at(s, use_case, number)
    if cell.hazard <= 0.0:
        return False
    months = (target - cell.reached) / cell.hazard * 12.0
    if months >= 3.0:
        return False
    time = max(s.now, s.seen_at + months)
    if time > world(s).horizon:
        return False
    put(s, time, _IDEA, row, sub_index(use_case, 0, 0), use_case, 0)
    return True


@kernel
def wait(s: Run, use_case: int, row: int) -> None:
    """Take a place among those of the own cell who wait for an idea: a heap by target."""
    cell, target = cell_at(s, use_case, person_at(s, row).cell), hope_at(s, use_case, row).target
    position = cell.waiting
    cell.waiting = position + 1
    while position > 0:
        parent = (position - 1) >> 1
        above = wait_at(s, cell.first + parent)
        if above.target <= target:
            break
        here = wait_at(s, cell.first + position)
        here.row, here.target = above.row, above.target
        position = parent
    here = wait_at(s, cell.first + position)
    here.row, here.target = row, target


@kernel
def stop_waiting(s: Run, use_case: int, number: int) -> None:
    """The first who waits in a cell leaves."""
    cell = cell_at(s, use_case, number)
    last = cell.waiting - 1
    cell.waiting = last
    moved = wait_at(s, cell.first + last)
    row, target = moved.row, moved.target
    position = 0
    while 2 * position + 1 < last:
        child = 2 * position + 1
        if (
            child + 1 < last
            and wait_at(s, cell.first + child + 1).target < wait_at(s, cell.first + child).target
        ):
            child += 1
        below = wait_at(s, cell.first + child)
        if target <= below.target:
            break
        here = wait_at(s, cell.first + position)
        here.row, here.target = below.row, below.target
        position = child
    here = wait_at(s, cell.first + position)
    here.row, here.target = row, target


@kernel
def wait_again(s: Run, use_case: int, row: int, attempt: int) -> None:
    """After a project has ended: a new threshold, counted from the hazard reached by now."""
    person, hope = person_at(s, row), hope_at(s, use_case, row)
    cell = cell_at(s, use_case, person.cell)
    u = draw(s, row, _S_ADOPTION, draw_index(use_case, 0, attempt, 0))
    offset = cell.reached + cell.hazard * ((s.now - s.seen_at) / 12.0)
    hope.target = offset - log1p_neg(u) / person.multiplier
    if not schedule_idea(s, use_case, row, person.cell, hope.target):
        wait(s, use_case, row)


@kernel
def share_of(s: Run, use_case: int, number: int) -> float:
    """Share of successful users of a use case that a cell sees now."""
    w, kind = world(s), number // _LAENDER
    return peer_share(
        float(cell_at(s, use_case, number).users), w.cell_size[number], users_of_type(s, use_case, kind),
        w.type_size[kind], w.shrinkage,
    )  # fmt: skip


@kernel
def share_seen(s: Run, use_case: int, row: int) -> float:
    """Share of successful peers that an institution sees now; for a platform, mean of its use cases."""
    person = person_at(s, row)
    terms = world(s).use_cases[use_case, person.type]
    if terms.n_members == 0:
        return share_of(s, use_case, person.cell)
    share = 0.0
    for member in range(use_case):
        if (terms.members >> member) & 1:
            share += share_of(s, member, person.cell)
    return share / terms.n_members


@kernel
def succeeded(s: Run, use_case: int, row: int, change: int) -> None:
    """One more (or fewer) successful user among the peers; a platform's is one in each use case."""
    person = person_at(s, row)
    terms = world(s).use_cases[use_case, person.type]
    if terms.n_members == 0:
        cell_at(s, use_case, person.cell).users += change
        return
    for member in range(use_case):
        if (terms.members >> member) & 1:
            cell_at(s, member, person.cell).users += change


@kernel
def part_again(s: Run, platform: int, row: int) -> None:
    """After a platform programme has ended: its use cases may come up one by one."""
    terms = world(s).use_cases[platform, person_at(s, row).type]
    for member in range(platform):
        if (terms.members >> member) & 1:
            wait_again(s, member, row, hope_at(s, member, row).attempts)
