"""Support switched off for single institutions: what they do then, and what it means to the others."""

from collections import Counter

import pytest

from hybridsim.core.errors import ScenarioError
from hybridsim.rollout.reference import simulate
from hybridsim.rollout.unsupported import cell_levels
from tests.support.worlds import NO_IMITATION, everywhere, make_world, totals

MANY = ("population.size=60", "run.horizon_months=72", "adoption.innovation_pa=0.4")

LENDING = (
    "underwriting.minimum_ticket_eur=2000",
    "underwriting.hurdle_pa=-0.5",
    "viability.mission_weight.non_profit=1",
    *everywhere("instruments.*.found_alone", 1, ("iku148", "bank_loan")),
    *everywhere("instruments.*.sizing.minimum_eur", 1000, ("iku148", "bank_loan")),
)


def lines_by_row(world, replication):
    found = {}
    for time, rank, row, sub, amount in simulate(world, replication, True).log:
        if rank not in (3, 4, 16):  # year, quarter and committee belong to nobody
            found.setdefault(row, []).append((time, rank, sub, amount))
    return found


def everything_of_the_others(world, replication, left_out):
    """Log, ledger and loans, without those of one institution; those of nobody in particular stay out."""
    outcome = simulate(world, replication, record=True)
    lines = [line for line in outcome.log if line[2] != left_out and line[1] not in (3, 4, 16)]
    others = set(world.ids) - {world.ids[left_out]}
    entries = [entry for entry in outcome.entries if others & {entry.giver, entry.receiver}]
    return lines, entries, [loan for loan in outcome.loans if loan[0] != left_out]


@pytest.mark.parametrize("rank", [0, 1, 5])
def test_without_imitation_and_shared_budgets_one_switched_off_changes_no_other_bit(rank):
    free = (*NO_IMITATION, *LENDING, 'design.order=["sgb11_8_8", "iku148", "erp511", "bank_loan"]')
    world = make_world(*MANY, *free)
    base = lines_by_row(world, 0)
    row = sorted(base, key=lambda row: -len(base[row]))[rank]
    without = make_world(*MANY, *free, f'design.unsupported=["{world.ids[row]}"]')
    assert lines_by_row(without, 0)[row] != base[row]
    for one, other in zip(
        everything_of_the_others(world, 0, row), everything_of_the_others(without, 0, row), strict=True
    ):
        assert one == other and one


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


def test_cells_are_dealt_to_saturation_levels_in_equal_numbers_whoever_is_simulated():
    levels = (0.0, 0.5, 1.0)
    setting = f"design.unsupported_saturation={list(levels)}"
    world = make_world("population.size=1500", setting)
    dealt = cell_levels(world.scenario.population.seed, levels)
    assert len(dealt) == 6 * 16
    for kind in range(6):
        counts = Counter(dealt[kind, land] for land in range(16))
        assert set(counts) == set(levels) and max(counts.values()) - min(counts.values()) <= 1
    assert len({tuple(dealt[kind, land] for land in range(16)) for kind in range(3)}) == 3
    off = dict.fromkeys(levels, 0)
    size = dict.fromkeys(levels, 0)
    for kind, land, supported in zip(
        world.population.type, world.population.land, world.supported, strict=True
    ):
        level = dealt[int(kind), int(land)]
        size[level] += 1
        off[level] += not supported
    assert off[0.0] == 0 and off[1.0] == size[1.0] > 200
    # 5 standard deviations of a binomial count
    assert abs(off[0.5] - size[0.5] / 2) < 5 * (size[0.5] / 4) ** 0.5
    fewer = make_world("population.size=400", setting)
    known = dict(zip(world.ids, world.supported, strict=True))
    assert all(known[name] == now for name, now in zip(fewer.ids, fewer.supported, strict=True))


def test_within_a_cell_a_higher_saturation_switches_off_the_same_ones_and_more():
    few = make_world("population.size=400", "design.unsupported_saturation=[0.3]").supported
    many = make_world("population.size=400", "design.unsupported_saturation=[0.7]").supported
    assert few == make_world("population.size=400", "design.unsupported_share=0.3").supported
    assert all(not later for now, later in zip(few, many, strict=True) if not now)


def test_an_unknown_institution_cannot_be_switched_off():
    with pytest.raises(ScenarioError, match=r"there is no institution 'nobody' in the population"):
        make_world("population.size=20", 'design.unsupported=["nobody"]')
