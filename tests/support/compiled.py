"""Compile a scalar rule without changing it, and hold its bits against plain Python."""

from __future__ import annotations

import types
from collections.abc import Callable, Sequence
from typing import Any

import numba
import numpy as np

_COMPILED: dict[types.FunctionType, Callable[..., Any]] = {}


def compiled(rule: Callable[..., Any]) -> Callable[..., Any]:
    """The rule under ``numba.njit``, with the Python functions that it calls by name compiled as well.

    Each rule is compiled once per session and per kind of arguments.
    """
    assert isinstance(rule, types.FunctionType), f"{rule!r} is not a plain Python function"
    if rule not in _COMPILED:
        names = dict(rule.__globals__)
        for name in rule.__code__.co_names:
            if isinstance(names.get(name), types.FunctionType):
                names[name] = compiled(names[name])
        copy = types.FunctionType(rule.__code__, names, rule.__name__, rule.__defaults__, rule.__closure__)
        _COMPILED[rule] = numba.njit(copy)
    return _COMPILED[rule]


def assert_same_bits(rule: Callable[..., Any], argument_arrays: Sequence[Any]) -> None:
    """Assert that a rule gives equal types and bits in Python and compiled, row by row.

    ``argument_arrays`` has one array (or list) per positional argument, all equally long. All NaNs count
    as equal, because a NaN's sign and payload have no meaning; zeros of different sign do not.
    """
    columns = [
        column.tolist() if isinstance(column, np.ndarray) else list(column) for column in argument_arrays
    ]
    rows = list(zip(*columns, strict=True))
    assert rows, "no arguments to compare"
    fast = compiled(rule)
    plain_results = _columns([rule(*row) for row in rows])
    fast_results = _columns([fast(*row) for row in rows])
    assert len(plain_results) == len(fast_results), (
        f"{rule.__name__} returns another number of values compiled"
    )
    for position, (plain, quick) in enumerate(zip(plain_results, fast_results, strict=True)):
        kinds = {type(value) for value in plain}
        assert len(kinds) == 1, f"{rule.__name__}[{position}] returns several types: {kinds}"
        assert kinds == {type(value) for value in quick}, (
            f"{rule.__name__}[{position}] changes its type compiled"
        )
        different = np.flatnonzero(_bits(plain) != _bits(quick))
        if different.size:
            row = int(different[0])
            raise AssertionError(
                f"{rule.__name__}{rows[row]} gives {plain[row]!r} in Python and {quick[row]!r} compiled; "
                f"{different.size} of {len(rows)} rows differ"
            )


def _columns(results: list[Any]) -> list[list[Any]]:
    if isinstance(results[0], tuple):
        return [list(column) for column in zip(*results, strict=True)]
    return [results]


def _bits(values: list[Any]) -> np.ndarray:
    if not isinstance(values[0], float):
        return np.array([int(value) for value in values], dtype=np.int64)
    array = np.array(values, dtype=np.float64)
    array[np.isnan(array)] = np.nan
    return array.view(np.int64)
