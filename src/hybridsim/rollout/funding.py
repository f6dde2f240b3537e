"""Funding assembly: who is asked, in which order, what is granted, and what own funds must fill."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

from simpy import Event

from hybridsim.core.rng import S_DECISION, S_DURATION, S_LAG, draw_index, lognormal_median
from hybridsim.rollout.context import Context
from hybridsim.rollout.events import Rank, sub_index
from hybridsim.rollout.layout import Answer
from hybridsim.rollout.panel import Panel
from hybridsim.rollout.promises import Need, Promises
from hybridsim.rollout.requests import Requests
from hybridsim.rollout.risk import Risk
from hybridsim.rollout.rules import call_close, next_call
from hybridsim.rollout.state import Commitment
from hybridsim.rollout.terms import InstrumentTerms
from hybridsim.rollout.underwriting import Bank, Offer, planned_service_cents

Steps = Generator[Event, object, None]

CLOSE_RETRY = 16
"""First item of the duration stream for pauses between tries to close a gap."""

INCOMPLETE = -1
"""Number of the call of an application that no committee sees."""

_FOR_GOOD = (Answer.NOT_FOUND, Answer.NOT_ELIGIBLE)
"""Answers that stay the same within one try."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One request that has been sent and waits for its answer."""

    terms: InstrumentTerms
    cents: int
    answer_at: float
    call: int


class Funding:
    """Requests and answers of one replication."""

    def __init__(self, context: Context, risk: Risk) -> None:
        self.context = context
        self.risk = risk
        self.bank = Bank(context, risk)
        self.panel = Panel(context)
        self.promises = Promises(context, self.panel)
        self.requests = Requests(context, risk, self.panel, self.promises)
        scenario = context.world.scenario
        self._design = scenario.design

    # ------------------------------------------------------------------ the whole assembly

    def assemble(self, need: Need) -> Steps:
        """Ask until own funds can fill the gap (``need.filled``), or tries or patience end.

        If the money does not come together, what was awarded lapses.
        """
        context, project, design = self.context, need.project, self._design
        deadline = context.now + design.patience_months.value
        for attempt in range(design.retries + 1):
            need.attempt = attempt
            yield from self._ask_round(need)
            if project.over():
                self.promises.release(need)
                return
            if need.gap <= self.promises.own_funds(project.institution, need):
                need.filled = True
                return
            pause_index = draw_index(project.use_case, need.wave, project.attempt, CLOSE_RETRY + attempt)
            pause = lognormal_median(
                context.draw(project.institution, S_DURATION, pause_index),
                design.retry_pause.median_months.value,
                design.retry_pause.sigma.value,
            )
            need.too_late = context.now + pause > deadline
            if attempt == design.retries or need.too_late:
                break
            row = project.institution.row
            yield context.calendar.at(
                context.now + pause, Rank.RETRY, row, sub_index(project.use_case, need.wave)
            )
            if project.over():
                self.promises.release(need)
                return
            context.happened(Rank.RETRY, row, sub_index(project.use_case, need.wave), need.gap)
            self.risk.treasury.settle(project.institution, context.now)
        self.promises.release(need)

    def _ask_round(self, need: Need) -> Steps:
        """Wait for each answer, or (one-stop shop) ask at once and fill the gap in a second round."""
        waiting = [
            terms
            for terms in (self.context.world.instruments[k] for k in self.context.world.order)
            if all(commitment.terms is not terms for commitment in need.got)
        ]
        if self._design.application == "sequential":
            for terms in waiting:
                if need.gap <= 0 or need.project.over():
                    return
                asks, _ = self._send_all(need, [terms], last=True)
                yield from self._take_answers(need, asks)
            return
        for last in (False, True):
            asks, waiting = self._send_all(need, waiting, last)
            yield from self._take_answers(need, asks)
            if need.gap <= 0 or need.project.over():
                return

    def _send_all(
        self, need: Need, waiting: list[InstrumentTerms], last: bool
    ) -> tuple[list[Ask], list[InstrumentTerms]]:
        """Send requests in order until they would close the gap; what was not asked is left for later.

        What has nothing to give now may have in a later round, unless it is not found or not eligible.
        """
        asks, later, gap = [], [], need.gap
        for terms in waiting:
            if gap <= 0:
                later.append(terms)
                continue
            cents = self.requests.amount(need, terms, gap)
            if not isinstance(cents, Answer):
                self.requests.apply(terms)
                gap -= cents
                asks.append(self._send(need, terms, cents))
            elif last or cents in _FOR_GOOD:
                self._count(terms, cents, need)
            else:
                later.append(terms)
        return asks, later

    def _take_answers(self, need: Need, asks: list[Ask]) -> Steps:
        """Take the answers as they come; simultaneous ones in the order of the design."""
        context, institution = self.context, need.project.institution
        for ask in sorted(asks, key=lambda ask: ask.answer_at):
            sub = sub_index(need.project.use_case, need.wave, ask.terms.index)
            if ask.answer_at > context.now:
                yield context.calendar.at(ask.answer_at, Rank.ANSWER, institution.row, sub)
                if need.project.over():
                    return
            self.risk.treasury.settle(institution, context.now)
            yield from self._answer(need, ask)
            if need.project.over():
                return

    # ------------------------------------------------------------------ one request

    def _draw(self, need: Need, terms: InstrumentTerms, stream: int) -> float:
        """Draw about an instrument that may differ in each try to close the gap."""
        project = need.project
        index = draw_index(project.use_case, need.wave, project.attempt, need.attempt)
        return self.context.draw_of(project.institution, terms, stream, index)

    def _send(self, need: Need, terms: InstrumentTerms, cents: int) -> Ask:
        context, project = self.context, need.project
        sent, call = context.now, -1
        if terms.calls:
            call = next_call(context.now, terms.calls)
            sent = max(context.now, call_close(call, terms.calls))
        if terms.decision == "ranked":
            u = self._draw(need, terms, S_DECISION)
            if u < terms.probability:
                call = self.panel.enter(terms, call, project, need.wave, cents)
            else:
                call = INCOMPLETE
            sent, lag = max(sent, call_close(call, terms.calls)), terms.lag_median
        elif not terms.waits and not terms.is_loan:
            sent, lag = context.now, 0.0
        else:
            u = self._draw(need, terms, S_LAG)
            lag = lognormal_median(u, terms.lag_median, terms.lag_sigma)
            if terms.talks_early and need.attempt == 0:
                lag = max(0.0, lag - need.head_start)
        return Ask(terms, cents, sent + lag, call)

    # ------------------------------------------------------------------ one answer

    def _answer(self, need: Need, ask: Ask) -> Steps:
        terms = ask.terms
        if terms.decision == "underwriting":
            yield from self._ask_bank(need, ask)
            return
        if terms.decision == "ranked":
            cents = self.panel.awarded(terms, ask.call, need.project, need.wave)
            answer = Answer.GRANTED if cents else Answer.OUTRANKED
            if ask.call == INCOMPLETE:
                answer = Answer.REFUSED
        else:
            u = self._draw(need, terms, S_DECISION)
            chance = self.requests.chance(terms, ask.cents)
            left = self.requests.budget_left(terms)
            cents, answer = self.panel.decide(terms, u, chance, ask.cents, left, self.context.now)
        if answer is Answer.GRANTED:
            answer = self._accept(need, terms, cents)
        self._count(terms, answer, need)

    def _accept(self, need: Need, terms: InstrumentTerms, cents: int) -> Answer:
        """Take an award as far as gap, caps and ceiling still have room; what is too much goes back."""
        promises, institution = self.promises, need.project.institution
        ceiling = min(promises.headroom(terms, institution), promises.per_site_left(terms, institution))
        kept = min(cents, ceiling, need.gap, self.requests.cumulation_room(terms, need))
        answer = Answer.GRANTED
        if not self.requests.eligible(terms, need):
            answer = Answer.NOT_ELIGIBLE
        elif kept < max(1, terms.minimum):
            answer = Answer.DE_MINIMIS if ceiling < need.gap else Answer.NOT_NEEDED
        else:
            commitment = self._commitment(need, terms, kept)
            if not promises.within_ceiling(need, commitment):
                answer = Answer.DE_MINIMIS
            else:
                self.panel.give_back(terms, cents - kept, self.context.now)
                promises.commit(need, commitment)
                return answer
        self.panel.give_back(terms, cents, self.context.now)
        return answer

    def _commitment(self, need: Need, terms: InstrumentTerms, cents: int) -> Commitment:
        """Promise of anybody but a bank: a grant, or a loan at its fixed rate."""
        commitment = Commitment(terms, cents, need.cost, rate_pa=terms.rate_fixed)
        if terms.is_loan:
            service = planned_service_cents(need.project, terms, cents, terms.rate_fixed)
            commitment.pd = self.risk.rate(need.project.institution, service)
        return commitment

    def _ask_bank(self, need: Need, ask: Ask) -> Steps:
        """The bank looks twice if a guarantee can help."""
        terms, project = ask.terms, need.project
        cents = min(ask.cents, need.gap)
        if terms.fund:
            cents = min(cents, self.requests.budget_left(terms))
        if cents < max(1, terms.minimum):
            self._count(terms, Answer.NOT_NEEDED, need)
            return
        offer = self.bank.offer(project, terms, cents, None, need.wave)
        guarantee = self._guarantee_for(need, terms, cents, refused=offer.answer is not Answer.GRANTED)
        if guarantee is not None:
            granted = yield from self._ask_guarantor(need, guarantee)
            if project.over():
                return
            if granted:
                offer, guarantee = self._with_guarantee(need, terms, cents, guarantee, offer)
            else:
                guarantee = None
        if offer.answer is Answer.GRANTED:
            commitment = Commitment(
                terms, cents, need.cost, rate_pa=offer.rate_pa, refinancing_pa=offer.refinancing_pa,
                pd=offer.pd, cover=offer.cover, guarantee=guarantee,
            )  # fmt: skip
            if not self.promises.within_ceiling(need, commitment):
                self._count(terms, Answer.DE_MINIMIS, need)
                return
            self.promises.commit(need, commitment)
        self._count(terms, offer.answer, need)

    def _with_guarantee(
        self, need: Need, terms: InstrumentTerms, cents: int, guarantee: InstrumentTerms, without: Offer
    ) -> tuple[Offer, InstrumentTerms | None]:
        covered = self.bank.offer(need.project, terms, cents, guarantee, need.wave)
        if covered.answer is Answer.GRANTED:
            return covered, guarantee
        return without, None

    def _guarantee_for(
        self, need: Need, loan: InstrumentTerms, cents: int, refused: bool
    ) -> InstrumentTerms | None:
        """First guarantee of the design that covers this loan, is found, eligible and wanted."""
        project = need.project
        for k in self.context.world.guarantees:
            terms = self.context.world.instruments[k]
            if loan.index not in terms.covers or not (refused or terms.cover_always):
                continue
            if not self.requests.found(terms, project):
                self._count(terms, Answer.NOT_FOUND, need)
            elif not self.requests.eligible(terms, need) or cents < terms.minimum:
                self._count(terms, Answer.NOT_ELIGIBLE, need)
            else:
                return terms
        return None

    def _ask_guarantor(self, need: Need, terms: InstrumentTerms) -> Generator[Event, object, bool]:
        context, project = self.context, need.project
        self.requests.apply(terms)
        u = self._draw(need, terms, S_LAG)
        lag = lognormal_median(u, terms.lag_median, terms.lag_sigma)
        sub = sub_index(project.use_case, need.wave, terms.index)
        yield context.calendar.at(context.now + lag, Rank.ANSWER, project.institution.row, sub)
        if project.over():
            return False
        self.risk.treasury.settle(project.institution, context.now)
        granted = self._draw(need, terms, S_DECISION) < terms.probability
        self._count(terms, Answer.GRANTED if granted else Answer.REFUSED, need)
        return granted

    def _count(self, terms: InstrumentTerms, answer: Answer, need: Need) -> None:
        self.context.tally.answers[terms.index][answer] += 1
        if answer is Answer.GRANTED:
            self.context.tally.instruments[terms.index]["granted"] += 1
        sub = sub_index(need.project.use_case, need.wave, terms.index)
        self.context.happened(Rank.ANSWER, need.project.institution.row, sub, int(answer))
