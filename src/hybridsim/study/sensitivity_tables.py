"""From answers to tables: the spread and its two sources, the ranking, and one unknown at a time."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from hybridsim.study.influence import Change, paired
from hybridsim.study.points import SURVEYED, Answer
from hybridsim.study.ranking import rank
from hybridsim.study.sensitivity_fields import SPREAD, UNKNOWNS
from hybridsim.study.unknowns import triangular
from hybridsim.study.variance import split

if TYPE_CHECKING:
    from hybridsim.study.metric import Metric
    from hybridsim.study.survey import Survey

Floats = npt.NDArray[np.float64]
Row = dict[str, Any]

_FEWEST = 4


@dataclass(frozen=True)
class Answers:
    """Answers by design and point; a design without the unknowns of a point answers as at point 0."""

    survey: Survey
    found: Mapping[tuple[int, int], Answer]

    def of(self, design: int, point: int) -> Answer:
        """Answer of a design at a point."""
        return self.found.get((design, point), self.found[design, 0])

    @property
    def points(self) -> list[int]:
        """Points that no design failed at, without 0."""
        designs = range(len(self.survey.designs))
        return [p for p in self.survey.quantiles if not any(self.of(k, p).failure for k in designs)]

    def failures(self) -> list[tuple[str, int, str]]:
        """Design, point and reason of everything that could not be simulated."""
        return [
            (self.survey.designs[design].label, point, answer.failure)
            for (design, point), answer in sorted(self.found.items())
            if answer.failure
        ]


@dataclass(frozen=True)
class _Figure:
    """One metric of one design, or its difference to the first design."""

    answers: Answers
    metric: Metric
    design: int
    difference: bool

    def at(self, point: int) -> tuple[float, Floats]:
        """Value and influences of the replications."""
        row = SURVEYED.index(self.metric)
        own = self.answers.of(self.design, point)
        if not self.difference:
            return float(own.values[row]), own.influences[row]
        first = self.answers.of(0, point)
        return float(own.values[row] - first.values[row]), own.influences[row] - first.influences[row]

    def never_negative(self, points: list[int]) -> bool:
        row = SURVEYED.index(self.metric)
        return not self.difference and all(
            self.answers.of(self.design, point).never_negative[row] for point in points
        )

    @property
    def paths(self) -> list[str]:
        """Unknowns that can move it."""
        designs = self.answers.survey.designs
        own = [designs[0]] if self.difference else []
        return list(dict.fromkeys(path for d in [*own, designs[self.design]] for path in d.unknowns))

    def name(self) -> Row:
        designs = self.answers.survey.designs
        return {
            "metric": self.metric.name,
            "design": designs[self.design].label,
            "compared_to": designs[0].label if self.difference else "",
        }


def figures(answers: Answers) -> Iterator[_Figure]:
    """Each metric of each design, then the differences to the first."""
    for metric in answers.survey.metrics:
        for difference in (False, True):
            for design in range(1 if difference else 0, len(answers.survey.designs)):
                yield _Figure(answers, metric, design, difference)


def unknown_rows(answers: Answers) -> Iterator[Row]:
    """The unknowns that were varied."""
    names = [column.name for column in UNKNOWNS]
    for unknown in answers.survey.unknowns.values():
        yield {name: getattr(unknown, name) for name in names}


def draw_rows(answers: Answers) -> Iterator[Row]:
    """What was drawn, or the ends that were tried."""
    for design in answers.survey.designs:
        for point, at in answers.survey.quantiles.items():
            for path, u in at.items():
                if path in design.unknowns:
                    x = design.unknowns[path]
                    value = triangular(u, x.low, x.value, x.high)
                    name = {"design": design.label, "point": point, "path": path}
                    yield {**name, "quantile": u, "value": value}


def point_rows(answers: Answers) -> Iterator[Row]:
    """Figures of every point of every design."""
    for figure in figures(answers):
        if figure.difference:
            continue
        for point in [0, *answers.points]:
            value, moves = figure.at(point)
            name = {key: text for key, text in figure.name().items() if key != "compared_to"}
            se = float(moves.std(ddof=1)) / math.sqrt(moves.size) if moves.size > 1 else math.nan
            yield {
                **name,
                "point": point,
                "unit": figure.metric.unit,
                "value": _known(value),
                "se": _known(se),
            }


def spread_rows(answers: Answers) -> Iterator[Row]:
    """Spread of each figure and its two sources."""
    for figure in figures(answers):
        points = [p for p in answers.points if math.isfinite(figure.at(p)[0])]
        row: Row = {column.name: None for column in SPREAD}
        row.update(figure.name(), unit=figure.metric.unit, central=_known(figure.at(0)[0]))
        row.update(draws=len(points), method="")
        lost = len(answers.points) - len(points)
        if lost:
            row["method"] = f"not defined in {lost} of {len(answers.points)} draws"
        if len(points) < _FEWEST:
            row["method"] = f"needs {_FEWEST} draws, has {len(points)}"
        else:
            both = [figure.at(p) for p in points]
            found = split(np.array([value + moves for value, moves in both]), figure.never_negative(points))
            row.update(
                mean=found.mean,
                se=found.se,
                chance_sd=math.sqrt(found.chance_variance),
                unknowns_sd=math.sqrt(max(found.unknowns_variance, 0.0)),
                unknowns_variance=found.unknowns_variance,
                share=found.share,
                share_low=found.share_low,
                share_high=found.share_high,
            )
            for prefix, ends in (
                ("chance_", found.chance),
                ("unknowns_", found.unknowns),
                ("", found.both),
            ):
                row[f"{prefix}low"], row[f"{prefix}high"] = ends
        yield row


def ranking_rows(answers: Answers) -> Iterator[Row]:
    """Unknowns by how much they move each figure when all are drawn at once."""
    quantiles = answers.survey.quantiles
    for figure in figures(answers):
        points = [p for p in answers.points if math.isfinite(figure.at(p)[0])]
        paths = figure.paths
        if not points or not paths:
            continue
        drawn = np.array([[quantiles[p][path] for path in paths] for p in points])
        found = rank(drawn, np.array([figure.at(p)[0] for p in points]))
        ordered = sorted(
            zip(paths, found, strict=True) if found else (), key=lambda item: -abs(item[1].correlation)
        )
        for place, (path, influence) in enumerate(ordered, start=1):
            yield {
                **figure.name(),
                "rank": place,
                "path": path,
                "correlation": influence.correlation,
                "ci_low": influence.low,
                "ci_high": influence.high,
                "share": influence.share,
                "stands_out": int(influence.stands_out),
                "draws": len(points),
            }


def one_at_a_time_rows(answers: Answers) -> Iterator[Row]:
    """Each unknown alone at both ends of its range, the widest swing first."""
    ends: dict[str, list[int | None]] = {}
    for point in answers.points:
        ((path, u),) = answers.survey.quantiles[point].items()
        ends.setdefault(path, [None, None])[int(u)] = point
    for figure in figures(answers):
        rows = [_tornado_row(figure, path, *ends[path]) for path in figure.paths if path in ends]
        rows.sort(key=lambda row: -row["swing"])
        for place, row in enumerate(rows, start=1):
            yield {**row, "rank": place}


def _tornado_row(figure: _Figure, path: str, low: int | None, high: int | None) -> Row:
    survey = figure.answers.survey
    central, z = figure.at(0)
    unknown = survey.designs[figure.design].unknowns.get(path) or survey.unknowns[path]
    row: Row = {
        **figure.name(),
        "unit": figure.metric.unit,
        "path": path,
        "low": unknown.low,
        "high": unknown.high,
        "central": _known(central),
    }
    apart, same, seen = False, True, [central]
    for name, point in (("at_low", low), ("at_high", high)):
        value, moves = (math.nan, z) if point is None else figure.at(point)
        change = paired(central, value, z, moves, "") if math.isfinite(value - central) else _NO_CHANGE
        row[name] = _known(value)
        row[f"{name}_ci_low"], row[f"{name}_ci_high"] = change.ci_low, change.ci_high
        apart = apart or change.excludes_zero
        same = same and (point is None or _same(figure, point))
        seen.append(value)
    known = [value for value in seen if math.isfinite(value)]
    row["swing"] = max(known) - min(known) if known else 0.0
    row["told_from_noise"] = int(apart)
    row["changes_sign"] = int(min(known, default=0.0) < 0.0 < max(known, default=0.0))
    row["same_outcomes"] = int(same)
    return row


_NO_CHANGE = Change(None, None, None, None, None, "")


def _same(figure: _Figure, point: int) -> bool:
    designs = (0, figure.design) if figure.difference else (figure.design,)
    found = figure.answers
    return all(found.of(k, point).outcomes == found.of(k, 0).outcomes for k in designs)


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None
