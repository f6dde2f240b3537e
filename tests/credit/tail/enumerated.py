"""Small books whose loss distribution is known: every set of defaults counted, factors integrated out."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri
from scipy.stats import chi2
from scipy.stats import t as student

from hybridsim.credit.portfolio import Dependence, Portfolio, portfolio
from tests.credit.simulation.books import year

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Exact:
    """Losses, ascending, with their probabilities."""

    loss: Floats
    probability: Floats

    def mean(self) -> float:
        return float(self.loss @ self.probability)

    def deviation(self) -> float:
        return float(np.sqrt((self.loss - self.mean()) ** 2 @ self.probability))

    def beyond(self, loss: float) -> float:
        """Probability of a loss above one; equal losses may differ in their last bits."""
        return float(self.probability[self.loss > loss * (1.0 + 1e-9)].sum())

    def value_at_risk(self, level: float) -> float:
        return float(self.loss[np.searchsorted(np.cumsum(self.probability), level * (1.0 - 1e-12))])

    def expected_shortfall(self, level: float) -> float:
        var = self.value_at_risk(level)
        return float(var + np.maximum(self.loss - var, 0.0) @ self.probability / (1.0 - level))


def enumerated(book: Portfolio, dependence: Dependence) -> Exact:
    """The exact distribution of a book with independent factors in a stationary year and fixed LGDs."""
    obligors = book.pd.size
    sets = (np.arange(1 << obligors)[:, None] >> np.arange(obligors) & 1).astype(bool)
    loss = np.array([loss_of(book, defaulted) for defaulted in sets])
    own = np.sqrt(1.0 - (book.loadings**2).sum(axis=1))
    nodes = np.linspace(-7.5, 7.5, 61)
    axes = [nodes] * (book.loadings.shape[1] + (dependence.degrees_of_freedom < inf))
    states = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, len(axes))
    weight = np.exp(-0.5 * (states**2).sum(axis=1))
    threshold, root = ndtri(book.pd), np.ones(len(states))
    if dependence.degrees_of_freedom < inf:
        freedom = dependence.degrees_of_freedom
        threshold = student.ppf(book.pd, freedom)
        root = np.sqrt(chi2.ppf(ndtr(states[:, -1]), freedom) / freedom)
    common = states[:, : book.loadings.shape[1]] @ book.loadings.T
    chances = ndtr((threshold * root[:, None] - common) / own)
    probability = np.zeros(len(sets))
    for weights, chance in zip(np.array_split(weight, 64), np.array_split(chances, 64), strict=True):
        joint = weights[:, None]
        for each in chance.T:
            joint = np.concatenate((joint * (1.0 - each[:, None]), joint * each[:, None]), axis=1)
        probability += joint.sum(axis=0)
    order = np.argsort(loss, kind="stable")
    return Exact(loss[order], probability[order] / weight.sum())


def loss_of(book: Portfolio, defaulted: npt.NDArray[np.bool_]) -> float:
    """What a book loses if these obligors default, in the model's own words."""
    gross = np.where(defaulted[book.obligor], book.lgd * book.exposure_eur, 0.0)
    total = 0.0
    for loan in range(gross.size):
        payout = book.cover[loan] * gross[loan]
        pool, guarantor = book.pool[loan], book.guarantor[loan]
        if pool >= 0:
            claimed = float((book.cover * gross)[book.pool == pool].sum())
            payout *= min(1.0, book.pool_cap_eur[pool] / claimed) if claimed > 0.0 else 1.0
        if guarantor >= 0 and defaulted[guarantor]:
            payout *= book.pays_in_default[guarantor]
        total += gross[loan] - payout
    return total


def covered_by_one(cap_eur: float | None = None) -> tuple[Portfolio, Dependence]:
    """200 loans of five obligors, 80 % of them covered by one guarantor with a PD of 0.5 %."""
    loans = np.arange(200)
    pooled = None if cap_eur is None else np.zeros(loans.size, dtype=np.int64)
    book = portfolio(
        np.ones(loans.size), 0.5, [0.02] * 5 + [0.005], np.full((6, 1), np.sqrt(0.2)), obligor=loans % 5,
        cover=0.8, guarantor=np.full(loans.size, 5), pool=pooled,
        pool_cap_eur=[] if cap_eur is None else [cap_eur],
    )  # fmt: skip
    return book, Dependence(year())


def few_names(seed: int) -> tuple[Portfolio, Dependence]:
    """Four to ten names at random: guarantors among and beside them, caps, one or two factors, t copula."""
    rng = np.random.default_rng([5, seed])
    borrowers, beside = int(rng.integers(3, 9)), int(rng.integers(1, 3))
    names, loans = borrowers + beside, int(borrowers * rng.integers(1, 4))
    factors, pools = int(rng.integers(1, 3)), int(rng.integers(0, 3))
    pd = np.exp(rng.uniform(np.log(0.001), np.log(0.05), names))
    shares = rng.dirichlet(np.ones(factors), names)
    owner = rng.integers(0, borrowers, loans)
    cover = np.where(rng.random(loans) < rng.choice([0.0, 0.4, 0.9]), rng.choice([0.5, 0.8, 1.0], loans), 0.0)
    guarantor = rng.integers(0, names, loans) if rng.random() < 0.4 else rng.integers(borrowers, names, loans)
    exposure = np.exp(rng.normal(4.0, rng.uniform(0.3, 1.5), loans))
    book = portfolio(
        exposure, rng.uniform(0.2, 0.9, loans), pd,
        np.sqrt(shares * rng.uniform(0.05, 0.4, (names, 1))), obligor=owner, cover=cover,
        guarantor=np.where((cover > 0.0) & (guarantor != owner), guarantor, -1),
        pool=rng.integers(-1, pools, loans), pool_cap_eur=exposure.sum() * rng.uniform(0.01, 0.15, pools),
        pays_in_default=rng.choice([0.0, 0.0, 0.4], names),
    )  # fmt: skip
    freedom = float(rng.integers(3, 10)) if rng.random() < 0.4 else inf
    return book, Dependence(year(factors), degrees_of_freedom=freedom)
