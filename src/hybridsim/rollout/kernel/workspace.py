"""Memory for one replication at a time, and how its outcome is read from it."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba.core import config

from hybridsim.rollout import layout
from hybridsim.rollout.kernel import records
from hybridsim.rollout.kernel.columns import FIRST_PROVIDER, MEMOS
from hybridsim.rollout.kernel.memory import VIEWS
from hybridsim.rollout.kernel.packing import pack_credit, pack_people, pack_world
from hybridsim.rollout.ledger import Entry
from hybridsim.rollout.loan_life import Floats, LoanRow, balance_rows, in_order, notes, rating_rows
from hybridsim.rollout.tally import LogLine, Outcome
from hybridsim.rollout.world import RUN_OFF_YEARS, World

Array = npt.NDArray[Any]

_CLEARED = (
    "institutions", "books", "cells", "calls", "total", "years", "cohorts", "instruments", "answers",
    "given", "marks", "lists", "slices",
)  # fmt: skip
_COUNTS = {
    "totals": ("total", layout.REPLICATION),
    "years": ("years", layout.YEAR),
    "instruments": ("instruments", layout.INSTRUMENT),
    "cohorts": ("cohorts", layout.COHORT),
}
"""Tables of an outcome: where they lie, and their columns."""
_LISTED = ("loans", "starts", "balances", "ratings")
"""Tables of an outcome whose rows stand one by one."""
_BALANCE = ("loan", "time", "outstanding", "undrawn", "rate_pa", "service", "left", "grace_left")
_RATING = ("row", "time", "pd")
"""Order of the notes in `loan_life.Lives`."""
_ROOM = {"log": (16, 0), "entries": (16, 0), "balances": (4096, 8), "ratings": (4096, 4)}
"""Records at first, and more for each institution; memory that nothing is written to is not taken."""


def _zeros(count: int, dtype: np.dtype[Any]) -> Array:
    """Cleared records that begin where a line of the cache begins."""
    room = np.zeros(count * dtype.itemsize + records.LINE, np.uint8)
    first = -room.ctypes.data % records.LINE
    return room[first : first + count * dtype.itemsize].view(dtype)


class Workspace:
    """The arrays of one thread for one world; what has no fixed size grows when it was full."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.run = self.empty_argument()
        calls = 12 * world.years + 16
        slices = records.SLICES_PER_MONTH * 12 * (world.years + RUN_OFF_YEARS + 1)
        sizes = {
            "people": world.n,
            "institutions": world.n,
            "books": FIRST_PROVIDER + len(world.provider_names) + world.n,
            "hopes": world.n * len(world.use_case_names),
            "cells": records.CELLS * len(world.use_case_names),
            "calls": calls * len(world.instruments),
            "touched": world.n,
            "years": world.years,
            "cohorts": world.years,
            "instruments": len(world.instruments),
            "answers": len(world.instruments) * len(layout.Answer),
            "counts": world.n,
            "lists": world.n,
            "slices": slices,
            "waits": world.n * len(world.use_case_names),
            "credit": world.n,
            "given": world.n * len(world.instruments),
            "marks": world.n * records.COHORT_MARKS,
            "trends": records.USE_CASES * records.TYPES * records.QUARTERS,
        }
        self.arrays: dict[str, Array] = {
            name: _zeros(max(1, sizes.get(name, 1)), dtype) for name, dtype in records.TABLES.items()
        }
        self.arrays["world"] = pack_world(world)
        pack_people(world, self.arrays["people"])
        pack_credit(world, self.arrays["credit"])
        for name, dtype in records.ARENAS.items():
            room = _ROOM.get(name, (1024, 2))
            self.arrays[name] = _zeros(room[0] + room[1] * world.n, dtype)
        self.run["calls_each"], self.run["n_slices"] = calls, slices
        self._point()

    @staticmethod
    def empty_argument() -> Array:
        """What the kernel gets: one record of a run."""
        return np.zeros(1, records.RUN)

    @property
    def argument(self) -> Array:
        """What the kernel gets; with attributes if it runs as plain Python."""
        return self.run.view(np.recarray) if config.DISABLE_JIT else self.run

    @property
    def status(self) -> int:
        """How the last replication came out; 0 is good."""
        return int(self.run[0]["status"])

    def _point(self) -> None:
        for name, array in self.arrays.items():
            self.run[name] = array.ctypes.data
            if config.DISABLE_JIT:
                VIEWS[array.ctypes.data] = array.view(np.uint8)
        for name in records.ARENAS:
            self.run[f"room_{name}"] = len(self.arrays[name])
        self._pointed = {
            name: int(self.run[0][name])
            for name in (*self.arrays, *(f"room_{name}" for name in records.ARENAS), "calls_each", "n_slices")
        }

    def begin(self, replication: int, record: bool, follow: bool) -> None:
        """Clear what the last replication left.

        ``record`` keeps log and ledger, ``follow`` how loans and ratings change.
        """
        run = self.run[0]
        self.run.view(np.uint8).fill(0)
        for name, value in self._pointed.items():
            run[name] = value
        for name in _CLEARED:
            self.arrays[name].view(np.uint8).fill(0)
        self._before = self.arrays["counts"].copy()
        run["replication"], run["record"], run["follow"], run["free_ask"] = replication, record, follow, -1

    def grow(self) -> None:
        """More room for what was nearly full; what the broken attempt counted is forgotten."""
        self.arrays["counts"][:] = self._before
        for name, dtype in records.ARENAS.items():
            if self.run[0][f"n_{name}"] * 2 > len(self.arrays[name]):
                self.arrays[name] = _zeros(2 * len(self.arrays[name]), dtype)
        self._point()

    def forget_institutions(self) -> None:
        """Begin to sum over institutions anew."""
        self.arrays["counts"].view(np.uint8).fill(0)

    # ------------------------------------------------------------------ what came out

    def tables(self, with_loans: int, with_starts: int) -> dict[str, Array]:
        """Counts of the last replication as arrays of whole numbers; loans and starts as doubles."""
        replication = int(self.run[0]["replication"])
        found = {name: self._whole(*place) for name, place in _COUNTS.items()}
        found["totals"] = found["totals"][0]
        found["instruments"] = found["instruments"][: len(self.world.instruments)]
        answers = self.arrays["answers"]["value"].copy()
        found["answers"] = answers[: len(self.world.instruments) * len(layout.Answer)].reshape(
            -1, len(layout.Answer)
        )
        found["reasons"] = self.run[0]["reasons"].copy()
        found["replications"] = np.array(replication)
        found["loans"] = np.zeros((0, len(layout.LOAN)))
        found["balances"] = np.zeros((0, len(layout.BALANCE)))
        found["ratings"] = np.zeros((0, len(layout.RATING)))
        if replication < with_loans:
            loans, found["balances"], found["ratings"] = self.loans()
            found["loans"] = notes([(replication, *row) for row in loans], len(layout.LOAN))
            for name in ("balances", "ratings"):
                found[name] = np.insert(found[name], 0, replication, axis=1)
        starts = self._starts() if replication < with_starts else np.empty((0, len(layout.START) - 1))
        found["starts"] = np.insert(starts, 0, float(replication), axis=1)
        return found

    def stack(self, collected: dict[str, list[Array]]) -> dict[str, Array]:
        """Tables of several replications as one of each kind."""
        return {
            name: np.concatenate(arrays) if name in _LISTED else np.stack(arrays)
            for name, arrays in collected.items()
        }

    def institutions(self) -> dict[str, Array]:
        """Rows of institutions with something to report, and their sums since they were forgotten."""
        counts = self.arrays["counts"]
        rows = np.flatnonzero(counts["seen"]).astype(np.int64)
        columns = [counts[column.name][rows] for column in layout.INSTITUTION]
        return {"rows": rows, "sums": np.stack(columns, axis=1)}

    def outcome(self) -> Outcome:
        """The last replication as the reference engine would hand it out."""
        tables, sums = self.tables(0, 0), self.institutions()
        loans, balances, ratings = self.loans()
        return Outcome(
            replication=int(self.run[0]["replication"]),
            totals=tables["totals"].tolist(),
            years=tables["years"].tolist(),
            instruments=tables["instruments"].tolist(),
            answers=tables["answers"].tolist(),
            reasons=tables["reasons"].tolist(),
            institutions=dict(zip(sums["rows"].tolist(), sums["sums"].tolist(), strict=True)),
            loans=loans,
            cohorts=tables["cohorts"].tolist(),
            starts=self.starts(),
            balances=balances.tolist(),
            ratings=ratings.tolist(),
            log=self._log(),
            entries=self._entries(),
        )

    def _whole(self, name: str, columns: tuple[layout.Column, ...]) -> Array:
        array = self.arrays[name]
        return array.view(np.int64).reshape(len(array), len(columns)).copy()

    def loans(self) -> tuple[list[LoanRow], Floats, Floats]:
        """All loans as `layout.LOAN`, and how they and ratings changed; without the replication."""
        projects, terms = self.arrays["projects"], self.world.instruments
        rows: list[LoanRow] = []
        for loan in self.arrays["loans"][: self.run[0]["n_loans"]]:
            k = int(loan["terms"])
            rows.append(
                (
                    int(loan["row"]), int(projects[loan["project"]]["use_case"]), int(loan["wave"]), k,
                    int(loan["guarantee"]), float(loan["closed_at"]), int(loan["principal"]),
                    float(loan["rate_pa"]), float(loan["pd_at_close"]), terms[k].quarters,
                    terms[k].grace_quarters, float(loan["cover"]), float(loan["defaulted_at"]),
                    int(loan["ead"]), int(loan["recovered"]), int(loan["payout"]), int(loan["loss"]),
                    float(loan["ended_at"]),
                )
            )  # fmt: skip
        loans, places = in_order(rows)
        return (
            loans,
            balance_rows(self._notes("balances", _BALANCE), places),
            rating_rows(self._notes("ratings", _RATING)),
        )

    def _notes(self, name: str, fields: tuple[str, ...]) -> Floats:
        listed = self.arrays[name][: self.run[0][f"n_{name}"]]
        return np.stack([listed[field].astype(np.float64) for field in fields], axis=1)

    def starts(self) -> list[tuple[float | int, ...]]:
        """First start by institution and use case, with the flag of public money."""
        listed = self._starts().tolist()
        return [(int(row), int(use_case), at, int(flag)) for row, use_case, at, flag in listed]

    def _starts(self) -> Array:
        projects = self.arrays["projects"][: self.run[0]["n_projects"]]
        started = np.flatnonzero(projects["started_at"] >= 0.0)
        pair = projects["row"][started] * records.USE_CASES + projects["use_case"][started]
        first = started[np.unique(pair, return_index=True)[1]]
        names = ("row", "use_case", "started_at", "public")
        return np.stack([projects[name][first].astype(np.float64) for name in names], axis=1)

    def _log(self) -> list[LogLine]:
        return [
            (float(line["time"]), int(line["rank"]), int(line["row"]), int(line["sub"]), int(line["amount"]))
            for line in self.arrays["log"][: self.run[0]["n_log"]]
        ]

    def _entries(self) -> list[Entry]:
        world = self.world
        owners = ["outside", "vendor", "payer", *world.provider_names, *world.ids]
        names = world.instrument_names or [""]
        return [
            Entry(
                float(e["time"]), owners[e["giver"]], int(e["giver_kind"]), owners[e["receiver"]],
                int(e["receiver_kind"]), int(e["cents"]), MEMOS[e["memo"]].format(names[e["instrument"]]),
            )
            for e in self.arrays["entries"][: self.run[0]["n_entries"]]
        ]  # fmt: skip
