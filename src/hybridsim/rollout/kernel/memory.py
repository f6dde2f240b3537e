"""Access to the kernel's memory: records by their number, through addresses.

A function of the kernel gets one argument for all of it, the record of the run, which holds the address of
every array. Passing some thirty arrays instead would make compiling several times slower.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba.core import config, types
from numba.extending import intrinsic
from numba.np.numpy_support import from_dtype

from hybridsim.core.compiling import kernel
from hybridsim.rollout.kernel import records
from hybridsim.rollout.kernel.columns import FIRST_PROVIDER
from hybridsim.rollout.kernel.records import COHORT_MARKS
from hybridsim.rollout.layout import COHORT, Answer

Run = Any
"""The record of a run (`records.RUN`)."""

N_ANSWERS, N_COHORT = len(Answer), len(COHORT)
FULL, LATE, UNEQUAL, BROKEN = 1, 2, 4, 8
"""Reasons to stop: an array is full (the replication is told again with more room), an event in the past,
sources that are not uses, a rule of the model that does not hold."""


VIEWS: dict[int, Any] = {}
"""Bytes of arrays by address, to run the kernel as plain Python in a debugger (``NUMBA_DISABLE_JIT=1``)."""


def _pointer(dtype: np.dtype[Any]) -> Any:  # noqa: ANN401
    """Function ``(address, number)`` that gives a record of an array."""
    record, size = from_dtype(dtype), dtype.itemsize
    if config.DISABLE_JIT:
        return lambda address, number: (
            VIEWS[int(address)][number * size : (number + 1) * size].view(dtype).view(np.recarray)[0]
        )

    @intrinsic
    def at(typing_context: Any, address: Any, number: Any) -> Any:  # noqa: ANN401
        def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401
            offset = builder.mul(arguments[1], context.get_constant(types.int64, size))
            return builder.inttoptr(builder.add(arguments[0], offset), context.get_value_type(record))

        return record(types.int64, types.int64), code

    return at


_world = _pointer(records.WORLD)
_person = _pointer(records.PERSON)
_institution = _pointer(records.INSTITUTION)
_given = _pointer(records.GIVEN)
_lists = _pointer(records.LISTS)
_credit = _pointer(records.CREDIT)
_book = _pointer(records.BOOK)
_hope = _pointer(records.HOPE)
_cell = _pointer(records.CELL)
_call = _pointer(records.CALL)
_number = _pointer(records.NUMBER)
_total = _pointer(records.TOTAL)
_year = _pointer(records.YEAR)
_cohort = _pointer(records.COHORT)
_instrument = _pointer(records.BY_INSTRUMENT)
_counts = _pointer(records.BY_INSTITUTION)
_trend = _pointer(records.AMOUNT)
_event = _pointer(records.EVENT)
_chunk = _pointer(records.CHUNK)
_slice = _pointer(records.SLICE)
_wait = _pointer(records.WAIT)
_project = _pointer(records.PROJECT)
_loan = _pointer(records.LOAN)
_commitment = _pointer(records.COMMITMENT)
_grant = _pointer(records.GRANT)
_settled = _pointer(records.SETTLED)
_aid = _pointer(records.AID)
_application = _pointer(records.APPLICATION)
_ask = _pointer(records.ASK)
_line = _pointer(records.LOG)
_entry = _pointer(records.ENTRY)
_balance = _pointer(records.BALANCE)
_rating = _pointer(records.RATING)


@kernel
def world(s: Run) -> Any:  # noqa: ANN401
    """What does not change."""
    return _world(s.world, 0)


@kernel
def totals(s: Run) -> Any:  # noqa: ANN401
    """Counts of the replication."""
    return _total(s.total, 0)


@kernel
def column_at(s: Run, position: int) -> Any:  # noqa: ANN401
    """One count of the replication by its position; its ``value`` can be changed."""
    return _number(s.total, position)


@kernel
def is_platform(s: Run, p: int) -> bool:
    """Whether a project is a platform programme."""
    project = _project(s.projects, p)
    return bool(world(s).use_cases[project.use_case, _person(s.people, project.row).type].n_members)


@kernel
def cohort_row(s: Run, year: int) -> Any:  # noqa: ANN401
    """Counts of a cohort."""
    return _cohort(s.cohorts, year)


@kernel
def cohort_column(s: Run, year: int, position: int) -> Any:  # noqa: ANN401
    """One count of a cohort by its position."""
    return _number(s.cohorts, year * N_COHORT + position)


@kernel
def answers_at(s: Run, k: int, answer: int) -> Any:  # noqa: ANN401
    """Count of one answer of one instrument."""
    return _number(s.answers, k * N_ANSWERS + answer)


@kernel
def hope_at(s: Run, use_case: int, row: int) -> Any:  # noqa: ANN401
    """An institution's wait for the idea of a use case."""
    return _hope(s.hopes, use_case * world(s).n + row)


@kernel
def cell_at(s: Run, use_case: int, cell: int) -> Any:  # noqa: ANN401
    """A use case in one cell."""
    return _cell(s.cells, use_case * 96 + cell)


@kernel
def call_at(s: Run, k: int, number: int) -> Any:  # noqa: ANN401
    """One call of one instrument."""
    return _call(s.calls, k * s.calls_each + number)


@kernel
def person_at(s: Run, number: int) -> Any:  # noqa: ANN401
    """What the world knows of an institution."""
    return _person(s.people, number)


@kernel
def institution_at(s: Run, number: int) -> Any:  # noqa: ANN401
    """State of an institution."""
    return _institution(s.institutions, number)


@kernel
def lists_at(s: Run, number: int) -> Any:  # noqa: ANN401
    """Where an institution's other lists begin."""
    return _lists(s.lists, number)


@kernel
def credit_at(s: Run, number: int) -> Any:  # noqa: ANN401
    """What decides on an institution's default before any project."""
    return _credit(s.credit, number)


@kernel
def given_at(s: Run, row: int, k: int) -> Any:  # noqa: ANN401
    """What an institution has of an instrument."""
    return _given(s.given, row * world(s).n_instruments + k)


@kernel
def marks_at(s: Run, row: int, which: int) -> Any:  # noqa: ANN401
    """Cohorts, as bits, in which an institution was counted under one of the heads."""
    return _number(s.marks, row * COHORT_MARKS + which)


@kernel
def book_of(s: Run, row: int) -> int:
    """Number of an institution's book."""
    return FIRST_PROVIDER + int(world(s).n_providers) + row


@kernel
def book_at(s: Run, number: int) -> Any:  # noqa: ANN401
    """Accounts of one owner."""
    return _book(s.books, number)


@kernel
def touched_at(s: Run, number: int) -> Any:  # noqa: ANN401
    """The institutions that something happened to, in that order."""
    return _number(s.touched, number)


@kernel
def year_row(s: Run, number: int) -> Any:  # noqa: ANN401
    """Counts of a year."""
    return _year(s.years, number)


@kernel
def instrument_row(s: Run, number: int) -> Any:  # noqa: ANN401
    """Counts of an instrument."""
    return _instrument(s.instruments, number)


@kernel
def counts_at(s: Run, number: int) -> Any:  # noqa: ANN401
    """Counts of an institution."""
    return _counts(s.counts, number)


@kernel
def trend_at(s: Run, number: int) -> Any:  # noqa: ANN401
    """What is remembered of price trends; see `treasury.priced_months`."""
    return _trend(s.trends, number)


@kernel
def event_at(s: Run, number: int) -> Any:  # noqa: ANN401
    """An entry of the calendar's heap."""
    return _event(s.heap, number)


@kernel
def chunk_at(s: Run, number: int) -> Any:  # noqa: ANN401
    """Some events of a slice of time that has not begun."""
    return _chunk(s.chunks, number)


@kernel
def slice_at(s: Run, number: int) -> Any:  # noqa: ANN401
    """A slice of time to come."""
    return _slice(s.slices, number)


@kernel
def wait_at(s: Run, number: int) -> Any:  # noqa: ANN401
    """Somebody who waits for the idea of a use case."""
    return _wait(s.waits, number)


@kernel
def project_at(s: Run, number: int) -> Any:  # noqa: ANN401
    """A project."""
    return _project(s.projects, number)


@kernel
def loan_at(s: Run, number: int) -> Any:  # noqa: ANN401
    """A loan."""
    return _loan(s.loans, number)


@kernel
def commitment_at(s: Run, number: int) -> Any:  # noqa: ANN401
    """A promise."""
    return _commitment(s.commitments, number)


@kernel
def grant_at(s: Run, number: int) -> Any:  # noqa: ANN401
    """A grant that waits for its final account."""
    return _grant(s.grants, number)


@kernel
def settled_at(s: Run, number: int) -> Any:  # noqa: ANN401
    """A grant after its final account."""
    return _settled(s.settled, number)


@kernel
def aid_at(s: Run, number: int) -> Any:  # noqa: ANN401
    """One de-minimis award."""
    return _aid(s.aids, number)


@kernel
def application_at(s: Run, number: int) -> Any:  # noqa: ANN401
    """An application to a call."""
    return _application(s.applications, number)


@kernel
def ask_at(s: Run, number: int) -> Any:  # noqa: ANN401
    """A request that waits for its answer."""
    return _ask(s.asks, number)


@kernel
def line_at(s: Run, number: int) -> Any:  # noqa: ANN401
    """A line of the event log."""
    return _line(s.log, number)


@kernel
def entry_at(s: Run, number: int) -> Any:  # noqa: ANN401
    """An entry of the ledger."""
    return _entry(s.entries, number)


@kernel
def balance_at(s: Run, number: int) -> Any:  # noqa: ANN401
    """A note of a loan's balance."""
    return _balance(s.balances, number)


@kernel
def rating_at(s: Run, number: int) -> Any:  # noqa: ANN401
    """A note of a borrower's rating."""
    return _rating(s.ratings, number)
