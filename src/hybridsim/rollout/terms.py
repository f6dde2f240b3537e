"""Instruments and use cases as plain numbers: what the engines read instead of the scenario."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from hybridsim.core.codes import GrantSettlement, InstitutionType, InstrumentKind, Land, LegalForm, Service
from hybridsim.core.mathx import logit
from hybridsim.core.money import to_cents
from hybridsim.core.rng import MAX_USE_CASES, entity_key, split_key
from hybridsim.finance.sources import UNLIMITED_CENTS
from hybridsim.rollout.rules import solve_intercept
from hybridsim.scenario.schema.instruments import NO_LIMIT_EUR, Instrument
from hybridsim.scenario.schema.run import TypeName
from hybridsim.scenario.schema.scenario import Scenario
from hybridsim.scenario.schema.use_cases import UseCase, UseCaseAtType

STAGES = ("pilot", "rollout", "scale")


@dataclass(frozen=True, slots=True)
class InstrumentTerms:
    """One instrument with its names resolved to codes and its amounts in cents."""

    index: int
    name: str
    key_lo: int
    key_hi: int
    kind: int
    provider: int
    refinancer: int
    found_alone: float
    found_advised: float
    application_days: float
    administration_share: float
    settlement: int
    supports: bool
    gge_rule: str
    de_minimis: bool
    types: frozenset[int]
    legal_forms: frozenset[int]
    laender: frozenset[int]
    use_cases: frozenset[int]
    stages: frozenset[int]
    cost_from: int
    cost_to: int
    revenue_to: int
    share: float
    minimum: int
    maximum: int
    maximum_per_site: int
    calls: int
    lag_median: float
    lag_sigma: float
    waits: bool
    decision: str
    probability: float
    budget_pa: int
    arrears: bool
    account_median: float
    account_sigma: float
    service: int
    quarters: int
    grace_quarters: int
    rate_discount: float
    refinancing_discount: float
    element_share: float
    element_cap: int
    exemption: float
    subordinated: bool
    rate_fixed: float
    savings_share: float
    multiple: float
    holiday: bool
    live_discount: float
    commitment_fee: float
    on_failure: str
    excludes: frozenset[int]
    cumulation: float
    reference: int
    size_slope: float
    fund: int
    retention: float
    fee_share: float
    binding_months: float
    clawback_interest: float
    outcome_payer: int
    outcome_price: int
    outcome_premium: float
    outcome_error: float
    covers: frozenset[int]
    cover: float
    cap_rate: float
    fee_upfront: float
    fee_pa: float
    cover_maximum: int
    cover_always: bool
    moves_class: bool

    @property
    def is_loan(self) -> bool:
        """Whether the money must be paid back."""
        return self.service != Service.NONE

    @property
    def talks_early(self) -> bool:
        """Whether early talks bring its answer forward: one waits for it, and it is no call or campaign."""
        rolling = self.calls == 0 and self.decision in ("probability", "underwriting")
        return rolling and (self.waits or self.is_loan)


@dataclass(frozen=True, slots=True)
class UseCaseTerms:
    """One use case at one type of institution; money in cents, VAT included where carriers bear it."""

    index: int
    type: int
    technology_fixed: int
    technology_site: int
    technology_place: int
    other_fixed: int
    other_site: int
    other_place: int
    running_site_pa: int
    running_place_pa: int
    hours_place_pa: float
    incidents_place_pa: float
    incident_value: int
    reached_place: float
    implementation_median: float
    implementation_sigma: float
    gate_intercept: float
    sustain_logit: float
    trend_pa: float
    life_months: float
    renewal_share: float
    initial_share: float
    interest: float
    members: tuple[int, ...] = ()


def limit_cents(eur: float) -> int:
    """Cents of a limit; figures from `NO_LIMIT_EUR` on mean that there is none."""
    return UNLIMITED_CENTS if eur >= NO_LIMIT_EUR else to_cents(eur)


def instrument_terms(
    scenario: Scenario, name: str, item: Instrument, index: int, sample: float
) -> InstrumentTerms:
    """Terms of one instrument; the budget is scaled by the share of the sector that is simulated."""
    names = list(scenario.instruments)
    providers = list(scenario.providers)
    eligible = item.eligibility
    cover = item.cover
    budget = limit_cents(item.decision.budget_pa_eur.value)
    minimum = to_cents(item.sizing.minimum_eur.value)
    if item.decision.mode == "underwriting":
        minimum = max(minimum, to_cents(scenario.underwriting.minimum_ticket_eur.value))
    key_lo, key_hi = split_key(entity_key(f"instrument:{name}"))
    return InstrumentTerms(
        index=index,
        name=name,
        key_lo=key_lo,
        key_hi=key_hi,
        kind=int(InstrumentKind.parse(item.kind)),
        provider=providers.index(item.provider),
        refinancer=-1 if item.refinanced_by is None else providers.index(item.refinanced_by),
        found_alone=item.found_alone.value,
        found_advised=item.found_advised.value,
        application_days=item.application_days.value,
        administration_share=item.administration_share.value,
        settlement=int(GrantSettlement.parse(item.grant_settlement)),
        supports=_is_support(scenario, item),
        gge_rule=item.gge_rule,
        de_minimis=item.de_minimis,
        types=frozenset(int(InstitutionType.parse(t)) for t in eligible.types) or frozenset(range(6)),
        legal_forms=frozenset(int(LegalForm.parse(f)) for f in eligible.legal_forms) or frozenset(range(3)),
        laender=frozenset(int(Land.parse(land)) for land in eligible.laender) or frozenset(range(16)),
        use_cases=_eligible_use_cases(scenario, eligible.use_cases),
        stages=frozenset(STAGES.index(s) for s in eligible.stages) or frozenset(range(3)),
        cost_from=to_cents(eligible.minimum_cost_eur.value),
        cost_to=limit_cents(eligible.maximum_cost_eur.value),
        revenue_to=limit_cents(eligible.maximum_revenue_eur.value),
        share=item.sizing.share_of_cost.value * item.sizing.eligible_share.value,
        minimum=minimum,
        maximum=limit_cents(item.sizing.maximum_eur.value),
        maximum_per_site=limit_cents(item.sizing.maximum_per_site_eur.value),
        calls=item.timing.calls_per_year if item.timing.mode == "calls" else 0,
        lag_median=item.timing.lag.median_months.value,
        lag_sigma=item.timing.lag.sigma.value,
        waits=not item.timing.start_before_approval,
        decision=item.decision.mode,
        probability=item.decision.probability.value,
        budget_pa=budget
        if budget == UNLIMITED_CENTS
        else to_cents(item.decision.budget_pa_eur.value * sample),
        arrears=item.disbursement.mode == "arrears",
        account_median=item.disbursement.settlement.median_months.value,
        account_sigma=item.disbursement.settlement.sigma.value,
        service=int(Service.parse(item.service.mode)),
        quarters=item.service.term_months // 3,
        grace_quarters=item.service.grace_months // 3,
        rate_discount=item.service.rate_discount_pa.value,
        refinancing_discount=item.service.refinancing_discount_pa.value,
        element_share=item.service.grant_element_share.value,
        element_cap=to_cents(item.service.grant_element_cap_eur.value),
        exemption=item.service.liability_exemption.value,
        subordinated=item.seniority == "subordinated",
        rate_fixed=item.service.rate_pa.value,
        savings_share=item.service.savings_share.value,
        multiple=item.service.multiple.value,
        holiday=item.service.holiday_until_live,
        live_discount=item.service.live_discount_pa.value,
        commitment_fee=item.service.commitment_fee_per_month.value,
        on_failure=item.service.on_failure,
        excludes=frozenset(names.index(n) for n in eligible.excludes),
        cumulation=eligible.cumulation_share.value,
        reference=to_cents(item.decision.reference_eur.value),
        size_slope=item.decision.size_slope.value,
        fund=to_cents(item.decision.revolving_capital_eur.value * sample),
        retention=item.disbursement.retention_share.value,
        fee_share=item.disbursement.fee_share.value,
        binding_months=item.disbursement.binding_months.value,
        clawback_interest=item.disbursement.clawback_interest_pa.value,
        outcome_payer=providers.index(item.outcome.payer) if item.outcome else -1,
        outcome_price=to_cents(item.outcome.price_per_hour_eur.value) if item.outcome else 0,
        outcome_premium=item.outcome.premium_share.value if item.outcome else 0.0,
        outcome_error=item.outcome.error_sd.value if item.outcome else 0.0,
        covers=frozenset(names.index(n) for n in cover.instruments) if cover else frozenset(),
        cover=cover.cover.value if cover else 0.0,
        cap_rate=cover.cap_rate.value if cover else 1.0,
        fee_upfront=cover.fee_upfront.value if cover else 0.0,
        fee_pa=cover.fee_pa.value if cover else 0.0,
        cover_maximum=limit_cents(cover.maximum_eur.value) if cover else 0,
        cover_always=cover.use == "always" if cover else False,
        moves_class=cover.moves_collateral_class if cover else False,
    )


def _eligible_use_cases(scenario: Scenario, named: tuple[str, ...]) -> frozenset[int]:
    """Use cases that an instrument is for; a platform if it is named, or all that it combines are."""
    if not named:
        return frozenset(range(MAX_USE_CASES))
    platforms = scenario.platforms.items()
    whole = [name for name, platform in platforms if name in named or set(platform.combines) <= set(named)]
    names = [*scenario.use_cases, *scenario.platforms]
    return frozenset(names.index(name) for name in (*named, *whole))


def _is_support(scenario: Scenario, item: Instrument) -> bool:
    """Whether public money or a public guarantor stands behind an instrument."""
    behind = [item.provider]
    behind += [item.refinanced_by] if item.refinanced_by else []
    behind += [item.outcome.payer] if item.outcome else []
    return any(scenario.providers[name].public for name in behind)


def use_case_terms(
    scenario: Scenario, index: int, use_case: UseCase, type_name: TypeName, part: UseCaseAtType
) -> UseCaseTerms:
    """Terms of one use case at one type; solves the gate's intercept for the base rate."""
    gross = 1.0 + scenario.implementation.vat_rate.value
    training = part.training_hours_per_user.value * part.users_per_place.value
    return UseCaseTerms(
        index=index,
        type=int(InstitutionType.parse(type_name)),
        technology_fixed=to_cents(part.technology_fixed_eur.value * gross),
        technology_site=to_cents(part.technology_per_site_eur.value * gross),
        technology_place=to_cents(part.technology_per_place_eur.value * gross),
        other_fixed=to_cents((part.data_fixed_eur.value + part.compliance_eur.value) * gross),
        other_site=to_cents(part.data_per_site_eur.value * gross),
        other_place=to_cents(training * scenario.carriers.hourly_cost_eur.value),
        running_site_pa=to_cents(part.running_per_site_year_eur.value * gross),
        running_place_pa=to_cents(part.running_per_place_month_eur.value * 12.0 * gross),
        hours_place_pa=part.freed_hours_per_place_year.value,
        incidents_place_pa=part.incidents_per_place_year.value,
        incident_value=to_cents(part.incident_value_eur.value),
        reached_place=part.reached_per_place.value,
        implementation_median=part.implementation.median_months.value,
        implementation_sigma=part.implementation.sigma.value,
        gate_intercept=_gate_intercept(scenario, type_name, part.gate_probability.value),
        sustain_logit=logit(min(max(part.sustain_probability.value, 1e-6), 1.0 - 1e-6)),
        trend_pa=use_case.price_trend_pa.value,
        life_months=use_case.life_years.value * 12.0,
        renewal_share=use_case.renewal_share.value,
        initial_share=use_case.initial_share.value,
        interest=use_case.interest.value,
    )


def _gate_intercept(scenario: Scenario, type_name: TypeName, base_rate: float) -> float:
    """Intercept at which unadvised, first-time projects pass at the base rate on average.

    All regressors are centred, so only their spread matters: readiness, preparation and the technology
    factor. Advice, own and peers' success and scope come on top, as effects of a design or of history.
    """
    pilot = scenario.pilot
    readiness_sd = scenario.institution_types[type_name].readiness_sd.value
    variance = (pilot.readiness_slope.value * readiness_sd) ** 2
    variance += pilot.technology_slope.value**2
    for activity in scenario.preparation.activities.values():
        done = activity.done_alone.value
        variance += activity.gate_effect.value**2 * done * (1.0 - done)
    return solve_intercept(base_rate, sqrt(variance))
