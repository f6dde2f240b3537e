"""The public face: every name exists, is listed, and is what it says."""

import subprocess
import sys
from pathlib import Path

import pytest

import hybridsim as hs


@pytest.mark.parametrize("name", hs.__all__)
def test_every_public_name_can_be_had(name: str):
    assert getattr(hs, name) is not None
    assert name in dir(hs)


def test_all_is_sorted_and_names_no_private_member():
    assert list(hs.__all__) == sorted(hs.__all__)
    assert [name for name in hs.__all__ if name.startswith("_")] == ["__version__"]


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'fly'"):
        hs.fly  # noqa: B018


def test_a_star_import_brings_exactly_the_public_names():
    code = "before = {*dir(), 'before'}\nfrom hybridsim import *\nprint(sorted({*dir()} - before))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(sorted(hs.__all__))


def test_the_errors_form_one_tree():
    errors = [hs.DataError, hs.InputError, hs.InvariantError, hs.ResourceError]
    assert [error.exit_code for error in errors] == [3, 2, 5, 4]
    assert all(issubclass(error, hs.HybridsimError) for error in errors)
    assert issubclass(hs.ScenarioError, hs.InputError)


def test_a_scenario_is_loaded_run_stored_and_read_again(tmp_path: Path):
    base = Path(__file__).parents[1] / "scenarios" / "care-germany.toml"
    scenario = hs.load(base, ["population.size=8", "run.horizon_months=24"])
    run = hs.run(scenario, replications=3, seed=5, out=tmp_path / "run")
    assert len(run.metrics) > 100
    assert len(run.years) == 3 * 2
    assert len(run.institutions) == 8
    again = hs.load_run(tmp_path / "run")
    assert again.digest == run.digest
    assert hs.run(scenario.scenario, replications=3, seed=5).digest == run.digest
    outcome = hs.replay(scenario, replication=2, seed=5)
    assert outcome.totals == run.replications.iloc[2, 1:].tolist()
    assert outcome.log


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"replications": 0}, "replications"),
        ({"replications": 2.5}, "replications"),
        ({"seed": -1}, "seed"),
        ({"seed": True}, "seed"),
        ({"workers": 0}, "workers"),
        ({"engine": "other"}, "simpy"),
        ({"scenario": 7}, "must be a path"),
    ],
)
def test_wrong_arguments_are_refused_with_their_names(arguments: dict[str, object], message: str):
    base = Path(__file__).parents[1] / "scenarios" / "care-germany.toml"
    given: dict[str, object] = {"scenario": base, **arguments}
    with pytest.raises(hs.InputError, match=message):
        hs.run(**given)  # type: ignore[arg-type]
