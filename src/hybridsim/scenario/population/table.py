"""One row per institution, in the engine's order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from hybridsim.core.rng import entity_key

IntColumn = npt.NDArray[np.int64]
FloatColumn = npt.NDArray[np.float64]

MAX_SITES = 10_000
MAX_PLACES = 10_000_000

INT_COLUMNS = ("type", "land", "legal_form", "sites", "places")
FLOAT_COLUMNS = (
    "revenue_eur_pa",
    "ebitda_margin",
    "debt_eur",
    "debt_service_eur_pa",
    "collateral_eur",
    "liquidity_days",
    "credit_line_eur",
    "pd_pa",
    "fte_total",
    "fte_care",
    "readiness",
    "digital_budget_eur_pa",
)


@dataclass(frozen=True, eq=False)
class PopulationTable:
    """Institutions as equally long columns, sorted by entity key; the arrays are read-only."""

    ids: list[str]
    """Names, unique."""
    key: npt.NDArray[np.uint64]
    """Entity keys, rising."""
    type: IntColumn
    """Codes of :class:`~hybridsim.core.codes.InstitutionType`."""
    land: IntColumn
    """Codes of :class:`~hybridsim.core.codes.Land`."""
    legal_form: IntColumn
    """Codes of :class:`~hybridsim.core.codes.LegalForm`."""
    sites: IntColumn
    """Number of sites, at least 1."""
    places: IntColumn
    """Places, clients or beds over all sites, at least 1 per site."""
    revenue_eur_pa: FloatColumn
    """Yearly revenue."""
    ebitda_margin: FloatColumn
    """EBITDA to revenue."""
    debt_eur: FloatColumn
    """Existing debt."""
    debt_service_eur_pa: FloatColumn
    """Yearly service of the existing debt."""
    collateral_eur: FloatColumn
    """Realisable collateral of the existing debt."""
    liquidity_days: FloatColumn
    """Days of revenue held as cash."""
    credit_line_eur: FloatColumn
    """Credit line."""
    pd_pa: FloatColumn
    """One-year probability of default."""
    fte_total: FloatColumn
    """Full-time equivalents."""
    fte_care: FloatColumn
    """Full-time equivalents who care for or advise clients."""
    readiness: FloatColumn
    """Digital readiness, 0 to 1."""
    digital_budget_eur_pa: FloatColumn
    """Yearly digital budget."""
    sample_fraction: float
    """Facilities simulated to facilities of the chosen types in the sector."""
    notes: tuple[str, ...] = ()
    """What was filled in, left out or scaled."""
    file_sha256: str = ""
    """SHA-256 of the population file, if there is one."""

    def __len__(self) -> int:
        return len(self.ids)


def in_key_order(ids: Sequence[str]) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.int64]]:
    """Entity keys of the ids and the order that sorts them."""
    keys = np.array([entity_key(name) for name in ids], dtype=np.uint64)
    return keys, np.argsort(keys, kind="stable").astype(np.int64)


def make_table(
    ids: Sequence[str],
    columns: Mapping[str, npt.ArrayLike],
    sample_fraction: float,
    notes: Sequence[str] = (),
    file_sha256: str = "",
) -> PopulationTable:
    """Sort the rows by entity key and freeze them; the caller has checked them and that keys differ."""
    keys, order = in_key_order(ids)
    arrays: dict[str, Any] = {
        **{name: np.asarray(columns[name], dtype=np.int64)[order] for name in INT_COLUMNS},
        **{name: np.asarray(columns[name], dtype=np.float64)[order] for name in FLOAT_COLUMNS},
    }
    sorted_keys = keys[order]
    for column in (sorted_keys, *arrays.values()):
        column.flags.writeable = False
    return PopulationTable(
        ids=[ids[row] for row in order],
        key=sorted_keys,
        sample_fraction=sample_fraction,
        notes=tuple(notes),
        file_sha256=file_sha256,
        **arrays,
    )
