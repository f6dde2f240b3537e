"""Files that cannot be read, the extends chain, and what is kept of it."""

from __future__ import annotations

import hashlib

import pytest

from hybridsim.core.errors import ScenarioError
from hybridsim.scenario import check, load, resolve
from hybridsim.scenario.layers import MAX_BYTES
from hybridsim.scenario.warnings import nobody_may_apply

BROKEN = {
    "empty": (b"", 0, "is empty"),
    "only comments": (b"# nothing\n", 0, "is empty"),
    "broken TOML": (b"a = 1\nb = [1, \n", 3, "is not valid TOML"),
    "key twice": (b"[run]\nseed = 1\nseed = 2\n", 3, "Cannot overwrite a value, column 9"),
    "broken UTF-8": (b'# ok\nname = "\xff"\n', 2, "is not UTF-8 at byte 13 (0xff)"),
    "UTF-16": ("name = 'x'".encode("utf-16"), 1, "is not UTF-8 at byte 0"),
    "deep lists": (b"a = " + b"[" * 5000, 0, "nested too deeply"),
    "deep tables": (b"a = " + b"{a = " * 100 + b"1" + b"}" * 100, 0, "more than 24 levels deep"),
    "endless key": (b"a." * 100_000 + b"a = 1", 0, "a key has more than 16 parts"),
    "endless number": (b"# c\na = 1" + b"0" * 5000, 2, "thousands of digits"),
    "version of tomorrow": (b"run = 3\nschema_version = 2\n", 2, "version 2 of the file format"),
    "version as text": (b"schema_version = '1'\n", 1, "version '1'"),
    "version as switch": (b"schema_version = true\n", 1, "version True"),
    "extends a number": (b"extends = 3\n", 1, "is not the name of a file"),
    "extends nothing": (b"extends = ''\n", 1, "is not the name of a file"),
    "extends a ghost": (b"# c\nextends = 'nowhere.toml'\n", 2, "'nowhere.toml' does not exist"),
    "extends a folder": (b"extends = '.'\n", 1, "name a file that ends in .toml"),
    "extends itself": (b"extends = 'bad.toml'\n", 1, "closes a circle: bad.toml -> bad.toml"),
    "extends a NUL": (b'extends = "a\\u0000b.toml"\n', 1, "cannot be found"),
    "too large": (b"# " + b"x" * MAX_BYTES, 0, "may have 5,000,000"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_file_that_cannot_be_read_says_where_and_why(tmp_path, monkeypatch, case):
    content, line, message = BROKEN[case]
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.toml").write_bytes(content)
    with pytest.raises(ScenarioError) as caught:
        load("bad.toml")
    [fault] = caught.value.faults
    assert message in fault.message
    assert (fault.file, fault.line) == ("bad.toml", line)


def test_a_folder_and_a_missing_file_are_refused(tmp_path):
    with pytest.raises(ScenarioError, match=r"is a folder; name a \.toml file in it"):
        load(tmp_path)
    (tmp_path / "scenario.toml").write_text("", encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"does not exist; did you mean 'scenario.toml'\?"):
        load(tmp_path / "scenaro.toml")
    with pytest.raises(ScenarioError, match="there is no folder"):
        load(tmp_path / "none" / "scenario.toml")


def test_two_files_that_extend_each_other_are_refused(tmp_path):
    (tmp_path / "a.toml").write_text('extends = "b.toml"', encoding="utf-8")
    (tmp_path / "b.toml").write_text('\nextends = "a.toml"', encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"b.toml:2: extends: .* circle: a.toml -> b.toml -> a.toml"):
        load(tmp_path / "a.toml")


def test_a_chain_of_many_files_is_refused(tmp_path):
    for number in range(30):
        (tmp_path / f"{number}.toml").write_text(f'extends = "{number + 1}.toml"', encoding="utf-8")
    with pytest.raises(ScenarioError, match="more than 20 files extend each other"):
        load(tmp_path / "0.toml")


def test_extends_is_relative_to_the_file_that_says_it(write, tmp_path):
    write("")
    folder = tmp_path / "below"
    folder.mkdir()
    file = folder / "mine.toml"
    file.write_text('extends = "../base.toml"\nrun.seed = 5\n', encoding="utf-8")
    assert load(file).run.seed == 5


def test_every_file_read_is_named_with_the_hash_of_its_bytes(write, tmp_path):
    file = write("run.seed = 5")
    read = dict(resolve(file).files)
    assert read[str(file)] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert (
        read[str(tmp_path / "base.toml")] == hashlib.sha256((tmp_path / "base.toml").read_bytes()).hexdigest()
    )
    assert "catalogue/institutions.toml" in read


def test_name_and_title_come_from_the_file_if_it_gives_none(write, tmp_path):
    write("")
    lines = (tmp_path / "base.toml").read_text(encoding="utf-8").splitlines()
    bare = [line for line in lines if not line.startswith(("name =", "title =")) or "S1" in line]
    (tmp_path / "my-world.toml").write_text("\n".join(bare), encoding="utf-8")
    scenario = load(tmp_path / "my-world.toml")
    assert (scenario.name, scenario.title) == ("my-world", "my-world")


def test_a_byte_order_mark_and_windows_line_ends_are_fine(write):
    file = write("")
    file.write_bytes(b"\xef\xbb\xbf" + b'extends = "base.toml"\r\nrun.seed = 9\r\n')
    assert load(file).run.seed == 9


def test_the_population_file_is_relative_to_the_file_that_names_it(write, tmp_path):
    write("")
    folder = tmp_path / "below"
    folder.mkdir()
    (folder / "middle.toml").write_text(
        'extends = "../base.toml"\npopulation.file = "p.csv"\n', encoding="utf-8"
    )
    (folder / "p.csv").write_text(
        "id,type,land,legal_form,sites,places\nA,hospital,BE,public,1,90\n", encoding="utf-8"
    )
    top = tmp_path / "top.toml"
    top.write_text('extends = "below/middle.toml"\n', encoding="utf-8")
    _, people = check(top)
    assert people.ids == ["A"]


def test_doubtful_scenarios_are_warned_about(write):
    text = (
        '[design]\norder = ["rueckenwind", "eif_guarantee", "bank_loan", "buergschaftsbank"]\n'
        '[instruments.eif_guarantee.cover]\ninstruments = ["iku148"]\n'
        "[instruments.rueckenwind.decision]\nbudget_pa_eur = 0\n"
        "[instruments.buergschaftsbank.cover]\ncover = 0\n"
    )
    assert resolve(write(text)).warnings == (
        "design.order: 'rueckenwind' has a yearly budget of 0 and gives nothing",
        "design.order: 'eif_guarantee' covers no loan that stands in the order",
        "design.order: 'buergschaftsbank' covers nothing: its cover is 0",
    )


@pytest.mark.parametrize(
    "rule", ['types = ["youth"]', 'legal_forms = ["public"]', 'laender = ["HB"]', "maximum_revenue_eur = 1"]
)
def test_a_programme_that_is_open_to_nobody_is_warned_about(write, tmp_path, rule):
    text = 'population.file = "p.csv"\n[design]\norder = ["iku148", "foundation_grant"]\n'
    (tmp_path / "p.csv").write_text(
        "id,type,land,legal_form,sites,places\nA,hospital,BE,non_profit,1,90\nB,ambulatory,BY,non_profit,1,90\n",
        encoding="utf-8",
    )
    resolved, people = check(write(f"{text}[instruments.iku148.eligibility]\n{rule}\n"))
    (warning,) = nobody_may_apply(resolved.scenario, people)
    assert warning.startswith("design.order: 'iku148' is open to nobody here") and "2 institutions" in warning
    open_to_one = rule.replace("youth", "ambulatory").replace("HB", "BY").replace("= 1", "= 1e9")
    open_to_one = open_to_one.replace('"public"', '"public", "non_profit"')
    resolved, people = check(write(f"{text}[instruments.iku148.eligibility]\n{open_to_one}\n"))
    assert nobody_may_apply(resolved.scenario, people) == ()
