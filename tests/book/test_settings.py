"""Settings of a book: defaults with sources, faults with places and remedies."""

from __future__ import annotations

import pytest

from hybridsim.book.columns import BY_NAME, COLUMNS, NAMES, Kind
from hybridsim.book.headers import HEADERS
from hybridsim.book.settings import BookSettings, changed, defaults, settings_of
from hybridsim.core.errors import InputError

EVIDENCE = {"published", "derived", "assumption"}


def test_every_default_has_evidence_and_a_source():
    listed = list(defaults(BookSettings()))
    assert {item.path.split(".")[0] for item in listed} == {"model", "rules", "simulation", "stress"}
    assert all(item.evidence in EVIDENCE and len(item.source) > 5 for item in listed)


def test_a_changed_setting_has_the_user_as_its_source():
    settings = changed(BookSettings(), {"simulation.precision": 0.02, "model.shift": {"economy": -2}})
    assert settings.simulation.precision == 0.02
    assert settings.model.shift == {"economy": -2.0}
    assert [item.path for item in defaults(settings) if item.evidence == "set"] == [
        "model.shift",
        "simulation.precision",
    ]


def test_all_faults_are_told_at_once_with_the_nearest_name():
    with pytest.raises(InputError) as caught:
        settings_of(
            {
                "model": {"copla": "t", "asset_correlation": True, "state": {"economy": "x"}},
                "rules": {"scenarios": {"base": {"weight": 2, "econmy": 1}}},
                "simulation": {"sed": 1, "level": 2},
                "rulez": {},
            }
        )
    text = str(caught.value)
    for part in (
        "unknown key 'copla'; did you mean 'copula'?",
        "model.asset_correlation: true is true or false; a number is needed",
        "model.state.economy: 'x' is a text; a number is needed",
        "unknown key 'econmy'; did you mean 'economy'?",
        "unknown key 'sed'; did you mean 'seed'?",
        "simulation.level: 2 is too large",
        "unknown key 'rulez'; did you mean 'rules'?",
    ):
        assert part in text


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        ({"model": {"economy_share": 0.9}}, "add up to 1.3"),
        ({"model": {"asset_correlation": 1.0}}, "must be"),
        ({"model": {"shift": {"economy": -1.0}, "given": {"economy": 1.0}}}, "both shifted and given"),
        ({"rules": {"scenarios": {"base": {"weight": 0.5, "economy": 0.0}}}}, "add up to 0.5"),
        ({"rules": {"guarantor_weights": {"KfW": 20.0}}}, "must be in"),
        ({"rules": {"payment_months": 2}}, "payment_months"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(tables, message):
    with pytest.raises(InputError, match=message):
        settings_of(tables)


def test_columns_are_named_once_and_their_other_names_belong_to_one_column():
    assert len(NAMES) == len(set(NAMES)) == len(COLUMNS) + 1
    assert set(HEADERS) == set(BY_NAME)
    others = [other.casefold() for names in HEADERS.values() for other in names]
    assert len(others) == len(set(others))
    assert [column.name for column in COLUMNS if column.needed] == ["loan_id", "obligor_id", "exposure_eur"]
    assert all(column.default in column.choices for column in COLUMNS if column.kind is Kind.CHOICE)
