"""Evenly spread points for the factors: Sobol's sequence, scrambled anew for each batch.

Every point of a scrambled sequence is uniform, so each batch's mean is unbiased, and batches are independent;
within a batch the points are so even that smooth integrands cost fewer of them. Sources: A. Owen, "Randomly
permuted (t,m,s)-nets and (t,s)-sequences" (1995); J. Matousek, "On the L2-discrepancy for anchored boxes"
(1998), whose linear scrambling with a digital shift `scipy.stats.qmc` has.
"""

from __future__ import annotations

from hashlib import blake2b

import numpy as np

from hybridsim.credit.arrays import Floats

_BITS = 30


def batch_points(seed: int, batch: int, size: int, dimensions: int) -> Floats:
    """Points of one batch in the open unit cube, (size, dimensions); ``size`` is a power of two.

    The scrambling is drawn from a key of seed and batch, so that a batch is the same alone and among others.
    """
    from scipy.stats import qmc

    key = blake2b(f"tail {seed} {batch}".encode(), digest_size=16).digest()
    generator = np.random.Generator(np.random.PCG64(int.from_bytes(key, "little")))
    sequence = qmc.Sobol(dimensions, scramble=True, bits=_BITS, rng=generator)
    # The sequence lives on multiples of 2^-30; half a step keeps its quantiles finite.
    points: Floats = sequence.random_base2(size.bit_length() - 1) + 0.5 ** (_BITS + 1)
    return points
