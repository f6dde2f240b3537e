"""Codes that every room shares: small integers in the engines, lower-case labels in files."""

from __future__ import annotations

from difflib import get_close_matches
from enum import IntEnum
from typing import Self


class Code(IntEnum):
    """An integer code with the lower-case label that files use for it."""

    @property
    def label(self) -> str:
        """The name as files spell it."""
        return self.name.lower()

    @classmethod
    def labels(cls) -> tuple[str, ...]:
        """All labels in the order of their codes."""
        return tuple(member.label for member in cls)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a label; case and surrounding blanks do not matter.

        Raises
        ------
        ValueError
            If no member has this label; names the nearest one and all that are allowed.
        """
        wanted = text.strip().lower()
        for member in cls:
            if member.label == wanted:
                return member
        near = get_close_matches(wanted, cls.labels(), n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise ValueError(f"{text!r} is not one of {', '.join(cls.labels())}{hint}")


class InstitutionType(Code):
    """What an institution mainly does."""

    NURSING_HOME = 0
    AMBULATORY = 1
    HOSPITAL = 2
    DISABILITY = 3
    YOUTH = 4
    COUNSELLING = 5


class LegalForm(Code):
    """Who owns an institution; decides eligibility for many instruments."""

    NON_PROFIT = 0
    FOR_PROFIT = 1
    PUBLIC = 2


class Land(Code):
    """The sixteen Laender by their usual two-letter codes."""

    BW = 0
    BY = 1
    BE = 2
    BB = 3
    HB = 4
    HH = 5
    HE = 6
    MV = 7
    NI = 8
    NW = 9
    RP = 10
    SL = 11
    SN = 12
    ST = 13
    SH = 14
    TH = 15


class InstrumentKind(Code):
    """The kinds of money or cover that an ecosystem offers."""

    OWN_FUNDS = 0
    BANK_LOAN = 1
    PROMOTIONAL_LOAN = 2
    GRANT = 3
    GUARANTEE = 4
    IMPACT_INVESTMENT = 5
    CROWDFUNDING = 6
    OUTCOME_CONTRACT = 7


class Service(Code):
    """How principal is repaid."""

    NONE = 0
    ANNUITY = 1
    LINEAR = 2
    BULLET = 3
    STEP_UP = 4
    REVENUE_SHARE = 5


class GrantSettlement(Code):
    """How a grant is settled at the final account."""

    FIXED = 0
    SHARE = 1
    DEFICIT = 2
