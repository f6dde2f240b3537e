"""Support switched off for single institutions: what they do then, and what it means to the others."""

import pytest

from hybridsim.core.errors import ScenarioError
from hybridsim.rollout.reference import simulate
from tests.support.worlds import NO_IMITATION, make_world, totals

MANY = ("population.size=60", "run.horizon_months=72", "adoption.innovation_pa=0.4")


def lines_by_row(world, replication):
    found = {}
    for time, rank, row, sub, amount in simulate(world, replication, True).log:
        if rank not in (3, 4, 16):  # year, quarter and committee belong to nobody
            found.setdefault(row, []).append((time, rank, sub, amount))
    return found


def test_without_imitation_and_shared_budgets_one_switched_off_changes_no_other_bit():
    free = (*NO_IMITATION, 'design.order=["sgb11_8_8", "iku148", "erp511", "bank_loan"]')
    world = make_world(*MANY, *free)
    base = lines_by_row(world, 0)
    row = max(base, key=lambda row: len(base[row]))
    other = lines_by_row(make_world(*MANY, *free, f'design.unsupported=["{world.ids[row]}"]'), 0)
    assert other[row] != base[row]
    assert {key: lines for key, lines in other.items() if key != row} == {
        key: lines for key, lines in base.items() if key != row
    }


def test_an_institution_without_support_gets_no_grant_and_no_public_advice():
    world = make_world(*MANY, "design.unsupported_share=1", "advice.share=1")
    assert not any(world.supported)
    for replication in range(2):
        figures = totals(simulate(world, replication))
        assert figures["fiscal_grants_pv_cents"] == figures["promotional_loan_cents"] == 0
        assert figures["fiscal_advice_pv_cents"] == figures["adviser_jobs"] == 0
        assert figures["started"] > 0


def test_the_share_without_support_is_drawn_by_id_and_nested():
    few = make_world("population.size=400", "design.unsupported_share=0.2").supported
    many = make_world("population.size=400", "design.unsupported_share=0.6").supported
    assert 0.12 < few.count(False) / 400 < 0.28
    assert 0.5 < many.count(False) / 400 < 0.7
    assert all(not later for now, later in zip(few, many, strict=True) if not now)


def test_an_unknown_institution_cannot_be_switched_off():
    with pytest.raises(ScenarioError, match=r"there is no institution 'nobody' in the population"):
        make_world("population.size=20", 'design.unsupported=["nobody"]')
