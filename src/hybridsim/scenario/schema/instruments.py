"""Providers and instruments: one record describes any of them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from hybridsim.scenario.schema.knob import Knob
from hybridsim.scenario.schema.run import LandName, LegalFormName, TypeName
from hybridsim.scenario.schema.values import (
    AT_ONCE,
    Amount,
    Charge,
    Duration,
    Euros,
    Months,
    Part,
    Positive,
    Rate,
    Share,
    Title,
    neutral,
)

NO_LIMIT_EUR = 1e9
"""An amount from here on means that there is no limit."""
StageName = Literal["pilot", "rollout", "scale"]


class Provider(Part):
    """Who stands behind instruments."""

    title: Title
    """Name in reports."""
    public: bool
    """Whether its money is public."""


class Eligibility(Part):
    """Who may apply, for what. An empty list means no restriction."""

    types: Annotated[tuple[TypeName, ...], Field(strict=False)] = ()
    """Institution types."""
    legal_forms: Annotated[tuple[LegalFormName, ...], Field(strict=False)] = ()
    """Legal forms."""
    laender: Annotated[tuple[LandName, ...], Field(strict=False)] = ()
    """Laender."""
    use_cases: Annotated[tuple[str, ...], Field(strict=False)] = ()
    """Use cases."""
    stages: Annotated[tuple[StageName, ...], Field(strict=False)] = ()
    """Stages: pilot, rollout (first site), scale (further sites)."""
    minimum_cost_eur: Euros = neutral(0.0)
    """Least cost of the stage."""
    maximum_cost_eur: Euros = neutral(NO_LIMIT_EUR)
    """Largest cost of the stage."""
    maximum_revenue_eur: Euros = neutral(NO_LIMIT_EUR)
    """Largest revenue of the institution."""
    excludes: Annotated[tuple[str, ...], Field(strict=False)] = ()
    """Instruments that must not be in the same close."""
    cumulation_share: Share = neutral(1.0)
    """Largest share of the cost that this and all grants before it may cover together."""

    @model_validator(mode="after")
    def _costs_in_order(self) -> Eligibility:
        least, largest = self.minimum_cost_eur.value, self.maximum_cost_eur.value
        if least > largest:
            raise ValueError(f"minimum_cost_eur {least:g} is above maximum_cost_eur {largest:g}")
        return self


class Sizing(Part):
    """How much of the cost is met."""

    share_of_cost: Share
    """Largest share of the eligible cost."""
    eligible_share: Share = neutral(1.0)
    """Share of the cost that is eligible."""
    minimum_eur: Euros = neutral(0.0)
    """Smallest amount."""
    maximum_eur: Euros = neutral(NO_LIMIT_EUR)
    """Largest amount per application."""
    maximum_per_site_eur: Euros = neutral(NO_LIMIT_EUR)
    """Largest amount per site of the institution, over all applications."""

    @model_validator(mode="after")
    def _amounts_in_order(self) -> Sizing:
        least, largest = self.minimum_eur.value, self.maximum_eur.value
        if least > largest:
            raise ValueError(f"minimum_eur {least:g} is above maximum_eur {largest:g}")
        return self


class Timing(Part):
    """When one may apply and how long the answer takes."""

    mode: Literal["rolling", "calls"]
    """Rolling applications, or calls at fixed dates."""
    lag: Duration
    """From the application (or the close of the call) to the answer."""
    calls_per_year: Annotated[int, Field(ge=1, le=12)] = 1
    """Closing dates per year, evenly spaced, if mode is calls."""
    start_before_approval: bool
    """Whether the project may start before the answer; otherwise it waits."""


class Decision(Part):
    """Who gets it."""

    mode: Literal["probability", "ranked", "underwriting", "campaign"]
    """A chance per application; ranked by quality until a call's budget is spent; a bank's calculation; a
    campaign that gets all or nothing, the harder the larger its target."""
    probability: Share = neutral(1.0)
    """Chance of a complete application (before the budget)."""
    budget_pa_eur: Euros = neutral(NO_LIMIT_EUR)
    """Yearly budget for the whole sector; scaled to the sample."""
    reference_eur: Positive = neutral(10_000.0)
    """Campaign: the target at which `probability` holds."""
    size_slope: Amount = neutral(0.0)
    """Campaign: by how much the logit of success falls when the target grows e-fold."""
    revolving_capital_eur: Euros = neutral(0.0)
    """Revolving fund: capital for the whole sector, refilled by what is paid back; 0: no fund."""


class Disbursement(Part):
    """When the money comes."""

    mode: Literal["upfront", "arrears"] = "upfront"
    """At the financial close, or after the cost was paid and accounted for."""
    settlement: Duration = AT_ONCE
    """From go-live to the final account."""
    retention_share: Share = neutral(0.0)
    """Share that is kept back until the final account."""
    fee_share: Share = neutral(0.0)
    """Fee of a platform, paid by the institution when the money comes."""
    binding_months: Months = neutral(0.0)
    """Months after go-live for which a grant binds; who gives up earlier repays the rest pro rata."""
    clawback_interest_pa: Charge = neutral(0.0)
    """Interest on what is repaid then, from its final account."""


class DebtService(Part):
    """How the money is paid back."""

    mode: Literal["none", "annuity", "linear", "bullet", "step_up", "revenue_share"] = "none"
    """No repayment, equal payments, equal principal, all principal at the end, principal that grows by the
    same amount each quarter, or a share of what the project saves."""
    term_months: Annotated[int, Field(ge=0, le=480)] = 0
    """Term in months, a multiple of 3."""
    grace_months: Annotated[int, Field(ge=0, le=120)] = 0
    """Months of interest only at the beginning, a multiple of 3."""
    rate_pa: Charge = neutral(0.0)
    """Borrower's rate of a loan that no bank prices."""
    savings_share: Share = neutral(0.0)
    """Revenue share: part of the project's cash benefit (less what payers take) that is paid each quarter."""
    multiple: Amount = neutral(1.0)
    """Revenue share: paid until this multiple of the amount is reached, or the term ends."""
    holiday_until_live: bool = False
    """Interest only until the project's first go-live (at most two more years)."""
    live_discount_pa: Rate = neutral(0.0)
    """Discount on the rate once the project is live at its first site (impact-linked)."""
    commitment_fee_per_month: Charge = neutral(0.0)
    """Fee per month on what is promised but not yet drawn."""
    on_failure: Literal["none", "write_off", "convert"] = "none"
    """What happens to the rest when the project is given up: still owed, given up too, or (revenue share)
    turned into equal principal over the rest of the term."""
    rate_discount_pa: Rate = neutral(0.0)
    """Discount on the borrower's rate."""
    refinancing_discount_pa: Rate = neutral(0.0)
    """Discount of the refinancing provider on the base rate (an interest subsidy)."""
    grant_element_share: Share = neutral(0.0)
    """Grant paid with the loan, as a share of it."""
    grant_element_cap_eur: Euros = neutral(0.0)
    """Largest grant paid with the loan."""
    liability_exemption: Share = neutral(0.0)
    """Share of the loss that the refinancing provider takes from the bank (pari passu)."""

    @model_validator(mode="after")
    def _quarters(self) -> DebtService:
        if self.term_months % 3 or self.grace_months % 3:
            raise ValueError("term_months and grace_months are multiples of 3: loans pay at quarter-ends")
        if self.mode != "none" and not self.grace_months < self.term_months:
            raise ValueError(f"grace_months {self.grace_months} is not below term_months {self.term_months}")
        return self


class Outcome(Part):
    """Outcome contract: an investor pays first, a payer repays for verified outcomes."""

    payer: str
    """Provider who pays for outcomes."""
    price_per_hour_eur: Euros
    """Price of one verified hour freed."""
    premium_share: Share
    """What the investor can earn at most, as a share of the amount."""
    error_sd: Amount = neutral(0.0)
    """Standard deviation of the evaluator's relative error."""


class Cover(Part):
    """What a guarantee covers."""

    instruments: Annotated[tuple[str, ...], Field(strict=False)] = ()
    """Names of the loans that it can cover."""
    cover: Share
    """Cover rate c."""
    cap_rate: Share = neutral(1.0)
    """Payouts are capped at cap_rate x cover x guaranteed volume of the replication; 1 is no cap."""
    fee_upfront: Charge = neutral(0.0)
    """One-off fee on the guaranteed amount, paid by the borrower."""
    fee_pa: Charge = neutral(0.0)
    """Yearly fee on the guaranteed outstanding, paid by the borrower."""
    maximum_eur: Euros = neutral(NO_LIMIT_EUR)
    """Largest guaranteed amount."""
    use: Literal["if_needed", "always"]
    """Applied for only if the bank refuses without it, or always."""
    moves_collateral_class: bool
    """Whether the price ladder counts the cover as collateral."""


class Instrument(Part):
    """One offer of money or cover with its rules."""

    title: Title
    """Name in reports."""
    kind: Literal[
        "bank_loan",
        "promotional_loan",
        "grant",
        "guarantee",
        "impact_investment",
        "crowdfunding",
        "outcome_contract",
    ]
    """Kind of instrument. Own funds need no record: they fill what is left."""
    provider: str
    """Who bears the risk and gives the money (for loans through a bank: the bank)."""
    refinanced_by: str | None = None
    """Provider who refinances the bank (promotional loans through banks)."""
    found_alone: Share
    """Probability that an institution finds it without advice."""
    found_advised: Share
    """Probability that an institution finds it with advice."""
    application_days: Amount
    """Working days of an application."""
    administration_share: Share = neutral(0.0)
    """Provider's cost of administration as a share of the amount."""
    grant_settlement: Literal["fixed", "share", "deficit"] = "fixed"
    """How a grant is settled at the final account."""
    gge_rule: Literal["none", "nominal", "interest_subsidy", "safe_harbour"] = "none"
    """How its gross grant equivalent is computed."""
    seniority: Literal["senior", "subordinated"] = "senior"
    """Rank of a loan in the estate."""
    de_minimis: bool = False
    """Whether it counts against the de-minimis ceiling."""
    eligibility: Eligibility = Eligibility()
    """Who may apply, for what."""
    sizing: Sizing
    """How much."""
    timing: Timing
    """When."""
    decision: Decision
    """Who gets it."""
    disbursement: Disbursement = Disbursement()
    """When the money comes."""
    service: DebtService = DebtService()
    """How it is paid back."""
    cover: Cover | None = None
    """What it covers, if it is a guarantee."""
    outcome: Outcome | None = None
    """Who pays for which outcomes, if it is an outcome contract."""

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Instrument:
        loan = self.kind in ("bank_loan", "promotional_loan")
        if (loan or self.kind == "impact_investment") and self.service.mode == "none":
            raise ValueError(f"a {self.kind} needs a service.mode that repays, not none")
        if self.kind in ("grant", "guarantee", "outcome_contract") and self.service.mode != "none":
            raise ValueError(f"a {self.kind} has no debt service: leave out service.mode")
        if loan and self.service.mode == "revenue_share":
            raise ValueError(f"a {self.kind} has fixed payments: service.mode revenue_share is for investors")
        late = self.disbursement.mode == "arrears" or self.disbursement.retention_share.value > 0.0
        if late and self.kind != "grant":
            raise ValueError(f"a {self.kind} pays at the close: arrears and retention_share are for grants")
        if (self.kind == "outcome_contract") != (self.outcome is not None):
            raise ValueError("an outcome_contract needs an outcome table, and only it has one")
        if self.service.mode == "revenue_share" and self.service.savings_share.value <= 0.0:
            raise ValueError("service.mode revenue_share needs a savings_share above zero")
        if (self.kind == "guarantee") != (self.cover is not None):
            raise ValueError("a guarantee needs a cover table, and only a guarantee has one")
        if self.decision.mode == "ranked" and self.timing.mode != "calls":
            raise ValueError("decision.mode ranked needs timing.mode calls")
        if (self.decision.mode == "underwriting") != loan:
            raise ValueError("loans, and only loans, need decision.mode underwriting")
        shared = self.service.liability_exemption.value > 0 or self.service.grant_element_share.value > 0
        if shared and self.refinanced_by is None:
            raise ValueError("liability_exemption and grant_element_share need refinanced_by: who pays them?")
        return self


class Underwriting(Part):
    """How a bank decides and prices."""

    error_sd: Amount
    """Standard deviation of the bank's error about logit PD."""
    pd_limit: Share
    """Largest PD without cover."""
    pd_limit_covered: Share
    """Largest PD with at least half of the loan covered."""
    minimum_dscr: Amount
    """Least debt service cover."""
    minimum_ticket_eur: Euros
    """Smallest loan."""
    file_cost_eur: Euros
    """Cost of one file."""
    running_cost_pa: Rate
    """Yearly administration as a share of the outstanding."""
    margin_pa: Rate
    """Cost and profit margin in the cost-based rate."""
    funding_spread_pa: Rate
    """Bank's funding cost above the base rate."""
    class_a_spread_pa: Rate
    """Price class A of the ladder above the base rate."""
    lgd: Share
    """Bank's LGD of an unsecured AI loan."""
    capital_ratio: Share
    """Own funds per risk-weighted euro."""
    risk_weight: Amount
    """Regulatory risk weight."""
    hurdle_pa: Rate
    """Return that own funds must earn."""
    advised_error_share: Share = neutral(1.0)
    """The bank's error about a project that an adviser accompanies, to its error about others."""


class DeMinimis(Part):
    """The ceiling of small state aid."""

    ceiling_eur: Euros
    """Gross grant equivalent per single undertaking and window."""
    window_months: Months
    """Length of the rolling window."""
    reference_spread_pa: Rate
    """Market reference rate above the base rate, for interest subsidies."""


class Design(Part):
    """A funding-ecosystem design."""

    title: Title
    """Name in reports."""
    order: Annotated[tuple[str, ...], Field(strict=False)]
    """Instruments in the order in which they are asked; own funds fill what is left."""
    application: Literal["sequential", "one_stop_shop"]
    """Wait for each answer, or apply in parallel and fill the gap in a second round."""
    financing: Literal["project", "stage"]
    """Finance pilot and first site together, or each stage when it comes."""
    patience_months: Months
    """How long a project waits for its money before it is given up."""
    retries: int = Field(ge=0, le=8)
    """How often the gap is tried again."""
    retry_pause: Duration
    """Pause before a retry."""
    unsupported: Annotated[tuple[str, ...], Field(strict=False)] = ()
    """Ids of institutions without public support: what they do then would have happened anyway."""
    unsupported_share: Share = neutral(0.0)
    """Share of all institutions, drawn by their ids, without any public support."""
    unsupported_saturation: Annotated[
        tuple[Annotated[float, Field(ge=0.0, le=1.0)], ...], Field(strict=False)
    ] = ()
    """Shares without public support that cells (type and Land) are drawn to in equal numbers."""
    smaller_scope: Share
    """Least share of the planned sites to which a project may shrink; 1 means it may not."""
    first_contact: Share = neutral(1.0)
    """Share of preparation that has passed when funders are first talked to (1: with the finished plan)."""
    knob: Knob | None = None
    """Which figure makes the design stronger or weaker, for comparisons at equal public cost."""
