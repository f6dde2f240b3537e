"""The knob of a design: data that is checked, and that agrees with the figures it turns."""

from __future__ import annotations

import tomllib

import jsonschema
import pytest

from hybridsim.core.errors import ScenarioError
from hybridsim.scenario import json_schema, load
from hybridsim.scenario.knobs import knob_text, standing
from hybridsim.scenario.schema.knob import STEPS, Knob
from tests.scenario.conftest import SHIPPED

WITHOUT = {
    "care-germany", "s0-own-funds", "stress-adverse", "stress-care-crisis",
    "no-support", "few-without-support",
}  # fmt: skip
FILES = sorted(SHIPPED.rglob("*.toml"))
TERMS = "instruments.iku148.service.term_months"
HOLIDAY = "instruments.iku148.service.holiday_until_live"


def knob(text: str) -> str:
    return f"[design.knob]\n{text}"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_shipped_design_has_a_knob_that_stands_within_its_range(file):
    scenario = load(file)
    found = scenario.design.knob
    assert (found is None) == (file.stem in WITHOUT)
    if found is not None:
        value = standing(found, scenario)
        assert value is not None and found.low <= value <= found.high
        assert found.at(0) == found.low and found.at(found.steps) == found.high


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_both_ends_of_a_shipped_knob_are_valid_scenarios(file):
    found = load(file).design.knob
    for value in () if found is None else (found.low, found.high):
        figures = found.figures(value)
        whole = {
            path: int(figure) if path.endswith("term_months") else figure for path, figure in figures.items()
        }
        turned = load(file, [f"{path}={figure}" for path, figure in whole.items()])
        assert standing(found, turned) == value


def test_a_knob_sets_plus_and_times_of_its_value():
    turned = Knob(path=("a", "b"), low=0.0, high=0.1, times=(1.0, 2.0), plus=(0.0, 0.003))
    assert turned.figures(0.01) == {"a": 0.01, "b": 0.023}
    assert Knob(path=("a", "b"), low=0.0, high=0.1).figures(0.01) == {"a": 0.01, "b": 0.01}


@pytest.mark.parametrize(
    ("low", "high", "step", "count", "second"),
    [
        (0.0, 1.0, 0.0, STEPS, 0.002),
        (0.0, 30e6, 0.0, STEPS, 60_000.0),
        (1e6, 50e6, 0.0, STEPS, 1_098_000.0),
        (36.0, 120.0, 6.0, 14, 48.0),
        (0.0, 0.3, 0.1, 3, 0.2),
        (0.0, 10.0, 3.0, 3, 6.0),
    ],
)
def test_steps_are_values_that_people_can_read(low, high, step, count, second):
    found = Knob(path=("a",), low=low, high=high, step=step)
    assert found.steps == count
    values = [found.at(place) for place in range(count + 1)]
    assert values == sorted(set(values))
    assert values[2] == second
    assert low == values[0] and values[-1] <= high


FAULTS = {
    "no such figure": ('path = "advice.shar"\nlow = 0\nhigh = 1', 3, "path", "did you mean 'share'?"),
    "no such instrument": (
        'path = "instruments.iku14.found_alone"\nlow = 0\nhigh = 1', 3, "path", "did you mean 'iku148'?",
    ),
    "a text": ('path = "design.title"\nlow = 0\nhigh = 1', 3, "path", "is not a number"),
    "a switch": (
        f'path = "{HOLIDAY}"\nlow = 0\nhigh = 1', 3, "path", "is not a number",
    ),
    "a table": ('path = "advice"\nlow = 0\nhigh = 1', 3, "path", "is not a number"),
    "the seed": ('path = "run.seed"\nlow = 0\nhigh = 1', 3, "path", "belongs to the experiment"),
    "empty path": ('path = ""\nlow = 0\nhigh = 1', 3, "path", "such as advice.share"),
    "no path": ("path = []\nlow = 0\nhigh = 1", 3, "path", "must not be empty"),
    "low above high": ('path = "advice.share"\nlow = 1\nhigh = 0.5', 2, "", "low 1 is not below high 0.5"),
    "outside the figure's bounds": ('path = "advice.share"\nlow = 0\nhigh = 40', 5, "high", "0.4, not 40"),
    "negative": ('path = "underwriting.file_cost_eur"\nlow = -1\nhigh = 40', 4, "low", "cannot be negative"),
    "too few factors": (
        'path = ["advice.share", "pilot.scope"]\nlow = 0\nhigh = 1\ntimes = [1]', 2, "", "1 entries for 2",
    ),
    "twice": ('path = ["advice.share", "advice.share"]\nlow = 0\nhigh = 1', 2, "", "more than once"),
    "halves of a month": (f'path = "{TERMS}"\nlow = 36\nhigh = 60\nstep = 1.5', 6, "step", "whole numbers"),
    "too large a step": ('path = "advice.share"\nlow = 0\nhigh = 0.5\nstep = 1', 2, "", "than the range"),
    "not finite": ('path = "advice.share"\nlow = 0\nhigh = nan', 5, "high", "not a finite number"),
    "unknown key": ('path = "advice.share"\nlow = 0\nhigh = 1\nmax = 1', 6, "max", "unknown key"),
}  # fmt: skip


@pytest.mark.parametrize("case", FAULTS, ids=str)
def test_a_wrong_knob_is_reported_with_its_line(write, case):
    text, line, key, message = FAULTS[case]
    with pytest.raises(ScenarioError) as caught:
        load(write(knob(text)))
    [fault] = caught.value.faults
    assert (fault.line, fault.path) == (line, f"design.knob.{key}".rstrip("."))
    assert message in fault.message


def test_all_faults_of_a_knob_are_reported_at_once(write):
    text = f'path = ["advice.shar", "advice.share", "{TERMS}"]\nlow = -1\nhigh = 40'
    with pytest.raises(ScenarioError) as caught:
        load(write(knob(text)))
    assert {fault.path for fault in caught.value.faults} == {
        "design.knob.path", "design.knob.low", "design.knob.high", "design.knob.step",
    }  # fmt: skip
    with pytest.raises(ScenarioError, match=r"low 3 is not below high 1(.|\n)*did you mean 'share'"):
        load(write(knob('path = "advice.shar"\nlow = 3\nhigh = 1')))


def test_a_knob_with_another_path_replaces_the_whole_knob(tmp_path, write):
    write(knob('path = "pilot.scope"\nlow = 0.2\nhigh = 0.8\ntitle = "scope"'), "middle.toml")
    top = tmp_path / "top.toml"
    top.write_text('extends = "middle.toml"\n[design.knob]\nhigh = 0.9\n', encoding="utf-8")
    found = load(top).design.knob
    assert (found.path, found.low, found.high, found.label) == (("pilot.scope",), 0.2, 0.9, "scope")
    top.write_text(
        'extends = "middle.toml"\n[design.knob]\npath = "advice.share"\nlow = 0\nhigh = 1\n', encoding="utf-8"
    )
    found = load(top).design.knob
    assert (found.low, found.high, found.label) == (0.0, 1.0, "advice.share")


def test_the_editor_schema_knows_the_knob():
    valid = jsonschema.Draft202012Validator(json_schema()).is_valid
    assert valid(tomllib.loads(knob('path = "advice.share"\nlow = 0\nhigh = 1\nunit = "share"')))
    assert valid(tomllib.loads(knob('path = ["advice.share", "pilot.scope"]\nlow = 0\nhigh = 1')))
    assert not valid(tomllib.loads(knob("path = 3\nlow = 0\nhigh = 1")))
    assert not valid(tomllib.loads(knob('path = "advice.share"\nlow = 0\nhigh = 1\nmaximum = 2')))


def test_a_knob_whose_figures_disagree_stands_nowhere(write):
    text = knob('path = ["advice.share", "pilot.scope"]\nlow = 0\nhigh = 1')
    scenario = load(write(text), ["advice.share=0.2", "pilot.scope=0.3"])
    assert standing(scenario.design.knob, scenario) is None
    assert knob_text(scenario.design.knob, scenario) == (
        "advice.share, pilot.scope from 0 to 1, its figures disagree"
    )


def test_a_knob_is_told_in_words():
    scenario = load(SHIPPED / "s5-recyclable-fund.toml")
    assert knob_text(scenario.design.knob, scenario) == (
        "fund capital: instruments.first_loss_fund.decision.revolving_capital_eur "
        "from 1,000,000 to 50,000,000 EUR, now 25,000,000"
    )
