"""Financial closes: promises become money stage by stage (reference: closing)."""

from __future__ import annotations

import numpy as np

from hybridsim.core import mathx
from hybridsim.core.compiling import kernel, rule
from hybridsim.finance import service
from hybridsim.impact import outstanding
from hybridsim.rollout.kernel.accounts import open_account, pay_grant, revoke
from hybridsim.rollout.kernel.bank import planned_service_cents
from hybridsim.rollout.kernel.books import (
    CLAIM,
    COST,
    REVENUE,
    cash_of,
    pay,
    public_cash,
    refinance,
    share_cents,
    year_at,
)
from hybridsim.rollout.kernel.cohorts import cost_in_cohort, lent_in_cohort, written_down_in_cohort
from hybridsim.rollout.kernel.columns import (
    FIRST_PROVIDER,
    FISCAL_ADMINISTRATION,
    FISCAL_FEES,
    FISCAL_GRANTS,
    FISCAL_LOANS,
    M_ABOVE_PLAN,
    M_ADMINISTRATION,
    M_ADMINISTRATION_OF,
    M_BELOW_PLAN,
    M_COMMITMENT_FEE,
    M_COST,
    M_ELEMENT,
    M_FEE,
    M_LOAN,
    M_RENEWAL,
    M_UPFRONT_FEE,
    OUTSIDE,
    SOURCE_COLUMN,
    VENDORS,
)
from hybridsim.rollout.kernel.exact import product_share, split_pro_rata
from hybridsim.rollout.kernel.loan_life import note_balance
from hybridsim.rollout.kernel.memory import (
    FULL,
    UNEQUAL,
    Run,
    book_of,
    column_at,
    commitment_at,
    counts_at,
    given_at,
    grant_at,
    institution_at,
    instrument_row,
    is_platform,
    loan_at,
    person_at,
    project_at,
    totals,
    world,
    year_row,
)
from hybridsim.rollout.kernel.promises import give_up, need_gap, waiting_cents

exp = rule(mathx.exp)
level_payment_cents = rule(service.level_payment_cents)
written_down_discounted_years = rule(outstanding.written_down_discounted_years)


@kernel
def close(s: Run, p: int) -> None:
    """Split every source over the stages; own funds are set aside now."""
    project = project_at(s, p)
    own = need_gap(s, p)
    institution_at(s, project.row).earmark -= own
    count = 0
    c = project.first_got
    while c >= 0:
        count += 1
        c = commitment_at(s, c).next
    left = np.zeros(count + 1, np.int64)
    position = 0
    c = project.first_got
    while c >= 0:
        commitment = commitment_at(s, c)
        left[position] = commitment.amount
        position += 1
        c = commitment.next
    left[count] = own
    for stage in range(project.need_costs):
        parts = split_pro_rata(project.need_cost[stage], left)
        position = 0
        c = project.first_got
        while c >= 0:
            commitment = commitment_at(s, c)
            commitment.part[stage] = parts[position]
            left[position] -= parts[position]
            position += 1
            c = commitment.next
        left[count] -= parts[count]
        project.deal_own[stage] = parts[count]
        project.deal_cost[stage] = project.need_cost[stage]
    for position in range(count + 1):
        if left[position] != 0:
            s.status |= UNEQUAL
    project.deal_stages, project.deal_drawn, project.deal_open = project.need_costs, 0, 1
    project.deal_wave, project.deal_closed_at = project.need_wave, s.now
    project.first_grant = -1


@kernel
def draw_stage(s: Run, p: int) -> None:
    """Pay out the next stage: sources to the institution, the stage's cost to its vendors."""
    project, now = project_at(s, p), s.now
    row, position = project.row, project.deal_drawn
    cost, own = project.deal_cost[position], project.deal_own[position]
    project.first_grant = project.last_grant = -1
    lent = 0
    c = project.first_got
    while c >= 0:
        commitment = commitment_at(s, c)
        part = commitment.part[position]
        if part:
            count_source(s, p, c, part)
            pay_fees(s, p, c, part)
            if world(s).instruments[commitment.terms].is_loan:
                lend(s, p, c, position)
                lent += part
            else:
                take_grant(s, p, c, part, cost, own)
        c = commitment.next
    pay(s, now, book_of(s, row), COST, VENDORS, REVENUE, cost, M_COST, 0)
    total, year, counts = totals(s), year_row(s, year_at(s, now)), counts_at(s, row)
    total.uses_cents += cost
    if is_platform(s, p):
        total.platform_uses_cents += cost
    total.own_funds_cents += own
    year.own_funds_cents += own
    counts.seen = 1
    counts.own_funds_cents += own
    cost_in_cohort(s, p, cost)
    count_written_down(s, p, cost - lent)
    project.deal_drawn += 1


@kernel
def parts_to_come(s: Run, p: int, c: int) -> int:
    """What of a promise has not been drawn yet."""
    project, commitment = project_at(s, p), commitment_at(s, c)
    cents = 0
    for stage in range(project.deal_drawn, project.deal_stages):
        cents += commitment.part[stage]
    return cents


@kernel
def lapse(s: Run, p: int) -> None:
    """Stages that never come are not drawn: promises for them lapse, own funds are free again."""
    project = project_at(s, p)
    inst = institution_at(s, project.row)
    g = project.first_grant
    while g >= 0:
        revoke(s, g)
        g = grant_at(s, g).next
    project.first_grant = project.last_grant = -1
    if project.deal_drawn < project.deal_stages and inst.defaulted_at < 0.0:
        c = project.first_got
        while c >= 0:
            pay_commitment_fee(s, p, c, parts_to_come(s, p, c))
            c = commitment_at(s, c).next
    for stage in range(project.deal_drawn, project.deal_stages):
        inst.earmark += project.deal_own[stage]
    c = project.first_got
    while c >= 0:
        no_longer_undrawn(s, c)
        give_up(s, project.row, c, parts_to_come(s, p, c))
        c = commitment_at(s, c).next
    project.deal_drawn = project.deal_stages


@kernel
def count_written_down(s: Run, p: int, cents: int) -> None:
    """Capital at work of money that is never repaid: written down over the software's life."""
    w, project = world(s), project_at(s, p)
    life = w.use_cases[project.use_case, person_at(s, project.row).type].life_months
    years = written_down_discounted_years(w.horizon - s.now, life, w.social_force)
    totals(s).capital_pv_cent_years += share_cents(cents, years * exp(-w.social_force * s.now / 12.0))
    written_down_in_cohort(s, p, cents)


@kernel
def count_source(s: Run, p: int, c: int, part: int) -> None:
    """Count what an instrument pays, and what administering it costs."""
    commitment, row, now = commitment_at(s, c), project_at(s, p).row, s.now
    k = commitment.terms
    t = world(s).instruments[k]
    total, counts = totals(s), instrument_row(s, k)
    gge, _ = product_share(commitment.gge, part, commitment.amount)
    column_at(s, SOURCE_COLUMN[t.kind]).value += part
    total.gge_cents += gge
    counts.granted_cents += part
    counts.gge_cents += gge
    year, own = year_row(s, year_at(s, now)), counts_at(s, row)
    own.seen = 1
    if t.is_loan:
        year.lent_cents += part
        own.lent_cents += part
        total.lent_cents += part
        if is_platform(s, p):
            total.platform_lent_cents += part
    else:
        year.grant_cents += part
        own.grant_cents += part
    administrator = t.provider if t.refinancer < 0 else t.refinancer
    cost = share_cents(part, t.administration_share)
    pay(s, now, FIRST_PROVIDER + administrator, COST, OUTSIDE, REVENUE, cost, M_ADMINISTRATION, k)
    public_cash(s, administrator, k, FISCAL_ADMINISTRATION, cost, now, p)


@kernel
def new_loan(s: Run, row: int) -> int:
    """Room for a loan at the end of an institution's list."""
    if s.n_loans >= s.room_loans:
        s.status |= FULL
        return s.n_loans - 1
    n, inst = s.n_loans, institution_at(s, row)
    s.n_loans += 1
    loan_at(s, n).next = -1
    if inst.last_loan >= 0 and inst.first_loan >= 0:
        loan_at(s, inst.last_loan).next = n
    else:
        inst.first_loan = n
    inst.last_loan = n
    return n


@kernel
def lend(s: Run, p: int, c: int, position: int) -> None:
    """A loan is disbursed."""
    project, commitment, now = project_at(s, p), commitment_at(s, c), s.now
    k, row, part = commitment.terms, project.row, commitment.part[position]
    t = world(s).instruments[k]
    n = new_loan(s, row)
    loan = loan_at(s, n)
    loan.terms, loan.project, loan.row, loan.wave = k, p, row, project.deal_wave
    loan.closed_at, loan.principal, loan.rate_pa = now, part, commitment.rate_pa
    loan.level_payment = level_payment_cents(part, commitment.rate_pa, t.quarters - t.grace_quarters)
    loan.service, loan.quarters, loan.grace_quarters = t.service, t.quarters, t.grace_quarters
    loan.planned = part
    loan.service_pa = planned_service_cents(s, p, k, part, commitment.rate_pa)
    loan.refinancing_pa, loan.pd_at_close = commitment.refinancing_pa, commitment.pd
    loan.cover, loan.guarantee, loan.outstanding = commitment.cover, commitment.guarantee, part
    loan.quarter = loan.plan_from = loan.holiday = loan.repaid = loan.interest = loan.ead = 0
    loan.recovered = loan.payout = loan.loss = loan.forgiven = 0
    loan.defaulted_at = loan.ended_at = -1.0
    loan.undrawn = 0
    for stage in range(position + 1, project.deal_stages):
        loan.undrawn += commitment.part[stage]
    no_longer_undrawn(s, c)
    commitment.loan = n
    note_balance(s, n, now)
    totals(s).loans += 1
    lent_in_cohort(s, p, part)
    lender = FIRST_PROVIDER + t.provider
    if t.refinancer >= 0:
        refinance(s, now, k, FIRST_PROVIDER + t.refinancer, lender, part)
        public_cash(s, t.refinancer, k, FISCAL_LOANS, part, now, p)
        grant_element(s, n)
    pay(s, now, lender, CLAIM, book_of(s, row), CLAIM, part, M_LOAN, k)
    public_cash(s, t.provider, k, FISCAL_LOANS, part, now, p)
    if loan.guarantee >= 0:
        guarantee_loan(s, n)


@kernel
def no_longer_undrawn(s: Run, c: int) -> None:
    """What the last loan of a promise left to draw is drawn now, or will never be."""
    n = commitment_at(s, c).loan
    if n >= 0 and loan_at(s, n).undrawn:
        loan_at(s, n).undrawn = 0
        note_balance(s, n, s.now)


@kernel
def grant_element(s: Run, n: int) -> None:
    """Grant that comes with a promotional loan; the cap holds for the institution."""
    loan = loan_at(s, n)
    k = loan.terms
    t = world(s).instruments[k]
    given = given_at(s, loan.row, k)
    before = given.element
    element = min(share_cents(loan.principal, t.element_share), max(0, t.element_cap - before))
    if element:
        given.element = before + element
        pay(
            s,
            s.now,
            FIRST_PROVIDER + t.refinancer,
            COST,
            book_of(s, loan.row),
            REVENUE,
            element,
            M_ELEMENT,
            k,
        )
        public_cash(s, t.refinancer, k, FISCAL_GRANTS, element, s.now, loan.project)


@kernel
def guarantee_loan(s: Run, n: int) -> None:
    """A guarantor takes its share: volume, up-front fee, administration."""
    loan, now = loan_at(s, n), s.now
    g = loan.guarantee
    t, counts = world(s).instruments[g], instrument_row(s, g)
    covered = share_cents(loan.principal, loan.cover)
    s.guaranteed_volume[g] += covered
    totals(s).guaranteed_cents += covered
    counts.granted_cents += covered
    fee = share_cents(covered, t.fee_upfront)
    guarantor = FIRST_PROVIDER + t.provider
    pay(s, now, book_of(s, loan.row), COST, guarantor, REVENUE, fee, M_UPFRONT_FEE, g)
    public_cash(s, t.provider, g, FISCAL_FEES, -fee, now, loan.project)
    counts.interest_cents += fee
    cost = share_cents(covered, t.administration_share)
    pay(s, now, guarantor, COST, OUTSIDE, REVENUE, cost, M_ADMINISTRATION_OF, g)
    public_cash(s, t.provider, g, FISCAL_ADMINISTRATION, cost, now, loan.project)


@kernel
def take_grant(s: Run, p: int, c: int, part: int, cost: int, own: int) -> None:
    """A grant is drawn for one stage, as far as it does not wait for its final account."""
    project, k = project_at(s, p), commitment_at(s, c).terms
    waiting = waiting_cents(s, k, part)
    institution_at(s, project.row).bridged += waiting
    pay_grant(s, p, k, part - waiting)
    if s.n_grants >= s.room_grants:
        s.status |= FULL
        return
    g = s.n_grants
    s.n_grants += 1
    grant = grant_at(s, g)
    grant.project, grant.terms, grant.amount, grant.paid, grant.waiting = p, k, part, part - waiting, waiting
    grant.planned_cost, grant.own_funds, grant.other_funds, grant.next = cost, own, cost - own - part, -1
    if project.last_grant >= 0:
        grant_at(s, project.last_grant).next = g
    else:
        project.first_grant = g
    project.last_grant = g


@kernel
def open_accounts(s: Run, p: int, actual_cost: int) -> None:
    """The stage is implemented: its grants wait for their final accounts, the last support in money."""
    project = project_at(s, p)
    g = project.first_grant
    while g >= 0:
        following = grant_at(s, g).next
        settled_at = open_account(s, g, actual_cost, project.deal_wave, project.deal_drawn)
        if world(s).instruments[grant_at(s, g).terms].outcome_payer < 0:
            project.supported_until = max(project.supported_until, settled_at)
        g = following
    project.first_grant = project.last_grant = -1


@kernel
def pay_fees(s: Run, p: int, c: int, part: int) -> None:
    """Commitment fee on what waited to be drawn; a platform's fee on what came."""
    project, k = project_at(s, p), commitment_at(s, c).terms
    if project.deal_drawn:
        pay_commitment_fee(s, p, c, part)
    fee = share_cents(part, world(s).instruments[k].fee_share)
    pay(s, s.now, book_of(s, project.row), COST, OUTSIDE, REVENUE, fee, M_FEE, k)


@kernel
def pay_commitment_fee(s: Run, p: int, c: int, cents: int) -> None:
    """Fee per month on what is promised and not drawn."""
    project, k, now = project_at(s, p), commitment_at(s, c).terms, s.now
    t = world(s).instruments[k]
    fee = share_cents(cents, t.commitment_fee * (now - project.deal_closed_at))
    pay(s, now, book_of(s, project.row), COST, FIRST_PROVIDER + t.provider, REVENUE, fee, M_COMMITMENT_FEE, k)
    instrument_row(s, k).interest_cents += fee
    public_cash(s, t.provider, k, FISCAL_FEES, -fee, now, p)


@kernel
def pay_vendor(s: Run, p: int, cents: int, memo: int) -> None:
    """Pay a vendor beyond what was financed."""
    row = project_at(s, p).row
    inst = institution_at(s, row)
    inst.earmark = max(0, inst.earmark - cents)
    pay(s, s.now, book_of(s, row), COST, VENDORS, REVENUE, cents, memo, 0)
    count_written_down(s, p, cents)


@kernel
def pay_overrun(s: Run, p: int, cents: int) -> bool:
    """Pay what implementation cost above plan (or get back what it saved); False if there is no cash."""
    row = project_at(s, p).row
    if cents <= 0:
        pay(s, s.now, VENDORS, REVENUE, book_of(s, row), COST, -cents, M_BELOW_PLAN, 0)
        return True
    kept = share_cents(person_at(s, row).reserve, world(s).bridging)
    if cents > cash_of(s, row) - kept - institution_at(s, row).bridged:
        return False
    pay_vendor(s, p, cents, M_ABOVE_PLAN)
    totals(s).overrun_cents += cents
    cost_in_cohort(s, p, cents)
    return True


@kernel
def pay_renewal(s: Run, p: int, cents: int) -> bool:
    """Renew worn-out software from own funds; False if they do not suffice."""
    row = project_at(s, p).row
    if cents > min(institution_at(s, row).earmark, cash_of(s, row) - person_at(s, row).reserve):
        return False
    pay_vendor(s, p, cents, M_RENEWAL)
    cost_in_cohort(s, p, cents)
    total, counts = totals(s), counts_at(s, row)
    total.uses_cents += cents
    if is_platform(s, p):
        total.platform_uses_cents += cents
    total.own_funds_cents += cents
    year_row(s, year_at(s, s.now)).own_funds_cents += cents
    counts.seen = 1
    counts.own_funds_cents += cents
    return True
