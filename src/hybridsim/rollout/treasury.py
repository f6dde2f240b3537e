"""Money that flows by itself: what live projects earn and cost, and what loans take, quarter by quarter.

Nothing happens every month. An institution is brought up to date when something looks at it: all its
quarter-ends since then are paid one after the other, each from closed forms of what accrued.
"""

from __future__ import annotations

from dataclasses import dataclass

from hybridsim.core.codes import Service
from hybridsim.core.mathx import powi
from hybridsim.core.money import share_cents
from hybridsim.finance.operation import trend_integral
from hybridsim.finance.service import first_interest_cents, quarter_due
from hybridsim.impact.social import net_share
from hybridsim.rollout.context import Context
from hybridsim.rollout.ledger import CLAIM, COST, REVENUE
from hybridsim.rollout.loan_life import rate_now
from hybridsim.rollout.rules import running_cents, years_of_effect
from hybridsim.rollout.state import Institution, Loan, Project

REVENUE_SHARE = int(Service.REVENUE_SHARE)
NOBODY = -1
"""Key of the savings of a project that is over."""
HOLIDAY_QUARTERS = 8
"""A payment holiday until go-live ends after two years at the latest."""


@dataclass(frozen=True, slots=True)
class Balance:
    """Where a loan stands: cents outstanding, quarters of its plan done, quarters of holiday used."""

    outstanding: int
    quarter: int
    holiday: int


@dataclass(frozen=True, slots=True)
class Due:
    """What a loan takes at one quarter-end in cents, and where it stands afterwards."""

    interest: int
    principal: int
    fee: int
    left: Balance


class Treasury:
    """Accruals and payments of institutions with projects."""

    def __init__(self, context: Context) -> None:
        self.context = context
        operation = context.world.scenario.operation
        impact = context.world.scenario.impact
        self._dip_months = operation.dip_months.value
        self._dip_level = operation.dip_level.value
        self._ramp_months = operation.ramp_months.value
        self._take = operation.payers_take.value
        self._recognised = operation.recognised_running_cost.value
        self._net = net_share(1.0, impact.deadweight.value, impact.attribution.value, 0.0, 0)
        self._kept = 1.0 - impact.drop_off_pa.value
        self._payers_public = context.world.scenario.public_cost.statutory_payers_public
        self._line_rate = context.world.scenario.carriers.credit_line_rate_pa.value

    def settle(self, institution: Institution, until: float, inclusive: bool = True) -> None:
        """Pay all quarter-ends before ``until``, and the one at ``until`` itself if ``inclusive``."""
        quarter = institution.next_quarter
        idle = institution.idle
        while quarter < until or (inclusive and quarter == until):
            if not idle:
                self._quarter_end(institution, quarter)
            quarter += 3.0
            institution.next_quarter = quarter

    def _quarter_end(self, institution: Institution, quarter: float) -> None:
        context = self.context
        if institution.cash < 0:
            interest = share_cents(-institution.cash, self._line_rate / 4.0)
            context.ledger.pay(
                quarter, institution.book, COST, context.outside, REVENUE, interest, "credit line"
            )
        saved: dict[int, int] = {}
        for key, project in institution.projects.items():
            if project.waves:
                self.accrue(project, quarter)
                saved[key] = max(0, project.benefit - project.taken)
                self._pay_project(institution, project, quarter)
        for loan in institution.loans:
            key = loan.project.use_case
            if institution.projects.get(key) is not loan.project:
                key = NOBODY
            service = self._pay_loan(institution, loan, quarter, saved.get(key, 0))
            if loan.service == REVENUE_SHARE and key in saved:
                saved[key] = max(0, saved[key] - service)
            institution.earmark = max(0, institution.earmark - service)
        institution.loans = [loan for loan in institution.loans if loan.ended_at < 0.0]

    def accrue(self, project: Project, until: float) -> None:
        """Add what a live project earned, cost and achieved since the last look, within one quarter."""
        start = project.accrued_to
        if until <= start:
            return
        benefit, running = self.flows(project, start, until)
        project.benefit += benefit
        project.running += running
        if project.repriced:
            project.taken += share_cents(max(0, benefit), self._take)
            project.recognised += share_cents(running, self._recognised)
        self._count_effects(project, start, until, benefit, running)
        project.accrued_to = until

    def close(self, project: Project) -> None:
        """A project ends: pay what has accrued until now."""
        if project.waves:
            self.accrue(project, self.context.now)
            self._pay_project(project.institution, project, self.context.now)

    def flows(self, project: Project, start: float, until: float) -> tuple[int, int]:
        """Cash benefit and running cost in cents between two months, before any price round."""
        benefit = running = 0
        for wave in project.waves:
            begin = max(start, wave.live_at)
            if begin < until:
                years = self._years(wave.sites, begin - wave.live_at, until - wave.live_at)
                benefit += share_cents(project.site_cash_pa, years)
                months = trend_integral(begin, until, project.terms.trend_pa)
                running += running_cents(project.site_running_pa, wave.sites, months)
        return benefit, running

    def _years(self, sites: float, age_from: float, age_to: float) -> float:
        return years_of_effect(sites, age_from, age_to, self._dip_months, self._dip_level, self._ramp_months)

    def _count_effects(
        self, project: Project, start: float, until: float, benefit: int, running: int
    ) -> None:
        context = self.context
        hours, incidents, social = self._effects(project, start, until)
        project.hours_milli += hours
        if start >= context.world.horizon:
            return
        end = min(until, project.followed_until)
        if start < end:
            within = (benefit, running, hours, incidents, social)
            if end < until:
                within = (*self.flows(project, start, end), *self._effects(project, start, end))
            context.cohorts.effects(project, start, *within)
        discount = context.world.social_discounts[int(start // 3.0)]
        discounted = share_cents(social, discount)
        total, year = context.tally.total, context.tally.year(start)
        counts = context.tally.institution(project.institution.row)
        total["hours_milli"] += hours
        total["incidents_milli"] += incidents
        total["social_pv_cents"] += discounted
        total["cash_benefit_pv_cents"] += share_cents(benefit, discount)
        total["running_cost_pv_cents"] += share_cents(running, discount)
        year["hours_milli"] += hours
        year["social_cents"] += social
        counts["hours_milli"] += hours
        counts["social_pv_cents"] += discounted

    def _effects(self, project: Project, start: float, until: float) -> tuple[int, int, int]:
        """Thousandths of hours and incidents, and cents of net social value, between two months."""
        hours = incidents = social = 0
        for wave in project.waves:
            begin = max(start, wave.live_at)
            if begin >= until:
                continue
            age = begin - wave.live_at
            years = self._years(wave.sites, age, until - wave.live_at)
            lasting = self._net * powi(self._kept, int(age // 12.0))
            hours += share_cents(project.site_hours_milli_pa, years)
            incidents += share_cents(project.site_incidents_milli_pa, years)
            social += share_cents(share_cents(project.site_social_pa, years), lasting)
        return hours, incidents, social

    def _pay_project(self, institution: Institution, project: Project, time: float) -> None:
        context = self.context
        pay, book = context.ledger.pay, institution.book
        net = project.benefit - project.running - project.taken + project.recognised
        if project.benefit >= 0:
            pay(time, context.outside, COST, book, REVENUE, project.benefit, "cash benefit")
        else:
            pay(time, book, COST, context.outside, REVENUE, -project.benefit, "dip after go-live")
        pay(time, book, COST, context.vendor, REVENUE, project.running, "running cost")
        pay(time, book, COST, context.payer, REVENUE, project.taken, "benefit taken by payers")
        pay(time, context.payer, COST, book, REVENUE, project.recognised, "running cost recognised by payers")
        if self._payers_public and time <= context.world.horizon:
            discount = context.world.discount(time)
            cents = share_cents(project.recognised - project.taken, discount)
            context.count_fiscal(-1, "payers", cents)
            context.cohorts.fiscal(project, cents, time)
        institution.earmark = min(
            max(institution.earmark + net, 0), max(institution.earmark, institution.budget_cap)
        )
        project.benefit = project.running = project.taken = project.recognised = 0

    def _pay_loan(self, institution: Institution, loan: Loan, time: float, saved: int) -> int:
        """Pay what a loan takes this quarter; returns interest, principal and fee in cents."""
        context, terms = self.context, loan.terms
        before = loan.outstanding
        due = self.due(loan, Balance(loan.outstanding, loan.quarter, loan.holiday), time, saved)
        interest, principal, fee = due.interest, due.principal, due.fee
        lender = context.providers[terms.provider]
        pay = context.ledger.pay
        pay(time, institution.book, COST, lender, REVENUE, interest, f"interest {terms.name}")
        pay(time, institution.book, CLAIM, lender, CLAIM, principal, f"principal {terms.name}")
        if loan.guarantee is not None and fee:
            guarantor = context.providers[loan.guarantee.provider]
            pay(time, institution.book, COST, guarantor, REVENUE, fee, f"fee {loan.guarantee.name}")
            context.public_cash(
                loan.guarantee.provider, loan.guarantee.index, "fees", -fee, time, loan.project
            )
            context.tally.instruments[loan.guarantee.index]["interest_cents"] += fee
        context.public_cash(terms.provider, terms.index, "loans", -(interest + principal), time, loan.project)
        if terms.refinancer >= 0:
            refinancing = self._refinancing_interest(loan, time)
            refinancer = context.providers[terms.refinancer]
            pay(time, lender, COST, refinancer, REVENUE, refinancing, f"refinancing interest {terms.name}")
            context.refinance(time, loan, lender, refinancer, principal)
            context.public_cash(
                terms.refinancer, terms.index, "loans", -(refinancing + principal), time, loan.project
            )
        self._count_capital(loan.project, before, max(loan.closed_at, time - 3.0), time)
        loan.quarter, loan.holiday, loan.outstanding = (
            due.left.quarter,
            due.left.holiday,
            due.left.outstanding,
        )
        loan.repaid += principal
        loan.interest += interest
        counts = context.tally.instruments[terms.index]
        counts["repaid_cents"] += principal
        counts["interest_cents"] += interest
        context.take_back(terms, interest + principal)
        if self._ends(loan):
            loan.ended_at = time
            if loan.outstanding:
                self.forgive(institution, loan, time)
        context.lives.balance(loan, time)
        return interest + principal + fee

    def _ends(self, loan: Loan) -> bool:
        """A loan ends when it is repaid; a revenue share at its multiple or its term."""
        if loan.service != REVENUE_SHARE:
            return loan.outstanding == 0
        paid = loan.repaid + loan.interest
        return paid >= share_cents(loan.principal, loan.terms.multiple) or loan.quarter >= loan.quarters

    def forgive(self, institution: Institution, loan: Loan, time: float) -> None:
        """The lender gives up what is left of a loan, without a default."""
        context = self.context
        lender = context.providers[loan.terms.provider]
        context.ledger.write_off(
            time, lender, institution.book, loan.outstanding, f"given up {loan.terms.name}"
        )
        loan.forgiven = loan.outstanding
        loan.outstanding = 0
        loan.ended_at = time
        context.tally.total["forgiven_cents"] += loan.forgiven
        context.tally.instruments[loan.terms.index]["forgiven_cents"] += loan.forgiven

    def due(self, loan: Loan, before: Balance, time: float, saved: int) -> Due:
        """What a loan takes at quarter-end ``time`` from the balance ``before``.

        ``saved`` is what its project saved in the quarter (cents, after payers' part), for a revenue share.
        """
        rate = rate_now(loan)
        if loan.service == REVENUE_SHARE:
            left = share_cents(loan.principal, loan.terms.multiple) - loan.repaid - loan.interest
            pay = min(share_cents(saved, loan.terms.savings_share), left)
            principal = min(pay, before.outstanding)
            return Due(
                pay - principal, principal, 0, Balance(before.outstanding - principal, before.quarter + 1, 0)
            )
        waits = loan.terms.holiday and not loan.project.waves and before.holiday < HOLIDAY_QUARTERS
        interest, principal = quarter_due(
            loan.service,
            before.outstanding,
            loan.planned,
            loan.level_payment,
            rate,
            1 if waits else before.quarter - loan.plan_from + 1,
            loan.grace_quarters,
            loan.quarters,
        )
        fee = 0
        if loan.guarantee is not None:
            fee = share_cents(before.outstanding, loan.cover * loan.guarantee.fee_pa / 4.0)
        if before.quarter == 0 and time - loan.closed_at < 3.0:
            interest = first_interest_cents(before.outstanding, rate, time - loan.closed_at)
        if waits:
            return Due(interest, 0, fee, Balance(before.outstanding, before.quarter, before.holiday + 1))
        left_over = before.outstanding - principal
        return Due(interest, principal, fee, Balance(left_over, before.quarter + 1, before.holiday))

    def _refinancing_interest(self, loan: Loan, time: float) -> int:
        months = min(3.0, time - loan.closed_at)
        return first_interest_cents(loan.outstanding, loan.refinancing_pa, months)

    def _count_capital(self, project: Project, cents: int, start: float, until: float) -> None:
        """Discounted capital times time, within the horizon."""
        if start < self.context.world.horizon:
            discount = self.context.world.social_discounts[int(start // 3.0)]
            self.context.tally.total["capital_pv_cent_years"] += share_cents(
                cents, (until - start) / 12.0 * discount
            )
            self.context.cohorts.outstanding(project, cents, start, until)
