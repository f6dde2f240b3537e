"""The folder of a book: whole or not at all, checked when it is read, refused when it breaks a rule."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from hybridsim.book import store
from hybridsim.book.store import load_book, store_book
from hybridsim.core.errors import DataError, InputError, InvariantError
from tests.report.book_fixture import make_book


@pytest.fixture(scope="module")
def book():
    return make_book()


@pytest.fixture
def folder(book, tmp_path):
    store_book(book, tmp_path / "book")
    return tmp_path / "book"


def test_what_was_stored_is_what_is_read(book, folder):
    again = load_book(folder)
    for name, table in book.tables.items():
        pd.testing.assert_frame_equal(again.tables[name], table, check_dtype=False)
    pd.testing.assert_frame_equal(again.metrics, book.metrics, check_dtype=False)
    rejected = pd.read_csv(folder / store.REJECTED)
    assert rejected["source_row"].tolist() == [17, 18]
    assert rejected["value"].str.startswith("'=").all()
    assert len(again.digest) == 64


def test_the_digest_knows_nothing_of_folders_times_and_workers(book, folder, tmp_path):
    other = make_book()
    other.manifest["timings"] = {"began": "2031-01-01", "seconds": 7.0, "workers": 9}
    assert store_book(other, tmp_path / "elsewhere").digest == load_book(folder).digest
    assert str(tmp_path) not in (folder / store.MANIFEST).read_text(encoding="utf-8")


def test_an_occupied_folder_is_refused_and_a_finished_book_needs_force(book, folder, tmp_path):
    with pytest.raises(InputError, match="--force"):
        store_book(book, folder)
    store_book(make_book(names=20), folder, force=True)
    assert len(load_book(folder).loans) == 20
    assert [path.name for path in tmp_path.iterdir()] == ["book"]
    (folder / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="not replaced"):
        store_book(book, folder, force=True)
    other = tmp_path / "other"
    other.mkdir()
    (other / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="not replaced"):
        store_book(book, other, force=True)


def test_an_interruption_leaves_no_half_folder_and_keeps_the_old_one(book, folder, tmp_path, monkeypatch):
    before = load_book(folder).digest

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    for place in ("write_table", "table_digest"):
        with monkeypatch.context() as patch:
            patch.setattr(store, place, interrupted)
            with pytest.raises(KeyboardInterrupt):
                store_book(make_book(names=20), folder, force=True)
            with pytest.raises(KeyboardInterrupt):
                store_book(book, tmp_path / "fresh")
    with monkeypatch.context() as patch:
        patch.setattr(store.folders, "write_json", interrupted)
        with pytest.raises(KeyboardInterrupt):
            store_book(book, tmp_path / "fresh")
    assert [path.name for path in tmp_path.iterdir()] == ["book"]
    assert load_book(folder).digest == before


@pytest.mark.parametrize("table", ["loans", "contributions", "metrics"])
def test_a_changed_table_is_noticed(book, folder, table):
    path = folder / f"{table}.parquet"
    frame = pd.read_parquet(path)
    column = "value" if table == "metrics" else "exposure_eur"
    frame.loc[0, column] += 0.01
    frame.to_parquet(path, index=False)
    with pytest.raises(DataError, match=r"changed since|other columns"):
        load_book(folder)


def test_what_is_missing_or_of_another_version_is_named(folder, tmp_path):
    with pytest.raises(InputError, match="no such folder"):
        load_book(tmp_path / "nowhere")
    with pytest.raises(DataError, match=r"no book\.json"):
        load_book(tmp_path)
    manifest = json.loads((folder / store.MANIFEST).read_text(encoding="utf-8"))
    for change, message in (
        ({"format_version": 99}, "format version 99"),
        ({"notes": None}, "notes missing"),
    ):
        text = json.dumps({**manifest, **change})
        (folder / store.MANIFEST).write_text(text, encoding="utf-8")
        with pytest.raises(DataError, match=message):
            load_book(folder)
    (folder / store.MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    (folder / "lorenz.parquet").unlink()
    with pytest.raises(DataError, match=r"lorenz\.parquet: missing"):
        load_book(folder)


def broken(change) -> None:
    found = make_book()
    change(found)
    return found


def cent_off(found):
    found.tables["loans"].loc[3, "es_eur"] += 0.01


def not_a_number(found):
    found.tables["loans"].loc[3, "ecl_eur"] = float("nan")


def infinite(found):
    found.tables["loans"].loc[3, "raroc"] = float("inf")


def shortfall_too_small(found):
    rows = (found.metrics["metric"] == "loss_es_eur") & (found.metrics["scope"] == "level:0.99")
    found.metrics.loc[rows, "value"] = 1.0


def group_missing(found):
    table = found.tables["contributions"]
    found.tables["contributions"] = table.drop(table.index[table["kind"] == "group"][0])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (cent_off, "loans: es_eur adds up to"),
        (not_a_number, r"loans\.ecl_eur is nan in row 3"),
        (infinite, r"loans\.raroc is inf in row 3"),
        (shortfall_too_small, r"level:0\.99: the expected shortfall 1\.00 is below loss_var_eur"),
        (group_missing, "group: exposure_eur adds up to"),
    ],
)
def test_a_broken_rule_ends_without_a_folder_and_names_the_seed(change, message, tmp_path):
    with pytest.raises(InvariantError, match=rf"seed 5.*{message}") as error:
        store_book(broken(change), tmp_path / "book")
    assert error.value.exit_code == 5
    assert list(tmp_path.iterdir()) == []
