"""Records that will soon be read are called from memory while the present event is handled.

A world of all institutions is larger than a processor's own caches: each event would wait for memory some ten
times. Nothing here changes a result.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import config, types
from numba.extending import intrinsic

from hybridsim.core.compiling import kernel
from hybridsim.rollout.events import Rank
from hybridsim.rollout.kernel import records
from hybridsim.rollout.kernel.calendar import ROW_BITS, SUB_BITS
from hybridsim.rollout.kernel.memory import Run, book_of, event_at, institution_at, touched_at

_PROJECT = sum(
    1 << int(rank)
    for rank in (
        Rank.SUPPORT_END, Rank.WORN_OUT, Rank.PRICE_ROUND, Rank.SUSTAINED, Rank.GATE, Rank.LIVE, Rank.SERVED,
        Rank.PLANNED, Rank.ANSWER, Rank.NEXT_WAVE,
    )
)  # fmt: skip
"""Events that say which project they are about."""
_NEAR, _FAR = 4, 8
"""How many institutions ahead their projects, and they themselves, are called."""


def _calling(dtype: np.dtype[Any], lines: int) -> Any:  # noqa: ANN401
    """Function ``(address, number)`` that calls the first lines of a record into the cache."""
    size = dtype.itemsize
    if config.DISABLE_JIT:
        return lambda address, number: None

    @intrinsic
    def call(typing_context: Any, address: Any, number: Any) -> Any:  # noqa: ANN401
        def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401
            pointer, whole = ir.IntType(8).as_pointer(), ir.IntType(32)
            kind = ir.FunctionType(ir.VoidType(), [pointer, whole, whole, whole])
            prefetch = builder.module.declare_intrinsic("llvm.prefetch", [pointer], kind)
            offset = builder.mul(arguments[1], context.get_constant(types.int64, size))
            first = builder.add(arguments[0], offset)
            for line in range(lines):
                place = builder.add(first, context.get_constant(types.int64, line * records.LINE))
                # To read (0), to stay in all caches (3), data (1).
                builder.call(prefetch, [builder.inttoptr(place, pointer), whole(0), whole(3), whole(1)])
            return context.get_dummy_value()

        return types.none(types.int64, types.int64), code

    return call


_institution = _calling(records.INSTITUTION, 3)
_person = _calling(records.PERSON, 3)
_credit = _calling(records.CREDIT, 2)
_book = _calling(records.BOOK, 1)
_counts = _calling(records.BY_INSTITUTION, 2)
_project = _calling(records.PROJECT, 15)
_project_in_use = _calling(records.PROJECT, 4)
_loan = _calling(records.LOAN, 3)


@kernel
def call_institution(s: Run, row: int) -> None:
    """An institution will soon be looked at."""
    _institution(s.institutions, row)
    _person(s.people, row)
    _credit(s.credit, row)
    _book(s.books, book_of(s, row))
    _counts(s.counts, row)


@kernel
def call_holdings(s: Run, row: int) -> None:
    """An institution that was called before will soon be settled: its first project, its first loan."""
    inst = institution_at(s, row)
    if inst.first_project >= 0:
        _project_in_use(s.projects, inst.first_project)
    if inst.first_loan >= 0:
        _loan(s.loans, inst.first_loan)


@kernel
def row_of(key: int) -> int:
    """Institution in an event's key."""
    return (key >> SUB_BITS) & ((1 << ROW_BITS) - 1)


@kernel
def call_next(s: Run) -> None:
    """The first on the calendar is next, and one of the two below it follows, unless others come before."""
    for position in range(min(3, s.n_heap)):
        call_institution(s, row_of(event_at(s, position).key))
    if s.n_heap > 0:
        event = event_at(s, 0)
        call_holdings(s, row_of(event.key))
        if (_PROJECT >> (event.key >> (ROW_BITS + SUB_BITS))) & 1:
            _project(s.projects, event.what)


@kernel
def call_touched(s: Run, position: int) -> None:
    """A pass over all institutions that something happened to has come to ``position``."""
    if position + _FAR >= s.n_touched:
        return
    call_institution(s, touched_at(s, position + _FAR).value)
    call_holdings(s, touched_at(s, position + _NEAR).value)
