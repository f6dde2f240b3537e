"""The life of a project up to its implementation, step by step (reference: reference.Story.life).

A process that waits is a project with a `step`; the event that ends the step calls what comes next.
"""

from __future__ import annotations

from math import ceil

from hybridsim.core.compiling import kernel
from hybridsim.rollout import reference
from hybridsim.rollout.events import Rank
from hybridsim.rollout.kernel.books import happened, open_institution, share_cents, year_at
from hybridsim.rollout.kernel.calendar import put, sub_index
from hybridsim.rollout.kernel.closing import close, draw_stage
from hybridsim.rollout.kernel.cohorts import join_cohort, reach
from hybridsim.rollout.kernel.columns import (
    ACCESS_COLUMN,
    ADVISER,
    APPLIED,
    FIRST_ACCESS_MARK,
    FIRST_COLUMN,
    PLANNED,
    STAGE_COLUMN,
    STARTED,
    TRAINER,
    VENDOR,
    VIABLE,
)
from hybridsim.rollout.kernel.defaults import end
from hybridsim.rollout.kernel.desks import ask_for, be_served, release_server, too_long
from hybridsim.rollout.kernel.funding import FILLED, UNFILLED, answer_came, assemble, try_again
from hybridsim.rollout.kernel.memory import (
    FULL,
    Run,
    column_at,
    commitment_at,
    counts_at,
    hope_at,
    institution_at,
    is_platform,
    person_at,
    project_at,
    totals,
    world,
    year_row,
)
from hybridsim.rollout.kernel.planning import (
    ADVISE,
    D_ADVISE,
    D_TRAIN,
    TRAIN,
    consent_months,
    cost,
    implementation_months,
    months_of,
    preparation_months,
    prepare,
    viable,
    wants_advice,
)
from hybridsim.rollout.kernel.requests import count_in_vain, head_start, search
from hybridsim.rollout.kernel.risk import begin_exposure, review, start_risk
from hybridsim.rollout.kernel.treasury import settle
from hybridsim.rollout.layout import Reason

SEEKS_ADVISER, PREPARES, SEEKS_MONEY, SEEKS_VENDOR, IMPLEMENTS, SEEKS_TRAINER, GOES_LIVE, PILOTS, RUNS = (
    range(9)
)
"""Steps of a project: what it waits for."""
_STAGE_PILOT, _STAGE_ROLLOUT, _STAGE_SCALE = (
    int(reference.PILOT),
    int(reference.ROLLOUT),
    int(reference.SCALE),
)
_IDEA, _PLANNED, _LIVE, _SERVED = int(Rank.IDEA), int(Rank.PLANNED), int(Rank.LIVE), int(Rank.SERVED)
_NOT_VIABLE, _FUNDING_GAP, _OUT_OF_PATIENCE = (
    int(Reason.NOT_VIABLE), int(Reason.FUNDING_GAP), int(Reason.OUT_OF_PATIENCE),
)  # fmt: skip


# ---------------------------------------------------------------------- counting


@kernel
def count(s: Run, p: int, stage: int) -> None:
    """Count a stage by project, and by institution when it is the first."""
    inst = institution_at(s, project_at(s, p).row)
    column_at(s, STAGE_COLUMN[stage]).value += 1
    reach(s, p, stage)
    first = FIRST_COLUMN[stage]
    if first >= 0 and not (inst.marks >> stage) & 1:
        inst.marks |= 1 << stage
        column_at(s, first).value += 1


@kernel
def mark_access(s: Run, p: int, started: int) -> None:
    """Count an institution once by size: one site, or several."""
    row = project_at(s, p).row
    inst, which = institution_at(s, row), 2 * started + int(person_at(s, row).sites != 1)
    if not (inst.marks >> (FIRST_ACCESS_MARK + which)) & 1:
        inst.marks |= 1 << (FIRST_ACCESS_MARK + which)
        column_at(s, ACCESS_COLUMN[which]).value += 1


@kernel
def log(s: Run, p: int, rank: int, amount: int, wave: int) -> None:
    """Count an event of a project, with how it came out."""
    project = project_at(s, p)
    happened(s, rank, project.row, sub_index(project.use_case, wave, 0), amount)


@kernel
def arrive(s: Run, p: int) -> None:
    """Bring the institution's money up to date before an event of its project is handled."""
    settle(s, project_at(s, p).row, s.now, True)


@kernel
def put_step(s: Run, p: int, months: float, rank: int, wave: int) -> None:
    """The event that ends the next step of a project."""
    project = project_at(s, p)
    put(s, s.now + months, rank, project.row, sub_index(project.use_case, wave, 0), p, 0)


# ---------------------------------------------------------------------- idea and plan


@kernel
def new_project(s: Run, row: int, use_case: int, attempt: int) -> int:
    """Room for a project at the end of its institution's list."""
    if s.n_projects >= s.room_projects:
        s.status |= FULL
        return s.n_projects - 1
    p, inst = s.n_projects, institution_at(s, row)
    s.n_projects += 1
    project = project_at(s, p)
    project.row, project.use_case, project.attempt = row, use_case, attempt
    project.advised = project.done = project.sites_live = project.n_waves = project.repriced = 0
    project.sustained = project.ended = project.support_epoch = project.supported_until = 0
    project.hours_milli = project.hours_paid_milli = project.benefit = project.running = project.taken = 0
    project.recognised = project.deal_open = project.deal_stages = project.deal_drawn = 0
    project.site_cash_pa = project.site_running_pa = project.site_hours_milli_pa = 0
    project.site_social_pa = project.site_incidents_milli_pa = project.staff_cents = 0
    project.fiscal_before = project.public = project.net_pa = project.gross_pa = 0
    project.cohort = project.next_followed = -1
    project.followed_until = project.ended_at = -1.0
    project.social_at_start = project.fiscal_at_start = 1.0
    project.first_settled = project.first_got = project.last_got = project.first_ask = -1
    project.first_grant = project.last_grant = project.pending_terms = project.next = -1
    project.started_at = project.live_at = -1.0
    project.optimism = project.realised = 1.0
    project.accrued_to, project.head_start = s.now, 0.0
    project.previous = inst.last_project
    if inst.last_project >= 0:
        project_at(s, inst.last_project).next = p
    else:
        inst.first_project = p
    inst.last_project = p
    return p


@kernel
def idea(s: Run, row: int, use_case: int) -> None:
    """An institution takes up the idea of a use case."""
    inst = institution_at(s, row)
    if inst.dead:
        return
    if not inst.touched:
        open_institution(s, row)
        start_risk(s, row)
    hope = hope_at(s, use_case, row)
    attempt = hope.attempts
    hope.attempts = attempt + 1
    p = new_project(s, row, use_case, attempt)
    happened(s, _IDEA, row, sub_index(use_case, 0, 0), attempt)
    totals(s).ideas += 1
    year_row(s, year_at(s, s.now)).ideas += 1
    counts = counts_at(s, row)
    counts.seen = 1
    counts.ideas += 1
    seek_adviser(s, p)


@kernel
def seek_adviser(s: Run, p: int) -> None:
    """Wait for an adviser, if the project wants one and the queue is not beyond all patience."""
    project = project_at(s, p)
    months = months_of(s, p, D_ADVISE, ADVISE, 0)
    project.advised = int(wants_advice(s, p) and not too_long(s, ADVISER, months))
    if project.advised and not ask_for(s, ADVISER, p, 0, months):
        project.step = SEEKS_ADVISER
        return
    begin_preparation(s, p)


@kernel
def begin_preparation(s: Run, p: int) -> None:
    """From the idea to a plan."""
    project = project_at(s, p)
    prepare(s, p)
    project.prepared_from = s.now
    project.step = PREPARES
    put_step(s, p, preparation_months(s, p), _PLANNED, 0)


@kernel
def planned(s: Run, p: int) -> None:
    """The plan is ready: is it worth doing? Then ask for money."""
    w, project = world(s), project_at(s, p)
    arrive(s, p)
    search(s, p)
    count(s, p, PLANNED)
    pilot_cost, rollout_cost = cost(s, p, w.pilot_scope, True), cost(s, p, 1.0 - w.pilot_scope, False)
    accepted = viable(s, p, pilot_cost + rollout_cost, 1)
    log(s, p, _PLANNED, int(accepted), 0)
    project.rollout_cost = rollout_cost
    stages = 2 if w.whole_project else 1
    if not accepted:
        project.need_stage, project.need_costs = _STAGE_PILOT, stages
        project.need_cost[0], project.need_cost[1] = pilot_cost, rollout_cost
        count_in_vain(s, p)
        end(s, p, _NOT_VIABLE)
        return
    count(s, p, VIABLE)
    mark_access(s, p, 0)
    project.decided_at = s.now
    count(s, p, APPLIED)
    project.head_start = head_start(s, project.prepared_from)
    project.step = SEEKS_MONEY
    funded(s, p, assemble(s, p, _STAGE_PILOT, 0, pilot_cost, rollout_cost, stages))


# ---------------------------------------------------------------------- money


@kernel
def funded(s: Run, p: int, outcome: int) -> None:
    """What follows when money has come together, or has not; nothing if an answer is still to come."""
    project = project_at(s, p)
    if outcome == UNFILLED and project.need_stage == _STAGE_SCALE:
        fewer = ceil(project.wave_size * world(s).smaller_scope)
        if project.shrunk or fewer >= project.wave_size or fewer == 0:
            project.step = RUNS
            return
        project.shrunk = 1
        project.wave_size = fewer
        outcome = assemble(s, p, _STAGE_SCALE, project.wave, cost(s, p, float(fewer), False), 0, 1)
        if outcome == UNFILLED:
            project.step = RUNS
            return
    if outcome == UNFILLED:
        end(s, p, _OUT_OF_PATIENCE if project.need_too_late else _FUNDING_GAP)
    elif outcome == FILLED:
        closed(s, p)


@kernel
def closed(s: Run, p: int) -> None:
    """Sources equal uses: draw, and implement."""
    project = project_at(s, p)
    close(s, p)
    if project.need_stage == _STAGE_PILOT:
        start(s, p)
        implement(s, p, 0)
        return
    draw_stage(s, p)
    if project.need_stage == _STAGE_SCALE and is_supported(s, p):
        project.support_epoch += 1
    review(s, project.row)
    implement(s, p, 1 if project.need_stage == _STAGE_ROLLOUT else project.wave)


@kernel
def is_supported(s: Run, p: int) -> bool:
    """Whether support is among the money: gifts, or loans with public money or a public guarantee."""
    w = world(s)
    c = project_at(s, p).first_got
    while c >= 0:
        commitment = commitment_at(s, c)
        t = w.instruments[commitment.terms]
        if not t.is_loan or t.supports:
            return True
        if commitment.guarantee >= 0 and w.instruments[commitment.guarantee].supports:
            return True
        c = commitment.next
    return False


@kernel
def is_public(s: Run, p: int) -> bool:
    """Whether public money or cover is part of the present close."""
    w = world(s)
    c = project_at(s, p).first_got
    while c >= 0:
        commitment = commitment_at(s, c)
        g = commitment.guarantee
        if w.instruments[commitment.terms].supports or (g >= 0 and w.instruments[g].supports):
            return True
        c = commitment.next
    return False


@kernel
def start(s: Run, p: int) -> None:
    """First financial close: the project has begun."""
    project = project_at(s, p)
    row = project.row
    inst, counts = institution_at(s, row), counts_at(s, row)
    project.started_at = s.now
    project.public = int(is_public(s, p))
    join_cohort(s, p)
    if inst.first_start < 0.0:
        begin_exposure(s, row)
    count(s, p, STARTED)
    totals(s).platform_started += int(is_platform(s, p))
    year_row(s, year_at(s, s.now)).started += 1
    counts.seen = 1
    counts.started += 1
    mark_access(s, p, 1)
    totals(s).funding_months += share_cents(1000, s.now - project.decided_at)
    draw_stage(s, p)
    review(s, row)


# ---------------------------------------------------------------------- implementation and pilot


@kernel
def implement(s: Run, p: int, wave: int) -> None:
    """A vendor's team implements a stage, a trainer trains; the stage is then ready to go live."""
    project = project_at(s, p)
    project.stage_wave = wave
    project.consent_at = s.now + consent_months(s, p, wave)
    project.months = implementation_months(s, p, wave)
    if ask_for(s, VENDOR, p, wave, project.months):
        vendor_comes(s, p)
    else:
        project.step = SEEKS_VENDOR


@kernel
def vendor_comes(s: Run, p: int) -> None:
    """A vendor's team begins; without a limit on trainers training is part of implementation."""
    project = project_at(s, p)
    wave = project.stage_wave
    training = months_of(s, p, D_TRAIN, TRAIN, wave)
    if world(s).servers[TRAINER]:
        project.step = IMPLEMENTS
        months = project.months
        project.months = training
        put_step(s, p, months, _SERVED, wave)
        return
    ask_for(s, TRAINER, p, wave, training)
    go_live_after(s, p)


@kernel
def vendor_is_done(s: Run, p: int) -> None:
    """The trainer comes when the vendor is done."""
    project = project_at(s, p)
    if ask_for(s, TRAINER, p, project.stage_wave, project.months):
        go_live_after(s, p)
    else:
        project.step = SEEKS_TRAINER


@kernel
def go_live_after(s: Run, p: int) -> None:
    """The stage goes live after the project's present months, with everybody's consent."""
    project = project_at(s, p)
    project.step = GOES_LIVE
    put_step(s, p, max(project.months, project.consent_at - s.now), _LIVE, project.stage_wave)


@kernel
def served(s: Run, p: int) -> None:
    """Somebody's turn has come, or a vendor is done."""
    project = project_at(s, p)
    if project.step == IMPLEMENTS:
        if not project.ended:
            vendor_is_done(s, p)
        return
    desk = ADVISER
    if project.step == SEEKS_VENDOR:
        desk = VENDOR
    elif project.step == SEEKS_TRAINER:
        desk = TRAINER
    if project.ended:
        release_server(s, desk)
        return
    wave = project.desk_wave
    happened(s, _SERVED, project.row, sub_index(project.use_case, wave, desk), 0)
    be_served(s, desk, p, wave, project.months, s.now - project.desk_arrived)
    if desk == ADVISER:
        begin_preparation(s, p)
    elif desk == VENDOR:
        vendor_comes(s, p)
    else:
        go_live_after(s, p)


@kernel
def money_answers(s: Run, p: int) -> None:
    """An answer has come."""
    funded(s, p, answer_came(s, p))


@kernel
def money_again(s: Run, p: int) -> None:
    """Another try to close a gap."""
    funded(s, p, try_again(s, p))
