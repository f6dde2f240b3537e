"""The columns of a tape in the form that every part of the book works on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import inf, nan


class Kind(StrEnum):
    """What a column holds."""

    TEXT = "text"
    NUMBER = "number"
    CHOICE = "choice"
    """One of a few words."""


@dataclass(frozen=True)
class Column:
    """One column of the tape: what it means, what may stand in it, what stands in it when nothing does."""

    name: str
    kind: Kind
    meaning: str
    default: str | float = ""
    """Of a text the empty text and of a number NaN mean unknown."""
    needed: bool = False
    """Whether each row needs a value."""
    low: float = 0.0
    high: float = inf
    above_low: bool = False
    """Whether ``low`` itself is too small."""
    share: bool = False
    """Whether a value above one is probably in percent."""
    choices: tuple[str, ...] = ()


MOST_EUR = 1e12
"""Largest amount of one loan: beyond it a tape is in cents or broken."""
LONGEST_MONTHS = 1200.0
FOUNDATION_MATURITY_MONTHS = 30.0
"""Two and a half years: CRR Article 162(1), maturity without own estimates."""


def _text(name: str, meaning: str, default: str = "", *, needed: bool = False) -> Column:
    return Column(name, Kind.TEXT, meaning, default, needed)


def _share(name: str, meaning: str, default: float) -> Column:
    return Column(name, Kind.NUMBER, meaning, default, high=1.0, share=True)


def _euros(name: str, meaning: str, default: float, *, needed: bool = False) -> Column:
    return Column(name, Kind.NUMBER, meaning, default, needed, high=MOST_EUR)


def _choice(name: str, meaning: str, choices: tuple[str, ...], default: str) -> Column:
    return Column(name, Kind.CHOICE, meaning, default, choices=choices)


COLUMNS: tuple[Column, ...] = (
    _text("loan_id", "name of the loan, once in the tape", needed=True),
    _text("obligor_id", "who owes it; all loans of an obligor default together", needed=True),
    _text("group_id", "group of connected clients; the obligor itself if unknown"),
    _euros("exposure_eur", "exposure at default", nan, needed=True),
    _share("pd", "one-year probability of default", nan),
    _text("rating", "grade of a master scale, where no PD is given"),
    _share("lgd", "mean loss given default", nan),
    _euros("collateral_eur", "realisable value of the collateral; gives the LGD where none is given", 0.0),
    _choice("seniority", "rank of the claim", ("senior", "junior"), "senior"),
    Column(
        "maturity_months",
        Kind.NUMBER,
        "months until the last payment",
        FOUNDATION_MATURITY_MONTHS,
        high=LONGEST_MONTHS,
        above_low=True,
    ),
    _choice("repayment", "how the principal is repaid", ("annuity", "linear", "bullet"), "bullet"),
    Column("rate_pa", Kind.NUMBER, "nominal interest rate per year", nan, low=-0.05, high=1.0, share=True),
    _text("sector", "sector whose factor the obligor follows"),
    _text("land", "Land or region whose factor the obligor follows"),
    _text("guarantor_id", "who guarantees the loan; may be an obligor of the tape"),
    _share("cover_rate", "share of the loss that the guarantor pays, pari passu", 0.0),
    Column(
        "cover_cap_eur",
        Kind.NUMBER,
        "most that the guarantor's pool pays in all; unknown: no cap",
        nan,
        high=1e15,
    ),
    _share("guarantor_pd", "one-year PD of the guarantor; 0 for one that cannot fail", nan),
    _text("design", "funding-ecosystem design that the loan belongs to, for sums", "none"),
    _text("instrument", "instrument, for sums", "loan"),
    _text("provider", "who lends, for sums", "bank"),
    Column("turnover_eur", Kind.NUMBER, "yearly turnover of the obligor's group", nan, high=1e13),
    _share("originated_pd", "one-year PD when the loan was granted", nan),
    Column("days_past_due", Kind.NUMBER, "days of delay of the oldest amount due", 0.0, high=36_500.0),
    Column("defaulted", Kind.NUMBER, "1 if the loan is in default, else 0", 0.0, high=1.0),
    _choice("part", "part of the book: the bank's or the AI loans", ("book", "ai"), "book"),
)
"""All columns, in the order in which a tape holds them; ``source_row`` follows them."""

BY_NAME: dict[str, Column] = {column.name: column for column in COLUMNS}
SOURCE_ROW = "source_row"
"""Row of the file (1: the header of a table with one), or of a frame (from 0)."""
NAMES: tuple[str, ...] = (*BY_NAME, SOURCE_ROW)
"""Columns of a tape in memory."""
FLAGS = frozenset({"defaulted"})
"""Numbers that are 0 or 1."""
