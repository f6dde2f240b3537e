"""One institution followed through one future by hand.

Nothing is left to chance but the moment of the idea, so every date, cost, source, payment and effect follows
from the scenario by arithmetic that stands here and calls nothing of the engine.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from math import exp, floor, log
from typing import Any

import numpy as np
import pytest

from hybridsim.core.rng import S_ADOPTION, draw_index, entity_key, split_key, uniform
from hybridsim.rollout.events import Rank
from hybridsim.rollout.ledger import Entry
from hybridsim.rollout.reference import simulate
from hybridsim.rollout.tally import Outcome
from hybridsim.rollout.world import World
from tests.support.worlds import NO_FACTORS, by_instrument, happened, home, loans, make_world, only, totals

ACTIVITIES = (
    "goal_definition",
    "needs_analysis",
    "viability_analysis",
    "staff_involvement",
    "carrier_involvement",
)
SETTINGS = (
    *NO_FACTORS,
    *only("documentation"),
    "run.seed=1",
    "adoption.innovation_pa=0.3",
    "adoption.imitation_pa=0",
    "use_cases.documentation.interest=1",
    "use_cases.documentation.life_years=5",
    "use_cases.documentation.price_trend_pa=-0.05",
    "use_cases.documentation.renewal_share=0.4",
    "use_cases.documentation.types.nursing_home.implementation.median_months=3.2",
    "use_cases.documentation.types.nursing_home.implementation.sigma=0",
    "use_cases.documentation.types.nursing_home.gate_probability=1",
    "use_cases.documentation.types.nursing_home.sustain_probability=1",
    "use_cases.documentation.types.nursing_home.freed_hours_per_place_year=20",
    "use_cases.documentation.types.nursing_home.incidents_per_place_year=0.5",
    "advice.share=0",
    "preparation.duration.median_months=4.1",
    "preparation.duration.sigma=0",
    *(f"preparation.activities.{name}.done_alone=1" for name in ACTIVITIES),
    *(f"preparation.activities.{name}.optimism_effect=0" for name in ACTIVITIES),
    "viability.optimism=1",
    "viability.mission_weight.non_profit=1",
    "implementation.overrun_median=1.1",
    "implementation.consent.median_months=0",
    "implementation.overrun_sigma=0",
    "implementation.overrun_tail_probability=0",
    "pilot.duration.sigma=0",
    "pilot.scope=0.4",
    "operation.realised_median=1",
    "operation.realised_sigma=0",
    "operation.price_round_first_months=15",
    "operation.price_round_last_months=15",
    "scaling.pause.median_months=5.3",
    "scaling.pause.sigma=0",
    'design.order=["land_digital_grant", "iku148"]',
    "instruments.land_digital_grant.found_alone=1",
    "instruments.land_digital_grant.decision.budget_pa_eur=1e9",
    "instruments.land_digital_grant.decision.probability=1",
    "instruments.land_digital_grant.sizing.share_of_cost=0.4",
    "instruments.land_digital_grant.sizing.eligible_share=0.9",
    "instruments.land_digital_grant.timing.lag.sigma=0",
    "instruments.iku148.found_alone=1",
    "instruments.iku148.timing.lag.sigma=0",
    "instruments.iku148.sizing.minimum_eur=1000",
    "instruments.iku148.sizing.share_of_cost=0.35",
    "underwriting.minimum_ticket_eur=1000",
    "underwriting.file_cost_eur=50",
    "underwriting.error_sd=0",
)
PLACES, SITES, REVENUE, LIQUIDITY_DAYS, BUDGET, PD = 90, 3, 9_000_000.0, 60.0, 60_000.0, 0.002
IDEA_HAZARD_PA = 0.3
VAT, HOURLY, TREND = 1.19, 39.0, -0.05
CLOSING, LAG_GRANT, LAG_LOAN = 6.0, 4.0, 2.5
SHARE_GRANT, SHARE_LOAN = 0.4 * 0.9, 0.35
HORIZON = 120.0


@cache
def story() -> tuple[World, Outcome]:
    """The first future in which the idea comes in the first year and nobody defaults."""
    row = home(
        "Haus Morgenrot",
        sites=SITES,
        places=PLACES * SITES,
        revenue_eur_pa=REVENUE,
        liquidity_days=LIQUIDITY_DAYS,
        digital_budget_eur_pa=BUDGET,
        pd_pa=PD,
        readiness=readiness(),
    )
    world = make_world(*SETTINGS, rows=[row])
    for replication in range(200):
        outcome = simulate(world, replication, record=True)
        ideas = happened(outcome, Rank.IDEA)
        if totals(outcome)["defaults"] == 0 and ideas and 4.0 < ideas[0][0] < 12.0:
            return world, outcome
    raise AssertionError("no such future")


@cache
def readiness() -> float:
    """The type's mean readiness, so that it changes neither hazard nor gate."""
    return float(make_world("population.size=10").scenario.institution_types["nursing_home"].readiness.value)


def dates() -> dict[str, float]:
    """When everything must happen, from the moment of the idea on."""
    _, outcome = story()
    at = {"idea": happened(outcome, Rank.IDEA)[0][0]}
    at["plan"] = at["idea"] + 4.1 + 0.25 + 0.5 + 0.5 + 1.0 + 0.5
    at["close"] = after_funding(at["plan"])
    at["pilot"] = at["close"] + 3.2
    at["gate"] = at["pilot"] + 4.0
    at["close2"] = after_funding(at["gate"])
    at["live"] = at["close2"] + 3.2 / 2.0
    at["price_round"] = at["live"] + 15.0
    at["support_end"] = at["live"] + 12.0
    at["worn_out"] = at["live"] + 60.0
    at["next_wave"] = at["live"] + 5.3
    at["close3"] = after_funding(at["next_wave"])
    at["wave"] = at["close3"] + 3.2 / 2.0
    # The wave's grant and promotional loan are support again, after the first has ended.
    assert at["support_end"] < at["close3"]
    at["last_support_end"] = at["wave"] + 12.0
    at["sustained"] = at["last_support_end"] + 24.0
    return at


def after_funding(start: float) -> float:
    """The grant's call closes at the next half-year's end and answers; the bank is asked after that."""
    return (floor(start / CLOSING) + 1.0) * CLOSING + LAG_GRANT + LAG_LOAN


def costs() -> list[float]:
    """Planned cost in euros of pilot, rest of the first site, and the two further sites."""
    at = dates()
    technology = 3000 * VAT + 110 * VAT * PLACES
    other = 4900 * VAT + 5 * 0.45 * HOURLY * PLACES
    pilot = (6000 * VAT + 0.4 * technology) * price(at["plan"]) + (2000 + 6000) * VAT + 0.4 * other
    rest = 0.6 * technology * price(at["plan"]) + 0.6 * other
    return [pilot, rest, 2 * technology * price(at["next_wave"]) + 2 * other]


def price(month: float) -> float:
    """Price of technology relative to month 0."""
    return exp(TREND * month / 12.0)


def ramp(age: np.ndarray) -> np.ndarray:
    """Dip of 27 % for two months, then a line to the full effect in month 6."""
    rising = np.clip((age - 2.0) / 4.0, 0.0, 1.0)
    return np.where(age < 0.0, 0.0, np.where(age < 2.0, -0.27, rising))


def integrate(start: float, end: float, rate_pa: Any) -> float:
    """Integral of a yearly rate over months by midpoints, in units of the rate."""
    steps = 400_000
    width = (end - start) / steps
    months = start + width * (np.arange(steps) + 0.5)
    return float(np.sum(rate_pa(months)) * width / 12.0)


def sites_working(month: np.ndarray) -> np.ndarray:
    """Sites at work times what they yield at their age."""
    at = dates()
    return 0.4 * ramp(month - at["pilot"]) + 0.6 * ramp(month - at["live"]) + 2.0 * ramp(month - at["wave"])


def sites_running(month: np.ndarray) -> np.ndarray:
    """Sites that cost at the prices of their month."""
    at = dates()
    begun = 0.4 * (month >= at["pilot"]) + 0.6 * (month >= at["live"]) + 2.0 * (month >= at["wave"])
    return begun * np.exp(TREND * month / 12.0)


def paid(memo: str) -> dict[float, int]:
    """Cents by month of all entries with this memo."""
    _, outcome = story()
    sums: dict[float, int] = defaultdict(int)
    for entry in outcome.entries:
        if entry.memo == memo:
            sums[entry.time] += entry.cents
    return dict(sums)


def total(memo: str) -> float:
    """Euros of all entries with this memo."""
    return sum(paid(memo).values()) / 100.0


def cash_before(month: float) -> float:
    """Euros of cash that the institution has just before a month, from the single entries."""
    _, outcome = story()
    return sum(_flow(entry) for entry in outcome.entries if entry.time < month) / 100.0


def _flow(entry: Entry) -> int:
    sign = (entry.receiver == "Haus Morgenrot") - (entry.giver == "Haus Morgenrot")
    return sign * entry.cents


def test_the_idea_comes_when_the_bass_hazard_has_used_up_the_threshold():
    _, outcome = story()
    lo, hi = split_key(entity_key("Haus Morgenrot"))
    u = uniform(1, 0, outcome.replication, lo, hi, S_ADOPTION, draw_index(0, 0, 0, 0))
    assert dates()["idea"] == pytest.approx(-log(1.0 - u) / IDEA_HAZARD_PA * 12.0, abs=1e-9)


def test_every_stage_comes_on_its_date():
    _, outcome = story()
    at = dates()
    seen = {
        Rank.PLANNED: [at["plan"]],
        Rank.GATE: [at["gate"]],
        Rank.LIVE: [at["pilot"], at["live"], at["wave"]],
        Rank.PRICE_ROUND: [at["price_round"]],
        Rank.SUPPORT_END: [at["support_end"], at["last_support_end"]],
        Rank.SUSTAINED: [at["sustained"]],
        Rank.WORN_OUT: [at["worn_out"]],
        Rank.NEXT_WAVE: [at["next_wave"]],
        Rank.COMMITTEE: [at["close"] - LAG_LOAN, at["close2"] - LAG_LOAN, at["close3"] - LAG_LOAN],
    }
    for rank, months in seen.items():
        found = [time for time, *_ in happened(outcome, rank)]
        assert found == pytest.approx(months, abs=1e-9), rank.name
    assert happened(outcome, Rank.RETRY) == []
    assert [totals(outcome)[name] for name in ("started", "piloted", "passed", "rolled_out", "scaled")] == [
        1
    ] * 5
    assert totals(outcome)["sustained"] == 1 and sum(outcome.reasons) == 0
    assert totals(outcome)["funding_months"] == round(1000 * (at["close"] - at["plan"]))


def test_every_close_pays_its_cost_from_grant_loan_and_own_funds():
    at, figures = dates(), totals(story()[1])
    closes = [at["close"], at["close2"], at["close3"]]
    for what, share in (
        ("project cost", 1.0),
        ("grant land_digital_grant", SHARE_GRANT),
        ("loan iku148", SHARE_LOAN),
    ):
        money = paid(what)
        assert sorted(money) == pytest.approx(closes, abs=1e-9)
        for cents, cost in zip((money[month] for month in sorted(money)), costs(), strict=True):
            assert cents == pytest.approx(100 * share * cost, abs=1.0), what
    renewal = sum(paid("renewal").values())
    planned = 100 * sum(costs())
    assert figures["uses_cents"] == pytest.approx(planned + renewal, abs=3)
    assert figures["own_funds_cents"] == pytest.approx(
        planned * (1 - SHARE_GRANT - SHARE_LOAN) + renewal, abs=6
    )


def test_cost_above_plan_is_paid_at_each_go_live():
    at = dates()
    above = paid("above plan")
    assert sorted(above) == pytest.approx([at["pilot"], at["live"], at["wave"]], abs=1e-9)
    assert [above[month] for month in sorted(above)] == pytest.approx(
        [10 * cost for cost in costs()], abs=1.0
    )
    assert totals(story()[1])["overrun_cents"] == pytest.approx(10 * sum(costs()), abs=3)


def test_the_rate_is_the_lower_of_the_ladder_and_what_the_loan_costs_the_bank():
    world, outcome = story()
    for loan in loans(world, outcome):
        pd, principal = loan["pd_pa"], loan["principal_cents"] / 100.0
        # Ladder: bonity 2 (0.1 % to 0.4 %) or 3 (to 1.2 %), no collateral: classes E and H.
        ladder = 0.023 + 0.0024 + (0.018 if pd <= 0.004 else 0.041)
        funding = 0.023 - 0.003
        balance = [1.0] * 5 + [1.0 - k / 16 for k in range(1, 16)]
        life = sum(
            share / 4 * (1 - pd) ** (k // 4) * (1 + funding) ** -(k // 4 + 0.5)
            for k, share in enumerate(balance)
        )
        cost = funding + pd * 0.5 + 0.09 * 0.85 * 0.08 + 0.009 + 50.0 / (principal * life)
        assert loan["rate_pa"] == pytest.approx(min(ladder, cost), abs=1e-12)


def test_each_loan_is_paid_at_quarter_ends_as_its_schedule_says():
    world, outcome = story()
    interest: dict[float, float] = defaultdict(float)
    principal: dict[float, float] = defaultdict(float)
    table = loans(world, outcome)
    assert len(table) == 3
    for loan in table:
        first = (floor(loan["close_month"] / 3.0) + 1) * 3.0
        left = loan["principal_cents"]
        for k in range(20):
            months = first - loan["close_month"] if k == 0 else 3.0
            interest[first + 3 * k] += left * loan["rate_pa"] * months / 12.0
            due = 0 if k < 4 else loan["principal_cents"] // 16
            due = left if k == 19 else due
            principal[first + 3 * k] += due
            left -= due
        assert loan["end_month"] == first + 57.0
        assert loan["default_month"] == -1.0
    assert paid("principal iku148") == {month: cents for month, cents in principal.items() if cents}
    seen = paid("interest iku148")
    assert sorted(seen) == sorted(interest)
    for month, cents in interest.items():
        assert seen[month] == pytest.approx(cents, abs=1.6), month


def test_benefits_follow_the_ramp_until_the_price_round_takes_its_part():
    at = dates()
    hours = 20.0 * PLACES
    per_site = hours * HOURLY * (0.9 * 0.25 + 0.1 * 0.8 + 0.15 * 0.35)

    def benefit(month: np.ndarray) -> np.ndarray:
        return per_site * sites_working(month)

    whole = integrate(0.0, HORIZON, benefit)
    assert total("cash benefit") - total("dip after go-live") == pytest.approx(whole, abs=1.0)
    taken = 0.5 * integrate(at["price_round"], HORIZON, benefit)
    assert total("benefit taken by payers") == pytest.approx(taken, abs=1.0)
    _, outcome = story()
    freed = hours * integrate(0.0, HORIZON, sites_working)
    assert totals(outcome)["hours_milli"] == pytest.approx(1000 * freed, abs=2000)
    assert totals(outcome)["incidents_milli"] == pytest.approx(1000 * 0.5 * PLACES * freed / hours, abs=100)


def test_running_cost_follows_its_trend_and_is_recognised_after_the_price_round():
    at = dates()
    per_site = 1500 * VAT + 11 * 12 * VAT * PLACES

    def running(month: np.ndarray) -> np.ndarray:
        return per_site * sites_running(month)

    assert total("running cost") == pytest.approx(integrate(0.0, HORIZON, running), abs=1.0)
    recognised = 0.7 * integrate(at["price_round"], HORIZON, running)
    assert total("running cost recognised by payers") == pytest.approx(recognised, abs=1.0)


def test_social_value_is_what_did_not_become_cash_net_of_what_would_have_happened_anyway():
    hours = 20.0 * PLACES
    per_site = hours * (1.0 - 0.9 * 0.25 - 0.1 * 0.8) * 39.0 + 0.5 * PLACES * 700.0
    at = dates()

    def discounted(month: np.ndarray) -> np.ndarray:
        value = np.zeros_like(month)
        for live, sites in ((at["pilot"], 0.4), (at["live"], 0.6), (at["wave"], 2.0)):
            age = month - live
            value += sites * ramp(age) * 0.9 ** np.floor(np.maximum(age, 0.0) / 12.0)
        return per_site * 0.85 * 0.8 * value * 1.03 ** (-month / 12.0)

    # The engine lets drop-off and discounting step by quarters.
    figures = totals(story()[1])
    assert figures["social_pv_cents"] == pytest.approx(100 * integrate(0.0, HORIZON, discounted), rel=0.01)


def test_clients_are_reached_when_their_site_goes_live():
    assert totals(story()[1])["reached"] == floor(0.95 * PLACES + 0.5) + floor(0.95 * PLACES * 2 + 0.5)


def test_worn_out_software_is_renewed_from_own_funds_at_the_price_of_the_day():
    at = dates()
    technology = (6000 + 3 * (3000 + 110 * PLACES)) * VAT * price(at["worn_out"])
    assert paid("renewal") == pytest.approx({at["worn_out"]: 40 * technology}, abs=1.0)


def test_the_rating_at_each_close_is_base_logit_plus_debt_service_and_liquidity():
    world, outcome = story()
    service_before = 0.0
    day = REVENUE / 365.0
    for loan in loans(world, outcome):
        month, principal = loan["close_month"], loan["principal_cents"] / 100.0
        service = 4 * principal / 16 + sum(principal * (1 - k / 16) * loan["rate_pa"] / 4 for k in range(4))
        budgets = min(1.5 * BUDGET, BUDGET * (floor(month / 12.0) + 1))
        liquidity = (cash_before(month) - LIQUIDITY_DAYS * day - budgets) / day
        live = run_rate(month)
        shift = 14 * (service_before + service) / REVENUE - 14 * live / REVENUE - 0.015 * liquidity
        odds = PD / (1 - PD) * exp(shift)
        # The bank rates with a first rate that leaves the new debt out; it differs in the fourth digit.
        assert loan["pd_pa"] == pytest.approx(odds / (1 + odds), rel=2e-4), month
        service_before += service


def run_rate(month: float) -> float:
    """Net cash per year at full effect of the sites that work by then: a pilot's share, one, or three."""
    at = dates()
    sites = sum(more for live, more in (("pilot", 0.4), ("live", 0.6), ("wave", 2.0)) if at[live] < month)
    benefit = 20.0 * PLACES * HOURLY * (0.9 * 0.25 + 0.1 * 0.8 + 0.15 * 0.35)
    running = 1500 * VAT + 11 * 12 * VAT * PLACES
    if month >= at["price_round"]:
        return sites * (0.5 * benefit - 0.3 * running)
    return sites * (benefit - running)


def test_public_cost_is_grants_administration_refinancing_and_what_payers_give_back():
    world, outcome = story()
    figures = totals(outcome)
    grants = discounted(paid("grant land_digital_grant"))
    assert figures["fiscal_grants_pv_cents"] == pytest.approx(grants, abs=3)
    administration = 0.05 * grants + 0.002 * discounted(paid("loan iku148"))
    assert figures["fiscal_administration_pv_cents"] == pytest.approx(administration, abs=6)
    payers = discounted(paid("running cost recognised by payers")) - discounted(
        paid("benefit taken by payers")
    )
    assert figures["fiscal_payers_pv_cents"] == pytest.approx(payers, abs=100)
    # The promotional bank lends at its own rate and gets its money back with the house bank's instalments.
    out = discounted(paid("loan iku148"))
    back = discounted(paid("principal iku148")) + discounted(paid("refinancing interest iku148"))
    assert figures["fiscal_loans_pv_cents"] == pytest.approx(out - back, abs=100)
    assert out > back
    assert by_instrument(world, outcome, "land_digital_grant")["fiscal_pv_cents"] == pytest.approx(
        1.05 * grants, abs=6
    )


def discounted(flows: dict[float, int]) -> float:
    """Value at month 0 at the flat base rate of 2.3 %."""
    return sum(cents * 1.023 ** (-month / 12.0) for month, cents in flows.items())


def test_capital_at_work_is_loans_until_repaid_and_the_rest_written_down_over_the_softwares_life():
    world, outcome = story()
    table = loans(world, outcome)
    at = dates()
    force = log(1.03)
    expected = 0.0
    for loan in table:
        left, previous = loan["principal_cents"], loan["close_month"]
        first = (floor(previous / 3.0) + 1) * 3.0
        for k in range(20):
            month = first + 3.0 * k
            expected += left * (month - previous) / 12.0 * exp(-force * (previous + month) / 24.0)
            left -= 0 if k < 4 else loan["principal_cents"] // 16
            previous = month
    lasting = [
        (cost * 65, at[close]) for cost, close in zip(costs(), ("close", "close2", "close3"), strict=True)
    ]
    lasting += [(cost * 10, at[live]) for cost, live in zip(costs(), ("pilot", "live", "wave"), strict=True)]
    lasting += [(cents, month) for month, cents in paid("renewal").items()]
    for cents, paid_at in lasting:

        def left_over(month: np.ndarray, cents: float = cents, paid_at: float = paid_at) -> np.ndarray:
            share = np.clip(1.0 - (month - paid_at) / 60.0, 0.0, 1.0)
            return cents * share * np.exp(-force * month / 12.0)

        expected += integrate(paid_at, HORIZON, left_over)
    assert totals(outcome)["capital_pv_cent_years"] == pytest.approx(expected, rel=2e-3)
