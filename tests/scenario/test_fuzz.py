"""Whatever a file holds, loading it succeeds or ends in an error made for users."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hybridsim.core.errors import InputError
from hybridsim.scenario import build, load
from tests.scenario.conftest import BASE

SCENARIO = load(BASE, ["population.file=p.csv"])
TEXT = BASE.read_text(encoding="utf-8")
QUICK = settings(
    max_examples=40,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
PIECES = [
    "[",
    "]",
    "{",
    "}",
    '"',
    "'''",
    "=",
    ".",
    "\n",
    "\\",
    "-1",
    "1e999",
    "nan",
    "true",
    "a.b",
    "é",
    "\x00",
    "#",
]


@QUICK
@given(
    place=st.integers(0, len(TEXT)),
    cut=st.integers(0, 60),
    piece=st.sampled_from(PIECES) | st.text(max_size=20),
)
def test_a_damaged_file_never_ends_in_a_traceback(tmp_path, place, cut, piece):
    file = tmp_path / "damaged.toml"
    file.write_bytes((TEXT[:place] + piece + TEXT[place + cut :]).encode("utf-8", "surrogatepass"))
    try:
        load(file)
    except InputError as error:
        assert error.faults


VALUES = st.recursive(
    st.none().map(lambda _: "false")
    | st.integers().map(str)
    | st.floats().map(repr)
    | st.sampled_from(['"x"', '""', "2027-01-01", "[]", "{}", "07:30:00"]),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda parts: "[" + ", ".join(parts) + "]")
        | inner.map(lambda part: "{ value = " + part + " }")
    ),
    max_leaves=5,
)
PATHS = [
    "run",
    "run.seed",
    "population",
    "population.file",
    "population.types",
    "design.order",
    "factors.names",
]
PATHS += [
    "factors.transition",
    "factors.start",
    "stress.fix",
    "base_rate.path_pa",
    "instruments",
    "name",
    "title",
]
PATHS += [
    "instruments.bank_loan",
    "instruments.bank_loan.cover",
    "institution_types.hospital.loadings",
    "use_cases",
]
PATHS += [
    "operation.payers_take",
    "operation.payers_take.low",
    "providers.kfw",
    "pilot.technology_factor",
    "extends",
]


@QUICK
@given(path=st.sampled_from(PATHS), value=VALUES)
def test_a_wrong_kind_of_value_never_ends_in_a_traceback(tmp_path, path, value):
    (tmp_path / "base.toml").write_text(TEXT, encoding="utf-8")
    file = tmp_path / "mine.toml"
    head = "" if path == "extends" else 'extends = "base.toml"\n'
    file.write_text(f"{head}{path} = {value}\n", encoding="utf-8")
    for attempt in (lambda: load(file), lambda: load(BASE, [f"{path}={value}"])):
        try:
            attempt()
        except InputError as error:
            assert error.faults


@QUICK
@given(
    content=st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace"))
)
def test_a_population_file_of_any_bytes_never_ends_in_a_traceback(tmp_path, content):
    (tmp_path / "p.csv").write_bytes(b"id,type,land,legal_form,sites,places\n" + content)
    try:
        build(SCENARIO, tmp_path)
    except InputError as error:
        assert error.faults
