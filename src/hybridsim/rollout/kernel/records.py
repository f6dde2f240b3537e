"""Layout of the kernel's memory: one record type per kind of thing, and the arrays that hold them.

Amounts are cents, times months; whole numbers are 64 bits wide, -1 stands for "none". A list of things that
belong to an institution is linked through ``next`` in the order in which they came.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from hybridsim.rollout import layout

Whole = npt.NDArray[np.int64]

INSTRUMENTS, PROVIDERS, USE_CASES, TYPES, CELLS = 64, 32, 16, 6, 96
ACTIVITIES, WAVES, YEARS, QUARTERS, FACTORS, COHORT_MARKS = 12, 14, 101, 404, 8, 7
"""Most that a scenario can have (scenario/schema)."""
CHANCES_FROM, CHANCES_PER_UNIT, CHANCES = -9.0, 16.0, 224
"""Steps of the bounds of default chances: from -9 to 5 standard deviations."""
LINE = 64
"""Bytes that a processor fetches at once."""


def _record(whole: str, real: str = "", **arrays: tuple[Any, tuple[int, ...]]) -> np.dtype[Any]:
    """Record of whole numbers, reals and arrays of fixed length."""
    fields: list[Any] = [(name, np.int64) for name in whole.split()]
    fields += [(name, np.float64) for name in real.split()]
    fields += [(name, kind, shape) for name, (kind, shape) in arrays.items()]
    return np.dtype(fields, align=True)


def _lines(*parts: np.dtype[Any]) -> np.dtype[Any]:
    """One record of several, in their order, that fills whole lines of the cache.

    Passes over all institutions wait for memory: what they read stands first, eight fields to a line.
    """
    fields = [(name, part.fields[name][0]) for part in parts if part.fields for name in part.names or ()]
    joined = np.dtype(fields, align=True)
    size = -(-joined.itemsize // LINE) * LINE
    formats = [kind for _, kind in fields]
    offsets = [joined.fields[name][1] for name, _ in fields] if joined.fields else []
    return np.dtype(
        {"names": [name for name, _ in fields], "formats": formats, "offsets": offsets, "itemsize": size}
    )


def _counts(columns: tuple[layout.Column, ...]) -> np.dtype[Any]:
    return np.dtype([(column.name, np.int64) for column in columns])


INSTRUMENT = _record(
    """key_lo key_hi kind provider refinancer settlement supports gge_rule de_minimis types legal_forms
    laender use_cases stages cost_from cost_to revenue_to minimum maximum maximum_per_site calls
    waits decision budget_pa arrears service quarters grace_quarters element_cap subordinated
    holiday on_failure excludes reference fund outcome_payer outcome_price covers cover_maximum
    cover_always moves_class is_loan talks_early""",
    """found_alone found_advised application_days administration_share share lag_median lag_sigma
    probability account_median account_sigma rate_discount refinancing_discount element_share
    exemption rate_fixed savings_share multiple live_discount commitment_fee cumulation size_slope
    retention fee_share binding_months clawback_interest outcome_premium outcome_error cover
    cap_rate fee_upfront fee_pa""",
)
"""`InstrumentTerms`; sets are bit masks, texts the codes below."""

USE_CASE = _record(
    """offered members n_members technology_fixed technology_site technology_place other_fixed other_site
    other_place running_site_pa running_place_pa incident_value""",
    """hours_place_pa incidents_place_pa reached_place implementation_median implementation_sigma
    gate_intercept sustain_logit trend_pa life_months renewal_share initial_share interest""",
)
"""`UseCaseTerms`; ``members`` of a platform are a bit mask."""

PLATFORM = _record("index minimum_sites any_size", "share")
"""`PlatformTerms`; ``any_size`` is a bit mask of types."""

ACTIVITY = _record(
    "", "done_alone done_advised days gate_effect sustain_effect optimism_effect consent_effect months"
)

DURATIONS = (
    "preparation",
    "pilot",
    "pause",
    "adoption_retry",
    "design_retry",
    "advise",
    "train",
    "workout",
    "consent",
)

WORLD = _record(
    """seed_lo seed_hi n n_factors years whole_months n_instruments n_use_cases n_providers n_activities
    n_order n_guarantees n_platforms sequential whole_project retries max_attempts maximum_waves
    first_wave_sites advice_cost advice_provider ceiling factor_start_given
    file_cost payers_public technology_factor""",
    """horizon follow_up patience smaller_scope first_contact innovation imitation shrinkage advice_share
    advice_optimism optimism planning_rate minimum_dscr advice_sustain later_stage_share
    overrun_median overrun_sigma overrun_tail overrun_tail_index overrun_cap pilot_scope
    readiness_slope advice_effect own_success_effect peer_slope technology_slope scope_slope
    dip_months dip_level ramp_months realised_median realised_sigma overtime turnover cash_freed
    cash_overtime cash_turnover cash_outcomes price_first price_last payers_take recognised
    support_months sustain_cash_slope growth net_share kept hour_value hourly_cost day_cost
    social_force line_rate bridging weight_service weight_ebitda weight_liquidity weight_failed
    shift_cap minimum_workout recovery_economy recovery_sigma headroom reference_spread error_sd
    error_sd_advised pd_limit pd_limit_covered bank_dscr running_cost margin funding_spread
    class_a_spread lgd capital risk_weight hurdle""",
    mission_weight=(np.float64, (3,)),
    estate_mu=(np.float64, (TYPES,)),
    median=(np.float64, (len(DURATIONS),)),
    sigma=(np.float64, (len(DURATIONS),)),
    factor_key_lo=(np.int64, (FACTORS,)),
    factor_key_hi=(np.int64, (FACTORS,)),
    factor_start=(np.float64, (FACTORS,)),
    correlation_root=(np.float64, (FACTORS, FACTORS)),
    innovation_root=(np.float64, (FACTORS, FACTORS)),
    transition=(np.float64, (FACTORS, FACTORS)),
    factor_shift=(np.float64, (FACTORS, YEARS)),
    factor_fix=(np.float64, (FACTORS, YEARS)),
    rates=(np.float64, (YEARS,)),
    log_rates=(np.float64, (YEARS,)),
    chances=(np.float64, (CHANCES,)),
    quarter_discounts=(np.float64, (QUARTERS,)),
    social_discounts=(np.float64, (QUARTERS,)),
    provider_public=(np.int64, (PROVIDERS,)),
    order=(np.int64, (INSTRUMENTS,)),
    guarantees=(np.int64, (INSTRUMENTS,)),
    servers=(np.int64, (3,)),
    queue_patience=(np.float64, (3,)),
    cell_size=(np.float64, (CELLS,)),
    type_size=(np.float64, (TYPES,)),
    activities=(ACTIVITY, (ACTIVITIES,)),
    instruments=(INSTRUMENT, (INSTRUMENTS,)),
    use_cases=(USE_CASE, (USE_CASES, TYPES)),
    platforms=(PLATFORM, (USE_CASES,)),
)
"""Everything about a scenario that is not about single institutions."""

HOPE = _record("waiting attempts", "target")
"""An institution and a use case: ``target`` is the integrated hazard at which the idea comes."""

CELL = _record("users first waiting", "reached hazard")
"""A use case in one cell (type and Land); who waits for the idea lies in ``waits`` from ``first`` on."""
WAIT = _record("row", "target")
"""Who waits for the idea of a use case; those of a cell are a heap, the first to get it on top."""

INSTITUTION = _lines(
    _record("touched dead first_project first_loan earmark budget_years", "defaulted_at next_quarter"),
    _record("epoch failures", "first_start watched_since threshold_left hazard shift_now rated_in"),
    _record("last_project last_loan successes bridged marks", "pd_now pd_threshold base_hazard"),
)

LISTS = _record("first_followed first_aid last_aid first_application used_at_start")
"""Where an institution's other lists begin: projects by cohort, de-minimis awards, applications to calls; and
whether it used any use case at the start."""

GIVEN = _record("granted element")
"""What an institution has of an instrument."""

WAVE = _record("", "live_at sites")

PROJECT = _lines(
    _record("n_waves next row use_case saved repriced ended", "accrued_to"),
    _record("benefit running taken recognised site_cash_pa site_running_pa net_pa gross_pa"),
    _record(
        "site_hours_milli_pa site_social_pa site_incidents_milli_pa hours_milli cohort",
        "followed_until social_at_start live_at",
    ),
    _record("", waves=(WAVE, (WAVES,))),
    _record(
        """sites_live previous attempt advised found done staff_cents fiscal_before public next_followed
        sustained support_epoch hours_paid_milli first_settled last_settled step stage_wave wave
        wave_size shrunk rollout_cost queue_next desk_wave deal_open deal_stages deal_drawn deal_wave
        first_grant last_grant need_stage need_wave need_costs need_attempt need_too_late
        need_waiting need_round first_got last_got first_ask pending_terms pending_cents
        pending_guarantee pending_answer""",
        """looked fiscal_at_start started_at optimism realised decided_at supported_until ended_at consent_at
        prepared_from head_start months desk_arrived deadline deal_closed_at pending_rate
        pending_refinancing pending_pd pending_cover""",
        need_cost=(np.int64, (2,)),
        deal_cost=(np.int64, (2,)),
        deal_own=(np.int64, (2,)),
    ),
)
"""A project, where it stands in its life, its present need of money and its present deal."""

LOAN = _lines(
    _record("next row outstanding service_pa project terms service", "ended_at"),
    _record("quarter plan_from holiday planned level_payment guarantee grace_quarters quarters undrawn"),
    _record("principal repaid interest", "rate_pa refinancing_pa closed_at defaulted_at cover"),
    _record(
        "ahead_outstanding ahead_quarter ahead_holiday wave ead recovered payout loss forgiven share",
        "pd_at_close",
    ),
)

COMMITMENT = _record(
    "terms amount stage_cost gge aid aid_record guarantee loan next",
    "awarded_at rate_pa refinancing_pa pd cover",
    part=(np.int64, (2,)),
)

GRANT = _record("project terms amount paid waiting planned_cost own_funds other_funds actual_cost sub next")
SETTLED = _record("terms cents next", "settled_at")
AID = _record("cents next", "month")
APPLICATION = _record("terms call row use_case wave cents award next_of_call next_of_row", "score")
CALL = _record("opened met first count")
ASK = _record("terms cents call next", "answer_at")
DESK = _record("free waiting first last")
EVENT = _record("key seq what more", "time")
CHUNK_EVENTS, SLICES_PER_MONTH = 15, 4
CHUNK = _record("next count", events=(EVENT, (CHUNK_EVENTS,)))
SLICE = _record("first")
"""Events of a slice of time that has not begun: their first chunk, counted from 1, 0 if there is none."""

PERSON = _lines(
    _record("key_lo key_hi type cell revenue budget_pa budget_cap", "pd"),
    _record("liquidity credit_line reserve sites legal_form land", "multiplier places_per_site"),
    _record("ebitda debt debt_service collateral supported", "readiness_gap"),
)
"""What the world knows of an institution."""
CREDIT = _record("key_lo key_hi", "threshold residual", loading=(np.float64, (FACTORS,)))
"""What decides on its default before any project: key, default threshold, factor loadings."""

LOG = _record("rank row sub amount", "time")
BALANCE = _record("loan outstanding undrawn service left grace_left", "time rate_pa")
RATING = _record("row", "time pd")
"""Notes for a lender's book (`loan_life.Lives`)."""

ENTRY = _record("giver giver_kind receiver receiver_kind cents memo instrument", "time")

TOTAL = _counts(layout.REPLICATION)
YEAR = _counts(layout.YEAR)
COHORT = _counts(layout.COHORT)
BY_INSTRUMENT = _counts(layout.INSTRUMENT)
BY_INSTITUTION = np.dtype([("seen", np.int64), *((column.name, np.int64) for column in layout.INSTITUTION)])

BOOK = _lines(_record("", balance=(np.int64, (7,))))
NUMBER = _record("value")
AMOUNT = _record("", "amount")

ARENAS = {
    "heap": EVENT, "chunks": CHUNK, "projects": PROJECT, "loans": LOAN, "commitments": COMMITMENT,
    "grants": GRANT, "settled": SETTLED, "aids": AID, "applications": APPLICATION, "asks": ASK, "log": LOG,
    "entries": ENTRY,
    "balances": BALANCE, "ratings": RATING,
}  # fmt: skip
"""What grows: where one is full, the replication is told again with more room."""
TABLES = {
    "world": WORLD, "people": PERSON, "institutions": INSTITUTION, "books": BOOK, "hopes": HOPE,
    "cells": CELL, "calls": CALL, "touched": NUMBER, "total": TOTAL, "years": YEAR, "cohorts": COHORT,
    "instruments": BY_INSTRUMENT, "answers": NUMBER, "counts": BY_INSTITUTION, "trends": AMOUNT,
    "given": GIVEN, "marks": NUMBER, "lists": LISTS, "credit": CREDIT, "slices": SLICE, "waits": WAIT,
}  # fmt: skip
"""What has the world's size."""

RUN = _record(
    " ".join((*ARENAS, *(f"room_{name}" for name in ARENAS), *(f"n_{name}" for name in ARENAS), *TABLES))
    + " replication record follow running_off open_accounts status seq free_ask free_chunk slice_now n_slices"
    + " n_touched calls_each initial_users key what more",
    "now year_start seen_at horizon",
    fund_cash=(np.int64, (INSTRUMENTS,)),
    guaranteed_volume=(np.int64, (INSTRUMENTS,)),
    guarantee_paid=(np.int64, (INSTRUMENTS,)),
    spent=(np.int64, (INSTRUMENTS, YEARS)),
    reasons=(np.int64, (len(layout.Reason),)),
    desks=(DESK, (3,)),
    fund_settled=(np.float64, (INSTRUMENTS,)),
    factors=(np.float64, (FACTORS, YEARS)),
    factor_shock=(np.float64, (FACTORS,)),
    factor_state=(np.float64, (FACTORS,)),
    factor_next=(np.float64, (FACTORS,)),
)
"""Where one replication stands."""
"""Where one replication stands, and the addresses of all other arrays."""

GGE_RULES = ("none", "nominal", "interest_subsidy", "safe_harbour")
DECISIONS = ("probability", "underwriting", "ranked", "campaign")
ON_FAILURE = ("none", "write_off", "convert")
