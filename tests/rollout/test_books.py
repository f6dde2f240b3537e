"""Single payments against schedules, and exposures against what became of them."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from math import floor
from typing import Any

import pytest

from hybridsim.core.codes import Service
from hybridsim.rollout.ledger import CASH, CLAIM, WRITE_OFF
from hybridsim.rollout.reference import Story, simulate
from hybridsim.rollout.tally import Outcome
from hybridsim.rollout.world import World
from tests.support.quarterly import Schedule, schedule
from tests.support.worlds import by_year, home, loans, make_world, totals

TYPES = ("nursing_home", "ambulatory", "hospital")
BORROWING = (
    "population.size=80",
    "adoption.innovation_pa=0.3",
    "underwriting.minimum_ticket_eur=2000",
    "viability.mission_weight.non_profit=1",
    "viability.mission_weight.for_profit=1",
    "underwriting.pd_limit=1",
    "underwriting.pd_limit_covered=1",
    "underwriting.minimum_dscr=0",
    "underwriting.hurdle_pa=-0.5",
    'design.order=["erp512", "iku148", "bank_loan", "eif_guarantee"]',
    "instruments.bank_loan.sizing.share_of_cost=0.4",
    "instruments.bank_loan.service.mode=bullet",
    "instruments.erp512.service.mode=annuity",
    "instruments.erp512.service.term_months=36",
    *(f"instruments.{name}.sizing.share_of_cost=0.4" for name in ("erp512", "iku148")),
    *(f"instruments.{name}.sizing.minimum_eur=1000" for name in ("erp512", "iku148", "bank_loan")),
    *(f"instruments.{name}.found_alone=1" for name in ("erp512", "iku148", "bank_loan", "eif_guarantee")),
    *(f"instruments.{name}.service.liability_exemption=0.5" for name in ("erp512", "iku148")),
    'instruments.eif_guarantee.cover.instruments=["bank_loan"]',
    *(f"institution_types.{name}.pd_pa=0.02" for name in TYPES),
    *(f"stress.fix.{name}=[{', '.join(['-2'] * 14)}]" for name in ("economy", "reimbursement", "labour")),
)
SERVICES = {"erp512": Service.ANNUITY, "iku148": Service.LINEAR, "bank_loan": Service.BULLET}


@cache
def futures() -> tuple[World, list[Outcome]]:
    world = make_world(*BORROWING)
    return world, [simulate(world, k, record=True) for k in range(4)]


def planned(loan: dict[str, Any]) -> tuple[float, Schedule]:
    """First quarter-end after the close, and the schedule from there on."""
    first = (floor(loan["close_month"] / 3.0) + 1) * 3.0
    terms = SERVICES[loan["instrument"]], loan["principal_cents"], loan["rate_pa"]
    return first, schedule(*terms, 3 * loan["term_quarters"], 3 * loan["grace_quarters"])


def paid_before_default(loan: dict[str, Any]) -> int:
    """Number of quarter-ends paid: all, or those before the default."""
    first, plan = planned(loan)
    if loan["default_month"] < 0.0:
        return len(plan.quarter)
    return sum(first + 3.0 * k < loan["default_month"] for k in range(len(plan.quarter)))


def test_many_loans_are_lent_and_some_default():
    world, outcomes = futures()
    table = [loan for outcome in outcomes for loan in loans(world, outcome)]
    assert len(table) > 200
    assert {loan["instrument"] for loan in table} == set(SERVICES)
    assert sum(loan["default_month"] >= 0.0 for loan in table) > 20
    assert sum(loan["guarantee"] >= 0 for loan in table) > 10


def test_borrowers_pay_what_independent_schedules_say():
    world, outcomes = futures()
    for outcome in outcomes:
        due: dict[tuple[str, str, float], list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
        for loan in loans(world, outcome):
            first, plan = planned(loan)
            for k in range(paid_before_default(loan)):
                interest = float(plan.interest[k])
                if k == 0:
                    interest = (
                        loan["principal_cents"] * loan["rate_pa"] * (first - loan["close_month"]) / 12.0
                    )
                entry = due[loan["institution"], loan["instrument"], first + 3.0 * k]
                entry[0] += interest
                entry[1] += float(plan.principal[k])
                entry[2] += plan.tolerance_cents + 1.0
        paid: dict[tuple[str, str, float], list[int]] = defaultdict(lambda: [0, 0])
        for entry in outcome.entries:
            what, _, instrument = entry.memo.partition(" ")
            if what in ("interest", "principal") and instrument in SERVICES:
                paid[entry.giver, instrument, entry.time][what == "principal"] += entry.cents
        assert set(paid) == set(due)
        for key, (interest, principal, tolerance) in due.items():
            # Linear and bullet loans agree to the cent; an annuity carries its interest's rounding along.
            slack = 2.0 * tolerance if SERVICES[key[1]] is Service.ANNUITY else 1.0
            assert paid[key][1] == pytest.approx(principal, abs=slack if slack > 1.0 else 0.0), key
            assert paid[key][0] == pytest.approx(interest, abs=slack), key


def test_exposure_at_default_is_the_schedules_balance_after_the_last_payment_before():
    world, outcomes = futures()
    for loan in (loan for outcome in outcomes for loan in loans(world, outcome)):
        _, plan = planned(loan)
        count = paid_before_default(loan)
        if loan["default_month"] < 0.0:
            assert (loan["ead_cents"], loan["loss_cents"], loan["payout_cents"]) == (0, 0, 0)
            continue
        balance = loan["principal_cents"] if count == 0 else int(plan.outstanding[count - 1])
        assert loan["ead_cents"] == pytest.approx(balance, abs=plan.tolerance_cents)
        assert loan["end_month"] >= loan["default_month"] + 3.0 - 1e-9, "workout takes three months at least"


def test_recovery_payout_and_loss_add_up_to_the_exposure_of_each_loan_and_in_total():
    world, outcomes = futures()
    for outcome in outcomes:
        table, figures = loans(world, outcome), totals(outcome)
        for loan in table:
            assert loan["recovered_cents"] + loan["payout_cents"] + loan["loss_cents"] == loan["ead_cents"]
            assert min(loan["recovered_cents"], loan["payout_cents"], loan["loss_cents"]) >= 0
        for name in ("ead", "recovered", "payout", "loss"):
            assert sum(loan[f"{name}_cents"] for loan in table) == figures[f"{name}_cents"], name
        assert sum(loan["principal_cents"] for loan in table) == figures["lent_cents"]
        within = [loan for loan in table if 0.0 <= loan["default_month"] <= 120.0]
        assert sum(loan["loss_cents"] for loan in within) == figures["loss_horizon_cents"]
        assert sum(loan["ead_cents"] for loan in within) == sum(by_year(outcome, "ead_cents"))


def test_exemptions_and_guarantees_pay_their_share_of_what_the_estate_leaves():
    world, outcomes = futures()
    guarantee = world.instrument_names.index("eif_guarantee")
    cover_paid = [0, 0]
    for loan in (loan for outcome in outcomes for loan in loans(world, outcome)):
        left = loan["ead_cents"] - loan["recovered_cents"]
        if loan["instrument"] in ("erp512", "iku148"):
            assert loan["payout_cents"] == floor(0.5 * left + 0.5)
            cover_paid[0] += loan["payout_cents"]
        elif loan["guarantee"] == guarantee:
            assert loan["payout_cents"] <= loan["cover"] * left + 1
            cover_paid[1] += loan["payout_cents"]
        else:
            assert loan["payout_cents"] == 0
    assert min(cover_paid) > 0


def test_the_outstanding_stock_of_each_year_is_what_its_schedules_leave():
    world, outcomes = futures()
    for outcome in outcomes:
        for year, seen in enumerate(by_year(outcome, "outstanding_cents"), start=1):
            expected, tolerance = 0, 0
            for loan in loans(world, outcome):
                first, plan = planned(loan)
                end = 12.0 * year
                if loan["close_month"] > end or 0.0 <= loan["default_month"] <= end:
                    continue
                count = min(len(plan.quarter), max(0, int((end - first) // 3.0) + 1))
                expected += loan["principal_cents"] if count == 0 else int(plan.outstanding[count - 1])
                tolerance += plan.tolerance_cents
            # A close at the very end of a year may fall on either side of the stock-taking.
            assert seen == pytest.approx(expected, abs=tolerance + 1), year


def test_replayed_entries_close_every_book_and_end_every_debt():
    world, outcomes = futures()
    for outcome in outcomes:
        book: dict[str, dict[int, int]] = defaultdict(lambda: defaultdict(int))
        for entry in outcome.entries:
            if entry.giver_kind == WRITE_OFF:
                book[entry.giver][WRITE_OFF] += entry.cents
                book[entry.giver][CLAIM] -= entry.cents
                book[entry.receiver][CLAIM] += entry.cents
                book[entry.receiver][WRITE_OFF] -= entry.cents
            else:
                book[entry.giver][CASH] -= entry.cents
                book[entry.giver][entry.giver_kind] += entry.cents
                book[entry.receiver][CASH] += entry.cents
                book[entry.receiver][entry.receiver_kind] -= entry.cents
        assert all(sum(kinds.values()) == 0 for kinds in book.values())
        assert sum(kinds[CASH] for kinds in book.values()) == 0
        for name in world.ids:
            assert book[name][CLAIM] == 0, f"{name} owes after its last loan has ended"
        figures = totals(outcome)
        assert (
            -sum(book[name][WRITE_OFF] for name in world.ids)
            == figures["written_off_cents"]
            == figures["ead_cents"]
        )


def test_nobody_goes_below_the_credit_line_and_lives():
    kind = "use_cases.documentation.types.nursing_home"
    world = make_world(
        *BORROWING,
        f"{kind}.running_per_site_year_eur=60000",
        f"{kind}.freed_hours_per_place_year=60",
        "operation.cashable_freed_time=0",
        "operation.cashable_overtime_agency=0",
        "operation.cashable_turnover_sickness=0",
        "institution_types.nursing_home.reserve_days=0",
        rows=[home(f"home {k}", liquidity_days=2, credit_line_eur=5_000 * (k % 3)) for k in range(60)],
    )
    line = dict(zip(world.ids, world.population.credit_line_eur, strict=True))
    illiquid = 0
    for replication in range(3):
        outcome = simulate(world, replication, record=True)
        illiquid += totals(outcome)["defaults_liquidity"]
        dead = {world.ids[row]: t for t, rank, row, *_ in outcome.log if rank in (0, 1)}
        cash: dict[str, int] = defaultdict(int)
        flows: dict[float, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for entry in outcome.entries:
            if entry.giver_kind != WRITE_OFF and entry.time <= 120.0:
                flows[entry.time][entry.receiver] += entry.cents
                flows[entry.time][entry.giver] -= entry.cents
        for time in sorted(flows):
            for name, cents in flows[time].items():
                cash[name] += cents
                # A project that ends pays what it owes at once; a default waits for the quarter-end.
                if name in line and time % 3.0 == 0.0 and dead.get(name, 1e9) > time:
                    # The forecast rounds a quarter's accruals at once, the books at each look.
                    assert cash[name] >= -100 * line[name] - 10, f"{name} at {time}"
    assert illiquid > 0


def test_more_debt_at_the_same_liquidity_never_lowers_the_rating():
    world, _ = futures()
    story = Story(world, 0, False)
    for row in range(0, world.n, 7):
        institution = story.context.institution(row)
        rated = [
            story.risk.rate(institution, cents) for cents in (0, 100, 10_000, 1_000_000, 100_000_000, 10**11)
        ]
        assert rated == sorted(rated)
        assert rated[0] == pytest.approx(float(world.population.pd_pa[row]), rel=1e-9)
        assert rated[-1] > rated[0]
