"""Comparisons of stored runs: figures, pairing, refusals and the choice of the baseline."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import hybridsim as hs
from hybridsim.rollout import layout
from hybridsim.study.compare import compare, compare_runs
from hybridsim.study.run import execute
from tests.study import fake

SHIPPED = Path(__file__).parents[2] / "scenarios"
N = 120


def louder(world, replication):
    """The same noise, but twice the losses and a constant more hours."""
    outcome = fake.simulate(world, replication)
    names = [column.name for column in layout.REPLICATION]
    outcome.totals[names.index("loss_cents")] *= 2
    outcome.totals[names.index("hours_milli")] += 1_000_000
    return outcome


@pytest.fixture(scope="module")
def base():
    return execute(fake.plan(N), fake.simulate)


@pytest.fixture(scope="module")
def other():
    return execute(fake.plan(N, name="other"), louder)


def row(frame, metric, scope="total", run=None):
    found = frame[(frame.metric == metric) & (frame.scope == scope)]
    found = found if run is None else found[found.run == run]
    assert len(found) == 1
    return found.iloc[0]


def test_figures_are_those_of_the_runs_and_differences_have_the_sign_of_the_change(base, other):
    frame = compare([base, other])
    for metric in ("expected_loss_eur", "loss_rate_on_lent", "hours_freed", "loss_es_90_eur"):
        found = row(frame, metric)
        before, after = (
            run.metrics.set_index(["metric", "scope"]).value[metric, "total"] for run in (base, other)
        )
        assert (found.baseline_value, found.value) == (before, after)
        assert found.difference == after - before > 0
    assert set(frame.run) == {"other"}
    assert row(compare([other, base]), "hours_freed").difference == -row(frame, "hours_freed").difference


def test_the_interval_of_a_mean_is_scipys_paired_one_on_the_stored_replications(base, other):
    found = row(compare([base, other]), "expected_loss_eur")
    a, b = base.replications.loss_cents / 100, other.replications.loss_cents / 100
    expected = stats.ttest_rel(b, a).confidence_interval(0.95)
    assert (found.ci_low, found.ci_high) == pytest.approx((expected.low, expected.high))
    assert found.excludes_zero


def test_the_interval_of_a_ratio_is_the_delta_method_written_out(base, other):
    found = row(compare([base, other]), "loss_rate_on_lent")
    z = []
    for run in (base, other):
        x, y = run.replications.loss_cents.to_numpy(float), run.replications.lent_cents.to_numpy(float)
        z.append((x - x.sum() / y.sum() * y) / y.mean())
    assert found.se == pytest.approx(np.std(z[1] - z[0], ddof=1) / np.sqrt(N))
    assert found.variance_reduction == pytest.approx(
        (z[0].var() + z[1].var()) / (z[1] - z[0]).var(), rel=1e-6
    )


def test_a_difference_that_is_the_same_in_all_futures_has_no_spread_and_says_so(base, other):
    found = row(compare([base, other]), "hours_freed")
    assert found.difference == pytest.approx(1_000)
    assert found.se == 0.0
    assert pd.isna(found.ci_low)
    assert "no spread" in found.method


def test_a_run_differs_from_itself_by_exactly_nothing(base):
    frame = compare([base, base])
    known = frame[frame.value.notna()]
    assert (known.difference == 0.0).all()
    with_interval = known[~known.scope.str.startswith("type:")]
    assert (with_interval.ci_low == 0.0).all()
    assert (with_interval.ci_high == 0.0).all()
    assert not frame.excludes_zero.any()


def test_all_scopes_are_compared_and_each_missing_figure_says_why(base, other):
    frame = compare([base, other])
    assert len(frame) == len(base.metrics)
    assert {scope.split(":")[0] for scope in frame.scope} == {"total", "instrument", "year", "type", "cohort"}
    assert frame[frame.ci_low.isna()].method.str.len().gt(5).all()
    assert "needs n >= 1000" in row(frame, "loss_var_99_eur").method
    assert "only sums" in row(frame, "default_share", "type:hospital").method
    assert list(compare_runs([base, other]).levers) == ["other"]


def test_instruments_that_only_one_run_has_are_left_out(base):
    plan = fake.plan(N, name="fewer")
    fewer = execute(
        replace(plan, world=replace(plan.world, instrument_names=["bank", "grant", "fund"])), fake.simulate
    )
    scopes = set(compare([base, fewer]).scope)
    assert {"instrument:bank", "instrument:grant"} <= scopes
    assert not {"instrument:cover", "instrument:fund"} & scopes


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    folder = tmp_path_factory.mktemp("real")
    return [
        hs.run(hs.load(SHIPPED / f"{name}.toml", ["population.size=60"]), replications=30, out=folder / name)
        for name in ("s0-own-funds", "care-germany")
    ]


def test_pairing_narrows_the_intervals_of_two_real_designs(real):
    found = compare(real)
    loose = compare(real, paired=False)
    total = found[(found.scope == "total") & found.variance_reduction.notna()]
    assert total.variance_reduction.median() > 1.3
    for metric in ("institutions_started_share", "hours_freed", "fiscal_payers_eur"):
        assert row(found, metric).se < row(loose, metric).se
    assert row(found, "institutions_started_share").excludes_zero
    assert row(found, "institutions_started_share").difference > 0
    assert loose.method.str.startswith("unpaired").any()
    keys = {lever.key for lever in compare_runs(real).levers["care-germany"]}
    assert keys == {"design.order", "advice.share"}


def test_runs_of_unlike_futures_are_refused_with_all_reasons_and_remedies(base):
    unlike = execute(fake.plan(30, seed=8, n=13, years=2), fake.simulate)
    with pytest.raises(hs.InputError) as caught:
        compare([base, unlike])
    faults = {fault.path: fault.message for fault in caught.value.faults}
    assert set(faults) == {"seed", "replications", "horizon in years", "population"}
    assert "again with -s 7" in faults["seed"]
    assert "again with -n 120" in faults["replications"]
    assert "run.horizon_months=36" in faults["horizon in years"]
    assert "13 institutions, 12 in the baseline; only in one of them: 'träger-012'" in faults["population"]
    assert "--unpaired" in str(caught.value)


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"random_scheme": 99}, "random scheme"),
        ({"code_digest": "f" * 64}, "code"),
        ({"versions": {"hybridsim": "0.0.1"}}, "version"),
    ],
)
def test_runs_of_another_version_are_refused(base, tmp_path, change, path):
    folder = shutil.copytree(base.folder, tmp_path / "run")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    (folder / "manifest.json").write_text(json.dumps({**manifest, **change}), encoding="utf-8")
    with pytest.raises(hs.InputError) as caught:
        compare([base, folder])
    assert [fault.path for fault in caught.value.faults] == [path]


def test_unlike_runs_can_be_compared_as_independent_and_that_is_said(base):
    unlike = execute(fake.plan(30, seed=8), fake.simulate)
    found = compare_runs([base, unlike], paired=False)
    loss = next(f for f in found.figures if (f.metric, f.scope) == ("expected_loss_eur", "total"))
    a, b = base.replications.loss_cents / 100, unlike.replications.loss_cents / 100
    expected = stats.ttest_ind(b, a, equal_var=False).confidence_interval(0.95)
    assert (loss.ci_low, loss.ci_high) == pytest.approx((expected.low, expected.high))
    assert loss.method.startswith("unpaired")
    assert (loss.n, loss.baseline_n) == (30, 120)
    assert "as if independent" in found.notes[0]
    assert "seed: 8, but the baseline has 7" in found.notes[0]


def test_a_population_of_the_same_names_but_other_people_is_noted(base):
    plan = fake.plan(N, name="richer")
    people = replace(plan.world.population, pd_pa=plan.world.population.pd_pa * 2)
    richer = execute(replace(plan, world=replace(plan.world, population=people)), fake.simulate)
    assert "12 institutions of the same id" in compare_runs([base, richer]).notes[0]


def test_the_baseline_is_the_first_run_a_name_a_folder_or_another_run(base, other):
    assert list(compare_runs([base, other]).runs) == ["fake", "other"]
    assert list(compare_runs([base, other], "other").runs) == ["other", "fake"]
    assert list(compare_runs([base, other], str(other.folder)).runs) == ["other", "fake"]
    assert list(compare_runs([base], other.folder).runs) == ["other", "fake"]
    assert list(compare_runs([base], other).runs) == ["other", "fake"]


@pytest.mark.parametrize(
    ("baseline", "message"),
    [("nobody", "is none of the runs and no run folder"), ("fake", "is the name of 2")],
)
def test_a_baseline_that_is_unknown_or_ambiguous_is_refused(base, other, baseline, message):
    with pytest.raises(hs.InputError, match=message):
        compare([base, base, other], baseline)


def test_one_run_is_no_comparison(base):
    for runs in ([], [base]):
        with pytest.raises(hs.InputError, match="needs two runs"):
            compare(runs)
    with pytest.raises(hs.InputError, match="must be a stored run"):
        compare([base, 7])


def test_runs_of_one_name_are_told_apart(base):
    labels = list(compare_runs([base, base, base]).runs)
    assert labels[0] == f"fake ({base.folder})"
    assert len(set(labels)) == 3
