"""What all parts of one replication share: the world, the clock, the books, the draws and the counts."""

from __future__ import annotations

from hybridsim.core.money import share_cents
from hybridsim.core.rng import uniform
from hybridsim.rollout.cohorts import Cohorts
from hybridsim.rollout.events import Calendar, Rank
from hybridsim.rollout.ledger import CLAIM, COST, REVENUE, Book, Ledger
from hybridsim.rollout.loan_life import Lives
from hybridsim.rollout.people import person
from hybridsim.rollout.state import Institution, Loan, Project
from hybridsim.rollout.tally import LogLine, Tally
from hybridsim.rollout.terms import InstrumentTerms
from hybridsim.rollout.world import World


class Context:
    """Shared state of one replication."""

    def __init__(self, world: World, replication: int, record: bool) -> None:
        self.world = world
        self.replication = replication
        self.calendar = Calendar(world.scenario.run.whole_months)
        self.ledger = Ledger(record)
        self.tally = Tally(world.years, len(world.instruments))
        self.cohorts = Cohorts(world, self.tally)
        self.log: list[LogLine] | None = [] if record else None
        self.outside = self.ledger.open("outside")
        self.vendor = self.ledger.open("vendor")
        self.payer = self.ledger.open("payer")
        self.providers = [self.ledger.open(name) for name in world.provider_names]
        self.institutions: dict[int, Institution] = {}
        self.dead = bytearray(world.n)
        self.loans: list[Loan] = []
        self.lives = Lives()
        self.running_off = False
        self.open_accounts = 0
        self.fund_cash = [terms.fund for terms in world.instruments]
        self.guaranteed_volume = [0] * len(world.instruments)
        self.guarantee_paid = [0] * len(world.instruments)
        self.factors = world.factor_years(replication)

    @property
    def now(self) -> float:
        """Current month."""
        return self.calendar._now

    def _uniform(self, key_lo: int, key_hi: int, stream: int, index: int) -> float:
        world = self.world
        return uniform(world.seed_lo, world.seed_hi, self.replication, key_lo, key_hi, stream, index)

    def draw(self, institution: Institution, stream: int, index: int) -> float:
        """Keyed uniform of one institution."""
        return self._uniform(institution.key_lo, institution.key_hi, stream, index)

    def draw_of(self, institution: Institution, terms: InstrumentTerms, stream: int, index: int) -> float:
        """Keyed uniform of one institution and one instrument, whatever other instruments there are."""
        return self._uniform(
            institution.key_lo ^ terms.key_lo, institution.key_hi ^ terms.key_hi, stream, index
        )

    def happened(self, rank: Rank, row: int, sub: int = 0, amount: int = 0) -> None:
        """Count a handled event, and log it if asked to."""
        self.tally.total["events"] += 1
        if self.log is not None:
            self.log.append((self.now, int(rank), row, sub, amount))

    def factor(self, position: int, time: float) -> float:
        """State of a factor in the year that contains ``time``."""
        return self.factors[position][int(time // 12.0)]

    def institution(self, row: int) -> Institution:
        """State of an institution; made when it is first needed."""
        found = self.institutions.get(row)
        if found is None:
            found = self.institutions[row] = self._open(row)
        return found

    def _open(self, row: int) -> Institution:
        world = self.world
        known = person(world, row)
        institution = Institution(
            row=row,
            key_lo=int(world.key_lo[row]),
            key_hi=int(world.key_hi[row]),
            pd_now=known.pd,
            book=self.ledger.open(world.ids[row]),
            **known._asdict(),
        )
        self.ledger.pay(
            self.now, self.outside, COST, institution.book, REVENUE, institution.liquidity, "opening"
        )
        institution.next_quarter = (self.now // 3.0) * 3.0 + 3.0
        self.grant_budget(institution)
        return institution

    def grant_budget(self, institution: Institution) -> None:
        """Hand out the digital budgets of all years begun; what exceeds the carry-over goes elsewhere."""
        due = int(self.now // 12.0) + 1
        while institution.budget_years < due:
            institution.budget_years += 1
            added = min(institution.budget_pa, institution.budget_cap - institution.earmark)
            if added > 0:
                institution.earmark += added
                self.ledger.pay(
                    self.now, self.outside, COST, institution.book, REVENUE, added, "digital budget"
                )

    def budget_without_project(self, institution: Institution) -> int:
        """Digital budget that an institution would hold now if it had no project, in cents."""
        return min(institution.budget_cap, institution.budget_pa * institution.budget_years)

    def public_cash(
        self, provider: int, instrument: int, category: str, cents_out: int, time: float, project: Project
    ) -> None:
        """Count discounted cash that leaves (positive) or reaches (negative) a public provider."""
        if cents_out == 0 or not self.world.provider_public[provider]:
            return
        cents = share_cents(cents_out, self.world.discount(time))
        self.count_fiscal(instrument, category, cents)
        self.cohorts.fiscal(project, cents, time)

    def count_fiscal(self, instrument: int, category: str, cents: int) -> None:
        """Add discounted public cost to its component, the total and the instrument (-1: none)."""
        total = self.tally.total
        total["fiscal_pv_cents"] += cents
        total[f"fiscal_{category}_pv_cents"] += cents
        if instrument >= 0:
            self.tally.instruments[instrument]["fiscal_pv_cents"] += cents

    def take_back(self, terms: InstrumentTerms, cents: int) -> None:
        """Money comes back to a revolving fund and can be lent again."""
        if terms.fund:
            self.fund_cash[terms.index] += cents

    def refinance(self, time: float, loan: Loan, giver: Book, receiver: Book, cents: int) -> None:
        """Move refinancing principal between the bank and its refinancer."""
        self.ledger.pay(time, giver, CLAIM, receiver, CLAIM, cents, f"refinancing {loan.terms.name}")
