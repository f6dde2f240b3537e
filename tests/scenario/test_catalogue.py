"""The catalogue against the published figures and the calibration targets, read without the loader."""

from __future__ import annotations

import math
import statistics
import tomllib
from importlib import resources

import pytest

EVIDENCE = {"published", "derived", "assumption"}
VAT = 1.19
HOUR_EUR = 39.0


@pytest.fixture(scope="module")
def catalogue():
    merged = {}
    for file in (resources.files("hybridsim.scenario") / "catalogue").iterdir():
        if file.name.endswith(".toml"):
            _merge(merged, tomllib.loads(file.read_text(encoding="utf-8")))
    return merged


def _merge(into, data):
    for key, value in data.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        else:
            assert key not in into, f"{key} stands in two files"
            into[key] = value


def _figures(data, path=()):
    for key, value in data.items():
        if isinstance(value, dict) and "value" in value:
            yield ".".join((*path, key)), value
        elif isinstance(value, dict):
            yield from _figures(value, (*path, key))
        elif isinstance(value, float) and "loadings" not in path:
            yield ".".join((*path, key)), {"value": value}


def test_every_figure_has_a_source_and_its_evidence(catalogue):
    figures = dict(_figures(catalogue))
    assert len(figures) > 800
    for path, figure in figures.items():
        assert len(figure.get("source", "").strip()) >= 6, path
        assert figure.get("evidence") in EVIDENCE, path


def test_every_range_holds_its_value(catalogue):
    for path, figure in _figures(catalogue):
        assert ("low" in figure) == ("high" in figure), path
        if "low" in figure:
            assert figure["low"] <= figure["value"] <= figure["high"], path


def test_most_assumptions_have_a_range(catalogue):
    assumed = {path: figure for path, figure in _figures(catalogue) if figure["evidence"] == "assumption"}
    weights = ("land_weights", "legal_form_shares")
    uncertain = [figure for path, figure in assumed.items() if not any(word in path for word in weights)]
    fixed = (
        "no limit",
        "not part of",
        "all cost counts",
        "paid at the close",
        "none ",
        "no ",
        "limited by",
        "cap",
    )
    ranged = [figure for figure in uncertain if "low" in figure]
    bare = [figure for figure in uncertain if "low" not in figure and not figure["source"].startswith(fixed)]
    assert len(bare) < 0.1 * len(ranged)


PUBLISHED = {
    # Pflegestatistik 2023; kbv.de / bpb.de
    "institution_types.nursing_home.facilities": 11250,
    "institution_types.ambulatory.facilities": 15549,
    "institution_types.hospital.facilities": 1874,
    # pflegemarkt.com 2021
    "institution_types.nursing_home.legal_form_shares.non_profit": 0.53,
    "institution_types.nursing_home.legal_form_shares.for_profit": 0.43,
    "institution_types.nursing_home.legal_form_shares.public": 0.04,
    "institution_types.hospital.pd_pa": 0.018,  # Krankenhaus Rating Report 2025
    "instruments.sgb11_8_8.sizing.share_of_cost": 0.40,
    "instruments.sgb11_8_8.sizing.maximum_per_site_eur": 12000,
    "instruments.rueckenwind.sizing.share_of_cost": 0.70,
    "instruments.rueckenwind.sizing.maximum_eur": 1_200_000,
    "instruments.iku148.sizing.maximum_eur": 50_000_000,
    "instruments.erp511.service.grant_element_share": 0.05,
    "instruments.erp511.service.grant_element_cap_eur": 200_000,
    "instruments.erp512.service.liability_exemption": 0.5,
    "instruments.eif_guarantee.cover.cover": 0.80,
    "instruments.eif_guarantee.cover.cap_rate": 0.30,
    "instruments.eif_guarantee.cover.fee_pa": 0.0,
    "instruments.buergschaftsbank.cover.maximum_eur": 2_000_000,
    "de_minimis.ceiling_eur": 300_000,
    "de_minimis.window_months": 36,
    "impact.discount_rate_pa": 0.03,
}


@pytest.mark.parametrize("path", PUBLISHED)
def test_a_published_figure_is_the_published_one(catalogue, path):
    assert dict(_figures(catalogue))[path]["value"] == PUBLISHED[path]


def test_the_sector_has_28_673_facilities(catalogue):
    types = catalogue["institution_types"]
    assert (
        sum(types[name]["facilities"]["value"] for name in ("nursing_home", "ambulatory", "hospital"))
        == 28673
    )


def test_eligibility_keeps_the_sharpest_discontinuity(catalogue):
    forms = {
        name: item.get("eligibility", {}).get("legal_forms", [])
        for name, item in catalogue["instruments"].items()
    }
    assert forms["erp511"] == forms["erp512"] == ["for_profit"]
    assert sorted(forms["iku148"]) == ["non_profit", "public"]
    assert forms["rueckenwind"] == forms["foundation_grant"] == ["non_profit"]
    types = catalogue["instruments"]["sgb11_8_8"]["eligibility"]["types"]
    assert sorted(types) == ["ambulatory", "nursing_home"]


ALL_IN = {
    ("documentation", "nursing_home"): 42_000,
    ("rostering", "nursing_home"): 32_000,
    ("preventive_analytics", "nursing_home"): 111_000,
    ("robotics", "nursing_home"): 113_000,
    ("assistance", "nursing_home"): 193_000,
    ("documentation", "ambulatory"): 29_000,
    ("documentation", "hospital"): 395_000,
    ("preventive_analytics", "hospital"): 862_000,
}


def all_in(catalogue, use_case, kind):
    """All-in cost of a single site of median size: VAT on what is bought, hours of staff at their cost."""
    figure = {key: item["value"] for key, item in _figures(catalogue["use_cases"][use_case]["types"][kind])}
    places = catalogue["institution_types"][kind]["places_median"]["value"]
    bought = sum(figure[key] for key in ("technology_fixed_eur", "technology_per_site_eur", "compliance_eur"))
    bought += sum(figure[key] for key in ("data_fixed_eur", "data_per_site_eur"))
    bought += figure["technology_per_place_eur"] * places
    hours = figure["training_hours_per_user"] * figure["users_per_place"] * places
    return bought * VAT + hours * HOUR_EUR


@pytest.mark.parametrize(("use_case", "kind"), ALL_IN)
def test_the_all_in_cost_of_a_median_site_is_the_prototypes(catalogue, use_case, kind):
    assert all_in(catalogue, use_case, kind) == pytest.approx(ALL_IN[use_case, kind], rel=0.01)


def test_every_other_all_in_cost_is_what_its_source_says(catalogue):
    for use_case, item in catalogue["use_cases"].items():
        for kind, part in item["types"].items():
            source = part["technology_fixed_eur"]["source"]
            said = float(source.split("site is ")[1].split(" thousand")[0]) * 1000
            assert all_in(catalogue, use_case, kind) == pytest.approx(said, rel=0.02), (use_case, kind)


def test_documentation_frees_time_worth_25_000_euros_in_a_home_of_90_places(catalogue):
    hours = catalogue["use_cases"]["documentation"]["types"]["nursing_home"]["freed_hours_per_place_year"][
        "value"
    ]
    # shifts a day x minutes: 5 early at 15, 3 late at 60 %, 1 night at 30 % (JMIR 2026;28:e86078)
    minutes = 5 * 15 + 3 * 15 * 0.6 + 1 * 15 * 0.3
    assert hours * 90 == pytest.approx(minutes / 60 * 365, rel=0.01)
    assert hours * 90 * HOUR_EUR == pytest.approx(25_000, rel=0.03)


def test_its_running_cost_lies_between_ten_and_nineteen_thousand(catalogue):
    part = catalogue["use_cases"]["documentation"]["types"]["nursing_home"]
    yearly = (
        part["running_per_place_month_eur"]["value"] * 90 * 12 + part["running_per_site_year_eur"]["value"]
    )
    assert 10_000 <= yearly * VAT <= 19_000


def test_the_realised_effect_has_the_mean_and_spread_of_the_study(catalogue):
    # 15 +- 8 minutes: lognormal with mean 1 and standard deviation 8/15
    median = catalogue["operation"]["realised_median"]["value"]
    sigma = catalogue["operation"]["realised_sigma"]["value"]
    mean = median * math.exp(sigma**2 / 2)
    assert mean == pytest.approx(1.0, abs=0.01)
    assert mean * math.sqrt(math.exp(sigma**2) - 1) == pytest.approx(8 / 15, abs=0.01)


def _service_share(catalogue, use_case, kind, rate=0.05, years=5):
    cost = all_in(catalogue, use_case, kind)
    annuity = cost * rate / (1 - (1 + rate) ** -years)
    part = catalogue["institution_types"][kind]
    return annuity / (part["places_median"]["value"] * part["revenue_per_place_eur"]["value"])


@pytest.mark.parametrize(("use_case", "kind"), ALL_IN)
def test_a_single_project_barely_moves_the_pd(catalogue, use_case, kind):
    pd = catalogue["institution_types"][kind]["pd_pa"]["value"]
    shift = catalogue["default_risk"]["weight_service"]["value"] * _service_share(catalogue, use_case, kind)
    odds = pd / (1 - pd) * 2.718281828459045**shift
    rise_bp = (odds / (1 + odds) - pd) * 1e4
    # PARAMETERS: +3.5 to +18 bp, of which the smallest projects get a part from running cost and liquidity
    assert 2.5 <= rise_bp <= 18


def test_several_projects_move_it_by_a_tenth_to_twice_and_a_half(catalogue):
    risk = {key: item["value"] for key, item in _figures(catalogue["default_risk"])}
    shares = {
        name: _service_share(catalogue, name, "nursing_home")
        for name, kind in ALL_IN
        if kind == "nursing_home"
    }
    two = risk["weight_service"] * (shares["documentation"] + shares["rostering"])
    every = risk["weight_service"] * sum(shares.values())
    assert 1.05 <= 2.718281828459045**two <= 1.2
    with_failure = 2.718281828459045 ** (every + risk["weight_failed"] + 5 * risk["weight_liquidity_per_day"])
    assert 1.5 <= with_failure <= 2.6


def test_the_latent_recovery_has_the_variance_of_the_u_shape(catalogue):
    # Var[Phi(s Z)] = Phi2(0, 0; s^2/(1+s^2)) - 1/4 = asin(rho)/(2 pi); Beta(1/2, 1/2) has 1/8
    s = catalogue["default_risk"]["recovery_sigma"]["value"]
    assert math.asin(s * s / (1 + s * s)) / (2 * math.pi) == pytest.approx(1 / 8, abs=2e-4)


def test_mean_sizes_are_the_published_ones(catalogue):
    for kind, mean in (
        ("nursing_home", 918_084 / 11_683),
        ("hospital", 480_400 / 1_893),
        ("disability", 628_360 / 19_071),
    ):
        part = catalogue["institution_types"][kind]
        implied = part["places_median"]["value"] * math.exp(part["places_sigma"]["value"] ** 2 / 2)
        assert implied == pytest.approx(mean, rel=0.02), kind


def test_the_spread_of_home_sizes_fits_the_solidaris_sample(catalogue):
    # 8.7 % of homes below 50 and 12.4 % at 130 places or more, in a sample with a mean of 90
    sigma = catalogue["institution_types"]["nursing_home"]["places_sigma"]["value"]
    logs = statistics.NormalDist(math.log(90) - sigma**2 / 2, sigma)
    assert logs.cdf(math.log(50)) == pytest.approx(0.087, abs=0.015)
    assert 1 - logs.cdf(math.log(130)) == pytest.approx(0.124, abs=0.015)
