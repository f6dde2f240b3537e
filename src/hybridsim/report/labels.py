"""Names of stored tables in words."""

from __future__ import annotations

STAGES = (
    ("ideas", "Idea taken up"),
    ("planned", "Plan finished"),
    ("viable", "Carrier accepted the plan"),
    ("applied", "Asked for money"),
    ("started", "Financed and started"),
    ("piloted", "Pilot finished"),
    ("passed", "Passed the gate"),
    ("rolled_out", "Live at the first site"),
    ("scaled", "Live at two sites or more (or at the only one)"),
    ("sustained", "Live 24 months after support"),
)
"""Columns by replication that make the way from the idea to sustained use."""

REASONS = {
    "not_viable": "Plan did not pay: the carrier said no",
    "funding_gap": "Funding gap stayed",
    "out_of_patience": "Waited too long for the money",
    "cost_overrun": "Cost ran over, money ran out",
    "pilot_failed": "Pilot failed at the gate",
    "support_ended": "Given up when support ended",
    "not_renewed": "Software was not renewed",
    "defaulted": "Institution defaulted",
}

ANSWERS = {
    "granted": "Granted",
    "not_found": "Not found",
    "not_eligible": "Not eligible",
    "below_minimum": "Below minimum size",
    "de_minimis": "De-minimis ceiling",
    "budget_spent": "Budget spent",
    "outranked": "Outranked in the call",
    "refused": "Refused",
    "pd_limit": "Default risk too high",
    "dscr_limit": "Debt service too high",
    "no_value": "Not worth it for the bank",
    "no_bridge": "Could not bridge payment in arrears",
    "not_needed": "Not needed",
}

SOURCES = (
    ("own_funds", "Own funds"),
    ("bank_loan", "Bank loans"),
    ("promotional_loan", "Promotional loans"),
    ("grant", "Grants, as awarded"),
    ("impact", "Impact investment"),
    ("crowd", "Crowdfunding"),
    ("outcome", "Outcome contracts"),
)

FISCAL = (
    ("grants", "Grants and grant elements"),
    ("loans", "Public loans: out less back with interest"),
    ("payouts", "Guarantee payouts and liability exemptions"),
    ("fees", "Guarantee fees (income)"),
    ("administration", "Administration"),
    ("advice", "Advice"),
    ("outcomes", "Payments for verified outcomes"),
    ("payers", "Public payers: cost recognised less benefit taken"),
)

GROUPS = {"risk": "Risk", "impact": "Impact", "scaling": "Scaling", "public_cost": "Public cost"}

DEFINITIONS = (
    (
        "Replication, possible future",
        "One run of the whole world with its own economy, defaults, delays and "
        "successes. Designs and stresses with the same seed meet the same futures.",
    ),
    (
        "95 % interval",
        "How far the figure could be off because only so many futures were simulated. It says nothing "
        "of uncertain assumptions: see their ranges below.",
    ),
    (
        "Institution",
        "A carrier: the legal unit that decides, applies and borrows. It may have several sites.",
    ),
    ("Started", "The first money was disbursed."),
    (
        "Cohort",
        "The projects with their first disbursement in one year. What happens after their follow-up does not "
        "count, so that early and late years can be compared.",
    ),
    ("Scaled", "Live at two sites or more, or at all if there is only one."),
    (
        "Sustained",
        "Live 24 months after the last support. Projects that start late in the horizon cannot reach this "
        "within it.",
    ),
    (
        "Expected loss",
        "Mean over the futures of what lenders lose on project loans, after recoveries and guarantee "
        "payouts, run-off included.",
    ),
    (
        "Value at risk (VaR)",
        "The loss that is not exceeded in so many per cent of the futures. It is shown only if "
        "at least ten simulated futures lie beyond it.",
    ),
    ("Expected shortfall (ES)", "The mean loss of the futures beyond the value at risk."),
    (
        "Default rate of financed institutions",
        "Defaults per year after a first start. Three things make it: the ratings of all institutions, who "
        "takes part (selection), and what projects and their financing add (induced).",
    ),
    (
        "Gross grant equivalent (GGE)",
        "What a support is worth in grant euros, for legal ceilings. It is not what the public pays.",
    ),
    (
        "Public cost",
        "Discounted cash flow of public providers: grants, loans out less back, payouts, administration "
        "and advice less fees; and the running cost that public payers recognise less the benefit that "
        "they take. Negative: the public saves.",
    ),
    (
        "Social value per euro (SROI)",
        "Discounted net social value per euro of cost at closes, overruns and discounted "
        "running cost. Hours that became cash are not counted as social value.",
    ),
    ("Social-impact yield", "Discounted net social value per euro of capital outstanding and year."),
    ("Hours freed", "Working hours freed by live sites, less the dip after go-live."),
)
"""How to read the report: term and meaning."""
