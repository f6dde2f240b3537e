"""Imitation: who uses what already, and when ideas come (reference: peers)."""

from __future__ import annotations

from hybridsim.core import mathx, rng
from hybridsim.core.compiling import kernel, rule
from hybridsim.rollout import rules
from hybridsim.rollout.events import Rank
from hybridsim.rollout.kernel.books import draw, draw_index, happened, uniform
from hybridsim.rollout.kernel.calendar import put, sub_index
from hybridsim.rollout.kernel.memory import Run, cell_at, hope_at, person_at, world
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
            hope.waiting = hope.initial = hope.attempts = 0
            terms = w.use_cases[use_case, person.type]
            if not terms.offered:
                continue
            if terms.n_members:
                set_target(s, use_case, row)
                continue
            lo, hi = person.key_lo, person.key_hi
            u = uniform(w.seed_lo, w.seed_hi, s.replication, lo, hi, _S_INITIAL_USER, index)
            if u < terms.initial_share:
                hope.initial = 1
                cell_at(s, use_case, person.cell).users += 1
                continue
            hope.waiting = 1
            set_target(s, use_case, row)
    for position in range(w.n_platforms):
        for row in range(w.n):
            start_platform(s, position, row)


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
        for row in range(w.n):
            if hope_at(s, use_case, row).waiting:
                schedule_idea(s, use_case, row)
    if s.now + 3.0 < w.horizon:
        put(s, s.now + 3.0, _QUARTER_TURN, 0, 0, 0, 0)


@kernel
def schedule_idea(s: Run, use_case: int, row: int) -> None:
    """Put the idea on the calendar if it comes before the next look."""
    hope, cell = hope_at(s, use_case, row), cell_at(s, use_case, person_at(s, row).cell)
    if cell.hazard <= 0.0:
        return
    months = (hope.target - cell.reached) / cell.hazard * 12.0
    if months >= 3.0:
        return
    time = max(s.now, s.seen_at + months)
    if time > world(s).horizon:
        return
    hope.waiting = 0
    put(s, time, _IDEA, row, sub_index(use_case, 0, 0), use_case, 0)


@kernel
def wait_again(s: Run, use_case: int, row: int, attempt: int) -> None:
    """After a project has ended: a new threshold, counted from the hazard reached by now."""
    person, hope = person_at(s, row), hope_at(s, use_case, row)
    cell = cell_at(s, use_case, person.cell)
    u = draw(s, row, _S_ADOPTION, draw_index(use_case, 0, attempt, 0))
    offset = cell.reached + cell.hazard * ((s.now - s.seen_at) / 12.0)
    hope.target = offset - log1p_neg(u) / person.multiplier
    hope.waiting = 1
    schedule_idea(s, use_case, row)


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
