"""Arrays of the caller that compiled code reads without counting their users.

Numba counts the users of each array of a tuple at every call that the tuple is handed to. With some forty
arrays that takes as long as the simulation itself, and threads wait for each other's counters.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numba
from numba.core import cgutils, config, types
from numba.extending import intrinsic

F = TypeVar("F", bound=Callable[..., Any])


def in_place(function: F) -> F:
    """Compile a function of the kernel into those that call it, so that a tuple is not handed over at all."""
    compiled: F = numba.njit(inline="always", error_model="numpy")(function)
    return compiled


def _borrowed() -> Any:  # noqa: ANN401
    if config.DISABLE_JIT:
        return lambda arrays: arrays

    @intrinsic
    def borrowed(typing_context: Any, arrays: Any) -> Any:  # noqa: ANN401
        def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401
            whole = arguments[0]
            for place, kind in enumerate(arrays.types):
                if isinstance(kind, types.Array):
                    array = context.make_array(kind)(context, builder, builder.extract_value(whole, place))
                    array.meminfo = cgutils.get_null_value(array.meminfo.type)
                    whole = builder.insert_value(whole, array._getvalue(), place)
            return whole

        return arrays(arrays), code

    return borrowed


borrowed = _borrowed()
"""``borrowed(t)``: the same named tuple of arrays, uncounted; the caller has to keep the arrays alive."""
