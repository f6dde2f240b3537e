"""What is asked of a book besides its tape: the dependence, the policy of the rules, the effort.

Read from the tables [model], [rules] and [simulation] of a mapping file. Every default has its evidence and
source, which :func:`defaults` lists for the report.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, NamedTuple, Self, TypeVar

from pydantic import Field, ValidationError, model_validator
from pydantic.config import JsonDict

from hybridsim.core.errors import Fault, InputError
from hybridsim.scenario.faults import wording
from hybridsim.scenario.schema.references import nearest
from hybridsim.scenario.schema.values import Part
from hybridsim.scenario.shape import bare

AnyPart = TypeVar("AnyPart", bound=Part)
_ROUNDING = 1e-9
_CATALOGUE = "as the catalogue of the scenarios"


def _given(default: object, evidence: str, source: str, **limits: Any) -> Any:  # noqa: ANN401  (as pydantic's)
    """A setting with its default, and where that comes from."""
    extra: JsonDict = {"evidence": evidence, "source": source}
    if callable(default):
        return Field(default_factory=default, json_schema_extra=extra, **limits)
    return Field(default=default, json_schema_extra=extra, **limits)


class ModelSettings(Part):
    """How obligors hang together, and what is lost in a default."""

    copula: Literal["gaussian", "t"] = _given("gaussian", "published", "CRR Article 153: the IRB function")
    """gaussian, or t with ``degrees_of_freedom``."""
    degrees_of_freedom: float = _given(4.0, "assumption", "heavy tail; only used by the t copula", gt=0.0)
    """Of the t copula."""
    asset_correlation: Literal["basel"] | float = _given("basel", "published", "CRR Article 153(1)(iii), (4)")
    """R2 of each obligor: "basel" (from its PD and turnover), or one number in [0, 1)."""
    economy_share: float = _given(0.6, "assumption", "no estimate for the sector found", ge=0.0, le=1.0)
    """Share of R2 that the factor of the economy explains; the three shares add up to 1."""
    sector_share: float = _given(0.3, "assumption", "common shocks of wages and rates", ge=0.0, le=1.0)
    """Share of R2 that the factor of the obligor's sector explains."""
    land_share: float = _given(0.1, "assumption", "no estimate for the sector found", ge=0.0, le=1.0)
    """Share of R2 that the factor of the obligor's Land explains."""
    lgd_sigma: float = _given(1.554, "derived", f"{_CATALOGUE}: variance of Beta(1/2, 1/2), GCD", ge=0.0)
    """Spread of the LGD's probit, s."""
    lgd_economy: float = _given(0.25, "assumption", f"{_CATALOGUE}: recoveries fall in recessions", ge=0.0)
    """By how much a good year of one standard deviation lowers the LGD's probit, b."""
    lgd_senior: float = _given(0.40, "published", "CRR Article 161(1)(aa)", ge=0.0, le=1.0)
    """LGD of the uncovered part of a senior loan, where the tape gives none."""
    lgd_junior: float = _given(0.75, "published", "CRR Article 161(1)(b)", ge=0.0, le=1.0)
    """LGD of a junior loan, where the tape gives none."""
    lgd_secured: float = _given(
        0.25, "published", "BCBS CRE32.11: other eligible physical collateral", ge=0.0, le=1.0
    )
    """LGD of the part of a loan that collateral covers, where the tape gives none."""
    collateral_haircut: float = _given(
        0.40, "published", "BCBS CRE32.11: property, other physical collateral", ge=0.0, le=1.0
    )
    """Share of the collateral's value that does not count."""
    pays_in_default: float = _given(
        0.0, "assumption", "cautious: a failed guarantor pays no cover", ge=0.0, le=1.0
    )
    """Share of its guarantees that a guarantor in default still pays."""
    persistence: float = _given(
        0.5, "assumption", f"{_CATALOGUE}: moderate persistence of economy", ge=0.0, lt=1.0
    )
    """What of a factor's state is left a year later; only used if a ``state`` is given."""
    state: dict[str, float] = _given(dict, "assumption", "through the cycle: nothing is known of the year")
    """Point in time: last year's state of factors in standard deviations; those not named were at 0."""
    shift: dict[str, float] = _given(dict, "assumption", "no stress")
    """Stress: by how many standard deviations each factor's mean is moved; the others stay."""
    given: dict[str, float] = _given(dict, "assumption", "no stress")
    """Stress: value of a factor that is known; the others follow as their covariance says."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        total = self.economy_share + self.sector_share + self.land_share
        if abs(total - 1.0) > _ROUNDING:
            raise ValueError(f"economy_share, sector_share and land_share add up to {total:.9g}, must be 1")
        if not (self.asset_correlation == "basel" or 0.0 <= float(self.asset_correlation) < 1.0):
            raise ValueError(f'asset_correlation {self.asset_correlation} must be "basel" or in [0, 1)')
        if both := sorted(self.shift.keys() & self.given.keys()):
            raise ValueError(f"factor {both[0]!r} is both shifted and given; choose one")
        return self


class EclScenario(Part):
    """One course of the economy in the provisions."""

    weight: float = Field(ge=0.0, le=1.0)
    """Probability; all add up to 1."""
    economy: float
    """State of the year's economy in standard deviations from what is expected of it; below 0: worse."""


_REACH = 1.732
"""sqrt(3): three courses there and at 0, with weights 1/6, 2/3, 1/6, have mean, variance and skewness of a
standard normal economy and its fourth moment (Gauss and Hermite's rule), so that PDs weighed over them are
nearly unbiased (IFRS 9, 5.5.17(a))."""


def _scenarios() -> dict[str, EclScenario]:
    return {
        "base": EclScenario(weight=2.0 / 3.0, economy=0.0),
        "adverse": EclScenario(weight=1.0 / 6.0, economy=-_REACH),
        "upside": EclScenario(weight=1.0 / 6.0, economy=_REACH),
    }


class RuleSettings(Part):
    """The bank's approach to capital, provisions and prices."""

    approach: Literal["foundation_irb", "standardised"] = _given(
        "foundation_irb", "assumption", "a bank with PDs; the standardised amounts are shown beside it"
    )
    """Approach to regulatory capital."""
    year: int = _given(2027, "assumption", "start of the scenarios; sets the output floor", ge=2025, le=2100)
    """Year of the reporting date."""
    relative_increase: float = _given(2.0, "assumption", "IFRS 9 names no threshold", ge=1.0)
    """Stage 2 if the PD rose to more than this many times the one at origination, and ..."""
    absolute_increase: float = _given(0.005, "assumption", "IFRS 9 names no threshold", ge=0.0, le=1.0)
    """... by more than this."""
    low_risk_pd: float = _given(
        0.0, "assumption", "no exemption for low risk (IFRS 9, 5.5.10)", ge=0.0, le=1.0
    )
    """PD up to which a loan stays in stage 1 unless it is past due."""
    scenarios: dict[str, EclScenario] = _given(
        _scenarios, "derived", "Gauss-Hermite, three nodes: unbiased, IFRS 9 5.5.17(a)"
    )
    """Courses of the economy, whose losses are weighed."""
    cost_of_capital_pa: float = _given(0.08, "assumption", f"{_CATALOGUE}: return target", ge=0.0, le=1.0)
    """Hurdle rate of own funds."""
    funding_rate_pa: float = _given(0.026, "assumption", f"{_CATALOGUE}: 2.3 % + 0.3 %", ge=-0.05, le=1.0)
    """What the lent money costs."""
    running_cost_pa: float = _given(0.003, "assumption", f"{_CATALOGUE}: a small loan", ge=0.0, le=1.0)
    """Cost of administration per exposure and year."""
    capital_ratio: float = _given(0.09, "assumption", f"{_CATALOGUE}: 8 to 10 % of RWA", ge=0.0, le=1.0)
    """Own funds held per risk-weighted amount."""
    workout_months: float = _given(18.0, "assumption", f"{_CATALOGUE}: one to three years", ge=0.0, le=1200.0)
    """Time from default to the recovery."""
    payment_months: Literal[1, 3, 6, 12] = _given(3, "assumption", "promotional loans pay by the quarter")
    """Months between the payments of the loans."""
    guarantor_weights: dict[str, float] = _given(
        dict,
        "assumption",
        "unknown: unrated corporates, or the IRB weight of their PD (CRR Articles 122, 236)",
    )
    """Risk weights of guarantors by guarantor_id: 0.0 for a central government, 0.2 to 1.5 for others."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        wrong = {name: value for name, value in self.guarantor_weights.items() if not 0.0 <= value <= 12.5}
        if wrong:
            raise ValueError(f"guarantor_weights {wrong} must be in [0, 12.5]: 0.2 is 20 %")
        total = sum(scenario.weight for scenario in self.scenarios.values())
        if abs(total - 1.0) > _ROUNDING:
            raise ValueError(f"the weights of rules.scenarios add up to {total:.9g}, must be 1")
        return self


class SimulationSettings(Part):
    """How hard the simulation works."""

    seed: int = _given(1, "assumption", "any number; the same one repeats the run", ge=0, lt=2**63)
    """Seed of the keyed random numbers."""
    level: float = _given(0.999, "published", "CRR Article 153: the IRB function's level", gt=0.5, lt=1.0)
    """Level of VaR and ES."""
    precision: float = _given(
        0.01, "assumption", "half-width of the 95 % interval of VaR and ES", gt=0.0, lt=1.0
    )
    """Wanted half-width of the 95 % intervals of VaR and ES, relative."""
    max_scenarios: int = _given(1_048_576, "assumption", "a minute on two cores", ge=1000, le=10**12)
    """Scenarios after which the simulation stops although the precision is not reached."""
    workers: int = _given(0, "assumption", "0: one per core; no figure depends on it", ge=0, le=1024)
    """Threads."""


class FactorStress(Part):
    """A stressed year: factors in standard deviations, below 0 is worse."""

    shift: dict[str, float] = Field(default_factory=dict)
    """By how much the mean of each factor is moved; the others stay."""
    given: dict[str, float] = Field(default_factory=dict)
    """Value of a factor that is known; the others follow as their covariance says."""

    @model_validator(mode="after")
    def _moves_something(self) -> Self:
        if not self.shift and not self.given:
            raise ValueError(
                "moves no factor; write given = { economy = -2.0 } or shift = { economy = -1.0 }"
            )
        return self


class StressSettings(Part):
    """Which bad years are looked at."""

    years: dict[str, FactorStress] = _given(
        dict, "assumption", "left out: years of the economy and the factor"
    )
    """Stressed years by name; left out: two of the economy, and one of the factor that hurts most."""
    losses_eur: Annotated[tuple[float, ...], Field(strict=False)] = _given(
        (), "assumption", "left out: the required capital"
    )
    """Losses of a year whose likeliest state of the factors is looked for (reverse stress)."""


class BookSettings(Part):
    """All settings of a book."""

    model: ModelSettings = ModelSettings()
    rules: RuleSettings = RuleSettings()
    simulation: SimulationSettings = SimulationSettings()
    stress: StressSettings = StressSettings()


class Default(NamedTuple):
    """One setting and, if it stands at its default, where that comes from."""

    path: str
    value: Any
    evidence: str
    source: str


def settings_of(tables: Mapping[str, Any], file: str = "") -> BookSettings:
    """Settings of plain tables (``{"model": {...}, ...}``); what is left out is at its default.

    Raises
    ------
    InputError
        With every fault.
    """
    return validated(BookSettings, tables, file or "settings")


def changed(settings: BookSettings, changes: Mapping[str, Any]) -> BookSettings:
    """Settings with some changed, such as ``{"simulation.precision": 0.02}``.

    Raises
    ------
    InputError
        If a key is unknown or a value is not allowed.
    """
    tables = settings.model_dump()
    for path, value in changes.items():
        *parents, last = path.split(".")
        place = tables
        for key in parents:
            place = place.setdefault(key, {})
        place[last] = value
    return settings_of(tables)


def defaults(settings: BookSettings) -> Iterator[Default]:
    """Every setting with its value, evidence and source; a changed one has the user as its source."""
    for table in BookSettings.model_fields:
        part: Part = getattr(settings, table)
        for name, field in type(part).model_fields.items():
            value, extra = getattr(part, name), field.json_schema_extra
            assert isinstance(extra, dict)
            usual = value == field.get_default(call_default_factory=True)
            evidence, source = (extra["evidence"], extra["source"]) if usual else ("set", "set by the user")
            yield Default(f"{table}.{name}", value, str(evidence), str(source))


def validated(
    kind: type[AnyPart], data: object, file: str, lines: Mapping[tuple[str, ...], int] | None = None
) -> AnyPart:
    """A part read from plain tables.

    Raises
    ------
    InputError
        With every fault, its key path and, if ``lines`` (of :func:`key_lines`) are given, its line.
    """
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        faults = faults_of(kind, error, file, lines or {})
        count = f"{len(faults)} fault{'s' if len(faults) != 1 else ''}"
        raise InputError(f"{file}: {count} in the mapping and settings", faults) from None


def faults_of(
    kind: type[Part], error: ValidationError, file: str, lines: Mapping[tuple[str, ...], int]
) -> list[Fault]:
    """One fault per thing that is wrong, in the order of its lines."""
    faults: dict[Fault, None] = {}
    for detail in error.errors(include_url=False):
        path = tuple(
            str(part) for part in detail["loc"] if part not in _INNER and not str(part).endswith("]")
        )
        line = next((lines[path[:depth]] for depth in range(len(path), 0, -1) if path[:depth] in lines), 0)
        if detail["type"] == "extra_forbidden":
            message = f"unknown key {path[-1]!r}{nearest(path[-1], _keys(kind, path[:-1]))}"
        elif detail["type"] == "missing":
            message = "is missing"
        else:
            message = wording(detail)
        faults[Fault(file, line, ".".join(path), message)] = None
    return sorted(faults, key=lambda fault: fault.line)


_INNER = frozenset({"float", "int", "str", "bool"})
"""What pydantic adds to a path to tell the alternatives of one value apart."""


def _keys(kind: type[Part], path: tuple[str, ...]) -> list[str]:
    """Keys of the part at a path."""
    here: Any = kind
    for key in path:
        if _is_part(here):
            field = here.model_fields.get(key)
            here = None if field is None else field.annotation
        else:
            here = next(
                (inner for inner in map(bare, getattr(here, "__args__", ())) if _is_part(inner)), None
            )
    return list(here.model_fields) if _is_part(here) else []


def _is_part(annotation: object) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, Part)
