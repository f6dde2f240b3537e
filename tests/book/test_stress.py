"""Stresses of an assembled book: by hand, in order, and with the caller's tail."""

import numpy as np
import pytest
from scipy import stats

from hybridsim.book.amortisation import contracts
from hybridsim.book.assembly import Assembly, assemble
from hybridsim.book.expecting import loss_share
from hybridsim.book.settings import settings_of
from hybridsim.book.stress import moved_ratings, stress_table, stressed_state
from hybridsim.credit.portfolio import Dependence
from tests.book.tapes import tape

SETTINGS = settings_of(
    {"model": {"asset_correlation": 0.16, "economy_share": 1.0, "sector_share": 0.0, "land_share": 0.0,
               "lgd_sigma": 0.0, "lgd_economy": 0.0}}
)  # fmt: skip


def assembled(**columns) -> Assembly:
    return assemble(tape(**columns), SETTINGS)


def table_of(book: Assembly, states, **arguments):
    return stress_table(
        book.portfolio,
        book.dependence,
        states,
        tape=book.loans,
        loans=contracts(book.loans),
        rules=SETTINGS.rules,
        persistence=SETTINGS.model.persistence,
        **arguments,
    ).set_index("stress")


def test_a_given_economy_stresses_losses_as_vasicek_says():
    book = assembled(exposure_eur=[1e6, 2e6], pd=[0.01, 0.04], lgd=[0.4, 0.5])
    bad = stressed_state(book.dependence.factors, {}, {"economy": -2.0})
    table = table_of(book, {"recession": bad})
    chances = stats.norm.cdf((stats.norm.ppf([0.01, 0.04]) + 0.4 * 2.0) / np.sqrt(0.84))
    assert table.loc["baseline", "expected_loss_eur"] == 44_000.0
    by_hand = 0.4 * 1e6 * chances[0] + 0.5 * 2e6 * chances[1]
    assert table.loc["recession", "expected_loss_eur"] == pytest.approx(by_hand, abs=0.01)
    assert table.loc["recession", "default_rate"] == pytest.approx((chances[0] + 2 * chances[1]) / 3)
    assert table.loc["recession", "expected_loss_change_eur"] == pytest.approx(by_hand - 44_000.0, abs=0.01)
    # Both PDs have more than doubled and by more than half a point: all is in stage 2.
    assert table.loc["recession", "stage_2_eur"] == 3e6
    assert table.loc["baseline", "stage_2_eur"] == 0.0


def test_one_year_without_interest_is_provided_for_as_expected():
    # All principal at the end of twelve months: the 12-month loss is the year's expected loss.
    book = assembled(exposure_eur=[1e6], pd=[0.03], maturity_months=12.0, repayment=["bullet"], rate_pa=0.0)
    states = {"bad": stressed_state(book.dependence.factors, {"economy": -1.0})}
    table = table_of(book, states)
    assert table["ecl_eur"].tolist() == pytest.approx(table["expected_loss_eur"].tolist(), abs=0.02)
    assert table.loc["bad", "ecl_eur"] == pytest.approx(
        4e5 * stats.norm.cdf(stats.norm.ppf(0.03) + 0.4), abs=0.02
    )


def test_provisions_follow_a_stress_as_it_drifts_back():
    # A bullet of two years in stage 2: Vasicek in the first year, half the state and its rest in the second.
    book = assembled(exposure_eur=[1e6], pd=[0.01], maturity_months=24.0, rate_pa=0.0)
    bad = stressed_state(book.dependence.factors, {}, {"economy": -2.0})
    threshold = stats.norm.ppf(0.01)
    first = stats.norm.cdf((threshold + 0.4 * 2.0) / np.sqrt(1 - 0.16))
    second = stats.norm.cdf((threshold + 0.4 * 1.0) / np.sqrt(1 - 0.16 * 0.25))
    by_hand = 4e5 * (1.0 - (1.0 - first) * (1.0 - second))
    assert table_of(book, {"bad": bad}).loc["bad", "ecl_eur"] == pytest.approx(by_hand, abs=0.01)


def test_worse_stresses_cost_more_of_everything():
    rng = np.random.default_rng(5)
    book = assembled(
        exposure_eur=list(rng.uniform(1e5, 3e6, 40)),
        pd=rng.uniform(0.001, 0.08, 40),
        guarantor_id=["G"] * 40,
        guarantor_pd=0.01,
        cover_rate=rng.uniform(0, 0.8, 40),
    )
    states = {
        f"economy {by}": stressed_state(book.dependence.factors, {"economy": by}) for by in (1.0, -1.0, -2.0)
    }
    table = table_of(book, states)
    for name in ("expected_loss_eur", "gross_expected_loss_eur", "ecl_eur", "rwa_eur", "default_rate"):
        good, usual, bad, worse = table.loc[["economy 1.0", "baseline", "economy -1.0", "economy -2.0"], name]
        assert good < usual < bad < worse
    assert (table["expected_loss_eur"] < table["gross_expected_loss_eur"]).all()


def test_the_tail_is_the_caller_s():
    book = assembled()
    seen = []

    def tail(dependence: Dependence) -> tuple[float, float]:
        seen.append(dependence.factors.mean[0])
        return 100.0 - dependence.factors.mean[0], 200.0

    table = table_of(book, {"bad": stressed_state(book.dependence.factors, {"economy": -1.5})}, tail=tail)
    assert seen == [0.0, -1.5]
    assert table["var_eur"].tolist() == [100.0, 101.5]
    assert table["var_change_eur"].tolist() == [0.0, 1.5]
    assert "var_eur" not in table_of(book, {}).columns


def test_a_default_costs_what_the_guarantor_leaves_open():
    book = assembled(exposure_eur=[1e6], cover_rate=0.5, guarantor_id=["G"], guarantor_pd=0.0)
    assert loss_share(book.portfolio, book.dependence) == pytest.approx([0.2])
    fallible = assembled(exposure_eur=[1e6], cover_rate=0.5, guarantor_id=["G"], guarantor_pd=0.05)
    # Double default: the guarantor fails more often when the borrower does.
    own = np.full((2, 2), 0.16) + np.eye(2) * 0.84
    together = stats.multivariate_normal.cdf(stats.norm.ppf([0.01, 0.05]), cov=own) / 0.01
    by_hand = 0.4 * (0.5 + 0.5 * together)
    assert together > 0.05
    assert loss_share(fallible.portfolio, fallible.dependence) == pytest.approx([by_hand], rel=1e-5)


def test_capital_under_stress_knows_the_settings_guarantors():
    book = assembled(cover_rate=0.5, guarantor_id=["KfW"], guarantor_pd=float("nan"))
    rules = SETTINGS.rules.model_copy(update={"guarantor_weights": {"KfW": 0.0}, "approach": "standardised"})
    arguments = {"tape": book.loans, "loans": contracts(book.loans), "persistence": 0.5}
    table = stress_table(book.portfolio, book.dependence, {}, rules=rules, **arguments)
    assert table["rwa_eur"].tolist() == [500_000.0]


def test_loans_that_cannot_default_have_their_lgd_after_cover():
    book = assembled(pd=[0.0, 0.01], cover_rate=0.25, guarantor_id=["G", "G"], guarantor_pd=0.0)
    assert loss_share(book.portfolio, book.dependence) == pytest.approx([0.3, 0.3])


def test_ratings_move_as_far_as_the_year_and_only_with_it():
    rating, usual = np.array([0.0, 0.01, 0.02, 1.0]), np.array([0.0, 0.03, 0.004, 1.0])
    assert moved_ratings(rating, usual, usual).tolist() == rating.tolist()
    worse = np.array([0.0, 0.06, 0.01, 1.0])
    moved = moved_ratings(rating, usual, worse)
    assert moved[[0, 3]].tolist() == [0.0, 1.0]
    by_hand = stats.norm.cdf(
        stats.norm.ppf([0.01, 0.02]) + stats.norm.ppf(worse[1:3]) - stats.norm.ppf(usual[1:3])
    )
    assert moved[1:3] == pytest.approx(by_hand, rel=1e-12)
    # Through the cycle the rating is the usual PD, so that it becomes the stressed one.
    assert moved_ratings(worse, worse, usual) == pytest.approx(usual, rel=1e-12)


def test_a_known_state_moves_the_losses_but_not_the_baselines_capital():
    book = assembled(pd=[0.01, 0.03], exposure_eur=[1e6, 1e6])
    known = stressed_state(book.dependence.factors, {"economy": -1.0})
    now = Assembly(**{**vars(book), "dependence": Dependence(known, economy=book.dependence.economy)})
    calm, bad = table_of(book, {"bad": known}), table_of(now, {})
    assert bad.loc["baseline", "expected_loss_eur"] == calm.loc["bad", "expected_loss_eur"]
    assert bad.loc["baseline", "capital_eur"] == calm.loc["baseline", "capital_eur"]
    assert calm.loc["bad", "capital_eur"] > calm.loc["baseline", "capital_eur"]


@pytest.mark.parametrize(("reach", "cap"), [(1.0, np.nan), (1.0, 1e9), (0.5, 6_000.0), (0.0, 0.0)])
def test_pools_pay_provisions_as_far_as_their_caps_reach(reach: float, cap: float):
    """Claims of 0.6 x 0.4 x 2 % x 5 m = 24,000 in the year: a cap of 12,000 pays half of them."""
    book = assembled(
        exposure_eur=[2.5e6, 2.5e6], pd=0.02, maturity_months=12.0, repayment=["bullet"] * 2, rate_pa=0.0,
        cover_rate=0.6, cover_cap_eur=[2 * cap] * 2, guarantor_id=["G"] * 2, guarantor_pd=0.0,
    )  # fmt: skip
    by_hand = 0.02 * 0.4 * 5e6 * (1.0 - 0.6 * reach)
    assert table_of(book, {}).loc["baseline", "ecl_eur"] == pytest.approx(by_hand, abs=0.03)
