"""What instruments promise to a project, and the room that caps and ceilings leave."""

from __future__ import annotations

from dataclasses import dataclass, field

from hybridsim.core.money import share_cents, to_cents
from hybridsim.finance.sources import UNLIMITED_CENTS
from hybridsim.finance.support import (
    de_minimis_headroom_cents,
    gge_guarantee_safe_harbour_cents,
    gge_loan_cents,
)
from hybridsim.rollout.context import Context
from hybridsim.rollout.panel import Panel
from hybridsim.rollout.state import Commitment, Institution, Project
from hybridsim.rollout.terms import InstrumentTerms


@dataclass(slots=True)
class Need:
    """What one close of one project must pay for."""

    project: Project
    stage: int
    wave: int
    costs: list[int]
    got: list[Commitment] = field(default_factory=list)
    attempt: int = 0
    filled: bool = False
    too_late: bool = False
    head_start: float = 0.0

    @property
    def cost(self) -> int:
        """Planned cost of all stages of this close, in cents."""
        return sum(self.costs)

    @property
    def gap(self) -> int:
        """What nobody has promised yet, in cents; own funds pay it at the close."""
        return self.cost - sum(commitment.amount for commitment in self.got)

    @property
    def supported(self) -> bool:
        """Whether support is among the money: gifts, or loans with public money or a public guarantee."""
        return any(
            not commitment.terms.is_loan
            or commitment.terms.supports
            or (commitment.guarantee is not None and commitment.guarantee.supports)
            for commitment in self.got
        )

    @property
    def public(self) -> bool:
        """Whether public money or cover is part of it."""
        return any(c.terms.supports or (c.guarantee is not None and c.guarantee.supports) for c in self.got)


def waiting_cents(terms: InstrumentTerms, cents: int) -> int:
    """Part of a grant that comes only with its final account."""
    return cents if terms.arrears else share_cents(cents, terms.retention)


class Promises:
    """Room under caps and ceilings, and awards that take and give back that room."""

    def __init__(self, context: Context, panel: Panel) -> None:
        self.context = context
        self.panel = panel
        scenario = context.world.scenario
        self._ceiling = to_cents(scenario.de_minimis.ceiling_eur.value)
        self._reference_spread = scenario.de_minimis.reference_spread_pa.value
        self._bridging = scenario.carriers.bridging_reserve_share.value

    def per_site_left(self, terms: InstrumentTerms, institution: Institution) -> int:
        """What an instrument's limit per site still allows this institution, in cents."""
        if terms.maximum_per_site == UNLIMITED_CENTS:
            return UNLIMITED_CENTS
        return terms.maximum_per_site * institution.sites - institution.granted_before.get(terms.index, 0)

    def headroom(self, terms: InstrumentTerms, institution: Institution) -> int:
        """Room under the de-minimis ceiling; loans are checked when their GGE is known."""
        if not terms.de_minimis or terms.gge_rule != "nominal":
            return UNLIMITED_CENTS
        return self.aid_room(institution)

    def aid_room(self, institution: Institution) -> int:
        """What the de-minimis ceiling still allows now, in cents of GGE."""
        return de_minimis_headroom_cents(
            self.context.now,
            institution.aid_months,
            institution.aid_cents,
            len(institution.aid_months),
            self._ceiling,
        )

    def gross_grant_equivalent(self, commitment: Commitment) -> int:
        """GGE in cents by the instruments' rules: nominal grants, cheap interest, guarantees."""
        terms, amount = commitment.terms, commitment.amount
        gge = 0
        if terms.gge_rule == "nominal":
            gge += amount
        elif terms.gge_rule == "interest_subsidy":
            market = self.context.world.base_rate(self.context.now) + self._reference_spread
            gge += gge_loan_cents(
                terms.service,
                amount,
                market,
                commitment.rate_pa,
                market,
                terms.quarters,
                terms.grace_quarters,
            )
        gge += min(share_cents(amount, terms.element_share), terms.element_cap)
        guarantee = commitment.guarantee
        if guarantee is not None and guarantee.gge_rule == "safe_harbour":
            covered = share_cents(amount, commitment.cover)
            harbour = gge_guarantee_safe_harbour_cents(covered, commitment.cover, 3.0 * terms.quarters)
            gge += covered if harbour < 0 else harbour
        return gge

    def within_ceiling(self, need: Need, commitment: Commitment) -> bool:
        """Whether the de-minimis ceiling allows a loan with its guarantee."""
        if not commitment.terms.de_minimis and not (commitment.guarantee and commitment.guarantee.de_minimis):
            return True
        return self.gross_grant_equivalent(commitment) <= self.aid_room(need.project.institution)

    def commit(self, need: Need, commitment: Commitment) -> None:
        """An award is final: it takes its room under caps and ceiling now."""
        institution, terms = need.project.institution, commitment.terms
        commitment.gge = self.gross_grant_equivalent(commitment)
        commitment.awarded_at = self.context.now
        if terms.de_minimis or (commitment.guarantee and commitment.guarantee.de_minimis):
            commitment.aid = commitment.gge
            institution.aid_months.append(self.context.now)
            institution.aid_cents.append(commitment.aid)
        institution.granted_before[terms.index] = (
            institution.granted_before.get(terms.index, 0) + commitment.amount
        )
        if terms.fund:
            self.context.fund_cash[terms.index] -= commitment.amount
        need.got.append(commitment)

    def release(self, need: Need) -> None:
        """The close failed: awards lapse and give back their room."""
        for commitment in need.got:
            self.give_up(need.project.institution, commitment, commitment.amount)
        need.got = []

    def give_up(self, institution: Institution, commitment: Commitment, cents: int) -> None:
        """``cents`` of an award will not be drawn: they leave caps, ceiling, bridging and rolling budget."""
        terms = commitment.terms
        institution.granted_before[terms.index] -= cents
        self.context.take_back(terms, cents)
        if commitment.aid and cents:
            left = commitment.aid - commitment.aid * cents // commitment.amount
            position = list(zip(institution.aid_months, institution.aid_cents, strict=True)).index(
                (commitment.awarded_at, commitment.aid)
            )
            institution.aid_cents[position] = left
            commitment.aid = left
        self.panel.give_back(terms, cents, commitment.awarded_at)

    def own_funds(self, institution: Institution, need: Need | None = None) -> int:
        """What the carrier can put in: its digital budget, as far as cash stays above the reserve.

        Money that it must bridge for payments in arrears comes first.
        """
        free = min(institution.cash - institution.reserve, self.bridging_room(institution, need))
        return max(0, min(institution.earmark, free))

    def bridging_room(self, institution: Institution, need: Need | None = None) -> int:
        """Cash and credit line that can wait for money in arrears, less what already does or soon will."""
        reserve = share_cents(institution.reserve, self._bridging)
        promised = sum(waiting_cents(c.terms, c.amount) for c in need.got) if need else 0
        return max(0, institution.cash + institution.credit_line - reserve - institution.bridged - promised)
