"""Funding assembly: who is asked, in which order, what is granted, and what own funds must fill."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

from simpy import Event

from hybridsim.core.codes import InstrumentKind
from hybridsim.core.money import share_cents, to_cents
from hybridsim.core.rng import S_DECISION, S_DURATION, S_LAG, S_SEARCH, draw_index, lognormal_median
from hybridsim.finance.sources import UNLIMITED_CENTS, Limit, request_cents
from hybridsim.rollout.context import Context
from hybridsim.rollout.events import Rank, sub_index
from hybridsim.rollout.layout import Answer
from hybridsim.rollout.panel import Panel
from hybridsim.rollout.promises import Need, Promises, waiting_cents
from hybridsim.rollout.risk import Risk
from hybridsim.rollout.rules import call_close, campaign_probability, next_call
from hybridsim.rollout.state import Commitment, Project
from hybridsim.rollout.terms import InstrumentTerms
from hybridsim.rollout.underwriting import Bank, Offer, planned_service_cents

Steps = Generator[Event, object, None]

CLOSE_RETRY = 16
"""First item of the duration stream for pauses between tries to close a gap."""

INCOMPLETE = -1
"""Number of the call of an application that no committee sees."""

_LIMIT_ANSWER = {
    int(Limit.COST_SHARE): Answer.BELOW_MINIMUM,
    int(Limit.CAP): Answer.BELOW_MINIMUM,
    int(Limit.GAP): Answer.BELOW_MINIMUM,
    int(Limit.HEADROOM): Answer.DE_MINIMIS,
    int(Limit.BUDGET): Answer.BUDGET_SPENT,
}


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
        scenario = context.world.scenario
        self._design = scenario.design
        self._day_cost = scenario.preparation.day_cost_eur.value

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
                yield from self._ask_all(need, [terms])
            return
        for _ in range(2):
            hoped, batch = need.gap, []
            while waiting and hoped > 0:
                terms = waiting.pop(0)
                batch.append(terms)
                hoped -= min(hoped, share_cents(need.cost, terms.share), terms.maximum)
            yield from self._ask_all(need, batch)
            if need.gap <= 0 or need.project.over():
                return

    def _ask_all(self, need: Need, batch: list[InstrumentTerms]) -> Steps:
        """Send all requests now, take the answers as they come."""
        context, institution = self.context, need.project.institution
        asks, gap = [], need.gap
        for terms in batch:
            ask = self._request(need, terms, gap)
            if isinstance(ask, Answer):
                self._count(terms, ask, need)
                continue
            gap -= ask.cents
            asks.append(ask)
        asks.sort(key=lambda ask: (ask.answer_at, batch.index(ask.terms)))
        for ask in asks:
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

    def _index(self, need: Need, item: int) -> int:
        """Index of a draw about an instrument (``item``) that may differ in each try to close the gap."""
        project = need.project
        return draw_index(project.use_case, need.wave, project.attempt, need.attempt * 64 + item)

    def _request(self, need: Need, terms: InstrumentTerms, gap: int) -> Ask | Answer:
        """The request to one instrument, or why there is none."""
        project, institution, context = need.project, need.project.institution, self.context
        found = terms.found_advised if project.advised else terms.found_alone
        index = draw_index(project.use_case, 0, project.attempt, terms.index)
        if context.draw(institution, S_SEARCH, index) >= found:
            return Answer.NOT_FOUND
        if not self.eligible(terms, need):
            return Answer.NOT_ELIGIBLE
        limit = min(terms.maximum, self.promises.per_site_left(terms, institution))
        limit = min(limit, self._cumulation_room(terms, need))
        headroom = self.promises.headroom(terms, institution)
        cents, binding = request_cents(
            terms.share,
            need.cost,
            limit,
            gap,
            headroom,
            self._budget_left(terms),
            max(1, terms.minimum),
        )
        if cents == 0:
            return _LIMIT_ANSWER[binding]
        if waiting_cents(terms, cents) > self.promises.bridging_room(institution, need):
            return Answer.NO_BRIDGE
        context.tally.total["staff_cost_cents"] += to_cents(terms.application_days * self._day_cost)
        context.tally.instruments[terms.index]["requests"] += 1
        return self._send(need, terms, cents)

    def _send(self, need: Need, terms: InstrumentTerms, cents: int) -> Ask:
        context, project = self.context, need.project
        sent, call = context.now, -1
        if terms.calls:
            call = next_call(context.now, terms.calls)
            sent = max(context.now, call_close(call, terms.calls))
        if terms.decision == "ranked":
            u = context.draw(project.institution, S_DECISION, self._index(need, terms.index))
            if u < terms.probability:
                call = self.panel.enter(terms, call, project, need.wave, cents)
            else:
                call = INCOMPLETE
            sent, lag = max(sent, call_close(call, terms.calls)), terms.lag_median
        elif not terms.waits and not terms.is_loan:
            sent, lag = context.now, 0.0
        else:
            u = context.draw(project.institution, S_LAG, self._index(need, terms.index))
            lag = lognormal_median(u, terms.lag_median, terms.lag_sigma)
        return Ask(terms, cents, sent + lag, call)

    def _budget_left(self, terms: InstrumentTerms) -> int:
        """Budget, or what a revolving fund has in hand after all that was due to it by now."""
        if not terms.fund:
            return self.panel.left(terms, self.context.now)
        for loan in self.context.loans:
            if loan.terms is terms and loan.ended_at < 0.0 and loan.defaulted_at < 0.0:
                self.risk.treasury.settle(loan.project.institution, self.context.now)
        return max(0, self.context.fund_cash[terms.index])

    def _cumulation_room(self, terms: InstrumentTerms, need: Need) -> int:
        """What the share of cost that all grants together may cover still allows."""
        if terms.cumulation >= 1.0:
            return UNLIMITED_CENTS
        granted = sum(c.amount for c in need.got if c.terms.kind == InstrumentKind.GRANT)
        return max(0, share_cents(need.cost, terms.cumulation) - granted)

    def eligible(self, terms: InstrumentTerms, need: Need) -> bool:
        """Whether the institution and this cost may apply at all, next to what was granted already."""
        institution = need.project.institution
        for commitment in need.got:
            if commitment.terms.index in terms.excludes or terms.index in commitment.terms.excludes:
                return False
        return (
            institution.type in terms.types
            and institution.legal_form in terms.legal_forms
            and institution.land in terms.laender
            and need.project.use_case in terms.use_cases
            and need.stage in terms.stages
            and terms.cost_from <= need.cost <= terms.cost_to
            and institution.revenue <= terms.revenue_to
        )

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
            u = self.context.draw(need.project.institution, S_DECISION, self._index(need, terms.index))
            chance = terms.probability
            if terms.decision == "campaign":
                chance = campaign_probability(chance, ask.cents, terms.reference, terms.size_slope)
            cents, answer = self.panel.decide(terms, u, chance, ask.cents, self.context.now)
        if answer is Answer.GRANTED:
            room = min(self.promises.headroom(terms, need.project.institution), need.gap)
            room = min(room, self.promises.per_site_left(terms, need.project.institution))
            if min(cents, room) < max(1, terms.minimum):
                self.panel.give_back(terms, cents, self.context.now)
                answer = Answer.DE_MINIMIS if room < need.gap else Answer.NOT_NEEDED
            else:
                self.panel.give_back(terms, cents - min(cents, room), self.context.now)
                self.promises.commit(need, self._commitment(need, terms, min(cents, room)))
        self._count(terms, answer, need)

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
        if cents < terms.minimum:
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
            found = terms.found_advised if project.advised else terms.found_alone
            index = draw_index(project.use_case, 0, project.attempt, k)
            if self.context.draw(project.institution, S_SEARCH, index) >= found:
                self._count(terms, Answer.NOT_FOUND, need)
            elif not self.eligible(terms, need) or cents < terms.minimum:
                self._count(terms, Answer.NOT_ELIGIBLE, need)
            else:
                return terms
        return None

    def _ask_guarantor(self, need: Need, terms: InstrumentTerms) -> Generator[Event, object, bool]:
        context, project = self.context, need.project
        context.tally.instruments[terms.index]["requests"] += 1
        context.tally.total["staff_cost_cents"] += to_cents(terms.application_days * self._day_cost)
        u = context.draw(project.institution, S_LAG, self._index(need, terms.index))
        lag = lognormal_median(u, terms.lag_median, terms.lag_sigma)
        sub = sub_index(project.use_case, need.wave, terms.index)
        yield context.calendar.at(context.now + lag, Rank.ANSWER, project.institution.row, sub)
        if project.over():
            return False
        self.risk.treasury.settle(project.institution, context.now)
        granted = (
            context.draw(project.institution, S_DECISION, self._index(need, terms.index)) < terms.probability
        )
        self._count(terms, Answer.GRANTED if granted else Answer.REFUSED, need)
        return granted

    # ------------------------------------------------------------------ what a planner expects

    def expected_support(self, project: Project, stage: int, cost: int) -> int:
        """Grants that a planner counts on: found and eligible ones, weighted with their probability."""
        expected = 0
        need = Need(project, stage, 0, [cost])
        for k in self.context.world.order:
            terms = self.context.world.instruments[k]
            if terms.is_loan or isinstance(self._peek(need, terms), Answer):
                continue
            room = min(
                share_cents(cost, terms.share),
                terms.maximum,
                self.promises.per_site_left(terms, project.institution),
                self.promises.headroom(terms, project.institution),
                cost - expected,
            )
            if room >= terms.minimum:
                expected += share_cents(max(0, room), terms.probability)
        return expected

    def _peek(self, need: Need, terms: InstrumentTerms) -> Answer | None:
        project = need.project
        found = terms.found_advised if project.advised else terms.found_alone
        index = draw_index(project.use_case, 0, project.attempt, terms.index)
        if self.context.draw(project.institution, S_SEARCH, index) >= found:
            return Answer.NOT_FOUND
        return None if self.eligible(terms, need) else Answer.NOT_ELIGIBLE

    def _count(self, terms: InstrumentTerms, answer: Answer, need: Need) -> None:
        self.context.tally.answers[terms.index][answer] += 1
        if answer is Answer.GRANTED:
            self.context.tally.instruments[terms.index]["granted"] += 1
        sub = sub_index(need.project.use_case, need.wave, terms.index)
        self.context.happened(Rank.ANSWER, need.project.institution.row, sub, int(answer))
