"""Default risk: ratings that move with the project, and the clocks that run until a default."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from hybridsim.core.mathx import norm_ppf
from hybridsim.core.money import share_cents
from hybridsim.core.rng import S_DEFAULT, S_WORKOUT, lognormal_median, uniform_array
from hybridsim.credit.default_time import (
    default_threshold,
    hazard_per_month,
    months_to_default,
    threshold_after,
)
from hybridsim.credit.ratings import conditional_pd, logit_shift, shifted_pd
from hybridsim.rollout.context import Context
from hybridsim.rollout.estates import Estates
from hybridsim.rollout.events import Rank
from hybridsim.rollout.layout import Reason
from hybridsim.rollout.people import DAYS_PER_YEAR
from hybridsim.rollout.state import Institution, Loan, Project
from hybridsim.rollout.treasury import NOBODY, REVENUE_SHARE, Balance, Treasury

# A conditional PD from SciPy that is below a draw by this much cannot exceed it in our own arithmetic.
_SLACK = 1.0 + 1e-9


class Risk:
    """Ratings and defaults of one replication."""

    def __init__(self, context: Context, treasury: Treasury, on_lost: Callable[[Project], None]) -> None:
        self.context = context
        self.treasury = treasury
        self.estates = Estates(context)
        self._on_lost = on_lost
        self._year_start = 0.0
        self._uniforms = np.zeros(0)
        self._terms = np.zeros(0)
        risk = context.world.scenario.default_risk
        self._weights = (
            risk.weight_service.value,
            risk.weight_ebitda.value,
            risk.weight_liquidity_per_day.value,
            risk.weight_failed.value,
        )
        self._cap = risk.shift_cap.value

    # ------------------------------------------------------------------ the year

    def turn_year(self, year: int) -> None:
        """New factors: draw every institution's threshold and start the clocks of those that default."""
        from scipy.special import ndtr  # a quarter of a second that the compiled engine does not need

        context, world = self.context, self.context.world
        for institution in context.institutions.values():
            if not institution.defaulted:
                self.close_clock(institution)
        self._year_start = 12.0 * year
        self._uniforms = uniform_array(
            world.seed_lo, world.seed_hi, context.replication, world.key_lo, world.key_hi, S_DEFAULT, year
        )
        terms = np.zeros(world.n)
        for k in range(world.loading.shape[1]):
            terms = terms + world.loading[:, k] * context.factors[k][year]
        self._terms = terms
        likely = ndtr((world.pd_threshold - terms) / world.residual)
        for row in np.nonzero(self._uniforms < likely * _SLACK)[0].tolist():
            if row not in context.institutions and not context.dead[row]:
                self._start_untouched(row)
        for institution in context.institutions.values():
            if institution.defaulted:
                continue
            if context.running_off and not institution.loans:
                continue
            self.treasury.settle(institution, context.now)
            context.grant_budget(institution)
            self.start_clock(institution)
            self.review(institution)

    def _conditional(self, row: int, pd_threshold: float) -> float:
        return conditional_pd(pd_threshold, float(self._terms[row]), float(self.context.world.residual[row]))

    def _start_untouched(self, row: int) -> None:
        context = self.context
        conditional = self._conditional(row, float(context.world.pd_threshold[row]))
        months = months_to_default(
            default_threshold(float(self._uniforms[row])), hazard_per_month(conditional)
        )
        if months < 12.0 and self._year_start + months <= context.world.horizon:
            context.calendar.call_at(
                self._year_start + months, Rank.DEFAULT, row, 0, lambda: self._default_untouched(row)
            )

    def _default_untouched(self, row: int) -> None:
        context = self.context
        touched = context.institutions.get(row)
        if touched is not None:
            if not touched.defaulted and touched.epoch == 0:
                self.default(touched, liquidity=False)
            return
        context.dead[row] = 1
        self._count_default(row, context.now)

    # ------------------------------------------------------------------ the clock of one institution

    def start_clock(self, institution: Institution) -> None:
        """Draw this year's threshold for an institution that has just been touched or enters a new year."""
        row = institution.row
        institution.threshold_left = default_threshold(float(self._uniforms[row]))
        institution.watched_since = self._year_start
        base = self._conditional(row, float(self.context.world.pd_threshold[row]))
        institution.base_hazard = hazard_per_month(base)
        institution.hazard = hazard_per_month(self._conditional(row, norm_ppf(institution.pd_now)))

    def close_clock(self, institution: Institution) -> None:
        """Use up the threshold until now and count the time under risk."""
        now = self.context.now
        elapsed = now - institution.watched_since
        if institution.first_start >= 0.0 and institution.watched_since < self.context.world.horizon:
            exposed = now - max(institution.watched_since, institution.first_start)
            total = self.context.tally.total
            total["financed_years"] += share_cents(1000, exposed / 12.0)
            total["hazard_financed"] += share_cents(1_000_000, institution.hazard * exposed)
            total["base_hazard_financed"] += share_cents(1_000_000, institution.base_hazard * exposed)
        institution.threshold_left = threshold_after(institution.threshold_left, institution.hazard, elapsed)
        institution.watched_since = now

    def review(self, institution: Institution) -> None:
        """Something changed: rate anew, restart the default clock, look for a payment that will fail."""
        context = self.context
        self.close_clock(institution)
        institution.pd_now = self.rate(institution, 0)
        context.lives.rating(institution, context.now)
        institution.hazard = hazard_per_month(
            self._conditional(institution.row, norm_ppf(institution.pd_now))
        )
        institution.epoch += 1
        epoch = institution.epoch
        row = institution.row
        at = context.now + months_to_default(institution.threshold_left, institution.hazard)
        if at < self._year_start + 12.0:
            context.calendar.call_at(
                at, Rank.DEFAULT, row, 0, lambda: self._default_if(institution, epoch, liquidity=False)
            )
        fails_at = self.next_failed_payment(institution)
        if fails_at >= 0.0:
            context.calendar.call_at(
                fails_at, Rank.ILLIQUID, row, 0, lambda: self._default_if(institution, epoch, liquidity=True)
            )

    def rate(self, institution: Institution, extra_service: int) -> float:
        """One-year PD as projects leave the institution, with ``extra_service`` cents of new debt."""
        revenue = float(institution.revenue)
        service = extra_service
        for loan in institution.loans:
            service += loan.service_pa
        baseline = institution.liquidity + self.context.budget_without_project(institution)
        shift = logit_shift(
            service / revenue,
            self.net_of_projects(institution) / revenue,
            (institution.cash - baseline) / (revenue / DAYS_PER_YEAR),
            institution.failures,
            *self._weights,
        )
        return shifted_pd(institution.pd, shift, self._cap)

    def net_of_projects(self, institution: Institution) -> int:
        """Net cash per year in cents of all projects of an institution."""
        net = 0
        for project in institution.projects.values():
            if project.waves:
                net += self.net_run_rate(project)
        return net

    def net_run_rate(self, project: Project) -> int:
        """Net cash per year in cents of a project's live sites at full effect and present prices."""
        operation = self.context.world.scenario.operation
        working = project.sites_working
        benefit = share_cents(project.site_cash_pa, working)
        running = share_cents(project.site_running_pa, working)
        if project.repriced:
            benefit = share_cents(benefit, 1.0 - operation.payers_take.value)
            running = share_cents(running, 1.0 - operation.recognised_running_cost.value)
        return benefit - running

    def next_failed_payment(self, institution: Institution) -> float:
        """First quarter-end of this year at which cash and credit line do not suffice; -1 if none."""
        if institution.idle:
            return -1.0
        owed = sum(loan.outstanding for loan in institution.loans)
        running = sum(
            share_cents(project.site_running_pa + project.site_cash_pa, project.sites_working)
            for project in institution.projects.values()
        )
        if institution.cash + institution.credit_line > 2 * (owed + running):
            return -1.0
        cash = institution.cash
        balances = [Balance(loan.outstanding, loan.quarter, loan.holiday) for loan in institution.loans]
        looked = {key: project.accrued_to for key, project in institution.projects.items()}
        quarter = institution.next_quarter
        while quarter <= self._year_start + 12.0:
            if cash < 0:
                cash -= share_cents(
                    -cash, self.context.world.scenario.carriers.credit_line_rate_pa.value / 4.0
                )
            saved = {}
            for key, project in institution.projects.items():
                net, saved[key] = self._project_cash(project, looked[key], quarter)
                cash += net
                looked[key] = quarter
            for position, loan in enumerate(institution.loans):
                key = loan.project.use_case
                if institution.projects.get(key) is not loan.project:
                    key = NOBODY
                due = self.treasury.due(loan, balances[position], quarter, saved.get(key, 0))
                cash -= due.interest + due.principal + due.fee
                if loan.service == REVENUE_SHARE and key in saved:
                    saved[key] = max(0, saved[key] - due.interest - due.principal)
                balances[position] = due.left
            if cash < -institution.credit_line:
                return quarter
            quarter += 3.0
        return -1.0

    def _project_cash(self, project: Project, start: float, until: float) -> tuple[int, int]:
        """Net cash of a project to come by ``until``, and what it saves after the payers' part, in cents."""
        if not project.waves:
            return 0, 0
        operation = self.context.world.scenario.operation
        benefit, running = self.treasury.flows(project, start, until)
        taken = recognised = 0
        if project.repriced:
            taken = share_cents(max(0, benefit), operation.payers_take.value)
            recognised = share_cents(running, operation.recognised_running_cost.value)
        if start == project.accrued_to:
            benefit += project.benefit
            running += project.running
            taken += project.taken
            recognised += project.recognised
        return benefit - running - taken + recognised, max(0, benefit - taken)

    # ------------------------------------------------------------------ default

    def _default_if(self, institution: Institution, epoch: int, liquidity: bool) -> None:
        if institution.epoch == epoch and not institution.defaulted:
            self.default(institution, liquidity)

    def default(self, institution: Institution, liquidity: bool) -> None:
        """Everything that the institution owes falls due; its projects end."""
        context = self.context
        now = context.now
        self.treasury.settle(institution, now, inclusive=False)
        self.close_clock(institution)
        institution.defaulted_at = now
        context.dead[institution.row] = 1
        self._count_default(institution.row, now, institution, liquidity)
        for project in institution.projects.values():
            self.treasury.close(project)
            project.ended = True
            self._on_lost(project)
            context.cohorts.end(project, Reason.DEFAULTED, now)
            if now <= context.world.horizon:
                context.tally.reasons[Reason.DEFAULTED] += 1
                context.tally.year(now)["ended"] += 1
        institution.projects.clear()
        context.cohorts.default(institution, now)
        for loan in institution.loans:
            loan.defaulted_at = now
            loan.ead = loan.outstanding
            self._count_exposure(institution, loan)
        workout = context.world.scenario.default_risk
        months = lognormal_median(
            context.draw(institution, S_WORKOUT, 0),
            workout.workout.median_months.value,
            workout.workout.sigma.value,
        )
        if institution.loans:
            months = max(months, workout.minimum_workout_months.value)
            context.calendar.call_at(
                now + months, Rank.ESTATE, institution.row, 0, lambda: self.estates.distribute(institution)
            )

    def _count_default(
        self, row: int, now: float, institution: Institution | None = None, liquidity: bool = False
    ) -> None:
        context = self.context
        owed = sum(loan.outstanding for loan in institution.loans) if institution else 0
        context.happened(Rank.ILLIQUID if liquidity else Rank.DEFAULT, row, 0, owed)
        horizon = context.world.horizon
        if now > horizon:
            return
        total = context.tally.total
        total["defaults"] += 1
        total["institution_years"] -= share_cents(1000, (horizon - now) / 12.0)
        context.tally.year(now)["defaults"] += 1
        context.tally.institution(row)["defaults"] += 1
        if institution is not None and institution.first_start >= 0.0:
            total["defaults_financed"] += 1
            total["defaults_liquidity"] += int(liquidity)

    def _count_exposure(self, institution: Institution, loan: Loan) -> None:
        context = self.context
        context.tally.total["loans_defaulted"] += 1
        context.tally.total["ead_cents"] += loan.ead
        context.cohorts.exposure(loan)
        context.tally.instruments[loan.terms.index]["defaulted_cents"] += loan.ead
        context.tally.institution(institution.row)["ead_cents"] += loan.ead
        if loan.defaulted_at <= context.world.horizon:
            context.tally.year(loan.defaulted_at)["ead_cents"] += loan.ead
