"""Cohorts: what becomes of projects within a fixed time after their start.

The cohort of a project is the year of its first disbursement. What happens to it is counted until
`run.follow_up_months` later and no further, money discounted to its start, so that a longer horizon leaves
every cohort alone whose follow-up was complete already.
"""

from __future__ import annotations

from hybridsim.core.mathx import exp
from hybridsim.core.money import share_cents
from hybridsim.impact.outstanding import written_down_discounted_years
from hybridsim.rollout import layout
from hybridsim.rollout.state import Institution, Loan, Project
from hybridsim.rollout.tally import Tally
from hybridsim.rollout.world import World


class Cohorts:
    """The counts by cohort of one replication; times are months, amounts cents."""

    def __init__(self, world: World, tally: Tally) -> None:
        self._world = world
        self._tally = tally
        self._rows = tally.cohorts
        self._months = float(world.scenario.run.follow_up_months)
        self._force = world.social_force_pa
        for year, row in enumerate(self._rows):
            row["complete"] = int(12.0 * (year + 1) + self._months <= world.horizon)

    def start(self, project: Project, time: float, supported: bool) -> None:
        """First disbursement: the follow-up begins, with what preparation has cost so far."""
        institution = project.institution
        project.cohort = min(int(time // 12.0), len(self._rows) - 1)
        project.followed_until = time + self._months
        # What a euro at the start is worth at month 0, by which discounted sums are taken to the start.
        project.social_at_start = exp(-self._force * time / 12.0)
        project.fiscal_at_start = self._world.discount(time)
        institution.followed.append((project.cohort, project.followed_until))
        row = self._rows[project.cohort]
        row["staff_cost_cents"] += project.staff_cents
        row["fiscal_pv_cents"] += share_cents(project.fiscal_before, 1.0 / project.fiscal_at_start)
        self._tally.starts.setdefault((institution.row, project.use_case), (time, int(supported)))

    def reach(self, project: Project, stage: str, time: float) -> None:
        """A started project reaches a stage; its institution counts once in a cohort."""
        if stage in layout.COHORT_STAGES and self._follows(project, time):
            self._rows[project.cohort][stage] += 1
            self._once(project.institution, stage, project.cohort)

    def end(self, project: Project, reason: layout.Reason, time: float) -> None:
        """A started project ends."""
        if self._follows(project, time):
            self._rows[project.cohort][f"ended_{reason.label}"] += 1

    def default(self, institution: Institution, time: float) -> None:
        """The institution of started projects defaults, whether they still live or not."""
        for cohort, until in institution.followed:
            if time <= until:
                self._rows[cohort]["defaults"] += 1
                self._once(institution, "defaults", cohort)

    def exposure(self, loan: Loan) -> None:
        """A project's loan defaults."""
        if self._follows(loan.project, loan.defaulted_at):
            self._rows[loan.project.cohort]["ead_cents"] += loan.ead

    def lent(self, project: Project, cents: int, time: float) -> None:
        """A loan is disbursed."""
        if self._follows(project, time):
            self._rows[project.cohort]["lent_cents"] += cents

    def cost(self, project: Project, cents: int, time: float) -> None:
        """The project is paid for: a stage, an overrun, a renewal; with the capital that this puts to work.

        The capital is counted by `written_down` and `outstanding`, this is the cash.
        """
        if self._follows(project, time):
            self._rows[project.cohort]["inputs_pv_cents"] += share_cents(
                cents, exp(-self._force * (time - project.started_at) / 12.0)
            )

    def written_down(self, project: Project, cents: int, time: float) -> None:
        """Money that is never repaid is at work from now on, for the software's life."""
        if self._follows(project, time):
            months = min(project.followed_until, self._world.horizon) - time
            years = written_down_discounted_years(months, project.terms.life_months, self._force)
            self._rows[project.cohort]["capital_pv_cent_years"] += share_cents(
                cents, years * exp(-self._force * (time - project.started_at) / 12.0)
            )

    def outstanding(self, project: Project, cents: int, start: float, until: float) -> None:
        """A loan was outstanding within one quarter; what is left of it after the follow-up is cut off."""
        end = min(until, project.followed_until)
        if start < end:
            self._rows[project.cohort]["capital_pv_cent_years"] += share_cents(
                cents, (end - start) / 12.0 * self._social(project, start)
            )

    def effects(
        self,
        project: Project,
        start: float,
        benefit: int,
        running: int,
        hours: int,
        incidents: int,
        social: int,
    ) -> None:
        """What a live project achieved from ``start`` on, within one quarter and within its follow-up."""
        row, discount = self._rows[project.cohort], self._social(project, start)
        row["hours_milli"] += hours
        row["incidents_milli"] += incidents
        row["social_pv_cents"] += share_cents(social, discount)
        row["cash_benefit_pv_cents"] += share_cents(benefit, discount)
        row["running_cost_pv_cents"] += share_cents(running, discount)

    def fiscal(self, project: Project, cents_pv: int, time: float) -> None:
        """Public cash at month 0's value; what was paid before the start waits for it."""
        if project.started_at < 0.0:
            project.fiscal_before += cents_pv
        elif self._follows(project, time):
            self._rows[project.cohort]["fiscal_pv_cents"] += share_cents(
                cents_pv, 1.0 / project.fiscal_at_start
            )

    def _follows(self, project: Project, time: float) -> bool:
        return project.started_at >= 0.0 and time <= project.followed_until

    def _once(self, institution: Institution, what: str, cohort: int) -> None:
        mark = f"{what} {cohort}"
        if mark not in institution.marks:
            institution.marks.add(mark)
            self._rows[cohort][f"inst_{what}"] += 1

    def _social(self, project: Project, time: float) -> float:
        """Discount factor of the quarter that contains ``time``, seen from the project's start."""
        return self._world.social_discounts[int(time // 3.0)] / project.social_at_start
