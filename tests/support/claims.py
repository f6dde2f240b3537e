"""Parameters behind the claims of practice: which metric each of them moves, which way, in which world."""

from __future__ import annotations

from tests.support.biting import HOME

Row = tuple[str, object, str, int, str]
"""Key path, other value, metric, sign (0: theory does not say), world (see `biting`)."""

ADOPTION: tuple[Row, ...] = (
    ("adoption.innovation_pa", 0.5, "projects_ideas", +1, "homes"),
    ("adoption.imitation_pa", 0, "projects_ideas", -1, "imitators"),
    ("adoption.shrinkage_peers", 0, "projects_ideas", 0, "imitators"),
    ("adoption.readiness_slope", 0, "projects_ideas", -1, "ready"),
    ("adoption.retry_pause.median_months", 60, "projects_ideas", -1, "retry"),
    ("adoption.retry_pause.sigma", 3, "projects_ideas", 0, "retry"),
    ("adoption.max_attempts", 1, "projects_ideas", -1, "retry"),
)

PREPARATION: tuple[Row, ...] = (
    ("preparation.duration.median_months", 24, "projects_planned", -1, "homes"),
    ("preparation.duration.sigma", 2, "projects_planned", -1, "homes"),
    ("preparation.day_cost_eur", 900, "cost_per_hour_with_staff_eur", +1, "committee"),
    ("advice.share", 1, "projects_passed", +1, "alone"),
    ("advice.cost_eur", 12_000, "fiscal_advice_eur", +1, "homes"),
    ("advice.provider", '"foundation"', "fiscal_advice_eur", -1, "homes"),
    ("advice.optimism", 3, "projects_viable", +1, "deciders"),
    ("advice.sustain_effect", 4, "projects_sustained", +1, "advised"),
    ("queues.advisers.servers", 1, "adviser_wait_months", +1, "advised"),
    ("queues.vendors.servers", 1, "vendor_wait_months", +1, "homes"),
    ("queues.trainers.servers", 1, "trainer_wait_months", +1, "sites"),
)
SCARCE: tuple[Row, ...] = (
    ("queues.advisers.service.median_months", 9, "adviser_jobs", -1, "advised"),
    ("queues.advisers.service.sigma", 2, "adviser_jobs", -1, "advised"),
    ("queues.advisers.patience_months", 0.5, "adviser_jobs", -1, "advised"),
    ("queues.trainers.service.median_months", 6, "trainer_wait_months", +1, "homes"),
    ("queues.trainers.service.sigma", 2, "trainer_wait_months", +1, "homes"),
)
"""How long advisers and trainers take matters where there is only one of them."""
ONE_EACH = ("queues.advisers.servers=1", "queues.trainers.servers=1")


def activity_rows(name: str) -> tuple[Row, ...]:
    """Each activity of preparation has its own effect on each thing."""
    at = f"preparation.activities.{name}"
    return (
        (f"{at}.done_alone", 1, "cost_per_hour_with_staff_eur", +1, "staff"),
        (f"{at}.done_advised", 0, "cost_per_hour_with_staff_eur", -1, "staff"),
        (f"{at}.days", 20, "cost_per_hour_with_staff_eur", +1, "staff"),
        (f"{at}.gate_effect", 4, "projects_passed", +1, "advised"),
        (f"{at}.sustain_effect", 4, "projects_sustained", +1, "advised"),
        (f"{at}.optimism_effect", -2, "projects_viable", -1, "deciders"),
        (f"{at}.months", 24, "projects_planned", -1, "homes"),
        (f"{at}.consent_effect", -3, "projects_rolled_out", +1, "slow consent"),
    )


DECISION: tuple[Row, ...] = (
    ("viability.planning_rate_pa", 0.3, "projects_viable", -1, "deciders"),
    ("viability.mission_weight.non_profit", 1, "projects_viable", +1, "deciders"),
    ("viability.mission_weight.public", 1, "projects_viable", +1, "deciders"),
    ("viability.mission_weight.for_profit", 1, "projects_viable", +1, "deciders"),
    ("viability.optimism", 3, "projects_viable", +1, "deciders"),
    ("viability.minimum_dscr", 2, "projects_viable", -1, "borrowers"),
    ("implementation.vat_rate", 0, "uses_eur", -1, "homes"),
    ("implementation.later_stage_share", 1, "hours_freed", -1, "sites"),
    ("implementation.overrun_median", 1.4, "overrun_share", +1, "homes"),
    ("implementation.overrun_sigma", 0.7, "overrun_share", +1, "homes"),
    ("implementation.overrun_tail_probability", 0.5, "overrun_share", +1, "homes"),
    ("implementation.overrun_tail_index", 1.05, "overrun_share", +1, "troubled"),
    ("implementation.overrun_cap", 1.05, "overrun_share", -1, "homes"),
    ("implementation.consent.median_months", 24, "projects_rolled_out", -1, "homes"),
    ("implementation.consent.sigma", 2, "projects_rolled_out", -1, "homes"),
)

PILOT: tuple[Row, ...] = (
    ("pilot.duration.median_months", 24, "projects_passed", -1, "homes"),
    ("pilot.duration.sigma", 2, "projects_piloted", -1, "homes"),
    ("pilot.scope", 1, "projects_passed", -1, "homes"),
    ("pilot.readiness_slope", 6, "projects_passed", +1, "ready"),
    ("pilot.advice_effect", 4, "projects_passed", +1, "homes"),
    ("pilot.own_success_effect", 6, "projects_passed", +1, "many"),
    ("pilot.peer_slope", 30, "projects_passed", +1, "imitators"),
    ("pilot.technology_slope", 3, "projects_passed", +1, "technology"),
    ("pilot.technology_factor", '"labour"', "projects_passed", -1, "technology"),
    ("pilot.scope_slope", -8, "projects_passed", +1, "narrow"),
)

OPERATION: tuple[Row, ...] = (
    ("operation.dip_months", 12, "hours_freed", -1, "homes"),
    ("operation.dip_level", 1, "hours_freed", -1, "homes"),
    ("operation.ramp_months", 48, "hours_freed", -1, "homes"),
    ("operation.realised_median", 1.5, "hours_freed", +1, "homes"),
    ("operation.realised_sigma", 2, "clients_reached", -1, "sites"),
    ("operation.overtime_agency_share", 0.6, "cash_benefit_pv_eur", +1, "homes"),
    ("operation.turnover_sickness_share", 0.6, "cash_benefit_pv_eur", +1, "homes"),
    ("operation.cashable_freed_time", 0.6, "cash_benefit_pv_eur", +1, "homes"),
    ("operation.cashable_overtime_agency", 0.2, "cash_benefit_pv_eur", -1, "homes"),
    ("operation.cashable_turnover_sickness", 0, "cash_benefit_pv_eur", -1, "homes"),
    ("operation.cashable_outcomes", 0.5, "cash_benefit_pv_eur", +1, "prevention"),
    ("operation.price_round_first_months", 1, "fiscal_payers_eur", 0, "homes"),
    ("operation.price_round_last_months", 60, "fiscal_payers_eur", 0, "homes"),
    ("operation.payers_take", 0.9, "fiscal_payers_eur", -1, "homes"),
    ("operation.recognised_running_cost", 0.1, "fiscal_payers_eur", -1, "homes"),
    ("operation.support_months", 48, "projects_sustained", -1, "homes"),
    ("operation.sustain_cash_slope", 6, "projects_sustained", 0, "long"),
    ("scaling.pause.median_months", 36, "clients_reached", -1, "sites"),
    ("scaling.pause.sigma", 3, "clients_reached", -1, "sites"),
    ("scaling.first_wave_sites", 5, "clients_reached", +1, "sites"),
    ("scaling.growth", 1, "clients_reached", -1, "sites"),
    ("scaling.maximum_waves", 0, "clients_reached", -1, "sites"),
    ("impact.deadweight", 0.5, "social_value_pv_eur", -1, "homes"),
    ("impact.attribution", 0.4, "social_value_pv_eur", -1, "homes"),
    ("impact.drop_off_pa", 0.4, "social_value_pv_eur", -1, "homes"),
    ("impact.discount_rate_pa", 0.1, "social_value_pv_eur", -1, "homes"),
    ("impact.hour_value_eur", 20, "social_value_pv_eur", -1, "homes"),
    ("public_cost.statutory_payers_public", "false", "fiscal_payers_eur", 0, "homes"),
)

DESIGN: tuple[Row, ...] = (
    ("design.order", "[]", "projects_started", -1, "patient"),
    ("design.application", '"one_stop_shop"', "time_to_funding_months", -1, "assembling"),
    ("design.first_contact", 0.2, "time_to_funding_months", -1, "assembling"),
    ("design.patience_months", 1, "projects_started", -1, "patient"),
    ("design.retries", 0, "projects_started", -1, "patient"),
    ("design.retry_pause.median_months", 17, "projects_started", -1, "patient"),
    ("design.retry_pause.sigma", 2, "reason_out_of_patience_share", +1, "patient"),
    ("design.unsupported_share", 0.8, "gge_eur", -1, "sector"),
    ("design.smaller_scope", 1, "clients_reached", -1, "tight"),
)

UNDERWRITING: tuple[Row, ...] = (
    ("underwriting.error_sd", 2, "loans", 0, "borrowers"),
    ("underwriting.pd_limit", 0.005, "loans", -1, "borrowers"),
    ("underwriting.pd_limit_covered", 0.01, "loans", -1, "covered"),
    ("underwriting.minimum_dscr", 3, "loans", -1, "borrowers"),
    ("underwriting.minimum_ticket_eur", 30_000, "loans", -1, "borrowers"),
    ("underwriting.file_cost_eur", 5_000, "loans", -1, "borrowers"),
    ("underwriting.running_cost_pa", 0.05, "loans", -1, "borrowers"),
    ("underwriting.margin_pa", 0, "loans", -1, "borrowers"),
    ("underwriting.funding_spread_pa", 0.05, "loans", -1, "borrowers"),
    ("underwriting.class_a_spread_pa", 0.05, "loans", +1, "files"),
    ("underwriting.lgd", 1, "loans", -1, "files"),
    ("underwriting.capital_ratio", 0.5, "loans", -1, "borrowers"),
    ("underwriting.risk_weight", 4, "loans", -1, "borrowers"),
    ("underwriting.hurdle_pa", 0.5, "loans", -1, "borrowers"),
    ("underwriting.advised_error_share", 1, "loans", 0, "advised borrowers"),
)

USE_CASES: tuple[Row, ...] = (
    *((f"use_cases.{name}.interest", 0, "projects_ideas", -1, "many")
      for name in ("documentation", "rostering", "preventive_analytics", "assistance", "robotics")),
    ("use_cases.documentation.initial_share", 0.8, "projects_ideas", -1, "homes"),
    ("use_cases.documentation.life_years", 2, "uses_eur", 0, "long"),
    ("use_cases.documentation.renewal_share", 1, "uses_eur", +1, "long"),
    ("use_cases.documentation.price_trend_pa", -0.4, "uses_eur", -1, "homes"),
    (f"{HOME}.technology_fixed_eur", 20_000, "uses_eur", +1, "homes"),
    (f"{HOME}.technology_per_site_eur", 20_000, "uses_eur", +1, "homes"),
    (f"{HOME}.technology_per_place_eur", 500, "uses_eur", +1, "homes"),
    (f"{HOME}.data_fixed_eur", 20_000, "uses_eur", +1, "homes"),
    (f"{HOME}.data_per_site_eur", 20_000, "uses_eur", +1, "homes"),
    (f"{HOME}.compliance_eur", 20_000, "uses_eur", +1, "homes"),
    (f"{HOME}.training_hours_per_user", 20, "uses_eur", +1, "homes"),
    (f"{HOME}.users_per_place", 2, "uses_eur", +1, "homes"),
    (f"{HOME}.running_per_place_month_eur", 30, "running_cost_pv_eur", +1, "homes"),
    (f"{HOME}.running_per_site_year_eur", 9_000, "running_cost_pv_eur", +1, "homes"),
    (f"{HOME}.freed_hours_per_place_year", 12, "hours_freed", +1, "homes"),
    (f"{HOME}.incidents_per_place_year", 1, "incidents_avoided", +1, "homes"),
    ("use_cases.assistance.types.nursing_home.incident_value_eur", 3000, "social_value_pv_eur", +1,
     "prevention"),
    (f"{HOME}.reached_per_place", 0.2, "clients_reached", -1, "homes"),
    (f"{HOME}.implementation.median_months", 24, "hours_freed", -1, "homes"),
    (f"{HOME}.implementation.sigma", 2, "projects_piloted", -1, "homes"),
    (f"{HOME}.gate_probability", 0.2, "projects_passed", -1, "homes"),
    (f"{HOME}.sustain_probability", 0.1, "projects_sustained", -1, "homes"),
    ("use_cases.rostering.types.nursing_home.freed_hours_per_place_year", 30, "hours_freed", +1, "many"),
    ("use_cases.robotics.types.nursing_home.freed_hours_per_place_year", 90, "hours_freed", +1, "machines"),
    ("use_cases.assistance.types.nursing_home.incidents_per_place_year", 1, "incidents_avoided", +1,
     "prevention"),
    ("use_cases.preventive_analytics.types.nursing_home.incidents_per_place_year", 2, "incidents_avoided", +1,
     "analytics"),
    ("platforms.data_platform.share", 0, "uses_eur", 0, "platforms"),
    ("platforms.data_platform.cost_factor", 1.5, "uses_eur", +1, "platforms"),
    ("platforms.data_platform.minimum_sites", 9, "uses_eur", 0, "platforms"),
)  # fmt: skip
"""AI relieves, frees time, prevents; its cost is high up front. All use cases follow the same rules."""

INSTRUMENTS: tuple[Row, ...] = (
    ("instruments.foundation_grant.found_alone", 1, "requests@foundation_grant", +1, "committee"),
    ("instruments.foundation_grant.found_advised", 0, "requests@foundation_grant", -1, "committee"),
    ("instruments.foundation_grant.application_days", 90, "cost_per_hour_with_staff_eur", +1, "committee"),
    (
        "instruments.foundation_grant.eligibility.legal_forms",
        '["for_profit"]',
        "requests@foundation_grant",
        -1,
        "committee",
    ),
    (
        "instruments.foundation_grant.eligibility.stages",
        '["scale"]',
        "requests@foundation_grant",
        -1,
        "committee",
    ),
    (
        "instruments.foundation_grant.eligibility.cumulation_share",
        0.2,
        "granted_eur@foundation_grant",
        -1,
        "committee",
    ),
    (
        "instruments.foundation_grant.sizing.share_of_cost",
        0.3,
        "granted_eur@foundation_grant",
        -1,
        "committee",
    ),
    (
        "instruments.foundation_grant.decision.probability",
        0.1,
        "granted_eur@foundation_grant",
        -1,
        "committee",
    ),
    (
        "instruments.foundation_grant.decision.budget_pa_eur",
        20_000,
        "granted_eur@foundation_grant",
        -1,
        "committee",
    ),
    ("instruments.foundation_grant.timing.lag.median_months", 12, "time_to_funding_months", +1, "committee"),
    ("instruments.bank_loan.service.mode", '"step_up"', "induced_by_rating_pa", 0, "borrowers"),
    ("instruments.bank_loan.service.term_months", 120, "induced_by_rating_pa", 0, "borrowers"),
    ("instruments.bank_loan.service.holiday_until_live", "true", "induced_by_rating_pa", 0, "borrowers"),
    ("instruments.first_loss_fund.service.live_discount_pa", 0.04, "fiscal_loans_eur", +1, "fund"),
    ("instruments.first_loss_fund.service.grace_months", 0, "fiscal_loans_eur", 0, "fund"),
    ("instruments.iku148.service.liability_exemption", 0.5, "loans", +1, "safe"),
    ("instruments.iku148.service.rate_discount_pa", 0.03, "fiscal_loans_eur", 0, "covered"),
    ("instruments.iku148.service.refinancing_discount_pa", 0.02, "fiscal_loans_eur", +1, "covered"),
    ("design.order", '["bank_loan", "eif_guarantee"]', "loans", +1, "borrowers"),
    ("instruments.eif_guarantee.cover.cover", 0.3, "loans", -1, "guaranteed"),
    ("instruments.erp512.eligibility.legal_forms", '["non_profit"]', "loans", +1, "closed"),
    ("instruments.impact_revenue_share.service.savings_share", 0.05, "forgiven_eur", +1, "investors"),
    ("instruments.impact_revenue_share.service.multiple", 1, "fiscal_loans_eur", +1, "investors"),
    ("instruments.impact_revenue_share.service.on_failure", '"convert"', "fiscal_loans_eur", -1, "investors"),
    ("instruments.crowd_donation.decision.size_slope", 4, "crowd_share", -1, "campaigns"),
    ("instruments.crowd_donation.decision.probability", 0.05, "crowd_share", -1, "campaigns"),
    ("instruments.iku148.service.grace_months", 0, "fiscal_loans_eur", 0, "covered"),
    ("instruments.land_digital_grant.eligibility.cumulation_share", 0.2, "gge_eur", -1, "aided"),
    ("instruments.sgb11_8_8.eligibility.types", '["hospital"]', "requests@sgb11_8_8", -1, "aided"),
    ("instruments.sgb11_8_8.eligibility.excludes", '["land_digital_grant"]', "gge_eur", -1, "aided"),
    ("de_minimis.ceiling_eur", 5_000, "gge_eur", -1, "aided"),
    ("instruments.flexible_loan.service.mode", '"linear"', "induced_by_rating_pa", 0, "flexible"),
    ("instruments.flexible_loan.service.holiday_until_live", "false", "induced_by_rating_pa", 0, "flexible"),
    ("instruments.first_loss_fund.decision.revolving_capital_eur", 40_000, "loans", -1, "fund"),
    ("instruments.bfs_mezzanine.service.rate_pa", 0.2, "fiscal_loans_eur", -1, "mezzanine"),
    ("instruments.crowd_lending.sizing.share_of_cost", 0.05, "crowd_share", -1, "crowd loans"),
    ("institution_types.nursing_home.digital_budget_share", 0.05, "projects_started", +1, "sector"),
    ("institution_types.nursing_home.reserve_days", 90, "projects_started", -1, "sector"),
)

EASY = (
    "underwriting.minimum_ticket_eur=1000",
    "underwriting.file_cost_eur=0",
    "instruments.iku148.found_alone=1",
    "instruments.erp511.found_alone=1",
    "instruments.iku148.sizing.minimum_eur=1000",
    "instruments.erp511.sizing.minimum_eur=1000",
)
"""Small promotional loans that everybody finds: here their terms can bite."""
LEVERS: dict[str, tuple[str, int, str, tuple[str, ...]]] = {
    # Advisers talk carriers out of bad plans: fewer starts, more that last.
    "advice": ("conversion_viable", -1, "sector", ()),
    # The safest borrowers pay least: half of the risk makes their small loans worth a file (see `safe`).
    "cover": ("loans", +1, "safe", ()),
    "crowd": ("granted_eur@crowd_donation", +1, "sector", ()),
    "direct-lending": ("loans", +1, "sector", ()),
    "flexible-terms": ("induced_by_rating_pa", -1, "sector", EASY),
    # The ticket of an investor, not his money, keeps him out of software for one home.
    "impact": ("granted_eur@impact_revenue_share", +1, "sector",
               ("instruments.impact_revenue_share.sizing.minimum_eur=5000",)),
    # Few lose support and many others share the budgets: what is left of the institutions gets less.
    "few-without-support": ("gge_eur", -1, "sector", ()),
    "no-support": ("gge_eur", -1, "sector", ()),
    "outcome": ("outcome_share", +1, "sector", ("instruments.outcome_contract.sizing.minimum_eur=5000",)),
    "pilot-grant": ("projects_started", +1, "sector", ()),
    # A cheaper loan is aid to whoever gets it; it decides nothing, because it is not what carriers lack.
    "rate": ("gge_eur", +1, "sector", EASY),
    "recognised-running-cost": ("projects_viable", +1, "sector", ()),
    "search": ("gge_eur", +1, "sector", ()),
    "staging": ("projects_started", -1, "sector", ()),
    "ticket-and-file-cost": ("loans", +1, "sector", ()),
}  # fmt: skip
WITHOUT_EFFECT = {
    "queues.vendors.service.median_months": "a vendor is busy for the implementation itself",
    "queues.vendors.service.sigma": "a vendor is busy for the implementation itself",
    "queues.vendors.patience_months": "nobody goes without a vendor",
    "queues.trainers.patience_months": "nobody goes without a trainer",
    "design.unsupported": "names institutions; the share is tested",
    "design.unsupported_saturation": "the same by cell: `tests/rollout/test_additionality.py`",
    "design.knob": "says what `equalise` turns",
    "design.financing": "the lever `staging`",
}
"""Keys of the parts below that need no row, and why."""
PARTS = ("adoption", "preparation", "advice", "queues", "viability", "implementation", "pilot", "operation",
         "scaling", "impact", "public_cost", "design", "underwriting")  # fmt: skip
