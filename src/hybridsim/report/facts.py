"""What the manifest says about a run, with titles instead of names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from hybridsim.report.values import Values

if TYPE_CHECKING:
    import pandas as pd

FEWEST = 3
"""Institutions that a cell needs: fewer could be recognised."""


class Stored(Protocol):
    """A stored run, as `hybridsim.study.store.load_run` hands it out."""

    @property
    def manifest(self) -> Mapping[str, Any]:
        """What was simulated, and with what."""

    @property
    def metrics(self) -> pd.DataFrame:
        """Table of all figures."""

    @property
    def replications(self) -> pd.DataFrame:
        """Totals by replication."""

    @property
    def years(self) -> pd.DataFrame:
        """By replication and year."""


@dataclass(frozen=True)
class Run:
    """A stored run as the sections of the report read it."""

    manifest: Mapping[str, Any]
    values: Values
    loss_eur: Sequence[float]
    years_table: pd.DataFrame

    @property
    def title(self) -> str:
        """Title of the scenario."""
        return str(self.manifest.get("title") or self.manifest.get("name") or "Run")

    @property
    def description(self) -> str:
        """What the scenario is for."""
        return str(self._scenario.get("description") or "")

    @property
    def design(self) -> str:
        """Title of the funding-ecosystem design."""
        return str(_part(self._scenario, "design").get("title") or "not named")

    @property
    def stress(self) -> str:
        """Name of the stress."""
        return str(_part(self._scenario, "stress").get("name") or "baseline")

    @property
    def institutions(self) -> int:
        """Institutions simulated."""
        return int(self._population.get("institutions", 0))

    @property
    def sites(self) -> int:
        """Their sites."""
        return int(self._population.get("sites", 0))

    @property
    def sample_fraction(self) -> float:
        """Sites simulated, as a share of the sector's."""
        return float(self._population.get("sample_fraction", 1.0))

    @property
    def by_type(self) -> Mapping[str, Mapping[str, int]]:
        """Institutions and sites by type."""
        return _part(self._population, "by_type")

    @property
    def years(self) -> int:
        """Horizon in years."""
        return int(self.manifest["years"])

    @property
    def first_year(self) -> int:
        """Calendar year of month 0."""
        start = str(_part(self._scenario, "run").get("start") or "")
        return int(start[:4]) if start[:4].isdigit() else 1

    @property
    def follow_up_months(self) -> int:
        """Time after its start within which a project counts in the figures by cohort."""
        return int(_part(self._scenario, "run").get("follow_up_months", 0))

    @property
    def replications(self) -> int:
        """Possible futures simulated."""
        return int(self.manifest["replications"]["done"])

    @property
    def notes(self) -> Sequence[str]:
        """What a reader has to know before the figures."""
        return [str(note) for note in self.manifest["notes"]]

    @property
    def instruments(self) -> Sequence[str]:
        """Names of the design's instruments in the order of asking, then others that were used."""
        known = [str(name) for name in self.manifest["instruments"]]
        order = [str(x) for x in _part(self._scenario, "design").get("order") or () if str(x) in known]
        asked = [
            x for x in known if x not in order and (self.values.get("requests", f"instrument:{x}").value or 0)
        ]
        return [*order, *asked]

    def instrument_title(self, name: str) -> str:
        """Title of an instrument."""
        return self._title("instruments", name)

    def type_title(self, name: str) -> str:
        """Title of an institution type."""
        return self._title("institution_types", name)

    @property
    def hidden_types(self) -> Sequence[str]:
        """Types with too few institutions to be shown.

        If that is only one, the next smallest is hidden too, or it would follow from the totals.
        """
        sizes = sorted((int(part.get("institutions", 0)), name) for name, part in self.by_type.items())
        small = [name for size, name in sizes if size < FEWEST]
        return [name for _, name in sizes[:2]] if len(small) == 1 and len(sizes) > 1 else small

    @property
    def _scenario(self) -> Mapping[str, Any]:
        return _part(self.manifest, "scenario")

    @property
    def _population(self) -> Mapping[str, Any]:
        return _part(self.manifest, "population")

    def _title(self, kind: str, name: str) -> str:
        return str(_part(_part(self._scenario, kind), name).get("title") or name.replace("_", " "))


def read(stored: Stored) -> Run:
    """The parts of a stored run that the report shows."""
    return Run(
        manifest=stored.manifest,
        values=Values(stored.metrics),
        loss_eur=[cents / 100.0 for cents in stored.replications["loss_cents"].tolist()],
        years_table=stored.years,
    )


def _part(of: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = of.get(name)
    return part if isinstance(part, Mapping) else {}
