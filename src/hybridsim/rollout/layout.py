"""Names, units and order of everything that an engine hands out: the outcome record and its tables.

Both engines fill the same fields. All of them are whole numbers (int64): counts, euro cents, thousandths of
hours, months or discounted amounts, so that sums do not depend on the order of adding.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Reason(IntEnum):
    """Why a project ended or an institution did not start one."""

    NOT_VIABLE = 0
    FUNDING_GAP = 1
    OUT_OF_PATIENCE = 2
    COST_OVERRUN = 3
    PILOT_FAILED = 4
    SUPPORT_ENDED = 5
    NOT_RENEWED = 6
    DEFAULTED = 7

    @property
    def label(self) -> str:
        """Name in tables."""
        return self.name.lower()


class Answer(IntEnum):
    """What became of one request to one instrument."""

    GRANTED = 0
    NOT_FOUND = 1
    NOT_ELIGIBLE = 2
    BELOW_MINIMUM = 3
    DE_MINIMIS = 4
    BUDGET_SPENT = 5
    OUTRANKED = 6
    REFUSED = 7
    PD_LIMIT = 8
    DSCR_LIMIT = 9
    NO_VALUE = 10
    NO_BRIDGE = 11
    NOT_NEEDED = 12

    @property
    def label(self) -> str:
        """Name in tables."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table: its name, its unit and what it counts."""

    name: str
    unit: str
    text: str


def _columns(text: str) -> tuple[Column, ...]:
    rows = [line.split("|") for line in text.strip().splitlines()]
    return tuple(Column(name.strip(), unit.strip(), meaning.strip()) for name, unit, meaning in rows)


REPLICATION = _columns("""
ideas | projects | ideas taken up within the horizon
planned | projects | preparations finished
viable | projects | plans that the carrier accepted
applied | projects | projects that asked for money
started | projects | projects with a first financial close
piloted | projects | projects that reached the gate
passed | projects | projects that passed the gate
rolled_out | projects | projects live at the first site
scaled | projects | projects live at two sites or more, or at all if there is only one
sustained | projects | projects live 24 months after the last support
inst_started | institutions | institutions with a started project
inst_piloted | institutions | institutions with a piloted project
inst_rolled_out | institutions | institutions with a rolled-out project
inst_scaled | institutions | institutions with a scaled project
inst_sustained | institutions | institutions with a sustained project
small_viable | institutions | one-site institutions with a viable plan
small_started | institutions | one-site institutions with a started project
large_viable | institutions | institutions of several sites with a viable plan
large_started | institutions | institutions of several sites with a started project
funding_months | thousandths of months | from the decision to the first close, summed over started projects
defaults | institutions | institutions that defaulted within the horizon
defaults_financed | institutions | of these, with a started project
defaults_liquidity | institutions | of these, because a project exhausted liquidity and credit line
institution_years | thousandths of years | years under risk within the horizon, all institutions
financed_years | thousandths of years | years under risk after a first start within the horizon
hazard_financed | millionths of defaults | expected defaults of financed institutions, given the factors
base_hazard_financed | millionths of defaults | the same at their rating's PD, without the projects
loans | loans | loans disbursed
loans_defaulted | loans | loans that defaulted, run-off included
lent_cents | cents | loan principal disbursed
ead_cents | cents | exposure at default of project loans, run-off included
recovered_cents | cents | recoveries on project loans
payout_cents | cents | guarantee payouts and liability exemptions
loss_cents | cents | lenders' loss after recoveries and payouts
loss_horizon_cents | cents | lenders' loss from defaults within the horizon
loss_public_cents | cents | payouts and losses that public providers bear
written_off_cents | cents | principal written off against borrowers in default
forgiven_cents | cents | given up by investors without a default (revenue shares, outcome contracts)
uses_cents | cents | cost at all financial closes
own_funds_cents | cents | met from own funds
bank_loan_cents | cents | met by bank loans
promotional_loan_cents | cents | met by promotional loans
grant_cents | cents | met by grants, as awarded
impact_cents | cents | met by impact investment
crowd_cents | cents | met by crowdfunding, lent or given
outcome_cents | cents | met by investors of outcome contracts
guaranteed_cents | cents | loan principal covered by guarantees
overrun_cents | cents | cost above plan, met from liquidity
clawback_cents | cents | grants paid back because the project was given up too early
outcome_paid_cents | cents | paid by payers for verified outcomes
staff_cost_cents | cents | staff time of preparation and applications (not paid in cash)
gge_cents | cents | gross grant equivalent of all support
fiscal_pv_cents | cents | discounted net cost to public providers
fiscal_grants_pv_cents | cents | of this: grants and grant elements
fiscal_loans_pv_cents | cents | of this: public loans out less principal and interest back
fiscal_payouts_pv_cents | cents | of this: guarantee payouts and liability exemptions
fiscal_fees_pv_cents | cents | of this: guarantee fees (negative)
fiscal_outcomes_pv_cents | cents | of this: payments for verified outcomes
fiscal_administration_pv_cents | cents | of this: administration
fiscal_advice_pv_cents | cents | of this: advice
fiscal_payers_pv_cents | cents | of this: cost recognised less benefit taken by payers (negative: saved)
social_pv_cents | cents | discounted net social value
cash_benefit_pv_cents | cents | discounted cash benefit before price rounds
running_cost_pv_cents | cents | discounted running cost
capital_pv_cent_years | cent-years | discounted capital outstanding times time
hours_milli | thousandths of hours | hours freed, net of the dip
incidents_milli | thousandths of incidents | incidents avoided
reached | clients | clients reached at the first go-live of each site
platform_started | projects | of the started: platform programmes
platform_uses_cents | cents | cost at the closes of platform programmes
platform_lent_cents | cents | loan principal disbursed to platform programmes
adviser_jobs | jobs | projects that an adviser accompanied
adviser_wait | thousandths of months | waiting for an adviser, summed
adviser_busy | thousandths of months | advisers' work within the horizon
adviser_capacity | thousandths of months | advisers times horizon (0: no limit)
vendor_jobs | jobs | implementations by vendors
vendor_wait | thousandths of months | waiting for a vendor, summed
vendor_busy | thousandths of months | vendors' work within the horizon
vendor_capacity | thousandths of months | vendor teams times horizon (0: no limit)
trainer_jobs | jobs | trainings
trainer_wait | thousandths of months | waiting for a trainer, summed
trainer_busy | thousandths of months | trainers' work within the horizon
trainer_capacity | thousandths of months | trainers times horizon (0: no limit)
events | events | events taken from the queue and handled
""")
"""Columns of the table by replication (after `replication`)."""

YEAR = _columns("""
live_projects | projects | projects live at the end of the year
live_sites | sites | sites live at the end of the year
adopters | institutions | institutions with a live project at the end of the year
users | institutions | adopters and those that used AI at the start
ideas | projects | ideas taken up in the year
started | projects | projects with their first close in the year
passed | projects | projects that passed the gate in the year
ended | projects | projects that ended in the year
sustained | projects | projects that were sustained in the year
defaults | institutions | institutions that defaulted in the year
lent_cents | cents | loan principal disbursed in the year
grant_cents | cents | grants and other money that is not repaid, awarded in the year
own_funds_cents | cents | own funds put in at closes in the year
outstanding_cents | cents | loan principal outstanding at the end of the year
ead_cents | cents | exposure of project loans that defaulted in the year
loss_cents | cents | lenders' loss booked in the year
hours_milli | thousandths of hours | hours freed in the year
social_cents | cents | net social value of the year, not discounted
economy_milli | thousandths of standard deviations | state of the first factor
""")
"""Columns of the table by replication and year (after `replication`, `year`)."""

INSTRUMENT = _columns("""
requests | requests | requests that were made
granted | requests | requests that were granted
granted_cents | cents | amount granted and used at a close
repaid_cents | cents | principal repaid
interest_cents | cents | interest and fees received
defaulted_cents | cents | exposure at default
recovered_cents | cents | recoveries
payout_cents | cents | payouts that others made on it (loans) or that it made (guarantees, exemptions)
loss_cents | cents | borne by its provider
forgiven_cents | cents | given up by its provider without a default
gge_cents | cents | gross grant equivalent
fiscal_pv_cents | cents | discounted net cost to public providers
budget_cents | cents | budget that was available within the horizon (0: no budget)
in_vain | requests | applications that were begun for plans that turned out not viable
""")
"""Columns of the table by replication and instrument (after `replication`, `instrument`)."""

COHORT_STAGES = ("started", "piloted", "rolled_out", "scaled", "sustained")
"""Stages that are counted by cohort."""

COHORT = _columns(
    """
complete | flag | 1 if the follow-up of all its projects ends within the horizon
started | projects | projects with their first disbursement in the year: the cohort
piloted | projects | of these, that reached the gate within the follow-up
rolled_out | projects | of these, live at the first site within the follow-up
scaled | projects | of these, live at two sites or more (all, if only one) within the follow-up
sustained | projects | of these, live 24 months after the last support within the follow-up
inst_started | institutions | institutions with a project in the cohort
inst_piloted | institutions | of these, with a piloted project
inst_rolled_out | institutions | of these, with a rolled-out project
inst_scaled | institutions | of these, with a scaled project
inst_sustained | institutions | of these, with a sustained project
defaults | projects | projects whose institution defaulted within the follow-up
inst_defaults | institutions | institutions that defaulted within the follow-up
lent_cents | cents | loan principal disbursed within the follow-up
ead_cents | cents | exposure of these projects' loans at a default within the follow-up
inputs_pv_cents | cents | cost at closes, overruns and renewals, discounted to the project's start
staff_cost_cents | cents | staff time of preparation (not paid in cash; without applications)
running_cost_pv_cents | cents | running cost, discounted to the project's start
cash_benefit_pv_cents | cents | cash benefit before price rounds, discounted to the project's start
social_pv_cents | cents | net social value, discounted to the project's start
capital_pv_cent_years | cent-years | capital outstanding times time, discounted to the project's start
fiscal_pv_cents | cents | net cost to public providers within the follow-up, discounted to the project's start
hours_milli | thousandths of hours | hours freed within the follow-up
incidents_milli | thousandths of incidents | incidents avoided within the follow-up
"""
    + "".join(
        f"ended_{reason.label} | projects | ended within the follow-up: {reason.label.replace('_', ' ')}\n"
        for reason in Reason
    )
)
"""Columns of the table by replication and cohort (after `replication`, `cohort`)."""

INSTITUTION = _columns("""
ideas | projects | summed over replications
started | projects | summed over replications
sustained | projects | summed over replications
defaults | replications | replications in which it defaulted within the horizon
lent_cents | cents | loan principal, summed over replications
ead_cents | cents | exposure at default, summed over replications
loss_cents | cents | lenders' loss, summed over replications
grant_cents | cents | grants and other money that is not repaid, summed over replications
own_funds_cents | cents | own funds, summed over replications
hours_milli | thousandths of hours | hours freed, summed over replications
social_pv_cents | cents | discounted net social value, summed over replications
""")
"""Columns of the table by institution, summed over replications (after id, type, land, legal_form, sites,
revenue_eur_pa, pd_pa)."""

LOAN = _columns("""
replication | index | replication
institution | id | borrower
use_case | name | project
wave | index | stage of the project: 0 pilot and first site, 1 and more further waves
instrument | name | instrument
guarantee | name | covering guarantee, empty if none
close_month | months | disbursement
principal_cents | cents | principal
rate_pa | decimal per year | borrower's rate
pd_pa | decimal | borrower's PD at the close
term_quarters | quarters | term
grace_quarters | quarters | interest only
cover | share | covered share
default_month | months | default; -1 if none
ead_cents | cents | exposure at default
recovered_cents | cents | recovery
payout_cents | cents | payout of guarantee or liability exemption
loss_cents | cents | lender's loss
end_month | months | last payment, or distribution of the estate
""")
"""Columns of the table of loans, for the first ten replications."""

BALANCE = _columns("""
replication | index | replication
loan | index | row of the loan among those of its replication in the table of loans, from 0
month | months | from when on
outstanding_cents | cents | principal outstanding; in default, until the estate is distributed
undrawn_cents | cents | promised by the same close for a later stage and not drawn yet
rate_pa | decimal per year | borrower's rate, less its discount once the project is live
service | name | how principal is repaid
grace_until_month | months | last quarter-end with interest only; -1 if there is none to come
due_month | months | quarter-end of the last instalment, as the plan stands; -1 once nothing is outstanding
""")
"""Columns of the table of balances: a row for each change of a loan, for the first ten replications."""

RATING = _columns("""
replication | index | replication
institution | id | borrower
month | months | from when on
pd_pa | decimal | its one-year PD, what its projects change included
""")
"""Columns of the table of ratings: a row for each change while something is owed, for ten replications."""

START = _columns("""
replication | index | replication
institution | id | institution
use_case | name | use case
month | months | first disbursement
supported | flag | 1 if public money or cover is in the first close
""")
"""Columns of the table of first starts by institution and use case, for the first hundred replications."""

REASONS = tuple(reason.label for reason in Reason)
"""Reasons in the order of the table by replication and reason (`replication`, `reason`, `projects`)."""

ANSWERS = tuple(answer.label for answer in Answer)
"""Answers in the order of the table by replication, instrument and answer
(`replication`, `instrument`, `answer`, `requests`)."""
