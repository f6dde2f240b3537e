"""A corpus of bad scenario files: each fault names its place and its remedy in plain words."""

from __future__ import annotations

import pytest

from hybridsim.core.errors import ScenarioError
from hybridsim.scenario import load

# text below `extends = "base.toml"` (line 1); then line, key path and what the message must hold
ONE_FAULT = {
    "typo in a table": ("[runn]\nseed = 1", 2, "runn", "did you mean 'run'?"),
    "typo in a key": ("[run]\nreplicatons = 3", 3, "run.replicatons", "did you mean 'replications'?"),
    "text for a number": ('[run]\nseed = "x"', 3, "run.seed", "'x' is a text; a whole number is needed"),
    "number for a text": ("[design]\ntitle = 3", 3, "design.title", "a text in quotes is needed"),
    "text for a figure": (
        '[operation]\npayers_take = "a"',
        3,
        "operation.payers_take",
        "a number or a table",
    ),
    "half a replication": ("[run]\nreplications = 1.5", 3, "run.replications", "a whole number is needed"),
    "date in quotes": ('[run]\nstart = "2027-01-01"', 3, "run.start", "(without quotes)"),
    "number for a table": ("run = 3", 2, "run", "a table is needed"),
    "text for a list": ('[design]\norder = "bank_loan"', 3, "design.order", "a list in [ ] is needed"),
    "text for a switch": (
        '[public_cost]\nstatutory_payers_public = "yes"',
        3,
        "public_cost.statutory_payers_public",
        "true or false",
    ),
    "percent": ("[operation]\npayers_take = 40", 3, "operation.payers_take", "0.4, not 40"),
    "percent as a rate": ("[impact]\ndiscount_rate_pa = 3", 3, "impact.discount_rate_pa", "0.03, not 3"),
    "negative amount": (
        "[underwriting]\nfile_cost_eur = -3",
        3,
        "underwriting.file_cost_eur",
        "cannot be negative",
    ),
    "NaN": ("[underwriting]\nlgd = nan", 3, "underwriting.lgd.value", "nan is not a finite number"),
    "infinity": ("[underwriting]\nlgd = inf", 3, "underwriting.lgd.value", "inf is not a finite number"),
    "huge number": ("[underwriting]\nlgd = 1" + "0" * 400, 3, "underwriting.lgd.value", "is too large"),
    "huge seed": ("[run]\nseed = 1" + "0" * 400, 3, "run.seed", "at most 9,223,372,036,854,775,807"),
    "endless horizon": ("run.horizon_months = 1200000", 2, "run.horizon_months", "at most 480 is allowed"),
    "odd horizon": ("run.horizon_months = 13", 2, "run.horizon_months", "a multiple of 12"),
    "no month": ("run.horizon_months = 0", 2, "run.horizon_months", "at least 12 is allowed"),
    "too many institutions": (
        "population.size = 1000000000",
        2,
        "population.size",
        "at most 200,000 is allowed",
    ),
    "empty population": ("population.size = 0", 2, "population.size", "at least 1 is allowed"),
    "no type": ("population.types = []", 2, "population.types", "must not be empty"),
    "wrong type": (
        'population.types = ["nursing_hom"]',
        2,
        "population.types",
        "did you mean 'nursing_home'?",
    ),
    "type twice": (
        'population.types = ["hospital", "hospital"]',
        2,
        "population.types",
        "named twice: hospital",
    ),
    "unknown instrument": ('[design]\norder = ["bank_lon"]', 3, "design.order", "did you mean 'bank_loan'?"),
    "instrument twice": ('[design]\norder = ["bank_loan", "bank_loan"]', 3, "design.order", "name it once"),
    "wrong choice": ('[design]\nfinancing = "stages"', 3, "design.financing", "Allowed: project, stage"),
    "unknown provider": (
        '[instruments.bank_loan]\nprovider = "hous_bank"',
        3,
        "instruments.bank_loan.provider",
        "'house_bank'?",
    ),
    "unknown refinancer": (
        '[instruments.bank_loan]\nrefinanced_by = "kwf"',
        3,
        "instruments.bank_loan.refinanced_by",
        "'kfw'?",
    ),
    "unknown covered loan": (
        '[instruments.eif_guarantee.cover]\ninstruments = ["bank_lon"]',
        3,
        "instruments.eif_guarantee.cover.instruments",
        "'bank_loan'?",
    ),
    "covered grant": (
        '[instruments.eif_guarantee.cover]\ninstruments = ["rueckenwind"]',
        3,
        "instruments.eif_guarantee.cover.instruments",
        "is a grant",
    ),
    "unknown use case": (
        '[instruments.bank_loan.eligibility]\nuse_cases = ["robotic"]',
        3,
        "instruments.bank_loan.eligibility.use_cases",
        "'robotics'?",
    ),
    "unknown use case of a platform": (
        '[platforms.data_platform]\ncombines = ["documentation", "rosterin"]',
        3,
        "platforms.data_platform.combines",
        "did you mean 'rostering'?",
    ),
    "use case twice in a platform": (
        '[platforms.data_platform]\ncombines = ["documentation", "documentation", "rostering"]',
        3,
        "platforms.data_platform.combines",
        "'documentation' stands 2 times; name it once",
    ),
    "platform of one use case": (
        '[platforms.data_platform]\ncombines = ["documentation"]',
        3,
        "platforms.data_platform.combines",
        "2",
    ),
    "platform named as a use case": (
        '[platforms.robotics]\ntitle = "x"\ncombines = ["documentation", "rostering"]\ncost_factor = 1\n'
        "minimum_sites = 1",
        2,
        "platforms.robotics",
        "is a use case already",
    ),
    "platform cost in percent": (
        "[platforms.data_platform]\ncost_factor = 75",
        3,
        "platforms.data_platform.cost_factor",
        "outside [0, 2]",
    ),
    "unknown adviser": ('[advice]\nprovider = "advise_program"', 3, "advice.provider", "'advice_programme'?"),
    "unknown factor": (
        '[pilot]\ntechnology_factor = "technologie"',
        3,
        "pilot.technology_factor",
        "'technology'?",
    ),
    "unknown loading": (
        "[institution_types.hospital.loadings]\neconmy = 1",
        3,
        "institution_types.hospital.loadings.econmy",
        "'economy'?",
    ),
    "unknown stress": ("[stress.fix]\neconmy = [1.0]", 3, "stress.fix.econmy", "'economy'?"),
    "wild stress": ("[stress.fix]\neconomy = [1, 99]", 3, "stress.fix.economy", "entry 2: 99 is too large"),
    "misspelt instrument": (
        "[instruments.bank_lon.service]\nterm_months = 6",
        2,
        "instruments.bank_lon",
        "did you mean 'bank_loan'?",
    ),
    "misspelt type": (
        "[institution_types.hospitals]\nfacilities = 6",
        2,
        "institution_types.hospitals",
        "'hospital'?",
    ),
    "loan that is not repaid": (
        '[instruments.bank_loan.service]\nmode = "none"',
        None,
        "instruments.bank_loan",
        "needs a service.mode that repays, not none",
    ),
    "odd term": (
        "[instruments.bank_loan.service]\nterm_months = 61",
        2,
        "instruments.bank_loan.service",
        "multiples of 3",
    ),
    "price rounds": (
        "[operation]\nprice_round_first_months = 30",
        2,
        "operation",
        "first_months 30 is after price_round_last",
    ),
    "tail without a mean": (
        "[implementation]\noverrun_tail_index = 1",
        3,
        "implementation.overrun_tail_index",
        "outside [1.01, 100]",
    ),
    "value outside its range": (
        "[operation]\npayers_take = { value = 0.2, low = 0.3 }",
        3,
        "operation.payers_take",
        "value 0.2 is not between low 0.3",
    ),
    "shares": (
        "[institution_types.hospital]\nlegal_form_shares.public = 0.9",
        2,
        "institution_types.hospital",
        "add up to 1.61, not to 1",
    ),
    "no positive semi-definite C": (
        "[factors]\ncorrelation = [[1,.9,-.9,0],[.9,1,.9,0],[-.9,.9,1,0],[0,0,0,1]]".replace(".9", "0.9"),
        2,
        "factors",
        "smallest eigenvalue -0.8",
    ),
    "innovations": (
        "[factors]\ntransition = [[1.2,0,0,0],[0,0,0,0],[0,0,0,0],[0,0,0,0]]",
        2,
        "factors",
        "C - A C A'",
    ),
    "shape of A": ("[factors]\ntransition = [[0.5]]", 2, "factors", "transition has 1 rows for 4 factors"),
    "name as a path": ('name = "../x"', 2, "name", "cannot be part of a file name"),
    "empty title": ('title = ""', 2, "title", "must not be empty"),
}


@pytest.mark.parametrize("case", ONE_FAULT)
def test_one_fault_is_reported_with_its_place_and_remedy(write, case):
    text, line, path, message = ONE_FAULT[case]
    with pytest.raises(ScenarioError) as caught:
        load(write(text))
    assert [fault.path for fault in caught.value.faults] == [path]
    fault = caught.value.faults[0]
    assert message in fault.message
    if line is not None:
        assert fault.line == line
        assert fault.file.endswith("mine.toml")


@pytest.mark.parametrize("case", ONE_FAULT)
def test_no_message_speaks_the_language_of_the_library(write, case):
    with pytest.raises(ScenarioError) as caught:
        load(write(ONE_FAULT[case][0]))
    for word in ("pydantic", "http", "Input should", "type=", "Value error", "instance of"):
        assert word not in str(caught.value)


def test_all_faults_of_a_file_are_reported_together(write):
    text = (
        '[run]\nsed = 1\nreplications = 0\n[design]\norder = ["nobody"]\n'
        '[operation]\npayers_take = 40\n[advice]\nprovider = "nobody"\n'
    )
    with pytest.raises(ScenarioError, match="5 faults") as caught:
        load(write(text))
    assert [fault.line for fault in caught.value.faults] == [3, 4, 6, 8, 10]


def test_a_fault_in_the_base_names_the_base(write, tmp_path):
    write("[run]\nseed = -1", "middle.toml")
    top = tmp_path / "top.toml"
    top.write_text('extends = "middle.toml"\n[run]\nreplications = 3\n', encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        load(top)
    assert caught.value.faults[0].file.endswith("middle.toml")
    assert caught.value.faults[0].line == 3


def test_a_file_that_overrides_the_fault_of_its_base_is_fine(write, tmp_path):
    write("[run]\nseed = -1", "middle.toml")
    top = tmp_path / "top.toml"
    top.write_text('extends = "middle.toml"\n[run]\nseed = 3\n', encoding="utf-8")
    assert load(top).run.seed == 3


def test_a_missing_table_says_what_it_is_for(write):
    with pytest.raises(ScenarioError) as caught:
        load(write("[run]\nseed = 1", base=False))
    assert [(fault.path, fault.message) for fault in caught.value.faults] == [
        ("design", "is missing: Which instruments, in which order.")
    ]


def test_thousands_of_faults_are_counted_not_printed(write):
    text = "[run]\n" + "\n".join(f"wrong{number} = 1" for number in range(3000))
    with pytest.raises(ScenarioError, match="3000 faults") as caught:
        load(write(text))
    assert len(caught.value.faults) == 101
    assert caught.value.faults[-1].message == "and 2900 more faults"


def test_a_scenario_made_in_python_is_checked_too(write):
    good = load(write(""))
    data = good.model_dump()
    data["design"]["order"] = ("nobody",)
    with pytest.raises(ValueError, match=r"design.order: 'nobody' is not an instrument"):
        type(good).model_validate(data)


def test_own_funds_do_not_stand_in_the_order(write):
    with pytest.raises(ScenarioError, match="fill what is left in every design"):
        load(write('[design]\norder = ["own_funds"]'))


def test_an_order_of_more_than_thirty_instruments_is_refused(write):
    many = ", ".join(f'"x{number}"' for number in range(31))
    with pytest.raises(ScenarioError, match="31 instruments stand in the order; at most 30 may"):
        load(write(f"[design]\norder = [{many}]"))
