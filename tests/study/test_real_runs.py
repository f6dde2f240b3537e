"""Runs of the real engine: the same result however it is computed, and figures that fit together."""

import math
from pathlib import Path

import pytest

from hybridsim.scenario import resolve
from hybridsim.study.run import run
from hybridsim.study.store import StoredRun

BASE = Path(__file__).parents[2] / "scenarios" / "care-germany.toml"
SETTINGS = ("population.size=40", "run.horizon_months=60", "run.replications=8")


@pytest.fixture(scope="module")
def stored() -> StoredRun:
    return run(resolve(BASE, SETTINGS), seed=11)


def test_two_workers_give_the_same_digest(stored: StoredRun):
    assert run(resolve(BASE, SETTINGS), seed=11, workers=2).digest == stored.digest


def test_a_longer_run_begins_with_the_shorter_one(stored: StoredRun):
    longer = run(resolve(BASE, SETTINGS), replications=11, seed=11)
    assert longer.replications.head(8).equals(stored.replications)
    assert longer.years.head(8 * 5).equals(stored.years)


def test_tables_agree_with_each_other(stored: StoredRun):
    totals, institutions = stored.replications, stored.institutions
    for column in ("ideas", "started", "sustained", "defaults", "lent_cents", "ead_cents", "grant_cents"):
        assert institutions[column].sum() == totals[column].sum(), column
    by_year = stored.years.groupby("replication")[["defaults", "started", "lent_cents"]].sum()
    assert by_year.reset_index(drop=True).equals(totals[["defaults", "started", "lent_cents"]])
    loans = stored.loans
    assert len(loans) == totals.loans.head(10).sum()
    assert loans.principal_cents.sum() == totals.lent_cents.head(10).sum()


def test_the_manifest_names_assumptions_files_and_population(stored: StoredRun):
    manifest = stored.manifest
    assert manifest["population"]["institutions"] == 40
    assert manifest["seed"] == 11 == manifest["scenario"]["run"]["seed"]
    assert "care-germany.toml" in manifest["files"]
    assert len(manifest["assumptions"]) > 100
    assert {item["evidence"] for item in manifest["assumptions"]} <= {"published", "derived", "assumption"}
    assert any("sample" in note for note in stored.notes)


def test_figures_of_the_metrics_table_are_plausible(stored: StoredRun):
    value = stored.metrics.set_index(["metric", "scope"]).value
    shares = value[[name.endswith("_share") for name, _ in value.index]].dropna()
    assert ((shares >= 0.0) & (shares <= 1.0 + 1e-12)).all()
    sources = ("own_funds_share", "bank_loan_share", "promotional_loan_share", "grant_share")
    assert math.isclose(sum(value[name, "total"] for name in sources), 1.0, rel_tol=1e-9)
    assert 0.002 < value["default_rate_pa", "total"] < 0.05


def test_the_order_of_settings_and_the_path_do_not_change_the_identity(stored: StoredRun, tmp_path: Path):
    moved = tmp_path / "care-germany.toml"
    moved.write_bytes(BASE.read_bytes())
    again = run(resolve(moved, tuple(reversed(SETTINGS))), seed=11)
    assert again.digest == stored.digest
    assert again.manifest["identity"] == stored.manifest["identity"]
