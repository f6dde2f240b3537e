"""The stages of a project, from preparation to scaling."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from hybridsim.scenario.schema.run import LegalFormName
from hybridsim.scenario.schema.values import (
    AT_ONCE,
    Amount,
    Duration,
    Euros,
    Months,
    Number,
    Part,
    Positive,
    Quantity,
    Rate,
    Share,
    Sigma,
    Title,
    Within,
    neutral,
)


class QueuePart(Part):
    """People of one kind that projects wait for."""

    servers: Amount = neutral(0.0)
    """How many there are for the whole sector, scaled to the sample; 0: nobody has to wait."""
    service: Duration
    """How long one is busy with one project (vendors: with the implementation instead)."""
    patience_months: Months = neutral(600.0)
    """Expected wait beyond which a project goes without (advisers only)."""


class Queues(Part):
    """Advisers, vendors and trainers."""

    advisers: QueuePart
    """Advisers, from the idea to the plan."""
    vendors: QueuePart
    """Vendors' teams, for the implementation of a stage."""
    trainers: QueuePart
    """Trainers, before a stage goes live."""


class Activity(Part):
    """One activity of preparation and what it does if it is done well."""

    title: Title
    """Name in reports."""
    done_alone: Share
    """Probability that it is done well without an adviser."""
    done_advised: Share
    """Probability that it is done well with an adviser."""
    days: Amount
    """Working days that it takes if done."""
    gate_effect: Number
    """Effect on the logit of passing the gate."""
    sustain_effect: Number
    """Effect on the logit of going on when support ends."""
    optimism_effect: Number
    """Effect on the logarithm of the planner's optimism."""
    months: Number
    """Months that it adds to preparation."""
    consent_effect: Number = neutral(0.0)
    """Effect on the logarithm of the time until consent (see `implementation.consent`)."""


class Preparation(Part):
    """From the idea to a plan."""

    duration: Duration
    """Length without the activities' own months."""
    day_cost_eur: Euros
    """Cost of one working day of preparation."""
    activities: dict[str, Activity] = Field(min_length=1, max_length=12)
    """Goal definition, needs analysis, viability analysis, involvement of staff and of the carrier, ..."""


class Advice(Part):
    """An adviser of the bank or a programme."""

    share: Share
    """Share of projects that an adviser accompanies."""
    cost_eur: Euros
    """Cost per accompanied project."""
    provider: str
    """Provider who pays for advice."""
    optimism: Amount
    """Planner's optimism with advice (1 is unbiased)."""
    sustain_effect: Number = neutral(0.0)
    """Effect of an adviser, who then stays in touch, on the logit of going on when support ends."""


class Viability(Part):
    """The carrier's own decision."""

    planning_rate_pa: Rate
    """Discount rate of the plan."""
    mission_weight: dict[LegalFormName, Share]
    """Weight of non-cash value in the decision."""
    optimism: Amount
    """Planner's optimism without advice: expected to true benefit."""
    minimum_dscr: Amount
    """Least debt service cover of the institution."""


class Implementation(Part):
    """From the financial close to the pilot."""

    vat_rate: Rate
    """VAT that carriers cannot deduct, on technology, data infrastructure, compliance and running cost."""
    later_stage_share: Share
    """Length of bringing further sites live to that of the first implementation."""
    overrun_median: Amount
    """Median of actual to planned cost."""
    overrun_sigma: Sigma
    """Standard deviation of its logarithm."""
    overrun_tail_probability: Share
    """Probability of a fat-tailed overrun on top."""
    overrun_tail_index: Annotated[Quantity, Within(1.01, 100.0)]
    """Pareto index of the fat tail (above 1)."""
    overrun_cap: Amount
    """Largest actual to planned cost."""
    consent: Duration = AT_ONCE
    """From the close to the consent of works council, clients with their relatives, and data protection; runs
    beside the implementation, and no stage goes live without it."""


class Pilot(Part):
    """The pilot and its gate."""

    duration: Duration
    """Length of the pilot."""
    scope: Share
    """Share of the first site in the pilot."""
    readiness_slope: Number
    """Logit of the gate per unit of readiness above the mean."""
    advice_effect: Number
    """Logit of the gate if an adviser accompanies."""
    own_success_effect: Number
    """Logit of the gate if the institution has succeeded before."""
    peer_slope: Number
    """Logit of the gate per unit of successful peers."""
    technology_slope: Number
    """Logit of the gate per standard deviation of the technology factor."""
    technology_factor: str
    """Name of that factor."""
    scope_slope: Number
    """Logit of the gate per unit of scope above one half (negative: narrow pilots succeed more often)."""


class Operation(Part):
    """Benefits and running cost of live sites."""

    dip_months: Months
    """Length of the dip after go-live."""
    dip_level: Share
    """Depth of the dip, as a share of the full effect (the dip touches the supported work only)."""
    ramp_months: Months
    """Months after go-live until full benefit."""
    realised_median: Positive
    """Median of realised to published effect."""
    realised_sigma: Sigma
    """Standard deviation of its logarithm."""
    overtime_agency_share: Share
    """Overtime and agency work avoided, as a share of the value of freed time."""
    turnover_sickness_share: Share
    """Turnover and sickness avoided, as a share of the value of freed time."""
    cashable_freed_time: Share
    """Share of freed time that becomes cash."""
    cashable_overtime_agency: Share
    """Share of avoided overtime and agency work that becomes cash."""
    cashable_turnover_sickness: Share
    """Share of avoided turnover and sickness that becomes cash."""
    cashable_outcomes: Share
    """Share of the value of avoided incidents that becomes cash."""
    price_round_first_months: Months
    """Earliest price round after the first go-live."""
    price_round_last_months: Months
    """Latest price round after the first go-live."""
    payers_take: Share
    """Share of the cash benefit that payers take from the price round on."""
    recognised_running_cost: Share
    """Share of the running cost that payers recognise from the price round on."""
    support_months: Months
    """Months of accompanied operation after go-live, after which support ends."""
    sustain_cash_slope: Number
    """Logit of going on per unit of net running cash to running cost."""

    @model_validator(mode="after")
    def _price_rounds_in_order(self) -> Operation:
        first, last = self.price_round_first_months.value, self.price_round_last_months.value
        if first > last:
            raise ValueError(f"price_round_first_months {first:g} is after price_round_last_months {last:g}")
        return self


class Scaling(Part):
    """Further sites in waves."""

    pause: Duration
    """From a wave's go-live to the decision on the next."""
    first_wave_sites: int = Field(ge=1, le=60)
    """Sites of the first wave after the first site."""
    growth: Amount
    """Size of a wave to the one before it."""
    maximum_waves: int = Field(ge=0, le=12)
    """Waves after the first site, at most."""


class Impact(Part):
    """How outcomes become social value."""

    deadweight: Share
    """Share that would have happened anyway."""
    attribution: Share
    """Share that is due to the project."""
    drop_off_pa: Rate
    """Yearly decline of the effect attributed to the project."""
    discount_rate_pa: Rate
    """Real social discount rate."""
    hour_value_eur: Euros
    """Value of one freed hour that stays with clients and staff."""


class PublicCost(Part):
    """What counts as public money."""

    statutory_payers_public: bool = True
    """Whether money that price rounds hand back to statutory payers is credited to the public."""
