"""Whatever a scenario says, a replication ends, keeps its rules, and both engines tell the same story.

`simulate` checks the rules of DESIGN 7 itself and raises `InvariantError`; here it meets scenarios that
nobody would write by hand. What is counted happened in both engines, because every story is compared.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from hybridsim.rollout import layout
from hybridsim.rollout.reference import Story
from hybridsim.rollout.tally import Outcome
from hybridsim.rollout.world import World
from tests.support.engines import assert_compiled_tells
from tests.support.kinds import KINDS, count_kinds, count_terms, counted_releases
from tests.support.worlds import USE_CASES, by_year, everywhere, make_world, totals

GRANTS = (
    "sgb11_8_8", "rueckenwind", "land_digital_grant", "foundation_grant", "digital_europe", "aktion_mensch",
)  # fmt: skip
LOANS = ("bank_loan", "iku148", "erp511", "erp512", "flexible_loan")
GUARANTEES = ("buergschaftsbank", "eif_guarantee", "first_loss_guarantee")
INVESTORS = ("bfs_mezzanine", "impact_revenue_share", "crowd_lending", "first_loss_fund")
GIVEN = ("crowd_donation", "outcome_contract")
EVERYTHING = GRANTS + LOANS + GUARANTEES + INVESTORS + GIVEN
QUEUES = ("advisers", "vendors", "trainers")
TYPES = ("nursing_home", "ambulatory", "hospital")
MAY_BE_NEGATIVE = {
    "years": {"hours_milli", "social_cents", "economy_milli"},
    "instruments": {"fiscal_pv_cents"},
    "institutions": {"hours_milli", "social_pv_cents"},
    "totals": {
        "social_pv_cents", "cash_benefit_pv_cents", "hours_milli", "incidents_milli", "fiscal_pv_cents",
        "fiscal_grants_pv_cents", "fiscal_loans_pv_cents", "fiscal_payouts_pv_cents", "fiscal_fees_pv_cents",
        "fiscal_payers_pv_cents",
    },
}  # fmt: skip

NO_SHRINKING = (Phase.explicit, Phase.generate)
"""A smaller example is nice to have, but each try builds a world."""
SLOW = (HealthCheck.too_slow,)

SHARES = st.sampled_from((0.0, 0.05, 0.5, 1.0))
MONTHS = st.sampled_from((0.0, 0.3, 3.0, 7.5, 40.0))
SIGMAS = st.sampled_from((0.0, 0.4, 2.0))


def settings_of(choices: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[tuple[str, ...]]:
    """A random part of the choices as settings; what is left out keeps its value."""
    return st.fixed_dictionaries({}, optional=choices).map(
        lambda chosen: tuple(f"{path}={value}" for path, value in chosen.items())
    )


PROCESS = settings_of(
    {
        "adoption.innovation_pa": st.sampled_from((0.0, 0.05, 0.9)),
        "adoption.imitation_pa": st.sampled_from((0.0, 0.5, 1.0)),
        "adoption.shrinkage_peers": st.sampled_from((0, 1, 200)),
        "adoption.readiness_slope": st.sampled_from((-5.0, 0.0, 8.0)),
        "adoption.max_attempts": st.sampled_from((1, 2, 4)),
        "adoption.retry_pause.median_months": MONTHS,
        "preparation.duration.median_months": MONTHS,
        "preparation.duration.sigma": SIGMAS,
        "preparation.activities.goal_definition.months": st.sampled_from((-6.0, 0.0, 6.0)),
        "preparation.activities.needs_analysis.done_alone": SHARES,
        "advice.share": SHARES,
        "advice.cost_eur": st.sampled_from((0, 6000, 1e6)),
        "viability.mission_weight.non_profit": SHARES,
        "viability.mission_weight.for_profit": SHARES,
        "viability.optimism": st.sampled_from((0.0, 1.5, 20.0)),
        "viability.minimum_dscr": st.sampled_from((0.0, 1.1, 5.0)),
        "viability.planning_rate_pa": st.sampled_from((-0.3, 0.0, 0.5)),
        "implementation.overrun_median": st.sampled_from((0.2, 1.0, 6.0)),
        "implementation.overrun_sigma": SIGMAS,
        "implementation.overrun_tail_probability": SHARES,
        "implementation.overrun_cap": st.sampled_from((0.5, 4.0, 50.0)),
        "implementation.later_stage_share": SHARES,
        "implementation.vat_rate": st.sampled_from((0.0, 0.19, 1.0)),
        "pilot.duration.median_months": MONTHS,
        "pilot.scope": SHARES,
        "operation.dip_months": MONTHS,
        "operation.dip_level": SHARES,
        "operation.ramp_months": MONTHS,
        "operation.realised_median": st.sampled_from((0.01, 1.0, 5.0)),
        "operation.payers_take": SHARES,
        "operation.recognised_running_cost": SHARES,
        "operation.price_round_first_months": st.sampled_from((0.0, 12.0)),
        "operation.support_months": MONTHS,
        "scaling.pause.median_months": MONTHS,
        "scaling.maximum_waves": st.sampled_from((0, 1, 12)),
        "scaling.first_wave_sites": st.sampled_from((1, 60)),
        "scaling.growth": st.sampled_from((0.0, 0.5, 5.0)),
        **{f"queues.{name}.servers": st.sampled_from((0, 300, 2000, 1e5)) for name in QUEUES},
        **{f"queues.{name}.patience_months": MONTHS for name in QUEUES},
        "impact.drop_off_pa": st.sampled_from((-0.5, 0.0, 1.0)),
        "impact.discount_rate_pa": st.sampled_from((-0.4, 0.0, 1.0)),
        "implementation.consent.median_months": MONTHS,
        "implementation.consent.sigma": SIGMAS,
        "preparation.activities.staff_involvement.consent_effect": st.sampled_from((-3.0, 0.0, 2.0)),
        "advice.sustain_effect": st.sampled_from((-3.0, 0.0, 3.0)),
        "underwriting.advised_error_share": SHARES,
        "design.first_contact": SHARES,
    }
)
RISK = settings_of(
    {
        "default_risk.weight_service": st.sampled_from((0, 14, 500)),
        "default_risk.weight_liquidity_per_day": st.sampled_from((0, 0.015, 1)),
        "default_risk.shift_cap": st.sampled_from((0.0, 1.5, 5.0)),
        "default_risk.workout.median_months": MONTHS,
        "default_risk.minimum_workout_months": st.sampled_from((0, 3)),
        "default_risk.recovery_senior": st.sampled_from((0.05, 0.5, 0.95)),
        "default_risk.estate_headroom": st.sampled_from((0.0, 0.05, 3.0)),
        "stress.shift.economy": st.sampled_from(("[-4,-4,-4]", "[3]")),
        "stress.fix.labour": st.sampled_from(("[-10]", "[0,0,0,0]")),
        "stress.base_rate_shift_pa": st.sampled_from(("[0.1]", "[-0.04,0.02]")),
        "factors.start": st.sampled_from(("[-3,-3,-3,-3]", "[0,0,0,0]")),
        "carriers.carry_over_years": st.sampled_from((0, 1.5, 20)),
        "carriers.bridging_reserve_share": SHARES,
        "carriers.credit_line_rate_pa": st.sampled_from((0.0, 1.0)),
        **{f"institution_types.{name}.pd_pa": st.sampled_from((0.0005, 0.3)) for name in TYPES},
        **{f"institution_types.{name}.liquidity_days": st.sampled_from((1, 400)) for name in TYPES},
        **{f"institution_types.{name}.credit_line_days": st.sampled_from((0, 100)) for name in TYPES},
        **{f"institution_types.{name}.digital_budget_share": st.sampled_from((0.0, 0.3)) for name in TYPES},
    }
)
USE_CASE = settings_of(
    {
        **{f"use_cases.{name}.interest": st.sampled_from((0.0, 1.0, 8.0)) for name in USE_CASES},
        **{f"use_cases.{name}.initial_share": SHARES for name in USE_CASES},
        "platforms.data_platform.share": SHARES,
        "platforms.data_platform.cost_factor": st.sampled_from((0.0, 0.1, 2.0)),
        "platforms.data_platform.interest": st.sampled_from((0.0, 1.0, 8.0)),
        "platforms.data_platform.minimum_sites": st.sampled_from((1, 5)),
        **{f"use_cases.{name}.life_years": st.sampled_from((1, 3, 12)) for name in USE_CASES},
        **{f"use_cases.{name}.price_trend_pa": st.sampled_from((-0.5, 0.0, 0.4)) for name in USE_CASES},
        **{f"use_cases.{name}.renewal_share": SHARES for name in USE_CASES},
        **{f"use_cases.{name}.types.nursing_home.gate_probability": SHARES for name in USE_CASES},
        **{f"use_cases.{name}.types.nursing_home.sustain_probability": SHARES for name in USE_CASES},
        **{
            f"use_cases.{name}.types.nursing_home.technology_per_site_eur": st.sampled_from((0, 5e4, 5e6))
            for name in USE_CASES
        },
        **{
            f"use_cases.{name}.types.nursing_home.running_per_site_year_eur": st.sampled_from((0, 5e5))
            for name in USE_CASES
        },
        **{
            f"use_cases.{name}.types.nursing_home.freed_hours_per_place_year": st.sampled_from((0, 100))
            for name in USE_CASES
        },
    }
)


def _any_instrument(name: str) -> dict[str, st.SearchStrategy[Any]]:
    at = f"instruments.{name}"
    others = st.sampled_from([other for other in EVERYTHING if other != name])
    return {
        f"{at}.found_alone": st.sampled_from((0.0, 1.0, 1.0, 1.0)),
        f"{at}.timing.lag.median_months": MONTHS,
        f"{at}.administration_share": SHARES,
        f"{at}.sizing.share_of_cost": SHARES,
        f"{at}.sizing.maximum_per_site_eur": st.sampled_from((0, 3000, 1e9)),
        f"{at}.timing.start_before_approval": st.sampled_from(("true", "false")),
        f"{at}.eligibility.stages": st.sampled_from(("[]", "[]", "[]", '["pilot"]', '["rollout", "scale"]')),
        f"{at}.eligibility.cumulation_share": SHARES,
        f"{at}.eligibility.excludes": st.lists(others, max_size=1).map(
            lambda names: "[" + ",".join(f'"{name}"' for name in names) + "]"
        ),
    }


def _money_that_is_given(name: str) -> dict[str, st.SearchStrategy[Any]]:
    at = f"instruments.{name}"
    return {
        f"{at}.decision.probability": SHARES,
        f"{at}.decision.budget_pa_eur": st.sampled_from((0, 0.01, 2e7, 2e9)),
        f"{at}.disbursement.settlement.median_months": MONTHS,
        f"{at}.disbursement.fee_share": SHARES,
    }


def _grant(name: str) -> dict[str, st.SearchStrategy[Any]]:
    at = f"instruments.{name}"
    return {
        f"{at}.grant_settlement": st.sampled_from(("fixed", "share", "deficit")),
        f"{at}.disbursement.mode": st.sampled_from(("upfront", "arrears")),
        f"{at}.disbursement.retention_share": SHARES,
        f"{at}.disbursement.binding_months": MONTHS,
        f"{at}.disbursement.clawback_interest_pa": st.sampled_from((0.0, 0.07, 1.0)),
        f"{at}.de_minimis": st.sampled_from(("true", "false")),
        f"{at}.timing.calls_per_year": st.integers(1, 12),
    }


def _repaid(name: str) -> dict[str, st.SearchStrategy[Any]]:
    at = f"instruments.{name}.service"
    return {
        f"{at}.mode": st.sampled_from(("annuity", "linear", "bullet", "step_up")),
        f"{at}.term_months": st.sampled_from((15, 60, 480)),
        f"{at}.grace_months": st.sampled_from((0, 12)),
        f"{at}.holiday_until_live": st.sampled_from(("true", "false")),
        f"{at}.live_discount_pa": st.sampled_from((0.0, 0.003, 0.5)),
        f"{at}.commitment_fee_per_month": st.sampled_from((0.0, 0.0015, 0.1)),
        f"{at}.on_failure": st.sampled_from(('"none"', '"write_off"', '"convert"')),
        f"instruments.{name}.seniority": st.sampled_from(('"senior"', '"subordinated"')),
        f"instruments.{name}.decision.revolving_capital_eur": st.sampled_from((0, 2e7, 2e9)),
    }


def _investor(name: str) -> dict[str, st.SearchStrategy[Any]]:
    at = f"instruments.{name}"
    modes = ("annuity", "linear", "bullet", "step_up", "revenue_share")
    return {
        **_repaid(name),
        f"{at}.service.mode": st.sampled_from(modes),
        f"{at}.service.rate_pa": st.sampled_from((0.0, 0.06, 0.9)),
        f"{at}.service.savings_share": st.sampled_from((0.05, 1.0)),
        f"{at}.service.multiple": st.sampled_from((0.0, 0.5, 1.7)),
        f"{at}.decision.mode": st.sampled_from(('"probability"', '"campaign"')),
        f"{at}.decision.size_slope": st.sampled_from((0.0, 1.0, 50.0)),
        f"{at}.gge_rule": st.sampled_from(('"none"', '"interest_subsidy"')),
        f"{at}.de_minimis": st.sampled_from(("true", "false")),
    }


def _guarantee(name: str) -> dict[str, st.SearchStrategy[Any]]:
    at = f"instruments.{name}.cover"
    return {
        f"{at}.cover": SHARES,
        f"{at}.cap_rate": SHARES,
        f"{at}.fee_pa": st.sampled_from((0.0, 0.01, 0.3)),
        f"{at}.fee_upfront": st.sampled_from((0.0, 0.2)),
        f"{at}.maximum_eur": st.sampled_from((0, 10_000, 1e9)),
        f"{at}.use": st.sampled_from(("if_needed", "always")),
        f"{at}.moves_collateral_class": st.sampled_from(("true", "false")),
    }


def _instruments() -> dict[str, st.SearchStrategy[Any]]:
    choices: dict[str, st.SearchStrategy[Any]] = {}
    for name in EVERYTHING:
        choices.update(_any_instrument(name))
    for name in GRANTS + GIVEN:
        choices.update(_money_that_is_given(name))
    for name in GRANTS:
        choices.update(_grant(name))
    for name in ("digital_europe", "foundation_grant"):
        choices[f"instruments.{name}.decision.mode"] = st.sampled_from(("ranked", "probability"))
    for name in LOANS:
        choices.update(_repaid(name))
    for name in INVESTORS:
        choices.update(_investor(name))
    for name in GUARANTEES:
        choices.update(_guarantee(name))
    for name in ("iku148", "erp511", "erp512"):
        choices[f"instruments.{name}.service.liability_exemption"] = SHARES
        choices[f"instruments.{name}.service.grant_element_share"] = SHARES
        choices[f"instruments.{name}.service.grant_element_cap_eur"] = st.sampled_from((0, 500, 1e6))
    choices.update(
        {
            "instruments.crowd_donation.decision.size_slope": st.sampled_from((0.0, 0.5, 50.0)),
            "instruments.outcome_contract.outcome.price_per_hour_eur": st.sampled_from((0, 18, 1e6)),
            "instruments.outcome_contract.outcome.premium_share": SHARES,
            "instruments.outcome_contract.outcome.error_sd": st.sampled_from((0.0, 0.2, 5.0)),
            "underwriting.minimum_ticket_eur": st.sampled_from((0, 50_000)),
            "underwriting.pd_limit": SHARES,
            "underwriting.pd_limit_covered": SHARES,
            "underwriting.error_sd": st.sampled_from((0, 3)),
            "underwriting.hurdle_pa": st.sampled_from((-0.5, 0.08, 1.0)),
            "underwriting.file_cost_eur": st.sampled_from((0, 50_000)),
            "de_minimis.ceiling_eur": st.sampled_from((0, 20_000, 1e9)),
        }
    )
    return choices


DESIGN = st.builds(
    lambda *parts: tuple(f"{path}={value}" for path, value in parts),
    st.lists(st.sampled_from(EVERYTHING), unique=True, max_size=len(EVERYTHING)).map(
        lambda names: ("design.order", "[" + ",".join(f'"{name}"' for name in names) + "]")
    ),
    st.sampled_from(("sequential", "one_stop_shop")).map(lambda mode: ("design.application", f'"{mode}"')),
    st.sampled_from(("stage", "project")).map(lambda mode: ("design.financing", f'"{mode}"')),
    st.integers(0, 3).map(lambda count: ("design.retries", count)),
    st.sampled_from((0.0, 1.0, 18.0, 100.0)).map(lambda months: ("design.patience_months", months)),
    st.sampled_from((0.0, 0.1, 6.0)).map(lambda months: ("design.retry_pause.median_months", months)),
    st.sampled_from((0.0, 0.5, 1.0)).map(lambda share: ("design.smaller_scope", share)),
)
RUN = st.builds(
    lambda *parts: tuple(f"{path}={value}" for path, value in parts),
    st.sampled_from((12, 36, 120, 240)).map(lambda months: ("run.horizon_months", months)),
    st.integers(0, 2**40).map(lambda seed: ("run.seed", seed)),
    st.sampled_from(("true", "false")).map(lambda whole: ("run.whole_months", whole)),
    st.integers(5, 60).map(lambda size: ("population.size", size)),
    st.sampled_from((TYPES, ("nursing_home",), ("hospital",), ("ambulatory", "hospital"))).map(
        lambda names: ("population.types", "[" + ",".join(f'"{name}"' for name in names) + "]")
    ),
)


# Much happens: otherwise half of the random worlds would stay empty.
LIVELY = (
    "adoption.innovation_pa=0.3",
    "underwriting.minimum_ticket_eur=2000",
    "viability.mission_weight.non_profit=1",
    *everywhere("instruments.*.found_alone", 1, EVERYTHING),
    *everywhere("instruments.*.sizing.minimum_eur", 1000, EVERYTHING),
    *everywhere("instruments.*.eligibility.minimum_cost_eur", 0, EVERYTHING),
    *everywhere("instruments.*.eligibility.legal_forms", "[]", EVERYTHING),
    *everywhere("instruments.*.eligibility.types", "[]", EVERYTHING),
    *everywhere("instruments.*.decision.probability", 1, GRANTS + INVESTORS + GIVEN + GUARANTEES),
    *everywhere("instruments.*.decision.budget_pa_eur", 1e9, GRANTS + INVESTORS + GIVEN),
    *everywhere("instruments.*.service.savings_share", 0.3, INVESTORS),
)
SCENARIO = st.tuples(st.just(LIVELY), RUN, DESIGN, settings_of(_instruments()), PROCESS, RISK, USE_CASE).map(
    lambda parts: tuple(setting for part in parts for setting in part)
)


def _rich(position: int) -> tuple[str, ...]:
    """A world with every instrument in which much happens; four of them take turns with the options."""
    names = EVERYTHING[position * 5 :] + EVERYTHING[: position * 5]
    modes = ("step_up", "bullet", "annuity", "linear")
    shared = ("linear", "revenue_share", "bullet", "revenue_share")
    return (
        *LIVELY,
        f"population.size={(180, 100, 140, 120)[position]}",
        "run.horizon_months=180",
        "design.order=[" + ",".join(f'"{name}"' for name in names) + "]",
        f'design.application="{("sequential", "one_stop_shop")[position % 2]}"',
        f'design.financing="{("stage", "stage", "project", "project")[position]}"',
        "design.retries=1",
        "viability.optimism=5",
        "scaling.first_wave_sites=1",
        "scaling.growth=1",
        "pilot.scope_slope=0",
        "underwriting.hurdle_pa=0",
        "underwriting.minimum_dscr=0",
        *everywhere("queues.*.servers", 3000, QUEUES),
        *everywhere("instruments.*.sizing.share_of_cost", 0.1, GRANTS + INVESTORS + GIVEN),
        *everywhere("instruments.*.decision.mode", '"ranked"', ("digital_europe", "foundation_grant")),
        f"design.patience_months={(2, 100, 4, 20)[position]}",
        *everywhere("instruments.*.sizing.share_of_cost", (0.9, 0.2, 0.9, 0.2)[position], LOANS),
        f"underwriting.pd_limit={(1, 0.03, 1, 0.15)[position]}",
        *everywhere("instruments.*.service.mode", modes[position], LOANS),
        *everywhere("instruments.*.service.mode", shared[position], INVESTORS),
        *everywhere("institution_types.*.liquidity_days", (0.1, 30, 0.1, 60)[position], TYPES),
        *everywhere("institution_types.*.credit_line_days", (0.1, 5, 0.1, 10)[position], TYPES),
        f"operation.payers_take={(1, 0.5, 1, 0.3)[position]}",
        f"operation.recognised_running_cost={(0, 0.7, 0, 1)[position]}",
        *everywhere("institution_types.*.pd_pa", (0.06, 0.01, 0.04, 0.1)[position], TYPES),
        *everywhere("use_cases.*.life_years", (3, 4, 3, 4)[position], USE_CASES),
        *everywhere("instruments.*.service.liability_exemption", 0.5, ("iku148", "erp511", "erp512")),
        f"de_minimis.ceiling_eur={(1e9, 20_000, 1e9, 60_000)[position]}",
        f"underwriting.file_cost_eur={(0, 0, 0, 10_000)[position]}",
        *everywhere(
            "instruments.*.decision.probability", (1, 1, 1, 0.7)[position], GRANTS + INVESTORS + GIVEN
        ),
        *everywhere(
            "instruments.*.decision.budget_pa_eur",
            (1e9, 3e7, 1e9, 1e7)[position],
            ("digital_europe", "foundation_grant"),
        ),
        "default_risk.estate_headroom=1",
        *everywhere("instruments.*.sizing.share_of_cost", 0.2, ("bank_loan",)),
        *everywhere("use_cases.*.renewal_share", 1, USE_CASES),
        'instruments.bfs_mezzanine.service.on_failure="write_off"',
        'instruments.impact_revenue_share.service.on_failure="convert"',
        *everywhere("instruments.*.service.on_failure", '"none"', ("crowd_lending", "first_loss_fund")),
        *everywhere("instruments.*.eligibility.cumulation_share", (1, 0.2, 1, 1)[position], GRANTS),
        *everywhere(
            "instruments.*.cover.instruments",
            ('["bank_loan"]', '["bank_loan", "erp512"]')[position % 2],
            GUARANTEES,
        ),
    )


def examine(chosen: tuple[str, ...], seen: Counter[str]) -> None:
    """Build the world and look at two of its futures, told by both engines; count what happened there."""
    world = make_world(*chosen)
    for replication in (0, 7):
        with counted_releases(seen):
            story = Story(world, replication, record=True)
            outcome = story.tell()
        assert_compiled_tells(world, outcome)
        _nothing_is_negative(outcome)
        _every_project_is_somewhere(outcome)
        _parts_add_up(world, outcome)
        count_kinds(world, outcome, seen)
        count_terms(story, outcome, seen)


def _nothing_is_negative(outcome: Outcome) -> None:
    tables = {
        "totals": (layout.REPLICATION, [outcome.totals]),
        "years": (layout.YEAR, outcome.years),
        "instruments": (layout.INSTRUMENT, outcome.instruments),
        "institutions": (layout.INSTITUTION, list(outcome.institutions.values())),
    }
    for table, (columns, rows) in tables.items():
        for position, column in enumerate(columns):
            lowest = min((row[position] for row in rows), default=0)
            assert lowest >= 0 or column.name in MAY_BE_NEGATIVE[table], f"{table}.{column.name}: {lowest}"
    assert min(outcome.reasons) >= 0 and min(min(row, default=0) for row in outcome.answers or [[0]]) >= 0


def _every_project_is_somewhere(outcome: Outcome) -> None:
    figures = totals(outcome)
    assert sum(outcome.reasons) == sum(by_year(outcome, "ended"))
    alive = figures["ideas"] - sum(outcome.reasons)
    assert by_year(outcome, "live_projects")[-1] <= alive
    assert figures["rolled_out"] <= by_year(outcome, "live_projects")[-1] + sum(outcome.reasons)


def _parts_add_up(world: World, outcome: Outcome) -> None:
    figures = totals(outcome)
    # By year and institution, gifts and outcome money stand with the grants.
    figures["grant_cents"] = figures["uses_cents"] - figures["own_funds_cents"] - figures["lent_cents"]
    for name in ("ideas", "started", "passed", "sustained", "defaults", "lent_cents", "grant_cents"):
        assert sum(by_year(outcome, name)) == figures[name], name
    column = [entry.name for entry in layout.INSTITUTION]
    for name in (
        "ideas",
        "started",
        "sustained",
        "defaults",
        "lent_cents",
        "ead_cents",
        "loss_cents",
        "grant_cents",
    ):
        position = column.index(name)
        assert sum(row[position] for row in outcome.institutions.values()) == figures[name], name
    fiscal = [
        figures[c.name]
        for c in layout.REPLICATION
        if c.name.startswith("fiscal_") and c.name != "fiscal_pv_cents"
    ]
    assert sum(fiscal) == figures["fiscal_pv_cents"]
    assert len(outcome.loans) == figures["loans"]
    assert len(outcome.instruments) == len(world.instrument_names)


def test_random_scenarios_are_the_same_in_both_engines_and_every_kind_of_thing_happens_in_them():
    seen: Counter[str] = Counter()

    @settings(
        max_examples=25, deadline=None, phases=NO_SHRINKING, suppress_health_check=SLOW, derandomize=True
    )
    @given(SCENARIO)
    def look(chosen: tuple[str, ...]) -> None:
        examine(chosen, seen)

    look()
    for position in range(4):
        examine(_rich(position), seen)
    rare = {name: seen[name] for name in KINDS if seen[name] < 100}
    assert not rare, f"happened less than a hundred times: {rare}"


@pytest.mark.slow
@settings(max_examples=400, deadline=None, phases=NO_SHRINKING, suppress_health_check=SLOW)
@given(SCENARIO)
def test_many_more_random_scenarios_keep_the_rules_in_both_engines(chosen: tuple[str, ...]):
    examine(chosen, Counter())
