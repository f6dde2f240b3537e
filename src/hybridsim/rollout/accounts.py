"""After the money was spent: final accounts of grants, outcomes that are paid for, and what failure costs."""

from __future__ import annotations

from functools import partial

from hybridsim.core.codes import Service
from hybridsim.core.money import share_cents
from hybridsim.core.rng import S_LAG, S_OUTCOME, draw_index, lognormal_median, normal
from hybridsim.finance.grants import settled_cents
from hybridsim.rollout.context import Context
from hybridsim.rollout.events import Rank, sub_index
from hybridsim.rollout.ledger import COST, REVENUE
from hybridsim.rollout.risk import Risk
from hybridsim.rollout.state import Grant, Project, SettledGrant
from hybridsim.rollout.terms import InstrumentTerms

_FIRST_ITEM = 64
"""Items of the lag stream from here on are for final accounts, by stage drawn."""


class Accounts:
    """Final accounts of one replication."""

    def __init__(self, context: Context, risk: Risk) -> None:
        self.context = context
        self.risk = risk

    def pay_grant(self, project: Project, terms: InstrumentTerms, cents: int) -> None:
        """Pay a grant, or take back (negative) what was paid too much."""
        context = self.context
        provider, book = context.providers[terms.provider], project.institution.book
        if cents >= 0:
            context.ledger.pay(context.now, provider, COST, book, REVENUE, cents, f"grant {terms.name}")
        else:
            context.ledger.pay(
                context.now, book, COST, provider, REVENUE, -cents, f"repaid grant {terms.name}"
            )
        context.public_cash(terms.provider, terms.index, "grants", cents, context.now, project)

    def open(self, project: Project, grant: Grant, actual_cost: int, wave: int, drawn: int) -> float:
        """A stage is implemented: its grant will be settled at what it really cost; returns the month."""
        terms, institution = grant.terms, project.institution
        index = draw_index(project.use_case, wave, project.attempt, _FIRST_ITEM + drawn)
        u = self.context.draw_of(institution, terms, S_LAG, index)
        months = lognormal_median(u, terms.account_median, terms.account_sigma)
        sub = sub_index(project.use_case, wave + drawn - 1, terms.index)
        settle = self._verify_outcomes if terms.outcome_payer >= 0 else self._settle
        self.context.open_accounts += 1
        settled_at = self.context.now + months
        self.context.calendar.call_at(
            settled_at,
            Rank.FINAL_ACCOUNT,
            institution.row,
            sub,
            partial(settle, project, grant, actual_cost, sub),
        )
        return settled_at

    def _settle(self, project: Project, grant: Grant, actual_cost: int, sub: int) -> None:
        institution, terms = project.institution, grant.terms
        self.context.open_accounts -= 1
        if institution.defaulted:
            return
        self.risk.treasury.settle(institution, self.context.now)
        settled = settled_cents(
            terms.settlement,
            grant.amount,
            grant.amount / grant.planned_cost,
            grant.planned_cost,
            actual_cost,
            grant.own_funds,
            grant.other_funds,
        )
        self.context.happened(Rank.FINAL_ACCOUNT, institution.row, sub, settled)
        self.pay_grant(project, terms, settled - grant.paid)
        institution.bridged -= grant.waiting
        if terms.binding_months:
            final = SettledGrant(terms, settled, self.context.now)
            if project.over():
                self._repay(project, final)
            else:
                project.grants.append(final)
        self.risk.review(institution)

    def _verify_outcomes(self, project: Project, grant: Grant, actual_cost: int, sub: int) -> None:
        """The payer pays the investor for the hours that an evaluator finds, up to the premium.

        If they are worth less than the investment, the investor has given the rest away.
        """
        context, terms, institution = self.context, grant.terms, project.institution
        context.open_accounts -= 1
        if not institution.defaulted:
            self.risk.treasury.settle(institution, context.now)
            if not project.over():
                self.risk.treasury.accrue(project, context.now)
        index = draw_index(project.use_case, (sub >> 6) & 31, project.attempt, 0)
        found = normal(context.draw_of(institution, terms, S_OUTCOME, index), 1.0, terms.outcome_error)
        hours = (project.hours_milli - project.hours_paid_milli) / 1000.0
        project.hours_paid_milli = project.hours_milli
        worth = share_cents(terms.outcome_price, max(0.0, hours * found))
        paid = min(share_cents(grant.amount, 1.0 + terms.outcome_premium), max(0, worth))
        context.happened(Rank.FINAL_ACCOUNT, institution.row, sub, paid)
        payer, investor = context.providers[terms.outcome_payer], context.providers[terms.provider]
        context.ledger.pay(context.now, payer, COST, investor, REVENUE, paid, f"outcomes {terms.name}")
        context.public_cash(terms.outcome_payer, terms.index, "outcomes", paid, context.now, project)
        context.public_cash(terms.provider, terms.index, "outcomes", -paid, context.now, project)
        total, counts = context.tally.total, context.tally.instruments[terms.index]
        short = max(0, grant.amount - paid)
        total["outcome_paid_cents"] += paid
        total["forgiven_cents"] += short
        counts["forgiven_cents"] += short
        counts["repaid_cents"] += grant.amount - short
        counts["interest_cents"] += paid - (grant.amount - short)

    def claw_back(self, project: Project) -> None:
        """A project is given up while its grants still bind; later accounts follow the same rule."""
        for grant in project.grants:
            self._repay(project, grant)
        project.grants.clear()

    def _repay(self, project: Project, grant: SettledGrant) -> None:
        """Repay what is left of the binding pro rata, with interest since a final account before the end.

        ``grant * (1 - months live / binding months) * (1 + interest * years since it was settled)``.
        """
        lived = project.ended_at - project.waves[0].live_at if project.waves else 0.0
        left = 1.0 - lived / grant.terms.binding_months
        if left > 0.0:
            years = max(0.0, project.ended_at - grant.settled_at) / 12.0
            owed = share_cents(grant.cents, left * (1.0 + grant.terms.clawback_interest * years))
            self.pay_grant(project, grant.terms, -owed)
            self.context.tally.total["clawback_cents"] += owed

    def revoke(self, project: Project, grant: Grant) -> None:
        """A project ends after a stage was drawn and before it is live: what waits will never come.

        What has come is repaid if the grant binds; who invested in outcomes has given it away.
        """
        institution, terms = project.institution, grant.terms
        institution.bridged -= grant.waiting
        if terms.outcome_payer >= 0:
            self.context.tally.total["forgiven_cents"] += grant.amount
            self.context.tally.instruments[terms.index]["forgiven_cents"] += grant.amount
        elif terms.binding_months and grant.paid and not institution.defaulted:
            self.pay_grant(project, terms, -grant.paid)
            self.context.tally.total["clawback_cents"] += grant.paid

    def fail_loans(self, project: Project) -> None:
        """What becomes of a given-up project's loans whose lenders share the failure."""
        institution = project.institution
        for loan in institution.loans:
            if loan.project is not project:
                continue
            if loan.terms.on_failure == "write_off":
                self.risk.treasury.forgive(institution, loan, self.context.now)
                self.context.lives.balance(loan, self.context.now)
            elif loan.terms.on_failure == "convert" and loan.service == Service.REVENUE_SHARE:
                rest = max(4, loan.quarters - loan.quarter)
                loan.service = int(Service.LINEAR)
                loan.plan_from, loan.planned = loan.quarter, loan.outstanding
                loan.quarters, loan.grace_quarters = rest, 0
                loan.service_pa = share_cents(loan.outstanding, 4.0 / rest)
                self.context.lives.balance(loan, self.context.now)
        institution.loans = [loan for loan in institution.loans if loan.ended_at < 0.0]
