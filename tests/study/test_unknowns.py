"""What is unknown, and how it is drawn."""

import numpy as np
import pytest
from scipy import stats

from hybridsim.core.errors import InputError, ScenarioError
from hybridsim.scenario import load
from hybridsim.study.unknowns import chosen, hypercube, out_of_reach, triangular, unknowns_of, with_values
from tests.support.worlds import SCENARIOS

BASE = SCENARIOS / "care-germany.toml"


@pytest.mark.parametrize(("low", "mode", "high"), [(0.0, 1.0, 4.0), (2.0, 2.0, 3.0), (-1.0, 5.0, 5.0)])
def test_the_triangular_inverse_is_that_of_scipy(low: float, mode: float, high: float):
    law = stats.triang((mode - low) / (high - low), low, high - low)
    for u in np.linspace(0.0, 1.0, 41):
        assert triangular(float(u), low, mode, high) == pytest.approx(law.ppf(u), abs=1e-12)


def test_one_draw_falls_into_each_stratum():
    column = hypercube(7, "operation.payers_take", 25)
    assert sorted(int(u * 25) for u in column) == list(range(25))
    assert all(0.0 < u < 1.0 for u in column)
    assert hypercube(7, "operation.payers_take", 25, 1) != column
    assert hypercube(8, "operation.payers_take", 25) != column


def test_draws_of_different_figures_are_not_related():
    columns = np.array([hypercube(3, f"figure.{number}", 200) for number in range(60)])
    related = np.corrcoef(columns)[np.triu_indices(60, 1)]
    # Of independent columns the correlation has a standard deviation of 1 / sqrt(200).
    assert related.std() == pytest.approx(1 / np.sqrt(200), rel=0.1)
    assert abs(related.mean()) < 0.01


def test_figures_with_a_range_are_unknown_until_a_bare_number_replaces_them():
    known = {unknown.path: unknown for unknown in unknowns_of(load(BASE))}
    take = known["operation.payers_take"]
    assert (take.low, take.value, take.high) == (0.3, 0.5, 0.7)
    assert "operation.payers_take" not in {
        u.path for u in unknowns_of(load(BASE, ["operation.payers_take=0.5"]))
    }
    assert all(unknown.low < unknown.high for unknown in known.values())


def test_patterns_choose_and_one_that_fits_nothing_is_refused():
    unknowns = unknowns_of(load(BASE))
    assert {u.path.split(".")[0] for u in chosen(unknowns, ["operation.*", "advice.share"])} == {
        "operation", "advice",
    }  # fmt: skip
    assert chosen(unknowns, []) == unknowns
    with pytest.raises(InputError, match=r"only\(='opration\.\*'\) fits no figure"):
        chosen(unknowns, ["operation.*", "opration.*"])


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("instruments.bank_loan.sizing.minimum_eur", ""),
        ("instruments.crowd_lending.sizing.minimum_eur", "instrument"),
        ("institution_types.hospital.pd_sigma", ""),
        ("institution_types.youth.pd_sigma", "type"),
        ("use_cases.rostering.types.youth.compliance_eur", "type"),
        ("use_cases.rostering.types.hospital.compliance_eur", ""),
        ("operation.payers_take", ""),
    ],
)
def test_figures_that_nothing_reads_are_told_apart(path: str, why: str):
    found = out_of_reach(load(BASE), {"nursing_home", "hospital"}, path)
    assert why in found and bool(why) == bool(found)


def test_values_are_replaced_and_nothing_else():
    scenario = load(BASE)
    changed = with_values(scenario, {"operation.payers_take": 0.6})
    assert changed.operation.payers_take.value == 0.6
    assert changed.operation.payers_take.low == 0.3
    assert with_values(changed, {"operation.payers_take": 0.5}) == scenario


def test_values_that_do_not_go_together_are_refused_with_the_reason():
    with pytest.raises(ScenarioError, match=r"price_round_first_months 15 is after .*_last_months 14"):
        with_values(
            load(BASE, ["operation.price_round_last_months={ value=18, low=14, high=20 }"]),
            {"operation.price_round_first_months": 15.0, "operation.price_round_last_months": 14.0},
        )
