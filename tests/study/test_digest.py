"""What the digest sees and what it must not see."""

from pathlib import Path

import pytest

from hybridsim.study.digest import run_digest, table_digest
from hybridsim.study.run import execute
from hybridsim.study.tables import Field
from hybridsim.study.writer import write_table
from tests.study import fake

FIELDS = (Field("key", "int64", "", ""), Field("name", "string", "", ""), Field("rate", "double", "", ""))
COLUMNS = ([1, 2], ["ab", "c"], [0.5, -0.0])


def digest(folder: Path, columns=COLUMNS, fields=FIELDS, name: str = "t") -> str:
    write_table(folder, name, fields, columns)
    return table_digest(name, fields, folder / f"{name}.parquet")


@pytest.mark.parametrize(
    "columns",
    [
        ([1, 3], ["ab", "c"], [0.5, -0.0]),
        ([2, 1], ["c", "ab"], [-0.0, 0.5]),
        ([1, 2], ["a", "bc"], [0.5, -0.0]),
        ([1, 2], ["ab", "c"], [0.5, 0.0]),
        ([1, 2], ["ab", "c"], [0.5000000000000001, -0.0]),
        ([1], ["ab"], [0.5]),
    ],
)
def test_every_value_and_its_place_count(tmp_path: Path, columns):
    assert digest(tmp_path, columns) != digest(tmp_path)


def test_names_and_types_count(tmp_path: Path):
    renamed = (Field("id", "int64", "", ""), *FIELDS[1:])
    typed = (Field("key", "double", "", ""), *FIELDS[1:])
    found = {digest(tmp_path), digest(tmp_path, fields=renamed), digest(tmp_path, fields=typed)}
    found.add(digest(tmp_path, name="u"))
    assert len(found) == 4


def test_row_groups_units_and_texts_do_not_count(tmp_path: Path):
    from pyarrow import parquet

    before = digest(tmp_path)
    table = parquet.read_table(tmp_path / "t.parquet")
    parquet.write_table(table, tmp_path / "t.parquet", row_group_size=1, compression="none")
    assert table_digest("t", FIELDS, tmp_path / "t.parquet") == before
    worded = tuple(Field(f.name, f.type, "EUR", "other words") for f in FIELDS)
    assert digest(tmp_path, fields=worded) == before


def test_the_digest_of_a_run_counts_its_tables_and_their_names():
    assert run_digest({"a": "1", "b": "2"}) != run_digest({"a": "2", "b": "1"})
    assert run_digest({"a": "1", "b": "2"}) != run_digest({"b": "1", "a": "2"})


def test_runs_are_equal_exactly_if_their_seeds_are():
    first, again = execute(fake.plan(20), fake.simulate), execute(fake.plan(20), fake.simulate)
    other = execute(fake.plan(20, seed=8), fake.simulate)
    assert first.digest == again.digest
    assert first.digest != other.digest


def test_stored_tables_repeat_to_the_byte(tmp_path: Path):
    execute(fake.plan(20), fake.simulate, out=tmp_path / "a")
    execute(fake.plan(20), fake.simulate, out=tmp_path / "b")
    for path in sorted((tmp_path / "a").glob("*.parquet")):
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes(), path.name
