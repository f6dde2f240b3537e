"""A claim of practice that is switched off changes nothing: not one bit of a future, claim by claim."""

from __future__ import annotations

from functools import cache

import pytest

from hybridsim.rollout.reference import simulate
from tests.support.biting import ACTIVITIES
from tests.support.worlds import everywhere, home, make_world, totals

BASE = (
    "adoption.innovation_pa=0.2",
    "run.horizon_months=96",
    "default_risk.estate_headroom=0",  # worlds are built faster without it
    "viability.mission_weight.non_profit=0.6",
    "viability.minimum_dscr=0",
    "advice.share=0.5",
    # No ranked call: its committee prefers the ready and the advised (an assumption without a parameter).
    'design.order=["sgb11_8_8","foundation_grant","iku148","bank_loan"]',
    "underwriting.minimum_ticket_eur=1000",
    "underwriting.file_cost_eur=0",
)
FIGURES = ("gate_effect", "sustain_effect", "consent_effect", "optimism_effect", "months", "days")
INSTRUMENTS = ("sgb11_8_8", "foundation_grant", "iku148", "bank_loan")
NO_ADVANTAGE = (
    *everywhere("instruments.*.found_alone", 0.5, INSTRUMENTS),
    *everywhere("instruments.*.found_advised", 0.5, INSTRUMENTS),
    *everywhere("preparation.activities.*.done_alone", 0.5, ACTIVITIES),
    *everywhere("preparation.activities.*.done_advised", 0.5, ACTIVITIES),
    "pilot.advice_effect=0",
    "advice.sustain_effect=0",
    "underwriting.advised_error_share=1",
    "advice.cost_eur=0",
    "advice.optimism=1.5",
    "viability.optimism=1.5",
)
READY = tuple(
    [
        home(f"home {k}", land=("NW", "BY")[k % 2], sites=1 + k % 3, places=90 * (1 + k % 3), readiness=ready)
        for k in range(16)
    ]
    for ready in (0.1, 0.9)
)

Case = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]
CASES: dict[str, Case] = {
    **{
        f"an activity without effect need not be done: {name}": (
            everywhere(f"preparation.activities.{name}.*", 0, FIGURES),
            everywhere(f"preparation.activities.{name}.*", 0, ("done_alone", "done_advised")),
            everywhere(f"preparation.activities.{name}.*", 1, ("done_alone", "done_advised")),
        )
        for name in ACTIVITIES
    },
    "advice that knows, costs and teaches nothing changes nothing": (
        NO_ADVANTAGE, ("advice.share=0",), ("advice.share=1",),
    ),
    "without advisers nothing of theirs matters": (
        ("advice.share=0",),
        (),
        ("advice.cost_eur=9999", "advice.optimism=9", "pilot.advice_effect=9",
         "advice.sustain_effect=9", "underwriting.advised_error_share=0", "queues.advisers.patience_months=1",
         *everywhere("instruments.*.found_advised", 0, INSTRUMENTS),
         *everywhere("preparation.activities.*.done_advised", 0, ACTIVITIES)),
    ),
    "so many advisers and vendors that nobody waits are no limit": (
        ("advice.share=1",),
        (),
        ("queues.advisers.servers=100000", "queues.vendors.servers=100000"),
    ),
    "without weight for its mission a carrier does not mind what an hour is worth": (
        everywhere("viability.mission_weight.*", 0, ("non_profit", "public", "for_profit")),
        ("impact.hour_value_eur=1",),
        ("impact.hour_value_eur=99",),
    ),
    "the technology's state matters by its slope alone": (
        ("pilot.technology_slope=0",),
        ("stress.fix.technology=[-3,-3,-3,-3,-3,-3,-3,-3]",),
        ("stress.fix.technology=[3,3,3,3,3,3,3,3]",),
    ),
    "where nobody looks at peers it does not matter who they are": (
        ("adoption.imitation_pa=0", "pilot.peer_slope=0"),
        ("adoption.shrinkage_peers=1",),
        ("adoption.shrinkage_peers=1000",),
    ),
    "a use case that nobody wants may cost what it will": (
        ("use_cases.robotics.interest=0", "use_cases.robotics.initial_share=0"),
        (),
        ("use_cases.robotics.types.nursing_home.technology_fixed_eur=999999",
         "use_cases.robotics.types.nursing_home.gate_probability=0.01"),
    ),
    "without a tail its index is nothing": (
        ("implementation.overrun_tail_probability=0",),
        ("implementation.overrun_tail_index=1.1",),
        ("implementation.overrun_tail_index=9",),
    ),
    "where nobody has to agree it does not matter who was asked": (
        ("implementation.consent.median_months=0",),
        ("preparation.activities.staff_involvement.consent_effect=0",),
        ("preparation.activities.staff_involvement.consent_effect=-9",),
    ),
    "whoever tries once does not pause": (
        ("design.retries=0", "adoption.max_attempts=1"),
        (),
        ("design.retry_pause.median_months=30", "adoption.retry_pause.median_months=90"),
    ),
    "without further waves their size is nothing": (
        ("scaling.maximum_waves=0",),
        (),
        ("scaling.first_wave_sites=60", "scaling.growth=3", "scaling.pause.median_months=1",
         "design.smaller_scope=1"),
    ),
}  # fmt: skip
NOT_COMPARED = ("adviser_", "vendor_", "events", "social_")
"""Who was busy, and what an hour that was freed is worth to others."""


@cache
def futures(settings: tuple[str, ...], ready: int = 0) -> list[tuple[object, ...]]:
    world = make_world(*BASE, *settings, rows=READY[ready])
    found = []
    for replication in range(2):
        outcome = simulate(world, replication, record=True)
        counts = {name: n for name, n in totals(outcome).items() if not name.startswith(NOT_COMPARED)}
        tables = (outcome.instruments, outcome.answers, outcome.reasons, outcome.loans, outcome.log)
        found.append((counts, *tables, outcome.entries))
    return found


@pytest.mark.parametrize("case", CASES)
def test_a_neutral_claim_changes_no_bit(case: str):
    common, one, other = CASES[case]
    assert futures((*common, *one)) == futures((*common, *other))


def test_without_slopes_readiness_changes_no_bit():
    flat = ("adoption.readiness_slope=0", "pilot.readiness_slope=0")
    assert futures(flat, 0) == futures(flat, 1)
    assert futures((), 0) != futures((), 1)


@pytest.mark.parametrize("case", [case for case in CASES if "no limit" not in case])
def test_and_the_same_change_matters_where_the_claim_holds(case: str):
    """Otherwise nothing would have been switched off."""
    _, one, other = CASES[case]
    assert futures(one) != futures(other)
