"""What an estate yields, who is paid in which order, and who bears the rest."""

from __future__ import annotations

from hybridsim.core.rng import S_ESTATE
from hybridsim.credit.estate import estate_recovery
from hybridsim.finance.guarantee import payout_cents, portfolio_cap_cents
from hybridsim.finance.sources import UNLIMITED_CENTS
from hybridsim.finance.waterfall import distribute, free_estate_cents, senior_pool_cents
from hybridsim.rollout.context import Context
from hybridsim.rollout.events import Rank
from hybridsim.rollout.ledger import COST, GUARANTEE, RECOVERY, REVENUE
from hybridsim.rollout.state import Institution, Loan


class Estates:
    """Estates of one replication: one for each default of an institution with loans."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def distribute(self, institution: Institution) -> None:
        """Share the estate by rank; guarantees pay what they cover of the rest; the remainder is lost."""
        context, world = self.context, self.context.world
        risk = world.scenario.default_risk
        share = estate_recovery(
            world.estate_mu[institution.type],
            risk.recovery_economy.value,
            context.factor(0, institution.defaulted_at),
            risk.recovery_sigma.value,
            context.draw(institution, S_ESTATE, 0),
        )
        senior = [loan for loan in institution.loans if not loan.terms.subordinated]
        junior = [loan for loan in institution.loans if loan.terms.subordinated]
        claims, junior_claims = [loan.ead for loan in senior], [loan.ead for loan in junior]
        pool = senior_pool_cents(institution.collateral, institution.debt, 0, sum(claims))
        estate = free_estate_cents(share, risk.estate_headroom.value, pool)
        shares = distribute(institution.collateral, estate, institution.debt, 0, claims, junior_claims)
        recoveries = (*shares.project_senior, *shares.subordinated)
        context.happened(Rank.ESTATE, institution.row, 0, sum(recoveries))
        for loan, recovered in zip((*senior, *junior), recoveries, strict=True):
            self._close_defaulted(institution, loan, recovered)
        institution.loans = []

    def _close_defaulted(self, institution: Institution, loan: Loan, recovered: int) -> None:
        context, terms, now = self.context, loan.terms, self.context.now
        pay, lender = context.ledger.pay, context.providers[terms.provider]
        payout = self._cover(loan, recovered)
        loan.recovered, loan.payout = recovered, payout
        loan.loss = loan.ead - recovered - payout
        # The estate is sold to somebody outside, which brings the cash that is shared.
        pay(now, context.outside, COST, institution.book, REVENUE, recovered, "estate")
        pay(now, institution.book, RECOVERY, lender, RECOVERY, recovered, f"recovery {terms.name}")
        context.ledger.write_off(now, lender, institution.book, loan.ead, f"defaulted {terms.name}")
        context.public_cash(terms.provider, terms.index, "loans", -recovered, now, loan.project)
        context.take_back(terms, recovered)
        if terms.refinancer >= 0:
            refinancer = context.providers[terms.refinancer]
            context.refinance(now, loan, lender, refinancer, loan.ead)
            context.public_cash(terms.refinancer, terms.index, "loans", -loan.ead, now, loan.project)
        if payout:
            payer, instrument = self._guarantor(loan)
            pay(now, context.providers[payer], GUARANTEE, lender, GUARANTEE, payout, f"payout {terms.name}")
            context.public_cash(payer, instrument, "payouts", payout, now, loan.project)
            context.public_cash(terms.provider, terms.index, "payouts", -payout, now, loan.project)
        loan.outstanding = 0
        loan.ended_at = now
        context.lives.balance(loan, now)
        self._count_loss(institution, loan)

    def _guarantor(self, loan: Loan) -> tuple[int, int]:
        """Provider and instrument that pay for this loan."""
        if loan.guarantee is not None:
            return loan.guarantee.provider, loan.guarantee.index
        return loan.terms.refinancer, loan.terms.index

    def _cover(self, loan: Loan, recovered: int) -> int:
        """Payout of the guarantee, up to what its portfolio cap leaves, or of the liability exemption."""
        guarantee = loan.guarantee
        if guarantee is None:
            if loan.terms.exemption <= 0.0:
                return 0
            return payout_cents(loan.terms.exemption, loan.ead, recovered, UNLIMITED_CENTS)
        k = guarantee.index
        left = UNLIMITED_CENTS
        if guarantee.cap_rate < 1.0:
            # The volume already is the covered part of the loans, so the cover rate is in it.
            left = portfolio_cap_cents(guarantee.cap_rate, 1.0, self.context.guaranteed_volume[k])
            left -= self.context.guarantee_paid[k]
        payout = payout_cents(loan.cover, loan.ead, recovered, left)
        self.context.guarantee_paid[k] += payout
        return payout

    def _count_loss(self, institution: Institution, loan: Loan) -> None:
        context, terms = self.context, loan.terms
        total, counts = context.tally.total, context.tally.instruments[terms.index]
        total["recovered_cents"] += loan.recovered
        total["payout_cents"] += loan.payout
        total["loss_cents"] += loan.loss
        total["written_off_cents"] += loan.ead
        if loan.defaulted_at <= context.world.horizon:
            total["loss_horizon_cents"] += loan.loss
        if context.now <= context.world.horizon:
            context.tally.year(context.now)["loss_cents"] += loan.loss
        counts["recovered_cents"] += loan.recovered
        counts["payout_cents"] += loan.payout
        counts["loss_cents"] += loan.loss
        context.tally.institution(institution.row)["loss_cents"] += loan.loss
        if context.world.provider_public[terms.provider]:
            total["loss_public_cents"] += loan.loss
        if loan.payout:
            payer, instrument = self._guarantor(loan)
            if instrument != terms.index:
                context.tally.instruments[instrument]["payout_cents"] += loan.payout
            if context.world.provider_public[payer]:
                total["loss_public_cents"] += loan.payout
