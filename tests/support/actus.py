"""Published ACTUS test cases as terms of `hybridsim.finance`, and why some have no such terms."""

import json
import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from hybridsim.finance.dates import Calendar, Cycle, DayCount, Roll, cycle_dates
from hybridsim.finance.terms import Leg, Repayment, Terms

FOLDER = Path(__file__).parents[3] / "shared" / "data" / "actus"
"""Beside the project; tests that need it are skipped where it is missing."""

DAY_COUNTS = {
    "A365": DayCount.A_365,
    "A360": DayCount.A_360,
    "30E360": DayCount.E30_360,
    "AA": DayCount.A_A,
}
REPAYMENTS = {
    "PAM": Repayment.BULLET,
    "LAM": Repayment.LINEAR,
    "ANN": Repayment.ANNUITY,
    "LAX": Repayment.STEPS,
}
ROLLS = {
    "F": Roll.FOLLOWING,
    "MF": Roll.MODIFIED_FOLLOWING,
    "P": Roll.PRECEDING,
    "MP": Roll.MODIFIED_PRECEDING,
}
NAMES = {"contractID", "creatorID", "counterpartyID", "currency", "contractDealDate", "contractType"}
READ = {
    "contractRole",
    "statusDate",
    "notionalPrincipal",
    "initialExchangeDate",
    "maturityDate",
    "nominalInterestRate",
    "accruedInterest",
    "premiumDiscountAtIED",
    "dayCountConvention",
    "endOfMonthConvention",
    "businessDayConvention",
    "calendar",
    "capitalizationEndDate",
    "amortizationDate",
    "nextPrincipalRedemptionPayment",
    "purchaseDate",
    "priceAtPurchaseDate",
    "terminationDate",
    "priceAtTerminationDate",
    "interestCalculationBase",
    "arrayIncreaseDecrease",
    "arrayNextPrincipalRedemptionPayment",
    "arrayRate",
    "arrayFixedVariable",
    "arrayCycleAnchorDateOfRateReset",
    "marketObjectCodeOfRateReset",
    "cycleAnchorDateOfRateReset",
    "cycleOfRateReset",
    "rateMultiplier",
    "rateSpread",
    "fixingDays",
    *(f"{prefix}OfInterestPayment" for prefix in ("cycleAnchorDate", "cycle")),
    *(f"{prefix}OfPrincipalRedemption" for prefix in ("cycleAnchorDate", "cycle")),
    *(f"{prefix}OfInterestPayment" for prefix in ("arrayCycleAnchorDate", "arrayCycle")),
    *(f"{prefix}OfPrincipalRedemption" for prefix in ("arrayCycleAnchorDate", "arrayCycle")),
}


@dataclass(frozen=True)
class Case:
    """One published case: its terms as text, and the rows that a correct engine returns."""

    name: str
    terms: dict[str, Any]
    observed: dict[str, dict[date, float]]
    rows: list[dict[str, Any]]

    @property
    def sign(self) -> float:
        """Rows of a borrower (RPL) have the opposite sign of the lender's."""
        return -1.0 if self.terms["contractRole"] == "RPL" else 1.0


def cases(kind: str) -> list[Case]:
    """All cases of a file: ``pam``, ``lam``, ``ann`` or ``lax``."""
    text = (FOLDER / f"actus-tests-{kind}.json").read_text(encoding="utf-8")
    return [
        Case(name, case["terms"], observed(case["dataObserved"]), case["results"])
        for name, case in json.loads(text).items()
    ]


def observed(source: dict[str, Any]) -> dict[str, dict[date, float]]:
    """Observed market rates by code and day."""
    return {
        code: {day(point["timestamp"]): float(point["value"]) for point in series["data"]}
        for code, series in source.items()
    }


def left_out(case: Case) -> str:
    """Why these terms cannot be told in those of this package, or nothing."""
    terms = case.terms
    if "marketObjectCodeOfScalingIndex" in terms:
        return "the balance follows an index"
    if terms.get("interestCalculationBase", "NT") != "NT":
        return "interest is not counted on the balance"
    if terms["contractRole"] == "RPL" and ("purchaseDate" in terms or "terminationDate" in terms):
        return "accrued interest lowers the price that a borrower gets for taking the debt over"
    unknown = sorted(set(terms) - NAMES - READ)
    return f"terms of another kind: {', '.join(unknown)}" if unknown else ""


def terms_of(case: Case) -> Terms:
    """The case as terms of this package."""
    source = case.terms
    redemption = legs(source, "PrincipalRedemption")
    start, status = day(source["initialExchangeDate"]), day(source["statusDate"])
    drawn = start < status
    if drawn and "accruedInterest" in source:
        start = status
    elif drawn:
        start = last_interest_day(source, status)
    ends = [source.get("maturityDate", ""), source.get("terminationDate", "")]
    convention = source.get("businessDayConvention", "")
    return Terms(
        principal=float(source["notionalPrincipal"]),
        rate_pa=float(source["nominalInterestRate"]),
        start=start,
        repayment=REPAYMENTS[source["contractType"]],
        maturity=optional_day(source, "maturityDate"),
        interest=legs(source, "InterestPayment"),
        redemption=redemption,
        amortised_by=optional_day(source, "amortizationDate"),
        day_count=DAY_COUNTS[source["dayCountConvention"]],
        end_of_month=source.get("endOfMonthConvention") == "EOM",
        roll=ROLLS[convention[2:]] if convention else Roll.NONE,
        calendar=Calendar.WEEKDAYS if source.get("calendar") == "MF" else Calendar.EVERY_DAY,
        calculate_first=convention.startswith("CS"),
        capitalise_until=optional_day(source, "capitalizationEndDate"),
        rate_steps=rate_steps(case),
        discount=-float(source.get("premiumDiscountAtIED", 0.0)),
        drawn=drawn,
        accrued=float(source.get("accruedInterest", 0.0)) if drawn else 0.0,
        bought=trade(source, "purchaseDate", "priceAtPurchaseDate"),
        sold=trade(source, "terminationDate", "priceAtTerminationDate"),
        includes_last_day=any(text.endswith("23:59:59") for text in ends),
    )


def legs(source: dict[str, Any], what: str) -> tuple[Leg, ...]:
    """Legs of interest or redemption; both spellings, one value or an array."""
    array = f"arrayCycleAnchorDateOf{what}" in source
    prefix = "arrayCycle" if array else "cycle"
    anchors = listed(source.get(f"{prefix}AnchorDateOf{what}"))
    cycles = listed(source.get(f"{prefix}Of{what}"))
    amounts: list[Any] = [None] * len(anchors)
    if what == "PrincipalRedemption":
        given = "arrayNextPrincipalRedemptionPayment" if array else "nextPrincipalRedemptionPayment"
        amounts = listed(source.get(given)) or amounts
        signs = [-1.0 if word == "INC" else 1.0 for word in listed(source.get("arrayIncreaseDecrease"))]
        signs = signs or [1.0] * len(amounts)
        amounts = [a if a is None else s * float(a) for a, s in zip(amounts, signs, strict=True)]
    rows = zip(anchors, cycles, amounts, strict=True)
    return tuple(Leg(day(anchor), cycle(text), amount) for anchor, text, amount in rows)


def cycle(text: str) -> Cycle:
    """A cycle like P3ML1: three months, short stub; L0 is a long one."""
    found = re.fullmatch(r"P(\d+)([DWMQHY])L([01])", text)
    assert found, text
    number, unit, long_stub = int(found[1]), found[2], found[3] == "0"
    if unit in "DW":
        return Cycle(days=number * {"D": 1, "W": 7}[unit], long_stub=long_stub)
    return Cycle(months=number * {"M": 1, "Q": 3, "H": 6, "Y": 12}[unit], long_stub=long_stub)


def rate_steps(case: Case) -> tuple[tuple[date, float], ...]:
    """Rates agreed beforehand; or, of a loan that follows a market, the rates that were then observed."""
    source = case.terms
    if "marketObjectCodeOfRateReset" in source:
        seen = case.observed[source["marketObjectCodeOfRateReset"]]
        period = cycle(source["cycleOfRateReset"])
        days = cycle_dates(day(source["cycleAnchorDateOfRateReset"]), period, max(seen))
        multiplier, spread = float(source["rateMultiplier"]), float(source["rateSpread"])
        return tuple((d, multiplier * seen[d] + spread) for d in days if d in seen)
    days = [day(text) for text in listed(source.get("arrayCycleAnchorDateOfRateReset"))]
    rates = [float(rate) for rate in listed(source.get("arrayRate"))]
    return tuple(zip(days, rates, strict=True))


def last_interest_day(source: dict[str, Any], status: date) -> date:
    """The day from which interest runs: the last one of interest before the status date, or that itself."""
    end_of_month = source.get("endOfMonthConvention") == "EOM"
    leg = legs(source, "InterestPayment")[0]
    past = cycle_dates(leg.anchor, leg.cycle, status, end_of_month)[:-1]
    return past[-1] if past else status


def trade(source: dict[str, Any], when: str, price: str) -> tuple[date, float] | None:
    return (day(source[when]), float(source[price])) if when in source else None


def optional_day(source: dict[str, Any], name: str) -> date | None:
    return day(source[name]) if name in source else None


def day(text: str) -> date:
    return date.fromisoformat(text[:10])


def listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]
