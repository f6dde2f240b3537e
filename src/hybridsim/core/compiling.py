"""Compiling: functions of a kernel, its entry points, and scalar rules of other rooms as they stand."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from pathlib import Path
from types import BuiltinFunctionType, FunctionType
from typing import Any, TypeVar

import numba
from numba.core import config

from hybridsim.core import doubles

F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS = {"error_model": "numpy", "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
"""Only the entry point is called from Python: leaving the others' wrappers out halves the time to compile."""

_INSTEAD: dict[Any, Any] = (
    {} if config.DISABLE_JIT else {math.ldexp: doubles.scaled, math.frexp: doubles.parted}
)
"""What rules call under Numba instead of the C library, with the same bits."""

_LISTEN_SECONDS = 0.1

_COMPILED: dict[FunctionType, Any] = {}


def _compiled(function: Callable[..., Any]) -> Any:  # noqa: ANN401
    """A function under Numba, compiled once for whole numbers and not once more for every literal.

    Numba compiles a called function anew for each literal among its arguments, which would double the time.
    """
    dispatcher: Any = numba.njit(**_OPTIONS)(function)
    if config.DISABLE_JIT:
        return dispatcher
    with_literals = dispatcher.get_call_template

    def get_call_template(args: tuple[Any, ...], kws: dict[str, Any]) -> Any:  # noqa: ANN401
        plain = {name: numba.types.unliteral(kind) for name, kind in kws.items()}
        return with_literals(tuple(numba.types.unliteral(kind) for kind in args), plain)

    dispatcher.get_call_template = get_call_template
    return dispatcher


def kernel(function: F) -> F:
    """Compile a function of a kernel, to be called by others of the kernel only."""
    compiled: F = _compiled(function)
    return compiled


def entry(folder: Path) -> Callable[[Callable[..., Any]], Any]:
    """Compile a function that Python calls, without its lock, and keep what it is made of in a folder."""

    def decorate(function: Callable[..., Any]) -> Any:  # noqa: ANN401
        # Numba asks where to keep a function while it is decorated, and each kernel has its own folder.
        before, config.CACHE_DIR = config.CACHE_DIR, str(folder)
        try:
            return numba.njit(nogil=True, error_model="numpy", cache=True)(function)
        finally:
            config.CACHE_DIR = before

    return decorate


def listening(compiling: Callable[[], object]) -> None:
    """Compile in a thread while the caller's one listens: the compiler may not look up for seconds.

    An interruption is raised at once; what was under way goes on in the background and is left behind when
    the process ends.
    """
    failed: list[BaseException] = []

    def work() -> None:
        try:
            compiling()
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=work, name="compiling", daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(_LISTEN_SECONDS)
    if failed:
        raise failed[0]


def rule(function: F) -> F:
    """A scalar rule of another room, compiled together with the rules that it calls by name.

    The rule itself stays plain Python: the reference engine goes on calling it as it is.
    """
    assert isinstance(function, FunctionType), f"{function!r} is not a plain Python function"
    if function not in _COMPILED:
        names = dict(function.__globals__)
        for name in function.__code__.co_names:
            called: Any = names.get(name)
            if isinstance(called, BuiltinFunctionType):
                called = _INSTEAD.get(called, called)
            if isinstance(called, FunctionType):
                names[name] = rule(called)
        copy = FunctionType(
            function.__code__, names, function.__name__, function.__defaults__, function.__closure__
        )
        _COMPILED[function] = _compiled(copy)
    compiled: F = _COMPILED[function]
    return compiled
