"""What came of setting designs to equal public cost."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hybridsim.study.equal_inputs import Design, Inputs
from hybridsim.study.influence import Change
from hybridsim.study.root import Status

if TYPE_CHECKING:
    import pandas as pd

    from hybridsim.study.store import StoredRun


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The figure at one value of a knob."""

    value: float
    figure: float


@dataclass(frozen=True, slots=True)
class Equalised:
    """A design with its knob where the figure comes nearest to the target.

    ``apart`` is the achieved difference to the target with its interval, ``status`` that of `root.Root`.
    """

    design: Design
    value: float
    figure: float
    status: Status
    apart: Change
    evaluations: tuple[Evaluation, ...]
    run: StoredRun

    @property
    def note(self) -> str:
        """Why the target was not met; empty if it was."""
        if self.status == "reached":
            return ""
        if self.status == "jump":
            return "the figure jumps over the target here, and no step of the knob comes nearer"
        first, last = self.evaluations[0], self.evaluations[1]
        if first.figure == last.figure:
            return f"not reached: the knob moves nothing from {first.value:,.12g} to {last.value:,.12g}"
        ends = " and ".join(f"{end.figure:,.0f} at {end.value:,.12g}" for end in (first, last))
        return f"not reached: it is {ends}; the nearer end is taken"

    def as_record(self) -> dict[str, Any]:
        """JSON-ready values."""
        knob, apart = self.design.knob, self.apart
        return {
            "scenario": self.design.name,
            "file": self.design.file.as_posix(),
            "knob": knob.label,
            "paths": list(knob.path),
            "unit": knob.unit,
            "low": knob.low,
            "high": knob.high,
            "value": self.value,
            "settings": knob.figures(self.value),
            "figure": self.figure,
            "difference": apart.difference,
            "se": apart.se,
            "ci_low": apart.ci_low,
            "ci_high": apart.ci_high,
            "method": apart.method,
            "status": self.status,
            "note": self.note,
            "evaluations": [{"value": e.value, "figure": e.figure} for e in self.evaluations],
            "digest": self.run.digest,
        }


@dataclass(frozen=True, slots=True)
class Equalisation:
    """All designs, the target, and the run that it comes from (None if it is a number)."""

    inputs: Inputs
    folder: Path
    target: float
    tolerance: float
    base: StoredRun | None
    designs: tuple[Equalised, ...]

    @property
    def reached(self) -> bool:
        """Whether every design met the target."""
        return all(design.status == "reached" for design in self.designs)

    @property
    def runs(self) -> list[StoredRun]:
        """The run of the target, if there is one, and those of the designs, for `hybridsim.compare`."""
        first = [] if self.base is None else [self.base]
        return [*first, *(design.run for design in self.designs)]

    @property
    def frame(self) -> pd.DataFrame:
        """One row per design: knob, value, figure, difference with its interval, status and note."""
        import pandas as pd

        nested = ("paths", "settings", "evaluations")
        rows = [design.as_record() for design in self.designs]
        return pd.DataFrame([{name: row[name] for name in row if name not in nested} for row in rows])

    def as_record(self) -> dict[str, Any]:
        """JSON-ready values."""
        return {
            "request": self.inputs.request,
            "metric": self.inputs.metric,
            "unit": self.inputs.unit,
            "target": self.target,
            "tolerance": self.tolerance,
            "base": None if self.base is None else self.base.manifest["name"],
            "reached": self.reached,
            "designs": [design.as_record() for design in self.designs],
            "notes": self.runs[0].notes,
        }
