"""What must hold in every replication (DESIGN, section 7): checked, not hoped."""

from __future__ import annotations

from itertools import pairwise

from hybridsim.core.errors import InvariantError
from hybridsim.rollout.context import Context
from hybridsim.rollout.ledger import CLAIM

CHAINS = (
    ("ideas", "planned", "viable", "started", "piloted", "passed", "rolled_out", "scaled"),
    ("rolled_out", "sustained"),
    ("inst_started", "inst_piloted", "inst_rolled_out", "inst_scaled"),
    ("inst_rolled_out", "inst_sustained"),
    ("applied", "started"),
    ("defaults", "defaults_financed", "defaults_liquidity"),
)
"""Counts of which none may be larger than the one before it."""
SOURCES = (
    "own_funds_cents", "bank_loan_cents", "promotional_loan_cents", "grant_cents", "impact_cents",
    "crowd_cents", "outcome_cents",
)  # fmt: skip
"""What pays for all closes together."""


def check(context: Context) -> None:
    """Raise what does not hold, with what is needed to replay it.

    Raises
    ------
    InvariantError
        Listing every broken rule, the seed and the replication.
    """
    faults = [
        *context.ledger.faults(),
        *_loan_faults(context),
        *_total_faults(context),
        *_cap_faults(context),
    ]
    if faults:
        seed = context.world.scenario.run.seed
        listed = "\n".join(f"  {fault}" for fault in faults[:20])
        raise InvariantError(
            f"seed {seed}, replication {context.replication} broke {len(faults)} rule(s) of the model:\n"
            f"{listed}\nThis is a fault of hybridsim, not of the scenario; "
            "replay it with this seed and replication."
        )


def _loan_faults(context: Context) -> list[str]:
    faults = []
    owed: dict[int, int] = {}
    for loan in context.loans:
        name = f"loan {loan.terms.name} of {context.world.ids[loan.project.institution.row]}"
        if loan.outstanding != 0:
            faults.append(f"{name}: {loan.outstanding} cents never ended")
        if loan.principal != loan.repaid + loan.ead + loan.forgiven + loan.outstanding:
            faults.append(
                f"{name}: lent {loan.principal}, repaid {loan.repaid}, defaulted {loan.ead}, "
                f"given up {loan.forgiven} cents"
            )
        if loan.ead != loan.recovered + loan.payout + loan.loss:
            faults.append(
                f"{name}: exposure {loan.ead} is not recovery {loan.recovered} + payout {loan.payout} "
                f"+ loss {loan.loss} cents"
            )
        if min(loan.recovered, loan.payout, loan.loss) < 0:
            faults.append(f"{name}: negative recovery, payout or loss")
        row = loan.project.institution.row
        owed[row] = owed.get(row, 0) + loan.outstanding
    for row, cents in owed.items():
        claim = context.institutions[row].book.balance[CLAIM]
        if claim != -cents:
            faults.append(
                f"{context.world.ids[row]}: the ledger's debt is {-claim} cents, its loans' {cents}"
            )
    return faults


def _total_faults(context: Context) -> list[str]:
    total = context.tally.total
    faults = []
    for chain in CHAINS:
        for more, fewer in pairwise(chain):
            if total[fewer] > total[more]:
                faults.append(f"{fewer} {total[fewer]} is more than {more} {total[more]}")
    sources = sum(total[name] for name in SOURCES)
    if sources != total["uses_cents"]:
        faults.append(f"sources of {sources} cents do not equal uses of {total['uses_cents']} cents")
    borne = total["recovered_cents"] + total["payout_cents"] + total["loss_cents"]
    if borne != total["ead_cents"]:
        faults.append(f"exposure at default {total['ead_cents']} cents, but {borne} cents borne by somebody")
    by_instrument = sum(row["loss_cents"] for row in context.tally.instruments)
    if by_instrument != total["loss_cents"]:
        faults.append(f"losses by instrument add up to {by_instrument}, not {total['loss_cents']} cents")
    return faults


def _cap_faults(context: Context) -> list[str]:
    """De-minimis ceilings, programme budgets and guarantee caps."""
    faults = []
    rules = context.world.scenario.de_minimis
    ceiling, window = round(rules.ceiling_eur.value * 100), rules.window_months.value
    for institution in context.institutions.values():
        for month in institution.aid_months:
            used = sum(
                cents
                for other, cents in zip(institution.aid_months, institution.aid_cents, strict=True)
                if month - window < other <= month
            )
            if used > ceiling:
                faults.append(
                    f"{context.world.ids[institution.row]}: {used} cents of de-minimis aid at {month:.1f}"
                )
    for terms in context.world.instruments:
        row = context.tally.instruments[terms.index]
        if row["budget_cents"] and terms.kind == 3 and row["granted_cents"] > row["budget_cents"]:
            faults.append(f"{terms.name}: granted {row['granted_cents']} of {row['budget_cents']} cents")
        cap = terms.cap_rate * context.guaranteed_volume[terms.index]
        if terms.cap_rate < 1.0 and context.guarantee_paid[terms.index] > cap + 1.0:
            faults.append(f"{terms.name}: paid {context.guarantee_paid[terms.index]} of {cap:.0f} cents")
    return faults
