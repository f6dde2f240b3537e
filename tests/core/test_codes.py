import pytest

from hybridsim.core import codes

ENUMS = [
    codes.InstitutionType,
    codes.LegalForm,
    codes.Land,
    codes.InstrumentKind,
    codes.Service,
    codes.GrantSettlement,
]


@pytest.mark.parametrize("enum", ENUMS)
def test_codes_count_from_zero_and_labels_lead_back(enum):
    assert [int(member) for member in enum] == list(range(len(enum)))
    for member in enum:
        assert member.label == member.label.lower()
        assert enum.parse(member.label) is member
        assert enum.parse(f" {member.label.upper()} ") is member


def test_instruments_are_called_as_in_the_design():
    assert codes.InstrumentKind.labels() == (
        "own_funds", "bank_loan", "promotional_loan", "grant", "guarantee", "impact_investment",
        "crowdfunding", "outcome_contract",
    )  # fmt: skip


def test_there_are_sixteen_laender():
    assert len(codes.Land) == 16
    assert codes.Land.parse("NW") == 9


def test_a_wrong_label_is_answered_with_the_nearest_and_all_others():
    with pytest.raises(ValueError, match=r"'hospitals' is not one of .*did you mean 'hospital'\?"):
        codes.InstitutionType.parse("hospitals")
    with pytest.raises(
        ValueError, match=r"is not one of none, annuity, linear, bullet, step_up, revenue_share$"
    ):
        codes.Service.parse("xxxxxxx")
