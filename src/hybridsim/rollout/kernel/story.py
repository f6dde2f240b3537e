"""One replication from start to end (reference: reference.Story.tell)."""

from __future__ import annotations

from hybridsim.core.compiling import kernel
from hybridsim.finance import sources
from hybridsim.rollout.events import RUN_OFF, Rank
from hybridsim.rollout.kernel import life, operation
from hybridsim.rollout.kernel.accounts import settle_account
from hybridsim.rollout.kernel.ahead import call_next, call_touched
from hybridsim.rollout.kernel.books import happened, share_cents
from hybridsim.rollout.kernel.calendar import ROW_BITS, SUB_BITS, next_time, put, take
from hybridsim.rollout.kernel.checks import check
from hybridsim.rollout.kernel.cohorts import open_cohorts
from hybridsim.rollout.kernel.columns import DESK_COLUMN
from hybridsim.rollout.kernel.defaults import RETRY_WAVE, default_if, default_untouched, may_come_again
from hybridsim.rollout.kernel.desks import release_server
from hybridsim.rollout.kernel.estates import distribute
from hybridsim.rollout.kernel.factors import draw_factors
from hybridsim.rollout.kernel.memory import (
    FULL,
    LATE,
    UNEQUAL,
    Run,
    column_at,
    institution_at,
    instrument_row,
    lists_at,
    loan_at,
    project_at,
    totals,
    touched_at,
    world,
    year_row,
)
from hybridsim.rollout.kernel.panel import meet
from hybridsim.rollout.kernel.peers import start_peers, turn_quarter
from hybridsim.rollout.kernel.risk import UNTOUCHED, turn_year
from hybridsim.rollout.kernel.treasury import settle
from hybridsim.rollout.world import RUN_OFF_YEARS

(
    _DEFAULT, _ILLIQUID, _ESTATE, _YEAR_TURN, _QUARTER_TURN, _FINAL_ACCOUNT, _SUPPORT_END, _WORN_OUT,
    _PRICE_ROUND, _SUSTAINED, _GATE, _LIVE, _RELEASED, _SERVED, _IDEA, _PLANNED, _COMMITTEE, _ANSWER, _RETRY,
    _NEXT_WAVE,
) = (int(rank) for rank in Rank)  # fmt: skip
_RUN_OFF = sum(1 << int(rank) for rank in RUN_OFF)
_RUN_OFF_YEARS, _UNLIMITED = int(RUN_OFF_YEARS), int(sources.UNLIMITED_CENTS)
_STOP = FULL | LATE | UNEQUAL


@kernel
def handle(s: Run) -> None:
    """Handle the event that was just taken off the calendar."""
    key, what, more = s.key, s.what, s.more
    rank = key >> (ROW_BITS + SUB_BITS)
    row = (key >> SUB_BITS) & ((1 << ROW_BITS) - 1)
    if rank <= _ILLIQUID:
        if what == UNTOUCHED:
            default_untouched(s, row)
        else:
            default_if(s, row, what, rank == _ILLIQUID)
    elif rank == _ESTATE:
        distribute(s, row)
    elif rank == _YEAR_TURN:
        begin_year(s, what)
    elif rank == _QUARTER_TURN:
        turn_quarter(s)
    elif rank == _FINAL_ACCOUNT:
        settle_account(s, what)
    elif rank == _IDEA:
        life.idea(s, row, what)
    elif rank == _COMMITTEE:
        meet(s, more, what)
    elif rank == _RELEASED:
        release_server(s, what)
    elif rank == _SERVED:
        life.served(s, what)
    elif rank == _ANSWER:
        life.money_answers(s, what)
    elif rank == _RETRY:
        if ((key >> 6) & 31) == RETRY_WAVE:
            may_come_again(s, row, what, more)
        else:
            life.money_again(s, what)
    elif not project_at(s, what).ended:
        handle_project(s, rank, what, more)


@kernel
def handle_project(s: Run, rank: int, p: int, epoch: int) -> None:
    """An event in the life of a project."""
    if rank == _PLANNED:
        life.planned(s, p)
    elif rank == _LIVE:
        operation.live(s, p)
    elif rank == _GATE:
        operation.gate(s, p)
    elif rank == _NEXT_WAVE:
        operation.next_wave(s, p)
    elif rank == _PRICE_ROUND:
        operation.price_round(s, p)
    elif rank == _WORN_OUT:
        operation.worn_out(s, p)
    elif epoch == project_at(s, p).support_epoch:
        if rank == _SUPPORT_END:
            operation.support_end(s, p)
        else:
            operation.sustain(s, p)


@kernel
def settle_all(s: Run) -> None:
    """Bring every institution's money up to date."""
    for position in range(s.n_touched):
        call_touched(s, position)
        row = touched_at(s, position).value
        if institution_at(s, row).defaulted_at < 0.0:
            settle(s, row, s.now, True)


@kernel
def begin_year(s: Run, year: int) -> None:
    """Close the books of the old year; new factors, budgets, ratings and default clocks."""
    if year > 0:
        settle_all(s)
        record_year(s, year - 1)
    happened(s, _YEAR_TURN, 0, 0, 0)
    turn_year(s, year)
    if year + 1 < world(s).years:
        put(s, 12.0 * (year + 1), _YEAR_TURN, 0, 0, year + 1, 0)


@kernel
def record_year(s: Run, year: int) -> None:
    """Stocks at the end of a year: what is live, who uses it, what is owed."""
    counts, users = year_row(s, year), s.initial_users
    for position in range(s.n_touched):
        call_touched(s, position)
        row = touched_at(s, position).value
        inst = institution_at(s, row)
        if inst.defaulted_at >= 0.0:
            continue
        live = 0
        p = inst.first_project
        while p >= 0:
            project = project_at(s, p)
            live += int(project.sites_live > 0)
            counts.live_sites += project.sites_live
            p = project.next
        n = inst.first_loan
        while n >= 0:
            loan = loan_at(s, n)
            counts.outstanding_cents += loan.outstanding
            n = loan.next
        counts.live_projects += live
        if live:
            counts.adopters += 1
            users += 1 - lists_at(s, row).used_at_start
    counts.users = users
    counts.economy_milli = share_cents(1000, s.factors[0, year])


@kernel
def run_off(s: Run) -> None:
    """After the horizon only debt service, defaults, estates and final accounts go on."""
    s.running_off = 1
    years = world(s).years
    for year in range(years, years + _RUN_OFF_YEARS):
        turn_year(s, year)
        owing = s.open_accounts > 0
        for position in range(s.n_touched):
            owing = owing or institution_at(s, touched_at(s, position).value).first_loan >= 0
        if not owing:
            return
        last = 12.0 * (year + 1)
        while next_time(s) <= last:
            before = s.now
            take(s)
            if (_RUN_OFF >> (s.key >> (ROW_BITS + SUB_BITS))) & 1:
                handle(s)
            else:
                s.now = before
            if s.status & _STOP:
                return
        s.now = last


@kernel
def finish(s: Run) -> None:
    """Figures that are known only when the last claim has ended."""
    w = world(s)
    months = share_cents(1000, w.horizon)
    for desk in range(3):
        column_at(s, DESK_COLUMN[desk] + 3).value = w.servers[desk] * months
    for k in range(w.n_instruments):
        budget = w.instruments[k].budget_pa
        if budget != _UNLIMITED and budget:
            instrument_row(s, k).budget_cents = budget * w.years


@kernel
def tell(s: Run) -> None:
    """Run to the horizon and let the loans run off; what was counted stands in the tables."""
    w = world(s)
    totals(s).institution_years = 1000 * w.n * w.years
    for desk in range(3):
        s.desks[desk].free = w.servers[desk]
    for k in range(w.n_instruments):
        s.fund_cash[k] = w.instruments[k].fund
    draw_factors(s)
    open_cohorts(s)
    start_peers(s)
    put(s, 0.0, _YEAR_TURN, 0, 0, 0, 0)
    put(s, 0.0, _QUARTER_TURN, 0, 0, 0, 0)
    while next_time(s) <= w.horizon:
        take(s)
        call_next(s)
        handle(s)
        if s.status & _STOP:
            return
    s.now = w.horizon
    settle_all(s)
    record_year(s, w.years - 1)
    run_off(s)
    finish(s)
    if not s.status:
        check(s)
