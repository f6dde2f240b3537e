"""Positions of columns that the kernel picks by number, and the order of the books."""

from __future__ import annotations

from hybridsim.core.codes import InstrumentKind
from hybridsim.rollout import layout

_TOTAL = [column.name for column in layout.REPLICATION]

PLANNED, VIABLE, APPLIED, STARTED, PILOTED, PASSED, ROLLED_OUT, SCALED, SUSTAINED = range(9)
_STAGES = (
    "planned",
    "viable",
    "applied",
    "started",
    "piloted",
    "passed",
    "rolled_out",
    "scaled",
    "sustained",
)
STAGE_COLUMN = tuple(_TOTAL.index(name) for name in _STAGES)
"""Column of a stage of a project."""
FIRST_COLUMN = tuple(_TOTAL.index(f"inst_{name}") if f"inst_{name}" in _TOTAL else -1 for name in _STAGES)
"""Column of the institutions that reached a stage for the first time; -1 if nobody counts them."""
ACCESS_COLUMN = tuple(
    _TOTAL.index(f"{size}_{name}") for name in ("viable", "started") for size in ("small", "large")
)
"""Columns of first access: viable plans and started projects, each of one site and of several."""
FIRST_ACCESS_MARK = len(_STAGES)

_COHORT = [column.name for column in layout.COHORT]
COHORT_STAGE = tuple(_COHORT.index(name) if name in layout.COHORT_STAGES else -1 for name in _STAGES)
"""Column of a stage in the table of cohorts; -1 if it is not counted there."""
COHORT_STAGE_FIRST = tuple(
    _COHORT.index(f"inst_{name}") if name in layout.COHORT_STAGES else -1 for name in _STAGES
)
COHORT_DEFAULTS = _COHORT.index("defaults")
COHORT_ENDED = _COHORT.index(f"ended_{layout.REASONS[0]}")
"""First of the columns of reasons."""

FISCAL_GRANTS = _TOTAL.index("fiscal_grants_pv_cents")
FISCAL_LOANS = _TOTAL.index("fiscal_loans_pv_cents")
FISCAL_PAYOUTS = _TOTAL.index("fiscal_payouts_pv_cents")
FISCAL_FEES = _TOTAL.index("fiscal_fees_pv_cents")
FISCAL_OUTCOMES = _TOTAL.index("fiscal_outcomes_pv_cents")
FISCAL_ADMINISTRATION = _TOTAL.index("fiscal_administration_pv_cents")
FISCAL_ADVICE = _TOTAL.index("fiscal_advice_pv_cents")
FISCAL_PAYERS = _TOTAL.index("fiscal_payers_pv_cents")

_SOURCES = {
    InstrumentKind.BANK_LOAN: "bank_loan_cents",
    InstrumentKind.PROMOTIONAL_LOAN: "promotional_loan_cents",
    InstrumentKind.GRANT: "grant_cents",
    InstrumentKind.IMPACT_INVESTMENT: "impact_cents",
    InstrumentKind.CROWDFUNDING: "crowd_cents",
    InstrumentKind.OUTCOME_CONTRACT: "outcome_cents",
}
SOURCE_COLUMN = tuple(_TOTAL.index(_SOURCES[kind]) if kind in _SOURCES else -1 for kind in InstrumentKind)
"""Column of what each kind of instrument has paid at closes."""

ADVISER, VENDOR, TRAINER = range(3)
DESK_COLUMN = tuple(_TOTAL.index(f"{name}_jobs") for name in ("adviser", "vendor", "trainer"))
"""First of a desk's three columns: jobs, wait, busy."""

OUTSIDE, VENDORS, PAYER, FIRST_PROVIDER = range(4)
"""Owners of books: these, then the providers, then the institutions."""

MEMOS = (
    "opening", "digital budget", "credit line", "cash benefit", "dip after go-live", "running cost",
    "benefit taken by payers", "running cost recognised by payers", "interest {}", "principal {}", "fee {}",
    "refinancing interest {}", "refinancing {}", "given up {}", "estate", "recovery {}", "defaulted {}",
    "payout {}", "project cost", "administration", "loan {}", "grant element {}", "up-front fee {}",
    "administration {}", "commitment fee {}", "below plan", "above plan", "renewal", "grant {}",
    "repaid grant {}", "outcomes {}", "advice",
)  # fmt: skip
"""Texts of ledger entries; ``{}`` stands for the instrument."""
(
    M_OPENING, M_BUDGET, M_CREDIT_LINE, M_BENEFIT, M_DIP, M_RUNNING, M_TAKEN, M_RECOGNISED, M_INTEREST,
    M_PRINCIPAL, M_FEE, M_REFINANCING_INTEREST, M_REFINANCING, M_GIVEN_UP, M_ESTATE, M_RECOVERY, M_DEFAULTED,
    M_PAYOUT, M_COST, M_ADMINISTRATION, M_LOAN, M_ELEMENT, M_UPFRONT_FEE, M_ADMINISTRATION_OF,
    M_COMMITMENT_FEE, M_BELOW_PLAN, M_ABOVE_PLAN, M_RENEWAL, M_GRANT, M_REPAID_GRANT, M_OUTCOMES, M_ADVICE,
) = range(len(MEMOS))  # fmt: skip
