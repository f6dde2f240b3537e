"""Probabilities of default of the coming years: by course of the economy, and by grade or design of a book.

The economy is one normal factor F with F_(y+1) = phi F_y + e. A course of the economy says where it stands in
the first year, measured from what is expected of it; from there it drifts back, so that the PD does, too
(IFRS 9, B5.5.50).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hybridsim.credit.arrays import Floats, Integers, check_between, column
from hybridsim.credit.ecl import marginal_pds

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import numpy.typing as npt
    import pandas as pd
    from numpy.typing import ArrayLike

    from hybridsim.book.settings import EclScenario

BANDS = (0.0015, 0.0025, 0.005, 0.0075, 0.025, 0.10, 1.0)
"""Upper ends of PD ranges, as the template EU CR6 of banks' disclosures has them (Implementing Regulation
(EU) 2021/637, recalled: *assumption*); a PD of 1 is a range of its own."""


def given_economy(
    pd_pa: ArrayLike,
    loading: ArrayLike,
    economy: float,
    persistence: float,
    years: int,
    mean: ArrayLike = 0.0,
    variance: ArrayLike = 1.0,
) -> Floats:
    """PDs of each coming year if the economy stands at ``economy`` in the first one, (n, years).

    ``Phi((Phi^-1(p) - phi^k (m + beta z)) / sqrt(1 + phi^(2k) (v - 1 - beta^2)))`` in year k + 1. Through the
    cycle (m 0, v 1) it is the default of a firm whose asset value has the correlation beta with a factor
    that, k years after it stood at z, is normal with mean ``phi^k z`` and variance ``1 - phi^(2k)`` (k = 0:
    Vasicek, "The distribution of loan portfolio value", 2002). Averaged over a standard normal z it is the
    PD of the state in each year, through the cycle p.

    Parameters
    ----------
    pd_pa
        (n,) unconditional one-year PDs.
    loading
        (n,) beta in (-1, 1): by what the first year's asset value moves with one of the economy's standard
        deviations; through the cycle their correlation.
    economy
        z in standard deviations of the first year's economy from what is expected of it, below 0: worse.
    persistence
        phi in [0, 1).
    years
        At least 1.
    mean, variance
        (n,) m and v of the first year's asset value, as far as its factors are known (point in time).
    """
    from scipy.special import ndtr, ndtri

    chance = column("pd_pa", pd_pa, high=1.0)
    beta = column("loading", loading, low=-1.0, size=chance.size)
    if not np.all(np.abs(beta) < 1.0):
        raise ValueError("loading must be in (-1, 1)")
    if not 0.0 <= persistence < 1.0:
        raise ValueError(f"persistence(={persistence}) must be in [0, 1)")
    if years < 1:
        raise ValueError(f"years(={years}) must be >= 1")
    kept = persistence ** np.arange(years)
    first = np.broadcast_to(np.asarray(mean, dtype=np.float64) + beta * economy, chance.shape)
    known = np.broadcast_to(np.asarray(variance, dtype=np.float64) - 1.0 - beta**2, chance.shape)
    spread = np.sqrt(1.0 + known[:, None] * kept**2)
    return np.asarray(ndtr((ndtri(chance)[:, None] - first[:, None] * kept) / spread))


def grades(rating: ArrayLike, pd_pa: ArrayLike) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    """Grade of each loan, (n,): its rating, or where there is none the range of its PD."""
    names = np.asarray(rating, dtype=object).copy()
    chance = column("pd_pa", pd_pa, high=1.0, size=names.size)
    lows = (0.0, *BANDS[:-1])
    labels = [f"PD {low:.2%} to {high:.2%}" for low, high in zip(lows, BANDS, strict=True)] + ["PD 100.00%"]
    place = np.where(chance >= 1.0, len(BANDS), np.searchsorted(BANDS, chance, side="right"))
    unrated = np.array([not isinstance(name, str) or name == "" for name in names], dtype=bool)
    names[unrated] = np.array(labels, dtype=object)[place[unrated]]
    return names


@dataclass(frozen=True)
class _Groups:
    """Groups of n loans by one label."""

    names: npt.NDArray[np.str_]
    group: Integers
    """(n,) place of each loan's group among the names."""
    share: Floats
    """(n,) weight of each loan in its group."""
    counts: Integers
    sums: Floats

    @classmethod
    def of(cls, label: ArrayLike, exposure: Floats) -> _Groups:
        """Loans weighted by exposure, alike in a group that owes nothing."""
        names, group = np.unique(np.asarray(label, dtype=object).astype(str), return_inverse=True)
        counts = np.bincount(group, minlength=names.size)
        sums: Floats = np.asarray(np.bincount(group, exposure, minlength=names.size), dtype=np.float64)
        owed = sums[group]
        share = np.divide(exposure, owed, out=1.0 / counts[group], where=owed > 0.0)
        return cls(names, group, share, counts, sums)

    def averaged(self, yearly: Floats) -> Floats:
        """Means of yearly values (n, years) over each group, (groups, years)."""
        return np.stack([np.bincount(self.group, self.share * values) for values in yearly.T], axis=1)

    def rows(self, kind: str, courses: Mapping[str, Floats]) -> Iterator[tuple[Any, ...]]:
        """Rows of the table, groups by their PD through the cycle."""
        for g in np.lexsort((self.names, courses["through_the_cycle"][:, 0])):
            for course, marginal in courses.items():
                until = marginal[g].cumsum()
                for year, (chance, so_far) in enumerate(zip(marginal[g], until, strict=True), start=1):
                    yield kind, self.names[g], course, year, chance, so_far, self.counts[g], self.sums[g]


def pd_term_structure(
    labels: Mapping[str, ArrayLike],
    exposure_eur: ArrayLike,
    pd_pa: ArrayLike,
    loading: ArrayLike,
    scenarios: Mapping[str, EclScenario],
    persistence: float,
    years: int = 10,
    mean: ArrayLike = 0.0,
    variance: ArrayLike = 1.0,
) -> pd.DataFrame:
    """Marginal and cumulative PDs of groups of loans in each coming year, per course of the economy.

    Averages over the loans of a group, weighted by exposure (plain where all of them are 0).

    Parameters
    ----------
    labels
        By kind of group, which one each loan belongs to, (n,) each.
    exposure_eur, pd_pa, loading, mean, variance
        (n,), the last three as in :func:`given_economy`.
    scenarios
        Courses of the economy; "through_the_cycle" (constant PD) and "weighted" are added.

    Returns
    -------
    pandas.DataFrame
        ``kind``, ``name``, ``scenario``, ``year`` (from 1), ``marginal_pd`` (default in that year, seen from
        today), ``cumulative_pd`` (until its end), ``loans``, ``exposure_eur``; kinds in the order of
        ``labels``, groups of a kind by their PD, then by name.
    """
    import pandas as pd

    chance = column("pd_pa", pd_pa, high=1.0)
    exposure = column("exposure_eur", exposure_eur, size=chance.size)
    groups = {kind: _Groups.of(label, exposure) for kind, label in labels.items()}

    def averaged(yearly: Floats) -> dict[str, Floats]:
        marginal = marginal_pds(yearly, years, 1)
        return {kind: group.averaged(marginal) for kind, group in groups.items()}

    courses = {"through_the_cycle": averaged(chance[:, None])}
    weighted = {kind: np.zeros((group.names.size, years)) for kind, group in groups.items()}
    for name, scenario in scenarios.items():
        given = given_economy(chance, loading, scenario.economy, persistence, years, mean, variance)
        courses[name] = averaged(given)
        for kind, marginal in courses[name].items():
            weighted[kind] += scenario.weight * marginal
    courses["weighted"] = weighted
    rows = [
        row
        for kind, group in groups.items()
        for row in group.rows(kind, {course: found[kind] for course, found in courses.items()})
    ]
    columns = ["kind", "name", "scenario", "year", "marginal_pd", "cumulative_pd", "loans", "exposure_eur"]
    table = pd.DataFrame(rows, columns=columns)
    check_between("cumulative_pd", table["cumulative_pd"].to_numpy(), 0.0, 1.0 + 1e-12)
    return table
