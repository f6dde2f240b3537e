"""``ldexp`` and ``frexp`` on the bits of doubles: what the C library gives, without a call of it.

Rules of `core.mathx` take their exponents and mantissas with them, several times per event.
"""

from __future__ import annotations

import math
from typing import Any

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

_EXPONENT = 0x7FF0000000000000


@intrinsic
def _bits_of(typing_context: Any, number: Any) -> Any:  # noqa: ANN401
    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401
        return builder.bitcast(arguments[0], ir.IntType(64))

    return types.int64(types.float64), code


@intrinsic
def _double_of(typing_context: Any, bits: Any) -> Any:  # noqa: ANN401
    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401
        return builder.bitcast(arguments[0], ir.DoubleType())

    return types.float64(types.int64), code


def scaled(x: float, k: int) -> float:
    """``x * 2**k``: where the power is a normal number the product rounds once, as the library's does."""
    if -1022 <= k <= 1023:
        power: float = _double_of((k + 1023) << 52)
        return x * power
    return math.ldexp(x, k)


def parted(x: float) -> tuple[float, int]:
    """Mantissa in [0.5, 1) and exponent of a number, read off its bits if it is normal."""
    bits: int = _bits_of(x)
    exponent = (bits & _EXPONENT) >> 52
    if exponent == 0 or exponent == 2047:
        mantissa, power = math.frexp(x)
        return mantissa, int(power)
    mantissa = _double_of((bits & ~_EXPONENT) | (1022 << 52))
    return mantissa, exponent - 1022
