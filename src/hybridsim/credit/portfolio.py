"""A book of loans as arrays: what every loss model of many obligors takes.

Obligors default with everything they owe; loans hang on obligors; a guarantor is an obligor too (with or
without loans of its own), so that its default is drawn with those of the borrowers (double default).

Within one year, given the factors F of the year and one mixing variable W (1 for the Gaussian copula,
chi-squared with df degrees over df for the t copula):

    obligor o defaults if  (w_o.F + sqrt(1 - R2_o) e_o) / sqrt(W) <= T^-1(pd_o),  R2_o = w_o' C w_o
    LGD of its loan l      Phi(mu_l - b F_economy + s Z_o), one Z per default; E[LGD | default] = lgd_l
    guarantee pays         cover_l LGD_l exposure_l, together at most the cap of its pool (then all pro rata),
                           times what a guarantor in default still pays
    loss of l              LGD_l exposure_l - payout_l
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from hybridsim.credit.arrays import Floats, Integers, check_between, column
from hybridsim.credit.factor_state import FactorState

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


@dataclass(frozen=True)
class Portfolio:
    """n loans of m obligors on K factors, with c pools of guarantees; see :func:`portfolio`."""

    exposure_eur: Floats
    lgd: Floats
    obligor: Integers
    cover: Floats
    guarantor: Integers
    pool: Integers
    pd: Floats
    loadings: Floats
    pays_in_default: Floats
    pool_cap_eur: Floats


@dataclass(frozen=True)
class Dependence:
    """How the obligors of a portfolio hang together in the year looked at."""

    factors: FactorState
    degrees_of_freedom: float = inf
    """Of the t copula; infinite: Gaussian."""
    lgd_sigma: float = 0.0
    """s, the loss given default's own spread; 0 with ``lgd_economy`` 0: every LGD is its mean."""
    lgd_economy: float = 0.0
    """b >= 0: by how much a good year of one standard deviation lowers the LGD's probit."""
    economy: str = "economy"

    def __post_init__(self) -> None:
        if not self.degrees_of_freedom > 0.0:
            raise ValueError(f"degrees_of_freedom(={self.degrees_of_freedom}) must be > 0")
        if not (0.0 <= self.lgd_sigma < inf and 0.0 <= self.lgd_economy < inf):
            raise ValueError(
                f"lgd_sigma(={self.lgd_sigma}) and lgd_economy(={self.lgd_economy}) must be finite and >= 0"
            )
        if self.lgd_economy > 0.0 and self.economy not in self.factors.names:
            known = ", ".join(self.factors.names)
            raise ValueError(f"the LGD's factor {self.economy!r} is unknown; the factors are {known}")


def portfolio(
    exposure_eur: ArrayLike,
    lgd: ArrayLike,
    pd: ArrayLike,
    loadings: ArrayLike,
    *,
    obligor: npt.NDArray[np.int64] | None = None,
    cover: ArrayLike = 0.0,
    guarantor: npt.NDArray[np.int64] | None = None,
    pool: npt.NDArray[np.int64] | None = None,
    pool_cap_eur: ArrayLike = (),
    pays_in_default: ArrayLike = 0.0,
) -> Portfolio:
    """Check a book's arrays and put them together.

    Parameters
    ----------
    exposure_eur, lgd, cover
        (n,) exposure at default in euros, mean LGD of those that default in [0, 1], share of the loss that a
        guarantee covers in [0, 1].
    pd, loadings
        (m,) one-year PD in [0, 1] and (m, K) weights of the named factors; ``w' C w < 1`` is checked by
        :func:`residuals`.
    obligor
        (n,) row of ``pd`` that owes each loan; left out: loan i is owed by obligor i.
    guarantor, pool
        (n,) obligor that guarantees each loan, -1 for one that cannot fail; pool whose cap its payouts share,
        -1 for uncapped.
    pool_cap_eur
        (c,) most that each pool pays.
    pays_in_default
        (m,) share of its guarantees that an obligor in default still pays, in [0, 1].

    Raises
    ------
    ValueError
        If a shape is wrong, a value is out of its range, or an index points nowhere.
    """
    exposure = column("exposure_eur", exposure_eur)
    loans = exposure.size
    chances = column("pd", pd, high=1.0)
    weights = np.asarray(loadings, dtype=np.float64)
    if weights.ndim != 2 or weights.shape[0] != chances.size:
        raise ValueError(f"loadings has shape {weights.shape}; it must have ({chances.size}, K)")
    check_between("loadings", weights, -np.inf, np.inf)
    caps = np.asarray(pool_cap_eur, dtype=np.float64).reshape(-1)
    check_between("pool_cap_eur", caps, 0.0, np.inf)
    if obligor is None:
        obligor = np.arange(loans)
    nobody = np.full(loans, -1)
    return Portfolio(
        exposure,
        column("lgd", lgd, high=1.0, size=loans),
        _places("obligor", obligor, loans, 0, chances.size),
        column("cover", cover, high=1.0, size=loans),
        _places("guarantor", nobody if guarantor is None else guarantor, loans, -1, chances.size),
        _places("pool", nobody if pool is None else pool, loans, -1, caps.size),
        chances,
        weights,
        column("pays_in_default", pays_in_default, high=1.0, size=chances.size),
        caps,
    )


def residuals(book: Portfolio, factors: FactorState) -> Floats:
    """sqrt(1 - R2) of each obligor, shape (m,), with ``R2 = w' C w`` (the unconditional PD stays).

    Raises
    ------
    ValueError
        If the number of factors differs or an obligor's R2 is not below 1.
    """
    if book.loadings.shape[1] != len(factors.names):
        raise ValueError(
            f"loadings has {book.loadings.shape[1]} factors, {', '.join(factors.names)} are given"
        )
    common = np.einsum("ij,jk,ik->i", book.loadings, factors.correlation, book.loadings, optimize=True)
    wrong = np.flatnonzero(~(common < 1.0))
    if wrong.size:
        first = int(wrong[0])
        raise ValueError(
            f"loadings[{first}] explain {common[first]:.6g} of the obligor's variance; must be < 1"
        )
    own: Floats = np.sqrt(1.0 - common)
    return own


def _places(name: str, values: npt.NDArray[np.int64], size: int, low: int, end: int) -> Integers:
    array = np.asarray(values)
    if array.shape != (size,) or (array.size and array.dtype.kind not in "iu"):
        raise ValueError(
            f"{name} has shape {array.shape} of {array.dtype}; it must have ({size},) of integers"
        )
    wrong = np.flatnonzero((array < low) | (array >= end))
    if wrong.size:
        first = int(wrong[0])
        raise ValueError(f"{name}[{first}](={array[first]}) must be in [{low}, {end})")
    return array.astype(np.int64)
