"""Balances and ratings of loans, against ledger, terms and formulas."""

from __future__ import annotations

from collections import defaultdict

import pytest

from hybridsim.core.codes import Service
from hybridsim.core.mathx import expit, logit
from hybridsim.rollout.events import Rank
from hybridsim.rollout.kernel.engine import simulate as compiled
from hybridsim.rollout.reference import simulate
from hybridsim.rollout.tally import Outcome
from hybridsim.rollout.world import World
from tests.support.one_project import asked, future, months_of, world_of
from tests.support.worlds import by_year, loans, make_world

ENGINES = {"reference": simulate, "compiled": compiled}
BUSY = ("population.size=80", "adoption.innovation_pa=0.3")
WORLDS = {
    "s4": (*BUSY, "s4-concessional-advice.toml"),
    "s6": (*BUSY, "s6-stage-gated-hybrid.toml"),
    "s6 in one close": (*BUSY, 'design.financing="project"', "s6-stage-gated-hybrid.toml"),
    "s6 with defaults": (
        *BUSY,
        *(f"institution_types.{name}.pd_pa=0.08" for name in ("nursing_home", "ambulatory", "hospital")),
        "s6-stage-gated-hybrid.toml",
    ),
}
MONTHS = (0.0, 12.5, 36.0, 60.0, 61.0, 119.9, 120.0, 132.0, 181.0, 300.0)


def world_named(name: str) -> World:
    *settings, base = WORLDS[name]
    return make_world(*settings, base=base)


def in_ledger(outcome: Outcome, months: tuple[float, ...]) -> dict[tuple[str, str], list[int]]:
    """Cents lent less repaid less written off, by institution and instrument, after each month's payments."""
    sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0] * len(months))
    signs = {"loan": +1, "principal": -1, "given up": -1, "defaulted": -1}
    for entry in outcome.entries:
        for word, sign in signs.items():
            if entry.memo.startswith(word + " "):
                borrower = entry.giver if word == "principal" else entry.receiver
                amounts = sums[borrower, entry.memo[len(word) + 1 :]]
                for place, month in enumerate(months):
                    amounts[place] += sign * entry.cents * (entry.time <= month)
    return sums


def at_months(world: World, outcome: Outcome, months: tuple[float, ...]) -> dict[tuple[str, str], list[int]]:
    """The same from the balances."""
    sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0] * len(months))
    for number, loan in enumerate(loans(world, outcome)):
        rows = [row for row in outcome.balances if row[0] == number]
        for place, month in enumerate(months):
            so_far = [row for row in rows if row[1] <= month]
            sums[loan["institution"], loan["instrument"]][place] += int(so_far[-1][2]) if so_far else 0
    return sums


@pytest.mark.parametrize("name", WORLDS)
@pytest.mark.parametrize("engine", ENGINES)
def test_outstanding_is_what_the_ledger_says(engine: str, name: str):
    world = world_named(name)
    outcome = ENGINES[engine](world, 1, True)
    assert len(outcome.loans) >= (5 if name.startswith("s6") else 1)
    assert at_months(world, outcome, MONTHS) == in_ledger(outcome, MONTHS)


def test_one_loan_from_disbursement_to_end():
    """Linear after a year of grace: the plan by hand, quarter by quarter."""
    world = world_of(
        *asked("bank_loan"),
        "instruments.bank_loan.service.mode=linear",
        "instruments.bank_loan.service.term_months=60",
        "instruments.bank_loan.service.grace_months=12",
        "underwriting.error_sd=0",
    )
    outcome = future(world)
    first = loans(world, outcome)[0]
    rows = [row[1:] for row in outcome.balances if row[0] == 0]
    quarter = first["close_month"] // 3.0 * 3.0
    principal = first["principal_cents"]
    closed, rate = first["close_month"], first["rate_pa"]
    assert rows[0] == [closed, principal, 0.0, rate, float(Service.LINEAR), quarter + 12.0, quarter + 60.0]
    assert rows[1][0] == quarter + 12.0
    assert rows[1][1] == principal
    assert rows[1][5:] == [-1.0, quarter + 60.0]
    part = principal // 16
    for n, row in enumerate(rows[2:], start=1):
        assert row[0] == quarter + 12.0 + 3.0 * n
        assert row[1] == (principal - n * part if n < 16 else 0)
        assert row[5:] == [-1.0, quarter + 60.0 if n < 16 else -1.0]
    assert n == 16
    assert first["end_month"] == rows[-1][0]


def test_a_payment_holiday_moves_the_last_instalment():
    world = world_of(
        *asked("bank_loan"),
        "instruments.bank_loan.service.mode=linear",
        "instruments.bank_loan.service.grace_months=0",
        "instruments.bank_loan.service.holiday_until_live=true",
        "use_cases.documentation.types.nursing_home.implementation.median_months=7",
    )
    outcome = future(world)
    rows = [row for row in outcome.balances if row[0] == 0]
    due = [row[7] for row in rows if row[2]]
    closed, live = rows[0][1], months_of(outcome, Rank.LIVE)[0]
    waited = int(live // 3.0) - int(closed // 3.0)
    assert waited >= 2
    assert sorted(set(due)) == [due[0] + 3.0 * n for n in range(waited + 1)]
    assert due[-1] == rows[-1][1]


def test_what_a_later_stage_will_draw_stands_beside_the_loan():
    """One close for both stages: the second is promised until it is drawn, or the project is given up."""
    world = world_named("s6 in one close")
    outcome = simulate(world, 1)
    table = loans(world, outcome)
    drawn = lapsed = 0
    for number, loan in enumerate(table):
        rows = [row for row in outcome.balances if row[0] == number]
        if not rows[0][3]:
            continue
        free = next((row for row in rows if not row[3]), None)
        if free is None:
            # The pilot was not over at the horizon, after which nothing is drawn.
            assert loan["close_month"] > 100.0
            continue
        later = [
            other
            for other in table
            if other["close_month"] == free[1]
            and all(other[name] == loan[name] for name in ("institution", "use_case", "instrument"))
        ]
        drawn += len(later)
        lapsed += not later
        if later:
            assert later[0]["principal_cents"] == rows[0][3]
    assert drawn and lapsed


def test_the_rating_of_a_borrower_follows_its_debt_service():
    only_service = [
        f"default_risk.{name}=0" for name in ("weight_ebitda", "weight_liquidity_per_day", "weight_failed")
    ]
    world = world_of(
        *asked("bank_loan"), *only_service, "instruments.bank_loan.service.mode=linear",
        "default_risk.weight_service=20", pd_pa=0.004,
    )  # fmt: skip
    outcome = future(world)
    first = loans(world, outcome)[0]
    row = outcome.ratings[0]
    quarters = first["term_quarters"] - first["grace_quarters"]
    part, rate = first["principal_cents"] / quarters, first["rate_pa"] / 4.0
    service = sum(part + rate * (first["principal_cents"] - n * part) for n in range(4))
    revenue = world.population.revenue_eur_pa[0] * 100.0
    assert row[:2] == [0.0, first["close_month"]]
    assert row[2] == pytest.approx(expit(logit(0.004) + 20.0 * service / revenue), rel=1e-6)


def test_balances_add_up_to_what_is_owed_at_the_end_of_each_year():
    world = world_named("s6")
    outcome = compiled(world, 1)
    months = tuple(12.0 * (year + 1) for year in range(world.years))
    lost = {loan["institution"]: loan["default_month"] for loan in loans(world, outcome)}
    owed = [0] * len(months)
    for (institution, _), amounts in at_months(world, outcome, months).items():
        for place, month in enumerate(months):
            if not 0.0 <= lost[institution] <= month:
                owed[place] += amounts[place]
    assert owed == by_year(outcome, "outstanding_cents")
    assert any(owed)
