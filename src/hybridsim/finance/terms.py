"""What a loan contract says about its payments; `hybridsim.finance.schedule.schedule` turns it into rows."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from hybridsim.finance.dates import Calendar, Cycle, DayCount, Roll, add_months


class Repayment(StrEnum):
    """How the balance comes down; ACTUS calls them PAM, LAM, ANN and LAX."""

    BULLET = "bullet"
    LINEAR = "linear"
    ANNUITY = "annuity"
    STEPS = "steps"


@dataclass(frozen=True, slots=True)
class Leg:
    """Payments on one cycle, from ``anchor`` until the next leg begins.

    ``amount`` is the principal that one date repays (negative: draws further), for an annuity principal and
    interest together; None solves it, so that all dates up to `Terms.amortised_by` pay the same. Interest
    legs have no amount. ``skip`` leaves out that many of the first dates: a leg anchored on the day of
    payout, with ``skip=1``, pays first one period later, and keeps the day of the month.
    """

    anchor: date
    cycle: Cycle
    amount: float | None = None
    skip: int = 0

    def first(self, end_of_month: bool) -> date:
        """The first date of payment."""
        if self.cycle.months:
            return add_months(self.anchor, self.skip * self.cycle.months, end_of_month)
        return self.anchor + timedelta(days=self.skip * self.cycle.days)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """One loan at fixed rates; money in any one unit, rates as decimals per year.

    Parameters
    ----------
    principal : balance at ``start``, 0 or more
    start : day from which interest runs: the disbursement, or for a loan ``drawn`` before, any later day
    maturity : what is left is repaid here; None: `amortised_by`, or when the legs' amounts have repaid it
    interest : legs of interest dates; none means the days of redemption. An annuity pays interest on its
        days of redemption once they have begun. Interest is always paid at maturity, too
    redemption : legs of redemption dates, in order; none for a bullet
    amortised_by : day by which solved amounts would repay everything; the maturity if None. Later than the
        maturity it leaves a balloon
    end_of_month : cycles from a month's last day stay on last days
    roll, calendar : what happens to due dates that are no business days
    calculate_first : interest runs to the date due (ACTUS "CS"), not to the day of payment ("SC")
    capitalise_until : interest due up to this day, and on it, is added to the balance
    rate_steps : ``(day, rate)`` after ``start``, in order; solved annuities are solved again
    discount : withheld from the payout
    accrued : interest accrued at ``start``, for a loan drawn before
    bought, sold : ``(day, price)``: rows begin or end here, and accrued interest is paid on top
    includes_last_day : the loan's last day, of its sale or else its maturity, bears interest, too

    Raises
    ------
    ValueError : naming all faults at once
    """

    principal: float
    rate_pa: float
    start: date
    repayment: Repayment
    maturity: date | None = None
    interest: tuple[Leg, ...] = ()
    redemption: tuple[Leg, ...] = ()
    amortised_by: date | None = None
    day_count: DayCount = DayCount.E30_360
    end_of_month: bool = False
    roll: Roll = Roll.NONE
    calendar: Calendar = Calendar.EVERY_DAY
    calculate_first: bool = False
    capitalise_until: date | None = None
    rate_steps: tuple[tuple[date, float], ...] = ()
    discount: float = 0.0
    drawn: bool = False
    accrued: float = 0.0
    bought: tuple[date, float] | None = None
    sold: tuple[date, float] | None = None
    includes_last_day: bool = False

    def __post_init__(self) -> None:
        faults = [*_faults_of_amounts(self), *_faults_of_dates(self)]
        if faults:
            raise ValueError("; ".join(faults))


def _faults_of_amounts(terms: Terms) -> Iterator[str]:
    numbers = {"principal": terms.principal, "rate_pa": terms.rate_pa, "accrued": terms.accrued}
    numbers |= {"discount": terms.discount}
    numbers |= {f"rate_steps[{i}]": rate for i, (_, rate) in enumerate(terms.rate_steps)}
    numbers |= {f"redemption[{i}].amount": leg.amount or 0.0 for i, leg in enumerate(terms.redemption)}
    for name, value in numbers.items():
        if not math.isfinite(value):
            yield f"{name}={value} is no finite number"
    if terms.principal < 0.0:
        yield f"principal={terms.principal} is negative; the lender's loans have a positive balance"
    if terms.accrued and not terms.drawn:
        yield f"accrued={terms.accrued}: a loan paid out at its start has accrued nothing; set drawn=True"
    if (terms.repayment is Repayment.BULLET) == bool(terms.redemption):
        legs = len(terms.redemption)
        yield f"repayment={terms.repayment} with {legs} redemption legs; only a bullet has none"
    solved = any(leg.amount is None for leg in terms.redemption)
    if terms.repayment is Repayment.STEPS and solved:
        yield "a step plan needs an amount in each redemption leg"
    if terms.maturity is None and (solved or not terms.redemption) and terms.amortised_by is None:
        yield "maturity is missing: give it, or amounts in all redemption legs"


def _faults_of_dates(terms: Terms) -> Iterator[str]:
    later = {"maturity": terms.maturity, "amortised_by": terms.amortised_by}
    later |= {f"rate_steps[{i}]": day for i, (day, _) in enumerate(terms.rate_steps)}
    for name, day in later.items():
        if day is not None and day <= terms.start:
            yield f"{name}={day} must come after start={terms.start}"
    for name, trade in (("bought", terms.bought), ("sold", terms.sold)):
        if trade is not None and trade[0] < terms.start:
            yield f"{name}={trade[0]} must not come before start={terms.start}"
    sequences = {
        "rate_steps": [day for day, _ in terms.rate_steps],
        "interest": [leg.first(terms.end_of_month) for leg in terms.interest],
        "redemption": [leg.first(terms.end_of_month) for leg in terms.redemption],
    }
    for name, days in sequences.items():
        if days != sorted(days):
            yield f"{name}: the dates {', '.join(map(str, days))} are not in order"


def plain_terms(
    repayment: Repayment,
    principal: float,
    rate_pa: float,
    start: date,
    term_months: int,
    *,
    every_months: int = 3,
    grace_months: int = 0,
    capitalise_grace: bool = False,
    step_amounts: Sequence[float] = (),
    day_count: DayCount = DayCount.E30_360,
    roll: Roll = Roll.NONE,
    calendar: Calendar = Calendar.EVERY_DAY,
) -> Terms:
    """Terms of a loan as tapes describe them: interest and redemption every ``every_months``, after a grace.

    Parameters
    ----------
    grace_months : nothing is repaid this long, but interest, or with ``capitalise_grace`` not even that
    step_amounts : for ``STEPS``: what the dates after the grace repay, one by one, and the last one from then
        on; the maturity repays the rest

    Raises
    ------
    ValueError : if months are not positive multiples of ``every_months`` or grace leaves nothing to repay in
    """
    for name, months, least in (("term_months", term_months, 1), ("grace_months", grace_months, 0)):
        if every_months < 1 or months < least or months % every_months:
            raise ValueError(
                f"{name}={months} is no multiple of every_months={every_months}, {least} or more"
            )
    if grace_months >= term_months:
        raise ValueError(f"grace_months={grace_months} leaves no date before term_months={term_months}")
    amounts: Sequence[float | None] = () if repayment is Repayment.BULLET else (None,)
    if repayment is Repayment.STEPS:
        amounts = step_amounts
        dates = (term_months - grace_months) // every_months
        if not 0 < len(amounts) <= dates:
            raise ValueError(f"step_amounts has {len(amounts)} amounts for {dates} dates of redemption")
    cycle = Cycle(months=every_months)
    first = grace_months // every_months + 1
    return Terms(
        principal=principal,
        rate_pa=rate_pa,
        start=start,
        repayment=repayment,
        maturity=add_months(start, term_months),
        interest=(Leg(start, cycle, skip=1),),
        redemption=tuple(Leg(start, cycle, amount, first + i) for i, amount in enumerate(amounts)),
        day_count=day_count,
        roll=roll,
        calendar=calendar,
        capitalise_until=add_months(start, grace_months) if capitalise_grace and grace_months else None,
    )
