"""What instruments promise to a project, and the room that caps and ceilings leave (reference: promises)."""

from __future__ import annotations

from hybridsim.core.compiling import kernel, rule
from hybridsim.finance import sources, support
from hybridsim.rollout.kernel.books import (
    base_rate,
    cash_of,
    share_cents,
    take_back,
)
from hybridsim.rollout.kernel.exact import periods, product_share
from hybridsim.rollout.kernel.memory import (
    FULL,
    Run,
    aid_at,
    commitment_at,
    given_at,
    institution_at,
    lists_at,
    person_at,
    project_at,
    world,
)
from hybridsim.rollout.kernel.records import DECISIONS, GGE_RULES

UNLIMITED = int(sources.UNLIMITED_CENTS)
NOMINAL, INTEREST_SUBSIDY, SAFE_HARBOUR = (
    GGE_RULES.index("nominal"), GGE_RULES.index("interest_subsidy"), GGE_RULES.index("safe_harbour"),
)  # fmt: skip
UNDERWRITING, RANKED, CAMPAIGN = (
    DECISIONS.index("underwriting"), DECISIONS.index("ranked"), DECISIONS.index("campaign"),
)  # fmt: skip
WINDOW = float(support.DE_MINIMIS_WINDOW_MONTHS)

gge_loan_cents = rule(support.gge_loan_cents)
gge_guarantee_safe_harbour_cents = rule(support.gge_guarantee_safe_harbour_cents)


@kernel
def waiting_cents(s: Run, k: int, cents: int) -> int:
    """Part of a grant that comes only with its final account."""
    t = world(s).instruments[k]
    return cents if t.arrears else share_cents(cents, t.retention)


@kernel
def need_cost(s: Run, p: int) -> int:
    """Planned cost of all stages of the present need."""
    project = project_at(s, p)
    return project.need_cost[0] + (project.need_cost[1] if project.need_costs > 1 else 0)


@kernel
def need_gap(s: Run, p: int) -> int:
    """What nobody has promised yet; own funds pay it at the close."""
    gap = need_cost(s, p)
    c = project_at(s, p).first_got
    while c >= 0:
        commitment = commitment_at(s, c)
        gap -= commitment.amount
        c = commitment.next
    return gap


@kernel
def has_promised(s: Run, p: int, k: int) -> bool:
    """Whether an instrument has promised something to the present need."""
    c = project_at(s, p).first_got
    while c >= 0:
        commitment = commitment_at(s, c)
        if commitment.terms == k:
            return True
        c = commitment.next
    return False


@kernel
def per_site_left(s: Run, k: int, row: int) -> int:
    """What an instrument's limit per site still allows this institution, in cents."""
    limit = world(s).instruments[k].maximum_per_site
    if limit == UNLIMITED:
        return UNLIMITED
    return limit * person_at(s, row).sites - given_at(s, row, k).granted


@kernel
def aid_room(s: Run, row: int) -> int:
    """What the de-minimis ceiling still allows now, in cents of GGE."""
    used = 0
    a = lists_at(s, row).first_aid
    while a >= 0:
        aid = aid_at(s, a)
        if s.now - WINDOW < aid.month <= s.now:
            used += aid.cents
        a = aid.next
    return max(0, world(s).ceiling - used)


@kernel
def headroom(s: Run, k: int, row: int) -> int:
    """Room under the de-minimis ceiling; loans are checked when their GGE is known."""
    t = world(s).instruments[k]
    if not t.de_minimis or t.gge_rule != NOMINAL:
        return UNLIMITED
    return aid_room(s, row)


@kernel
def gross_grant_equivalent(s: Run, c: int) -> int:
    """GGE in cents by the instruments' rules: nominal grants, cheap interest, guarantees."""
    w, commitment = world(s), commitment_at(s, c)
    t, amount = w.instruments[commitment.terms], commitment.amount
    gge = 0
    if t.gge_rule == NOMINAL:
        gge += amount
    elif t.gge_rule == INTEREST_SUBSIDY:
        market = base_rate(s) + w.reference_spread
        gge += gge_loan_cents(
            t.service, amount, market, commitment.rate_pa, market, t.quarters, t.grace_quarters
        )
    gge += min(share_cents(amount, t.element_share), t.element_cap)
    if commitment.guarantee >= 0 and w.instruments[commitment.guarantee].gge_rule == SAFE_HARBOUR:
        covered = share_cents(amount, commitment.cover)
        harbour = gge_guarantee_safe_harbour_cents(covered, commitment.cover, 3.0 * t.quarters)
        gge += covered if harbour < 0 else harbour
    return gge


@kernel
def is_aid(s: Run, c: int) -> bool:
    """Whether the de-minimis ceiling counts an award."""
    w, commitment = world(s), commitment_at(s, c)
    if w.instruments[commitment.terms].de_minimis:
        return True
    return commitment.guarantee >= 0 and w.instruments[commitment.guarantee].de_minimis != 0


@kernel
def within_ceiling(s: Run, p: int, c: int) -> bool:
    """Whether the de-minimis ceiling allows a loan with its guarantee."""
    if not is_aid(s, c):
        return True
    return bool(gross_grant_equivalent(s, c) <= aid_room(s, project_at(s, p).row))


@kernel
def new_commitment(s: Run, k: int, cents: int, stage_cost: int) -> int:
    """A promise that is not yet final; returns its number."""
    if s.n_commitments >= s.room_commitments:
        s.status |= FULL
        return s.n_commitments - 1
    c = s.n_commitments
    s.n_commitments += 1
    commitment = commitment_at(s, c)
    commitment.terms, commitment.amount, commitment.stage_cost = k, cents, stage_cost
    commitment.gge = commitment.aid = 0
    commitment.aid_record = commitment.guarantee = commitment.loan = commitment.next = -1
    commitment.awarded_at = commitment.rate_pa = commitment.refinancing_pa = commitment.pd = 0.0
    commitment.cover = 0.0
    commitment.part[0] = commitment.part[1] = 0
    return c


@kernel
def commit(s: Run, p: int, c: int) -> None:
    """An award is final: it takes its room under caps and ceiling now."""
    project, commitment = project_at(s, p), commitment_at(s, c)
    lists, k = lists_at(s, project.row), commitment.terms
    commitment.gge = gross_grant_equivalent(s, c)
    commitment.awarded_at = s.now
    if is_aid(s, c):
        commitment.aid = commitment.gge
        if s.n_aids >= s.room_aids:
            s.status |= FULL
            return
        a = s.n_aids
        s.n_aids += 1
        aid = aid_at(s, a)
        aid.month, aid.cents, aid.next = s.now, commitment.aid, -1
        if lists.last_aid >= 0:
            aid_at(s, lists.last_aid).next = a
        else:
            lists.first_aid = a
        lists.last_aid = a
    given_at(s, project.row, k).granted += commitment.amount
    if world(s).instruments[k].fund:
        s.fund_cash[k] -= commitment.amount
    if project.last_got >= 0:
        commitment_at(s, project.last_got).next = c
    else:
        project.first_got = c
    project.last_got = c


@kernel
def give_back_budget(s: Run, k: int, cents: int, awarded_at: float) -> None:
    """An award lapsed in whole or part; a call's money is gone, a rolling budget gets it back."""
    t = world(s).instruments[k]
    if cents and t.budget_pa != UNLIMITED and t.decision != RANKED:
        s.spent[k, periods(awarded_at, 12.0)] -= cents


@kernel
def give_up(s: Run, row: int, c: int, cents: int) -> None:
    """``cents`` of an award will not be drawn: they leave caps, ceiling, bridging and rolling budget."""
    commitment = commitment_at(s, c)
    k = commitment.terms
    given_at(s, row, k).granted -= cents
    take_back(s, k, cents)
    if commitment.aid and cents:
        share, _ = product_share(commitment.aid, cents, commitment.amount)
        left = commitment.aid - share
        a = lists_at(s, row).first_aid
        while a >= 0:
            aid = aid_at(s, a)
            if aid.month == commitment.awarded_at and aid.cents == commitment.aid:
                aid.cents = left
                break
            a = aid.next
        commitment.aid = left
    give_back_budget(s, k, cents, commitment.awarded_at)


@kernel
def release(s: Run, p: int) -> None:
    """The close failed: awards lapse and give back their room."""
    project = project_at(s, p)
    c = project.first_got
    while c >= 0:
        commitment = commitment_at(s, c)
        give_up(s, project.row, c, commitment.amount)
        c = commitment.next
    project.first_got = project.last_got = -1


@kernel
def bridging_room(s: Run, row: int, p: int) -> int:
    """Cash and credit line that can wait for money in arrears, less what already does or soon will."""
    w, person = world(s), person_at(s, row)
    reserve = share_cents(person.reserve, w.bridging)
    promised = 0
    if p >= 0:
        c = project_at(s, p).first_got
        while c >= 0:
            commitment = commitment_at(s, c)
            promised += waiting_cents(s, commitment.terms, commitment.amount)
            c = commitment.next
    return max(0, cash_of(s, row) + person.credit_line - reserve - institution_at(s, row).bridged - promised)


@kernel
def own_funds(s: Run, row: int, p: int) -> int:
    """What the carrier can put in; ``p`` is the project whose present need it is for, or -1."""
    free = min(cash_of(s, row) - person_at(s, row).reserve, bridging_room(s, row, p))
    return max(0, min(institution_at(s, row).earmark, free))
