"""From finished blocks to a whole run folder, put in place by one renaming."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hybridsim.core.errors import DataError
from hybridsim.study import folders, manifest
from hybridsim.study.blocks import read_block
from hybridsim.study.digest import run_digest, table_digest
from hybridsim.study.figures import Figures
from hybridsim.study.metrics import compute
from hybridsim.study.plan import Plan
from hybridsim.study.store import MANIFEST
from hybridsim.study.tables import METRICS, STORED, TABLES
from hybridsim.study.writer import TableWriter, write_metrics


@dataclass(frozen=True, slots=True)
class Work:
    """How the blocks came about; ``found`` and ``renewed`` count those of an earlier attempt."""

    workers: int
    blocks: int
    found: int
    renewed: int
    began: float
    ended: float


def assemble(plan: Plan, partial: Path, out: Path, force: bool, work: Work) -> dict[str, Any]:
    """Write tables, metrics and manifest of a run; returns the manifest.

    Raises
    ------
    InvariantError
        If a replication is missing or counted twice, or a metric breaks a rule of risk measures.
    """
    began = time.time()
    whole = folders.sibling(out, "new")
    whole.mkdir(parents=True)
    try:
        rows = _write_tables(plan, partial, whole)
        with Figures(whole, list(plan.world.instrument_names), plan.world.years) as figures:
            found = compute(figures)
        rows["metrics"] = write_metrics(whole, found)
        folders.write_json(whole / "metrics.json", [row.as_record() for row in found])
        digests = {name: table_digest(name, fields, _file(whole, name)) for name, fields in STORED.items()}
        stored = manifest.build(
            plan,
            rows,
            digests,
            run_digest({name: digests[name] for name in TABLES}),
            table_digest("metrics", METRICS, _file(whole, "metrics")),
            work.workers,
            _timings(work, began),
            manifest.notes(plan),
        )
        folders.write_json(whole / MANIFEST, stored)
        folders.put_in_place(whole, out, force)
    finally:
        folders.remove_run(whole)
    return stored


def _write_tables(plan: Plan, partial: Path, whole: Path) -> dict[str, int]:
    with TableWriter(whole, plan.world).open() as writer:
        for number, expected in enumerate(plan.blocks):
            path = folders.block_file(partial, number)
            block = read_block(path, plan.identity, expected)
            if block is None:
                raise DataError(f"{path}: changed while it was being stored; give the same command again")
            writer.add(block)
        return writer.finish(plan.replications)


def _timings(work: Work, assembly: float) -> dict[str, Any]:
    return {
        "began": datetime.fromtimestamp(work.began, UTC).isoformat(timespec="seconds"),
        "simulation_seconds": round(work.ended - work.began, 3),
        "storing_seconds": round(time.time() - assembly, 3),
        "blocks": work.blocks,
        "blocks_of_an_earlier_attempt": work.found,
        "blocks_simulated_again": work.renewed,
    }


def _file(folder: Path, table: str) -> Path:
    return folder / f"{table}.parquet"
