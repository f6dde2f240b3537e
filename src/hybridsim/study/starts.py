"""First starts of paired runs, matched project by project: an institution's use case in one future."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from hybridsim.study.tables import START_REPLICATIONS

if TYPE_CHECKING:
    from hybridsim.study.store import StoredRun

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Starts:
    """First starts: ``key`` numbers replication, institution and use case; arrays of one length."""

    key: Integers
    replication: Integers
    row: Integers
    month: Floats
    supported: npt.NDArray[np.bool_]
    replications: int


@dataclass(frozen=True, slots=True, eq=False)
class Matched:
    """Counts of starts by replication, shape (n,): with support, of these with public money, and so on."""

    started: Floats
    anyway: Floats
    helped: Floats
    helped_anyway: Floats
    months_earlier: Floats
    only_without: Floats

    @property
    def n(self) -> int:
        """Replications."""
        return self.started.size


def first_starts(run: StoredRun) -> Starts:
    """First starts of a stored run, read row group by row group so that no text piles up."""
    from pyarrow import parquet

    rows = {str(name): row for row, name in enumerate(run.institutions["id"])}
    cases = {str(name): index for index, name in enumerate(sorted(run.manifest["use_cases"]))}
    parts: list[tuple[Integers, Integers, Integers, Floats, Integers]] = []
    with parquet.ParquetFile(run.folder / "starts.parquet") as file:
        for group in range(file.num_row_groups):
            columns = file.read_row_group(group).to_pydict()
            parts.append(
                (
                    np.array(columns["replication"], dtype=np.int64),
                    np.array([rows[name] for name in columns["institution"]], dtype=np.int64),
                    np.array([cases[name] for name in columns["use_case"]], dtype=np.int64),
                    np.array(columns["month"], dtype=np.float64),
                    np.array(columns["supported"], dtype=np.int64),
                )
            )
    replication, row, case, month, supported = (
        np.concatenate(column) for column in zip(*parts, strict=True)
    ) if parts else (np.zeros(0, dtype=np.int64),) * 5  # fmt: skip
    return Starts(
        key=(replication * len(rows) + row) * len(cases) + case,
        replication=replication,
        row=row,
        month=month.astype(np.float64),
        supported=supported != 0,
        replications=min(START_REPLICATIONS, int(run.manifest["replications"]["done"])),
    )


def matched(with_it: Starts, without: Starts, members: npt.NDArray[np.bool_]) -> Matched:
    """Count what starts in both runs, and how much earlier, of some institutions, shape (institutions,)."""
    ours, theirs = members[with_it.row], members[without.row]
    key, other = with_it.key[ours], without.key[theirs]
    replication, helped = with_it.replication[ours], with_it.supported[ours]
    _, at, place = np.intersect1d(key, other, return_indices=True)
    both = np.zeros(key.size, dtype=np.bool_)
    both[at] = True
    earlier = np.zeros(key.size)
    earlier[at] = without.month[theirs][place] - with_it.month[ours][at]
    n = with_it.replications

    def count(numbers: Integers, weights: Floats) -> Floats:
        return np.asarray(np.bincount(numbers, weights=weights, minlength=n), dtype=np.float64)

    new = without.replication[theirs][~np.isin(other, key)]
    return Matched(
        started=count(replication, np.ones(key.size)),
        anyway=count(replication, both.astype(np.float64)),
        helped=count(replication, helped.astype(np.float64)),
        helped_anyway=count(replication, (both & helped).astype(np.float64)),
        months_earlier=count(replication, np.where(helped, earlier, 0.0)),
        only_without=count(new, np.ones(new.size)),
    )
