"""What a tape's rows must fulfil one by one and together, and what is allowed but probably not meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from hybridsim.book.columns import COLUMNS, FLAGS, MOST_EUR, Column, Kind
from hybridsim.book.mapping import ColumnRule
from hybridsim.book.problems import Problems
from hybridsim.credit.irb import PD_INPUT_FLOOR

if TYPE_CHECKING:
    import pandas as pd

Flags = npt.NDArray[np.bool_]

EMPTY = "is empty, but every loan needs it"
PERCENT = "is above 1; "


class Checks:
    """Checks the rows of a frame with the tape's columns, of which those ``ignored`` are left out by rule."""

    def __init__(
        self, frame: pd.DataFrame, rules: dict[str, ColumnRule], problems: Problems, ignored: Flags
    ) -> None:
        self.frame = frame
        self.problems = problems
        self.ignored = ignored
        self._headers = {name: rule.headers[0] if rule.headers else "" for name, rule in rules.items()}

    def add(self, column: str, where: Flags, reason: str) -> None:
        """Reject rows for one reason."""
        self.problems.add(column, self._headers.get(column, ""), where, reason, self.ignored)

    def ranges(self) -> None:
        """Values that are needed and not there, or outside what may stand in their column."""
        for column in COLUMNS:
            values = self.frame[column.name]
            if column.kind is Kind.NUMBER:
                self._range(column, values.to_numpy(dtype=np.float64))
            elif column.needed:
                self.add(column.name, self._fresh(column.name, (values == "").to_numpy()), EMPTY)

    def _range(self, column: Column, values: npt.NDArray[np.float64]) -> None:
        name = column.name
        if column.needed:
            self.add(name, self._fresh(name, np.isnan(values)), EMPTY)
        if name in FLAGS:
            known = np.isnan(values) | (values == 0.0) | (values == 1.0)
            self.add(name, ~known, "is neither 0 nor 1; recode it in the mapping")
            return
        if column.above_low:
            ended = "a loan that has ended is left out by a rule ([[leave_out]] in the mapping)"
            self.add(name, values <= column.low, f"is not above {column.low:g}; {ended}")
        elif column.low == 0.0:
            self.add(name, values < 0.0, "is negative; it must be at least 0")
        else:
            self.add(name, values < column.low, f"is below {column.low:g}")
        if column.share:
            unit = f'a share is a decimal: 0.015, not 1.5 (or unit = "percent" for {name} in the mapping)'
            self.add(name, values > column.high, f"{PERCENT}{unit}")
        else:
            hint = "; are the amounts in cents?" if column.high == MOST_EUR else ""
            self.add(name, values > column.high, f"is above {column.high:g}{hint}")

    def _fresh(self, name: str, where: Flags) -> Flags:
        """Without rows of which a fault of the same column is known: what cannot be read is not empty."""
        seen = np.zeros(where.size, dtype=bool)
        seen[self.problems.of(name)] = True
        return where & ~seen

    def pds(self, grades: dict[str, float]) -> int:
        """Fill PDs from ratings; rows in default need none. Returns how many were filled."""
        pd_given = self.frame["pd"].to_numpy(dtype=np.float64, copy=True)
        rating = self.frame["rating"].str.casefold()
        open_rows = self._fresh("pd", np.isnan(pd_given))
        rated = open_rows & (rating != "").to_numpy()
        pds = rating.map(grades).to_numpy(dtype=np.float64)
        pd_given[rated] = pds[rated]
        known = ", ".join(list(grades)[:20]) or "none: give [ratings] grades or scale in the mapping"
        self.add("rating", rated & np.isnan(pds), f"is not in the master scale; known: {known}")
        defaulted = self.frame["defaulted"].to_numpy(dtype=np.float64) == 1.0
        pd_given[open_rows & np.isnan(pd_given) & defaulted] = 1.0
        self.add(
            "pd", open_rows & ~rated & ~defaulted, "is empty, and so is the rating: one of them is needed"
        )
        self.frame["pd"] = pd_given
        return int((rated & ~np.isnan(pds) & ~self.ignored).sum())

    def guarantors(self) -> None:
        """Covers without guarantor, guarantors that nothing is known of, loans that guarantee themselves."""
        frame, problems = self.frame, self.problems
        covered = frame["cover_rate"].to_numpy(dtype=np.float64) > 0.0
        named = (frame["guarantor_id"] != "").to_numpy()
        why = (
            'has no guarantor; name it (guarantor_id = { constant = "..." } and guarantor_pd in the mapping)'
        )
        self.add("cover_rate", covered & ~named, why)
        own = (frame["guarantor_id"] == frame["obligor_id"]).to_numpy() & named
        self.add("guarantor_id", own, "is the obligor itself, whose guarantee is worth nothing; leave it out")
        without = named & np.isnan(frame["guarantor_pd"].to_numpy(dtype=np.float64))
        while without.any():
            # A row that is rejected may have been the only one that told a guarantor's PD.
            kept = ~problems.rejected & ~self.ignored
            names = frame.loc[without & kept, "guarantor_id"].unique()
            obligors = frame.loc[kept & frame["obligor_id"].isin(names).to_numpy(), "obligor_id"].unique()
            unknown = without & kept & ~frame["guarantor_id"].isin(obligors).to_numpy()
            if not unknown.any():
                return
            why = "is no obligor of the tape and has no guarantor_pd; give one (0 for one that cannot fail)"
            self.add("guarantor_id", unknown, why)


def agree(frame: pd.DataFrame) -> list[str]:
    """Make the rows of an obligor, and of a guarantor, agree on its PD (the highest counts); notes.

    Taking the highest keeps the exposure in the book; rejecting the rows would make the book look safer.
    """
    notes = []
    open_rows = frame["defaulted"] == 0.0
    for key, column, rows in (
        ("obligor_id", "pd", open_rows),
        ("guarantor_id", "guarantor_pd", (frame["guarantor_id"] != "") & frame["guarantor_pd"].notna()),
    ):
        part = frame.loc[rows, [key, column]]
        highest = part.groupby(key, sort=False)[column].transform("max")
        lower = part[column] < highest
        if lower.any():
            who = part.loc[lower, key]
            notes.append(
                f"{who.nunique():,} {key[:-3]}s have more than one {column}, the first is {who.iloc[0]!r}: "
                "the highest counts"
            )
            frame.loc[rows, column] = highest
    return notes


def doubts(frame: pd.DataFrame) -> list[str]:
    """Notes on what is allowed but probably not meant."""
    notes = []
    pds = frame.loc[frame["defaulted"] == 0.0, "pd"]
    if len(pds) and pds.median() > 0.3:
        notes.append(f"the median PD is {pds.median():g}: are the PDs in percent?")
    if len(pds) and 0.0 < pds.median() < PD_INPUT_FLOOR:
        notes.append(f"the median PD is {pds.median():g}, below CRR's floor of 0.0005: is its unit wrong?")
    for value, what in ((0.0, "is 0: these obligors never default"), (1.0, "is 1: they count as in default")):
        if count := int((pds == value).sum()):
            notes.append(f"{count:,} loans have a PD that {what}")
    exposure = frame["exposure_eur"]
    if exposure.median() < 1000.0:
        notes.append(
            f'the median exposure is {exposure.median():g}: are the amounts in thousands (unit = "thousand")?'
        )
    if count := int((exposure == 0.0).sum()):
        notes.append(f"{count:,} loans have an exposure of 0")
    months = frame["maturity_months"]
    if months.max() <= 40.0 and months.nunique() > 1 and months.median() <= 15.0:
        notes.append(f'the longest maturity is {months.max():g} months: are they in years (unit = "years")?')
    if months.median() > 480.0:
        notes.append(f'the median maturity is {months.median():g} months: are they in days (unit = "days")?')
    rates = frame["rate_pa"].dropna()
    if len(rates) and rates.median() > 0.25:
        notes.append(f"the median rate is {rates.median():g} per year: are the rates in percent?")
    if count := int(((frame["guarantor_id"] != "") & (frame["cover_rate"] == 0.0)).sum()):
        notes.append(f"{count:,} loans have a guarantor but a cover rate of 0")
    names = frame["obligor_id"].drop_duplicates()
    if count := int(names.str.casefold().duplicated().sum()):
        notes.append(f"{count:,} obligors differ from another one by capitals alone: are they the same?")
    same = ["obligor_id", "exposure_eur", "pd", "maturity_months", "rate_pa", "instrument"]
    if frame["obligor_id"].duplicated().any() and (count := int(frame.duplicated(same).sum())):
        notes.append(
            f"{count:,} loans are like another one of the same obligor but for their id: are they copies?"
        )
    return notes
