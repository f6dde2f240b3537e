"""The loans of a run as a book, alone and beside a tape."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import hybridsim as hs
from hybridsim.book import from_run
from hybridsim.book.api import book
from hybridsim.book.assembly import assemble
from hybridsim.book.expecting import expected_loss
from hybridsim.book.settings import BookSettings
from hybridsim.credit.tail.risk import tail_risk
from hybridsim.scenario import resolve
from hybridsim.study.loan_book import LoanBook
from hybridsim.study.run import run
from tests.book.books import QUICK, small_tape

SCENARIO = Path(__file__).parents[2] / "scenarios" / "s6-stage-gated-hybrid.toml"
SETTINGS = (
    "population.size=40", "adoption.innovation_pa=0.3", "run.replications=3", "run.horizon_months=48",
)  # fmt: skip
MONTH = 40


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "run"
    run(resolve(SCENARIO, SETTINGS), out=out, seed=2, engine="simpy")
    return out


def value(found, metric, scope="total"):
    rows = found.metrics[(found.metrics["metric"] == metric) & (found.metrics["scope"] == scope)]
    return float(rows.iloc[0]["value"])


def test_a_book_of_a_run_holds_what_is_owed_at_the_month(folder):
    found = book(folder, at=MONTH, replication=1, settings=QUICK)
    loans = LoanBook(folder).loans_at(MONTH, 1)
    assert value(found, "exposure_eur") == pytest.approx(loans["exposure_eur"].sum(), abs=0.01 * len(loans))
    assert set(found.loans["loan_id"]) == set(loans["loan_id"])
    assert found.manifest["run"]["replication"] == 1
    futures = found.tables["futures"]
    assert futures["replication"].tolist() == [0, 1, 2]
    assert value(found, "futures_expected_loss_eur") == pytest.approx(
        futures["expected_loss_eur"].mean(), abs=0.006
    )
    assert value(found, "futures_es_eur") > value(found, "futures_var_eur")
    owed = [LoanBook(folder).loans_at(MONTH, number)["exposure_eur"].sum() for number in range(3)]
    assert futures["exposure_eur"].tolist() == pytest.approx(owed, abs=0.01)
    assert value(found, "futures_exposure_eur") == pytest.approx(np.mean(owed), abs=0.01)


@pytest.mark.parametrize("replication", [0, 1, 2])
def test_each_future_s_loss_is_that_of_its_loans_on_its_own_factors(folder, replication):
    """Expected losses in closed form, from the run's loans and state, beside the simulated ones.

    A few loans default a few dozen times in a coarse simulation, which gives a mean to some 15 %; futures
    differ by several times that.
    """
    run = LoanBook(folder)
    state = run.factors_at(MONTH, replication)
    year = assemble(run.loans_at(MONTH, replication), BookSettings(), state)
    exact = expected_loss(year.portfolio, year.dependence).net_eur.sum()
    settings = {**QUICK, "simulation.precision": 0.03, "simulation.max_scenarios": 65_536}
    found = book(folder, at=MONTH, replication=replication, settings=settings)
    row = found.tables["futures"].set_index("replication").loc[replication]
    assert row["expected_loss_eur"] == pytest.approx(exact, rel=0.35)
    assert value(found, "expected_loss_eur") == pytest.approx(exact, rel=0.02)


def test_beside_a_tape_the_run_adds_to_its_shortfall(folder):
    found = book(folder, at=MONTH, beside=small_tape(), settings=QUICK)
    alone = book(small_tape(), settings=QUICK)
    assert set(found.loans["part"]) == {"book", "ai"}
    whole, base = value(found, "loss_es_eur"), value(found, "base_es_eur", "part:book")
    assert value(found, "added_es_eur", "part:ai") == pytest.approx(whole - base, abs=0.02)
    extra = LoanBook(folder).loans_at(MONTH, 0)
    assert len(found.loans) == len(alone.loans) + len(extra)
    assert value(found, "exposure_eur") > value(alone, "exposure_eur")


def test_the_futures_are_the_same_whichever_of_them_is_the_book(folder):
    """Each on its own loans, factors and numbers: nothing of the one that is looked at gets into others."""
    tables = [book(folder, at=MONTH, replication=r, settings=QUICK).tables["futures"] for r in (0, 2)]
    assert tables[0].equals(tables[1])


def test_runs_of_two_designs_stand_side_by_side_in_one_book(folder, tmp_path):
    """The loans of a second run as the tape of the first: their ids are told apart by the design."""
    other = LoanBook(folder).loans_at(MONTH, 1).assign(design="S1 status quo")
    other.to_csv(tmp_path / "other.csv", index=False)
    mapping = {"columns": {"loan_id": {"join": ["design", "loan_id"]}}}
    found = book(folder, mapping, at=MONTH, beside=tmp_path / "other.csv", settings=QUICK)
    prices = found.tables["pricing"]
    designs = prices[prices["kind"] == "design"].set_index("name")
    assert set(designs.index) == {"S1 status quo", "S6 stage-gated hybrid"}
    assert designs[["raroc", "break_even_margin_pa"]].notna().all(axis=None)
    whole = prices[prices["kind"] == "total"].iloc[0]
    assert designs["net_income_eur"].sum() == pytest.approx(whole["net_income_eur"], abs=1e-6)
    owed = other.loc[other["defaulted"] == 0.0, "exposure_eur"].sum()
    assert designs.loc["S1 status quo", "exposure_eur"] == pytest.approx(owed, abs=0.01)


def test_a_run_is_in_euros(folder):
    with pytest.raises(hs.InputError, match="are in euros, not in USD"):
        book(folder, {"currency": "USD"}, at=MONTH, beside=small_tape())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"at": None}, "--at 60"),
        ({"at": 0.0}, "no loan is outstanding"),
        ({"at": MONTH, "replication": 99}, "replication"),
    ],
)
def test_what_is_missing_is_asked_for(folder, arguments, message):
    with pytest.raises(hs.InputError, match=message):
        book(folder, **arguments)


def test_each_future_is_simulated_with_draws_of_its_own(folder, monkeypatch):
    seeds = []

    def noted(*book, **asked):
        seeds.append(asked["seed"])
        return tail_risk(*book, **asked)

    monkeypatch.setattr(from_run, "tail_risk", noted)
    book(folder, at=MONTH, settings=QUICK)
    assert len(seeds) == len(set(seeds)) == 3
