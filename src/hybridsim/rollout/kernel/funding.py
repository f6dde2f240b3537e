"""Funding assembly: who is asked, in which order, what is granted (reference: funding).

What the reference engine tells as a process that waits is a project that remembers where it stands:
`assemble` begins, `answer_came` and `try_again` go on after an event. They return one of the states below.
"""

from __future__ import annotations

from hybridsim.core import rng
from hybridsim.core.compiling import kernel
from hybridsim.rollout import funding as reference
from hybridsim.rollout import layout
from hybridsim.rollout.events import Rank
from hybridsim.rollout.kernel.bank import offer, planned_service_cents
from hybridsim.rollout.kernel.books import answers_add, draw, draw_index, draw_of, happened, lognormal_median
from hybridsim.rollout.kernel.calendar import put, sub_index
from hybridsim.rollout.kernel.memory import (
    FULL,
    Run,
    ask_at,
    commitment_at,
    instrument_row,
    project_at,
    world,
)
from hybridsim.rollout.kernel.panel import awarded_cents, call_close, decide, enter, next_call
from hybridsim.rollout.kernel.planning import D_DESIGN_RETRY
from hybridsim.rollout.kernel.promises import (
    RANKED,
    UNDERWRITING,
    commit,
    give_back_budget,
    has_promised,
    headroom,
    need_cost,
    need_gap,
    new_commitment,
    own_funds,
    per_site_left,
    release,
    within_ceiling,
)
from hybridsim.rollout.kernel.requests import (
    amount,
    apply,
    budget_left,
    chance_of,
    cumulation_room,
    eligible,
    found,
)
from hybridsim.rollout.kernel.risk import rate
from hybridsim.rollout.kernel.treasury import settle

WAITS, FILLED, UNFILLED, OVER = range(4)
"""Where an assembly stands: an event is to come; the money is there; it is not; the project is over."""
_ANSWER, _RETRY = int(Rank.ANSWER), int(Rank.RETRY)
_S_DECISION, _S_DURATION, _S_LAG = int(rng.S_DECISION), int(rng.S_DURATION), int(rng.S_LAG)
_CLOSE_RETRY, _INCOMPLETE = int(reference.CLOSE_RETRY), int(reference.INCOMPLETE)
GRANTED, NOT_FOUND, NOT_ELIGIBLE, OUTRANKED, REFUSED, DE_MINIMIS, NOT_NEEDED = (
    int(layout.Answer.GRANTED), int(layout.Answer.NOT_FOUND), int(layout.Answer.NOT_ELIGIBLE),
    int(layout.Answer.OUTRANKED), int(layout.Answer.REFUSED), int(layout.Answer.DE_MINIMIS),
    int(layout.Answer.NOT_NEEDED),
)  # fmt: skip


# ---------------------------------------------------------------------- the whole assembly


@kernel
def assemble(s: Run, p: int, stage: int, wave: int, first_cost: int, second_cost: int, stages: int) -> int:
    """Begin to ask for money; ``stages`` says whether the close is for one stage or for two."""
    project = project_at(s, p)
    project.need_stage, project.need_wave, project.need_costs = stage, wave, stages
    project.need_cost[0], project.need_cost[1] = first_cost, second_cost
    project.need_attempt = project.need_too_late = 0
    project.first_got = project.last_got = -1
    project.deadline = s.now + world(s).patience
    begin_round(s, p)
    return proceed(s, p)


@kernel
def begin_round(s: Run, p: int) -> None:
    """All instruments of the design that have not promised anything yet can be asked."""
    w, project = world(s), project_at(s, p)
    waiting = 0
    for position in range(w.n_order):
        if not has_promised(s, p, w.order[position]):
            waiting |= 1 << position
    project.need_waiting = waiting
    project.need_round = 0
    project.first_ask = -1


@kernel
def proceed(s: Run, p: int) -> int:
    """Take answers and send requests until an event is to come or the round is over."""
    project = project_at(s, p)
    while True:
        if project.first_ask >= 0:
            if not take_answer(s, p):
                return WAITS
            continue
        if not send_next(s, p):
            return end_of_round(s, p)


@kernel
def send_next(s: Run, p: int) -> bool:
    """Send the next requests of the round; False if the round is over."""
    w, project = world(s), project_at(s, p)
    if need_gap(s, p) <= 0 and (w.sequential or project.need_round > 0):
        return False
    if w.sequential:
        if project.need_waiting == 0:
            return False
        position = 0
        while not (project.need_waiting >> position) & 1:
            position += 1
        send_all(s, p, 1 << position, True)
        project.need_waiting &= ~(1 << position)
        return True
    if project.need_round == 2:
        return False
    project.need_round += 1
    project.need_waiting = send_all(s, p, project.need_waiting, project.need_round == 2)
    return True


@kernel
def send_all(s: Run, p: int, waiting: int, last: bool) -> int:
    """Send requests in order until they would close the gap; what was not asked is left for later."""
    w, later, gap = world(s), 0, need_gap(s, p)
    for position in range(w.n_order):
        if not (waiting >> position) & 1:
            continue
        if gap <= 0:
            later |= 1 << position
            continue
        k = w.order[position]
        cents, answer = amount(s, k, p, gap)
        if cents > 0:
            apply(s, k)
            gap -= cents
            send(s, p, k, cents)
        elif last or answer in (NOT_FOUND, NOT_ELIGIBLE):
            count_answer(s, p, k, answer)
        else:
            later |= 1 << position
    return later


@kernel
def end_of_round(s: Run, p: int) -> int:
    """Own funds fill the gap, or there is another try, or the money does not come together."""
    w, project = world(s), project_at(s, p)
    row = project.row
    if need_gap(s, p) <= own_funds(s, row, p):
        return FILLED
    index = draw_index(
        project.use_case, project.need_wave, project.attempt, _CLOSE_RETRY + project.need_attempt
    )
    pause = lognormal_median(
        draw(s, row, _S_DURATION, index), w.median[D_DESIGN_RETRY], w.sigma[D_DESIGN_RETRY]
    )
    project.need_too_late = int(s.now + pause > project.deadline)
    if project.need_attempt == w.retries or project.need_too_late:
        release(s, p)
        return UNFILLED
    put(s, s.now + pause, _RETRY, row, sub_index(project.use_case, project.need_wave, 0), p, 0)
    return WAITS


@kernel
def try_again(s: Run, p: int) -> int:
    """The pause after a try is over."""
    project = project_at(s, p)
    if project.ended:
        release(s, p)
        return OVER
    happened(s, _RETRY, project.row, sub_index(project.use_case, project.need_wave, 0), need_gap(s, p))
    settle(s, project.row, s.now, True)
    project.need_attempt += 1
    begin_round(s, p)
    return proceed(s, p)


@kernel
def answer_came(s: Run, p: int) -> int:
    """The answer, or the guarantor's, that the project waited for has come."""
    project = project_at(s, p)
    if project.ended:
        release(s, p)
        return OVER
    settle(s, project.row, s.now, True)
    if project.pending_terms >= 0:
        guarantor_answers(s, p)
        drop_ask(s, p)
    elif handle_answer(s, p):
        drop_ask(s, p)
    else:
        return WAITS
    return proceed(s, p)


# ---------------------------------------------------------------------- one request


@kernel
def draw_about(s: Run, p: int, k: int, stream: int) -> float:
    """Draw about an instrument that may differ in each try to close the gap."""
    project = project_at(s, p)
    index = draw_index(project.use_case, project.need_wave, project.attempt, project.need_attempt)
    return draw_of(s, project.row, k, stream, index)


@kernel
def send(s: Run, p: int, k: int, cents: int) -> None:
    """Send one request; its answer is put in the order of time among those that the project waits for."""
    t, project = world(s).instruments[k], project_at(s, p)
    sent, call = s.now, -1
    if t.calls:
        call = next_call(s.now, t.calls)
        sent = max(s.now, call_close(call, t.calls))
    if t.decision == RANKED:
        if draw_about(s, p, k, _S_DECISION) < t.probability:
            call = enter(s, k, call, p, project.need_wave, cents)
        else:
            call = _INCOMPLETE
        sent, lag = max(sent, call_close(call, t.calls)), t.lag_median
    elif not t.waits and not t.is_loan:
        sent, lag = s.now, 0.0
    else:
        lag = lognormal_median(draw_about(s, p, k, _S_LAG), t.lag_median, t.lag_sigma)
        if t.talks_early and project.need_attempt == 0:
            lag = max(0.0, lag - project.head_start)
    file_ask(s, p, k, cents, call, sent + lag)


@kernel
def file_ask(s: Run, p: int, k: int, cents: int, call: int, answer_at: float) -> None:
    """Remember a request that waits for its answer."""
    project = project_at(s, p)
    if s.free_ask >= 0:
        a = s.free_ask
        s.free_ask = ask_at(s, a).next
    elif s.n_asks < s.room_asks:
        a = s.n_asks
        s.n_asks += 1
    else:
        s.status |= FULL
        return
    ask = ask_at(s, a)
    ask.terms, ask.cents, ask.call, ask.answer_at = k, cents, call, answer_at
    before, following = -1, project.first_ask
    while following >= 0 and ask_at(s, following).answer_at <= answer_at:
        before, following = following, ask_at(s, following).next
    ask.next = following
    if before < 0:
        project.first_ask = a
    else:
        ask_at(s, before).next = a


@kernel
def drop_ask(s: Run, p: int) -> None:
    """The first request has its answer."""
    project = project_at(s, p)
    a = project.first_ask
    project.first_ask = ask_at(s, a).next
    ask_at(s, a).next = s.free_ask
    s.free_ask = a


@kernel
def take_answer(s: Run, p: int) -> bool:
    """Handle the first answer if it is there; otherwise put it on the calendar."""
    project = project_at(s, p)
    ask = ask_at(s, project.first_ask)
    row = project.row
    if ask.answer_at > s.now:
        put(s, ask.answer_at, _ANSWER, row, sub_index(project.use_case, project.need_wave, ask.terms), p, 0)
        return False
    settle(s, row, s.now, True)
    if not handle_answer(s, p):
        return False
    drop_ask(s, p)
    return True


# ---------------------------------------------------------------------- one answer


@kernel
def handle_answer(s: Run, p: int) -> bool:
    """What the first request in line has brought; False if a guarantor must answer before."""
    project = project_at(s, p)
    ask = ask_at(s, project.first_ask)
    k = ask.terms
    t = world(s).instruments[k]
    if t.decision == UNDERWRITING:
        return ask_bank(s, p)
    if t.decision == RANKED:
        cents = awarded_cents(s, k, ask.call, p, project.need_wave)
        answer = GRANTED if cents else OUTRANKED
        if ask.call == _INCOMPLETE:
            answer = REFUSED
    else:
        u, chance = draw_about(s, p, k, _S_DECISION), chance_of(s, k, ask.cents)
        cents, answer = decide(s, k, u, chance, ask.cents, budget_left(s, k))
    if answer == GRANTED:
        answer = accept_award(s, p, k, cents)
    count_answer(s, p, k, answer)
    return True


@kernel
def accept_award(s: Run, p: int, k: int, cents: int) -> int:
    """Take an award as far as gap, caps and ceiling still have room; what is too much goes back."""
    t, row, gap = world(s).instruments[k], project_at(s, p).row, need_gap(s, p)
    ceiling = min(headroom(s, k, row), per_site_left(s, k, row))
    kept = min(cents, ceiling, gap, cumulation_room(s, k, p))
    answer = GRANTED
    if not eligible(s, k, p):
        answer = NOT_ELIGIBLE
    elif kept < max(1, t.minimum):
        answer = DE_MINIMIS if ceiling < gap else NOT_NEEDED
    else:
        c = new_commitment(s, k, kept, need_cost(s, p))
        commitment = commitment_at(s, c)
        commitment.rate_pa = t.rate_fixed
        if t.is_loan:
            commitment.pd = rate(s, row, planned_service_cents(s, p, k, kept, t.rate_fixed))
        if within_ceiling(s, p, c):
            give_back_budget(s, k, cents - kept, s.now)
            commit(s, p, c)
            return answer
        answer = DE_MINIMIS
    give_back_budget(s, k, cents, s.now)
    return answer


@kernel
def ask_bank(s: Run, p: int) -> bool:
    """The bank looks twice if a guarantee can help; False if the guarantor must answer before."""
    project = project_at(s, p)
    ask = ask_at(s, project.first_ask)
    k = ask.terms
    t = world(s).instruments[k]
    cents = min(ask.cents, need_gap(s, p))
    if t.fund:
        cents = min(cents, budget_left(s, k))
    if cents < max(1, t.minimum):
        count_answer(s, p, k, NOT_NEEDED)
        return True
    answer, rate_pa, refinancing, pd, cover = offer(s, p, k, cents, -1, project.need_wave)
    g = guarantee_for(s, p, k, cents, answer != GRANTED)
    project.pending_cents, project.pending_answer, project.pending_rate = cents, answer, rate_pa
    project.pending_refinancing, project.pending_pd, project.pending_cover = refinancing, pd, cover
    if g < 0:
        conclude(s, p, k, -1)
        return True
    apply(s, g)
    tg = world(s).instruments[g]
    lag = lognormal_median(draw_about(s, p, g, _S_LAG), tg.lag_median, tg.lag_sigma)
    project.pending_terms, project.pending_guarantee = k, g
    put(s, s.now + lag, _ANSWER, project.row, sub_index(project.use_case, project.need_wave, g), p, 0)
    return False


@kernel
def guarantee_for(s: Run, p: int, k: int, cents: int, refused: bool) -> int:
    """First guarantee of the design that covers this loan, is found, eligible and wanted; -1 if none."""
    w = world(s)
    for position in range(w.n_guarantees):
        g = w.guarantees[position]
        t = w.instruments[g]
        if not (t.covers >> k) & 1 or not (refused or t.cover_always):
            continue
        if not found(s, g, p):
            count_answer(s, p, g, NOT_FOUND)
        elif not eligible(s, g, p) or cents < t.minimum:
            count_answer(s, p, g, NOT_ELIGIBLE)
        else:
            return g
    return -1


@kernel
def guarantor_answers(s: Run, p: int) -> None:
    """The guarantor has answered; with the cover the bank looks again."""
    project = project_at(s, p)
    k, g, cents = project.pending_terms, project.pending_guarantee, project.pending_cents
    project.pending_terms = -1
    granted = draw_about(s, p, g, _S_DECISION) < world(s).instruments[g].probability
    count_answer(s, p, g, GRANTED if granted else REFUSED)
    used = -1
    if granted:
        answer, rate_pa, refinancing, pd, cover = offer(s, p, k, cents, g, project.need_wave)
        if answer == GRANTED:
            used = g
            project.pending_answer, project.pending_rate, project.pending_cover = answer, rate_pa, cover
            project.pending_refinancing, project.pending_pd = refinancing, pd
    conclude(s, p, k, used)


@kernel
def conclude(s: Run, p: int, k: int, g: int) -> None:
    """Take the bank's offer, if it is one."""
    project = project_at(s, p)
    if project.pending_answer == GRANTED:
        c = new_commitment(s, k, project.pending_cents, need_cost(s, p))
        commitment = commitment_at(s, c)
        commitment.rate_pa, commitment.refinancing_pa = project.pending_rate, project.pending_refinancing
        commitment.pd, commitment.cover, commitment.guarantee = project.pending_pd, project.pending_cover, g
        if not within_ceiling(s, p, c):
            count_answer(s, p, k, DE_MINIMIS)
            return
        commit(s, p, c)
    count_answer(s, p, k, project.pending_answer)


@kernel
def count_answer(s: Run, p: int, k: int, answer: int) -> None:
    """Count an answer, and log it."""
    project = project_at(s, p)
    answers_add(s, k, answer)
    if answer == GRANTED:
        instrument_row(s, k).granted += 1
    happened(s, _ANSWER, project.row, sub_index(project.use_case, project.need_wave, k), answer)
