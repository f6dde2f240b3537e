"""What defaults cost: losses given default that worsen with the economy, guarantees and their pools.

Arrays are taken out of the book once in each function: taking one out in a loop would count its users anew.
"""

from __future__ import annotations

from hybridsim.core.compiling import kernel
from hybridsim.core.rng import S_BOOK_LGD
from hybridsim.credit.arrays import Floats
from hybridsim.credit.simulation.arrays import Book, Work
from hybridsim.credit.simulation.borrowing import in_place
from hybridsim.credit.simulation.given import economy
from hybridsim.credit.simulation.scalars import norm_cdf, norm_ppf, two_uniforms


@in_place
def losses(
    book: Book, seed_lo: int, seed_hi: int, scenario: int, count: int, work: Work
) -> tuple[float, float, int]:
    """Losses in euros of the scenario whose ``count`` obligors in default ``work.defaulted`` names.

    Returns the loss of the whole book, of its base part alone (as if it had the pools for itself) and the
    number of loans hit: ``work.lost_loan`` and ``work.lost`` have them one by one, in order.
    """
    hit = _gross(book, seed_lo, seed_hi, scenario, count, work)
    if book.guaranteed:
        return _net(book, count, hit, work)
    lost, loans, part = work.lost, work.lost_loan, book.part
    whole, base = 0.0, 0.0
    for number in range(hit):
        whole += lost[number]
        if part[loans[number]] == 0:
            base += lost[number]
    return whole, base, hit


@in_place
def _gross(book: Book, seed_lo: int, seed_hi: int, scenario: int, count: int, work: Work) -> int:
    """Losses before guarantees of all loans of the obligors in default; returns their number."""
    defaulted, loans, lost = work.defaulted, work.lost_loan, work.lost
    start, exposure, lgd, location = book.loan_start, book.exposure, book.lgd, book.lgd_location
    sigma, random = book.lgd_sigma, len(location) > 0
    state = book.lgd_economy * economy(book, work.z) if random else 0.0
    hit = 0
    for place in range(count):
        obligor = defaulted[place]
        own = 0.0
        if random and sigma > 0.0:
            uniform, _ = two_uniforms(seed_lo, seed_hi, scenario, S_BOOK_LGD, obligor)
            own = sigma * norm_ppf(uniform)
        for loan in range(start[obligor], start[obligor + 1]):
            share = norm_cdf(location[loan] - state + own) if random else lgd[loan]
            loans[hit] = loan
            lost[hit] = share * exposure[loan]
            hit += 1
    return hit


@in_place
def _net(book: Book, count: int, hit: int, work: Work) -> tuple[float, float, int]:
    """Take payouts off the losses; as `losses` otherwise."""
    defaulted, flags, loans, lost = work.defaulted, work.flags, work.lost_loan, work.lost
    pools, part, covers, guarantors = book.pool, book.part, book.cover, book.guarantor
    claims, base_claims, caps, pays = work.claims, work.base_claims, book.pool_cap, book.pays_in_default
    for place in range(count):
        flags[defaulted[place]] = 1
    for number in range(hit):
        loan = loans[number]
        if pools[loan] >= 0:
            claim = covers[loan] * lost[number]
            claims[pools[loan]] += claim
            if part[loan] == 0:
                base_claims[pools[loan]] += claim
    whole, base = 0.0, 0.0
    for number in range(hit):
        loan = loans[number]
        payout = covers[loan] * lost[number]
        guarantor = guarantors[loan]
        if guarantor >= 0 and flags[guarantor]:
            payout *= pays[guarantor]
        if part[loan] == 0:
            base += lost[number] - payout * _rate(pools[loan], base_claims, caps)
        lost[number] -= payout * _rate(pools[loan], claims, caps)
        whole += lost[number]
    for number in range(hit):
        pool = pools[loans[number]]
        if pool >= 0:
            claims[pool], base_claims[pool] = 0.0, 0.0
    for place in range(count):
        flags[defaulted[place]] = 0
    return whole, base, hit


@kernel
def _rate(pool: int, claims: Floats, caps: Floats) -> float:
    """What a pool pays on each euro that is claimed from it; 1 for a cover without a pool."""
    if pool >= 0 and claims[pool] > caps[pool]:
        return caps[pool] / claims[pool]
    return 1.0
