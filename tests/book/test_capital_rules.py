"""Risk weights of a tape: published weights, articles by hand, and another implementation as a witness."""

from datetime import date

import numpy as np
import pytest

from hybridsim.book.amounts import total
from hybridsim.book.capital_rules import capital_summary, loan_capital, output_floor_years
from hybridsim.book.guarantees import covered_eur, guarantor_weights, paid_share
from tests.book.tapes import tape

IRB = {"approach": "foundation_irb", "year": 2030}


def test_a_corporate_of_one_per_cent_has_the_published_weights():
    # BCBS, CRE99: PD 1 %, LGD 40 %, 2.5 years: 82.06 % (turnover 50 million), 64.35 % (5 million).
    table = loan_capital(tape(exposure_eur=[3e6, 3e6, 3e6], turnover_eur=[50e6, 5e6, float("nan")]), **IRB)
    assert table["weight_irb"].tolist() == pytest.approx([0.8206, 0.6435, 0.8206], abs=5e-5)
    assert table["weight_standardised"].tolist() == [1.0, 1.0, 1.0]
    # Both are SMEs that owe three million: (2.5 0.7619 + 0.5 0.85)/3 = 0.77658; an unknown turnover is none.
    assert table["sme_factor"].tolist() == pytest.approx([0.7765833, 0.7765833, 1.0])
    assert table["rwa_irb_eur"].iloc[0] == pytest.approx(3e6 * 0.8206 * 0.7765833, rel=1e-4)
    assert table["capital_eur"].iloc[2] == pytest.approx(3e6 * 0.8206 * 0.08, rel=1e-4)


def test_a_small_firm_is_retail_until_its_group_owes_a_million():
    table = loan_capital(
        tape(
            exposure_eur=[600_000.0, 400_000.0, 600_000.0, 400_001.0],
            group_id=["A", "A", "B", "B"],
            turnover_eur=1e6,
        ),
        approach="standardised",
        year=2030,
    )
    assert table["exposure_class"].tolist() == ["retail", "retail", "corporate", "corporate"]
    assert table["rwa_eur"].tolist() == pytest.approx(
        [342_855.0, 228_570.0, 457_140.0, 304_760.76], abs=0.005
    )


def test_defaults_and_junior_loans_have_their_own_weights():
    book = tape(seniority=["junior", "senior", "senior"], defaulted=[0.0, 1.0, 1.0], turnover_eur=60e6)
    table = loan_capital(book, provisions_eur=[0.0, 100_000.0, 200_000.0], **IRB)
    assert table["exposure_class"].tolist() == ["subordinated", "default", "default"]
    assert table["weight_standardised"].tolist() == [1.5, 1.5, 1.0]
    assert table["rwa_standardised_eur"].tolist() == [1.5e6, 1.35e6, 0.8e6]
    assert table["weight_irb"].tolist() == pytest.approx([0.8206 * 0.75 / 0.40, 0.0, 0.0], abs=1e-4)
    assert table["irb_expected_loss_eur"].tolist() == [7_500.0, 400_000.0, 400_000.0]


def test_a_subordinated_loan_has_the_sme_factor_under_irb_only():
    # Standardised, subordinated claims are a class of their own (Articles 112 and 128); the factor is for
    # retail, corporates and property (Article 501(2)(a)). Under IRB they are corporates.
    table = loan_capital(tape(seniority=["junior", "senior"], turnover_eur=60e5), **IRB)
    assert table["rwa_standardised_eur"].tolist() == [1.5e6, 750_000.0 * 0.7619]
    assert table["rwa_floor_eur"].tolist() == [1.5e6, 750_000.0 * 0.7619]
    assert table["rwa_irb_eur"].iloc[0] == pytest.approx(1e6 * table["weight_irb"].iloc[0] * 0.7619, abs=0.01)


def test_provisions_of_defaults_cover_no_other_expected_loss():
    # Article 159(2). Expected losses by hand: 40 % of a million in default, 1 % of 40 % of another million.
    table = loan_capital(tape(exposure_eur=[1e6, 1e6], defaulted=[1.0, 0.0]), **IRB)
    for provided, missing in (
        ([500_000.0, 1_000.0], 3_000.0),
        ([390_000.0, 1_000.0], 13_000.0),
        ([390_000.0, 9_000.0], 5_000.0),
        ([500_000.0, 9_000.0], 0.0),
    ):
        summary = capital_summary(
            table, approach="foundation_irb", year=2030, capital_ratio=0.08, provisions_eur=provided
        ).set_index("measure")
        assert summary.loc["irb_provision_shortfall", "capital_eur"] == missing


def test_the_expected_loss_of_irb_has_the_floor_of_the_pd():
    # CRR Article 160(1): 0.05 %.
    table = loan_capital(tape(pd=[0.0001, 0.0005, 0.001], turnover_eur=60e6), **IRB)
    assert table["irb_expected_loss_eur"].tolist() == [200.0, 200.0, 400.0]
    assert table["weight_irb"].iloc[0] == table["weight_irb"].iloc[1] < table["weight_irb"].iloc[2]


def test_a_guarantor_s_weight_takes_the_covered_part():
    book = tape(guarantor_id=["KFW", "BANK", "UNKNOWN", ""], cover_rate=[0.5, 0.8, 0.5, 0.0])
    table = loan_capital(book, known_guarantors={"KFW": 0.0, "BANK": 0.4}, **IRB)
    own = table["weight_irb"].iloc[0]
    assert table["rwa_standardised_eur"].tolist() == [500_000.0, 200_000.0 + 320_000.0, 1e6, 1e6]
    irb = [5e5 * own, 2e5 * own + 8e5 * 0.4, 1e6 * own, 1e6 * own]
    assert table["rwa_irb_eur"].tolist() == pytest.approx(irb, abs=0.01)
    without = loan_capital(book, known_guarantors={"KFW": 0.0}, with_guarantees=False, **IRB)
    assert without["rwa_standardised_eur"].tolist() == [1e6] * 4
    assert without["covered_eur"].sum() == 0.0


def test_the_expected_loss_of_a_covered_part_is_the_guarantor_s():
    book = tape(
        pd=[0.02] * 5,
        guarantor_id=["SAFE", "PD", "KNOWN", "WORSE", ""],
        guarantor_pd=[0.0, 0.0005, 0.3, 0.3, float("nan")],
        cover_rate=[0.5, 0.5, 0.5, 0.5, 0.5],
    )
    table = loan_capital(book, known_guarantors={"KNOWN": 0.2}, **IRB)
    # Own: 2 % of 40 % on a million; the second guarantor's: 0.05 % of 40 % on half of it.
    assert table["irb_expected_loss_eur"].tolist() == [4_000.0, 4_100.0, 4_000.0, 8_000.0, 8_000.0]


def test_a_guarantor_s_pd_gives_his_weight_under_irb_only():
    book = tape(
        guarantor_id=["G", "SAFE", "WORSE", "FAILED"],
        cover_rate=1.0,
        guarantor_pd=[0.0005, 0.0, 0.2, 1.0],
        pd=[0.02, 0.02, 0.02, 0.02],
    )
    standardised, irb = guarantor_weights(book, {}, 2.5)
    assert standardised.tolist() == [1.0, 0.0, 1.0, 1.0]
    # BCBS, CRE99 at LGD 45 %: PD 0.05 % weighs 19.65 %; a supervisory LGD of 40 % makes 8/9 of it.
    assert irb[0] == pytest.approx(0.1965 * 8 / 9, abs=5e-5)
    assert irb[1] == 0.0
    table = loan_capital(book, **IRB)
    own = table["weight_irb"].iloc[0]
    assert table["rwa_irb_eur"].tolist() == pytest.approx(
        [1e6 * irb[0], 0.0, 1e6 * own, 1e6 * min(own, 1.0)], abs=0.01
    )


def test_a_capped_pool_counts_up_to_its_cap_pro_rata():
    book = tape(
        exposure_eur=[100.0, 300.0, 100.0],
        guarantor_id=["G", "G", "H"],
        cover_rate=[0.5, 0.5, 0.8],
        cover_cap_eur=[50.0, 50.0, float("nan")],
    )
    assert covered_eur(book).tolist() == pytest.approx([12.5, 37.5, 80.0])


def test_provisions_count_on_a_pool_as_far_as_its_cap_covers_what_is_expected():
    book = tape(
        exposure_eur=[1000.0] * 5,
        guarantor_id=["G", "G", "G", "H", ""],
        cover_rate=[0.5, 0.5, 0.8, 0.8, 0.0],
        cover_cap_eur=[30.0, 30.0, float("nan"), 1_000.0, float("nan")],
    )
    # The first pool is asked for 0.5 (40 + 80) = 60 and has 30; the third loan is another, uncapped one.
    assert paid_share(book, [40.0, 80.0, 40.0, 40.0, 40.0]).tolist() == [0.25, 0.25, 0.8, 0.8, 0.0]


def test_the_summary_adds_the_loans_and_applies_the_floor():
    book = tape(exposure_eur=[1e6] * 3, pd=[0.0005, 0.004, 0.005], turnover_eur=80e6)
    table = loan_capital(book, **IRB)
    rwa = total(table["rwa_irb_eur"])
    summary = capital_summary(
        table,
        approach="foundation_irb",
        year=2030,
        capital_ratio=0.09,
        provisions_eur=[1_000.0, 0.0, 0.0],
        economic_eur={"ES - EL": 150_000.0},
    ).set_index("measure")
    assert rwa < 0.725 * 3 * 0.65e6
    assert summary.loc["irb_before_floor", "rwa_eur"] == rwa
    assert summary.loc["output_floor_base", "rwa_eur"] == 1.95e6
    assert summary.loc["required", "rwa_eur"] == summary.loc["irb_after_floor", "rwa_eur"] == 1_413_750.0
    assert summary.loc["required", "capital_eur"] == 113_100.0
    assert summary.loc["required", "held_eur"] == 127_237.5
    assert summary.loc["ES - EL", "per_required"] == pytest.approx(150_000 / 113_100)
    assert summary.loc["standardised", "share_of_exposure"] == 0.08
    # 40 % of PDs 0.05, 0.4 and 0.5 % on a million each is 3,800; 1,000 are provided for.
    assert summary.loc["irb_provision_shortfall", "capital_eur"] == 2_800.0
    late = capital_summary(loan_capital(book, approach="standardised", year=2033), approach="standardised",
                           year=2033, capital_ratio=0.05).set_index("measure")  # fmt: skip
    assert late.loc["output_floor_base", "rwa_eur"] == late.loc["required", "rwa_eur"] == 3e6
    assert late.loc["required", "held_eur"] == 240_000.0


def test_factor_and_floor_look_at_group_default_class_and_provisions():
    book = tape(
        exposure_eur=[2e6, 2e6, 500_000.0, 3e6],
        group_id=["A", "A", "B", "C"],
        turnover_eur=[9e6, 9e6, 2e6, 9e6],
        pd=0.003,
        defaulted=[0.0, 0.0, 0.0, 1.0],
    )
    table = loan_capital(book, provisions_eur=[100_000.0, 0.0, 0.0, 0.0], **IRB)
    # Four million in one group: (2.5 0.7619 + 1.5 0.85)/4; the retail loan keeps its 75 % in the floor.
    assert table["sme_factor"].tolist() == pytest.approx([0.7949375, 0.7949375, 0.7619, 1.0])
    floor = [1.9e6 * 0.65 * 0.7949375, 2e6 * 0.65 * 0.7949375, 5e5 * 0.75 * 0.7619, 4.5e6]
    assert table["rwa_floor_eur"].tolist() == pytest.approx(floor, abs=0.01)


def test_the_floor_rises_by_year_within_its_cap_and_its_base_with_2033():
    # PD 0.1 % and a group of 80 million: IRB 26.35 % (BCBS, CRE99: 29.65 % at an LGD of 45 %), floor 65 %.
    book = tape(exposure_eur=[1e6], pd=[0.001], turnover_eur=80e6)
    table = output_floor_years(book).set_index("year")
    irb = table["rwa_irb_eur"].iloc[0]
    assert irb == pytest.approx(1e6 * 0.2965 * 8 / 9, rel=2e-4)
    assert table["rwa_floor_eur"].tolist() == [650_000.0] * 8 + [1_000_000.0]
    # Until 2029 at most a quarter more than IRB; then 72.5 % of 65 % and, from 2033, of 100 %.
    after = table["rwa_after_floor_eur"]
    assert after.loc[2025] == pytest.approx(325_000.0)
    assert after.loc[2026:2029].tolist() == pytest.approx([1.25 * irb] * 4, abs=0.01)
    assert after.loc[2030:2033].tolist() == pytest.approx([471_250.0] * 3 + [725_000.0])
    assert table["factor"].tolist() == [0.5, 0.55, 0.6, 0.65, 0.7, 0.725, 0.725, 0.725, 0.725]
    assert table["binds"].tolist() == [1] * 9
    assert table.loc[2033, "capital_eur"] == 58_000.0
    one = loan_capital(book, approach="foundation_irb", year=2026)
    summary = capital_summary(one, approach="foundation_irb", year=2026, capital_ratio=0.08)
    assert summary["rwa_eur"].tolist()[3] == after.loc[2026]


def test_a_guarantee_never_costs_capital():
    rng = np.random.default_rng(4)
    book = tape(
        exposure_eur=list(rng.uniform(1e4, 5e6, 200)),
        pd=rng.uniform(0.0, 0.3, 200),
        turnover_eur=rng.uniform(1e5, 1e8, 200),
        guarantor_id=list(rng.choice(["A", "B", "C"], 200)),
        cover_rate=rng.uniform(0, 1, 200),
        guarantor_pd=rng.uniform(0, 0.3, 200),
    )
    covered, without = loan_capital(book, **IRB), loan_capital(book, with_guarantees=False, **IRB)
    for name in ("rwa_irb_eur", "rwa_standardised_eur", "rwa_floor_eur"):
        assert (covered[name] <= without[name]).all()


def test_an_unknown_approach_is_refused():
    with pytest.raises(ValueError, match="must be 'foundation_irb' or 'standardised'"):
        loan_capital(tape(), approach="advanced", year=2030)


def test_another_implementation_agrees_loan_by_loan():
    """creditriskengine (Apache-2.0), functions of the EU's rules, as a witness of another hand."""
    formulas = pytest.importorskip("creditriskengine.rwa.irb.formulas")
    sa = pytest.importorskip("creditriskengine.rwa.standardized.credit_risk_sa")
    types = pytest.importorskip("creditriskengine.core.types")
    rng = np.random.default_rng(6)
    book = tape(
        exposure_eur=list(rng.uniform(1e6 + 1, 6e6, 60)),
        pd=rng.uniform(0.0, 0.2, 60),
        turnover_eur=rng.uniform(1e6, 9e7, 60),
    )
    table = loan_capital(book, approach="foundation_irb", year=2030)
    for row in range(60):
        exposure, chance, turnover = book.loc[row, ["exposure_eur", "pd", "turnover_eur"]]
        theirs = formulas.irb_risk_weight(chance, 0.4, "corporate", 2.5, turnover / 1e6) / 100.0
        assert table.loc[row, "weight_irb"] == pytest.approx(theirs, rel=1e-10)
        floor = sa.get_corporate_risk_weight(
            types.CreditQualityStep.UNRATED,
            types.Jurisdiction.EU,
            is_sme=bool(turnover <= 5e7),
            pd=chance,
            reporting_date=date(2030, 12, 31),
            total_sme_exposure_eur=exposure,
        )
        assert table.loc[row, "rwa_floor_eur"] == pytest.approx(exposure * floor / 100.0, abs=0.006)


def test_the_other_implementation_s_floor_differs_only_where_it_leaves_the_article():
    """It caps the floor's effect at a quarter for ever; Article 465(2) ends that with 2029."""
    floor = pytest.importorskip("creditriskengine.rwa.output_floor")
    types = pytest.importorskip("creditriskengine.core.types")
    from hybridsim.credit.capital import floored_rwa

    for year in range(2025, 2034):
        theirs = floor.OutputFloorCalculator(types.Jurisdiction.EU, date(year, 6, 30))
        assert floored_rwa(80.0, 120.0, year) == theirs.calculate(80.0, 120.0)["floored_rwa"]
        ours, capped = floored_rwa(40.0, 120.0, year), theirs.calculate(40.0, 120.0)["floored_rwa"]
        assert (ours == capped) is (year < 2030)


def test_the_other_implementation_s_guarantees_agree_within_five_years_and_for_better_guarantors():
    """It cuts no maturity at five years (Article 238(1)) and lets a worse guarantor cost (193(1))."""
    crm = pytest.importorskip("creditriskengine.rwa.crm")
    from hybridsim.credit.capital import maturity_adjusted_cover, substituted_rwa

    for cover, left, loan in ((0.2, 1.0, 5.0), (0.7, 2.0, 3.0), (0.5, 4.0, 4.0), (0.9, 0.25, 2.0)):
        theirs = crm.maturity_mismatch_adjustment(100.0 * cover, left, loan)
        assert maturity_adjusted_cover([100.0 * cover], left, loan, 5.0)[0] == pytest.approx(theirs)
        blended = crm.guarantee_substitution(75.0, 20.0, cover)["effective_rw"]
        assert substituted_rwa([100.0], 100.0 * cover, 0.75, 0.2)[0] == pytest.approx(blended)
    assert maturity_adjusted_cover([100.0], 4.0, 10.0, 5.0)[0] == pytest.approx(100.0 * 3.75 / 4.75)
    assert crm.maturity_mismatch_adjustment(100.0, 4.0, 10.0) == pytest.approx(100.0 * 3.75 / 9.75)
    assert crm.guarantee_substitution(75.0, 100.0, 0.5)["effective_rw"] > 75.0
    assert substituted_rwa([100.0], 50.0, 0.75, 1.0)[0] == 75.0
