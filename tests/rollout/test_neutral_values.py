"""What an instrument does not have must change nothing: not one bit of a future, option by option."""

from __future__ import annotations

from functools import cache

import pytest

from hybridsim.rollout.reference import simulate
from hybridsim.rollout.world import World
from tests.support.worlds import everywhere, make_world, totals

SIZE = ("population.size=50", "adoption.innovation_pa=0.2")
BASE = "s6-stage-gated-hybrid.toml"
KNOWN = (
    *everywhere(
        "instruments.*.found_alone", 1, ("first_loss_fund", "crowd_donation", "impact_revenue_share")
    ),
    *everywhere("instruments.*.decision.budget_pa_eur", 1e9, ("land_digital_grant", "impact_revenue_share")),
    "underwriting.minimum_ticket_eur=1000",
    "underwriting.file_cost_eur=0",
    "default_risk.estate_headroom=0",  # worlds are built faster without it
)
LOANS = ("iku148", "erp511", "flexible_loan")
GIVEN = ("land_digital_grant", "crowd_donation", "foundation_grant")
UNBOUND = everywhere("instruments.*.disbursement.binding_months", 0, GIVEN)

CASES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "a campaign that does not mind its size is a chance": (
        (
            'instruments.crowd_donation.decision.mode="campaign"',
            "instruments.crowd_donation.decision.size_slope=0",
        ),
        ('instruments.crowd_donation.decision.mode="probability"',),
    ),
    "a fund that never runs out is no fund": (
        ("instruments.first_loss_fund.decision.revolving_capital_eur=1e11",),
        ("instruments.first_loss_fund.decision.revolving_capital_eur=0",),
    ),
    "a commitment fee costs nothing where nothing waits to be drawn": (
        everywhere("instruments.*.service.commitment_fee_per_month", 0.5, LOANS),
        everywhere("instruments.*.service.commitment_fee_per_month", 0, LOANS),
    ),
    "in arrears all is kept back anyway": (
        ("instruments.sgb11_8_8.disbursement.retention_share=0.7",),
        ("instruments.sgb11_8_8.disbursement.retention_share=0",),
    ),
    "interest on a clawback needs a clawback": (
        (*UNBOUND, *everywhere("instruments.*.disbursement.clawback_interest_pa", 0.5, GIVEN)),
        (*UNBOUND, *everywhere("instruments.*.disbursement.clawback_interest_pa", 0, GIVEN)),
    ),
    "an exclusion of what nobody asks excludes nothing": (
        everywhere("instruments.*.eligibility.excludes", '["erp512", "outcome_contract"]', GIVEN),
        everywhere("instruments.*.eligibility.excludes", "[]", GIVEN),
    ),
    "the whole cost is no limit to cumulation": (
        everywhere("instruments.*.eligibility.cumulation_share", 1, GIVEN),
        (),
    ),
    "a share of the savings matters to a revenue share only": (
        everywhere("instruments.*.service.savings_share", 0.9, LOANS),
        everywhere("instruments.*.service.savings_share", 0, LOANS),
    ),
    "a conversion needs something to convert": (
        everywhere("instruments.*.service.on_failure", '"convert"', (*LOANS, "first_loss_fund")),
        everywhere("instruments.*.service.on_failure", '"none"', (*LOANS, "first_loss_fund")),
    ),
    "a campaign's reference matters to campaigns only": (
        ("instruments.impact_revenue_share.decision.reference_eur=7",),
        (),
    ),
    "a first-loss cap of the whole volume is never reached": (
        ("instruments.first_loss_guarantee.cover.cap_rate=1",),
        ("instruments.first_loss_guarantee.cover.cap_rate=0.999999999",),
    ),
    "a bank without error learns nothing from an adviser": (
        ("underwriting.error_sd=0", "underwriting.advised_error_share=0.3"),
        ("underwriting.error_sd=0",),
    ),
}


@cache
def futures(settings: tuple[str, ...]) -> list[tuple[object, ...]]:
    world: World = make_world(*SIZE, *KNOWN, *settings, base=BASE)
    found = []
    for replication in range(2):
        outcome = simulate(world, replication, record=True)
        # A fund looks at its borrowers more often; they pay the same, but stand elsewhere in the ledger.
        entries = sorted(outcome.entries, key=lambda e: (e.time, e.giver, e.receiver, e.memo, e.cents))
        tables = (outcome.years, outcome.instruments, outcome.loans, outcome.log)
        found.append((totals(outcome), *tables, entries))
    return found


@pytest.mark.parametrize("case", CASES)
def test_a_neutral_option_changes_no_bit(case: str):
    one, other = CASES[case]
    assert futures(one) == futures(other)


@pytest.mark.parametrize(
    "setting",
    [
        "instruments.crowd_donation.decision.size_slope=3",
        "instruments.first_loss_fund.decision.revolving_capital_eur=1000000",
        "instruments.flexible_loan.service.live_discount_pa=0.02",
        "instruments.flexible_loan.service.holiday_until_live=false",
        "instruments.first_loss_fund.service.commitment_fee_per_month=0.01",
        "instruments.land_digital_grant.disbursement.retention_share=0.1",
        "instruments.land_digital_grant.disbursement.binding_months=60",
        'instruments.foundation_grant.eligibility.excludes=["land_digital_grant"]',
        "instruments.foundation_grant.eligibility.cumulation_share=0.3",
        "instruments.impact_revenue_share.service.savings_share=0.1",
        'instruments.first_loss_fund.service.on_failure="write_off"',
        "instruments.crowd_donation.disbursement.fee_share=0.5",
        "instruments.first_loss_guarantee.cover.cap_rate=0.001",
        "advice.sustain_effect=3",
        "implementation.consent.median_months=24",
        "design.first_contact=0",
    ],
)
def test_and_every_option_can_change_something(setting: str):
    financing = 'design.financing="project"' if "commitment" in setting else 'design.financing="stage"'
    assert futures((setting, financing)) != futures((financing,))
