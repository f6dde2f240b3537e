"""What a project may ask of an instrument: found, eligible, how much; and what planners expect of it."""

from __future__ import annotations

from hybridsim.core.codes import InstrumentKind
from hybridsim.core.money import share_cents, to_cents
from hybridsim.core.rng import S_SEARCH, draw_index
from hybridsim.finance.sources import UNLIMITED_CENTS, Limit, request_cents
from hybridsim.rollout.context import Context
from hybridsim.rollout.layout import Answer
from hybridsim.rollout.panel import Panel
from hybridsim.rollout.promises import Need, Promises, waiting_cents
from hybridsim.rollout.risk import Risk
from hybridsim.rollout.rules import campaign_probability
from hybridsim.rollout.state import Project
from hybridsim.rollout.terms import InstrumentTerms

_LIMIT_ANSWER = {
    int(Limit.COST_SHARE): Answer.BELOW_MINIMUM,
    int(Limit.CAP): Answer.BELOW_MINIMUM,
    int(Limit.GAP): Answer.BELOW_MINIMUM,
    int(Limit.HEADROOM): Answer.DE_MINIMIS,
    int(Limit.BUDGET): Answer.BUDGET_SPENT,
}


class Requests:
    """Sizing of requests of one replication."""

    def __init__(self, context: Context, risk: Risk, panel: Panel, promises: Promises) -> None:
        self.context = context
        self.risk = risk
        self.panel = panel
        self.promises = promises
        scenario = context.world.scenario
        self._day_cost = scenario.preparation.day_cost_eur.value
        self._first_contact = scenario.design.first_contact.value

    def head_start(self, prepared_from: float) -> float:
        """Months for which funders have known a project whose preparation, begun then, ends now."""
        return (1.0 - self._first_contact) * (self.context.now - prepared_from)

    def found(self, terms: InstrumentTerms, project: Project) -> bool:
        """Whether the project's people know of the instrument; the same answer in every try."""
        known = project.found.get(terms.index)
        if known is None:
            chance = terms.found_advised if project.advised else terms.found_alone
            index = draw_index(project.use_case, 0, project.attempt, 0)
            known = self.context.draw_of(project.institution, terms, S_SEARCH, index) < chance
            project.found[terms.index] = known
        return known

    def apply(self, terms: InstrumentTerms) -> None:
        """Count an application and the staff time that it takes."""
        self.context.tally.total["staff_cost_cents"] += to_cents(terms.application_days * self._day_cost)
        self.context.tally.instruments[terms.index]["requests"] += 1

    def count_in_vain(self, need: Need) -> None:
        """The plan is not viable: applications that were begun before it was ready are in vain."""
        begun = 1.0 - self._first_contact
        if begun <= 0.0:
            return
        tally = self.context.tally
        for k in self.context.world.order:
            terms = self.context.world.instruments[k]
            if terms.talks_early and self.found(terms, need.project) and self.eligible(terms, need):
                tally.instruments[k]["in_vain"] += 1
                tally.total["staff_cost_cents"] += to_cents(begun * terms.application_days * self._day_cost)

    def amount(self, need: Need, terms: InstrumentTerms, gap: int) -> int | Answer:
        """Cents to ask one instrument for, or why nothing is asked."""
        institution = need.project.institution
        if not self.found(terms, need.project):
            return Answer.NOT_FOUND
        if not self.eligible(terms, need):
            return Answer.NOT_ELIGIBLE
        limit = min(terms.maximum, self.promises.per_site_left(terms, institution))
        limit = min(limit, self.cumulation_room(terms, need))
        headroom = self.promises.headroom(terms, institution)
        cents, binding = request_cents(
            terms.share,
            need.cost,
            limit,
            gap,
            headroom,
            self.budget_left(terms),
            max(1, terms.minimum),
        )
        if cents == 0:
            return _LIMIT_ANSWER[binding]
        if waiting_cents(terms, cents) > self.promises.bridging_room(institution, need):
            return Answer.NO_BRIDGE
        return cents

    def budget_left(self, terms: InstrumentTerms) -> int:
        """Budget, or what a revolving fund has in hand after all that was due to it by now."""
        if not terms.fund:
            return self.panel.left(terms, self.context.now)
        for loan in self.context.loans:
            if loan.terms is terms and loan.ended_at < 0.0 and loan.defaulted_at < 0.0:
                self.risk.treasury.settle(loan.project.institution, self.context.now)
        return max(0, self.context.fund_cash[terms.index])

    def cumulation_room(self, terms: InstrumentTerms, need: Need) -> int:
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
        if terms.supports and not self.context.world.supported[institution.row]:
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

    def chance(self, terms: InstrumentTerms, cents: int) -> float:
        """Probability of a complete application for ``cents``; a campaign's falls with its target."""
        if terms.decision == "campaign" and cents > 0:
            return campaign_probability(terms.probability, cents, terms.reference, terms.size_slope)
        return terms.probability

    def expected_support(self, project: Project, stage: int, cost: int) -> int:
        """Grants that a planner counts on: found and eligible ones, weighted with their probability."""
        expected = 0
        need = Need(project, stage, 0, [cost])
        for k in self.context.world.order:
            terms = self.context.world.instruments[k]
            if terms.is_loan or not self.found(terms, project) or not self.eligible(terms, need):
                continue
            room = min(
                share_cents(cost, terms.share),
                terms.maximum,
                self.promises.per_site_left(terms, project.institution),
                self.promises.headroom(terms, project.institution),
                cost - expected,
            )
            if room >= terms.minimum:
                expected += share_cents(max(0, room), self.chance(terms, room))
        return expected
