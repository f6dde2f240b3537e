"""Closed forms beside the simulation of the same book."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from hybridsim.book.assembly import Assembly, assemble
from hybridsim.book.other_models import other_models
from hybridsim.book.settings import settings_of
from hybridsim.book.tape import read_tape
from hybridsim.credit import vasicek
from hybridsim.credit.tail.risk import tail_risk
from tests.book.books import small_tape
from tests.book.tapes import tape

ONE_FACTOR = {
    "lgd_sigma": 0.0, "lgd_economy": 0.0, "asset_correlation": 0.2,
    "economy_share": 1.0, "sector_share": 0.0, "land_share": 0.0,
}  # fmt: skip


def table_of(book: Assembly, level: float = 0.999, precision: float = 0.02) -> pd.DataFrame:
    risk = tail_risk(book.portfolio, book.dependence, level=level, precision=precision)
    return other_models(book.portfolio, book.dependence, risk, risk.expected_loss).set_index("model")


@pytest.mark.parametrize("state", [{}, {"economy": -1.5}])
def test_in_one_factor_the_exact_pool_is_what_is_simulated(state: dict[str, float]):
    """Through the cycle, and with last year's state known: then less of the risk is common."""
    settings = settings_of({"model": {**ONE_FACTOR, "state": state}})
    table = table_of(assemble(read_tape(small_tape(60)).frame, settings))
    simulated, exact = table.loc["simulated"], table.loc["one factor, exact"]
    assert exact["el_eur"] == pytest.approx(simulated["el_eur"], rel=0.06)
    assert exact["var_eur"] == pytest.approx(simulated["var_eur"], rel=0.04)
    assert exact["es_eur"] == pytest.approx(simulated["es_eur"], rel=0.03)


def test_equal_loans_have_vasicek_s_limit_and_its_published_adjustment():
    # PD 1 %, rho 0.2, n = 100, 99.9 %: 0.14553 and 0.16167 of what can be lost, exact 0.16 (section 16).
    settings = settings_of({"model": ONE_FACTOR})
    loans = tape(exposure_eur=[1e6] * 100, lgd=1.0, pd=0.01, sector="", land="")
    table = table_of(assemble(loans, settings))
    shares = table["var_eur"] / 1e8
    assert shares["one factor, limit"] == pytest.approx(vasicek.limit_quantile(0.999, 0.01, 0.2), rel=1e-9)
    assert shares["one factor, limit"] == pytest.approx(0.14553, abs=5e-6)
    assert shares["one factor, adjusted limit"] == pytest.approx(0.16167, abs=5e-6)
    assert shares["one factor, exact"] == pytest.approx(0.16)
    assert np.isnan(table.loc["one factor, limit", "es_eur"])


def test_creditrisk_plus_has_the_spread_of_the_gaussian_factor():
    """Of very many small loans the sector alone is left: a gamma law with the Vasicek law's variance."""
    from scipy import stats

    settings = settings_of({"model": ONE_FACTOR})
    loans = tape(exposure_eur=[1e3] * 4_000, lgd=0.5, pd=0.02, sector="", land="")
    table = table_of(assemble(loans, settings), precision=0.1)
    c = stats.norm.ppf(0.02)
    both = stats.multivariate_normal.cdf([c, c], cov=[[1.0, 0.2], [0.2, 1.0]])
    variance = both / 0.02**2 - 1.0
    exact = stats.gamma.ppf(0.999, 1.0 / variance, scale=variance) * 4_000 * 500.0 * 0.02
    assert table.loc["CreditRisk+", "el_eur"] == pytest.approx(40_000.0)
    # What the Poisson defaults add to the gamma factor's quantile is about one loss in two.
    assert table.loc["CreditRisk+", "var_eur"] == pytest.approx(exact, rel=0.01)
    assert "one factor, exact" not in table.index


def test_a_book_that_cannot_lose_has_the_simulation_alone():
    settings = settings_of({"model": ONE_FACTOR})
    table = table_of(assemble(tape(exposure_eur=[1e6] * 3, pd=0.0, sector="", land=""), settings))
    assert table.index.tolist() == ["simulated"]
    assert table.loc["simulated", "es_eur"] == 0.0


def test_what_a_guarantor_pays_is_no_loss_of_other_models_either():
    settings = settings_of({"model": ONE_FACTOR})
    tables = [
        table_of(
            assemble(tape(exposure_eur=[1e6] * 50, lgd=0.4, pd=0.01, sector="", land="", **cover), settings)
        )
        for cover in ({"cover_rate": 0.5, "guarantor_id": ["G"] * 50, "guarantor_pd": 0.0}, {})
    ]
    for name in ("one factor, limit", "one factor, exact", "CreditRisk+"):
        assert tables[0].loc[name, "var_eur"] == pytest.approx(0.5 * tables[1].loc[name, "var_eur"], rel=0.01)
