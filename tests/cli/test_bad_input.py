"""Every file of the corpus of wrong and odd input ends as it should: a helpful error, or a correct result."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hybridsim.cli import app
from tests.cli.corpus import CSV, PARQUET, ROW, SCENARIOS, XLSX, Case, rows

BASE = Path(__file__).parents[2] / "scenarios" / "care-germany.toml"
POPULATIONS = {
    f"p.{ending}: {name}": (f"p.{ending}", case)
    for ending, cases in (("csv", CSV), ("parquet", PARQUET), ("xlsx", XLSX))
    for name, case in cases.items()
}
SMALL = ("--set", "population.size=20", "--set", 'population.types=["nursing_home"]')
LANGUAGE_OF_LIBRARIES = ("Traceback", "pydantic", "Value error", "Input should", "not your fault", "openpyxl")


def call(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def ends_as_it_should(result: Result, case: Case) -> None:
    assert result.exit_code == case.code, result.output
    said = result.stderr if case.code else result.stdout
    for word in case.words:
        assert word in said
    for word in LANGUAGE_OF_LIBRARIES:
        assert word not in result.output
    assert all(sign.isprintable() or sign == "\n" for sign in result.output)
    # Nobody reads a message of pages; a list of known names may take a line or two.
    assert max(map(len, said.splitlines())) < 700


def folder(tmp_path: Path, mine: str | bytes) -> Path:
    """A scenario next to the shipped one that it extends."""
    (tmp_path / "base.toml").write_bytes(BASE.read_bytes())
    file = tmp_path / "mine.toml"
    # Bytes are the whole file; a text goes below the line that extends the base.
    head = "" if mine[:1] in ("", b"") or "base.toml" in str(mine) else 'extends = "base.toml"\n'
    file.write_bytes(mine if isinstance(mine, bytes) else (head + mine).encode("utf-8"))
    return file


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_wrong_scenario_ends_with_2_and_its_remedy_and_an_odd_one_with_a_note(tmp_path: Path, name: str):
    case = SCENARIOS[name]
    ends_as_it_should(call("check", folder(tmp_path, case.content), *SMALL), case)


@pytest.mark.parametrize("name", POPULATIONS)
def test_a_wrong_population_ends_with_2_and_its_remedy_and_an_odd_one_with_a_note(tmp_path: Path, name: str):
    file, case = POPULATIONS[name]
    scenario = folder(tmp_path, f'population.file = "{file}"\n')
    content = case.content
    (tmp_path / file).write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    ends_as_it_should(call("check", scenario), case)


def test_the_corpus_is_large_and_run_refuses_what_check_refuses(tmp_path: Path):
    cases = [*SCENARIOS.values(), *(case for _, case in POPULATIONS.values())]
    assert len(cases) >= 100
    assert sum(case.code == 2 for case in cases) >= 80
    case = SCENARIOS["cover in percent"]
    result = call("run", folder(tmp_path, case.content), "-n", 1, "-j", 1, "-o", tmp_path / "run")
    ends_as_it_should(result, case)
    assert not list(tmp_path.glob("run*"))


LIVELY = """
[run]
horizon_months = 60
[adoption]
innovation_pa = 0.4
[design]
retries = 0
"""
HARMLESS = {
    "programme that excludes everyone": (
        'order = ["iku148"]\n[instruments.iku148.eligibility]\nlaender = ["HB"]',
        ("'iku148' is open to nobody here", "no loan was disbursed"),
    ),
    "programme for projects that nobody has": (
        'order = ["foundation_grant"]\n[instruments.foundation_grant.eligibility]\nminimum_cost_eur = 9e8',
        ("no loan was disbursed",),
    ),
    "all budgets zero": (
        'order = ["foundation_grant"]\n[instruments.foundation_grant.decision]\nbudget_pa_eur = 0',
        ("'foundation_grant' has a yearly budget of 0", "no loan was disbursed"),
    ),
    "committee that meets after the next call has closed": (
        'order = ["foundation_grant"]\npatience_months = 100\n'
        "[instruments.foundation_grant]\nfound_alone = 1\n"
        "[instruments.foundation_grant.timing]\ncalls_per_year = 12\nlag.median_months = 30",
        ("no loan was disbursed",),
    ),
    "guarantee that covers nothing and is always taken": (
        'order = ["bank_loan", "buergschaftsbank"]\n[instruments.buergschaftsbank]\nfound_alone = 1\n'
        '[instruments.buergschaftsbank.cover]\nuse = "always"\ncover = 0',
        ("covers nothing: its cover is 0",),
    ),
}


@pytest.mark.parametrize("name", HARMLESS)
def test_an_odd_scenario_runs_and_says_what_is_odd(tmp_path: Path, name: str):
    text, words = HARMLESS[name]
    (tmp_path / "p.csv").write_text(rows(*(f"Heim {k}{ROW[6:]}" for k in range(30))), encoding="utf-8")
    scenario = folder(tmp_path, f'population.file = "p.csv"\n{LIVELY}{text}\n')
    result = call("run", scenario, "-n", 2, "-j", 1, "-o", tmp_path / "run")
    assert result.exit_code == 0, result.output
    for word in words:
        assert word in result.stdout


def test_names_stay_data_in_report_tables_and_trace(tmp_path: Path):
    import pandas as pd

    names = ["<script>alert(1)</script>", "=1+1", '"><img src=x onerror=alert(1)>']
    lines = ['"' + name.replace('"', '""') + '"' + ROW[6:] for name in names]
    (tmp_path / "p.csv").write_text(rows(*lines), encoding="utf-8")
    markup = 'title = "<script>alert(2)</script>"\npopulation.file = "p.csv"\n'
    scenario = folder(tmp_path, markup + LIVELY + 'title = "<img src=x onerror=alert(3)>"\n')
    result = call("run", scenario, "-n", 2, "-j", 1, "-o", tmp_path / "run")
    assert result.exit_code == 0, result.output
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert "<script>alert" not in page and "<img src=x" not in page
    assert "&lt;script&gt;alert(2)" in page
    assert sorted(pd.read_parquet(tmp_path / "run" / "institutions.parquet")["id"]) == sorted(names)
    lost = call("trace", tmp_path / "run", "--institution", "=1+1")
    assert lost.exit_code == 2 and "'p.csv' of this run is not in the current folder" in lost.stderr
    for name in names:
        traced = call("trace", tmp_path / "run", "--institution", name, "--folder", tmp_path)
        assert traced.exit_code == 0, traced.output
        assert "takes up the idea" in traced.stdout
