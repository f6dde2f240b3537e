"""Elementary functions and keyed draws for compiled code: the same bits on every processor.

A draw is one Philox block under the seed; its counter is ``(index, 0, scenario, stream)``. Scenarios number
below 2**32; streams are those of :class:`hybridsim.core.rng.Stream`.
"""

from __future__ import annotations

from hybridsim.core import mathx, philox
from hybridsim.core.compiling import kernel, rule

exp = rule(mathx.exp)
log = rule(mathx.log)
norm_cdf = rule(mathx.norm_cdf)
norm_pdf = rule(mathx.norm_pdf)
norm_ppf = rule(mathx.norm_ppf)
_philox4x32 = rule(philox.philox4x32)


@kernel
def two_uniforms(seed_lo: int, seed_hi: int, scenario: int, stream: int, index: int) -> tuple[float, float]:
    """Two independent uniforms in the open interval (0, 1) for what ``index`` stands for.

    The first has the bits of :func:`hybridsim.core.rng.uniform` with the entity's words ``(index, 0)``.
    """
    x0, x1, x2, x3 = _philox4x32(index, 0, scenario, stream << 24, seed_lo, seed_hi)
    first = ((x0 >> 6) * 67108864 + (x1 >> 6) + 0.5) * 2.220446049250313e-16
    return first, ((x2 >> 6) * 67108864 + (x3 >> 6) + 0.5) * 2.220446049250313e-16
