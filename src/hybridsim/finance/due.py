"""On which days something is due under a contract, before anyone computes amounts."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

from hybridsim.finance.dates import cycle_dates, rolled
from hybridsim.finance.terms import Leg, Repayment, Terms


class Kind(StrEnum):
    """Kinds of rows, under their ACTUS codes, in the order in which rows of one day are taken."""

    PAYOUT = "IED"
    REDEMPTION = "PR"
    DRAWING = "PI"
    INTEREST = "IP"
    CAPITALISATION = "IPCI"
    RATE = "RRF"
    PAYMENT_FIXED = "PRF"
    PURCHASE = "PRD"
    SALE = "TD"
    MATURITY = "MD"


ON_CYCLE = {Kind.REDEMPTION, Kind.DRAWING, Kind.INTEREST, Kind.CAPITALISATION, Kind.MATURITY}
RANK = {kind: rank for rank, kind in enumerate(Kind)} | {Kind.DRAWING: 1, Kind.REDEMPTION: 1}
"""Redemption precedes interest, new rates count from the end of their day, its payments are the seller's."""


class Due(NamedTuple):
    """Something due on ``nominal``: interest counts up to ``accrues_to``, money moves on ``paid_on``.

    ``amount`` is a leg's amount, a new rate or a price; ``leg`` the number of the redemption leg. A payment
    that is fixed on the first day is ``silent``, makes no row: right after the payout, or, of a loan drawn
    before, after what was paid on that day.
    """

    accrues_to: date
    rank: int
    nominal: date
    paid_on: date
    kind: Kind
    amount: float | None = None
    leg: int = 0
    silent: bool = False


def dues(terms: Terms, end: date) -> list[Due]:
    """Everything due from the start to ``end``, in order; a loan drawn before starts the day after."""
    found = [_due(terms, end, Kind.MATURITY, end)]
    if not terms.drawn:
        found.append(_due(terms, end, Kind.PAYOUT, terms.start))
    repaying: set[date] = set()
    for i, leg in enumerate(terms.redemption):
        kind = Kind.DRAWING if (leg.amount or 0.0) < 0.0 else Kind.REDEMPTION
        days = _leg_dates(terms, terms.redemption, i, end)
        repaying.update(days)
        found += [_due(terms, end, kind, day, leg.amount, i) for day in days]
        if (
            terms.repayment is Repayment.ANNUITY
            and leg.amount is None
            and leg.first(terms.end_of_month) < end
        ):
            found.append(_fixing(terms, end, i, leg))
    for day in _interest_days(terms, end, repaying):
        capitalised = terms.capitalise_until is not None and day <= terms.capitalise_until
        found.append(_due(terms, end, Kind.CAPITALISATION if capitalised else Kind.INTEREST, day))
    for day, rate in terms.rate_steps:
        if day < end:
            found.append(_due(terms, end, Kind.RATE, day, rate))
            found += _fixing_at_rate_step(terms, end, day)
    for kind, trade in ((Kind.PURCHASE, terms.bought), (Kind.SALE, terms.sold)):
        if trade is not None:
            found.append(_due(terms, end, kind, trade[0], trade[1]))
    return sorted(found, key=lambda due: due[:3])


def level_ends(terms: Terms, end: date, fixing: Due) -> list[date]:
    """Days up to which interest counts at the dates that the payment fixed by ``fixing`` is made on."""
    last = terms.amortised_by or end
    leg = terms.redemption[fixing.leg]
    days = cycle_dates(leg.anchor, leg.cycle, last, terms.end_of_month)[leg.skip :]
    ends = [_due(terms, end, Kind.REDEMPTION, day) for day in days]
    return [due.accrues_to for due in ends if due[:3] > fixing[:3]]


def _due(terms: Terms, end: date, kind: Kind, day: date, amount: float | None = None, leg: int = 0) -> Due:
    on_cycle = kind in ON_CYCLE
    paid_on = max(terms.start, rolled(day, terms.roll, terms.calendar)) if on_cycle else day
    accrues_to = day if terms.calculate_first else paid_on
    last_day = terms.sold[0] if terms.sold is not None else end
    if terms.includes_last_day and day == last_day and (kind is Kind.SALE or (on_cycle and not terms.sold)):
        accrues_to += timedelta(days=1)
    return Due(accrues_to, RANK[kind], day, paid_on, kind, amount, leg)


def _leg_dates(terms: Terms, legs: tuple[Leg, ...], i: int, end: date) -> list[date]:
    """Dates of one leg before the next one begins and before ``end``."""
    leg = legs[i]
    stop = min([end, *(later.first(terms.end_of_month) for later in legs[i + 1 : i + 2])])
    days = cycle_dates(leg.anchor, leg.cycle, stop, terms.end_of_month)[leg.skip : -1]
    return [day for day in days if day > terms.start or (day == terms.start and not terms.drawn)]


def _interest_days(terms: Terms, end: date, repaying: set[date]) -> list[date]:
    """Days on which interest is due, the day on which its capitalisation ends and the maturity among them."""
    days = {day for i in range(len(terms.interest)) for day in _leg_dates(terms, terms.interest, i, end)}
    if terms.repayment is Repayment.ANNUITY and repaying:
        days = {day for day in days if day < min(repaying)} | repaying
    elif not terms.interest:
        days = repaying
    if terms.capitalise_until is not None and terms.start < terms.capitalise_until < end:
        days.add(terms.capitalise_until)
    return sorted(days | {end})


def _fixing(terms: Terms, end: date, i: int, leg: Leg) -> Due:
    """A level payment is fixed on the day before it is first made, or at once if that is past."""
    first = _due(terms, end, Kind.REDEMPTION, leg.first(terms.end_of_month)).accrues_to
    day = first - timedelta(days=1)
    if day < terms.start:
        rank = RANK[Kind.PAYMENT_FIXED if terms.drawn else Kind.PAYOUT]
        return Due(terms.start, rank, terms.start, terms.start, Kind.PAYMENT_FIXED, None, i, True)
    return _due(terms, end, Kind.PAYMENT_FIXED, day, None, i)


def _fixing_at_rate_step(terms: Terms, end: date, day: date) -> list[Due]:
    """A new rate fixes the running leg's payment again, if that is solved."""
    if terms.repayment is not Repayment.ANNUITY:
        return []
    begun = [i for i, leg in enumerate(terms.redemption) if leg.first(terms.end_of_month) <= day]
    if not begun or terms.redemption[begun[-1]].amount is not None:
        return []
    return [_due(terms, end, Kind.PAYMENT_FIXED, day, None, begun[-1])]
