"""Designs at equal public cost, on costs that are known in closed form."""

from __future__ import annotations

import json
import math

import pytest

import hybridsim as hs
from hybridsim.study.root import evaluations_at_most
from tests.study import equal


@pytest.fixture
def engine(monkeypatch):
    return equal.install(monkeypatch)


@pytest.fixture
def files(tmp_path):
    return equal.write(tmp_path)


def test_the_knob_is_found_where_the_closed_form_has_it(files, engine, tmp_path):
    found = hs.equalise([files["linear"]], files["base"], tmp_path / "out", plus=1_000.0, tolerance=2.0)
    [design] = found.designs
    assert found.target == pytest.approx(2_400.0)
    # 1000 + 4000 x = 1400 + 1000
    assert design.value == pytest.approx(0.35, abs=0.0006)
    assert found.reached and design.status == "reached"
    assert design.figure == pytest.approx(1_000 + 4_000 * design.value)
    assert len(design.evaluations) <= evaluations_at_most(1000)


def test_the_difference_is_paired_and_without_what_was_added(files, engine, tmp_path):
    found = hs.equalise([files["linear"]], files["base"], tmp_path / "out", plus=1_000.0, tolerance=2.0)
    apart = found.designs[0].apart
    assert apart.difference == pytest.approx(found.designs[0].figure - 2_400.0)
    # the paired differences are d, d + 30, d - 30: standard deviation 30, t(2) = 4.3027
    assert apart.se == pytest.approx(30.0 / math.sqrt(3.0))
    reach = 4.302653 * 30.0 / math.sqrt(3.0)
    assert apart.ci_high - apart.difference == pytest.approx(reach, rel=1e-5)
    assert apart.difference - apart.ci_low == pytest.approx(reach, rel=1e-5)
    compared = hs.compare(found.runs)
    row = compared[(compared.metric == found.inputs.metric) & (compared.scope == "total")].iloc[0]
    assert row.difference - 1_000.0 == pytest.approx(apart.difference)


def test_a_number_can_be_the_target(files, engine, tmp_path):
    found = hs.equalise([files["linear"]], 3_000, tmp_path / "out", tolerance=2.0)
    [design] = found.designs
    assert (found.base, found.target) == (None, 3_000.0)
    assert design.value == pytest.approx(0.5, abs=0.0006)
    assert design.apart.se == pytest.approx(330.0 / math.sqrt(3.0))
    assert found.frame.iloc[0]["difference"] == pytest.approx(design.figure - 3_000.0)


def test_what_cannot_be_reached_is_said_and_the_nearer_end_is_taken(files, engine, tmp_path):
    found = hs.equalise([files["linear"]], 9_000, tmp_path / "out")
    [design] = found.designs
    assert (design.value, design.status, found.reached) == (1.0, "out_of_reach", False)
    assert design.figure == pytest.approx(5_000.0)
    assert design.note == "not reached: it is 1,000 at 0 and 5,000 at 1; the nearer end is taken"
    assert len(design.evaluations) == 2


def test_a_jump_over_the_target_is_said_and_the_nearest_value_is_taken(files, engine, tmp_path):
    found = hs.equalise([files["jump"]], 2_000, tmp_path / "out")
    [design] = found.designs
    assert (design.value, design.figure, design.status) == (0.617, pytest.approx(900.0), "jump")
    assert "jumps over the target" in design.note
    assert not found.reached


def test_what_is_stored_is_used_again_also_for_another_target(files, engine, tmp_path):
    first = hs.equalise([files["linear"]], files["base"], tmp_path / "out", plus=1_000.0)
    done = len(engine.simulated)
    again = hs.equalise([files["linear"]], files["base"], tmp_path / "out", plus=1_000.0)
    assert len(engine.simulated) == done
    assert again.as_record() == first.as_record()
    with pytest.raises(hs.InputError, match="another request"):
        hs.equalise([files["linear"]], files["base"], tmp_path / "out", plus=2_000.0)
    other = hs.equalise([files["linear"]], files["base"], tmp_path / "out", plus=2_000.0, force=True)
    assert other.designs[0].figure == pytest.approx(3_400.0, rel=0.011)
    assert len(engine.simulated) - done <= 3 * (len(other.designs[0].evaluations) - 2)


def test_an_interrupted_search_goes_on_from_what_it_has(files, engine, tmp_path):
    engine.fail_after = 10
    with pytest.raises(KeyboardInterrupt):
        hs.equalise([files["linear"]], files["base"], tmp_path / "out", plus=1_000.0, tolerance=0.5)
    engine.fail_after = None
    found = hs.equalise([files["linear"]], files["base"], tmp_path / "out", plus=1_000.0, tolerance=0.5)
    assert len(engine.simulated) == 3 * (1 + len(found.designs[0].evaluations))
    assert not list((tmp_path / "out" / "evaluations").glob("*.partial"))


def test_the_written_scenario_gives_the_same_run_again(files, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = ["population.size=12", 'description="as \\"always\\""']
    found = hs.equalise([files["linear"]], 4_000, tmp_path / "out", settings=settings, replications=2, seed=9)
    file = tmp_path / "out" / "scenarios" / "linear.toml"
    scenario = hs.load(file)
    again = hs.run(scenario)
    assert again.digest == found.designs[0].run.digest
    assert (again.manifest["seed"], again.manifest["replications"]["done"]) == (9, 2)
    share = scenario.scenario.advice.share
    assert (share.value, share.evidence) == (found.designs[0].value, "derived")
    assert "advice.share" in scenario.scenario.title
    assert scenario.scenario.description == 'as "always"'


def test_the_record_says_all_that_was_evaluated(files, engine, tmp_path):
    found = hs.equalise([files["linear"], files["weak"]], files["base"], tmp_path / "out", plus=102.0)
    record = json.loads((tmp_path / "out" / "equalise.json").read_text(encoding="utf-8"))
    assert record == json.loads(json.dumps(found.as_record()))
    assert [entry["status"] for entry in record["designs"]] == ["reached", "reached"]
    assert record["designs"][1]["evaluations"][0] == {"value": 1.0, "figure": pytest.approx(1_501.0)}
    assert record["base"] == "base"


def test_progress_counts_what_is_simulated_now(files, engine, tmp_path):
    seen = []
    hs.equalise([files["linear"]], 3_000, tmp_path / "out", progress=lambda *state: seen.append(state))
    assert seen[0][:2] == ("linear, advice.share 0", 0)
    assert [done for _, done, _ in seen] == sorted(done for _, done, _ in seen)
    assert seen[-1][1] == len(engine.simulated)
    assert all(done <= expected for _, done, expected in seen)


def test_all_that_is_wrong_is_said_before_anything_is_simulated(files, engine, tmp_path):
    broken = tmp_path / "broken.toml"
    broken.write_text('extends = "linear.toml"\n[design.knob]\nhigh = 3\n', encoding="utf-8")
    other = tmp_path / "other.toml"
    other.write_text('extends = "linear.toml"\nname = "base"\n', encoding="utf-8")
    with pytest.raises(hs.InputError) as caught:
        hs.equalise([broken, files["base"], other], files["base"], tmp_path / "out")
    faults = {(fault.file.rsplit("/", 1)[-1], fault.path) for fault in caught.value.faults}
    assert faults == {
        ("broken.toml", "design.knob.high"),
        ("base.toml", "design.knob"),
        ("other.toml", "name"),
    }
    assert engine.simulated == []


@pytest.mark.parametrize(
    ("text", "path"),
    [("population.size = 11", "population"), ("run.horizon_months = 36", "run.horizon_months")],
)
def test_designs_of_unlike_futures_are_refused(files, engine, tmp_path, text, path):
    unlike = tmp_path / "unlike.toml"
    unlike.write_text(f'extends = "linear.toml"\nname = "unlike"\n{text}\n', encoding="utf-8")
    with pytest.raises(hs.InputError) as caught:
        hs.equalise([unlike], files["base"], tmp_path / "out")
    assert [fault.path for fault in caught.value.faults] == [path]
    assert engine.simulated == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"scenarios": []}, "nothing to equalise"),
        ({"metric": "fiscal_cost_per_institution"}, "did you mean 'fiscal_cost_per_institution_eur'"),
        ({"to": math.nan}, "finite"),
        ({"plus": math.inf}, "finite"),
        ({"tolerance": -1.0}, "negative"),
        ({"workers": 0}, "workers"),
        ({"engine": "other"}, "simpy"),
        ({"metric": "social_value_per_fiscal_euro", "to": 3.0}, None),
        ({"metric": "fiscal_cost_per_hour_eur", "to": 3.0}, "no hour was freed"),
    ],
)
def test_wrong_arguments_are_refused(files, engine, tmp_path, arguments, message):
    given = {"scenarios": [files["linear"]], "to": 3_000.0, "out": tmp_path / "out", **arguments}
    if message is None:
        assert not hs.equalise(**given).reached
        return
    with pytest.raises(hs.InputError, match=message):
        hs.equalise(**given)


def test_a_folder_of_something_else_is_left_alone(files, engine, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(hs.InputError, match="not from an equalisation"):
        hs.equalise([files["linear"]], 3_000, tmp_path / "out", force=True)
    with pytest.raises(hs.InputError, match="not a folder"):
        hs.equalise([files["linear"]], 3_000, tmp_path / "out" / "thesis.txt")
    assert engine.simulated == []


SHIPPED = equal.BASE.parent
DESIGNS = sorted(path.stem for path in SHIPPED.glob("s[2-7]-*.toml"))


@pytest.mark.slow
@pytest.mark.parametrize("name", DESIGNS)
def test_a_larger_knob_of_a_shipped_design_does_not_cost_the_public_less(name):
    file = SHIPPED / f"{name}.toml"
    knob = hs.load(file).scenario.design.knob
    runs = []
    for value in (knob.low, (knob.low + knob.high) / 2.0, knob.high):
        settings = [f"{path}={figure}" for path, figure in knob.figures(value).items()]
        runs.append(hs.run(hs.load(file, ["population.size=150", *settings]), replications=6))
    for lower, higher in ((0, 1), (0, 2), (1, 2)):
        frame = hs.compare([runs[lower], runs[higher]])
        row = frame[(frame.metric == "fiscal_cost_per_institution_eur") & (frame.scope == "total")].iloc[0]
        assert row.difference >= 0.0 or row.ci_high > 0.0
    assert runs[2].digest != runs[0].digest
