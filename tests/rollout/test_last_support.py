"""When support ends for the last time, and what is sustained 24 months later; by hand, for one carrier."""

from __future__ import annotations

from itertools import pairwise

import pytest

from hybridsim.rollout.events import Rank
from hybridsim.rollout.reference import simulate
from hybridsim.rollout.tally import Outcome
from hybridsim.rollout.world import World
from tests.support.one_project import AT, CERTAIN, asked, entries, future, months_of, world_of
from tests.support.worlds import by_year, happened, home, make_world, totals

GRANT = "foundation_grant"
ACCOMPANIED, AFTER = 12.0, 24.0
HALF = (f"instruments.{GRANT}.sizing.share_of_cost=0.5", f"instruments.{GRANT}.sizing.eligible_share=1")
NOBODY = ("design.order=[]",)
SOON = "adoption.innovation_pa=5"


def settled_after(months: float) -> tuple[str, ...]:
    at = f"instruments.{GRANT}.disbursement.settlement"
    return (f"{at}.median_months={months}", f"{at}.sigma=0")


def waves(pause: float, *settings: str, sites: int = 4) -> Outcome:
    """A carrier that decides on its next wave (one site, then two) ``pause`` months after a go-live."""
    scaling = ("scaling.pause.sigma=0", "scaling.first_wave_sites=1", "scaling.growth=2", SOON)
    own = {"digital_budget_eur_pa": 400_000, "revenue_eur_pa": 9_000_000}
    world = world_of(
        *scaling, f"scaling.pause.median_months={pause}", *settings, sites=sites, places=90 * sites, **own
    )
    outcome = future(world, Rank.IDEA if sites == 1 else Rank.NEXT_WAVE)
    assert len(months_of(outcome, Rank.LIVE)) == (2 if sites == 1 else 4)
    return outcome


def ends(outcome: Outcome) -> tuple[list[float], list[float]]:
    return months_of(outcome, Rank.SUPPORT_END), months_of(outcome, Rank.SUSTAINED)


def test_waves_from_own_funds_do_not_postpone_the_end_of_support():
    outcome = waves(5, *NOBODY)
    _, first, *_ = months_of(outcome, Rank.LIVE)
    end, sustained = ends(outcome)
    assert end == pytest.approx([first + ACCOMPANIED])
    assert sustained == pytest.approx([first + ACCOMPANIED + AFTER])


@pytest.mark.parametrize("order", [NOBODY, (*asked(GRANT), *HALF)])
def test_a_carrier_of_one_site_is_supported_until_its_accompaniment_ends(order: tuple[str, ...]):
    outcome = waves(5, *order, sites=1)
    _, live = months_of(outcome, Rank.LIVE)
    end, sustained = ends(outcome)
    assert end == pytest.approx([live + ACCOMPANIED])
    assert sustained == pytest.approx([live + ACCOMPANIED + AFTER])


def test_a_grant_that_is_settled_after_the_accompaniment_is_the_last_support():
    outcome = waves(5, *asked(GRANT), *HALF, *settled_after(17), sites=1)
    _, live = months_of(outcome, Rank.LIVE)
    end, sustained = ends(outcome)
    assert end == pytest.approx([live + 17.0])
    assert sustained == pytest.approx([live + 17.0 + AFTER])
    assert max(months_of(outcome, Rank.FINAL_ACCOUNT)) == end[0]


def test_waves_on_grants_within_the_accompaniment_leave_one_end_the_last():
    outcome = waves(2, *asked(GRANT), *HALF)
    live = months_of(outcome, Rank.LIVE)
    assert all(later - earlier < ACCOMPANIED for earlier, later in pairwise(live[1:]))
    end, sustained = ends(outcome)
    assert end == pytest.approx([live[-1] + ACCOMPANIED])
    assert sustained == pytest.approx([live[-1] + ACCOMPANIED + AFTER])
    # What further support has superseded is no event.
    assert totals(outcome)["events"] == len(outcome.log)


def test_grants_after_the_end_of_support_begin_it_anew_and_put_off_what_is_sustained():
    outcome = waves(14, *asked(GRANT), *HALF)
    live = months_of(outcome, Rank.LIVE)
    assert all(ACCOMPANIED < later - earlier < ACCOMPANIED + AFTER for earlier, later in pairwise(live[1:]))
    end, sustained = ends(outcome)
    assert end == pytest.approx([month + ACCOMPANIED for month in live[1:]])
    assert sustained == pytest.approx([live[-1] + ACCOMPANIED + AFTER])
    assert totals(outcome)["sustained"] == totals(outcome)["inst_sustained"] == 1
    assert sum(by_year(outcome, "sustained")) == 1


def test_support_of_a_wave_begins_when_its_money_comes_and_not_only_when_it_is_live():
    """The close comes before the 24 months are over, the go-live after that."""
    slow = (f"{AT}.implementation.median_months=14", "implementation.later_stage_share=1")
    scaling = ("scaling.pause.sigma=0", "scaling.pause.median_months=28", "scaling.maximum_waves=1")
    money = (*asked(GRANT), *HALF, SOON)
    world = world_of(*slow, *scaling, *money, sites=2, places=180, digital_budget_eur_pa=400_000)
    outcome = future(world, Rank.NEXT_WAVE)
    _, first, wave = months_of(outcome, Rank.LIVE)
    (*_, close) = sorted({entry.time for entry in entries(outcome, "project cost")})
    due = first + ACCOMPANIED + AFTER
    assert first + ACCOMPANIED < close < due < wave
    end, sustained = ends(outcome)
    assert end == pytest.approx([first + ACCOMPANIED, wave + ACCOMPANIED])
    assert wave + ACCOMPANIED + AFTER > 120.0 and sustained == []


def test_what_was_sustained_once_stays_so_and_counts_once():
    short = ("operation.support_months=1", "scaling.maximum_waves=1", *asked(GRANT), *HALF)
    scaling = ("scaling.pause.sigma=0", "scaling.pause.median_months=27")
    world = world_of(*short, *scaling, sites=2, places=180, digital_budget_eur_pa=400_000)
    outcome = future(world, Rank.NEXT_WAVE)
    _, first, wave = months_of(outcome, Rank.LIVE)
    end, sustained = ends(outcome)
    assert wave + 1.0 + AFTER < 120.0
    assert end == pytest.approx([first + 1.0, wave + 1.0])
    assert sustained == pytest.approx([first + 1.0 + AFTER])
    assert totals(outcome)["sustained"] == 1


COVERED = (*asked("bank_loan", "buergschaftsbank"), 'instruments.buergschaftsbank.cover.use="always"')


@pytest.mark.parametrize(
    ("loan", "settings", "is_support"),
    [
        ("bank_loan", asked("bank_loan"), False),
        ("iku148", asked("iku148"), True),
        ("bank_loan", (*COVERED, "providers.guarantee_bank.public=false"), False),
        ("bank_loan", (*COVERED, "providers.guarantee_bank.public=true"), True),
    ],
)
def test_public_credit_or_cover_for_a_wave_is_support_when_it_is_paid_out_and_a_banks_own_is_not(
    loan: str, settings: tuple[str, ...], is_support: bool
):
    outcome = waves(14, *settings)
    live = months_of(outcome, Rank.LIVE)
    assert len(entries(outcome, f"loan {loan}")) >= len(live) - 1
    end, sustained = ends(outcome)
    supported = live[1:] if is_support else live[1:2]
    assert end == pytest.approx([month + ACCOMPANIED for month in supported])
    # The loans themselves run on for years after that.
    assert sustained == pytest.approx([supported[-1] + ACCOMPANIED + AFTER])


def carriers(goes_on: float) -> World:
    """Carriers of two sites whose wave's grant begins support anew, and whose cash decides nothing."""
    settings = (
        *CERTAIN, *asked(GRANT), *HALF, f"{AT}.sustain_probability={goes_on}",
        "operation.sustain_cash_slope=0", "scaling.pause.median_months=14", "scaling.pause.sigma=0",
        "adoption.readiness_slope=0",
    )  # fmt: skip
    rich = {"digital_budget_eur_pa": 400_000, "liquidity_days": 200, "pd_pa": 0.0005}
    rows = [home(f"carrier {k}", sites=2, places=180, **rich) for k in range(150)]
    return make_world(*settings, rows=rows)


def test_the_decision_to_go_on_is_one_draw_for_the_whole_project():
    """Whoever goes on at the first end of support does so at the second; two draws would lose half."""
    world = carriers(0.5)
    asked_once, went_on = 0, 0
    for replication in range(4):
        outcome = simulate(world, replication, record=True)
        answers: dict[int, list[int]] = {}
        for _, row, _, amount in happened(outcome, Rank.SUPPORT_END):
            answers.setdefault(row, []).append(amount)
        assert all(later == 1 for given in answers.values() for later in given[1:])
        assert sum(len(given) > 1 for given in answers.values()) > 20
        asked_once += len(answers)
        went_on += sum(given[0] for given in answers.values())
    # Activities that are all done and centred leave the base rate; three standard errors.
    assert went_on / asked_once == pytest.approx(0.5, abs=3.0 * 0.5 / asked_once**0.5)
