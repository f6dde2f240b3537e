"""Designs at equal public cost: where each one's knob must stand, under the same futures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hybridsim.core.errors import InputError
from hybridsim.study import equal_store, root
from hybridsim.study.equal_inputs import Design, Inputs, read_inputs, turned
from hybridsim.study.equalised import Equalisation, Equalised, Evaluation
from hybridsim.study.evaluations import Evaluations, Progress, copy_run
from hybridsim.study.executor import check_workers
from hybridsim.study.influence import Change
from hybridsim.study.prepare import engine as engine_named
from hybridsim.study.sides import Side, change

if TYPE_CHECKING:
    from hybridsim.study.store import StoredRun

METRIC = "fiscal_cost_per_institution_eur"
"""The figure by which designs are compared."""

_TOLERANCE = 0.01
_EXPECTED = 6
"""Evaluations that a design usually needs, for the time left."""


def equalise(
    scenarios: Sequence[str | Path],
    to: str | Path | float,
    out: str | Path,
    plus: float = 0.0,
    metric: str = METRIC,
    replications: int | None = None,
    seed: int | None = None,
    settings: Sequence[str] = (),
    tolerance: float | None = None,
    workers: int = 1,
    engine: str = "compiled",
    progress: Progress | None = None,
    force: bool = False,
) -> Equalisation:
    """Turn the knob of each design until a figure meets a target, and store the runs there.

    Parameters
    ----------
    scenarios
        Scenario files, each with a ``[design.knob]``.
    to
        Scenario file whose figure is the target, or the target itself.
    out
        Folder for the runs, for a scenario file of each solved design, and for every evaluation, which
        the same call, or one with another target, finds again.
    plus
        Added to the target.
    metric
        Name of a mean or ratio of the whole world; the default is the public cost per institution.
    replications, seed
        Instead of those of the target's scenario (or of the first one).
    settings
        Laid over each scenario, such as ``"population.size=200"``.
    tolerance
        Difference that counts as met; left out: 1 % of the target.
    workers, engine
        As in `run`.
    progress
        Called with what is simulated, and with the replications done and expected.
    force
        Replace the result of another request in ``out``; its evaluations stay.

    Raises
    ------
    InputError
        If a scenario, knob or argument cannot be used, with every fault that was found.
    ResourceError, InvariantError
        As in `run`; the same call goes on from what is stored.
    """
    check_workers(workers)
    engine_named(engine)
    inputs = read_inputs(scenarios, to, plus, metric, replications, seed, settings, tolerance)
    folder = Path(out)
    equal_store.open_folder(folder, inputs, force)
    runs = Evaluations(
        equal_store.evaluations(folder), inputs.replications, inputs.seed, workers, engine, progress
    )
    runs.ahead = _EXPECTED * len(inputs.designs)
    base = None if inputs.base is None else _kept(runs.run(inputs.base, inputs.base.scenario.name), folder)
    target = inputs.plus + (inputs.euros if base is None else figure_of(base, metric))
    within = abs(target) * _TOLERANCE if inputs.tolerance is None else inputs.tolerance
    search = _Search(inputs, runs, folder, base, target, within)
    found = []
    for left in range(len(inputs.designs) - 1, -1, -1):
        found.append(search.solve(inputs.designs[-1 - left], _EXPECTED * left))
    result = Equalisation(inputs, folder, target, within, base, tuple(found))
    equal_store.write_record(folder, result)
    return result


def figure_of(run: StoredRun, metric: str) -> float:
    """A figure of the whole world.

    Raises
    ------
    InputError
        If the run has none.
    """
    row = _row(run, metric)
    if row["value"] is None:
        raise InputError(f"{run.manifest['name']} has no {metric}: {row['method']}; choose another metric")
    return float(row["value"])


@dataclass(frozen=True, slots=True)
class _Search:
    """What is the same for all designs."""

    inputs: Inputs
    runs: Evaluations
    folder: Path
    base: StoredRun | None
    target: float
    within: float

    def solve(self, design: Design, ahead: int) -> Equalised:
        """Search one design's knob, and store the run and the scenario where it ends."""
        knob, inputs = design.knob, self.inputs
        stored: dict[int, StoredRun] = {}
        evaluated: list[Evaluation] = []

        def difference(step: int) -> float:
            value = knob.at(step)
            self.runs.ahead = ahead + max(0, _EXPECTED - len(evaluated) - 1)
            label = f"{design.name}, {knob.label} {value:,.12g}"
            stored[step] = self.runs.run(turned(design, inputs, value), label)
            figure = figure_of(stored[step], inputs.metric)
            evaluated.append(Evaluation(value, figure))
            return figure - self.target

        found = root.find(difference, knob.steps, self.within)
        run = _kept(stored[found.step], self.folder)
        result = Equalised(
            design=design,
            value=knob.at(found.step),
            figure=figure_of(run, inputs.metric),
            status=found.status,
            apart=self._apart(run),
            evaluations=tuple(evaluated),
            run=run,
        )
        equal_store.write_scenario(self.folder, inputs, result, self.target)
        return result

    def _apart(self, run: StoredRun) -> Change:
        """The achieved difference to the target with its interval: paired, if the target is a run."""
        if self.base is None:
            row = _row(run, self.inputs.metric)
            found = Change(row["value"], row["se"], row["ci_low"], row["ci_high"], None, row["method"])
            return _moved(found, self.target)
        with Side("base", self.base) as before, Side("design", run) as after:
            return _moved(change(before, after, self.inputs.metric, "total", pair=True), self.inputs.plus)


def _kept(run: StoredRun, folder: Path) -> StoredRun:
    return copy_run(run, equal_store.run_folder(folder, run.manifest["name"]))


def _row(run: StoredRun, metric: str) -> dict[str, Any]:
    rows = run.metrics
    row = rows[(rows.metric == metric) & (rows.scope == "total")].iloc[0]
    cells = {str(name): cell for name, cell in row.to_dict().items()}
    return {
        name: None if isinstance(cell, float) and math.isnan(cell) else cell for name, cell in cells.items()
    }


def _moved(found: Change, by: float) -> Change:
    """A difference to something that lies higher by a number without chance in it."""
    difference, low, high = (
        None if end is None else end - by for end in (found.difference, found.ci_low, found.ci_high)
    )
    return replace(found, difference=difference, ci_low=low, ci_high=high)
