"""Loans of a run at a month: against the ledger, the tables of the run, and the factors of its engines."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hybridsim.core.errors import DataError, InputError
from hybridsim.credit.factors import factor_path
from hybridsim.credit.portfolio import portfolio, residuals
from hybridsim.rollout.reference import simulate
from hybridsim.rollout.tally import Outcome
from hybridsim.scenario import resolve
from hybridsim.study.loan_book import LoanBook, loans_at, run_dependence
from hybridsim.study.run import run
from hybridsim.study.store import StoredRun

SCENARIOS = Path(__file__).parents[2] / "scenarios"
FAILING = tuple(f"institution_types.{name}.pd_pa=0.03" for name in ("nursing_home", "ambulatory", "hospital"))
BUSY = ("population.size=160", "adoption.innovation_pa=0.3", "run.replications=12", *FAILING)
MONTHS = (0, 60, 120, 150)
STORED_ONE, TOLD_AGAIN = 3, 11


def stored_run(folder: Path, scenario: str, *settings: str) -> StoredRun:
    return run(resolve(SCENARIOS / f"{scenario}.toml", (*BUSY, *settings)), out=folder / "run", seed=2)


@pytest.fixture(scope="module")
def s6(tmp_path_factory: pytest.TempPathFactory) -> LoanBook:
    """Loans of every kind, many defaults, and a guarantee with a low cap."""
    cap = "instruments.first_loss_guarantee.cover.cap_rate=0.05"
    return LoanBook(stored_run(tmp_path_factory.mktemp("s6"), "s6-stage-gated-hybrid", cap))


@pytest.fixture(scope="module")
def s4(tmp_path_factory: pytest.TempPathFactory) -> LoanBook:
    return LoanBook(stored_run(tmp_path_factory.mktemp("s4"), "s4-concessional-advice"))


@pytest.fixture(scope="module")
def told(s6: LoanBook) -> dict[int, Outcome]:
    """The same futures from the reference engine, with their ledgers."""
    return {number: simulate(s6.world, number, True) for number in (STORED_ONE, TOLD_AGAIN)}


def owed_in_ledger(outcome: Outcome, month: float) -> dict[tuple[str, str], int]:
    owed: dict[tuple[str, str], int] = {}
    for entry in outcome.entries:
        word, _, instrument = entry.memo.rpartition(" ")
        sign = {"loan": +1, "principal": -1, "given up": -1, "defaulted": -1}.get(word, 0)
        if sign and entry.time <= month:
            key = (entry.giver if word == "principal" else entry.receiver, instrument)
            owed[key] = owed.get(key, 0) + sign * entry.cents
    return {key: cents for key, cents in owed.items() if cents}


@pytest.mark.parametrize("month", MONTHS)
@pytest.mark.parametrize("replication", [STORED_ONE, TOLD_AGAIN])
def test_exposures_are_what_the_ledger_says(s6, told, replication: int, month: int):
    frame = s6.loans_at(month, replication)
    found = frame.groupby(["obligor_id", "instrument"])["exposure_eur"].sum()
    expected = owed_in_ledger(told[replication], month)
    assert {key: round(100 * eur) for key, eur in found.items()} == expected
    assert bool(expected) == (month > 0)


@pytest.mark.parametrize("month", MONTHS)
def test_another_design_with_another_ledger(s4, month: int):
    outcome = simulate(s4.world, 5, True)
    found = s4.loans_at(month, 5).groupby(["obligor_id", "instrument"])["exposure_eur"].sum()
    assert {key: round(100 * eur) for key, eur in found.items()} == owed_in_ledger(outcome, month)


def test_a_future_that_is_told_again_is_the_one_that_is_stored(s6):
    """What the run stored of a future, and what telling it again gives, are the same rows."""
    from hybridsim.study import loan_future

    stored = loan_future.loan_future(s6.run, s6.plan, STORED_ONE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loan_future, "LOAN_REPLICATIONS", 0)
        again = loan_future.loan_future(s6.run, s6.plan, STORED_ONE)
    for name in ("loans", "balances", "ratings"):
        pd.testing.assert_frame_equal(getattr(stored, name), getattr(again, name))


def test_both_engines_store_the_same_balances_and_ratings(tmp_path: Path):
    resolved = resolve(SCENARIOS / "s6-stage-gated-hybrid.toml", (*BUSY, "run.replications=2"))
    fast = run(resolved, out=tmp_path / "fast")
    slow = run(resolved, out=tmp_path / "slow", engine="simpy")
    assert fast.digest == slow.digest
    for name in ("loans", "balances", "ratings"):
        assert fast.manifest["tables"][name]["digest"] == slow.manifest["tables"][name]["digest"]
        assert fast.manifest["tables"][name]["rows"] > 0


def test_the_digest_of_a_run_does_not_see_balances_and_ratings(s6):
    from hybridsim.study.digest import run_digest
    from hybridsim.study.tables import TABLES

    tables = s6.run.manifest["tables"]
    assert set(tables) - set(TABLES) == {"balances", "ratings"}
    assert run_digest({name: tables[name]["digest"] for name in TABLES}) == s6.run.digest


def test_a_loan_in_default_waits_for_its_estate(s6):
    loans = s6.run.loans
    waited = loans[(loans.default_month >= 0) & (loans.default_month < 110)].iloc[0]
    middle = (waited.default_month + waited.end_month) / 2.0
    frame = s6.loans_at(middle, int(waited.replication))
    row = frame[(frame.obligor_id == waited.institution) & (frame.originated_pd == waited.pd_pa)].iloc[0]
    assert (row.defaulted, row.pd) == (1.0, 1.0)
    assert row.exposure_eur == waited.ead_cents / 100.0
    assert row.maturity_months > 0.0
    after = s6.loans_at(waited.end_month, int(waited.replication))
    assert waited.institution not in set(after.obligor_id)


def test_terms_of_a_row_are_those_of_the_loan(s6):
    frame = s6.loans_at(90, STORED_ONE)
    loans = s6.run.loans[s6.run.loans.replication == STORED_ONE].reset_index(drop=True).loc[frame.source_row]
    people = s6.run.institutions.set_index("id").loc[frame.obligor_id]
    assert frame.loan_id.is_unique
    assert frame.instrument.tolist() == loans.instrument.tolist()
    assert frame.principal_eur.tolist() == (loans.principal_cents / 100.0).tolist()
    assert frame.sector.tolist() == people.type.tolist()
    assert frame.land.tolist() == people.land.tolist()
    assert frame.turnover_eur.tolist() == people.revenue_eur_pa.tolist()
    live = frame[frame.defaulted == 0.0]
    assert (live.maturity_months > 0.0).all()
    assert (live.maturity_months <= 3.0 * loans.set_index(frame.index).term_quarters[live.index] + 3.0).all()
    assert ((frame.pd > 0.0) & (frame.pd <= 1.0) & (frame.lgd > 0.0) & (frame.lgd < 1.0)).all()


def test_what_a_capped_pool_can_still_pay(s6):
    """Cap rate times the covered volume, less payouts: both from the ledger's own entries."""
    loans = s6.run.loans
    for number, ended in loans[(loans.guarantee != "") & (loans.payout_cents > 0)][
        ["replication", "end_month"]
    ].itertuples(index=False):
        replication, month = int(number), float(ended) + 0.5
        frame = s6.loans_at(month, replication)
        covered = frame[frame.guarantor_id == "first_loss_guarantee"]
        if len(covered):
            break
    outcome = simulate(s6.world, replication, True)
    stored = s6.run.loans[s6.run.loans.replication == replication]
    pool = stored[(stored.guarantee == "first_loss_guarantee") & (stored.close_month <= month)]
    volume = (pool.principal_cents * pool.cover).sum() / 100.0
    guarantor = covered.guarantor.iloc[0]
    paid = sum(
        entry.cents
        for entry in outcome.entries
        if entry.memo.startswith("payout ") and entry.giver == guarantor and entry.time <= month
    )
    assert 0 < paid < 5.0 * volume
    assert covered.cover_cap_eur.nunique() == 1
    left = max(0.0, 0.05 * volume - paid / 100.0)
    assert covered.cover_cap_eur.iloc[0] == pytest.approx(left, abs=0.01 * len(pool))
    assert frame[frame.guarantor_id == ""].cover_rate.eq(0.0).all()


def test_loadings_leave_each_pd_unconditionally_what_it_is(s6):
    """They are those of the run: R2 with its own correlation is what the engines took, below one."""
    frame, dependence = s6.loans_at(60, STORED_ONE), s6.dependence(60, STORED_ONE)
    names = [f"loading_{name}" for name in dependence.factors.names]
    book = portfolio(frame.exposure_eur, frame.lgd, frame.pd, frame[names].to_numpy())
    rows = [s6.world.ids.index(name) for name in frame.obligor_id]
    assert residuals(book, dependence.factors) == pytest.approx(s6.world.residual[rows], abs=1e-12)


@pytest.fixture(scope="module")
def stressed(tmp_path_factory: pytest.TempPathFactory) -> LoanBook:
    stress = ("stress.shift={economy=[-1,-1.5,-2]}", "stress.fix={labour=[-1,-2]}", "run.replications=1")
    return LoanBook(stored_run(tmp_path_factory.mktemp("stressed"), "care-germany", *stress))


@pytest.mark.parametrize("month", [0.0, 12.0, 30.0, 48.0])
def test_the_factors_of_a_year_are_those_that_the_engines_draw(stressed, month: float):
    """Mean and covariance of the year, against many paths that go on from the same past."""
    world, year, draws = stressed.world, int(month // 12), 40_000
    shift, fix = world.stress.shift, world.stress.fix
    before = None
    if year:
        # What is shifted does not feed back, what is fixed does.
        past = world.factor_years(0)
        fixed = [fix[k][year - 1] == fix[k][year - 1] for k in range(4)]
        before = [past[k][year - 1] - (0.0 if fixed[k] else shift[k][year - 1]) for k in range(4)]
    this_year = [[row[year : year + 1] for row in table] for table in (shift, fix)]
    noise = np.random.default_rng(3).uniform(size=(draws, 4, 2))
    paths = [factor_path(world.factors, one, 1, before, *this_year) for one in noise]
    sample, state = np.array(paths)[:, :, 0], stressed.factors_at(month, 0)
    assert state.mean == pytest.approx(sample.mean(axis=0), abs=0.025)
    assert state.root @ state.root.T == pytest.approx(np.cov(sample.T), abs=0.03)


def test_without_the_past_all_futures_look_the_same(s6):
    first, other = (s6.factors_at(60, number, known=False) for number in (1, 2))
    assert first.mean.tolist() == [0.0] * 4 == other.mean.tolist()
    assert s6.factors_at(60, 1).mean.tolist() != s6.factors_at(60, 2).mean.tolist()


def test_a_folder_will_do(s6):
    assert loans_at(s6.run.folder, 60, 1).equals(s6.loans_at(60, 1))
    assert run_dependence(s6.run.folder, 60, 1).factors.mean.tolist() == s6.factors_at(60, 1).mean.tolist()


@pytest.mark.parametrize(
    ("month", "replication"), [(-1, 0), (12 * 70, 0), (float("nan"), 0), (60, 12), (60, -1)]
)
def test_months_and_futures_that_are_not_there_are_refused(s6, month, replication):
    with pytest.raises(InputError, match="must be from 0 to"):
        s6.loans_at(month, replication)


def test_a_future_that_comes_out_differently_is_refused(s6, tmp_path: Path):
    from dataclasses import replace

    other = LoanBook(s6.run)
    other.plan = replace(s6.plan, world=replace(s6.world, seed_lo=s6.world.seed_lo + 1))
    with pytest.raises(DataError, match="comes out differently today"):
        other.loans_at(60, TOLD_AGAIN)
