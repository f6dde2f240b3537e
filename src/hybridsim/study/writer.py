"""Writing the tables of a run folder, one row group per block, so that memory does not grow with blocks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hybridsim.core.codes import InstitutionType, Land, LegalForm, Service
from hybridsim.core.errors import InvariantError
from hybridsim.rollout import layout
from hybridsim.study.blocks import Block, Doubles, Integers
from hybridsim.study.tables import METRICS, STORED, TABLES, Field

if TYPE_CHECKING:
    import pyarrow as pa

    from hybridsim.rollout.world import World
    from hybridsim.study.metrics import Row

_PER_REPLICATION = (
    "replications",
    "years",
    "instruments",
    "answers",
    "reasons",
    "cohorts",
    "loans",
    "starts",
    "balances",
    "ratings",
)


class TableWriter:
    """Takes blocks in the order of their replications and writes all result tables."""

    def __init__(self, folder: Path, world: World) -> None:
        self._folder = folder
        self._world = world
        self._sums: Integers = np.zeros((world.n, len(layout.INSTITUTION)), dtype=np.int64)
        self._seen = 0
        self._files: dict[str, Any] = {}

    @contextmanager
    def open(self) -> Iterator[TableWriter]:
        """Open the files; the table of institutions is written at the end."""
        from pyarrow import parquet

        with ExitStack() as files:
            for name in _PER_REPLICATION:
                target = parquet.ParquetWriter(self._folder / f"{name}.parquet", _schema(STORED[name]))
                self._files[name] = files.enter_context(target)
            yield self

    def add(self, block: Block) -> None:
        """Append a block.

        Raises
        ------
        InvariantError
            If its replications do not follow the ones before: each must be there exactly once.
        """
        expected = list(range(self._seen, self._seen + len(block.replications)))
        if block.replications.tolist() != expected:
            raise InvariantError(
                f"replications {block.replications.tolist()} came where {expected} were due: "
                "each must be counted exactly once"
            )
        self._seen += len(expected)
        self._sums[block.rows] += block.sums
        self._write("replications", _replications(block))
        self._write("years", _by_year(block.replications, block.years))
        self._write("instruments", _instruments(block, self._world.instrument_names))
        self._write("answers", _answers(block, self._world.instrument_names))
        self._write("reasons", _reasons(block))
        self._write("cohorts", _by_year(block.replications, block.cohorts))
        for name in ("loans", "starts", "balances", "ratings"):
            listed = getattr(block, name)
            if len(listed):
                self._write(name, listed_columns(name, listed, self._world))

    def finish(self, replications: int) -> dict[str, int]:
        """Write the institutions; returns the number of rows of each table.

        Raises
        ------
        InvariantError
            If fewer or more replications came than were asked for.
        """
        if self._seen != replications:
            raise InvariantError(f"{self._seen} replications were simulated, {replications} were asked for")
        for file in self._files.values():
            file.close()
        write_table(self._folder, "institutions", TABLES["institutions"], self._institutions())
        return {name: count_rows(self._folder / f"{name}.parquet") for name in STORED}

    def _write(self, name: str, columns: Sequence[Any]) -> None:
        self._files[name].write_table(as_table(STORED[name], columns))

    def _institutions(self) -> list[Any]:
        people = self._world.population
        return [
            list(self._world.ids),
            [InstitutionType(int(code)).label for code in people.type],
            [Land(int(code)).name for code in people.land],
            [LegalForm(int(code)).label for code in people.legal_form],
            np.asarray(people.sites, dtype=np.int64),
            np.asarray(people.revenue_eur_pa, dtype=np.float64),
            np.asarray(people.pd_pa, dtype=np.float64),
            np.asarray(self._world.supported, dtype=np.int64),
            *self._sums.T,
        ]


def write_metrics(folder: Path, rows: Iterable[Row]) -> int:
    """Write metrics.parquet; returns the number of rows."""
    records = [row.as_record() for row in rows]
    columns = [[record[field.name] for record in records] for field in METRICS]
    write_table(folder, "metrics", METRICS, columns)
    return len(records)


def write_table(folder: Path, name: str, fields: Sequence[Field], columns: Sequence[Any]) -> None:
    """Write one table in one go."""
    from pyarrow import parquet

    parquet.write_table(as_table(fields, columns), folder / f"{name}.parquet")


def count_rows(path: Path) -> int:
    """Rows of a stored table."""
    from pyarrow import parquet

    return int(parquet.read_metadata(path).num_rows)


def _schema(fields: Iterable[Field]) -> pa.Schema:
    import pyarrow as pa

    types = {"int64": pa.int64(), "double": pa.float64(), "string": pa.string()}
    return pa.schema([(field.name, types[field.type]) for field in fields])


def as_table(fields: Sequence[Field], columns: Sequence[Any]) -> pa.Table:
    """Columns as a table with the names and types of its fields."""
    import pyarrow as pa

    schema = _schema(fields)
    arrays = [pa.array(column, type=kind) for column, kind in zip(columns, schema.types, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)


def _replications(block: Block) -> list[Any]:
    return [block.replications, *block.totals.T]


def _by_year(replications: Integers, table: Integers) -> list[Any]:
    """Columns of a table by replication and year or cohort, shape (b, Y, C)."""
    count, years, columns = table.shape
    flat = table.reshape(count * years, columns)
    return [np.repeat(replications, years), np.tile(np.arange(years), count), *flat.T]


def _instruments(block: Block, names: Sequence[str]) -> list[Any]:
    count = len(block.replications)
    flat = block.instruments.reshape(count * len(names), len(layout.INSTRUMENT))
    return [np.repeat(block.replications, len(names)), list(names) * count, *flat.T]


def _answers(block: Block, names: Sequence[str]) -> list[Any]:
    count, kinds = len(block.replications), len(layout.ANSWERS)
    return [
        np.repeat(block.replications, len(names) * kinds),
        [name for name in names for _ in layout.ANSWERS] * count,
        list(layout.ANSWERS) * (len(names) * count),
        block.answers.reshape(-1),
    ]


def _reasons(block: Block) -> list[Any]:
    count, kinds = len(block.replications), len(layout.REASONS)
    return [np.repeat(block.replications, kinds), list(layout.REASONS) * count, block.reasons.reshape(-1)]


def listed_columns(name: str, rows: Doubles, world: World) -> list[Any]:
    """Columns of a table whose rows stand one by one, with names instead of indices."""
    names: Mapping[str, Sequence[str]] = {
        "institution": world.ids,
        "use_case": world.use_case_names,
        "instrument": world.instrument_names,
        "guarantee": world.instrument_names,
        "service": Service.labels(),
    }
    columns: list[Any] = []
    for field, values in zip(STORED[name], rows.T, strict=True):
        if field.type == "string":
            known = names[field.name]
            columns.append([known[int(index)] if index >= 0 else "" for index in values])
        else:
            columns.append(values.astype(np.int64) if field.type == "int64" else values)
    return columns
