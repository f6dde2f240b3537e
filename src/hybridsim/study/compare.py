"""Runs side by side: every figure, its difference to a baseline, and what differs in the scenarios."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hybridsim.core.errors import InputError
from hybridsim.study.additionality import Effect, additionality
from hybridsim.study.influence import Change
from hybridsim.study.levers import Lever, levers
from hybridsim.study.pairing import check_pairs, other_people, unlike
from hybridsim.study.sides import Side, change
from hybridsim.study.store import StoredRun, load_run

if TYPE_CHECKING:
    import pandas as pd

RunLike = StoredRun | str | Path
"""A stored run or its folder."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One figure of one run against the baseline; None where there is no figure, and ``method`` says why."""

    metric: str
    scope: str
    group: str
    unit: str
    run: str
    value: float | None
    baseline_value: float | None
    difference: float | None
    se: float | None
    ci_low: float | None
    ci_high: float | None
    excludes_zero: bool
    variance_reduction: float | None
    n: int
    baseline_n: int
    method: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Runs by their labels, the baseline first; figures, levers by label, notes, and effects of support."""

    runs: dict[str, StoredRun]
    paired: bool
    figures: tuple[Compared, ...]
    levers: dict[str, tuple[Lever, ...]]
    notes: tuple[str, ...]
    additionality: tuple[Effect, ...] = ()


def compare(runs: Sequence[RunLike], baseline: RunLike | None = None, paired: bool = True) -> pd.DataFrame:
    """Every figure of some runs and its difference to a baseline, under the same random futures.

    Parameters
    ----------
    runs
        Stored runs or their folders.
    baseline
        One of them, by name or folder, or another run; left out: the first.
    paired
        Compare replication by replication; otherwise the runs may be unlike, and count as independent.

    Returns
    -------
    DataFrame
        One row per figure and run: metric, scope, group, unit, run, value, baseline_value, difference, se,
        ci_low, ci_high (95 %), excludes_zero, variance_reduction, n, baseline_n, method.

    Raises
    ------
    InputError
        If there are fewer than two runs, the baseline is unknown, or runs cannot be paired (all reasons).
    DataError
        If a run folder is broken.
    """
    import pandas as pd

    names = list(Compared.__dataclass_fields__)
    found = compare_runs(runs, baseline, paired).figures
    frame = pd.DataFrame([asdict(row) for row in found], columns=names)
    numbers = ["value", "baseline_value", "difference", "se", "ci_low", "ci_high", "variance_reduction"]
    return frame.astype(dict.fromkeys(numbers, "float64"))


def compare_runs(runs: Sequence[RunLike], baseline: RunLike | None = None, paired: bool = True) -> Comparison:
    """The same as `compare`, with what differs between the scenarios and what a reader has to know."""
    first, others = _ordered([_stored(run) for run in runs], baseline)
    if not others:
        raise InputError("a comparison needs two runs; name the folders of two runs or more")
    if paired:
        check_pairs(first, others)
    labelled = dict(zip(_labels([first, *others]), [first, *others], strict=True))
    with ExitStack() as opened:
        sides = [opened.enter_context(Side(label, run)) for label, run in labelled.items()]
        figures = tuple(_figures(sides, paired))
    return Comparison(
        labelled,
        paired,
        figures,
        {
            label: tuple(levers(first.manifest["scenario"], run.manifest["scenario"]))
            for label, run in list(labelled.items())[1:]
        },
        tuple(_notes(labelled, paired)),
        tuple(additionality(labelled)) if paired else (),
    )


def _figures(sides: list[Side], paired: bool) -> Iterator[Compared]:
    first, *others = sides
    for (metric, scope), before in first.rows.items():
        for other in others:
            after = other.rows.get((metric, scope))
            if after is None:
                continue
            found: Change = change(first, other, metric, scope, paired)
            yield Compared(
                metric=metric,
                scope=scope,
                group=first.group(metric, scope),
                unit=before["unit"],
                run=other.label,
                value=after["value"],
                baseline_value=before["value"],
                difference=found.difference,
                se=found.se,
                ci_low=found.ci_low,
                ci_high=found.ci_high,
                excludes_zero=found.excludes_zero,
                variance_reduction=found.variance_reduction,
                n=after["n"],
                baseline_n=before["n"],
                method=found.method,
            )


def _stored(run: RunLike) -> StoredRun:
    if isinstance(run, StoredRun):
        return run
    if isinstance(run, str | Path):
        return load_run(run)
    raise InputError(f"run(={run!r}) must be a stored run or the folder of one")


def _ordered(runs: list[StoredRun], baseline: RunLike | None) -> tuple[StoredRun, list[StoredRun]]:
    """The baseline and the others in their order."""
    if baseline is None:
        if not runs:
            raise InputError("a comparison needs two runs; name the folders of two runs or more")
        return runs[0], runs[1:]
    place = _position(runs, baseline)
    if place is None:
        return _stored(baseline), runs
    return runs[place], runs[:place] + runs[place + 1 :]


def _position(runs: list[StoredRun], baseline: RunLike) -> int | None:
    """Place of the baseline among the runs; None if it is the folder of another run."""
    folder = baseline.folder if isinstance(baseline, StoredRun) else Path(baseline)
    for place, run in enumerate(runs):
        if run is baseline or run.folder.resolve() == folder.resolve():
            return place
    if isinstance(baseline, StoredRun):
        return None
    named = [place for place, run in enumerate(runs) if run.manifest["name"] == str(baseline)]
    if len(named) == 1:
        return named[0]
    if not named and folder.is_dir():
        return None
    known = ", ".join(f"{run.manifest['name']} ({run.folder})" for run in runs)
    why = f"is the name of {len(named)} of the runs" if named else "is none of the runs and no run folder"
    raise InputError(f"baseline(={str(baseline)!r}) {why}; give a folder, or one of: {known}")


def _labels(runs: list[StoredRun]) -> list[str]:
    """Names of the scenarios, with the folder where a name comes twice, numbered if that comes twice too."""
    names = [str(run.manifest["name"]) for run in runs]
    labels: list[str] = []
    for name, run in zip(names, runs, strict=True):
        label = name if names.count(name) == 1 else f"{name} ({run.folder})"
        again = sum(before == label or before.startswith(f"{label} #") for before in labels)
        labels.append(f"{label} #{again + 1}" if again else label)
    return labels


def _notes(runs: dict[str, StoredRun], paired: bool) -> Iterator[str]:
    (_, first), *others = runs.items()
    for label, run in others:
        if not paired:
            found = [f"{fault.path}: {fault.message.split(';')[0]}" for fault in unlike(first, run)]
            yield f"{label} is compared as if independent of the baseline" + (
                f", from which it differs in {'; '.join(found)}" if found else ", though it could be paired"
            )
        changed = other_people(first, run)
        if changed:
            yield (
                f"{label} has {changed:,} institutions of the same id as the baseline, but with another "
                "type, place, size or rating: the difference contains that too"
            )
