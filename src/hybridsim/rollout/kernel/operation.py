"""A project once it goes live: pilot and gate, operation, scaling (reference: reference.Story.life)."""

from __future__ import annotations

from hybridsim.core import rng
from hybridsim.core.compiling import kernel, rule
from hybridsim.rollout import reference, rules
from hybridsim.rollout.events import Rank
from hybridsim.rollout.kernel.bank import expit
from hybridsim.rollout.kernel.books import year_at
from hybridsim.rollout.kernel.calendar import put, sub_index
from hybridsim.rollout.kernel.closing import (
    draw_stage,
    open_accounts,
    pay_overrun,
    pay_renewal,
)
from hybridsim.rollout.kernel.columns import (
    PASSED,
    PILOTED,
    ROLLED_OUT,
    SCALED,
    SUSTAINED,
)
from hybridsim.rollout.kernel.defaults import end
from hybridsim.rollout.kernel.funding import assemble
from hybridsim.rollout.kernel.life import (
    PILOTS,
    RUNS,
    SEEKS_MONEY,
    arrive,
    count,
    funded,
    implement,
    is_supported,
    log,
    put_step,
)
from hybridsim.rollout.kernel.memory import (
    Run,
    counts_at,
    institution_at,
    person_at,
    project_at,
    totals,
    world,
    year_row,
)
from hybridsim.rollout.kernel.peers import share_seen, succeeded
from hybridsim.rollout.kernel.planning import (
    D_PAUSE,
    D_PILOT,
    PAUSE,
    PILOT,
    actual_cost,
    cost,
    gate_chance,
    months_of,
    project_draw,
    reached,
    renewal_cost,
    sustain_logit,
    viable,
    worth_renewing,
)
from hybridsim.rollout.kernel.risk import review, set_run_rate
from hybridsim.rollout.kernel.treasury import accrue
from hybridsim.rollout.layout import Reason

_STAGE_ROLLOUT, _STAGE_SCALE = int(reference.ROLLOUT), int(reference.SCALE)
_LIVE, _GATE, _NEXT_WAVE, _PRICE_ROUND, _SUPPORT_END, _SUSTAINED, _WORN_OUT = (
    int(Rank.LIVE), int(Rank.GATE), int(Rank.NEXT_WAVE), int(Rank.PRICE_ROUND), int(Rank.SUPPORT_END),
    int(Rank.SUSTAINED), int(Rank.WORN_OUT),
)  # fmt: skip
_COST_OVERRUN, _PILOT_FAILED, _SUPPORT_ENDED, _NOT_RENEWED = (
    int(Reason.COST_OVERRUN), int(Reason.PILOT_FAILED), int(Reason.SUPPORT_ENDED), int(Reason.NOT_RENEWED),
)  # fmt: skip
_S_GATE, _S_PRICE_ROUND, _S_SUSTAIN = int(rng.S_GATE), int(rng.S_PRICE_ROUND), int(rng.S_SUSTAIN)

wave_sites = rule(rules.wave_sites)


@kernel
def go_live(s: Run, p: int, wave: int, sites: float) -> bool:
    """A stage is implemented: settle what it really cost, open its accounts, let its sites work."""
    project = project_at(s, p)
    arrive(s, p)
    expected = project.deal_cost[project.deal_drawn - 1]
    actual = actual_cost(s, p, expected, wave)
    affordable = pay_overrun(s, p, actual - expected)
    log(s, p, _LIVE, actual if affordable else -actual, wave)
    open_accounts(s, p, actual if affordable else expected)
    if not affordable:
        end(s, p, _COST_OVERRUN)
        return False
    accrue(s, p, s.now)
    wave_opened = project.waves[project.n_waves]
    wave_opened.live_at, wave_opened.sites = s.now, sites
    project.n_waves += 1
    project.accrued_to = s.now
    set_run_rate(s, p)
    review(s, project.row)
    return True


@kernel
def live(s: Run, p: int) -> None:
    """A stage goes live: the pilot, the rest of the first site, or further sites."""
    w, project = world(s), project_at(s, p)
    wave = project.stage_wave
    if wave == 0:
        if go_live(s, p, 0, w.pilot_scope):
            project.step = PILOTS
            put_step(s, p, months_of(s, p, D_PILOT, PILOT, 0), _GATE, 0)
    elif wave == 1:
        if go_live(s, p, 1, 1.0 - w.pilot_scope):
            roll_out(s, p)
            next_wave_after(s, p, 0)
    elif go_live(s, p, wave, float(project.wave_size)):
        if project.sites_live == 1:
            count(s, p, SCALED)
        project.sites_live += project.wave_size
        totals(s).reached += reached(s, p, project.wave_size)
        if is_supported(s, p):
            accompany(s, p)
        review(s, project.row)
        next_wave_after(s, p, wave - _STAGE_SCALE + 1)


@kernel
def gate(s: Run, p: int) -> None:
    """The pilot is over: does it work here? Then the rest of the first site follows."""
    w, project = world(s), project_at(s, p)
    row = project.row
    arrive(s, p)
    count(s, p, PILOTED)
    chance = gate_chance(s, p, share_seen(s, project.use_case, row))
    u = project_draw(s, p, _S_GATE, 0, 0)
    log(s, p, _GATE, int(u < chance), 0)
    if u >= chance:
        institution_at(s, row).failures += 1
        end(s, p, _PILOT_FAILED)
        return
    count(s, p, PASSED)
    year_row(s, year_at(s, s.now)).passed += 1
    if w.whole_project:
        draw_stage(s, p)
        review(s, row)
        implement(s, p, 1)
        return
    project.step = SEEKS_MONEY
    project.head_start = 0.0
    funded(s, p, assemble(s, p, _STAGE_ROLLOUT, 1, project.rollout_cost, 0, 1))


@kernel
def roll_out(s: Run, p: int) -> None:
    """The first site works with it: peers see it, price round, end of support and wear are ahead."""
    w, project = world(s), project_at(s, p)
    row = project.row
    project.live_at = s.now
    project.sites_live = 1
    institution_at(s, row).successes += 1
    count(s, p, ROLLED_OUT)
    totals(s).reached += reached(s, p, 1)
    succeeded(s, project.use_case, row, 1)
    if person_at(s, row).sites == 1:
        count(s, p, SCALED)
    u = project_draw(s, p, _S_PRICE_ROUND, 0, 0)
    put_step(s, p, w.price_first + u * (w.price_last - w.price_first), _PRICE_ROUND, 0)
    accompany(s, p)
    put_step(s, p, w.use_cases[project.use_case, person_at(s, row).type].life_months, _WORN_OUT, 0)
    review(s, row)


@kernel
def price_round(s: Run, p: int) -> None:
    """Payers take part of the cash benefit and recognise part of the running cost."""
    project = project_at(s, p)
    arrive(s, p)
    log(s, p, _PRICE_ROUND, 0, 0)
    accrue(s, p, s.now)
    project.repriced = 1
    set_run_rate(s, p)
    review(s, project.row)


@kernel
def put_after_support(s: Run, p: int, time: float, rank: int) -> None:
    """Something that will happen to a live project unless it gets further support before."""
    project = project_at(s, p)
    put(s, time, rank, project.row, sub_index(project.use_case, 0, 0), p, project.support_epoch)


@kernel
def accompany(s: Run, p: int) -> None:
    """The first site or a supported wave is live: it is accompanied, and its grants are settled."""
    project = project_at(s, p)
    project.supported_until = max(project.supported_until, s.now + world(s).support_months)
    put_after_support(s, p, project.supported_until, _SUPPORT_END)


@kernel
def support_end(s: Run, p: int) -> None:
    """Support ends: does the institution go on by itself?"""
    project = project_at(s, p)
    arrive(s, p)
    goes_on = project_draw(s, p, _S_SUSTAIN, 0, 0) < expit(sustain_logit(s, p))
    log(s, p, _SUPPORT_END, int(goes_on), 0)
    if not goes_on:
        end(s, p, _SUPPORT_ENDED)
    elif not project.sustained:
        put_after_support(s, p, s.now + 24.0, _SUSTAINED)


@kernel
def sustain(s: Run, p: int) -> None:
    """Still in use 24 months after the last support."""
    project = project_at(s, p)
    arrive(s, p)
    project.sustained = 1
    log(s, p, _SUSTAINED, 0, 0)
    count(s, p, SUSTAINED)
    year_row(s, year_at(s, s.now)).sustained += 1
    counts = counts_at(s, project.row)
    counts.seen = 1
    counts.sustained += 1


@kernel
def worn_out(s: Run, p: int) -> None:
    """The software must be renewed from own funds, or the project ends."""
    project = project_at(s, p)
    arrive(s, p)
    cents = renewal_cost(s, p)
    renewed = worth_renewing(s, p, cents) and pay_renewal(s, p, cents)
    log(s, p, _WORN_OUT, cents if renewed else 0, 0)
    if not renewed:
        end(s, p, _NOT_RENEWED)
        return
    life = world(s).use_cases[project.use_case, person_at(s, project.row).type].life_months
    put_step(s, p, life, _WORN_OUT, 0)
    review(s, project.row)


@kernel
def next_wave_after(s: Run, p: int, number: int) -> None:
    """The decision on further sites is ahead, if there are any."""
    project = project_at(s, p)
    project.step = RUNS
    if number >= world(s).maximum_waves or person_at(s, project.row).sites - project.sites_live <= 0:
        return
    project.wave = _STAGE_SCALE + number
    put_step(s, p, months_of(s, p, D_PAUSE, PAUSE, project.wave), _NEXT_WAVE, project.wave)


@kernel
def next_wave(s: Run, p: int) -> None:
    """Plan further sites, and ask for money."""
    w, project = world(s), project_at(s, p)
    arrive(s, p)
    remaining = person_at(s, project.row).sites - project.sites_live
    sites = wave_sites(remaining, w.first_wave_sites, w.growth, project.wave - _STAGE_SCALE)
    cents = cost(s, p, float(sites), False)
    accepted = viable(s, p, cents, sites)
    log(s, p, _NEXT_WAVE, sites if accepted else 0, project.wave)
    if not accepted:
        return
    project.wave_size = sites
    project.shrunk = 0
    project.step = SEEKS_MONEY
    project.head_start = 0.0
    funded(s, p, assemble(s, p, _STAGE_SCALE, project.wave, cents, 0, 1))
