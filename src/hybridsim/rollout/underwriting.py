"""The bank's answer to one request for a loan: what it sees, what it charges, whether it lends."""

from __future__ import annotations

from dataclasses import dataclass

from hybridsim.core.codes import Service
from hybridsim.core.mathx import expit, logit
from hybridsim.core.money import share_cents, to_cents
from hybridsim.core.rng import S_BANK_ERROR, draw_index, normal
from hybridsim.finance.guarantee import effective_cover
from hybridsim.finance.ladder import ladder_rate
from hybridsim.finance.pricing import bank_rate, cost_based_rate, lender_value_cents, life_weight_years
from hybridsim.finance.service import annual_service_cents
from hybridsim.finance.viability import dscr
from hybridsim.rollout.context import Context
from hybridsim.rollout.layout import Answer
from hybridsim.rollout.risk import Risk
from hybridsim.rollout.state import Project
from hybridsim.rollout.terms import InstrumentTerms


@dataclass(frozen=True, slots=True)
class Offer:
    """A bank's answer: the code, and the terms if it lends."""

    answer: Answer
    rate_pa: float = 0.0
    refinancing_pa: float = 0.0
    pd: float = 0.0
    cover: float = 0.0


def planned_service_cents(project: Project, terms: InstrumentTerms, cents: int, rate_pa: float) -> int:
    """Yearly debt service in cents that a rating counts on; a revenue share takes of one site's savings."""
    if terms.service == Service.REVENUE_SHARE:
        return share_cents(max(0, project.site_cash_pa), terms.savings_share)
    return annual_service_cents(terms.service, cents, rate_pa, terms.grace_quarters, terms.quarters)


class Bank:
    """Underwriting of one replication."""

    def __init__(self, context: Context, risk: Risk) -> None:
        self.context = context
        self.risk = risk
        rules = context.world.scenario.underwriting
        self._error_sd = rules.error_sd.value
        self._error_sd_advised = self._error_sd * rules.advised_error_share.value
        self._limit, self._limit_covered = rules.pd_limit.value, rules.pd_limit_covered.value
        self._dscr = rules.minimum_dscr.value
        self._file_cost = to_cents(rules.file_cost_eur.value)
        self._running, self._margin = rules.running_cost_pa.value, rules.margin_pa.value
        self._funding_spread, self._class_a = rules.funding_spread_pa.value, rules.class_a_spread_pa.value
        self._lgd, self._capital = rules.lgd.value, rules.capital_ratio.value
        self._risk_weight, self._hurdle = rules.risk_weight.value, rules.hurdle_pa.value

    def offer(
        self,
        project: Project,
        terms: InstrumentTerms,
        cents: int,
        guarantee: InstrumentTerms | None,
        wave: int,
    ) -> Offer:
        """Rate and decision for a loan of ``cents``, with or without a guarantee."""
        institution = project.institution
        cover = self._cover(terms, guarantee, cents)
        refinancing = self._refinancing(terms)
        believed = self._believed(terms, guarantee, cover, institution.pd_now)
        first_rate = self._rate(terms, cents, institution.pd_now, believed, guarantee)
        if first_rate < 0.0:
            return Offer(Answer.PD_LIMIT)
        service = annual_service_cents(terms.service, cents, first_rate, terms.grace_quarters, terms.quarters)
        rated = self.risk.rate(institution, service)
        error = normal(
            self.context.draw_of(
                institution, terms, S_BANK_ERROR, draw_index(project.use_case, wave, project.attempt, 0)
            ),
            0.0,
            self._error_sd_advised if project.advised else self._error_sd,
        )
        seen = expit(logit(rated) + error)
        believed = self._believed(terms, guarantee, cover, seen)
        if seen > (self._limit_covered if believed >= 0.5 else self._limit):
            return Offer(Answer.PD_LIMIT)
        rate = self._rate(terms, cents, seen, believed, guarantee)
        if rate < 0.0:
            return Offer(Answer.PD_LIMIT)
        if self._debt_cover(project, terms, cents, rate) < self._dscr:
            return Offer(Answer.DSCR_LIMIT)
        value = lender_value_cents(
            cents, rate, refinancing, seen, self._lgd, 1.0 - believed, self._capital, self._risk_weight,
            self._hurdle, 3 * terms.quarters, 3 * terms.grace_quarters, terms.service, self._file_cost,
            self._running, 0.0,
        )  # fmt: skip
        if value < 0:
            return Offer(Answer.NO_VALUE)
        return Offer(Answer.GRANTED, rate, refinancing, rated, cover)

    def _cover(self, terms: InstrumentTerms, guarantee: InstrumentTerms | None, cents: int) -> float:
        if guarantee is None:
            return terms.exemption
        return min(guarantee.cover, guarantee.cover_maximum / cents)

    def _believed(
        self, terms: InstrumentTerms, guarantee: InstrumentTerms | None, cover: float, pd: float
    ) -> float:
        """Cover that the bank counts on when it decides and prices: less than promised if a cap will bite."""
        if guarantee is None or guarantee.cap_rate >= 1.0:
            return cover
        years = life_weight_years(
            terms.service, self._refinancing(terms), pd, 0.0, terms.quarters, terms.grace_quarters
        )
        return effective_cover(cover, guarantee.cap_rate, pd * self._lgd * years)

    def _refinancing(self, terms: InstrumentTerms) -> float:
        """What the bank pays for the money: its own funding, or the refinancing provider's rate."""
        base = self.context.world.base_rate(self.context.now)
        if terms.refinancer >= 0:
            return max(0.0, base - terms.refinancing_discount)
        return base + self._funding_spread

    def _rate(
        self, terms: InstrumentTerms, cents: int, pd: float, cover: float, guarantee: InstrumentTerms | None
    ) -> float:
        """The lower of the ladder and the cost-based rate; -1 if the ladder has no class.

        Under a guarantee a bank's own loan may cost more than the ladder has a class for.
        """
        base = self.context.world.base_rate(self.context.now)
        class_share = cover if guarantee is not None and guarantee.moves_class else 0.0
        ladder = ladder_rate(base + self._class_a - terms.rate_discount, pd, class_share)
        cost = cost_based_rate(
            cents, self._refinancing(terms), pd, self._lgd, 1.0 - cover, self._capital, self._risk_weight,
            self._hurdle, self._margin, self._file_cost, terms.service, terms.quarters, terms.grace_quarters,
        )  # fmt: skip
        if ladder < 0.0 and guarantee is not None and terms.refinancer < 0:
            return cost
        return bank_rate(ladder, cost)

    def _debt_cover(self, project: Project, terms: InstrumentTerms, cents: int, rate: float) -> float:
        """DSCR of the institution with the new loan, at the run-rate of what is live."""
        institution = project.institution
        new = annual_service_cents(terms.service, cents, rate, terms.grace_quarters, terms.quarters)
        new += sum(loan.service_pa for loan in institution.loans)
        live = sum(self.risk.net_run_rate(other) for other in institution.projects.values())
        return dscr(institution.ebitda, institution.debt_service, new, live)
