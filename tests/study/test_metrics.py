"""The metrics table against figures computed by hand from the stored tables."""

import math
from collections import defaultdict
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hybridsim.rollout import layout
from hybridsim.study.figures import Figures, evaluate, terms
from hybridsim.study.metrics import METRICS
from hybridsim.study.run import execute
from hybridsim.study.store import StoredRun
from tests.study import fake


@pytest.fixture(scope="module")
def run() -> StoredRun:
    return execute(fake.plan(120), fake.simulate)


def value(run: StoredRun, metric: str, scope: str = "total") -> pd.Series:
    found = run.metrics[(run.metrics.metric == metric) & (run.metrics.scope == scope)]
    assert len(found) == 1
    return found.iloc[0]


def test_risk_figures_equal_those_from_the_table_of_replications(run: StoredRun):
    r = run.replications
    assert value(run, "expected_loss_eur").value == pytest.approx(r.loss_cents.mean() / 100)
    assert value(run, "expected_loss_eur").se == pytest.approx(r.loss_cents.sem() / 100)
    assert value(run, "default_rate_pa").value == pytest.approx(
        r.defaults.sum() / (r.institution_years.sum() / 1000)
    )
    years = r.financed_years.sum() / 1000
    added = (r.hazard_financed.sum() - r.base_hazard_financed.sum()) / 1e6 + r.defaults_liquidity.sum()
    assert value(run, "induced_default_rate_pa").value == pytest.approx(added / years)
    borne = r.loss_public_cents.sum() / (r.loss_cents.sum() + r.payout_cents.sum())
    assert value(run, "public_share_of_loss").value == pytest.approx(borne)
    ordered = np.sort(r.loss_cents.to_numpy())
    assert value(run, "loss_var_90_eur").value == pytest.approx(ordered[107] / 100)  # ceil(120 * 0.9) = 108th
    assert value(run, "loss_es_90_eur").value == pytest.approx(ordered[108:].mean() / 100)
    assert math.isnan(value(run, "loss_var_99_eur").value)
    assert value(run, "loss_var_99_eur").method == "needs n >= 1000"


def test_selection_compares_the_financed_with_the_whole_population_at_their_ratings(run: StoredRun):
    at_rating = np.mean([-math.log(1.0 - p) for p in run.institutions.pd_pa])
    selection = value(run, "selection_default_rate_pa").value
    assert value(run, "rated_default_rate_financed_pa").value == pytest.approx(at_rating + selection)


def test_cohort_figures_equal_those_from_the_table_of_cohorts_and_leave_incomplete_ones_out(run: StoredRun):
    assert set(run.cohorts.groupby("cohort").complete.mean().items()) == {(0, 1.0), (1, 1.0), (2, 0.0)}
    assert value(run, "cohorts_left_out").value == 1.0
    scopes = {scope for scope in run.metrics.scope if scope.startswith("cohort:")}
    assert scopes == {"cohort:0", "cohort:1", "cohort:all"}
    whole = run.cohorts[run.cohorts.complete == 1]
    for scope, c in (("cohort:1", whole[whole.cohort == 1]), ("cohort:all", whole)):
        inputs = c.inputs_pv_cents.sum() + c.running_cost_pv_cents.sum()
        social = c.social_pv_cents.sum()
        assert value(run, "sroi", scope).value == pytest.approx(social / inputs)
        assert value(run, "social_impact_yield_pa", scope).value == pytest.approx(
            social / c.capital_pv_cent_years.sum()
        )
        assert value(run, "projects_sustained_share", scope).value == pytest.approx(
            c.sustained.sum() / c.started.sum()
        )
        assert value(run, "institutions_sustained_share", scope).value == pytest.approx(
            c.inst_sustained.sum() / c.inst_started.sum()
        )
        assert value(run, "fiscal_cost_per_started_eur", scope).value == pytest.approx(
            c.fiscal_pv_cents.sum() / 100 / c.started.sum()
        )
        assert value(run, "hours_freed_per_institution", scope).value == pytest.approx(
            c.hours_milli.sum() / 1000 / 12 / 120
        )
    # Replications are the unit: both cohorts of one future stand together.
    per_future = whole.groupby("replication")[["social_pv_cents", "capital_pv_cent_years"]].sum()
    ratio = per_future.social_pv_cents.sum() / per_future.capital_pv_cent_years.sum()
    left = per_future.social_pv_cents - ratio * per_future.capital_pv_cent_years
    se = left.std() / math.sqrt(120) / per_future.capital_pv_cent_years.mean()
    assert value(run, "social_impact_yield_pa", "cohort:all").se == pytest.approx(se, rel=1e-2)


def test_impact_and_public_figures_equal_those_from_the_table_of_replications(run: StoredRun):
    r = run.replications
    inputs = r.uses_cents.sum() + r.overrun_cents.sum() + r.running_cost_pv_cents.sum()
    assert value(run, "sroi").value == pytest.approx(r.social_pv_cents.sum() / inputs)
    assert value(run, "cost_per_hour_eur").value == pytest.approx(inputs / 100 / (r.hours_milli.sum() / 1000))
    assert value(run, "social_impact_yield_pa").value == pytest.approx(
        r.social_pv_cents.sum() / r.capital_pv_cent_years.sum()
    )
    per_institution = value(run, "fiscal_cost_per_institution_eur")
    assert per_institution.value == pytest.approx(r.fiscal_pv_cents.mean() / 100 / 12)
    assert per_institution.method == "mean, t interval"


def test_figures_by_instrument_year_and_type_equal_those_from_their_tables(run: StoredRun):
    bank = run.instruments[run.instruments.instrument == "bank"]
    assert value(run, "granted_share", "instrument:bank").value == pytest.approx(
        bank.granted.sum() / bank.requests.sum()
    )
    assert bank.in_vain.sum() > 0
    assert value(run, "requests_in_vain", "instrument:bank").value == pytest.approx(bank.in_vain.mean())
    answers = run.answers[run.answers.instrument == "bank"]
    refused = answers[answers.answer == "refused"].requests.sum()
    assert value(run, "answer_refused_share", "instrument:bank").value == pytest.approx(
        refused / answers.requests.sum()
    )
    last = run.years[run.years.year == 2]
    assert value(run, "adopters_share", "year:2").value == pytest.approx(last.adopters.mean() / 12)
    assert value(run, "adopters_last_year_share").value == pytest.approx(last.adopters.mean() / 12)
    homes = run.institutions[run.institutions.type == "nursing_home"]
    share = value(run, "default_share", "type:nursing_home")
    assert share.value == pytest.approx(homes.defaults.sum() / (len(homes) * 120))
    assert math.isnan(share.se)
    assert "no interval" in share.method
    assert value(run, "hours_freed", "type:nursing_home").value == pytest.approx(
        homes.hours_milli.sum() / 1000 / 120
    )


def test_shares_of_reasons_answers_and_sources_add_up(run: StoredRun):
    m = run.metrics
    reasons = m[m.metric.str.startswith("reason_")]
    assert reasons.value.sum() == pytest.approx(1.0)
    for name in ("bank", "grant", "cover"):
        answers = m[m.metric.str.startswith("answer_") & (m.scope == f"instrument:{name}")]
        assert len(answers) == len(layout.ANSWERS)
        assert answers.value.sum() == pytest.approx(1.0)


def test_every_metric_is_defined_once_and_has_one_unit():
    keys = [(metric.name, metric.scope) for metric in METRICS]
    assert len(keys) == len(set(keys))
    units = defaultdict(set)
    for metric in METRICS:
        units[metric.name].add(metric.unit)
        assert metric.text and metric.formula
    assert {name: found for name, found in units.items() if len(found) > 1} == {}


def test_every_outcome_column_of_a_replication_is_used_by_some_metric():
    used = {name for metric in METRICS for _, name in terms(f"{metric.numerator} + {metric.denominator}")}
    unused = {column.name for column in layout.REPLICATION} - used
    assert unused == {"events"}


def test_the_table_is_complete_and_every_missing_figure_says_why(run: StoredRun):
    m = run.metrics
    assert not m.duplicated(["metric", "scope"]).any()
    missing = m[m.value.isna()]
    assert (missing.method.str.len() > 0).all()
    with_interval = m[m.ci_low.notna()]
    assert (with_interval.ci_low <= with_interval.value).all()
    assert (with_interval.value <= with_interval.ci_high).all()
    assert (m.n == 120).all()


def test_nothing_at_all_gives_a_table_of_reasons_and_no_crash():
    run = execute(fake.plan(30), fake.simulate_nothing)
    assert math.isnan(value(run, "sroi").value)
    assert value(run, "sroi").method == "no project was started"
    assert value(run, "loan_default_rate").method == "no loan was disbursed"
    assert value(run, "expected_loss_eur").value == 0.0
    assert math.isnan(value(run, "expected_loss_eur").ci_low)
    assert len(run.loans) == 0


def test_one_replication_has_values_without_intervals():
    run = execute(fake.plan(1), fake.simulate)
    assert run.metrics.ci_low.isna().all()
    assert value(run, "lent_eur").value > 0


def test_a_value_at_risk_below_the_expected_loss_carries_a_note():
    run = execute(fake.plan(120), fake.simulate_rare_loss)
    row = value(run, "loss_var_90_eur")
    assert row.value == 0.0
    assert "below the expected loss" in row.method


def test_sums_of_columns_are_read_with_their_signs():
    columns = {"a": np.array([1.0, 2.0]), "b": np.array([10.0, 20.0]), "c": np.array([3.0, 3.0])}
    assert evaluate("a - b + c", columns.__getitem__).tolist() == [-6.0, -15.0]
    with pytest.raises(ValueError, match="no column"):
        evaluate("", columns.__getitem__)


def test_an_unknown_scope_is_refused(tmp_path: Path):
    with pytest.raises(ValueError, match="no scope 'planet'"):
        list(Figures(tmp_path, [], 1).scopes("planet"))
