"""What support does, in worlds in which it is known."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from hybridsim.cli.comparison import comparison_json, comparison_markdown, comparison_text
from hybridsim.scenario import resolve
from hybridsim.study.compare import compare_runs
from hybridsim.study.run import run
from hybridsim.study.starts import Starts, matched
from tests.support.one_project import CERTAIN, asked
from tests.support.worlds import NO_IMITATION, SCENARIOS, home

LAG = 5.0
RICH, POOR = 6, 9
REPLICATIONS = 4
AT = "instruments.sgb11_8_8"
WORLD = (
    *(setting for setting in CERTAIN if not setting.startswith("run.seed")), *NO_IMITATION,
    *asked("sgb11_8_8"), "run.horizon_months=96", "adoption.innovation_pa=2", "advice.share=0",
    f"{AT}.timing.lag.median_months={LAG}", f"{AT}.timing.start_before_approval=false",
    f"{AT}.sizing.share_of_cost=1", f"{AT}.sizing.eligible_share=1", f"{AT}.sizing.maximum_per_site_eur=1e6",
    f'{AT}.disbursement.mode="upfront"', "underwriting.minimum_dscr=0",
)  # fmt: skip


def homes():
    """Rich homes can pay for everything, poor ones for nothing."""
    for number in range(RICH + POOR):
        land = ("NW", "BY", "SN", "HE", "BE")[number % 5]
        if number < RICH:
            yield home(
                f"rich {number}", land=land, digital_budget_eur_pa=400_000, liquidity_days=200, pd_pa=0.0005
            )
        else:
            yield home(f"poor {number}", land=land, digital_budget_eur_pa=0, liquidity_days=25, pd_pa=0.0005)


@pytest.fixture(scope="module")
def make(tmp_path_factory):
    """Runs of the hand-made homes."""
    folder = tmp_path_factory.mktemp("additionality")
    with (folder / "population.csv").open("w", encoding="utf-8", newline="") as file:
        rows = list(homes())
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    text = (SCENARIOS / "care-germany.toml").read_text(encoding="utf-8")
    text = text.replace("[population]\n", '[population]\nfile = "population.csv"\n')
    (folder / "care-germany.toml").write_text(text, encoding="utf-8")

    def made(name, *settings):
        scenario = resolve(
            Path(folder, "care-germany.toml"),
            (*WORLD, f"name={name!r}", *settings),
        )
        return run(scenario, replications=REPLICATIONS, seed=5)

    return made


@pytest.fixture(scope="module")
def full(make):
    return make("full")


@pytest.fixture(scope="module")
def none(make):
    return make("none", "design.unsupported_share=1")


def effects(found, without):
    return {
        (effect.measure, effect.outcome): effect.estimate
        for effect in found.additionality
        if effect.without == without
    }


def test_who_can_pay_starts_anyway_and_without_waiting_for_the_grant(full, none):
    starts = full.starts
    rich = starts.institution.str.startswith("rich")
    assert rich.sum() > 10 and (~rich).sum() > 10 and starts.supported.all()
    assert none.starts.institution.str.startswith("rich").all()
    found = effects(compare_runs([full, none]), "none")
    assert found["deadweight", "started"].value == pytest.approx(rich.sum() / len(starts), rel=1e-12)
    # Support has a price: the answer takes its time.
    assert found["acceleration", "started"].value == pytest.approx(-LAG, abs=1e-9)
    total = full.replications.started.mean() - none.replications.started.mean()
    assert found["total", "started"].value == pytest.approx(total / (RICH + POOR), rel=1e-12)
    assert ("direct", "started") not in found


def test_without_shared_money_and_imitation_support_has_no_spillover(make, full, none):
    few = make("few", "design.unsupported_share=0.4")
    switched = (few.institutions.supported == 0).to_numpy()
    assert 3 <= switched.sum() <= 9
    found = effects(compare_runs([full, none, few]), "few")
    for outcome in ("started", "sustained", "hours_freed", "social_value_eur"):
        assert found["on_others", outcome].value == found["spillover", outcome].value == 0.0
        assert found["direct", outcome].value == found["total", outcome].value
    poor = np.array([name.startswith("poor") for name in few.institutions.id])
    lost = full.institutions.started[switched & poor].sum() / REPLICATIONS / switched.sum()
    assert found["direct", "started"].value == pytest.approx(lost, abs=0.3)
    assert found["direct", "started"].value > 0.3


def test_a_budget_that_binds_only_moves_projects_from_one_to_another(make):
    # The money of one year is enough for one project or two, and every poor home wants one.
    scarce = (
        f"{AT}.decision.budget_pa_eur=45_000", f"{AT}.sizing.minimum_eur=30_000", "design.retries=8",
        "design.retry_pause.sigma=0", "design.patience_months=400",
        "run.horizon_months=36",
    )  # fmt: skip
    full = make("all", *scarce)
    few = make("few", *scarce, f"design.unsupported={[f'poor {number}' for number in (6, 8, 10, 12, 14)]}")
    poor = [name.startswith("poor") for name in full.institutions.id]
    assert full.institutions.started[poor].sum() > 0
    found = effects(compare_runs([full, few]), "few")
    off = int((few.institutions.supported == 0).sum())
    own, others = (found[measure, "started"].value for measure in ("direct", "on_others"))
    assert own > 0.0 > others
    both = full.replications.started.mean() - few.replications.started.mean()
    assert own * off + others * (RICH + POOR - off) == pytest.approx(both, abs=1e-9)
    assert abs(both) < 0.5 * own * off


def test_saturation_is_told_by_level(make, full):
    dealt = make("dealt", "design.unsupported_saturation=[0, 1]")
    found = [e for e in compare_runs([full, dealt]).additionality if e.outcome == "sustained"]
    levels = {(e.measure, e.saturation) for e in found}
    assert levels == {("on_others", 0.0), ("direct", 1.0)}
    assert next(e for e in found if e.measure == "on_others").estimate.value == 0.0


def test_the_terminal_markdown_and_json_show_it_only_if_nothing_else_differs(make, full, none):
    found = compare_runs([full, none])
    text, markdown, data = comparison_text(found), comparison_markdown(found), comparison_json(found)
    assert "What support does, measured without it in none:" in text
    assert "acceleration: -5.00 months" in text
    assert "- acceleration: -5.00 months" in markdown
    assert '"measure": "deadweight"' in data
    other = make("other", "design.unsupported_share=1", "operation.payers_take=0.5")
    assert compare_runs([full, other]).additionality == ()
    assert "What support does" not in comparison_text(compare_runs([full, other]))


def test_starts_are_matched_project_by_project():
    def starts(rows):
        key, replication, row, month, supported = (np.array(column) for column in zip(*rows, strict=True))
        return Starts(key, replication, row, month.astype(float), supported != 0, 3)

    # Of three futures nothing happens in the last one; institution 2 is not looked at.
    with_it = starts(
        [(0, 0, 0, 4.0, 1), (1, 0, 1, 9.0, 1), (5, 1, 0, 7.0, 1), (6, 1, 1, 8.0, 0), (2, 0, 2, 1.0, 1)]
    )
    without = starts(
        [(1, 0, 1, 12.0, 0), (5, 1, 0, 27.0, 0), (6, 1, 1, 8.0, 0), (9, 1, 1, 3.0, 0), (2, 0, 2, 9.0, 0)]
    )
    found = matched(with_it, without, np.array([True, True, False]))
    assert found.n == 3
    assert found.started.tolist() == [2, 2, 0]
    assert found.anyway.tolist() == [1, 2, 0]
    assert found.helped.tolist() == [2, 1, 0]
    assert found.helped_anyway.tolist() == [1, 1, 0]
    assert found.months_earlier.tolist() == [3.0, 20.0, 0.0]
    assert found.only_without.tolist() == [0, 1, 0]
