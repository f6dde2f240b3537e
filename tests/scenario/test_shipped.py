"""The scenario files that users start from, and the schema that their editors use."""

from __future__ import annotations

import json
import tomllib

import jsonschema
import pytest

from hybridsim.scenario import json_schema, json_schema_text, load, resolve
from tests.scenario.conftest import SHIPPED

FILES = sorted(SHIPPED.rglob("*.toml"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_shipped_scenario_loads_without_a_warning(file):
    resolved = resolve(file)
    assert resolved.warnings == ()
    assert resolved.scenario.name == file.stem


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_shipped_scenario_fits_the_schema_that_it_names(file):
    text = file.read_text(encoding="utf-8")
    place = "." if file.parent == SHIPPED else ".."
    assert text.startswith(f"#:schema {place}/schema.json\n")
    schema = json.loads((SHIPPED / "schema.json").read_text(encoding="utf-8"))
    data = json.loads(json.dumps(tomllib.loads(text), default=str))
    jsonschema.Draft202012Validator(schema).validate(data)


def test_the_committed_schema_is_up_to_date():
    assert (SHIPPED / "schema.json").read_text(encoding="utf-8") == json_schema_text()


@pytest.mark.parametrize(
    ("data", "valid"),
    [
        ({}, True),
        ({"extends": "x.toml", "operation": {"payers_take": 0.3}}, True),
        ({"operation": {"payers_take": {"value": 0.3, "source": "x", "evidence": "published"}}}, True),
        ({"operation": {"payers_take": {"low": 0.3}}}, True),
        ({"operation": {"payers_take": 30}}, False),
        ({"operation": {"payers_takes": 0.3}}, False),
        ({"design": {"financing": "stages"}}, False),
        ({"population": {"types": ["hospitals"]}}, False),
        ({"instruments": {"mine": {"sizing": {"maximum_eur": -1}}}}, False),
    ],
)
def test_the_schema_accepts_what_the_loader_accepts(data, valid):
    assert jsonschema.Draft202012Validator(json_schema()).is_valid(data) is valid


def test_the_status_quo_replicates_200_times_over_the_whole_sector():
    scenario = load(SHIPPED / "care-germany.toml")
    assert scenario.run.replications == 200
    assert scenario.run.horizon_months == 120
    assert scenario.run.start.isoformat() == "2027-01-01"
    assert scenario.population.size is None


def test_own_funds_alone_has_no_instrument():
    scenario = load(SHIPPED / "s0-own-funds.toml")
    assert scenario.design.order == ()
    assert scenario.advice.share.value == 0.0


def test_the_designs_differ_from_the_status_quo_only_in_what_they_are_about():
    base = load(SHIPPED / "care-germany.toml").model_dump()
    # Without support there is no publicly paid advice either.
    allowed = {
        "stress-adverse": {"stress"},
        "stress-care-crisis": {"stress"},
        "s0-own-funds": {"design", "advice"},
        "s4-concessional-advice": {"design", "instruments", "advice", "queues"},
        "s7-one-stop-shop": {"design", "instruments", "advice"},
        "advice": {"design", "advice"},
        "staging": {"design"},
        "ticket-and-file-cost": {"design", "underwriting"},
        "recognised-running-cost": {"design", "operation"},
    }
    for file in FILES:
        other = load(file).model_dump()
        changed = {key for key in base if base[key] != other[key]} - {"name", "title", "description"}
        assert changed <= allowed.get(file.stem, {"design", "instruments"}), file.stem


def test_the_adverse_stress_is_the_eu_path_scaled_to_germany():
    # GDP in percent: EU -2.3, -4.2, 0; Germany 7.5 to the EU's 6.3; trend 1.0 and deviation 2.2 assumed
    path = load(SHIPPED / "stress-adverse.toml").stress.fix["economy"]
    wanted = [(growth * 7.5 / 6.3 - 1.0) / 2.2 for growth in (-2.3, -4.2, 0.0)]
    assert path == pytest.approx(wanted, abs=0.01)
