"""What an estate yields, who is paid in which order, and who bears the rest (reference: estates)."""

from __future__ import annotations

import numpy as np

from hybridsim.core import rng
from hybridsim.core.compiling import kernel, rule
from hybridsim.credit import estate as estate_rules
from hybridsim.finance import guarantee as guarantee_rules
from hybridsim.finance import sources, waterfall
from hybridsim.rollout.events import Rank
from hybridsim.rollout.kernel.books import (
    COST,
    GUARANTEE,
    RECOVERY,
    REVENUE,
    draw,
    factor,
    happened,
    pay,
    public_cash,
    refinance,
    take_back,
    write_off,
    year_at,
)
from hybridsim.rollout.kernel.columns import (
    FIRST_PROVIDER,
    FISCAL_LOANS,
    FISCAL_PAYOUTS,
    M_DEFAULTED,
    M_ESTATE,
    M_PAYOUT,
    M_RECOVERY,
    OUTSIDE,
)
from hybridsim.rollout.kernel.exact import pay_pari_passu
from hybridsim.rollout.kernel.loan_life import note_balance
from hybridsim.rollout.kernel.memory import (
    Run,
    book_of,
    counts_at,
    institution_at,
    instrument_row,
    loan_at,
    person_at,
    totals,
    world,
    year_row,
)

_ESTATE = int(Rank.ESTATE)
_S_ESTATE = int(rng.S_ESTATE)
UNLIMITED = int(sources.UNLIMITED_CENTS)

estate_recovery = rule(estate_rules.estate_recovery)
payout_cents = rule(guarantee_rules.payout_cents)
portfolio_cap_cents = rule(guarantee_rules.portfolio_cap_cents)
senior_pool_cents = rule(waterfall.senior_pool_cents)
free_estate_cents = rule(waterfall.free_estate_cents)


@kernel
def count_loans(s: Run, row: int, subordinated: int) -> tuple[int, int]:
    """Number and exposure of an institution's loans of one rank."""
    count = owed = 0
    n = institution_at(s, row).first_loan
    while n >= 0:
        loan = loan_at(s, n)
        if world(s).instruments[loan.terms].subordinated == subordinated:
            count += 1
            owed += loan.ead
        n = loan.next
    return count, owed


@kernel
def share_among(s: Run, row: int, subordinated: int, estate: int, ahead: int) -> int:
    """Share an estate among loans of one rank and a claim ``ahead`` of the list; returns what was paid."""
    count, _ = count_loans(s, row, subordinated)
    claims = np.zeros(count + 1, np.int64)
    claims[0] = ahead
    position = 1
    n = institution_at(s, row).first_loan
    while n >= 0:
        loan = loan_at(s, n)
        if world(s).instruments[loan.terms].subordinated == subordinated:
            claims[position] = loan.ead
            position += 1
        n = loan.next
    paid = pay_pari_passu(estate, claims)
    total, position = paid[0], 1
    n = institution_at(s, row).first_loan
    while n >= 0:
        loan = loan_at(s, n)
        if world(s).instruments[loan.terms].subordinated == subordinated:
            loan.recovered = paid[position]
            total += paid[position]
            position += 1
        n = loan.next
    return total


@kernel
def distribute(s: Run, row: int) -> None:
    """Share the estate by rank; guarantees pay what they cover of the rest; the remainder is lost."""
    w, person, inst = world(s), person_at(s, row), institution_at(s, row)
    share = estate_recovery(
        w.estate_mu[person.type], w.recovery_economy, factor(s, 0, inst.defaulted_at), w.recovery_sigma,
        draw(s, row, _S_ESTATE, 0),
    )  # fmt: skip
    _, owed = count_loans(s, row, 0)
    pool = senior_pool_cents(person.collateral, person.debt, 0, owed)
    from_collateral = min(person.collateral, person.debt)
    estate = free_estate_cents(share, w.headroom, pool) + person.collateral - from_collateral
    # The existing debt's shortfall shares with the senior loans; subordinated ones get what is left then.
    estate -= share_among(s, row, 0, estate, person.debt - from_collateral)
    share_among(s, row, 1, estate, 0)
    recovered = 0
    n = inst.first_loan
    while n >= 0:
        loan = loan_at(s, n)
        recovered += loan.recovered
        n = loan.next
    happened(s, _ESTATE, row, 0, recovered)
    for subordinated in range(2):
        n = inst.first_loan
        while n >= 0:
            loan = loan_at(s, n)
            if w.instruments[loan.terms].subordinated == subordinated:
                close_defaulted(s, n)
            n = loan.next
    inst.first_loan = inst.last_loan = -1


@kernel
def cover(s: Run, n: int) -> int:
    """Payout of the guarantee, up to what its portfolio cap leaves, or of the liability exemption."""
    w, loan = world(s), loan_at(s, n)
    k = loan.guarantee
    if k < 0:
        exemption = w.instruments[loan.terms].exemption
        if exemption <= 0.0:
            return 0
        return payout_cents(exemption, loan.ead, loan.recovered, UNLIMITED)
    left = UNLIMITED
    cap_rate = w.instruments[k].cap_rate
    if cap_rate < 1.0:
        left = portfolio_cap_cents(cap_rate, 1.0, s.guaranteed_volume[k]) - s.guarantee_paid[k]
    payout = payout_cents(loan.cover, loan.ead, loan.recovered, left)
    s.guarantee_paid[k] += payout
    return payout


@kernel
def guarantor(s: Run, n: int) -> tuple[int, int]:
    """Provider and instrument that pay for a loan."""
    w, loan = world(s), loan_at(s, n)
    if loan.guarantee >= 0:
        return w.instruments[loan.guarantee].provider, loan.guarantee
    return w.instruments[loan.terms].refinancer, loan.terms


@kernel
def close_defaulted(s: Run, n: int) -> None:
    """Book recovery, payout and loss of a loan."""
    loan, now = loan_at(s, n), s.now
    k = loan.terms
    t = world(s).instruments[k]
    lender, book = FIRST_PROVIDER + t.provider, book_of(s, loan.row)
    payout = cover(s, n)
    loan.payout = payout
    loan.loss = loan.ead - loan.recovered - payout
    pay(s, now, OUTSIDE, COST, book, REVENUE, loan.recovered, M_ESTATE, 0)
    pay(s, now, book, RECOVERY, lender, RECOVERY, loan.recovered, M_RECOVERY, k)
    write_off(s, now, lender, book, loan.ead, M_DEFAULTED, k)
    public_cash(s, t.provider, k, FISCAL_LOANS, -loan.recovered, now, loan.project)
    take_back(s, k, loan.recovered)
    if t.refinancer >= 0:
        refinance(s, now, k, lender, FIRST_PROVIDER + t.refinancer, loan.ead)
        public_cash(s, t.refinancer, k, FISCAL_LOANS, -loan.ead, now, loan.project)
    if payout:
        payer, instrument = guarantor(s, n)
        pay(s, now, FIRST_PROVIDER + payer, GUARANTEE, lender, GUARANTEE, payout, M_PAYOUT, k)
        public_cash(s, payer, instrument, FISCAL_PAYOUTS, payout, now, loan.project)
        public_cash(s, t.provider, k, FISCAL_PAYOUTS, -payout, now, loan.project)
    loan.outstanding = 0
    loan.ended_at = now
    note_balance(s, n, now)
    count_loss(s, n)


@kernel
def count_loss(s: Run, n: int) -> None:
    """Count what a default cost, and whom."""
    w, loan, total = world(s), loan_at(s, n), totals(s)
    total.recovered_cents += loan.recovered
    total.payout_cents += loan.payout
    total.loss_cents += loan.loss
    total.written_off_cents += loan.ead
    if loan.defaulted_at <= w.horizon:
        total.loss_horizon_cents += loan.loss
    if s.now <= w.horizon:
        year_row(s, year_at(s, s.now)).loss_cents += loan.loss
    counts, own = instrument_row(s, loan.terms), counts_at(s, loan.row)
    counts.recovered_cents += loan.recovered
    counts.payout_cents += loan.payout
    counts.loss_cents += loan.loss
    own.seen = 1
    own.loss_cents += loan.loss
    if w.provider_public[w.instruments[loan.terms].provider]:
        total.loss_public_cents += loan.loss
    if loan.payout:
        payer, instrument = guarantor(s, n)
        if instrument != loan.terms:
            instrument_row(s, instrument).payout_cents += loan.payout
        if w.provider_public[payer]:
            total.loss_public_cents += loan.payout
