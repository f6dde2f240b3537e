"""What becomes of projects within a fixed time after their start (reference: cohorts)."""

from __future__ import annotations

from hybridsim.core import mathx
from hybridsim.core.compiling import kernel, rule
from hybridsim.impact import outstanding as outstanding_rules
from hybridsim.rollout.kernel.books import discount, follows, share_cents
from hybridsim.rollout.kernel.columns import (
    COHORT_DEFAULTS,
    COHORT_ENDED,
    COHORT_STAGE,
    COHORT_STAGE_FIRST,
    STARTED,
)
from hybridsim.rollout.kernel.exact import periods
from hybridsim.rollout.kernel.memory import (
    Run,
    cohort_column,
    cohort_row,
    lists_at,
    loan_at,
    marks_at,
    person_at,
    project_at,
    world,
)
from hybridsim.rollout.kernel.records import COHORT_MARKS

_DEFAULT_MARK = COHORT_MARKS - 1
exp = rule(mathx.exp)
written_down_discounted_years = rule(outstanding_rules.written_down_discounted_years)


@kernel
def open_cohorts(s: Run) -> None:
    """Mark the cohorts whose follow-up ends within the horizon."""
    w = world(s)
    for year in range(w.years):
        cohort_row(s, year).complete = int(12.0 * (year + 1) + w.follow_up <= w.horizon)


@kernel
def count_once(s: Run, row: int, which: int, column: int, cohort: int) -> None:
    """Count an institution once in a cohort."""
    marks = marks_at(s, row, which)
    if not (marks.value >> cohort) & 1:
        marks.value |= 1 << cohort
        cohort_column(s, cohort, column).value += 1


@kernel
def join_cohort(s: Run, p: int) -> None:
    """First disbursement: the follow-up begins, with what preparation has cost so far."""
    w, project = world(s), project_at(s, p)
    lists, time = lists_at(s, project.row), s.now
    project.cohort = min(periods(time, 12.0), w.years - 1)
    project.followed_until = time + w.follow_up
    project.social_at_start = exp(-w.social_force * time / 12.0)
    project.fiscal_at_start = discount(s, time)
    project.next_followed = lists.first_followed
    lists.first_followed = p
    counts = cohort_row(s, project.cohort)
    counts.staff_cost_cents += project.staff_cents
    counts.fiscal_pv_cents += share_cents(project.fiscal_before, 1.0 / project.fiscal_at_start)


@kernel
def reach(s: Run, p: int, stage: int) -> None:
    """A started project reaches a stage; its institution counts once in a cohort."""
    column = COHORT_STAGE[stage]
    if column >= 0 and follows(s, p, s.now):
        project = project_at(s, p)
        cohort_column(s, project.cohort, column).value += 1
        count_once(s, project.row, stage - STARTED, COHORT_STAGE_FIRST[stage], project.cohort)


@kernel
def leave_cohort(s: Run, p: int, reason: int) -> None:
    """A started project ends."""
    if follows(s, p, s.now):
        cohort_column(s, project_at(s, p).cohort, COHORT_ENDED + reason).value += 1


@kernel
def default_in_cohorts(s: Run, row: int) -> None:
    """The institution of started projects defaults, whether they still live or not."""
    p = lists_at(s, row).first_followed
    while p >= 0:
        project = project_at(s, p)
        if s.now <= project.followed_until:
            cohort_column(s, project.cohort, COHORT_DEFAULTS).value += 1
            count_once(s, row, _DEFAULT_MARK, COHORT_DEFAULTS + 1, project.cohort)
        p = project.next_followed


@kernel
def exposure_in_cohort(s: Run, n: int) -> None:
    """A project's loan defaults."""
    loan = loan_at(s, n)
    if follows(s, loan.project, loan.defaulted_at):
        cohort_row(s, project_at(s, loan.project).cohort).ead_cents += loan.ead


@kernel
def lent_in_cohort(s: Run, p: int, cents: int) -> None:
    """A loan is disbursed."""
    if follows(s, p, s.now):
        cohort_row(s, project_at(s, p).cohort).lent_cents += cents


@kernel
def cost_in_cohort(s: Run, p: int, cents: int) -> None:
    """The project is paid for: a stage, an overrun, a renewal."""
    if follows(s, p, s.now):
        project = project_at(s, p)
        cohort_row(s, project.cohort).inputs_pv_cents += share_cents(
            cents, exp(-world(s).social_force * (s.now - project.started_at) / 12.0)
        )


@kernel
def written_down_in_cohort(s: Run, p: int, cents: int) -> None:
    """Money that is never repaid is at work from now on, for the software's life."""
    if follows(s, p, s.now):
        w, project = world(s), project_at(s, p)
        life = w.use_cases[project.use_case, person_at(s, project.row).type].life_months
        months = min(project.followed_until, w.horizon) - s.now
        years = written_down_discounted_years(months, life, w.social_force)
        cohort_row(s, project.cohort).capital_pv_cent_years += share_cents(
            cents, years * exp(-w.social_force * (s.now - project.started_at) / 12.0)
        )


@kernel
def social_since_start(s: Run, p: int, time: float) -> float:
    """Discount factor of the quarter that contains ``time``, seen from the project's start."""
    return float(world(s).social_discounts[periods(time, 3.0)] / project_at(s, p).social_at_start)


@kernel
def outstanding_in_cohort(s: Run, p: int, cents: int, start: float, until: float) -> None:
    """A loan was outstanding within one quarter; what is left of it after the follow-up is cut off."""
    project = project_at(s, p)
    end = min(until, project.followed_until)
    if start < end:
        cohort_row(s, project.cohort).capital_pv_cent_years += share_cents(
            cents, (end - start) / 12.0 * social_since_start(s, p, start)
        )


@kernel
def effects_in_cohort(
    s: Run, p: int, start: float, benefit: int, running: int, hours: int, incidents: int, social: int
) -> None:
    """What a live project achieved from ``start`` on, within one quarter and within its follow-up."""
    counts, value = cohort_row(s, project_at(s, p).cohort), social_since_start(s, p, start)
    counts.hours_milli += hours
    counts.incidents_milli += incidents
    counts.social_pv_cents += share_cents(social, value)
    counts.cash_benefit_pv_cents += share_cents(benefit, value)
    counts.running_cost_pv_cents += share_cents(running, value)
