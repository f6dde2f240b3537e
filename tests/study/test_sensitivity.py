"""Sensitivity studies of a model with known answers, and one run of the real engine."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hybridsim.core.errors import DataError, InputError, InvariantError
from hybridsim.scenario import Resolved, resolve
from hybridsim.study.points import SURVEYED, Answer, Evaluate, simulate_point
from hybridsim.study.run import run
from hybridsim.study.sensitivity import carry_out, sensitivity
from hybridsim.study.sensitivity_store import load_sensitivity
from hybridsim.study.survey import plan
from tests.support.worlds import SCENARIOS

BASE = SCENARIOS / "care-germany.toml"
TINY = ("population.size=8", "run.horizon_months=24", "run.replications=6")
METRIC = "institutions_started_share"
TAKE, FREED, SHARE = "operation.payers_take", "operation.cashable_freed_time", "advice.share"
FIRST, LAST = "operation.price_round_first_months", "operation.price_round_last_months"


def tiny(*settings: str) -> Resolved:
    return resolve(BASE, (*TINY, *settings))


def linear(resolved: Resolved) -> Answer:
    """``10 take + 0 freed + noise``, the noise shared by all points; nothing else happens."""
    scenario = resolved.scenario
    noise = np.random.default_rng(scenario.run.seed).standard_normal(scenario.run.replications)
    value = 10.0 * scenario.operation.payers_take.value + (1.0 if "slow" in scenario.title else 0.0)
    return of(value, 0.5 * (noise - noise.mean()), f"{value}")


def of(value: float, moves: np.ndarray, outcomes: str) -> Answer:
    rows = len(SURVEYED)
    return Answer(np.full(rows, value), np.tile(moves, (rows, 1)), np.zeros(rows, dtype=bool), outcomes)


def failing(resolved: Resolved) -> Answer:
    if resolved.scenario.operation.payers_take.value > 0.6:
        raise InvariantError("sources are not uses")
    return linear(resolved)


def table(found, name, **wanted):
    frame = found.tables[name]
    for column, value in wanted.items():
        frame = frame[frame[column] == value]
    return frame.to_dict("records")


def test_variance_share_and_ranking_of_a_linear_model_are_known():
    survey = plan([tiny()], draws=32, only=[TAKE, FREED, SHARE], metrics=[METRIC])
    found = carry_out(survey, linear)
    (row,) = table(found, "spread")
    low, mode, high = 0.3, 0.5, 0.7
    law = (low**2 + mode**2 + high**2 - low * mode - low * high - mode * high) / 18.0
    assert row["unknowns_variance"] == pytest.approx(100.0 * law, rel=0.05)
    assert row["mean"] == pytest.approx(10.0 * (low + mode + high) / 3.0, rel=0.01)
    assert row["central"] == 5.0
    noise = 0.25 * np.random.default_rng(20270101).standard_normal(6).var(ddof=1)
    assert row["chance_sd"] ** 2 == pytest.approx(noise)
    assert row["share"] == pytest.approx(row["unknowns_variance"] / (row["unknowns_variance"] + noise))
    ranked = table(found, "ranking")
    assert [line["path"] for line in ranked if line["stands_out"]] == [TAKE]
    assert ranked[0]["path"] == TAKE and ranked[0]["correlation"] == pytest.approx(1.0)


def test_all_designs_get_the_same_draws_and_a_bare_number_stays_fixed():
    other = tiny("name=other", "advice.share=0.1")
    survey = plan([tiny(), other], draws=8, only=["advice.*", TAKE], metrics=[METRIC])
    found = carry_out(survey, linear)
    first, second = (table(found, "draws", design=name) for name in ("care-germany", "other"))
    fixed = [line for line in first if line["path"] != SHARE]
    assert [{**line, "design": ""} for line in fixed] == [{**line, "design": ""} for line in second]
    assert len(first) == len(second) + 8
    (difference,) = table(found, "spread", compared_to="care-germany")
    assert difference["mean"] == 0.0
    assert math.isnan(difference["share"])


def test_the_difference_of_designs_is_paired_draw_by_draw():
    slow = tiny("name=slow", 'title="slow design"')
    found = carry_out(plan([tiny(), slow], draws=8, only=[TAKE], metrics=[METRIC]), linear)
    (row,) = table(found, "spread", compared_to="care-germany")
    assert row["design"] == "slow" and row["mean"] == pytest.approx(1.0)
    assert row["unknowns_sd"] == pytest.approx(0.0, abs=1e-9)
    assert row["chance_sd"] == pytest.approx(0.0, abs=1e-9)


def test_draws_do_not_depend_on_which_other_unknowns_there_are():
    alone = plan([tiny()], draws=16, only=[TAKE])
    among = plan([tiny()], draws=16)
    assert [at[TAKE] for at in alone.quantiles.values()] == [at[TAKE] for at in among.quantiles.values()]
    assert len(among.unknowns) > 400
    assert sum(among.left_out.values()) > 100


def test_draws_that_do_not_go_together_are_replaced_and_counted():
    ranges = (f"{FIRST}={{ value=12, low=6, high=20 }}", f"{LAST}={{ value=14, low=10, high=24 }}")
    survey = plan([tiny(*ranges)], draws=32, only=[FIRST, LAST])
    assert len(survey.quantiles) == 32
    assert survey.rejected
    assert not set(survey.quantiles) & {number for number, _ in survey.rejected}
    assert all("is after price_round_last_months" in why for _, why in survey.rejected)
    found = carry_out(survey, linear)
    drawn = {(line["point"], line["path"]): line["value"] for line in table(found, "draws")}
    assert all(drawn[point, FIRST] <= drawn[point, LAST] for point in survey.quantiles)
    assert any(f"{len(survey.rejected)} draws were replaced" in note for note in found.notes)


def test_unknowns_that_never_go_together_are_refused():
    ranges = (f"{FIRST}={{ value=12, low=12, high=600 }}", f"{LAST}={{ value=12, low=1, high=12 }}")
    with pytest.raises(
        InputError, match=r"draws do not go together, the first because of .*leave one of them"
    ):
        plan([tiny(*ranges)], draws=8, only=[FIRST, LAST])


def test_one_at_a_time_gives_both_ends_swings_and_what_changes_nothing():
    survey = plan([tiny()], one_at_a_time=True, only=[TAKE, FREED, SHARE], metrics=[METRIC])
    found = carry_out(survey, linear)
    first, *others = table(found, "one_at_a_time")
    assert first["path"] == TAKE and first["rank"] == 1
    assert (first["at_low"], first["central"], first["at_high"]) == pytest.approx((3.0, 5.0, 7.0))
    assert first["swing"] == pytest.approx(4.0)
    assert first["same_outcomes"] == 0
    assert all(row["swing"] == 0.0 and row["same_outcomes"] == 1 for row in others)
    assert found.inert == sorted([FREED, SHARE])


def test_an_end_that_is_impossible_alone_is_left_out_and_named():
    ranges = (f"{FIRST}={{ value=12, low=6, high=20 }}",)
    survey = plan([tiny(*ranges)], one_at_a_time=True, only=[FIRST], metrics=[METRIC])
    assert [why.split(":")[0] for _, why in survey.rejected] == [f"{FIRST} at its high end"]
    (row,) = table(carry_out(survey, linear), "one_at_a_time")
    assert math.isnan(row["at_high"]) and row["at_low"] == 5.0


def test_failed_runs_are_left_out_in_all_designs_and_named():
    other = tiny("name=other", "operation.payers_take=0.5")
    survey = plan([tiny(), other], draws=16, only=[TAKE, FREED], metrics=[METRIC])
    found = carry_out(survey, failing)
    assert found.failures and {run["design"] for run in found.failures} == {"care-germany"}
    assert "sources are not uses" in found.failures[0]["reason"]
    done = 16 - len(found.failures)
    assert {row["draws"] for row in table(found, "spread")} == {done}
    assert found.manifest["points"] == {"asked": 16, "done": done}


def test_a_design_that_cannot_be_simulated_at_all_is_refused():
    survey = plan([tiny("operation.payers_take={ value=0.65, low=0.3, high=0.7 }")], draws=4, only=[TAKE])
    with pytest.raises(InputError, match="cannot be simulated with all figures at their values: sources"):
        carry_out(survey, failing)


def test_an_interrupted_study_goes_on_from_its_finished_runs(tmp_path: Path):
    survey = plan([tiny()], draws=8, only=[TAKE], metrics=[METRIC])
    seen: list[float] = []

    def counting(resolved: Resolved) -> Answer:
        if len(seen) == 5:
            seen.append(math.nan)
            raise KeyboardInterrupt
        seen.append(resolved.scenario.operation.payers_take.value)
        return linear(resolved)

    with pytest.raises(KeyboardInterrupt):
        carry_out(survey, counting, out=tmp_path / "study")
    assert not (tmp_path / "study").exists()
    partial = tmp_path / "study.partial"
    assert len(list(partial.glob("point-*.npz"))) == 5
    next(partial.glob("point-*.npz")).write_bytes(b"damaged")
    progress: list[tuple[int, int]] = []
    found = carry_out(survey, counting, out=tmp_path / "study", progress=lambda *at: progress.append(at))
    assert progress[0] == (4, 9) and progress[-1] == (9, 9)
    assert len(seen) == 6 + 5
    assert not partial.exists()
    whole = carry_out(survey, linear)
    for name, frame in whole.tables.items():
        assert frame.equals(found.tables[name])
    assert [path.name for path in tmp_path.iterdir()] == ["study"]


def test_another_seed_uses_no_run_of_this_one(tmp_path: Path):
    def study(seed: int, evaluate: Evaluate = linear) -> list[tuple[int, int]]:
        seen: list[tuple[int, int]] = []
        survey = plan([tiny()], draws=4, seed=seed, only=[TAKE], metrics=[METRIC])
        carry_out(survey, evaluate, out=tmp_path / "s", progress=lambda *at: seen.append(at))
        return seen

    def interrupted(resolved: Resolved) -> Answer:
        if resolved.scenario.operation.payers_take.value != 0.5:
            raise KeyboardInterrupt
        return linear(resolved)

    with pytest.raises(KeyboardInterrupt):
        study(1, interrupted)
    assert len(list((tmp_path / "s.partial").iterdir())) == 1
    assert study(2)[0] == (0, 5)


def test_a_stored_study_is_read_back_and_a_changed_one_refused(tmp_path: Path):
    survey = plan([tiny()], draws=4, only=[TAKE], metrics=[METRIC])
    found = carry_out(survey, linear, out=tmp_path / "study")
    again = load_sensitivity(tmp_path / "study")
    assert again.notes == found.notes
    assert all(frame.equals(again.tables[name]) for name, frame in found.tables.items())
    with pytest.raises(InputError, match="--force"):
        carry_out(survey, linear, out=tmp_path / "study")
    (tmp_path / "study" / "spread.parquet").write_bytes(b"PAR1")
    with pytest.raises(DataError):
        load_sensitivity(tmp_path / "study")
    with pytest.raises(DataError, match="holds no sensitivity study"):
        load_sensitivity(tmp_path)


def test_a_folder_with_something_else_is_left_alone(tmp_path: Path):
    (tmp_path / "thesis.txt").write_text("mine", encoding="utf-8")
    survey = plan([tiny()], draws=4, only=[TAKE])
    with pytest.raises(InputError, match="is not a finished sensitivity study"):
        carry_out(survey, linear, out=tmp_path, force=True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"draws": 3}, "draws"),
        ({"replications": 1}, "2 or more"),
        ({"only": ["nothing.*"]}, "fits no figure"),
        ({"metrics": ["institutions_strated_share"]}, "did you mean 'institutions_started_share'"),
    ],
)
def test_wrong_arguments_are_refused(arguments: dict[str, object], message: str):
    with pytest.raises(InputError, match=message):
        plan([tiny()], **arguments)  # type: ignore[arg-type]


def test_designs_of_other_institutions_are_not_compared():
    with pytest.raises(InputError, match="another population or horizon"):
        plan([tiny(), tiny("population.size=9")], only=[TAKE])


def test_a_point_is_the_run_of_the_same_scenario():
    changed = tiny("operation.payers_take=0.3", "adoption.innovation_pa=0.3")
    answer = simulate_point(changed)
    stored = run(changed)
    rows = stored.metrics[stored.metrics["scope"] == "total"].set_index("metric")
    for place, metric in enumerate(SURVEYED):
        row = rows.loc[metric.name]
        value = answer.values[place]
        assert value == row["value"] or (math.isnan(value) and math.isnan(row["value"]))
        if row["se"] > 0.0:
            se = answer.influences[place].std(ddof=1) / math.sqrt(6)
            assert se == pytest.approx(row["se"], rel=1e-9)


def test_workers_change_nothing_and_the_real_engine_answers():
    scenario = resolve(BASE, ("population.size=6", "run.horizon_months=24", "run.replications=2"))
    one, two = (
        sensitivity(scenario, draws=4, only=[TAKE], metrics=[METRIC], workers=workers) for workers in (1, 2)
    )
    assert all(frame.equals(two.tables[name]) for name, frame in one.tables.items())
    assert replace(one, tables={}).failures == []


def test_a_draw_that_is_impossible_in_one_design_is_replaced_in_all():
    ranges = (f"{FIRST}={{ value=12, low=6, high=20 }}", f"{LAST}=24")
    narrow = tiny("name=narrow", ranges[0], f"{LAST}=14")
    survey = plan([tiny(*ranges), narrow], draws=16, only=[FIRST])
    assert survey.rejected
    drawn = carry_out(survey, linear).tables["draws"]
    assert set(drawn["design"]) == {"care-germany", "narrow"}
    assert drawn["value"].max() <= 14.0
