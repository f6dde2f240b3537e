"""The loss that a state of the factors lets expect, and its slope: for shifts and for reverse stress.

Coordinates z are those of `credit.simulation`: independent standard normal, K for the factors and one for the
mixing variable W of the t copula. Given them obligors default independently, and

    E[L | z] = sum_l p_o E_l LGD_l(z) (1 - cover_l k_l (1 - p_g (1 - pays_g))),   k = min(1, cap/E[claims |
    z])

The cap is applied to expected claims, not scenario by scenario: with caps the expectation is close, not
exact.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hybridsim.credit.arrays import Floats
from hybridsim.credit.simulation.arrays import Book, coordinates
from hybridsim.credit.tail.given import mixing_roots


@dataclass(frozen=True)
class Given:
    """What a state z lets expect."""

    chances: Floats
    """(m,) default probabilities."""
    jumps: Floats
    """(m,) by how much the expected loss grows with each obligor's default, in euros."""
    expected_eur: float


class Landscape:
    """A book's conditional losses as a function of the coordinates; see the module's text."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.factors = len(book.economy_root)
        self.size = coordinates(book)

    @property
    def varies(self) -> bool:
        """Whether what a default costs hangs on the state."""
        return self.book.lgd_economy > 0.0 or self.book.guaranteed

    def root_mixing(self, z: Floats) -> float:
        """sqrt(W) at coordinates z; 1 for the Gaussian copula."""
        return float(mixing_roots(self.book, z[None, :])[0])

    def distances(self, z: Floats) -> Floats:
        """Probits of the obligors' PDs at z, (m,)."""
        book = self.book
        projections = (book.directions * z[: self.factors]).sum(axis=1)
        with np.errstate(invalid="ignore"):
            own = book.slope * self.root_mixing(z) - book.offset
        gaps: Floats = own - book.scale * projections[book.direction]
        return gaps

    def given(self, z: Floats) -> Given:
        """Chances, jumps and expected loss at coordinates z."""
        from scipy.special import ndtr

        book = self.book
        chances = ndtr(self.distances(z))
        loss = book.exposure * self.mean_lgds(z)
        owners = np.repeat(np.arange(chances.size), np.diff(book.loan_start))
        borrower = chances[owners]
        if not book.guaranteed:
            jumps = np.bincount(owners, loss, chances.size).astype(np.float64)
            return Given(chances, jumps, float((borrower * loss).sum()))
        guaranteed = book.guarantor >= 0
        guarantor = np.where(guaranteed, book.guarantor, 0)
        unpaid = np.where(guaranteed, 1.0 - book.pays_in_default[guarantor], 0.0)
        share = book.cover * self._pool_rates(borrower * loss * book.cover)
        net = loss * (1.0 - share * (1.0 - chances[guarantor] * unpaid))
        jumps = np.bincount(owners, net, chances.size).astype(np.float64)
        jumps += np.bincount(guarantor, borrower * loss * share * unpaid, chances.size)
        return Given(chances, jumps, float((borrower * net).sum()))

    def reaching(
        self, direction: Floats, loss_eur: float, farthest: float, close: float = 1e-8
    ) -> float | None:
        """Distance at which a direction's expected loss reaches a loss; None if not up to the farthest."""
        low, high = 0.0, farthest
        if self.given(high * direction).expected_eur < loss_eur:
            return None
        while high - low > close:
            middle = 0.5 * (low + high)
            if self.given(middle * direction).expected_eur < loss_eur:
                low = middle
            else:
                high = middle
        return high

    def mean_lgds(self, z: Floats) -> Floats:
        """E[LGD | default, z] of each loan, (n,)."""
        from scipy.special import ndtr

        book = self.book
        if book.lgd_economy == 0.0:
            return book.lgd
        economy = book.economy_mean + float((book.economy_root * z[: self.factors]).sum())
        means: Floats = ndtr(
            (book.lgd_location - book.lgd_economy * economy) / np.sqrt(1.0 + book.lgd_sigma**2)
        )
        return means

    def _pool_rates(self, claims: Floats) -> Floats:
        """What each loan's pool pays on a euro of its expected claims, (n,)."""
        caps, pool = self.book.pool_cap, self.book.pool
        if caps.size == 0:
            return np.ones(claims.size)
        pooled = pool >= 0
        asked = np.bincount(pool[pooled], claims[pooled], caps.size).astype(np.float64)
        rates = np.minimum(caps / np.maximum(asked, 1e-300), 1.0)
        return np.where(pooled, rates[np.where(pooled, pool, 0)], 1.0)
