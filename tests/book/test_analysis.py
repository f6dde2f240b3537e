"""A book analysed from tape to tables: against independent figures, in whatever order the work is done."""

from __future__ import annotations

import numpy as np
import pytest

import hybridsim as hs
from hybridsim.book import analysis
from hybridsim.book.api import book
from hybridsim.book.store import load_book
from hybridsim.credit.distribution import bands
from hybridsim.credit.finite_pool import one_factor_losses
from tests.book.books import QUICK, small_tape


@pytest.fixture(scope="module")
def found():
    return book(small_tape(), settings=QUICK, workers=1)


def total(found, metric, scope="total"):
    rows = found.metrics[(found.metrics["metric"] == metric) & (found.metrics["scope"] == scope)]
    return rows.iloc[0]


def test_the_expected_loss_is_the_sum_of_its_loans_products(found):
    tape = small_tape()
    expected = (tape["pd"] * tape["lgd"] * tape["exposure_eur"] * (1.0 - tape["cover_rate"])).sum()
    assert total(found, "expected_loss_eur")["value"] == pytest.approx(expected, abs=0.2)
    assert np.isnan(total(found, "expected_loss_eur")["se"])
    saved = (tape["pd"] * tape["lgd"] * tape["exposure_eur"] * tape["cover_rate"]).sum()
    assert total(found, "guarantee_el_eur")["value"] == pytest.approx(saved, abs=0.2)


def test_the_tail_is_that_of_the_exact_finite_book():
    tape = small_tape(40, cover=False).assign(sector="", land="")
    tape["obligor_id"] = tape["loan_id"]
    settings = {
        "model.asset_correlation": 0.2, "model.lgd_sigma": 0.0, "model.lgd_economy": 0.0,
        "simulation.precision": 0.03, "simulation.max_scenarios": 65_536,
        "stress.losses_eur": [300_000.0],
    }  # fmt: skip
    found = book(tape, settings=settings)
    loss = (tape["lgd"] * tape["exposure_eur"]).to_numpy()
    exact = one_factor_losses(bands(loss, tape["pd"].to_numpy(), 500.0), 0.2)
    grid = np.arange(exact.probabilities.size) * exact.unit_eur
    beyond = 1.0 - np.cumsum(exact.probabilities)
    var = grid[np.argmax(beyond <= 0.001)]
    es = var + float(exact.probabilities @ np.maximum(grid - var, 0.0)) / 0.001
    for metric, value in (("loss_var_eur", var), ("loss_es_eur", es)):
        row = total(found, metric)
        width = row["ci_high"] - row["ci_low"]
        assert row["ci_low"] - 0.5 * width < value < row["ci_high"] + 0.5 * width + 40 * 500.0
    assert found.notes[0].startswith("40 of 40 obligors have no")


def test_contributions_of_every_kind_add_up_to_the_cent(found):
    whole = {name: round(100 * total(found, metric)["value"]) for name, metric in (
        ("es_eur", "loss_es_eur"), ("var_eur", "loss_var_eur"), ("el_eur", "expected_loss_eur"),
    )}  # fmt: skip
    for kind, part in found.contributions.groupby("kind"):
        for name, cents in whole.items():
            assert sum(round(100 * value) for value in part[name]) == cents, kind
    assert "group" not in set(found.contributions["kind"])


def test_the_baseline_of_the_stresses_is_the_book():
    """With a cap that binds, a loan in default and a known state: the same loss and capital as elsewhere."""
    tape = small_tape(cap=50_000.0)
    tape["defaulted"] = [1.0] + [0.0] * (len(tape) - 1)
    found = book(tape, settings={**QUICK, "model.state": {"economy": -0.5}})
    stress = found.tables["stresses"].set_index("stress")
    loss = total(found, "expected_loss_eur")
    assert stress.loc["baseline", "el_eur"] == loss["value"]
    assert stress.loc["baseline", "el_low_eur"] == loss["ci_low"] < loss["value"]
    assert stress.loc["baseline", "capital_eur"] == total(found, "capital_eur")["value"]
    assert stress.loc["baseline", "var_eur"] == pytest.approx(
        total(found, "loss_var_eur")["value"], abs=0.005
    )
    bad = stress.loc["very bad year"]
    assert bad["el_low_eur"] < bad["el_eur"] < bad["el_high_eur"]
    assert bad["el_eur"] > stress.loc["baseline", "el_high_eur"]
    assert bad["capital_eur"] > stress.loc["baseline", "capital_eur"]


def test_guarantees_whose_pools_are_empty_help_in_no_reverse_stress():
    capped, bare = (
        book(tape, settings=QUICK).tables["reverse_stress"]
        for tape in (small_tape(cap=0.0), small_tape().assign(cover_rate=0.0, guarantor_id=""))
    )
    for reach in ("all", "economy"):
        states = [table[table["reach"] == reach].set_index("factor")["state_sd"] for table in (capped, bare)]
        assert states[0].to_dict() == pytest.approx(states[1].to_dict(), abs=0.002)


def test_a_year_known_to_be_bad_moves_provisions_as_it_moves_losses():
    """Bullets of one year without interest: weighted over courses that average out, both are one figure."""
    tape = small_tape(cover=False).assign(
        maturity_months=12, repayment="bullet", rate_pa=0.0, sector="", land=""
    )
    spread = {"economy": np.sqrt(3.0)}
    courses = {  # Gauss and Hermite's rule with three nodes
        "bad": {"weight": 1 / 6, "economy": -spread["economy"]},
        "base": {"weight": 2 / 3, "economy": 0.0},
        "good": {"weight": 1 / 6, "economy": spread["economy"]},
    }
    for state in ({}, {"economy": -2.0}):
        fixed = {"model.state": state, "model.lgd_sigma": 0.0, "model.lgd_economy": 0.0}
        found = book(tape, settings={**QUICK, **fixed, "rules.scenarios": courses})
        provided, lost = total(found, "ecl_12m_eur")["value"], total(found, "expected_loss_eur")["value"]
        assert provided == pytest.approx(lost, rel=0.02)
    usual = book(tape, settings={**QUICK, "rules.scenarios": courses})
    assert provided > 1.5 * total(usual, "ecl_12m_eur")["value"]


def defaults_by_factor(loans):
    """Sum of what loans lose times their obligors' weights, by factor but the economy (R2 by Basel)."""
    from hybridsim.credit.irb import corporate_correlation

    r2 = corporate_correlation(loans["pd"].to_numpy(), np.full(len(loans), np.nan))
    found = {}
    for column, share in (("land", 0.1), ("sector", 0.3)):
        moved = loans["weight"] * np.sqrt(share * r2)
        found |= {f"{column}:{name}": amount for name, amount in moved.groupby(loans[column]).sum().items()}
    return found


@pytest.fixture(scope="module")
def stored(tmp_path_factory, found):
    def store(name, **more):
        folder = tmp_path_factory.mktemp("books") / name
        book(small_tape(), settings=QUICK, out=folder, **more)
        return load_book(folder).digest

    return store("a", workers=1), store


def test_neither_workers_nor_the_folder_change_a_bit(stored):
    digest, store = stored
    assert store("another name", workers=2) == digest


def test_the_order_of_rows_changes_no_bit(stored, tmp_path):
    shuffled = small_tape().sample(frac=1.0, random_state=5).reset_index(drop=True)
    book(shuffled, settings=QUICK, out=tmp_path / "b", workers=2)
    assert load_book(tmp_path / "b").digest == stored[0]


def test_another_seed_changes_the_tail_and_not_the_rules(found):
    other = book(small_tape(), settings=QUICK, seed=2, workers=1)
    assert total(other, "loss_es_eur")["value"] != total(found, "loss_es_eur")["value"]
    for metric in ("expected_loss_eur", "capital_eur", "ecl_eur"):
        assert total(other, metric)["value"] == total(found, metric)["value"]


def test_what_ai_loans_add_is_the_difference_of_two_books():
    found = book(small_tape(ai=True), settings=QUICK)
    added = total(found, "added_es_eur", "part:ai")
    base = total(found, "base_es_eur", "part:book")
    assert added["value"] + base["value"] == pytest.approx(total(found, "loss_es_eur")["value"], abs=0.02)
    more, before = total(found, "added_var_eur", "part:ai"), total(found, "base_var_eur", "part:book")
    assert more["value"] + before["value"] == pytest.approx(total(found, "loss_var_eur")["value"], abs=0.02)
    assert before["value"] < base["value"]
    of_ai = found.loans.loc[found.loans["part"] == "ai", "el_eur"].sum()
    assert total(found, "added_el_eur", "part:ai")["value"] == pytest.approx(of_ai, abs=0.005)
    capped = book(small_tape(ai=True, cap=50_000.0), settings=QUICK)
    loss, of_ai = total(capped, "added_el_eur", "part:ai"), capped.loans.query("part == 'ai'")["el_eur"].sum()
    assert abs(loss["value"] - of_ai) < 3.0 * loss["se"] < 0.5 * of_ai
    tape = small_tape(ai=True)
    alone = book(tape[tape["part"] == "book"], settings=QUICK)
    row = total(alone, "loss_es_eur")
    assert abs(base["value"] - row["value"]) < 3 * (
        base["ci_high"] - base["ci_low"] + row["ci_high"] - row["ci_low"]
    )


def test_loans_in_default_are_provisioned_and_not_simulated():
    tape = small_tape(cover=False)
    tape["defaulted"] = np.where(tape["obligor_id"] == "Haus 03", 1, 0)
    found = book(tape, settings=QUICK)
    bad = found.loans[found.loans["obligor_id"] == "Haus 03"]
    assert (bad["pd"] == 1.0).all()
    assert (bad["stage"] == 3).all() and (bad[["el_eur", "es_eur"]] == 0.0).all(axis=None)
    assert bad["ecl_eur"].to_numpy() == pytest.approx(0.45 * bad["exposure_eur"].to_numpy(), abs=0.01)
    assert total(found, "defaulted_loans")["value"] == 2
    assert "2 loans of obligors in default are not simulated" in found.notes


def test_a_loan_in_default_has_the_cover_of_a_guarantor_that_stands():
    tape = small_tape(names=6, cover=False)
    tape["obligor_id"] = list("ABCDEF")
    tape["pd"] = [1.0, 1.0, 1.0, 0.4, 0.01, 0.02]
    tape["guarantor_id"] = ["B", "", "D", "", "", ""]
    tape["cover_rate"] = [0.9, 0.0, 0.9, 0.0, 0.0, 0.0]
    found = book(tape, settings=QUICK).loans
    # By hand: B has failed, too, and pays nothing; D will with its PD of 40 %.
    lost = 0.45 * found["exposure_eur"].to_numpy()[:3]
    assert found["ecl_eur"].tolist()[:3] == pytest.approx(lost * [1.0, 1.0, 1.0 - 0.9 * 0.6], abs=0.01)


def test_a_cap_that_can_bind_makes_the_expected_loss_an_estimate():
    found = book(small_tape(cap=40_000.0), settings=QUICK)
    row = total(found, "expected_loss_eur")
    assert row["ci_high"] - row["ci_low"] == pytest.approx(2.0 * 1.96 * row["se"], rel=1e-3)
    others = [
        total(book(small_tape(cap=40_000.0), settings=QUICK, seed=seed), "expected_loss_eur")["value"]
        for seed in range(2, 8)
    ]
    # The spread of six further runs: chi-squared with five degrees, its 0.05 % to its 99.95 % quantile.
    assert 0.17 < np.std(others, ddof=1) / row["se"] < 2.2
    free = total(book(small_tape(), settings=QUICK), "expected_loss_eur")["value"]
    bare = total(book(small_tape(cover=False), settings=QUICK), "expected_loss_eur")["value"]
    assert free < row["value"] < bare


def test_worse_years_cost_more_and_are_stated(found):
    table = found.tables["stresses"].set_index("stress")
    assert list(table.index) == ["baseline", "bad year", "very bad year", table.index[3]]
    assert table.loc["baseline", "el_eur"] == total(found, "expected_loss_eur")["value"]
    assert table["el_eur"].iloc[:3].is_monotonic_increasing
    assert table["capital_eur"].iloc[:3].is_monotonic_increasing
    assert table.loc["very bad year", "text"] == "economy at -2.33"
    assert table["ecl_eur"].iloc[:3].is_monotonic_increasing
    for name in ("var", "es"):
        assert (np.diff(table[f"{name}_eur"].iloc[:3]) > 0.0).all()
        ordered = table[[f"{name}_low_eur", f"{name}_eur", f"{name}_high_eur"]].to_numpy()
        assert (np.diff(ordered) > 0.0).all()
    loans = found.loans.assign(weight=found.loans["pd"] * found.loans["lgd"] * found.loans["exposure_eur"])
    # All obligors of the tape stand in one Land, so it moves more than any sector if its share of R2 is as
    # large; the factor with the largest sum of weights is the one that is stressed.
    shares = defaults_by_factor(loans)
    assert table["text"].iloc[3] == f"{max(shares, key=shares.get)} at -2.33"


def test_concentration_is_that_of_the_exposures(found):
    owed = found.loans.groupby("obligor_id")["exposure_eur"].sum().sort_values(ascending=False)
    share = (owed / owed.sum()).to_numpy()
    table = found.tables["concentration"].set_index(["kind", "measure"])
    row = table.loc[("obligor", "exposure")]
    assert row["hhi"] == pytest.approx((share**2).sum())
    assert row["effective_names"] == pytest.approx(1.0 / (share**2).sum())
    assert (row["top_share"], row["top10_share"]) == pytest.approx((share[0], share[:10].sum()))
    pairs = np.abs(share[:, None] - share[None, :]).sum() / (2.0 * share.size**2 * share.mean())
    assert row["gini"] == pytest.approx(pairs)
    instruments = found.loans["instrument"].nunique()
    assert table.loc[("instrument", "es"), "names"] == instruments == 2
    assert ("land", "exposure") not in table.index
    lorenz = found.tables["lorenz"].query("kind == 'obligor' and measure == 'exposure'")
    assert lorenz[["names_share", "held_share"]].iloc[[0, -1]].to_numpy().tolist() == [[0.0, 0.0], [1.0, 1.0]]
    assert lorenz["held_share"].iloc[-2] == pytest.approx(1.0 - share[0])
    assert set(found.tables["lorenz"]["kind"]) == {"obligor", "group"} & {*found.contributions["kind"]}


def test_stresses_and_losses_can_be_asked_for():
    years = {"sector trouble": {"shift": {"sector:hospital": -2.0}}}
    found = book(small_tape(), settings={**QUICK, "stress.years": years})
    assert list(found.tables["stresses"]["stress"]) == ["baseline", "sector trouble"]
    assert set(found.tables["reverse_stress"]["loss_eur"]) == {300_000.0}
    with pytest.raises(hs.InputError, match=r"stress\.years\.x.*'sector:hospitl' is unknown"):
        book(small_tape(), settings={**QUICK, "stress.years": {"x": {"given": {"sector:hospitl": -1.0}}}})


def test_the_state_of_a_reverse_stress_costs_what_was_asked(found):
    table = found.tables["reverse_stress"]
    alone = table[table["reach"] == "economy"].iloc[0]
    again = book(
        small_tape(),
        settings={**QUICK, "stress.years": {"again": {"given": {"economy": float(alone["state_sd"])}}}},
    )
    cost = again.tables["stresses"].set_index("stress").loc["again", "el_eur"]
    assert cost == pytest.approx(alone["loss_eur"], rel=0.005)
    together = table[table["reach"] == "all"]
    assert together["probability"].iloc[0] >= alone["probability"]


def test_the_package_is_called_by_its_name(found):
    assert hs.book(small_tape(), settings=QUICK, workers=2).metrics.equals(found.metrics)


def test_an_interruption_stores_nothing(tmp_path, monkeypatch):
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(analysis, "contributions", interrupted)
    with pytest.raises(KeyboardInterrupt):
        book(small_tape(), settings=QUICK, out=tmp_path / "book")
    assert list(tmp_path.iterdir()) == []


def test_an_occupied_folder_is_refused_before_anything_is_computed(tmp_path, monkeypatch):
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    monkeypatch.setattr("hybridsim.book.api.analyse", lambda *_, **__: pytest.fail("computed"))
    with pytest.raises(hs.InputError, match="not replaced"):
        book(small_tape(), out=tmp_path)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (["model.copula"], "write it as path=value"),
        (["model.copla=t"], "copla"),
        ({"simulation.level": 2.0}, "simulation.level"),
    ],
)
def test_wrong_settings_are_refused_with_their_names(settings, message):
    with pytest.raises(hs.InputError, match=message):
        book(small_tape(), settings=settings)
