"""Elementary functions and keyed draws for compiled code: the same bits on every processor.

A draw is one Philox block under the seed; its counter is ``(index, 0, scenario, stream)``. Scenarios number
below 2**32; streams are those of :class:`hybridsim.core.rng.Stream`.
"""

from __future__ import annotations

import numba

from hybridsim.core import mathx, philox
from hybridsim.core.compiling import kernel, rule
from hybridsim.credit.arrays import Floats

exp = rule(mathx.exp)
log = rule(mathx.log)
norm_cdf = rule(mathx.norm_cdf)
norm_pdf = rule(mathx.norm_pdf)
norm_ppf = rule(mathx.norm_ppf)
philox4x32 = numba.njit(forceinline=True, error_model="numpy")(philox.philox4x32)
"""Put where it is called: only then several counters are taken at once."""
log_of_parts = numba.njit(forceinline=True, error_model="numpy")(mathx.log_of_parts)
"""Put where it is called for the same reason."""
_norm_ppf_centre = numba.njit(forceinline=True, error_model="numpy")(mathx.norm_ppf_centre)


@kernel
def uniform_of(high: int, low: int) -> float:
    """Uniform in the open interval (0, 1) from two words of Philox, as :func:`hybridsim.core.rng.uniform`."""
    return ((high >> 6) * 67108864 + (low >> 6) + 0.5) * 2.220446049250313e-16


@kernel
def two_uniforms(seed_lo: int, seed_hi: int, scenario: int, stream: int, index: int) -> tuple[float, float]:
    """Two independent uniforms in the open interval (0, 1) for what ``index`` stands for.

    The first has the bits of :func:`hybridsim.core.rng.uniform` with the entity's words ``(index, 0)``.
    """
    x0, x1, x2, x3 = philox4x32(index, 0, scenario, stream << 24, seed_lo, seed_hi)
    return uniform_of(x0, x1), uniform_of(x2, x3)


@kernel
def many_uniforms(
    seed_lo: int, seed_hi: int, scenario: int, stream: int, first: int, one: Floats, other: Floats
) -> None:
    """Fill ``one`` and ``other`` with :func:`two_uniforms` of the indices from ``first`` on, much faster."""
    for i in range(len(one)):
        x0, x1, x2, x3 = philox4x32(first + i, 0, scenario, stream << 24, seed_lo, seed_hi)
        one[i] = uniform_of(x0, x1)
        other[i] = uniform_of(x2, x3)


@kernel
def many_norm_ppfs(uniforms: Floats, out: Floats) -> None:
    """Fill ``out`` with :func:`norm_ppf` of ``uniforms``, much faster; two arrays of one length."""
    for i in range(len(out)):
        out[i] = _norm_ppf_centre(uniforms[i] - 0.5)
    for i in range(len(out)):
        if abs(uniforms[i] - 0.5) > 0.425:
            out[i] = norm_ppf(uniforms[i])
