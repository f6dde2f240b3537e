"""What changes during one replication: institutions, their projects, loans and grants.

Institutions get a state only when something happens to them; most never do.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hybridsim.rollout.ledger import Book
from hybridsim.rollout.terms import InstrumentTerms, UseCaseTerms

if TYPE_CHECKING:
    from hybridsim.rollout.closing import Deal


@dataclass(slots=True, eq=False)
class Institution:
    """One carrier as the replication finds it; amounts in cents."""

    row: int
    type: int
    land: int
    legal_form: int
    key_lo: int
    key_hi: int
    sites: int
    places_per_site: float
    readiness_gap: float
    revenue: int
    ebitda: int
    debt: int
    debt_service: int
    collateral: int
    liquidity: int
    reserve: int
    credit_line: int
    budget_pa: int
    budget_cap: int
    pd: float
    book: Book
    earmark: int = 0
    budget_years: int = 0
    next_quarter: float = 3.0
    projects: dict[int, Project] = field(default_factory=dict)
    attempts: dict[int, int] = field(default_factory=dict)
    loans: list[Loan] = field(default_factory=list)
    aid_months: list[float] = field(default_factory=list)
    aid_cents: list[int] = field(default_factory=list)
    granted_before: dict[int, int] = field(default_factory=dict)
    bridged: int = 0
    successes: int = 0
    failures: int = 0
    marks: set[str] = field(default_factory=set)
    followed: list[tuple[int, float]] = field(default_factory=list)
    first_start: float = -1.0
    defaulted_at: float = -1.0
    pd_now: float = 0.0
    base_hazard: float = 0.0
    hazard: float = 0.0
    threshold_left: float = 0.0
    watched_since: float = 0.0
    epoch: int = 0

    @property
    def cash(self) -> int:
        """Cash in cents; negative if the credit line is drawn."""
        return self.book.balance[0]

    @property
    def defaulted(self) -> bool:
        """Whether it has defaulted."""
        return self.defaulted_at >= 0.0

    @property
    def idle(self) -> bool:
        """Whether its quarter-ends are empty: no loan, no live project, and no credit line drawn."""
        if self.loans or self.book.balance[0] < 0:
            return False
        return not any(project.waves for project in self.projects.values())


@dataclass(slots=True, eq=False)
class Wave:
    """Sites that went live together."""

    live_at: float
    sites: float


@dataclass(slots=True, eq=False)
class Project:
    """One use case at one institution; what is drawn once for its whole life stands here."""

    institution: Institution
    use_case: int
    attempt: int
    terms: UseCaseTerms
    advised: bool = False
    done: tuple[bool, ...] = ()
    found: dict[int, bool] = field(default_factory=dict)
    optimism: float = 1.0
    realised: float = 1.0
    site_cash_pa: int = 0
    site_running_pa: int = 0
    site_hours_milli_pa: int = 0
    site_social_pa: int = 0
    site_incidents_milli_pa: int = 0
    decided_at: float = 0.0
    started_at: float = -1.0
    live_at: float = -1.0
    sites_live: int = 0
    waves: list[Wave] = field(default_factory=list)
    repriced: bool = False
    passed: bool = False
    sustained: bool = False
    ended: bool = False
    supported_until: float = 0.0
    support_epoch: int = 0
    ended_at: float = -1.0
    accrued_to: float = 0.0
    hours_milli: int = 0
    hours_paid_milli: int = 0
    deal: Deal | None = None
    grants: list[SettledGrant] = field(default_factory=list)
    benefit: int = 0
    running: int = 0
    taken: int = 0
    recognised: int = 0
    cohort: int = -1
    followed_until: float = -1.0
    social_at_start: float = 1.0
    fiscal_at_start: float = 1.0
    staff_cents: int = 0
    fiscal_before: int = 0

    @property
    def sites_working(self) -> float:
        """Sites that work with it, a pilot's share of a site included."""
        sites = 0.0
        for wave in self.waves:
            sites += wave.sites
        return sites

    def over(self) -> bool:
        """Whether it was given up or lost; to be asked after every wait."""
        return self.ended


@dataclass(slots=True, eq=False)
class Loan:
    """One loan; amounts in cents, time in quarters after the first quarter-end.

    ``planned`` is the principal of the present plan, which began after ``plan_from`` quarters.
    """

    terms: InstrumentTerms
    project: Project
    wave: int
    closed_at: float
    principal: int
    rate_pa: float
    level_payment: int
    service: int
    quarters: int
    grace_quarters: int
    planned: int
    service_pa: int
    refinancing_pa: float
    pd_at_close: float
    number: int
    cover: float = 0.0
    guarantee: InstrumentTerms | None = None
    outstanding: int = 0
    quarter: int = 0
    plan_from: int = 0
    holiday: int = 0
    repaid: int = 0
    interest: int = 0
    defaulted_at: float = -1.0
    ead: int = 0
    recovered: int = 0
    payout: int = 0
    loss: int = 0
    forgiven: int = 0
    undrawn: int = 0
    ended_at: float = -1.0


@dataclass(slots=True, eq=False)
class Commitment:
    """What one instrument has promised to one project, by stage that is drawn."""

    terms: InstrumentTerms
    amount: int
    stage_cost: int
    gge: int = 0
    aid: int = 0
    awarded_at: float = 0.0
    budget_period: int = -1
    rate_pa: float = 0.0
    refinancing_pa: float = 0.0
    pd: float = 0.0
    cover: float = 0.0
    guarantee: InstrumentTerms | None = None
    parts: list[int] = field(default_factory=list)
    loan: Loan | None = None


@dataclass(frozen=True, slots=True)
class SettledGrant:
    """A grant after its final account; binds its purpose for a while."""

    terms: InstrumentTerms
    cents: int
    settled_at: float


@dataclass(slots=True, eq=False)
class Grant:
    """A grant that was drawn for one stage and waits for its final account."""

    terms: InstrumentTerms
    amount: int
    paid: int
    waiting: int
    planned_cost: int
    own_funds: int
    other_funds: int
