"""Which tables a sensitivity study holds: names, columns, types, units and meanings."""

from __future__ import annotations

from hybridsim.study.tables import Field

_METRIC = Field("metric", "string", "name", "name of the metric")
_DESIGN = Field("design", "string", "name", "label of the scenario")
_COMPARED = Field("compared_to", "string", "name", "design that the figure is the difference to; empty: none")
_POINT = Field("point", "int64", "number", "draw, or end of a range; 0: all figures at their value")
_PATH = Field("path", "string", "name", "key path of the unknown")
_DRAWS = Field("draws", "int64", "draws", "draws in which the figure is defined")
_UNIT = Field("unit", "string", "name", "unit of the figure")


def _number(name: str, text: str) -> Field:
    return Field(name, "double", "see unit", text)


def _flag(name: str, text: str) -> Field:
    return Field(name, "int64", "0 or 1", text)


UNKNOWNS = (
    _PATH,
    *(_number(name, f"{name} of the catalogue or scenario") for name in ("value", "low", "high")),
    Field("unit", "string", "name", "unit of the unknown"),
    Field("evidence", "string", "name", "published, derived or assumption"),
    Field("source", "string", "text", "where it was read, or why it was assumed"),
)
DRAWS = (
    _DESIGN,
    _POINT,
    _PATH,
    Field("quantile", "double", "share", "where in its distribution; 0 and 1 are the ends of the range"),
    _number("value", "value of the unknown"),
)
POINTS = (
    _DESIGN,
    _POINT,
    _METRIC,
    _UNIT,
    _number("value", "figure; null if not defined"),
    _number("se", "standard error over replications"),
)
SPREAD = (
    _METRIC, _DESIGN, _COMPARED, _UNIT,
    _number("central", "figure with all unknowns at their value"),
    _number("mean", "mean over draws and replications"),
    _number("se", "its standard error"),
    _number("chance_sd", "standard deviation over futures at given unknowns"),
    _number("chance_low", "lower end of the middle 95 % of futures at given unknowns"),
    _number("chance_high", "upper end"),
    _number("unknowns_sd", "standard deviation of the figure over the unknowns, sqrt(V)"),
    _number("unknowns_variance", "V; negative if noise hides it"),
    _number("unknowns_low", "lower end of the middle 95 % of the figure over the unknowns"),
    _number("unknowns_high", "upper end"),
    _number("low", "lower end of the middle 95 % of futures over both"),
    _number("high", "upper end"),
    Field("share", "double", "share", "of the variance of a future that is due to unknowns"),
    Field("share_low", "double", "share", "lower end of its 95 % interval"),
    Field("share_high", "double", "share", "upper end"),
    _DRAWS,
    Field("method", "string", "text", "why figures are missing; empty if none are"),
)  # fmt: skip
RANKING = (
    _METRIC, _DESIGN, _COMPARED,
    Field("rank", "int64", "rank", "1 moves the figure most"),
    _PATH,
    Field("correlation", "double", "share", "rank correlation with the figure"),
    Field("ci_low", "double", "share", "lower end of its 95 % interval"),
    Field("ci_high", "double", "share", "upper end"),
    Field("share", "double", "share", "of the figure's rank variance that it explains alone, less noise"),
    _flag("stands_out", "1: beyond what the strongest of as many unknowns without effect would show"),
    _DRAWS,
)  # fmt: skip
ONE_AT_A_TIME = (
    _METRIC, _DESIGN, _COMPARED, _UNIT,
    Field("rank", "int64", "rank", "1 has the widest swing"),
    _PATH,
    _number("low", "low end of the unknown"),
    _number("high", "high end of the unknown"),
    _number("central", "figure with all unknowns at their value"),
    _number("at_low", "figure with this one at its low end; null if that is impossible or not defined"),
    _number("at_low_ci_low", "lower end of the 95 % interval of the change from central to there"),
    _number("at_low_ci_high", "upper end"),
    _number("at_high", "figure with this one at its high end"),
    _number("at_high_ci_low", "lower end of the 95 % interval of the change from central to there"),
    _number("at_high_ci_high", "upper end"),
    _number("swing", "largest less smallest of the three figures"),
    _flag("told_from_noise", "1: an interval of a change excludes zero"),
    _flag("changes_sign", "1: the figure is negative at one end and positive at the other"),
    _flag("same_outcomes", "1: not one bit of the outcomes differs from central at either end"),
)  # fmt: skip


TABLES: dict[str, tuple[Field, ...]] = {
    "unknowns": UNKNOWNS,
    "draws": DRAWS,
    "points": POINTS,
    "spread": SPREAD,
    "ranking": RANKING,
    "one_at_a_time": ONE_AT_A_TIME,
}
"""Spread and ranking, or one at a time; the others always."""
