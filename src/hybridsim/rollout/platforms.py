"""Platform programmes: several use cases as one project, with terms that follow from theirs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hybridsim.core.codes import InstitutionType
from hybridsim.core.money import share_cents
from hybridsim.rollout.terms import UseCaseTerms
from hybridsim.scenario.schema.scenario import Scenario


@dataclass(frozen=True, slots=True)
class PlatformTerms:
    """Who can run a platform programme, and how many of them think in programmes."""

    index: int
    share: float
    minimum_sites: int
    any_size: frozenset[int]


def platforms_of(scenario: Scenario) -> list[PlatformTerms]:
    """The platforms; their indices follow those of the use cases."""
    return [
        PlatformTerms(
            index=index,
            share=platform.share.value,
            minimum_sites=platform.minimum_sites,
            any_size=frozenset(int(InstitutionType.parse(name)) for name in platform.any_size_types),
        )
        for index, platform in enumerate(scenario.platforms.values(), start=len(scenario.use_cases))
    ]


def platform_use_cases(
    scenario: Scenario, use_cases: Mapping[tuple[int, int], UseCaseTerms]
) -> dict[tuple[int, int], UseCaseTerms]:
    """Terms of every platform at every type that has at least two of its use cases."""
    names = list(scenario.use_cases)
    found = {}
    for index, platform in enumerate(scenario.platforms.values(), start=len(names)):
        codes = sorted(names.index(name) for name in platform.combines)
        for kind in sorted({kind for _, kind in use_cases}):
            members = [use_cases[(code, kind)] for code in codes if (code, kind) in use_cases]
            if len(members) > 1:
                found[(index, kind)] = combine(
                    index, members, platform.cost_factor.value, platform.interest.value
                )
    return found


def combine(index: int, members: Sequence[UseCaseTerms], cost_factor: float, interest: float) -> UseCaseTerms:
    """Terms of several use cases as one project at one type.

    Up-front cost is theirs times ``cost_factor``; running cost and effects add up, but clients are reached
    once. It takes as long, fails as easily and wears out as early as the member that is worst at that.
    """

    def cost(line: str) -> int:
        return share_cents(sum(getattr(member, line) for member in members), cost_factor)

    slowest = max(members, key=lambda member: member.implementation_median)
    incidents = sum(member.incidents_place_pa for member in members)
    value = sum(member.incidents_place_pa * member.incident_value for member in members)
    count = len(members)
    return UseCaseTerms(
        index=index,
        type=members[0].type,
        technology_fixed=cost("technology_fixed"),
        technology_site=cost("technology_site"),
        technology_place=cost("technology_place"),
        other_fixed=cost("other_fixed"),
        other_site=cost("other_site"),
        other_place=cost("other_place"),
        running_site_pa=sum(member.running_site_pa for member in members),
        running_place_pa=sum(member.running_place_pa for member in members),
        hours_place_pa=sum(member.hours_place_pa for member in members),
        incidents_place_pa=incidents,
        incident_value=share_cents(1, value / incidents) if incidents else 0,
        reached_place=max(member.reached_place for member in members),
        implementation_median=slowest.implementation_median,
        implementation_sigma=slowest.implementation_sigma,
        gate_intercept=min(member.gate_intercept for member in members),
        sustain_logit=min(member.sustain_logit for member in members),
        trend_pa=sum(member.trend_pa for member in members) / count,
        life_months=min(member.life_months for member in members),
        renewal_share=max(member.renewal_share for member in members),
        initial_share=sum(member.initial_share for member in members) / count,
        interest=interest,
        members=tuple(member.index for member in members),
    )
