"""How files and settings are laid over the catalogue."""

from __future__ import annotations

import pytest

from hybridsim.core.errors import ScenarioError
from hybridsim.scenario import load


def test_a_bare_number_replaces_the_figure_with_its_source_and_range(write):
    figure = load(write("[operation]\npayers_take = 0.95")).operation.payers_take
    assert figure.value == 0.95  # above the catalogue's high of 0.7
    assert figure.source == "set in mine.toml"
    assert (figure.evidence, figure.low, figure.high) == ("assumption", None, None)


def test_a_setting_says_that_it_came_from_the_command_line(write):
    figure = load(write(""), ["operation.payers_take=0.25"]).operation.payers_take
    assert (figure.value, figure.source, figure.low) == (0.25, "set on the command line", None)


def test_a_figure_with_a_new_value_keeps_nothing_of_the_old_one(write):
    text = '[operation]\npayers_take = { value = 0.1, source = "my study", evidence = "published" }'
    figure = load(write(text)).operation.payers_take
    assert (figure.value, figure.source, figure.evidence, figure.high) == (0.1, "my study", "published", None)


def test_a_range_alone_keeps_value_and_source(write):
    before = load(write("")).operation.payers_take
    after = load(write("operation.payers_take.low = 0.45")).operation.payers_take
    assert after.low == 0.45
    assert (after.value, after.source, after.high) == (before.value, before.source, before.high)


def test_a_source_in_the_file_survives_a_bare_number_elsewhere(write):
    before = load(write("")).operation
    after = load(write("[operation]\npayers_take = 0.3")).operation
    assert after.cashable_freed_time == before.cashable_freed_time


def test_lists_are_replaced_as_a_whole(write):
    assert load(write('[design]\norder = ["bank_loan"]')).design.order == ("bank_loan",)


def test_the_nearest_file_wins_and_settings_win_over_files(write, tmp_path):
    write("run.seed = 1\nrun.replications = 11", "middle.toml")
    top = tmp_path / "top.toml"
    top.write_text('extends = "middle.toml"\nrun.seed = 2\n', encoding="utf-8")
    scenario = load(top, ["run.seed=3", "run.seed=4"])
    assert (scenario.run.seed, scenario.run.replications) == (4, 11)


CITY_GRANT = """
[instruments.city_grant]
title = "City"
kind = "grant"
provider = "land"
found_alone = 0.5
found_advised = 0.9
application_days = 3
[instruments.city_grant.sizing]
share_of_cost = 0.3
maximum_eur = 20_000
[instruments.city_grant.timing]
mode = "rolling"
lag = { median_months = 3, sigma = 0.4 }
start_before_approval = false
[instruments.city_grant.decision]
mode = "probability"
probability = 0.6
[design]
order = ["city_grant"]
"""


def test_a_new_instrument_is_a_table_not_code(write):
    scenario = load(write(CITY_GRANT))
    grant = scenario.instruments["city_grant"]
    assert grant.sizing.share_of_cost.source == "set in mine.toml"
    assert grant.sizing.maximum_per_site_eur.value == 1e9
    assert grant.disbursement.mode == "upfront"


SETTINGS = {
    "instruments.bank_loan.decision.probabilty=0.5": (
        "instruments.bank_loan.decision.probabilty",
        "did you mean 'probability'?",
    ),
    "run.sed=3": ("run.sed", "there is no 'sed' in run; did you mean 'seed'?"),
    "run": ("run", "write it as path=value"),
    "=3": ("=3", "write it as path=value"),
    "run..seed=3": ("run..seed", "write it as path=value"),
    "instruments.bank_lon.title=x": ("instruments.bank_lon.title", "did you mean 'bank_loan'?"),
    "run.seed=abc": ("run.seed", "'abc' is a text; a whole number is needed"),
    "run.seed=1\nrun.replications=5": ("run.seed", "is a text"),
    "operation.payers_take=40": ("operation.payers_take", "0.4, not 40"),
    "operation.payers_take.high=nan": ("operation.payers_take.high", "nan is not a finite number"),
    "operation.payers_take.median=1": ("operation.payers_take.median", "there is no 'median'"),
    "run.seed.deeper=1": ("run.seed.deeper", "there is no 'deeper' in run.seed"),
    "design.order=bank_loan": ("design.order", "a list in [ ] is needed"),
    "run=3": ("run", "a table is needed"),
    ".".join("a" * 1000) + "=1": (".".join("a" * 1000), "no scenario is that deep"),
}


@pytest.mark.parametrize("setting", SETTINGS, ids=range(len(SETTINGS)))
def test_a_wrong_setting_is_reported_as_such(write, setting):
    with pytest.raises(ScenarioError) as caught:
        load(write(""), [setting])
    path, message = SETTINGS[setting]
    [fault] = caught.value.faults
    assert (fault.file, fault.line, fault.path) == ("--set", 0, path)
    assert message in fault.message


def test_values_of_settings_are_read_as_toml_or_as_text(write):
    scenario = load(
        write(""),
        ["title=Plain words", "name='quoted'", 'design.order=["bank_loan"]', "run.start=2028-01-01"],
    )
    assert (scenario.title, scenario.name) == ("Plain words", "quoted")
    assert scenario.design.order == ("bank_loan",)
    assert scenario.run.start.year == 2028


def test_faults_of_file_and_settings_are_reported_together(write):
    with pytest.raises(ScenarioError, match="2 faults"):
        load(write("run.seed = -1"), ["run.sed=3"])
