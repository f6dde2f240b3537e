"""From a tape to portfolio and dependence: thresholds, covers, pools, LGDs, and no row order."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from hybridsim.book.assembly import assemble
from hybridsim.book.settings import settings_of
from hybridsim.book.tape import read_tape
from hybridsim.core.errors import InputError
from hybridsim.credit.factor_state import point_in_time, through_the_cycle
from hybridsim.credit.factors import factor_model
from hybridsim.credit.portfolio import residuals
from hybridsim.credit.ratings import asset_correlation
from tests.book.tapes import tape

HEAD = ("loan_id", "obligor_id", "exposure_eur", "pd", "lgd", "sector", "land", "turnover_eur")
ROWS = [
    ("L1", "A", 100.0, 0.01, 0.4, "care", "BY", 5e6),
    ("L2", "A", 900.0, 0.01, 0.5, "hospital", "BY", 5e6),
    ("L3", "B", 200.0, 0.05, 0.6, "care", "", 50e6),
    ("L4", "C", 300.0, 0.02, 0.7, "", "", np.nan),
]


def frame_of(rows=ROWS, head=HEAD, **columns):
    return read_tape(pd.DataFrame(rows, columns=list(head)).assign(**columns)).frame


def assembled(settings=None, **columns):
    return assemble(frame_of(**columns), settings_of(settings or {}))


def test_asset_correlations_are_those_of_basel_and_the_loadings_have_them():
    book = assembled()
    wanted = [asset_correlation(0.01, 5e6), asset_correlation(0.05, 50e6), asset_correlation(0.02, 50e6)]
    assert book.obligors["obligor_id"].tolist() == ["A", "B", "C"]
    assert book.obligors["r2"].to_numpy() == pytest.approx(wanted, rel=1e-12)
    assert residuals(book.portfolio, book.dependence.factors) ** 2 == pytest.approx(1 - np.array(wanted))


def test_loadings_share_out_r2_and_what_is_unknown_goes_to_the_economy():
    book = assembled({"model": {"asset_correlation": 0.2}})
    assert book.dependence.factors.names == ("economy", "land:BY", "sector:care", "sector:hospital")
    squares = book.portfolio.loadings**2 / 0.2
    # A's larger loan is in hospitals; B has no Land; C has neither.
    assert squares == pytest.approx(np.array([[0.6, 0.1, 0, 0.3], [0.7, 0, 0.3, 0], [1, 0, 0, 0]]))
    assert "1 times an obligor has a second sector: that of its largest exposure counts" in book.notes


def test_the_order_of_rows_changes_nothing():
    rng = np.random.default_rng(3)
    size = 200
    frame = pd.DataFrame(
        {
            "loan_id": [f"L{number}" for number in range(size)],
            "obligor_id": [f"O{number % 70}" for number in range(size)],
            "exposure_eur": rng.lognormal(10, 1, size),
            "pd": rng.uniform(0.001, 0.1, size),
            "sector": rng.choice(["a", "b", ""], size),
            "land": rng.choice(["x", "y", "z"], size),
            "guarantor_id": rng.choice(["G", "H", "O3", ""], size),
            "guarantor_pd": 0.01,
            "cover_cap_eur": rng.choice([1e4, 2e4], size),
            "turnover_eur": rng.choice([1e6, 2e7, np.nan], size),
        }
    )
    frame["cover_rate"] = np.where((frame["guarantor_id"] == "") | (frame["obligor_id"] == "O3"), 0.0, 0.5)
    frame["guarantor_id"] = frame["guarantor_id"].where(frame["obligor_id"] != "O3", "")
    books = []
    for order in (np.arange(size), rng.permutation(size)):
        tape = read_tape(frame.iloc[order])
        assert len(tape.rejected) == 0
        books.append(assemble(tape.frame, settings_of({})))
    one, two = books
    for name in vars(one.portfolio):
        assert np.array_equal(getattr(one.portfolio, name), getattr(two.portfolio, name)), name
    assert one.dependence.factors.names == two.dependence.factors.names
    pd.testing.assert_frame_equal(one.obligors, two.obligors)
    dropped = "source_row"
    pd.testing.assert_frame_equal(one.loans.drop(columns=dropped), two.loans.drop(columns=dropped))


@pytest.mark.parametrize(
    ("seniority", "collateral", "lgd"),
    [
        # Exposure 1,000: the collateral counts with 60 %, the covered part loses 25 %.
        ("senior", 0.0, 0.40),
        ("senior", 500.0, 0.40 * 0.7 + 0.25 * 0.3),
        ("senior", 5000.0, 0.25),
        ("junior", 0.0, 0.75),
        ("junior", 500.0, 0.75 * 0.7 + 0.25 * 0.3),
    ],
)
def test_the_lgd_follows_from_seniority_and_collateral_where_none_is_given(seniority, collateral, lgd):
    head = ("loan_id", "obligor_id", "exposure_eur", "pd", "seniority", "collateral_eur", "lgd")
    rows = [
        ("L", "A", 1000.0, 0.01, seniority, collateral, np.nan),
        ("M", "B", 1.0, 0.01, "senior", 0.0, 0.33),
    ]
    assert assemble(frame_of(rows, head), settings_of({})).portfolio.lgd == pytest.approx([lgd, 0.33])


COVER = (*HEAD[:4], "guarantor_id", "cover_rate", "guarantor_pd", "cover_cap_eur", "defaulted", "lgd")


def covered(*rows, settings=None):
    return assemble(frame_of(rows, COVER), settings_of(settings or {}))


def test_guarantors_that_can_fail_are_obligors_and_others_are_not():
    book = covered(
        ("L1", "A", 100.0, 0.01, "Bank", 0.5, 0.002, np.nan, 0, 0.4),
        ("L2", "B", 100.0, 0.02, "A", 0.5, np.nan, np.nan, 0, 0.4),
        ("L3", "C", 100.0, 0.03, "State", 0.8, 0.0, np.nan, 0, 0.4),
        ("L4", "D", 100.0, 0.03, "", 0.0, np.nan, np.nan, 0, 0.4),
        settings={"model": {"pays_in_default": 0.25}},
    )
    assert book.obligors["obligor_id"].tolist() == ["A", "B", "Bank", "C", "D"]
    assert book.obligors["borrower"].tolist() == [True, True, False, True, True]
    assert book.portfolio.pd.tolist() == [0.01, 0.02, 0.002, 0.03, 0.03]
    assert book.portfolio.guarantor.tolist() == [2, 0, -1, -1]
    assert book.portfolio.cover.tolist() == [0.5, 0.5, 0.8, 0.0]
    assert book.portfolio.obligor.tolist() == [0, 1, 3, 4]
    assert set(book.portfolio.pays_in_default.tolist()) == {0.25}


def test_loans_in_default_are_kept_apart_with_all_that_their_obligor_owes_and_guarantees():
    book = covered(
        ("L1", "A", 100.0, 0.01, "", 0.0, np.nan, np.nan, 1, 0.4),
        ("L2", "A", 100.0, 0.01, "", 0.0, np.nan, np.nan, 0, 0.4),
        ("L3", "B", 100.0, 0.02, "A", 0.8, np.nan, np.nan, 0, 0.4),
        ("L4", "C", 100.0, 1.0, "", 0.0, np.nan, np.nan, 0, 0.4),
        settings={"model": {"pays_in_default": 0.5}},
    )
    assert book.in_default["loan_id"].tolist() == ["L1", "L2", "L4"]
    assert book.loans["loan_id"].tolist() == ["L3"]
    assert (book.portfolio.cover.tolist(), book.portfolio.guarantor.tolist()) == ([0.4], [-1])


def test_a_cap_is_shared_by_the_covers_under_it_less_what_defaults_will_take():
    book = covered(
        ("L1", "A", 100.0, 0.01, "G", 0.5, 0.0, 1000.0, 0, 0.4),
        ("L2", "B", 100.0, 0.01, "G", 0.5, 0.0, 1000.0, 0, 0.4),
        ("L3", "C", 100.0, 0.01, "H", 0.5, 0.0, 1000.0, 0, 0.4),
        ("L4", "D", 100.0, 0.01, "H", 0.5, 0.0, np.nan, 0, 0.4),
        ("L5", "E", 200.0, 0.01, "G", 0.5, 0.0, 1000.0, 1, 0.6),
    )
    assert book.portfolio.pool.tolist() == [0, 0, 1, -1]
    assert book.portfolio.pool_cap_eur.tolist() == [1000.0 - 0.5 * 0.6 * 200.0, 1000.0]


def test_a_point_in_time_is_that_of_the_factor_process():
    settings = {"model": {"state": {"economy": -2.0}, "persistence": 0.5}}
    state = assembled(settings).dependence.factors
    process = factor_model(state.names, (0.5 * np.eye(4)).tolist(), np.eye(4).tolist())
    wanted = point_in_time(process, [-2.0, 0.0, 0.0, 0.0])
    assert state.mean == pytest.approx(wanted.mean)
    assert state.root == pytest.approx(wanted.root)


def test_stresses_move_or_give_factors():
    moved = assembled({"model": {"shift": {"economy": -1.5}, "given": {"sector:care": -2.0}}})
    assert moved.dependence.factors.mean.tolist() == [-1.5, 0.0, -2.0, 0.0]
    root = moved.dependence.factors.root
    assert root @ root.T == pytest.approx(np.diag([1.0, 1.0, 0.0, 1.0]))


def test_a_t_copula_has_its_degrees_of_freedom():
    assert assembled({"model": {"copula": "t"}}).dependence.degrees_of_freedom == 4.0
    assert assembled().dependence.degrees_of_freedom == np.inf


def test_factors_of_a_run_come_with_their_loadings():
    model = factor_model(["economy", "labour"], np.zeros((2, 2)).tolist(), [[1.0, 0.5], [0.5, 1.0]])
    frame = frame_of().assign(loading_economy=0.3, loading_labour=[0.2, 0.2, 0.0, -0.1])
    book = assemble(frame, settings_of({}), through_the_cycle(model))
    assert book.portfolio.loadings.tolist() == [[0.3, 0.2], [0.3, 0.0], [0.3, -0.1]]
    assert book.obligors["r2"].tolist() == pytest.approx([0.09 + 0.04 + 0.06, 0.09, 0.09 + 0.01 - 0.03])
    with pytest.raises(InputError, match="loading_labour: is missing"):
        assemble(frame.drop(columns="loading_labour"), settings_of({}), through_the_cycle(model))


@pytest.mark.parametrize(
    ("settings", "columns", "message"),
    [
        ({"model": {"shift": {"econmy": -1.0}}}, {}, "did you mean 'economy'"),
        ({"model": {"state": {"land:BE": -1.0}}}, {}, "'land:BE' is no factor of this book"),
        ({}, {"defaulted": 1}, "no loan that is not in default"),
    ],
)
def test_what_cannot_be_assembled_is_refused_with_the_remedy(settings, columns, message):
    with pytest.raises(InputError, match=message):
        assembled(settings, **columns)


def test_too_many_factors_are_refused_with_the_remedy():
    rows = [(f"L{n}", f"O{n}", 1000.0, 0.01, 0.4, f"S{n}", "", np.nan) for n in range(250)]
    with pytest.raises(InputError, match="more than 200 factors; shorten"):
        assemble(frame_of(rows), settings_of({}))


def test_loans_that_share_a_cap_are_told():
    loans = tape(
        exposure_eur=[1e6] * 4, cover_rate=0.5, guarantor_id=["G", "G", "G", "H"], guarantor_pd=0.0,
        cover_cap_eur=[9e5, 9e5, 8e5, 8e5],
    )  # fmt: skip
    (note,) = [note for note in assemble(loans, settings_of({})).notes if "share one cap" in note]
    assert note.startswith("2 loans under 'G' share one cap of 900,000.00: a cap is what")
    alone = loans.assign(cover_cap_eur=[9e5, 8e5, 7e5, 8e5])
    assert not any("share one cap" in note for note in assemble(alone, settings_of({})).notes)
