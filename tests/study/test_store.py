"""A stored run is whole, checked when it is read, and refuses to be guessed at."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hybridsim.core.errors import DataError, InputError
from hybridsim.study.run import execute
from hybridsim.study.store import load_run
from hybridsim.study.tables import METRICS, TABLES
from tests.study import fake


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("store") / "run"
    execute(fake.plan(20), fake.simulate, out=out)
    return out


@pytest.fixture
def copy(stored: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(stored, tmp_path / "copy"))


def edit(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    change(manifest)
    path.write_text(json.dumps(manifest), encoding="utf-8")


def test_a_stored_run_reads_back_with_all_tables(stored: Path):
    run = load_run(stored)
    assert len(run.replications) == 20
    assert len(run.years) == 20 * 3
    assert len(run.instruments) == 20 * 3
    assert len(run.answers) == 20 * 3 * 13
    assert len(run.reasons) == 20 * 8
    assert len(run.institutions) == 12
    assert set(run.loans.replication) <= set(range(10))
    assert list(run.metrics.columns) == [field.name for field in METRICS]
    for name, fields in TABLES.items():
        assert list(getattr(run, name).columns) == [field.name for field in fields]
    assert repr(run) == "<StoredRun 'fake': 20 replications, seed 7>"


def test_tables_hold_what_the_engine_handed_out(stored: Path):
    run = load_run(stored)
    world = fake.world()
    outcomes = [fake.simulate(world, replication) for replication in range(20)]
    assert run.replications.iloc[7, 1:].tolist() == outcomes[7].totals
    at = run.years[(run.years.replication == 7) & (run.years.year == 2)]
    assert at.iloc[0, 2:].tolist() == outcomes[7].years[2]
    cover = run.instruments[(run.instruments.replication == 7) & (run.instruments.instrument == "cover")]
    assert cover.iloc[0, 2:].tolist() == outcomes[7].instruments[2]
    answers = run.answers[(run.answers.replication == 7) & (run.answers.instrument == "grant")]
    assert answers.requests.tolist() == outcomes[7].answers[1]
    assert run.reasons[run.reasons.replication == 7].projects.tolist() == outcomes[7].reasons
    sums = [sum(outcome.institutions.get(4, [0] * 11)[0] for outcome in outcomes)]
    assert run.institutions.iloc[4][["ideas"]].tolist() == sums
    assert run.institutions.id.tolist() == world.ids
    loans = run.loans[run.loans.replication == 7]
    assert sorted(loans.rate_pa) == sorted(loan[7] for loan in outcomes[7].loans)
    assert set(run.loans.guarantee) <= {"", "cover"}


def test_the_manifest_says_how_to_do_it_again_and_names_no_path(stored: Path, tmp_path: Path):
    manifest = load_run(stored).manifest
    assert manifest["seed"] == 7
    assert manifest["replications"] == {"asked": 20, "done": 20}
    assert manifest["random_scheme"] == 1
    assert manifest["files"] == {"fake.toml": "1" * 64}
    assert manifest["population"]["by_type"]["hospital"] == {"institutions": 4, "sites": 10}
    assert manifest["assumptions"][0]["path"] == "a.b"
    assert {"hybridsim", "python", "numpy"} <= set(manifest["versions"])
    assert manifest["notes"] == ["a warning", "grant: a tiny budget"]
    assert str(tmp_path.parent) not in (stored / "manifest.json").read_text(encoding="utf-8")


def test_json_files_are_valid_and_hold_no_nan(stored: Path):
    def refuse(name: str) -> object:
        raise AssertionError(name)

    for name in ("manifest.json", "metrics.json"):
        json.loads((stored / name).read_text(encoding="utf-8"), parse_constant=refuse)
    rows = json.loads((stored / "metrics.json").read_text(encoding="utf-8"))
    assert any(row["value"] is None for row in rows)
    assert len(rows) == len(load_run(stored).metrics)


def test_the_order_in_which_an_engine_lists_loans_does_not_matter(stored: Path):
    def reversed_loans(world: fake.World, replication: int) -> fake.Outcome:
        outcome = fake.simulate(world, replication)
        outcome.loans.reverse()
        return outcome

    assert execute(fake.plan(20), reversed_loans).digest == load_run(stored).digest


def test_the_same_run_by_two_workers_is_the_same(stored: Path, tmp_path: Path):
    two = execute(fake.plan(20), fake.simulate, workers=2, out=tmp_path / "two")
    assert two.digest == load_run(stored).digest
    assert (tmp_path / "two" / "metrics.json").read_bytes() == (stored / "metrics.json").read_bytes()
    assert two.manifest["workers"] == 2


@pytest.mark.parametrize("name", [*TABLES, "metrics"])
def test_a_missing_or_broken_table_is_refused(copy: Path, name: str):
    path = copy / f"{name}.parquet"
    content = path.read_bytes()
    for broken in (content[:-200], b"PAR1", b""):
        path.write_bytes(broken)
        with pytest.raises(DataError, match=f"{name}.parquet: damaged"):
            load_run(copy)
    path.unlink()
    with pytest.raises(DataError, match=f"{name}.parquet: missing"):
        load_run(copy)


def test_a_changed_value_is_noticed(copy: Path):
    import pyarrow as pa
    from pyarrow import parquet

    path = copy / "replications.parquet"
    table = parquet.read_table(path)
    losses = table.column("loss_cents").to_pylist()
    losses[3] += 1
    index = table.schema.get_field_index("loss_cents")
    parquet.write_table(table.set_column(index, "loss_cents", pa.array(losses)), path)
    with pytest.raises(DataError, match="changed since it was written"):
        load_run(copy)


def test_fewer_rows_or_other_columns_are_noticed(copy: Path):
    from pyarrow import parquet

    path = copy / "reasons.parquet"
    table = parquet.read_table(path)
    parquet.write_table(table.slice(0, 10), path)
    with pytest.raises(DataError, match="10 rows, but the manifest says 160"):
        load_run(copy)
    parquet.write_table(table.rename_columns(["replication", "why", "projects"]), path)
    with pytest.raises(DataError, match="other columns"):
        load_run(copy)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda m: m.update(format_version=1), "format version 1; this version reads 3"),
        (lambda m: m.update(program="other"), "was not written by hybridsim"),
        (lambda m: m.pop("tables"), "tables missing"),
        (lambda m: m.update(seed="7"), "seed missing or not of the right kind"),
        (lambda m: m["tables"].pop("years"), "says nothing of the table years"),
        (lambda m: m.update(digest="0" * 64), "the digest does not match"),
        (lambda m: m["replications"].update(done=21), "claims 21 replications"),
    ],
)
def test_a_changed_manifest_is_refused(copy: Path, change: Callable[[dict[str, Any]], object], message: str):
    edit(copy, change)
    with pytest.raises(DataError, match=message):
        load_run(copy)


@pytest.mark.parametrize("text", ["", "{", "[1]", "\x00", "[" * 100_000])
def test_a_manifest_that_is_no_manifest_is_refused(copy: Path, text: str):
    (copy / "manifest.json").write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=r"manifest\.json"):
        load_run(copy)


def test_a_missing_folder_is_a_wrong_input_and_a_foreign_one_broken_data(tmp_path: Path):
    with pytest.raises(InputError, match="no such folder"):
        load_run(tmp_path / "nothing")
    with pytest.raises(DataError, match="not a run folder"):
        load_run(tmp_path)
    (tmp_path / "plan.json").write_text("{}", encoding="utf-8")
    with pytest.raises(DataError, match="the same command again finishes it"):
        load_run(tmp_path)


def test_a_run_without_a_folder_lives_as_long_as_its_object():
    run = execute(fake.plan(5), fake.simulate)
    folder = run.folder
    assert folder.is_dir()
    assert len(run.replications) == 5
    del run
    assert not folder.parent.exists()
