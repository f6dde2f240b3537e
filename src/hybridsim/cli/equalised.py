"""Designs at equal public cost as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hybridsim.cli.figures import number

if TYPE_CHECKING:
    from hybridsim.study.equalised import Equalisation, Equalised

_HEAD = ("", "knob", "value", "range", "figure", "difference (95 % interval)", "runs", "")


def equalised_text(found: Equalisation) -> str:
    """A table of the knobs, what was not met, and where to go on."""
    inputs = found.inputs
    start = "" if found.base is None else f" ({found.base.manifest['name']}"
    if start:
        start += f" {number(found.target - inputs.plus, inputs.unit)}"
        start += f" plus {number(inputs.plus, inputs.unit)})" if inputs.plus else ")"
    title = (
        f"{inputs.metric} = {number(found.target, inputs.unit)} {inputs.unit}{start}, give or take "
        f"{number(found.tolerance, inputs.unit)}; {inputs.replications:,} replications, seed {inputs.seed}"
    )
    rows = [_HEAD, *(_row(design, found) for design in found.designs)]
    lines = [title, "", *_aligned(rows)]
    notes = [f"{design.design.name}: {design.note}" for design in found.designs if design.note]
    notes += found.runs[0].notes
    runs = " ".join(str(run.folder) for run in found.runs)
    return "\n".join(
        [
            *lines,
            "",
            *(f"Note: {note}" for note in notes),
            "",
            f"Scenarios  {found.folder / 'scenarios'}",
            f"Compare    hybridsim compare {runs}",
        ]
    )


def _row(design: Equalised, found: Equalisation) -> tuple[str, ...]:
    knob, apart, unit = design.design.knob, design.apart, found.inputs.unit
    difference = "-" if apart.difference is None else f"{apart.difference:+,.0f}"
    if apart.ci_low is None or apart.ci_high is None:
        difference += " (no interval)"
    else:
        difference += f" ({apart.ci_low:+,.0f} to {apart.ci_high:+,.0f})"
    return (
        design.design.name,
        knob.label,
        f"{design.value:,.12g}",
        f"{knob.low:,.12g} to {knob.high:,.12g}{f' {knob.unit}' if knob.unit else ''}",
        number(design.figure, unit),
        difference,
        str(len(design.evaluations)),
        "" if design.status == "reached" else "NOT REACHED" if design.status == "out_of_reach" else "JUMP",
    )


def _aligned(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    left = (0, 1, 3, 7)
    return [
        "  ".join(
            cell.ljust(width) if column in left else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
