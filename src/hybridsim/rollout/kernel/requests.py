"""What a project may ask of an instrument: found, eligible, how much (reference: requests)."""

from __future__ import annotations

from hybridsim.core import rng
from hybridsim.core.codes import InstrumentKind
from hybridsim.core.compiling import kernel, rule
from hybridsim.finance import sources
from hybridsim.rollout import layout, rules
from hybridsim.rollout.kernel.books import draw_index, draw_of, share_cents, to_cents
from hybridsim.rollout.kernel.exact import periods
from hybridsim.rollout.kernel.memory import (
    Run,
    commitment_at,
    instrument_row,
    loan_at,
    person_at,
    project_at,
    totals,
    world,
)
from hybridsim.rollout.kernel.promises import (
    CAMPAIGN,
    RANKED,
    UNLIMITED,
    bridging_room,
    headroom,
    need_cost,
    per_site_left,
    waiting_cents,
)
from hybridsim.rollout.kernel.treasury import settle
from hybridsim.rollout.requests import _LIMIT_ANSWER

_GRANT = int(InstrumentKind.GRANT)
_S_SEARCH = int(rng.S_SEARCH)
LIMIT_ANSWERS = tuple(int(_LIMIT_ANSWER[int(limit)]) for limit in sources.Limit)
NOT_FOUND, NOT_ELIGIBLE, NO_BRIDGE = (
    int(layout.Answer.NOT_FOUND), int(layout.Answer.NOT_ELIGIBLE), int(layout.Answer.NO_BRIDGE),
)  # fmt: skip

request_cents = rule(sources.request_cents)
campaign_probability = rule(rules.campaign_probability)


@kernel
def finds(s: Run, k: int, p: int) -> int:
    """Whether the project's people come to know of an instrument."""
    t, project = world(s).instruments[k], project_at(s, p)
    chance = t.found_advised if project.advised else t.found_alone
    index = draw_index(project.use_case, 0, project.attempt, 0)
    return int(draw_of(s, project.row, k, _S_SEARCH, index) < chance)


@kernel
def search(s: Run, p: int) -> None:
    """Which instruments of the design the project's people know of; the same in every try."""
    w, known = world(s), 0
    for position in range(w.n_order):
        k = w.order[position]
        known |= finds(s, k, p) << k
    for position in range(w.n_guarantees):
        k = w.guarantees[position]
        known |= finds(s, k, p) << k
    project_at(s, p).found = known


@kernel
def found(s: Run, k: int, p: int) -> bool:
    """Whether the project's people know of the instrument."""
    return bool((project_at(s, p).found >> k) & 1)


@kernel
def apply(s: Run, k: int) -> None:
    """Count an application and the staff time that it takes."""
    w = world(s)
    totals(s).staff_cost_cents += to_cents(w.instruments[k].application_days * w.day_cost)
    instrument_row(s, k).requests += 1


@kernel
def excluded(s: Run, k: int, p: int) -> bool:
    """Whether something that was promised already excludes an instrument, or the other way round."""
    w = world(s)
    c = project_at(s, p).first_got
    while c >= 0:
        commitment = commitment_at(s, c)
        other = commitment.terms
        if (w.instruments[k].excludes >> other) & 1 or (w.instruments[other].excludes >> k) & 1:
            return True
        c = commitment.next
    return False


@kernel
def may_apply(s: Run, k: int, p: int, stage: int, cost: int) -> bool:
    """Whether the institution and this cost may apply at all."""
    t, project = world(s).instruments[k], project_at(s, p)
    person = person_at(s, project.row)
    if t.supports and not person.supported:
        return False
    return bool(
        (t.types >> person.type) & 1
        and (t.legal_forms >> person.legal_form) & 1
        and (t.laender >> person.land) & 1
        and (t.use_cases >> project.use_case) & 1
        and (t.stages >> stage) & 1
        and t.cost_from <= cost <= t.cost_to
        and person.revenue <= t.revenue_to
    )


@kernel
def eligible(s: Run, k: int, p: int) -> bool:
    """Whether the present need may be brought to an instrument, next to what was granted already."""
    if excluded(s, k, p):
        return False
    return may_apply(s, k, p, project_at(s, p).need_stage, need_cost(s, p))


@kernel
def settle_borrowers(s: Run, k: int) -> None:
    """Let a fund's borrowers pay what was due by now; once in a quarter, since nothing falls due within."""
    if s.now < s.fund_settled[k]:
        return
    s.fund_settled[k] = 3.0 * periods(s.now, 3.0) + 3.0
    for n in range(s.n_loans):
        loan = loan_at(s, n)
        if loan.terms == k and loan.ended_at < 0.0 and loan.defaulted_at < 0.0:
            settle(s, loan.row, s.now, True)


@kernel
def budget_left(s: Run, k: int) -> int:
    """Budget, or what a revolving fund has in hand after all that was due to it by now."""
    t = world(s).instruments[k]
    if t.fund:
        settle_borrowers(s, k)
        return max(0, s.fund_cash[k])
    if t.budget_pa == UNLIMITED:
        return UNLIMITED
    if t.decision == RANKED:
        return t.budget_pa // t.calls
    return t.budget_pa - s.spent[k, periods(s.now, 12.0)]


@kernel
def cumulation_room(s: Run, k: int, p: int) -> int:
    """What the share of cost that all grants together may cover still allows."""
    w = world(s)
    if w.instruments[k].cumulation >= 1.0:
        return UNLIMITED
    granted = 0
    c = project_at(s, p).first_got
    while c >= 0:
        commitment = commitment_at(s, c)
        if w.instruments[commitment.terms].kind == _GRANT:
            granted += commitment.amount
        c = commitment.next
    return max(0, share_cents(need_cost(s, p), w.instruments[k].cumulation) - granted)


@kernel
def amount(s: Run, k: int, p: int, gap: int) -> tuple[int, int]:
    """Cents to ask one instrument for; 0 and the answer that stands for it if nothing is asked."""
    t, row = world(s).instruments[k], project_at(s, p).row
    if not found(s, k, p):
        return 0, NOT_FOUND
    if not eligible(s, k, p):
        return 0, NOT_ELIGIBLE
    limit = min(t.maximum, per_site_left(s, k, row))
    limit = min(limit, cumulation_room(s, k, p))
    cents, binding = request_cents(
        t.share, need_cost(s, p), limit, gap, headroom(s, k, row), budget_left(s, k), max(1, t.minimum)
    )
    if cents == 0:
        return 0, LIMIT_ANSWERS[binding]
    if waiting_cents(s, k, cents) > bridging_room(s, row, p):
        return 0, NO_BRIDGE
    return cents, 0


@kernel
def chance_of(s: Run, k: int, cents: int) -> float:
    """Probability of a complete application for ``cents``; a campaign's falls with its target."""
    t = world(s).instruments[k]
    if t.decision == CAMPAIGN and cents > 0:
        return campaign_probability(t.probability, cents, t.reference, t.size_slope)
    return float(t.probability)


@kernel
def expected_support(s: Run, p: int, stage: int, cost: int) -> int:
    """Grants that a planner counts on: found and eligible ones, weighted with their probability."""
    w, row, expected = world(s), project_at(s, p).row, 0
    for position in range(w.n_order):
        k = w.order[position]
        t = w.instruments[k]
        if t.is_loan or not found(s, k, p) or not may_apply(s, k, p, stage, cost):
            continue
        room = min(share_cents(cost, t.share), t.maximum, per_site_left(s, k, row))
        room = min(room, headroom(s, k, row), cost - expected)
        if room >= t.minimum:
            expected += share_cents(max(0, room), chance_of(s, k, room))
    return expected


@kernel
def head_start(s: Run, prepared_from: float) -> float:
    """Months for which funders have known a project whose preparation, begun then, ends now."""
    return float((1.0 - world(s).first_contact) * (s.now - prepared_from))


@kernel
def count_in_vain(s: Run, p: int) -> None:
    """The plan is not viable: applications that were begun before it was ready are in vain."""
    w = world(s)
    begun = 1.0 - w.first_contact
    if begun <= 0.0:
        return
    for position in range(w.n_order):
        k = w.order[position]
        t = w.instruments[k]
        if t.talks_early and found(s, k, p) and eligible(s, k, p):
            instrument_row(s, k).in_vain += 1
            totals(s).staff_cost_cents += to_cents(begun * t.application_days * w.day_cost)
