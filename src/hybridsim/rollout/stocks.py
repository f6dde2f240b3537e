"""What is counted at the end: stocks of a year, budgets, the table of loans."""

from __future__ import annotations

import numpy as np

from hybridsim.core.money import share_cents
from hybridsim.finance.sources import UNLIMITED_CENTS
from hybridsim.rollout.context import Context
from hybridsim.rollout.peers import Peers


def record_year(context: Context, peers: Peers, year: int) -> None:
    """Stocks at the end of a year: what is live, who uses it, what is owed."""
    row = context.tally.years[year]
    users = np.any(peers.initial, axis=0)
    count = int(np.count_nonzero(users))
    for institution in context.institutions.values():
        if institution.defaulted:
            continue
        live = [project for project in institution.projects.values() if project.sites_live]
        row["live_projects"] += len(live)
        row["live_sites"] += sum(project.sites_live for project in live)
        row["outstanding_cents"] += sum(loan.outstanding for loan in institution.loans)
        if live:
            row["adopters"] += 1
            count += int(not users[institution.row])
    row["users"] = count
    row["economy_milli"] = share_cents(1000, context.factors[0][year])


def finish(context: Context) -> None:
    """Figures that are known only when the last claim has ended."""
    months = share_cents(1000, context.world.horizon)
    for queue in context.world.queues.values():
        context.tally.total[f"{queue.name}_capacity"] = queue.servers * months
    for terms in context.world.instruments:
        if terms.budget_pa != UNLIMITED_CENTS and terms.budget_pa:
            row = context.tally.instruments[terms.index]
            row["budget_cents"] = terms.budget_pa * context.world.years


def loan_rows(context: Context) -> list[tuple[float | int, ...]]:
    """All loans as they came, as `layout.LOAN` without the replication; indices instead of names."""
    return [
        (
            loan.project.institution.row,
            loan.project.use_case,
            loan.wave,
            loan.terms.index,
            -1 if loan.guarantee is None else loan.guarantee.index,
            loan.closed_at,
            loan.principal,
            loan.rate_pa,
            loan.pd_at_close,
            loan.terms.quarters,
            loan.terms.grace_quarters,
            loan.cover,
            loan.defaulted_at,
            loan.ead,
            loan.recovered,
            loan.payout,
            loan.loss,
            loan.ended_at,
        )
        for loan in context.loans
    ]
