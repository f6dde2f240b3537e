"""Defaults, and how projects end (reference: risk.default, reference.end)."""

from __future__ import annotations

from hybridsim.core import rng
from hybridsim.core.compiling import kernel
from hybridsim.rollout import reference
from hybridsim.rollout.events import Rank
from hybridsim.rollout.kernel.accounts import claw_back, fail_loans
from hybridsim.rollout.kernel.books import draw, happened, lognormal_median, year_at
from hybridsim.rollout.kernel.calendar import put, sub_index
from hybridsim.rollout.kernel.closing import lapse
from hybridsim.rollout.kernel.cohorts import default_in_cohorts, leave_cohort
from hybridsim.rollout.kernel.memory import (
    Run,
    hope_at,
    institution_at,
    is_platform,
    loan_at,
    person_at,
    project_at,
    world,
    year_row,
)
from hybridsim.rollout.kernel.peers import part_again, succeeded, wait_again
from hybridsim.rollout.kernel.planning import D_ADOPTION_RETRY, D_WORKOUT, RETRY, months_of
from hybridsim.rollout.kernel.risk import close_clock, count_default, count_exposure, review
from hybridsim.rollout.kernel.treasury import close_project, settle
from hybridsim.rollout.layout import Reason

_ESTATE, _RETRY = int(Rank.ESTATE), int(Rank.RETRY)
_S_WORKOUT = int(rng.S_WORKOUT)
_DEFAULTED = int(Reason.DEFAULTED)
RETRY_WAVE = int(reference.RETRY_WAVE)


@kernel
def lost(s: Run, p: int) -> None:
    """A project ended: peers no longer see its success, and what was not drawn lapses."""
    project = project_at(s, p)
    if project.deal_open:
        lapse(s, p)
        project.deal_open = 0
    if project.sites_live:
        succeeded(s, project.use_case, project.row, -1)


@kernel
def unlink(s: Run, p: int) -> None:
    """Take a project off its institution's list."""
    project = project_at(s, p)
    inst = institution_at(s, project.row)
    if project.previous >= 0:
        project_at(s, project.previous).next = project.next
    else:
        inst.first_project = project.next
    if project.next >= 0:
        project_at(s, project.next).previous = project.previous
    else:
        inst.last_project = project.previous


@kernel
def end(s: Run, p: int, reason: int) -> None:
    """A project is given up; after a pause the idea can come again."""
    project = project_at(s, p)
    row, use_case = project.row, project.use_case
    close_project(s, p)
    project.ended, project.ended_at = 1, s.now
    fail_loans(s, p)
    claw_back(s, p)
    unlink(s, p)
    lost(s, p)
    s.reasons[reason] += 1
    leave_cohort(s, p, reason)
    year_row(s, year_at(s, s.now)).ended += 1
    review(s, row)
    attempt = hope_at(s, use_case, row).attempts
    if is_platform(s, p) or attempt < world(s).max_attempts:
        pause = months_of(s, p, D_ADOPTION_RETRY, RETRY, 0)
        put(s, s.now + pause, _RETRY, row, sub_index(use_case, RETRY_WAVE, 0), use_case, attempt)


@kernel
def may_come_again(s: Run, row: int, use_case: int, attempt: int) -> None:
    """After an abandoned project the idea becomes possible again."""
    if institution_at(s, row).defaulted_at >= 0.0:
        return
    happened(s, _RETRY, row, sub_index(use_case, RETRY_WAVE, 0), attempt)
    if world(s).use_cases[use_case, person_at(s, row).type].n_members:
        part_again(s, use_case, row)
    else:
        wait_again(s, use_case, row, attempt)


@kernel
def default(s: Run, row: int, liquidity: bool) -> None:
    """Everything that the institution owes falls due; its projects end."""
    w, inst, now = world(s), institution_at(s, row), s.now
    settle(s, row, now, False)
    close_clock(s, row)
    inst.defaulted_at = now
    inst.dead = 1
    count_default(s, row, liquidity, True)
    p = inst.first_project
    while p >= 0:
        project = project_at(s, p)
        close_project(s, p)
        project.ended = 1
        lost(s, p)
        leave_cohort(s, p, _DEFAULTED)
        if now <= w.horizon:
            s.reasons[_DEFAULTED] += 1
            year_row(s, year_at(s, now)).ended += 1
        p = project.next
    inst.first_project = inst.last_project = -1
    default_in_cohorts(s, row)
    n = inst.first_loan
    if n < 0:
        return
    while n >= 0:
        loan = loan_at(s, n)
        loan.defaulted_at = now
        loan.ead = loan.outstanding
        count_exposure(s, n)
        n = loan.next
    months = lognormal_median(draw(s, row, _S_WORKOUT, 0), w.median[D_WORKOUT], w.sigma[D_WORKOUT])
    put(s, now + max(months, w.minimum_workout), _ESTATE, row, 0, 0, 0)


@kernel
def default_untouched(s: Run, row: int) -> None:
    """Default of an institution that nothing else had happened to when its clock was started."""
    inst = institution_at(s, row)
    if inst.touched:
        if inst.defaulted_at < 0.0 and inst.epoch == 0:
            default(s, row, False)
        return
    inst.dead = 1
    count_default(s, row, False, False)


@kernel
def default_if(s: Run, row: int, epoch: int, liquidity: bool) -> None:
    """A default clock or a failing payment, unless something has changed since."""
    inst = institution_at(s, row)
    if inst.epoch == epoch and inst.defaulted_at < 0.0:
        default(s, row, liquidity)
