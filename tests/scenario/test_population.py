"""The synthesised population against the catalogue's figures and against single keyed draws."""

from __future__ import annotations

import math
import statistics

import numpy as np
import pytest

from hybridsim.core.codes import InstitutionType, Land, LegalForm
from hybridsim.core.errors import ScenarioError
from hybridsim.core.rng import entity_key, split_key, uniform
from hybridsim.scenario import build, load
from hybridsim.scenario.population.attributes import Draw
from hybridsim.scenario.population.table import FLOAT_COLUMNS, INT_COLUMNS
from tests.scenario.conftest import BASE

COLUMNS = (*INT_COLUMNS, *FLOAT_COLUMNS)
NORMAL = statistics.NormalDist()


@pytest.fixture(scope="module")
def scenario():
    return load(BASE)


@pytest.fixture(scope="module")
def sector(scenario):
    return build(scenario)


def rows(table):
    return {
        name: tuple(getattr(table, column)[row].item() for column in COLUMNS)
        for row, name in enumerate(table.ids)
    }


def test_the_whole_sector_has_the_published_facilities(sector):
    for code, facilities in ((0, 11250), (1, 15549), (2, 1874)):
        assert sector.sites[sector.type == code].sum() == facilities
    assert sector.sample_fraction == 1.0
    assert sector.notes == ()


def test_the_last_carrier_gets_just_the_facilities_that_are_left():
    for facilities in range(1, 13):
        few = ['population.types=["nursing_home"]', f"institution_types.nursing_home.facilities={facilities}"]
        assert build(load(BASE, few)).sites.sum() == facilities


def test_rows_are_sorted_by_entity_key_and_read_only(sector):
    keys = [entity_key(name) for name in sector.ids]
    assert keys == sorted(set(keys))
    assert sector.key.tolist() == keys
    for column in COLUMNS:
        values = getattr(sector, column)
        assert len(values) == len(sector)
        with pytest.raises(ValueError, match="read-only"):
            values[0] = 1


def near(sample, wanted, spread, sigmas=4.5):
    assert abs(sample.mean() - wanted) < sigmas * spread / math.sqrt(len(sample))


def test_means_and_shares_are_the_catalogues(scenario, sector):
    for label, part in scenario.institution_types.items():
        mine = sector.type == InstitutionType.parse(label)
        if not mine.any():
            continue
        near(sector.pd_pa[mine], part.pd_pa.value, sector.pd_pa[mine].std())
        near(sector.readiness[mine], part.readiness.value, part.readiness_sd.value)
        near(sector.ebitda_margin[mine], part.ebitda_margin.value, part.ebitda_margin_sd.value)
        near(
            np.log(sector.liquidity_days[mine]),
            math.log(part.liquidity_days.value),
            part.liquidity_sigma.value,
        )
        single = part.single_site_share.value
        near((sector.sites[mine] == 1).astype(float), single, math.sqrt(single * (1 - single)))
        for form in LegalForm:
            share = part.legal_form_shares[form.label].value
            near((sector.legal_form[mine] == form).astype(float), share, math.sqrt(share * (1 - share)))
        weights = {land: weight.value for land, weight in part.land_weights.items()}
        for land in Land:
            share = weights[land.name] / sum(weights.values())
            near((sector.land[mine] == land).astype(float), share, math.sqrt(share * (1 - share)))


def test_mean_sizes_are_the_published_ones(sector):
    # 918 084 places in 11 683 homes (2023); 480 400 beds in 1 893 hospitals (2022)
    homes, hospitals = sector.type == 0, sector.type == 2
    per_home = sector.places[homes] / sector.sites[homes]
    per_hospital = sector.places[hospitals] / sector.sites[hospitals]
    near(per_home, 918_084 / 11_683, per_home.std())
    near(per_hospital, 480_400 / 1_893, per_hospital.std())


def test_values_stay_within_their_bounds(sector):
    assert sector.sites.min() >= 1
    assert sector.sites.max() <= 60
    assert (sector.places >= sector.sites).all()
    assert sector.pd_pa.min() >= 0.0005
    assert sector.pd_pa.max() <= 0.30
    assert (sector.readiness.min() >= 0) and (sector.readiness.max() <= 1)
    assert (sector.fte_care <= sector.fte_total).all()
    for column in FLOAT_COLUMNS:
        assert np.isfinite(getattr(sector, column)).all()


@pytest.mark.parametrize("name", ["nursing_home-000000", "ambulatory-000123", "hospital-000456"])
def test_one_carrier_is_what_its_own_key_says(scenario, sector, name):
    row = sector.ids.index(name)
    part = scenario.institution_types[name.split("-")[0]]
    low, high = split_key(entity_key(name))

    def z(draw):
        return NORMAL.inv_cdf(uniform(1, 0, 0, low, high, 18, int(draw)))

    days = part.liquidity_days.value * math.exp(part.liquidity_sigma.value * z(Draw.LIQUIDITY))
    margin = part.ebitda_margin.value + part.ebitda_margin_sd.value * z(Draw.EBITDA)
    per_site = part.places_median.value * math.exp(part.places_sigma.value * z(Draw.PLACES))
    assert sector.liquidity_days[row] == pytest.approx(days, rel=1e-12)
    assert sector.ebitda_margin[row] == pytest.approx(margin, rel=1e-12)
    assert sector.places[row] == math.floor(per_site * sector.sites[row] + 0.5)
    revenue = sector.places[row] * part.revenue_per_place_eur.value
    assert sector.revenue_eur_pa[row] == pytest.approx(revenue)
    assert sector.debt_eur[row] == pytest.approx(revenue * part.debt_to_revenue.value)
    assert sector.credit_line_eur[row] == pytest.approx(revenue * part.credit_line_days.value / 365)
    assert sector.fte_total[row] == pytest.approx(sector.places[row] * part.fte_per_place.value)
    assert sector.digital_budget_eur_pa[row] == pytest.approx(revenue * part.digital_budget_share.value)


@pytest.mark.parametrize("size", [1, 2, 50, 300])
def test_a_draft_is_a_part_of_the_sector(sector, size):
    draft = build(load(BASE, [f"population.size={size}"]))
    whole = rows(sector)
    assert len(draft) == size
    assert all(whole[name] == values for name, values in rows(draft).items())
    assert draft.sample_fraction == draft.sites.sum() / 28_673
    assert "a sample of" in draft.notes[0]


def test_a_draft_has_the_sectors_mix_of_types(sector):
    draft = build(load(BASE, ["population.size=300"]))
    for code in range(3):
        exact = 300 * (sector.type == code).mean()
        assert abs((draft.type == code).sum() - exact) < 1


def test_a_larger_draft_leaves_the_others_alone():
    small = rows(build(load(BASE, ["population.size=200"])))
    large = rows(build(load(BASE, ["population.size=900"])))
    shared = small.keys() & large.keys()
    assert len(shared) >= 198
    assert all(small[name] == large[name] for name in shared)


def test_adding_a_type_leaves_the_others_alone(sector):
    types = '["hospital", "disability", "nursing_home", "youth", "ambulatory", "counselling"]'
    more = rows(build(load(BASE, [f"population.types={types}"])))
    before = rows(sector)
    assert len(more) > len(before)
    assert all(more[name] == values for name, values in before.items())


def test_the_seed_of_the_replications_does_not_touch_the_population(sector):
    assert rows(build(load(BASE, ["run.seed=99"]))) == rows(sector)


def test_another_population_seed_gives_other_institutions():
    one = rows(build(load(BASE, ["population.size=50"])))
    two = rows(build(load(BASE, ["population.size=50", "population.seed=2"])))
    shared = one.keys() & two.keys()
    assert len(shared) > 40
    assert not any(one[name] == two[name] for name in shared)


def test_more_carriers_than_the_sector_has_are_refused():
    with pytest.raises(ScenarioError, match=r"population.size: 100,000 is more than the 14,\d{3} carriers"):
        build(load(BASE, ["population.size=100000"]))


def test_a_sector_without_facilities_is_refused():
    with pytest.raises(ScenarioError, match="no institution at all"):
        build(load(BASE, ['population.types=["hospital"]', "institution_types.hospital.facilities=0"]))


def test_a_sector_beyond_all_bounds_is_refused():
    with pytest.raises(ScenarioError, match="make more than 200,000 carriers"):
        build(load(BASE, ['population.types=["hospital"]', "institution_types.hospital.facilities=1000000"]))


def test_wild_spreads_still_give_finite_institutions():
    wild = build(
        load(
            BASE,
            [
                "population.size=200",
                *(
                    f"institution_types.{name}.{key}=3"
                    for name in ("nursing_home", "ambulatory", "hospital")
                    for key in ("places_sigma", "sites_sigma", "liquidity_sigma", "pd_sigma")
                ),
            ],
        )
    )
    assert np.isfinite(wild.revenue_eur_pa).all()
    assert wild.places.max() <= 10_000_000


def test_good_margins_and_liquidity_go_with_good_ratings(scenario, sector):
    homes = sector.type == 0
    rating = np.log(sector.pd_pa[homes] / (1 - sector.pd_pa[homes]))
    margin = np.corrcoef(rating, sector.ebitda_margin[homes])[0, 1]
    liquidity = np.corrcoef(rating, np.log(sector.liquidity_days[homes]))[0, 1]
    # Standard error of a correlation over 4,300 homes: about 0.013; clipping of PD costs a little.
    assert margin == pytest.approx(-scenario.carriers.rating_margin_correlation.value, abs=0.05)
    assert liquidity == pytest.approx(-scenario.carriers.rating_liquidity_correlation.value, abs=0.05)


def test_mean_pds_lie_where_insolvency_statistics_put_them(sector):
    homes, hospitals = (float(sector.pd_pa[sector.type == kind].mean()) for kind in (0, 2))
    assert 0.006 < homes < 0.013
    assert hospitals == pytest.approx(0.018, rel=0.1)
