"""The reference engine: one future of the whole world as a story, told with SimPy.

An institution gets an idea, prepares it, decides, finds money, implements, pilots, passes the gate or not,
rolls out, operates, scales to further sites, and is sustained when support has ended, unless it gives up or
defaults on the way. Read `Story.life` from top to bottom; every step calls rules that stand elsewhere, each
with its formula.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from math import ceil

from simpy import Event

from hybridsim.core.mathx import expit
from hybridsim.core.money import share_cents
from hybridsim.core.rng import S_GATE, S_PRICE_ROUND, S_SUSTAIN, draw_index
from hybridsim.rollout.checks import check
from hybridsim.rollout.closing import Closing, Deal
from hybridsim.rollout.context import Context
from hybridsim.rollout.desks import Desk
from hybridsim.rollout.events import Rank, sub_index
from hybridsim.rollout.funding import Funding
from hybridsim.rollout.layout import Reason
from hybridsim.rollout.loan_life import (
    NOTED_BALANCE,
    NOTED_RATING,
    balance_rows,
    in_order,
    notes,
    rating_rows,
)
from hybridsim.rollout.peers import Peers
from hybridsim.rollout.planning import Planning
from hybridsim.rollout.promises import Need
from hybridsim.rollout.risk import Risk
from hybridsim.rollout.rules import wave_sites
from hybridsim.rollout.state import Institution, Project, Wave
from hybridsim.rollout.stocks import finish, loan_rows, record_year
from hybridsim.rollout.tally import Outcome
from hybridsim.rollout.treasury import Treasury
from hybridsim.rollout.world import RUN_OFF_YEARS, World

Steps = Generator[Event, object, None]

PILOT, ROLLOUT, SCALE = 0, 1, 2
"""Stages of financing, as instruments name them."""
RETRY_WAVE = 31
"""Sub-index of the pause after an abandoned project."""


def simulate(world: World, replication: int, record: bool = False) -> Outcome:
    """One future of the world.

    Parameters
    ----------
    world
        What is simulated.
    replication
        Number of the future; the same number is the same future, alone or in a batch.
    record
        Keep the event log and the ledger's entries.

    Raises
    ------
    InvariantError
        If the model broke one of its own rules; the message names seed and replication.
    """
    return Story(world, replication, record).tell()


class Story:
    """One replication."""

    def __init__(self, world: World, replication: int, record: bool) -> None:
        self.world = world
        self.scenario = world.scenario
        self.context = Context(world, replication, record)
        self.calendar = self.context.calendar
        self.treasury = Treasury(self.context)
        self.risk = Risk(self.context, self.treasury, self.lost)
        self.funding = Funding(self.context, self.risk)
        self.planning = Planning(self.context, self.risk, self.funding)
        self.closing = Closing(self.context, self.risk, self.funding.promises)
        self.peers = Peers(self.context, self.idea)
        self.desks = {name: Desk(self.context, queue) for name, queue in world.queues.items()}

    def tell(self) -> Outcome:
        """Run to the horizon, let the loans run off, check, and hand out what was counted."""
        context, horizon = self.context, self.world.horizon
        context.tally.total["institution_years"] = 1000 * self.world.n * self.world.years
        self.calendar.call_at(0.0, Rank.YEAR_TURN, 0, 0, lambda: self.year_turn(0))
        self.calendar.call_at(0.0, Rank.QUARTER_TURN, 0, 0, self.quarter_turn)
        self.calendar.run_through(horizon)
        self.settle_all()
        record_year(context, self.peers, self.world.years - 1)
        self.run_off()
        finish(context)
        check(context)
        outcome = context.tally.outcome(context.replication)
        outcome.loans, places = in_order(loan_rows(context))
        outcome.balances = balance_rows(notes(context.lives.balances, NOTED_BALANCE), places).tolist()
        outcome.ratings = rating_rows(notes(context.lives.ratings, NOTED_RATING)).tolist()
        outcome.log = context.log or []
        outcome.entries = context.ledger.entries or []
        return outcome

    def settle_all(self) -> None:
        """Bring every institution's money up to date."""
        for institution in self.context.institutions.values():
            if not institution.defaulted:
                self.treasury.settle(institution, self.context.now)

    def run_off(self) -> None:
        """After the horizon only debt service, defaults, estates and final accounts go on."""
        context = self.context
        context.running_off = True
        for year in range(self.world.years, self.world.years + RUN_OFF_YEARS):
            self.risk.turn_year(year)
            owing = any(institution.loans for institution in context.institutions.values())
            if not owing and not context.open_accounts:
                break
            self.calendar.run_off_through(12.0 * (year + 1))

    def year_turn(self, year: int) -> None:
        """Close the books of the old year; new factors, budgets, ratings and default clocks."""
        if year > 0:
            self.settle_all()
            record_year(self.context, self.peers, year - 1)
        self.context.happened(Rank.YEAR_TURN, 0)
        self.risk.turn_year(year)
        if year + 1 < self.world.years:
            self.calendar.call_at(12.0 * (year + 1), Rank.YEAR_TURN, 0, 0, lambda: self.year_turn(year + 1))

    def quarter_turn(self) -> None:
        """Institutions look at their peers."""
        self.context.happened(Rank.QUARTER_TURN, 0)
        self.peers.turn_quarter()
        if self.context.now + 3.0 < self.world.horizon:
            self.calendar.call_at(self.context.now + 3.0, Rank.QUARTER_TURN, 0, 0, self.quarter_turn)

    # ------------------------------------------------------------------ the life of a project

    def idea(self, row: int, use_case: int) -> None:
        """An institution takes up the idea of a use case."""
        if self.context.dead[row]:
            return
        institution = self.touch(row)
        attempt = institution.attempts.get(use_case, 0)
        institution.attempts[use_case] = attempt + 1
        terms = self.world.use_cases[(use_case, institution.type)]
        project = Project(institution, use_case, attempt, terms, accrued_to=self.context.now)
        institution.projects[use_case] = project
        self.context.happened(Rank.IDEA, row, sub_index(use_case), attempt)
        self.context.tally.total["ideas"] += 1
        self.context.tally.year(self.context.now)["ideas"] += 1
        self.context.tally.institution(row)["ideas"] += 1
        self.calendar.process(self.life(project))

    def touch(self, row: int) -> Institution:
        """State of an institution, with its default clock running."""
        known = row in self.context.institutions
        institution = self.context.institution(row)
        if not known:
            self.risk.start_clock(institution)
        return institution

    def life(self, project: Project) -> Steps:
        """From the idea to sustained use at all sites, or to the reason why not."""
        yield from self.find_adviser(project)
        if project.over():
            return
        self.planning.prepare(project)
        prepared_from = self.context.now
        yield self.step(project, self.planning.preparation_months(project), Rank.PLANNED)
        if project.over():
            return
        self.arrive(project)
        self.count(project, "planned")
        costs = [
            self.planning.pilot_cost(project),
            self.planning.rollout_cost(project),
        ]
        viable = self.planning.viable(project, sum(costs), 1)
        self.log(project, Rank.PLANNED, int(viable))
        whole = self.scenario.design.financing == "project"
        need = Need(project, PILOT, 0, costs if whole else costs[:1])
        if not viable:
            self.funding.requests.count_in_vain(need)
            self.end(project, Reason.NOT_VIABLE)
            return
        self.count(project, "viable")
        self.mark_access(project, "viable")
        project.decided_at = self.context.now

        self.count(project, "applied")
        need.head_start = self.funding.requests.head_start(prepared_from)
        yield from self.funding.assemble(need)
        if project.over():
            return
        if not need.filled:
            self.end(project, Reason.OUT_OF_PATIENCE if need.too_late else Reason.FUNDING_GAP)
            return
        deal = project.deal = self.closing.close(need)
        self.start(project, deal)

        yield from self.implement(project, 0)
        if project.over():
            return
        if not self.go_live(project, deal, 0, self.scenario.pilot.scope.value):
            return
        yield self.step(project, self.planning.pilot_months(project), Rank.GATE)
        if project.over():
            return
        if not self.pass_gate(project):
            self.end(project, Reason.PILOT_FAILED)
            return

        if not whole:
            need = Need(project, ROLLOUT, 1, costs[1:])
            yield from self.funding.assemble(need)
            if project.over():
                return
            if not need.filled:
                self.end(project, Reason.OUT_OF_PATIENCE if need.too_late else Reason.FUNDING_GAP)
                return
            deal = project.deal = self.closing.close(need)
        self.closing.draw(deal)
        self.risk.review(project.institution)
        yield from self.implement(project, 1)
        if project.over() or not self.go_live(project, deal, 1, 1.0 - self.scenario.pilot.scope.value):
            return
        self.roll_out(project)
        yield from self.scale(project)

    def find_adviser(self, project: Project) -> Steps:
        """Wait for an adviser, if the project wants one and the queue is not beyond all patience."""
        desk = self.desks["adviser"]
        months = self.planning.service_months(project, "advisers", 0)
        project.advised = self.planning.wants_advice(project) and not desk.too_long(months)
        if project.advised:
            yield from desk.serve(project, months)

    def implement(self, project: Project, wave: int) -> Steps:
        """A vendor's team implements a stage, a trainer trains; it goes live with everybody's consent."""
        consent_at = self.context.now + self.planning.consent_months(project, wave)
        months = self.planning.implementation_months(project, wave)
        yield from self.desks["vendor"].serve(project, months, wave)
        if project.over():
            return
        training = self.planning.service_months(project, "trainers", wave)
        if self.desks["trainer"].queue.servers:
            # The trainer comes when the vendor is done; without a limit training is part of implementation.
            yield self.step(project, months, Rank.SERVED, wave)
            if project.over():
                return
            yield from self.desks["trainer"].serve(project, training, wave)
            if project.over():
                return
            months = training
        else:
            yield from self.desks["trainer"].serve(project, training, wave)
        yield self.step(project, max(months, consent_at - self.context.now), Rank.LIVE, wave)

    def start(self, project: Project, deal: Deal) -> None:
        """First financial close: the project has begun."""
        institution, total = project.institution, self.context.tally.total
        project.started_at = self.context.now
        self.context.cohorts.start(project, project.started_at, deal.need.public)
        if institution.first_start < 0.0:
            self.risk.close_clock(institution)
            institution.first_start = self.context.now
        self.count(project, "started")
        total["platform_started"] += int(bool(project.terms.members))
        self.context.tally.year(self.context.now)["started"] += 1
        self.context.tally.institution(institution.row)["started"] += 1
        self.mark_access(project, "started")
        total["funding_months"] += share_cents(1000, self.context.now - project.decided_at)
        self.closing.draw(deal)
        self.risk.review(institution)

    def go_live(self, project: Project, deal: Deal, wave: int, sites: float) -> bool:
        """A stage is implemented: settle what it really cost, open its accounts, let its sites work."""
        institution = project.institution
        self.arrive(project)
        planned = deal.costs[deal.drawn - 1]
        actual = self.planning.actual_cost(project, planned, wave)
        affordable = self.closing.pay_overrun(project, actual - planned)
        self.log(project, Rank.LIVE, actual if affordable else -actual, wave)
        self.closing.open_accounts(deal, actual if affordable else planned)
        if not affordable:
            self.end(project, Reason.COST_OVERRUN)
            return False
        self.treasury.accrue(project, self.context.now)
        project.waves.append(Wave(self.context.now, sites))
        project.accrued_to = self.context.now
        self.risk.review(institution)
        return True

    def pass_gate(self, project: Project) -> bool:
        """The pilot is over: does it work here?"""
        self.arrive(project)
        self.count(project, "piloted")
        institution = project.institution
        chance = self.planning.gate_chance(project, self.peers.share_seen(project.use_case, institution.row))
        u = self.context.draw(institution, S_GATE, draw_index(project.use_case, 0, project.attempt, 0))
        self.log(project, Rank.GATE, int(u < chance))
        if u >= chance:
            institution.failures += 1
            return False
        project.passed = True
        self.count(project, "passed")
        self.context.tally.year(self.context.now)["passed"] += 1
        return True

    def roll_out(self, project: Project) -> None:
        """The first site works with it: peers see it, price round, end of support and wear are ahead."""
        now, operation = self.context.now, self.scenario.operation
        project.live_at = now
        project.sites_live = 1
        project.institution.successes += 1
        self.count(project, "rolled_out")
        self.context.tally.total["reached"] += self.planning.reached(project, 1)
        self.peers.succeeded(project.institution, project.use_case, +1)
        if project.institution.sites == 1:
            self.count(project, "scaled")
        u = self.context.draw(
            project.institution, S_PRICE_ROUND, draw_index(project.use_case, 0, project.attempt, 0)
        )
        first, last = operation.price_round_first_months.value, operation.price_round_last_months.value
        self.later(project, first + u * (last - first), Rank.PRICE_ROUND, self.price_round)
        self.accompany(project)
        self.later(project, project.terms.life_months, Rank.WORN_OUT, self.worn_out)
        self.risk.review(project.institution)

    def price_round(self, project: Project) -> None:
        """Payers take part of the cash benefit and recognise part of the running cost."""
        self.arrive(project)
        self.log(project, Rank.PRICE_ROUND)
        self.treasury.accrue(project, self.context.now)
        project.repriced = True
        self.risk.review(project.institution)

    def accompany(self, project: Project) -> None:
        """The first site or a supported wave is live: it is accompanied, and its grants are settled."""
        until = self.context.now + self.scenario.operation.support_months.value
        project.supported_until = max(project.supported_until, until)
        self.after_support(project, project.supported_until, Rank.SUPPORT_END, self.support_end)

    def support_end(self, project: Project) -> None:
        """Support ends: does the institution go on by itself?

        One draw holds for the whole project, so that one that stood alone before falls only if its cash has
        become worse.
        """
        self.arrive(project)
        chance = expit(self.planning.sustain_logit(project))
        index = draw_index(project.use_case, 0, project.attempt, 0)
        goes_on = self.context.draw(project.institution, S_SUSTAIN, index) < chance
        self.log(project, Rank.SUPPORT_END, int(goes_on))
        if not goes_on:
            self.end(project, Reason.SUPPORT_ENDED)
            return
        if not project.sustained:
            self.after_support(project, self.context.now + 24.0, Rank.SUSTAINED, self.sustain)

    def sustain(self, project: Project) -> None:
        """Still in use 24 months after the last support; what comes later does not take that back."""
        self.arrive(project)
        project.sustained = True
        self.log(project, Rank.SUSTAINED)
        self.count(project, "sustained")
        self.context.tally.year(self.context.now)["sustained"] += 1
        self.context.tally.institution(project.institution.row)["sustained"] += 1

    def worn_out(self, project: Project) -> None:
        """The software must be renewed from own funds, or the project ends."""
        self.arrive(project)
        cost = self.planning.renewal_cost(project)
        renewed = self.planning.worth_renewing(project, cost) and self.closing.pay_renewal(project, cost)
        self.log(project, Rank.WORN_OUT, cost if renewed else 0)
        if not renewed:
            self.end(project, Reason.NOT_RENEWED)
            return
        self.later(project, project.terms.life_months, Rank.WORN_OUT, self.worn_out)
        self.risk.review(project.institution)

    def scale(self, project: Project) -> Steps:
        """Further sites in waves, each planned and financed again."""
        institution, scaling = project.institution, self.scenario.scaling
        for number in range(scaling.maximum_waves):
            remaining = institution.sites - project.sites_live
            if remaining <= 0:
                return
            wave = SCALE + number
            yield self.step(project, self.planning.scaling_pause(project, wave), Rank.NEXT_WAVE, wave)
            if project.over():
                return
            self.arrive(project)
            sites = wave_sites(remaining, scaling.first_wave_sites, scaling.growth.value, number)
            cost = self.planning.scale_cost(project, sites)
            viable = self.planning.viable(project, cost, sites)
            self.log(project, Rank.NEXT_WAVE, sites if viable else 0, wave)
            if not viable:
                return
            need = Need(project, SCALE, wave, [cost])
            yield from self.funding.assemble(need)
            fewer = ceil(sites * self.scenario.design.smaller_scope.value)
            if not project.over() and not need.filled and 0 < fewer < sites:
                sites = fewer
                need = Need(project, SCALE, wave, [self.planning.scale_cost(project, sites)])
                yield from self.funding.assemble(need)
            if project.over() or not need.filled:
                return
            deal = project.deal = self.closing.close(need)
            self.closing.draw(deal)
            if need.supported:
                project.support_epoch += 1
            self.risk.review(institution)
            yield from self.implement(project, wave)
            if project.over() or not self.go_live(project, deal, wave, float(sites)):
                return
            if project.sites_live == 1:
                self.count(project, "scaled")
            project.sites_live += sites
            self.context.tally.total["reached"] += self.planning.reached(project, sites)
            if need.supported:
                self.accompany(project)
            self.risk.review(institution)

    # ------------------------------------------------------------------ small steps

    def step(self, project: Project, months: float, rank: Rank, wave: int = 0) -> Event:
        """The event that ends the next stage of a project."""
        sub = sub_index(project.use_case, wave)
        return self.calendar.at(self.context.now + months, rank, project.institution.row, sub)

    def later(self, project: Project, months: float, rank: Rank, then: Callable[[Project], None]) -> None:
        """Something that will happen to a live project, if it still is one."""

        def happen() -> None:
            if not project.over():
                then(project)

        sub = sub_index(project.use_case)
        self.calendar.call_at(self.context.now + months, rank, project.institution.row, sub, happen)

    def after_support(
        self, project: Project, time: float, rank: Rank, then: Callable[[Project], None]
    ) -> None:
        """Something that will happen to a live project unless it gets further support before."""
        epoch = project.support_epoch

        def happen() -> None:
            if not project.over() and project.support_epoch == epoch:
                then(project)

        self.calendar.call_at(time, rank, project.institution.row, sub_index(project.use_case), happen)

    def arrive(self, project: Project) -> None:
        """Bring the institution's money up to date before an event of its project is handled."""
        self.treasury.settle(project.institution, self.context.now)

    def log(self, project: Project, rank: Rank, amount: int = 0, wave: int = 0) -> None:
        """Count an event of a project, with how it came out."""
        self.context.happened(rank, project.institution.row, sub_index(project.use_case, wave), amount)

    def count(self, project: Project, what: str) -> None:
        """Count a stage by project, and by institution when it is the first."""
        total, marks = self.context.tally.total, project.institution.marks
        total[what] += 1
        self.context.cohorts.reach(project, what, self.context.now)
        key = f"inst_{what}"
        if key in total and key not in marks:
            marks.add(key)
            total[key] += 1

    def mark_access(self, project: Project, what: str) -> None:
        """Count an institution once by size: one site, or several."""
        key = f"{'small' if project.institution.sites == 1 else 'large'}_{what}"
        if key not in project.institution.marks:
            project.institution.marks.add(key)
            self.context.tally.total[key] += 1

    def lost(self, project: Project) -> None:
        """A project ended: peers no longer see its success, and what was not drawn lapses."""
        if project.deal is not None:
            self.closing.lapse(project.deal)
            project.deal = None
        if project.sites_live:
            self.peers.succeeded(project.institution, project.use_case, -1)

    def end(self, project: Project, reason: Reason) -> None:
        """A project is given up; after a pause the idea can come again, a platform's in single use cases."""
        institution, use_case = project.institution, project.use_case
        self.treasury.close(project)
        project.ended, project.ended_at = True, self.context.now
        self.closing.accounts.fail_loans(project)
        self.closing.accounts.claw_back(project)
        del institution.projects[use_case]
        self.lost(project)
        self.context.tally.reasons[reason] += 1
        self.context.cohorts.end(project, reason, self.context.now)
        self.context.tally.year(self.context.now)["ended"] += 1
        self.risk.review(institution)
        attempt = institution.attempts[use_case]
        platform = bool(project.terms.members)
        if platform or attempt < self.scenario.adoption.max_attempts:
            pause = self.planning.retry_pause(project)
            sub = sub_index(use_case, RETRY_WAVE)

            def again() -> None:
                if not institution.defaulted:
                    self.context.happened(Rank.RETRY, institution.row, sub, attempt)
                    if platform:
                        self.peers.part_again(institution, use_case)
                    else:
                        self.peers.wait_again(institution, use_case, attempt)

            self.calendar.call_at(self.context.now + pause, Rank.RETRY, institution.row, sub, again)
