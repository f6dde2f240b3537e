"""Institution types: how many there are, how large, how they live, how they default."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from hybridsim.scenario.schema.run import LandName, LegalFormName
from hybridsim.scenario.schema.values import (
    Amount,
    Correlation,
    Duration,
    Euros,
    Hazard,
    Months,
    Number,
    Part,
    Pd,
    Quantity,
    Rate,
    Share,
    Sigma,
    Title,
    Within,
)


class InstitutionTypePart(Part):
    """One type of institution, as the synthesis draws it."""

    title: Title
    """Name in reports."""
    facilities: Annotated[Quantity, Within(0.0, 1e6)]
    """Number of facilities (sites) in Germany."""
    single_site_share: Share
    """Share of carriers with one site."""
    sites_median: Annotated[Quantity, Within(1.0, 1e4)]
    """Median number of sites of the other carriers (lognormal, at least 2)."""
    sites_sigma: Sigma
    """Standard deviation of the logarithm of the number of sites."""
    sites_cap: Annotated[Quantity, Within(2.0, 1e4)]
    """Largest number of sites of one carrier."""
    legal_form_shares: dict[LegalFormName, Share]
    """Shares by legal form; add up to one."""
    land_weights: dict[LandName, Amount]
    """Sampling weights by Land."""
    places_median: Annotated[Quantity, Within(1.0, 1e5)]
    """Median of places (homes), clients (ambulatory, counselling) or beds (hospitals) per site."""
    places_sigma: Sigma
    """Standard deviation of the logarithm of places per site."""
    revenue_per_place_eur: Euros
    """Revenue per place and year."""
    fte_per_place: Amount
    """Full-time equivalents per place."""
    care_share: Share
    """Share of the full-time equivalents who care for or advise clients."""
    ebitda_margin: Rate
    """Mean of EBITDA to revenue."""
    ebitda_margin_sd: Rate
    """Standard deviation of EBITDA to revenue."""
    debt_to_revenue: Amount
    """Existing debt to yearly revenue."""
    debt_service_to_debt: Rate
    """Yearly service of the existing debt to that debt."""
    collateral_to_debt: Amount
    """Realisable collateral of the existing debt to that debt."""
    liquidity_days: Amount
    """Median days of revenue held as cash (lognormal)."""
    liquidity_sigma: Sigma
    """Standard deviation of the logarithm of liquidity days."""
    reserve_days: Amount
    """Days of revenue below which cash is not used for projects."""
    credit_line_days: Amount
    """Credit line in days of revenue."""
    digital_budget_share: Rate
    """Yearly digital budget as a share of revenue."""
    pd_pa: Pd
    """Mean one-year probability of default."""
    pd_sigma: Sigma
    """Standard deviation of logit PD across institutions."""
    readiness: Share
    """Mean digital readiness, 0 to 1."""
    readiness_sd: Amount
    """Standard deviation of digital readiness."""
    loadings: dict[str, float]
    """Direction of the factor loadings (by factor); scaled to the asset correlation."""

    @model_validator(mode="after")
    def _shares_add_up(self) -> InstitutionTypePart:
        total = sum(share.value for share in self.legal_form_shares.values())
        if abs(total - 1.0) > 1e-6:
            raise ValueError(f"legal_form_shares add up to {total:g}, not to 1")
        if sum(weight.value for weight in self.land_weights.values()) <= 0:
            raise ValueError("land_weights are all zero: give at least one Land a weight")
        if not any(self.loadings.values()):
            raise ValueError("loadings are all zero: give at least one factor a direction")
        return self


class Carriers(Part):
    """Rules that all institutions share."""

    carry_over_years: Amount
    """Largest digital budget that is carried over, in yearly budgets."""
    rating_margin_correlation: Correlation
    """Correlation of the synthesised rating with the EBITDA margin (a better margin, a lower PD)."""
    rating_liquidity_correlation: Correlation
    """Correlation of the synthesised rating with liquidity (more days, a lower PD)."""
    bridging_reserve_share: Share
    """Share of the liquidity reserve that is kept when money in arrears is bridged."""
    credit_line_rate_pa: Rate
    """Interest on the drawn credit line."""
    hourly_cost_eur: Euros
    """Employer's cost of one productive hour of care."""


class DefaultRisk(Part):
    """How a project moves the probability of default, and what a default yields."""

    weight_service: Amount
    """Logit PD per unit of additional debt service to revenue."""
    weight_ebitda: Amount
    """Logit PD per unit of additional EBITDA to revenue (lowers)."""
    weight_liquidity_per_day: Amount
    """Logit PD per day of liquidity gained (lowers) or lost (raises)."""
    weight_failed: Amount
    """Logit PD per failed project."""
    shift_cap: Amount
    """Largest absolute shift of logit PD."""
    sector_loading_squared: Share
    """Added to the asset correlation of the Basel formula, for the sector's common shocks."""
    recovery_senior: Share
    """Default-weighted mean recovery of senior unsecured claims."""
    recovery_sigma: Sigma
    """Spread of the latent recovery; 1.554 has the variance of Beta(1/2, 1/2) at mean one half."""
    estate_headroom: Amount
    """By how much the best estate exceeds the senior claims; what lets subordinated claims recover."""
    recovery_economy: Number
    """Shift of the latent recovery per standard deviation of the first factor."""
    workout: Duration
    """From default to the distribution of the estate."""
    minimum_workout_months: Months
    """Shortest workout."""


class Adoption(Part):
    """When an institution takes up the idea of a use case."""

    innovation_pa: Hazard
    """Bass p: hazard per year without peers."""
    imitation_pa: Hazard
    """Bass q: hazard per year if all peers used it successfully."""
    shrinkage_peers: Amount
    """Number of sector-wide peers that the own cell (type and Land) is averaged with."""
    readiness_slope: Number
    """Log hazard per unit of digital readiness above the type's mean."""
    retry_pause: Duration
    """Pause after an abandoned project before the idea can come up again."""
    max_attempts: int = Field(ge=1, le=16)
    """Projects per institution and use case, at most."""
