"""Mean loss given default of claims on an estate, by rank: the waterfall's expectation, not a draw of it.

Of one obligor, with ``r = Phi(mu + b F + s Z)`` (see `hybridsim.credit.estate`) and ``P`` the senior pool:

    estate = r (1 + h) P + surplus
    senior claims lose  1 - min(1, estate / P)
    junior claims lose  1 - min(1, max(0, estate - P) / junior)

The mean is that of those who default: F has the density ``phi(f) Phi((c - rho f) / sqrt(1 - rho^2))``, with c
the default threshold and rho the correlation of the obligor's assets with the economy, unless F is known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hybridsim.credit.arrays import Floats, column

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

_REACH = 8.0
_ECONOMIES, _ESTATES = 33, 257
_AT_A_TIME = 256


def mean_lgds(
    mu: ArrayLike,
    b: float,
    s: float,
    headroom: float,
    threshold: ArrayLike,
    common: ArrayLike,
    senior_pool: ArrayLike,
    surplus: ArrayLike,
    junior: ArrayLike,
    economy: ArrayLike = np.nan,
) -> tuple[Floats, Floats]:
    """Mean LGDs of senior and of junior claims of n obligors.

    Parameters
    ----------
    mu
        (n,) latent recovery of each.
    b, s, headroom
        Weight of the economy, of the estate's own draw, and h: by how much the best estate exceeds the pool.
    threshold, common
        (n,) c = Phi^-1(pd) and rho, below 1 in size.
    senior_pool, surplus, junior
        (n,) amounts of one currency: senior claims that collateral leaves unpaid, collateral beyond the claim
        that it secures, subordinated claims.
    economy
        (n,) known state of the economy at default; NaN where only the default is known.

    Returns
    -------
    tuple of (n,) arrays
        Senior and junior LGD in [0, 1]; where there is no such claim, that of a claim of no size.

    Raises
    ------
    ValueError
        If an amount is negative or a shape is wrong.
    """
    from scipy.special import ndtr

    c = column("threshold", threshold, low=-np.inf)
    size = c.size
    place = column("mu", mu, low=-np.inf, size=size)
    rho = column("common", common, low=-1.0, high=1.0, size=size)
    pool, left = (column(n, v, size=size) for n, v in (("senior_pool", senior_pool), ("surplus", surplus)))
    claims = column("junior", junior, size=size)
    known = np.broadcast_to(np.asarray(economy, dtype=np.float64), (size,))
    states, estates = (np.linspace(-_REACH, _REACH, n) for n in (_ECONOMIES, _ESTATES))
    chance = np.exp(-0.5 * estates**2)
    chance /= chance.sum()
    senior_lgd, junior_lgd = np.empty(size), np.empty(size)
    for first in range(0, size, _AT_A_TIME):
        part = slice(first, first + _AT_A_TIME)
        free = np.isnan(known[part])[:, None]
        bound = (c[part, None] - rho[part, None] * states) / np.sqrt(1.0 - rho[part, None] ** 2)
        weight = np.where(free, np.exp(-0.5 * states**2) * ndtr(bound), 1.0)
        weight /= weight.sum(axis=1, keepdims=True)
        f = np.where(free, states, known[part, None])
        r = ndtr(place[part, None, None] + b * f[:, :, None] + s * estates)
        paid = r * (1.0 + headroom) * pool[part, None, None] + left[part, None, None]
        whole, rest = pool[part, None, None], claims[part, None, None]
        senior_share = np.minimum(_ratio(paid, whole), 1.0)
        junior_share = np.minimum(_ratio(np.maximum(paid - whole, 0.0), rest), 1.0)
        for lgd, share in ((senior_lgd, senior_share), (junior_lgd, junior_share)):
            lgd[part] = 1.0 - np.einsum("nfz,nf,z->n", share, weight, chance, optimize=True)
    return np.clip(senior_lgd, 0.0, 1.0), np.clip(junior_lgd, 0.0, 1.0)


def _ratio(amount: Floats, claim: Floats) -> Floats:
    """Share of a claim that is paid; of none, whether there is anything to pay it with."""
    share: Floats = np.where(claim > 0.0, amount / np.where(claim > 0.0, claim, 1.0), amount > 0.0)
    return share
