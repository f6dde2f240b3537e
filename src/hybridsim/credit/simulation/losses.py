"""What defaults cost: losses given default that worsen with the economy, guarantees and their pools."""

from __future__ import annotations

from hybridsim.core.compiling import kernel
from hybridsim.core.rng import S_BOOK_LGD
from hybridsim.credit.arrays import Floats
from hybridsim.credit.simulation.arrays import Book, Work
from hybridsim.credit.simulation.given import economy
from hybridsim.credit.simulation.scalars import norm_cdf, norm_ppf, two_uniforms


@kernel
def losses(
    book: Book, seed_lo: int, seed_hi: int, scenario: int, count: int, work: Work
) -> tuple[float, float, int]:
    """Losses in euros of the scenario whose ``count`` obligors in default ``work.defaulted`` names.

    Returns the loss of the whole book, of its base part alone (with the whole caps of the pools) and the
    number of loans hit: ``work.lost_loan`` and ``work.lost`` have them one by one, in order.
    """
    hit = _gross(book, seed_lo, seed_hi, scenario, count, work)
    whole, base = 0.0, 0.0
    if book.guaranteed:
        base = _covered(book, count, hit, work)
    for number in range(hit):
        whole += work.lost[number]
        if not book.guaranteed and book.part[work.lost_loan[number]] == 0:
            base += work.lost[number]
    return whole, base, hit


@kernel
def _gross(book: Book, seed_lo: int, seed_hi: int, scenario: int, count: int, work: Work) -> int:
    """Losses before guarantees of all loans of the obligors in default; returns their number."""
    random = len(book.lgd_location) > 0
    state = book.lgd_economy * economy(book, work.z)
    hit = 0
    for place in range(count):
        obligor = work.defaulted[place]
        own = 0.0
        if random and book.lgd_sigma > 0.0:
            uniform, _ = two_uniforms(seed_lo, seed_hi, scenario, S_BOOK_LGD, obligor)
            own = book.lgd_sigma * norm_ppf(uniform)
        for loan in range(book.loan_start[obligor], book.loan_start[obligor + 1]):
            share = book.lgd[loan]
            if random:
                share = norm_cdf(book.lgd_location[loan] - state + own)
            work.lost_loan[hit] = loan
            work.lost[hit] = share * book.exposure[loan]
            hit += 1
    return hit


@kernel
def _covered(book: Book, count: int, hit: int, work: Work) -> float:
    """Take payouts off the losses; returns the loss of the base part as if it had the pools for itself."""
    for place in range(count):
        work.flags[work.defaulted[place]] = 1
    for number in range(hit):
        loan = work.lost_loan[number]
        pool = book.pool[loan]
        if pool >= 0:
            claim = book.cover[loan] * work.lost[number]
            work.claims[pool] += claim
            if book.part[loan] == 0:
                work.base_claims[pool] += claim
    base = 0.0
    for number in range(hit):
        loan = work.lost_loan[number]
        pool, guarantor = book.pool[loan], book.guarantor[loan]
        payout = book.cover[loan] * work.lost[number]
        if guarantor >= 0 and work.flags[guarantor]:
            payout *= book.pays_in_default[guarantor]
        if book.part[loan] == 0:
            base += work.lost[number] - payout * _rate(book, pool, work.base_claims)
        work.lost[number] -= payout * _rate(book, pool, work.claims)
    for number in range(hit):
        pool = book.pool[work.lost_loan[number]]
        if pool >= 0:
            work.claims[pool], work.base_claims[pool] = 0.0, 0.0
    for place in range(count):
        work.flags[work.defaulted[place]] = 0
    return base


@kernel
def _rate(book: Book, pool: int, claims: Floats) -> float:
    """What a pool pays on each euro that is claimed from it; 1 for a cover without a pool."""
    if pool >= 0 and claims[pool] > book.pool_cap[pool]:
        return book.pool_cap[pool] / claims[pool]
    return 1.0
