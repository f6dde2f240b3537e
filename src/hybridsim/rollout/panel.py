"""Budgets: rolling ones that are spent first come first served, and calls that rank their applications."""

from __future__ import annotations

from dataclasses import dataclass, field

from hybridsim.finance.sources import UNLIMITED_CENTS
from hybridsim.rollout.context import Context
from hybridsim.rollout.events import Rank
from hybridsim.rollout.layout import Answer
from hybridsim.rollout.rules import call_close
from hybridsim.rollout.state import Project
from hybridsim.rollout.terms import InstrumentTerms


@dataclass(frozen=True, slots=True)
class Application:
    """One application to a call; ordered by quality, then by row."""

    score: float
    row: int
    use_case: int
    wave: int
    cents: int


@dataclass(slots=True)
class Call:
    """One call: who applied, and after the committee what each got."""

    entries: list[Application] = field(default_factory=list)
    awards: dict[tuple[int, int, int], int] = field(default_factory=dict)
    met: bool = False


class Panel:
    """Budgets and committees of one replication."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self._spent: dict[tuple[int, int], int] = {}
        self._calls: dict[tuple[int, int], Call] = {}

    def left(self, terms: InstrumentTerms, time: float) -> int:
        """Budget in cents that a request made now can hope for: this year's rest, or one call's share."""
        if terms.budget_pa == UNLIMITED_CENTS:
            return UNLIMITED_CENTS
        if terms.decision == "ranked":
            return terms.budget_pa // terms.calls
        return terms.budget_pa - self._spent.get((terms.index, int(time // 12.0)), 0)

    def decide(
        self, terms: InstrumentTerms, u: float, chance: float, cents: int, left: int, time: float
    ) -> tuple[int, Answer]:
        """Amount and answer of a rolling programme, first come first served; a fund lends what it has."""
        if u >= chance:
            return 0, Answer.REFUSED
        granted = min(cents, left)
        if granted < max(1, terms.minimum):
            return 0, Answer.BUDGET_SPENT
        if terms.budget_pa != UNLIMITED_CENTS:
            key = (terms.index, int(time // 12.0))
            self._spent[key] = self._spent.get(key, 0) + granted
        return granted, Answer.GRANTED

    def give_back(self, terms: InstrumentTerms, cents: int, awarded_at: float) -> None:
        """An award lapsed in whole or part; a call's money is gone, a rolling budget gets it back."""
        if cents and terms.budget_pa != UNLIMITED_CENTS and terms.decision != "ranked":
            self._spent[(terms.index, int(awarded_at // 12.0))] -= cents

    def enter(self, terms: InstrumentTerms, call: int, project: Project, wave: int, cents: int) -> int:
        """File an application to ``call``, or to the next one if its committee has met; returns its number.

        The first application of a call puts its committee on the calendar.
        """
        key = (terms.index, call)
        if key in self._calls and self._calls[key].met:
            return self.enter(terms, call + 1, project, wave, cents)
        if key not in self._calls:
            self._calls[key] = Call()
            closes_at = max(self.context.now, call_close(call, terms.calls))
            self.context.calendar.call_at(
                closes_at + terms.lag_median,
                Rank.COMMITTEE,
                0,
                terms.index,
                lambda: self._committee(terms, call),
            )
        institution = project.institution
        score = institution.readiness_gap + 0.25 * sum(project.done) + (0.5 if project.advised else 0.0)
        entries = self._calls[key].entries
        here = (institution.row, project.use_case, wave)
        if all((entry.row, entry.use_case, entry.wave) != here for entry in entries):
            entries.append(Application(score, *here, cents))
        return call

    def _committee(self, terms: InstrumentTerms, call: int) -> None:
        """Award from the best application on until the budget is spent; the last award may be partial."""
        drawn = self._calls[(terms.index, call)]
        drawn.met = True
        left = UNLIMITED_CENTS if terms.budget_pa == UNLIMITED_CENTS else terms.budget_pa // terms.calls
        for entry in sorted(drawn.entries, key=lambda e: (-e.score, e.row, e.use_case, e.wave)):
            granted = min(entry.cents, left)
            if granted >= max(1, terms.minimum):
                drawn.awards[(entry.row, entry.use_case, entry.wave)] = granted
                left -= granted
        self.context.happened(Rank.COMMITTEE, 0, terms.index, sum(drawn.awards.values()))

    def awarded(self, terms: InstrumentTerms, call: int, project: Project, wave: int) -> int:
        """What the committee gave, in cents; 0 if nothing."""
        filed = self._calls.get((terms.index, call))
        return filed.awards.get((project.institution.row, project.use_case, wave), 0) if filed else 0
