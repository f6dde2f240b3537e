"""New programmes of the catalogue, the levers, and the care crisis."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.special import ndtr

from hybridsim.rollout.reference import simulate
from hybridsim.rollout.world import build_world
from hybridsim.scenario import build, load
from tests.scenario.conftest import SHIPPED

NEW = (
    "bfs_mezzanine", "impact_revenue_share", "crowd_donation", "crowd_lending", "outcome_contract",
    "digital_europe", "aktion_mensch", "first_loss_fund", "first_loss_guarantee", "flexible_loan",
)  # fmt: skip
QUICK = "default_risk.estate_headroom=0"
"""Worlds are built faster without headroom."""
EVERYWHERE = sorted(SHIPPED.rglob("*.toml"))
MEASURING = {"no-support", "few-without-support"}
"""They measure what support brings about, and strengthen nothing: they have no knob."""
LEVERS = [file for file in EVERYWHERE if file.parent.name == "levers" and file.stem not in MEASURING]


def test_programmes_that_a_design_does_not_ask_change_nothing_in_it():
    whole = load(SHIPPED / "care-germany.toml", ("population.size=60", "adoption.innovation_pa=0.2", QUICK))
    assert set(NEW) <= set(whole.instruments) and not set(NEW) & set(whole.design.order)
    kept = {name: item for name, item in whole.instruments.items() if name not in NEW}
    few = whole.model_copy(update={"instruments": dict(reversed(kept.items()))})
    for replication in range(2):
        one, other = (
            simulate(build_world(scenario, build(scenario)), replication, record=True)
            for scenario in (whole, few)
        )
        assert one.totals == other.totals and one.years == other.years
        assert one.entries == other.entries and one.institutions == other.institutions


@pytest.mark.parametrize("file", EVERYWHERE, ids=lambda file: file.stem)
def test_a_shipped_scenario_runs(file):
    scenario = load(file, ("population.size=60", "run.replications=5", QUICK))
    world = build_world(scenario, build(scenario))
    for replication in range(5):
        assert simulate(world, replication).totals


@pytest.mark.parametrize("file", LEVERS, ids=lambda file: file.stem)
def test_a_lever_says_what_it_is_alone_and_which_figure_is_its_knob(file):
    text = " ".join(
        line.lstrip("# ") for line in file.read_text(encoding="utf-8").splitlines() if line[:1] == "#"
    )
    assert "One lever alone" in text and "knob" in text
    base, other = load(SHIPPED / "care-germany.toml").model_dump(), load(file).model_dump()
    changed = {key for key in base if base[key] != other[key]} - {"name", "title", "description", "design"}
    assert len(changed) <= 1, changed


@pytest.mark.parametrize("name", ["s4-concessional-advice", "s5-recyclable-fund", "s6-stage-gated-hybrid",
                                  "s7-one-stop-shop", "switch-legal-form", "stress-care-crisis"])  # fmt: skip
def test_a_design_names_its_knob_and_says_what_is_assumed(name):
    text = (SHIPPED / f"{name}.toml").read_text(encoding="utf-8")
    assert "knob" in text and "Design" in text and "ssumption" in text


def test_the_switch_changes_nothing_for_businesses():
    base, switch = (load(SHIPPED / f"{name}.toml") for name in ("care-germany", "switch-legal-form"))
    for name in switch.design.order:
        forms = set(switch.instruments[name].eligibility.legal_forms)
        if not forms or "for_profit" in forms:
            assert name in base.design.order
            before, after = (scenario.instruments[name].model_dump() for scenario in (base, switch))
            before["eligibility"]["legal_forms"] = after["eligibility"]["legal_forms"]
            assert before == after
    assert set(switch.instruments["erp512"].eligibility.legal_forms) == {"non_profit"}
    assert "non_profit" in switch.instruments["erp511"].eligibility.legal_forms


@pytest.fixture(scope="module")
def sector():
    """Thresholds and loadings of all institutions of the sector."""
    scenario = load(SHIPPED / "stress-care-crisis.toml")
    return scenario, build_world(scenario, build(scenario))


def test_the_care_crisis_multiplies_the_mean_conditional_pd_by_1_9(sector):
    scenario, world = sector
    names = list(scenario.factors.names)
    direction = np.array([float(name in scenario.stress.shift) for name in names])

    def factor(shift: float) -> float:
        # Over all factor states E[Phi((t - w.(F - s))/residual)] = Phi(t + w.s): w'Cw + residual^2 = 1.
        return float(
            ndtr(world.pd_threshold + world.loading @ direction * shift).mean()
            / ndtr(world.pd_threshold).mean()
        )

    solved = brentq(lambda shift: factor(shift) - 1.9, 0.0, 5.0)
    for path in scenario.stress.shift.values():
        assert path == pytest.approx((-solved, -solved), abs=0.01)


def test_the_closed_form_of_the_crisis_is_the_mean_over_drawn_factors(sector):
    scenario, world = sector
    names = list(scenario.factors.names)
    shift = np.array([scenario.stress.shift.get(name, (0.0,))[0] for name in names])
    correlation = np.array(scenario.factors.correlation)
    draws = np.random.default_rng(5).multivariate_normal(np.zeros(len(names)), correlation, 4_000)
    some = slice(0, None, 40)
    threshold, loading, residual = world.pd_threshold[some], world.loading[some], world.residual[some]

    def mean(states: np.ndarray) -> float:
        return float(ndtr((threshold - states @ loading.T) / residual).mean())

    assert mean(draws + shift) / mean(draws) == pytest.approx(1.9, abs=0.06)
