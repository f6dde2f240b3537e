"""From the world's objects to the kernel's records."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from hybridsim.core import mathx
from hybridsim.core.codes import LegalForm
from hybridsim.core.money import to_cents
from hybridsim.impact.social import net_share
from hybridsim.rollout.kernel import records
from hybridsim.rollout.people import person
from hybridsim.rollout.terms import InstrumentTerms
from hybridsim.rollout.world import LAENDER, RUN_OFF_YEARS, World

_CODES = {
    "gge_rule": records.GGE_RULES,
    "decision": records.DECISIONS,
    "on_failure": records.ON_FAILURE,
}


def pack_world(world: World) -> npt.NDArray[Any]:
    """One record of `records.WORLD`."""
    packed = np.zeros(1, records.WORLD)
    record = packed[0]
    for name, value in (*_run(world).items(), *_process(world).items(), *_risk(world).items()):
        record[name] = value
    record["order"][: len(world.order)] = world.order
    record["guarantees"][: len(world.guarantees)] = world.guarantees
    record["provider_public"][: len(world.provider_public)] = world.provider_public
    for form, weight in world.scenario.viability.mission_weight.items():
        record["mission_weight"][int(LegalForm.parse(form))] = weight.value
    for kind, mu in world.estate_mu.items():
        record["estate_mu"][kind] = mu
    for position, queue in enumerate(world.queues.values()):
        record["servers"][position] = queue.servers
        record["queue_patience"][position] = queue.patience_months
    _pack_factors(record, world)
    _fill(record["rates"], world.rates_pa)
    _fill(record["log_rates"], [mathx.log(1.0 + rate) for rate in world.rates_pa])
    record["chances"] = chance_bounds()
    _fill(record["quarter_discounts"], world.quarter_discounts)
    _fill(record["social_discounts"], world.social_discounts)
    sizes = np.bincount(world.cell, minlength=records.CELLS).astype(np.float64)
    record["cell_size"] = sizes
    record["type_size"] = [sum(row.tolist()) for row in sizes.reshape(records.TYPES, LAENDER)]
    for position, activity in enumerate(world.scenario.preparation.activities.values()):
        for name in records.ACTIVITY.names or ():
            record["activities"][position][name] = getattr(activity, name).value
    for position, terms in enumerate(world.instruments):
        _pack_instrument(record["instruments"][position], terms)
    for (use_case, kind), figures in world.use_cases.items():
        cell = record["use_cases"][use_case][kind]
        for name in records.USE_CASE.names or ():
            if name not in ("offered", "members", "n_members"):
                cell[name] = getattr(figures, name)
        cell["offered"], cell["n_members"] = 1, len(figures.members)
        cell["members"] = sum(1 << member for member in figures.members)
    for position, platform in enumerate(world.platforms):
        record["platforms"][position]["index"] = platform.index
        record["platforms"][position]["share"] = platform.share
        record["platforms"][position]["minimum_sites"] = platform.minimum_sites
        record["platforms"][position]["any_size"] = sum(1 << kind for kind in platform.any_size)
    return packed


def chance_bounds() -> npt.NDArray[np.float64]:
    """Bounds of the normal distribution function from above, one for each step (see `records.CHANCES`)."""
    ends = [records.CHANCES_FROM + (step + 1) / records.CHANCES_PER_UNIT for step in range(records.CHANCES)]
    return np.array([1.00000001 * mathx.norm_cdf(end) for end in ends])


def _fill(target: npt.NDArray[Any], values: Iterable[float]) -> None:
    """Fill a table; what is beyond its end holds the last value."""
    listed = list(values)
    target[: len(listed)] = listed
    target[len(listed) :] = listed[-1]


def _pack_factors(record: Any, world: World) -> None:  # noqa: ANN401
    model, n = world.factors, len(world.factors.names)
    for position, (lo, hi) in enumerate(world.factor_keys):
        record["factor_key_lo"][position], record["factor_key_hi"][position] = lo, hi
    record["factor_start_given"] = world.start_state is not None
    if world.start_state is not None:
        record["factor_start"][:n] = world.start_state
    for name in ("correlation_root", "innovation_root", "transition"):
        record[name][:n, :n] = getattr(model, name)
    years = world.years + RUN_OFF_YEARS
    record["factor_shift"][:n, :years] = world.stress.shift
    record["factor_fix"][:n, :years] = world.stress.fix


def _pack_instrument(record: Any, terms: InstrumentTerms) -> None:  # noqa: ANN401
    for name in records.INSTRUMENT.names or ():
        value = getattr(terms, name)
        if name in _CODES:
            value = _CODES[name].index(value)
        elif isinstance(value, frozenset):
            value = sum(1 << member for member in value)
        record[name] = value


def _run(world: World) -> dict[str, float]:
    scenario = world.scenario
    design, advice = scenario.design, scenario.advice
    return {
        "seed_lo": world.seed_lo,
        "seed_hi": world.seed_hi,
        "n": world.n,
        "n_factors": len(scenario.factors.names),
        "years": world.years,
        "horizon": world.horizon,
        "follow_up": scenario.run.follow_up_months,
        "whole_months": scenario.run.whole_months,
        "n_instruments": len(world.instruments),
        "n_use_cases": len(world.use_case_names),
        "n_providers": len(world.provider_names),
        "n_activities": len(scenario.preparation.activities),
        "n_order": len(world.order),
        "n_guarantees": len(world.guarantees),
        "n_platforms": len(world.platforms),
        "sequential": design.application == "sequential",
        "whole_project": design.financing == "project",
        "retries": design.retries,
        "patience": design.patience_months.value,
        "smaller_scope": design.smaller_scope.value,
        "first_contact": design.first_contact.value,
        "max_attempts": scenario.adoption.max_attempts,
        "maximum_waves": scenario.scaling.maximum_waves,
        "first_wave_sites": scenario.scaling.first_wave_sites,
        "growth": scenario.scaling.growth.value,
        "advice_cost": to_cents(advice.cost_eur.value),
        "advice_provider": world.provider_names.index(advice.provider),
        "advice_share": advice.share.value,
        "advice_sustain": advice.sustain_effect.value,
        "advice_optimism": advice.optimism.value,
        "ceiling": to_cents(scenario.de_minimis.ceiling_eur.value),
        "reference_spread": scenario.de_minimis.reference_spread_pa.value,
        "payers_public": scenario.public_cost.statutory_payers_public,
        "social_force": world.social_force_pa,
    }


def _process(world: World) -> dict[str, Any]:
    scenario = world.scenario
    adoption, pilot, operation, impact = (
        scenario.adoption,
        scenario.pilot,
        scenario.operation,
        scenario.impact,
    )
    work, carriers, risk = scenario.implementation, scenario.carriers, scenario.default_risk
    durations = (
        scenario.preparation.duration, pilot.duration, scenario.scaling.pause, adoption.retry_pause,
        scenario.design.retry_pause, scenario.queues.advisers.service, scenario.queues.trainers.service,
        risk.workout, work.consent,
    )  # fmt: skip
    return {
        "median": [duration.median_months.value for duration in durations],
        "sigma": [duration.sigma.value for duration in durations],
        "innovation": adoption.innovation_pa.value,
        "imitation": adoption.imitation_pa.value,
        "shrinkage": adoption.shrinkage_peers.value,
        "day_cost": scenario.preparation.day_cost_eur.value,
        "optimism": scenario.viability.optimism.value,
        "planning_rate": scenario.viability.planning_rate_pa.value,
        "minimum_dscr": scenario.viability.minimum_dscr.value,
        "later_stage_share": work.later_stage_share.value,
        "overrun_median": work.overrun_median.value,
        "overrun_sigma": work.overrun_sigma.value,
        "overrun_tail": work.overrun_tail_probability.value,
        "overrun_tail_index": work.overrun_tail_index.value,
        "overrun_cap": work.overrun_cap.value,
        "pilot_scope": pilot.scope.value,
        "readiness_slope": pilot.readiness_slope.value,
        "advice_effect": pilot.advice_effect.value,
        "own_success_effect": pilot.own_success_effect.value,
        "peer_slope": pilot.peer_slope.value,
        "technology_slope": pilot.technology_slope.value,
        "technology_factor": scenario.factors.names.index(pilot.technology_factor),
        "scope_slope": pilot.scope_slope.value,
        "dip_months": operation.dip_months.value,
        "dip_level": operation.dip_level.value,
        "ramp_months": operation.ramp_months.value,
        "realised_median": operation.realised_median.value,
        "realised_sigma": operation.realised_sigma.value,
        "overtime": operation.overtime_agency_share.value,
        "turnover": operation.turnover_sickness_share.value,
        "cash_freed": operation.cashable_freed_time.value,
        "cash_overtime": operation.cashable_overtime_agency.value,
        "cash_turnover": operation.cashable_turnover_sickness.value,
        "cash_outcomes": operation.cashable_outcomes.value,
        "price_first": operation.price_round_first_months.value,
        "price_last": operation.price_round_last_months.value,
        "payers_take": operation.payers_take.value,
        "recognised": operation.recognised_running_cost.value,
        "support_months": operation.support_months.value,
        "sustain_cash_slope": operation.sustain_cash_slope.value,
        "net_share": net_share(1.0, impact.deadweight.value, impact.attribution.value, 0.0, 0),
        "kept": 1.0 - impact.drop_off_pa.value,
        "hour_value": impact.hour_value_eur.value,
        "hourly_cost": carriers.hourly_cost_eur.value,
        "line_rate": carriers.credit_line_rate_pa.value,
        "bridging": carriers.bridging_reserve_share.value,
    }


def _risk(world: World) -> dict[str, float]:
    risk, bank = world.scenario.default_risk, world.scenario.underwriting
    return {
        "weight_service": risk.weight_service.value,
        "weight_ebitda": risk.weight_ebitda.value,
        "weight_liquidity": risk.weight_liquidity_per_day.value,
        "weight_failed": risk.weight_failed.value,
        "shift_cap": risk.shift_cap.value,
        "minimum_workout": risk.minimum_workout_months.value,
        "recovery_economy": risk.recovery_economy.value,
        "recovery_sigma": risk.recovery_sigma.value,
        "headroom": risk.estate_headroom.value,
        "error_sd": bank.error_sd.value,
        "error_sd_advised": bank.error_sd.value * bank.advised_error_share.value,
        "pd_limit": bank.pd_limit.value,
        "pd_limit_covered": bank.pd_limit_covered.value,
        "bank_dscr": bank.minimum_dscr.value,
        "file_cost": to_cents(bank.file_cost_eur.value),
        "running_cost": bank.running_cost_pa.value,
        "margin": bank.margin_pa.value,
        "funding_spread": bank.funding_spread_pa.value,
        "class_a_spread": bank.class_a_spread_pa.value,
        "lgd": bank.lgd.value,
        "capital": bank.capital_ratio.value,
        "risk_weight": bank.risk_weight.value,
        "hurdle": bank.hurdle_pa.value,
    }


def pack_people(world: World, packed: npt.NDArray[Any]) -> None:
    """Fill one record of `records.PERSON` per institution."""
    rows = [person(world, row) for row in range(world.n)]
    for name, column in zip(rows[0]._fields, zip(*rows, strict=True), strict=True):
        packed[name] = column
    packed["key_lo"], packed["key_hi"], packed["cell"] = world.key_lo, world.key_hi, world.cell
    packed["multiplier"], packed["supported"] = world.adoption_multiplier, world.supported


def pack_credit(world: World, packed: npt.NDArray[Any]) -> None:
    """Fill one record of `records.CREDIT` per institution."""
    packed["key_lo"], packed["key_hi"] = world.key_lo, world.key_hi
    packed["threshold"], packed["residual"] = world.pd_threshold, world.residual
    packed["loading"][:, : world.loading.shape[1]] = world.loading
