"""Financial closes: promises become money stage by stage; sources equal uses; grants get a final account."""

from __future__ import annotations

from dataclasses import dataclass

from hybridsim.core.codes import InstrumentKind
from hybridsim.core.errors import InvariantError
from hybridsim.core.mathx import exp
from hybridsim.core.money import share_cents, split_pro_rata
from hybridsim.finance.service import level_payment_cents
from hybridsim.impact.outstanding import written_down_discounted_years
from hybridsim.rollout.accounts import Accounts
from hybridsim.rollout.context import Context
from hybridsim.rollout.ledger import CLAIM, COST, REVENUE
from hybridsim.rollout.promises import Need, Promises, waiting_cents
from hybridsim.rollout.risk import Risk
from hybridsim.rollout.state import Commitment, Grant, Loan, Project
from hybridsim.rollout.underwriting import planned_service_cents

_KIND_COLUMN = {
    int(InstrumentKind.BANK_LOAN): "bank_loan_cents",
    int(InstrumentKind.PROMOTIONAL_LOAN): "promotional_loan_cents",
    int(InstrumentKind.GRANT): "grant_cents",
    int(InstrumentKind.IMPACT_INVESTMENT): "impact_cents",
    int(InstrumentKind.CROWDFUNDING): "crowd_cents",
    int(InstrumentKind.OUTCOME_CONTRACT): "outcome_cents",
}


@dataclass(slots=True)
class Deal:
    """One financial close: who pays how much of which stage."""

    need: Need
    costs: list[int]
    own: list[int]
    closed_at: float
    drawn: int = 0
    grants: list[Grant] | None = None


class Closing:
    """Closes, drawdowns and final accounts of one replication."""

    def __init__(self, context: Context, risk: Risk, promises: Promises) -> None:
        self.context = context
        self.risk = risk
        self.promises = promises
        self.accounts = Accounts(context, risk)
        self._force = context.world.social_force_pa
        self._kept_reserve = context.world.scenario.carriers.bridging_reserve_share.value

    def open_accounts(self, deal: Deal, actual_cost: int) -> None:
        """The stage is implemented: its grants wait for their final accounts, the last support in money."""
        project = deal.need.project
        for grant in deal.grants or []:
            settled_at = self.accounts.open(project, grant, actual_cost, deal.need.wave, deal.drawn)
            if grant.terms.outcome_payer < 0:
                project.supported_until = max(project.supported_until, settled_at)
        deal.grants = []

    def close(self, need: Need) -> Deal:
        """Split every source over the stages; own funds are set aside now."""
        own, costs = need.gap, need.costs
        institution = need.project.institution
        institution.earmark -= own
        sources = [commitment.amount for commitment in need.got] + [own]
        if sum(sources) != sum(costs):
            raise InvariantError(f"sources of {sum(sources)} cents do not equal uses of {sum(costs)} cents")
        left = list(sources)
        own_parts = []
        for cost in costs:
            parts = split_pro_rata(cost, left)
            left = [rest - part for rest, part in zip(left, parts, strict=True)]
            for commitment, part in zip(need.got, parts[:-1], strict=True):
                commitment.parts.append(part)
            own_parts.append(parts[-1])
        return Deal(need, costs, own_parts, self.context.now)

    def draw(self, deal: Deal) -> None:
        """Pay out the next stage: sources to the institution, the stage's cost to its vendors."""
        context, need, now = self.context, deal.need, self.context.now
        project = need.project
        institution = project.institution
        position = deal.drawn
        cost, own = deal.costs[position], deal.own[position]
        deal.grants = []
        lent = 0
        for commitment in need.got:
            part = commitment.parts[position]
            if part == 0:
                continue
            self._count_source(project, commitment, part)
            self._pay_fees(deal, commitment, part)
            if commitment.terms.is_loan:
                self._lend(project, commitment, position, need.wave)
                lent += part
            else:
                deal.grants.append(self._grant(project, commitment, part, cost, own))
        context.ledger.pay(now, institution.book, COST, context.vendor, REVENUE, cost, "project cost")
        total, year = context.tally.total, context.tally.year(now)
        total["uses_cents"] += cost
        if project.terms.members:
            total["platform_uses_cents"] += cost
        total["own_funds_cents"] += own
        year["own_funds_cents"] += own
        context.tally.institution(institution.row)["own_funds_cents"] += own
        context.cohorts.cost(project, cost, now)
        self.count_written_down(project, cost - lent)
        deal.drawn += 1

    def lapse(self, deal: Deal) -> None:
        """Stages that never come are not drawn: promises for them lapse, own funds are free again.

        Nor does a stage that was drawn ever go live: there is no final account for its grants.
        """
        for grant in deal.grants or []:
            self.accounts.revoke(deal.need.project, grant)
        deal.grants = []
        if deal.drawn < len(deal.costs) and not deal.need.project.institution.defaulted:
            for commitment in deal.need.got:
                self._pay_commitment_fee(deal, commitment, sum(commitment.parts[deal.drawn :]))
        for own in deal.own[deal.drawn :]:
            deal.need.project.institution.earmark += own
        for commitment in deal.need.got:
            self._no_longer_undrawn(commitment)
            self.promises.give_up(
                deal.need.project.institution, commitment, sum(commitment.parts[deal.drawn :])
            )
        deal.drawn = len(deal.costs)

    def count_written_down(self, project: Project, cents: int) -> None:
        """Capital at work of money that is never repaid: written down over the software's life."""
        now, horizon = self.context.now, self.context.world.horizon
        years = written_down_discounted_years(horizon - now, project.terms.life_months, self._force)
        self.context.tally.total["capital_pv_cent_years"] += share_cents(
            cents, years * exp(-self._force * now / 12.0)
        )
        self.context.cohorts.written_down(project, cents, now)

    def _count_source(self, project: Project, commitment: Commitment, part: int) -> None:
        context, terms = self.context, commitment.terms
        total, counts = context.tally.total, context.tally.instruments[terms.index]
        gge = commitment.gge * part // commitment.amount
        total[_KIND_COLUMN[terms.kind]] += part
        total["gge_cents"] += gge
        counts["granted_cents"] += part
        counts["gge_cents"] += gge
        year, own = context.tally.year(context.now), context.tally.institution(project.institution.row)
        if terms.is_loan:
            year["lent_cents"] += part
            own["lent_cents"] += part
            total["lent_cents"] += part
            if project.terms.members:
                total["platform_lent_cents"] += part
        else:
            year["grant_cents"] += part
            own["grant_cents"] += part
        # A promotional loan is administered by the promotional bank; the house bank's cost is in its price.
        administrator = terms.provider if terms.refinancer < 0 else terms.refinancer
        cost = share_cents(part, terms.administration_share)
        context.ledger.pay(
            context.now,
            context.providers[administrator],
            COST,
            context.outside,
            REVENUE,
            cost,
            "administration",
        )
        context.public_cash(administrator, terms.index, "administration", cost, context.now, project)

    def _lend(self, project: Project, commitment: Commitment, position: int, wave: int) -> None:
        context, terms, now = self.context, commitment.terms, self.context.now
        part = commitment.parts[position]
        institution = project.institution
        lender = context.providers[terms.provider]
        loan = Loan(
            terms=terms,
            project=project,
            wave=wave,
            closed_at=now,
            principal=part,
            rate_pa=commitment.rate_pa,
            level_payment=level_payment_cents(
                part, commitment.rate_pa, terms.quarters - terms.grace_quarters
            ),
            service=terms.service,
            quarters=terms.quarters,
            grace_quarters=terms.grace_quarters,
            planned=part,
            service_pa=planned_service_cents(project, terms, part, commitment.rate_pa),
            refinancing_pa=commitment.refinancing_pa,
            pd_at_close=commitment.pd,
            number=len(context.loans),
            cover=commitment.cover,
            guarantee=commitment.guarantee,
            outstanding=part,
            undrawn=sum(commitment.parts[position + 1 :]),
        )
        self._no_longer_undrawn(commitment)
        commitment.loan = loan
        institution.loans.append(loan)
        context.loans.append(loan)
        context.lives.balance(loan, now)
        context.tally.total["loans"] += 1
        context.cohorts.lent(project, part, now)
        if terms.refinancer >= 0:
            context.refinance(now, loan, context.providers[terms.refinancer], lender, part)
            context.public_cash(terms.refinancer, terms.index, "loans", part, now, project)
            self._grant_element(loan)
        context.ledger.pay(now, lender, CLAIM, institution.book, CLAIM, part, f"loan {terms.name}")
        context.public_cash(terms.provider, terms.index, "loans", part, now, project)
        if loan.guarantee is not None:
            self._guarantee(loan)

    def _no_longer_undrawn(self, commitment: Commitment) -> None:
        """What the last loan of a promise left to draw is drawn now, or will never be."""
        loan = commitment.loan
        if loan is not None and loan.undrawn:
            loan.undrawn = 0
            self.context.lives.balance(loan, self.context.now)

    def _grant_element(self, loan: Loan) -> None:
        """Grant that comes with a promotional loan; the cap holds for the institution."""
        context, terms = self.context, loan.terms
        institution = loan.project.institution
        key = -1 - terms.index
        before = institution.granted_before.get(key, 0)
        element = min(share_cents(loan.principal, terms.element_share), max(0, terms.element_cap - before))
        if element:
            institution.granted_before[key] = before + element
            refinancer = context.providers[terms.refinancer]
            context.ledger.pay(
                context.now,
                refinancer,
                COST,
                institution.book,
                REVENUE,
                element,
                f"grant element {terms.name}",
            )
            context.public_cash(terms.refinancer, terms.index, "grants", element, context.now, loan.project)

    def _guarantee(self, loan: Loan) -> None:
        guarantee = loan.guarantee
        assert guarantee is not None
        context = self.context
        covered = share_cents(loan.principal, loan.cover)
        context.guaranteed_volume[guarantee.index] += covered
        context.tally.total["guaranteed_cents"] += covered
        context.tally.instruments[guarantee.index]["granted_cents"] += covered
        fee = share_cents(covered, guarantee.fee_upfront)
        guarantor = context.providers[guarantee.provider]
        institution = loan.project.institution
        context.ledger.pay(
            context.now, institution.book, COST, guarantor, REVENUE, fee, f"up-front fee {guarantee.name}"
        )
        context.public_cash(guarantee.provider, guarantee.index, "fees", -fee, context.now, loan.project)
        context.tally.instruments[guarantee.index]["interest_cents"] += fee
        cost = share_cents(covered, guarantee.administration_share)
        context.ledger.pay(
            context.now, guarantor, COST, context.outside, REVENUE, cost, f"administration {guarantee.name}"
        )
        context.public_cash(
            guarantee.provider, guarantee.index, "administration", cost, context.now, loan.project
        )

    def _grant(self, project: Project, commitment: Commitment, part: int, cost: int, own: int) -> Grant:
        terms = commitment.terms
        waiting = waiting_cents(terms, part)
        project.institution.bridged += waiting
        self.accounts.pay_grant(project, terms, part - waiting)
        return Grant(terms, part, part - waiting, waiting, cost, own, cost - own - part)

    def _pay_fees(self, deal: Deal, commitment: Commitment, part: int) -> None:
        """Commitment fee on what waited to be drawn; a platform's fee on what came."""
        if deal.drawn:
            self._pay_commitment_fee(deal, commitment, part)
        fee = share_cents(part, commitment.terms.fee_share)
        book = deal.need.project.institution.book
        self.context.ledger.pay(
            self.context.now, book, COST, self.context.outside, REVENUE, fee, f"fee {commitment.terms.name}"
        )

    def _pay_commitment_fee(self, deal: Deal, commitment: Commitment, cents: int) -> None:
        terms, now = commitment.terms, self.context.now
        fee = share_cents(cents, terms.commitment_fee * (now - deal.closed_at))
        lender, book = self.context.providers[terms.provider], deal.need.project.institution.book
        self.context.ledger.pay(now, book, COST, lender, REVENUE, fee, f"commitment fee {terms.name}")
        self.context.tally.instruments[terms.index]["interest_cents"] += fee
        self.context.public_cash(terms.provider, terms.index, "fees", -fee, now, deal.need.project)

    def pay_overrun(self, project: Project, cents: int) -> bool:
        """Pay what implementation cost above plan (or get back what it saved); False if there is no cash."""
        context, institution = self.context, project.institution
        if cents <= 0:
            context.ledger.pay(
                context.now, context.vendor, REVENUE, institution.book, COST, -cents, "below plan"
            )
            return True
        kept = share_cents(institution.reserve, self._kept_reserve)
        if cents > institution.cash - kept - institution.bridged:
            return False
        self._pay_vendor(project, cents, "above plan")
        context.tally.total["overrun_cents"] += cents
        context.cohorts.cost(project, cents, context.now)
        return True

    def pay_renewal(self, project: Project, cents: int) -> bool:
        """Renew worn-out software from own funds; False if they do not suffice."""
        institution = project.institution
        if cents > min(institution.earmark, institution.cash - institution.reserve):
            return False
        self._pay_vendor(project, cents, "renewal")
        self.context.cohorts.cost(project, cents, self.context.now)
        total = self.context.tally.total
        total["uses_cents"] += cents
        if project.terms.members:
            total["platform_uses_cents"] += cents
        total["own_funds_cents"] += cents
        self.context.tally.year(self.context.now)["own_funds_cents"] += cents
        self.context.tally.institution(institution.row)["own_funds_cents"] += cents
        return True

    def _pay_vendor(self, project: Project, cents: int, memo: str) -> None:
        institution = project.institution
        institution.earmark = max(0, institution.earmark - cents)
        self.context.ledger.pay(
            self.context.now, institution.book, COST, self.context.vendor, REVENUE, cents, memo
        )
        self.count_written_down(project, cents)
