"""A sensitivity study as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hybridsim.cli.figures import json_text, number, records

if TYPE_CHECKING:
    from hybridsim.study.sensitivity_store import Sensitivity

_SHOWN = 5
_SHOWN_INERT = 40
_HEAD = ("", "central", "mean", "futures, unknowns given", "over the unknowns", "both", "due to unknowns")
_UNITS = {
    "share": "",
    "per year": " a year",
    "EUR per EUR": " euros per euro",
    "EUR per hour": " euros per hour",
}

_Row = dict[str, Any]


def sensitivity_text(found: Sensitivity) -> str:
    """Spread and ranking, or one unknown at a time, then notes."""
    manifest = found.manifest
    designs = ", ".join(str(design["label"]) for design in manifest["designs"])
    how = (
        "each alone at both ends of its range"
        if manifest["one_at_a_time"]
        else f"{manifest['points']['done']:,} draws of all of them"
    )
    head = (
        f"{_plain(designs)}: {len(found.tables['unknowns']):,} unknowns, {how}; "
        f"{manifest['replications']:,} replications each, seed {manifest['seed']}"
    )
    body = _alone(found) if manifest["one_at_a_time"] else [*_spread(found), "", *_ranking(found)]
    return "\n".join([head, "", *body, "", *(f"Note: {_plain(note)}" for note in found.notes)])


def sensitivity_json(found: Sensitivity, folder: Path) -> str:
    """All results as JSON; the draws and points stand in the study's folder."""
    manifest = {name: value for name, value in found.manifest.items() if name not in ("tables", "designs")}
    designs = [{k: v for k, v in d.items() if k != "scenario"} for d in found.manifest["designs"]]
    shown = [name for name in found.tables if name not in ("draws", "points")]
    tables = {name: records(found.tables[name]) for name in shown}
    return json_text({"study": str(folder), **manifest, "designs": designs, **tables})


def _spread(found: Sensitivity) -> list[str]:
    lines = [list(_HEAD)]
    for row in records(found.tables["spread"]):
        cells = [f"{_title(found, row)}{_unit(row)}{_whose(found, row)}"]
        like = max(abs(row[name] or 0.0) for name in ("central", "mean", "low", "high"))
        cells += [_figure(row[name], row, like) for name in ("central", "mean")]
        for name in ("chance_", "unknowns_", ""):
            low, high = row[f"{name}low"], row[f"{name}high"]
            cells.append("-" if low is None else f"{_figure(low, row, like)} to {_figure(high, row, like)}")
        cells.append(_share(row))
        lines.append(cells)
    return _aligned(lines)


def _share(row: _Row) -> str:
    if row["share"] is None:
        return row["method"] or "no spread"
    interval = (
        ""
        if row["share_low"] is None
        else f" ({100 * row['share_low']:.0f} to {100 * row['share_high']:.0f} %)"
    )
    return f"{100 * row['share']:.0f} %{interval}"


def _ranking(found: Sensitivity) -> Iterator[str]:
    yield "What moves a figure most: rank correlation (95 % interval) of unknowns that stand out from noise"
    for row, part in _by_figure(found, "ranking"):
        strongest = [line for line in part if line["stands_out"]][:_SHOWN]
        yield f"  {_title(found, row)}{_whose(found, row)}"
        if not strongest:
            path, r = part[0]["path"], part[0]["correlation"]
            yield f"    none stands out; the strongest is {_plain(path)} ({r:+.2f})"
        for line in strongest:
            ends = f"({line['ci_low']:+.2f} to {line['ci_high']:+.2f})"
            yield f"    {line['correlation']:+.2f} {ends}  {_plain(line['path'])}"


def _alone(found: Sensitivity) -> Iterator[str]:
    yield "Figure with one unknown at the low and at the high end of its range, the widest swing first"
    for row, part in _by_figure(found, "one_at_a_time"):
        central = _figure(row["central"], row, abs(row["central"] or 0.0))
        yield f"  {_title(found, row)}{_unit(row)}{_whose(found, row)}: {central}"
        like = max(abs(line[name] or 0.0) for line in part for name in ("at_low", "at_high", "central"))
        for line in [line for line in part if line["swing"] > 0.0][:_SHOWN]:
            ends = f"{_figure(line['at_low'], row, like)} to {_figure(line['at_high'], row, like)}"
            marks = f"{' *' if line['told_from_noise'] else ''}{' +/-' if line['changes_sign'] else ''}"
            yield f"    {ends:>26}{marks:<6}  {_plain(line['path'])} ({line['low']:g} to {line['high']:g})"
    yield ""
    yield "* an interval of a change excludes zero; +/- the figure changes its sign"
    if found.inert:
        more = (
            f" and {len(found.inert) - _SHOWN_INERT} more (--json)" if len(found.inert) > _SHOWN_INERT else ""
        )
        names = ", ".join(_plain(path) for path in found.inert[:_SHOWN_INERT])
        yield f"{len(found.inert):,} unknowns change not one bit of these futures: {names}{more}"


def _by_figure(found: Sensitivity, table: str) -> Iterator[tuple[_Row, list[_Row]]]:
    """Rows of each figure in their order, with the first as its name."""
    groups: dict[tuple[str, str, str], list[_Row]] = {}
    for row in records(found.tables[table]):
        groups.setdefault((row["metric"], row["design"], row["compared_to"]), []).append(row)
    for part in groups.values():
        yield part[0], part


def _title(found: Sensitivity, row: _Row) -> str:
    metric = next(m for m in found.manifest["metrics"] if m["metric"] == row["metric"])
    return str(metric["title"] or metric["metric"])


def _unit(row: _Row) -> str:
    return _UNITS.get(row["unit"], f" ({row['unit']})")


def _whose(found: Sensitivity, row: _Row) -> str:
    if row["compared_to"]:
        return f", {_plain(row['design'])} less {_plain(row['compared_to'])}"
    return f", {_plain(row['design'])}" if len(found.manifest["designs"]) > 1 else ""


def _figure(value: float | None, row: _Row, like: float) -> str:
    text = number(value, str(row.get("unit", "")), like)
    return text.replace(" %", " pp") if row["compared_to"] else text


def _plain(text: str) -> str:
    """Text without characters that would steer a terminal."""
    return "".join(sign if sign.isprintable() else "?" for sign in text)


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(
            cell.rjust(width) if column else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
