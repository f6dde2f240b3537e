"""Hash and list of assumptions."""

from __future__ import annotations

import hashlib
import json

from hybridsim.scenario import assumptions, canonical_json, load, scenario_hash
from hybridsim.scenario.assumptions import unit_of


def test_the_hash_is_of_the_canonical_json(write):
    scenario = load(write(""))
    plain = json.loads(canonical_json(scenario))
    again = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert scenario_hash(scenario) == hashlib.sha256(again.encode()).hexdigest()


def test_the_same_words_in_another_order_have_the_same_hash(write):
    one = load(write("[run]\nseed = 5\nreplications = 9\n[operation]\npayers_take = 0.4"))
    two = load(write("[operation]\npayers_take = 0.40\n[run]\nreplications = 9\nseed = 5"))
    assert scenario_hash(one) == scenario_hash(two)


def test_any_change_changes_the_hash(write):
    hashes = {scenario_hash(load(write(text))) for text in ("", "run.seed = 5", "[scaling]\ngrowth = 2.5")}
    assert len(hashes) == 3


def test_reading_the_canonical_json_back_gives_the_same_scenario(write):
    scenario = load(write(""))
    assert type(scenario).model_validate_json(canonical_json(scenario)) == scenario


def test_every_sourced_figure_is_listed_once(write):
    scenario = load(write("[operation]\npayers_take = 0.4"))
    listed = {item.path: item for item in assumptions(scenario)}
    assert len(listed) == len(assumptions(scenario))
    text = canonical_json(scenario)
    # quantities in the JSON but those without effect, one rate of the base path, 5 coefficients of A and
    # 6 correlations
    neutral = text.count('"source":"neutral: has no effect"')
    assert neutral > 50
    assert len(listed) == text.count('"evidence":') - neutral - 2 + 1 + 5 + 6
    take = listed["operation.payers_take"]
    assert (take.value, take.source, take.evidence, take.unit) == (
        0.4,
        "set in mine.toml",
        "assumption",
        "share",
    )
    rate = listed["base_rate.path_pa.0"]
    assert (rate.value, rate.unit) == (0.023, "per year")
    assert listed["factors.correlation.economy.reimbursement"].value == 0.3


def test_units_are_read_from_the_names():
    assert unit_of("running_per_site_year_eur") == "EUR per year"
    assert unit_of("running_per_place_month_eur") == "EUR per month"
    assert unit_of("file_cost_eur") == "EUR"
    assert unit_of("median_months") == "months"
    assert unit_of("share_of_cost") == "share"
    assert unit_of("margin_pa") == "per year"
    assert unit_of("sites_sigma") == ""
