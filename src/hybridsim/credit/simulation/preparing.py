"""From a portfolio to the arrays of the compiled simulation."""

from __future__ import annotations

from math import inf

import numpy as np

from hybridsim.core.compiling import entry
from hybridsim.credit.arrays import Floats, Integers
from hybridsim.credit.portfolio import Dependence, Portfolio, residuals
from hybridsim.credit.simulation.arrays import Book, Bytes
from hybridsim.credit.simulation.cells import cells
from hybridsim.credit.simulation.directions import directions
from hybridsim.credit.simulation.kernel import FOLDER
from hybridsim.credit.simulation.recovery import lgd_locations
from hybridsim.credit.simulation.scalars import norm_ppf
from hybridsim.credit.simulation.tables import mixing_table, normal_tables


def prepare(
    book: Portfolio,
    dependence: Dependence,
    *,
    parts: Integers | None = None,
    obligor_key: Integers | None = None,
    loan_key: Integers | None = None,
) -> Book:
    """Bring a book into the order and form in which it is simulated.

    Parameters
    ----------
    parts
        (n,) 0 for loans of the base part of the book, 1 for those beyond it; left out: all 0.
    obligor_key, loan_key
        (m,), (n,) whole numbers that tell obligors, and loans of one obligor, apart whose values are equal
        (say, from their ids); left out: such rows keep the order of the tape, which matters only where equal
        loans have different guarantors.

    Raises
    ------
    ValueError
        If factors and loadings do not fit or a part is neither 0 nor 1.
    """
    state = dependence.factors
    own = residuals(book, state)
    threshold = _thresholds(book.pd, dependence.degrees_of_freedom)
    # Compiled code reads one kind of array: contiguous and writable.
    plain = [np.require(a, np.float64, ["C", "W"]) for a in (book.loadings, state.root, state.mean)]
    where, rows, scale, offset = directions(plain[0], own, plain[1], plain[2])
    order = _obligor_order(book, where, scale, obligor_key)
    loan_order, loan_start = _loan_order(book, order, loan_key)
    place = np.empty_like(order)
    place[order] = np.arange(order.size)
    slope = threshold[order] / own[order]
    bounds = cells(book.pd[order], slope, offset[order], scale[order], where[order])
    economy = state.names.index(dependence.economy) if dependence.economy in state.names else -1
    mixing = mixing_table(dependence.degrees_of_freedom)
    locations = _locations(book, dependence, threshold, mixing, economy)
    guarantor = book.guarantor[loan_order]
    return Book(
        pd=book.pd[order],
        slope=slope,
        offset=offset[order],
        scale=scale[order],
        direction=where[order],
        pays_in_default=book.pays_in_default[order],
        obligor_row=order,
        directions=rows,
        mixing=mixing,
        economy_mean=float(state.mean[economy]) if economy >= 0 else 0.0,
        economy_root=plain[1][economy].copy() if economy >= 0 else np.zeros(len(state.names)),
        loan_start=loan_start,
        exposure=book.exposure_eur[loan_order],
        lgd=book.lgd[loan_order],
        lgd_location=locations[loan_order] if locations.size else locations,
        lgd_sigma=dependence.lgd_sigma,
        lgd_economy=dependence.lgd_economy,
        cover=book.cover[loan_order],
        guarantor=np.where(guarantor >= 0, place[guarantor], -1),
        pool=book.pool[loan_order],
        pool_cap=book.pool_cap_eur.copy(),
        part=_parts(parts, loan_order),
        loan_row=loan_order,
        **bounds,
        columns=np.ascontiguousarray(rows.T),
        **normal_tables()._asdict(),
        guaranteed=bool((book.cover > 0.0).any()),
    )


def _thresholds(pd: Floats, degrees_of_freedom: float) -> Floats:
    """``T^-1(pd)``; the normal one in plain arithmetic, since random LGDs depend on its bits."""
    values, places = np.unique(pd, return_inverse=True)
    if degrees_of_freedom == inf:
        quantiles = np.empty_like(values)
        _norm_ppfs(values, quantiles)
    else:
        from scipy.special import stdtrit

        with np.errstate(divide="ignore"):
            quantiles = np.asarray(stdtrit(degrees_of_freedom, values))
        quantiles[values == 0.0], quantiles[values == 1.0] = -inf, inf
    return np.asarray(quantiles[places.reshape(-1)])


@entry(FOLDER)
def _norm_ppfs(chances: Floats, out: Floats) -> None:
    for i in range(len(chances)):
        out[i] = norm_ppf(chances[i])


def _obligor_order(book: Portfolio, where: Integers, scale: Floats, key: Integers | None) -> Integers:
    """Rows of the obligors by direction, falling PD and falling scale; then by key or what they owe."""
    if key is not None:
        order = np.lexsort((_key(key, book.pd.size), -scale, -book.pd, where))
        return np.asarray(order, dtype=np.int64)
    owed = np.zeros((2, book.pd.size))
    inside = np.lexsort((book.cover, book.lgd, book.exposure_eur))
    loss = book.exposure_eur * book.lgd
    np.add.at(owed[0], book.obligor[inside], loss[inside])
    np.add.at(owed[1], book.obligor[inside], (loss * book.cover)[inside])
    order = np.lexsort((owed[1], owed[0], book.pays_in_default, -scale, -book.pd, where))
    return np.asarray(order, dtype=np.int64)


def _loan_order(book: Portfolio, order: Integers, key: Integers | None) -> tuple[Integers, Integers]:
    """Rows of the loans by their obligors' order, and where each obligor's loans start."""
    place = np.empty_like(order)
    place[order] = np.arange(order.size)
    owner = place[book.obligor]
    cap = np.append(book.pool_cap_eur, -1.0)[book.pool]
    ties = () if key is None else (_key(key, owner.size),)
    rows = np.lexsort((*ties, cap, book.cover, book.lgd, book.exposure_eur, owner))
    start = np.zeros(order.size + 1, dtype=np.int64)
    np.cumsum(np.bincount(owner, minlength=order.size), out=start[1:])
    return np.asarray(rows, dtype=np.int64), start


def _locations(
    book: Portfolio, dependence: Dependence, threshold: Floats, mixing: Floats, economy: int
) -> Floats:
    """mu of each loan in the caller's order; (0,) where every LGD is its mean."""
    if dependence.lgd_sigma == 0.0 and dependence.lgd_economy == 0.0:
        return np.zeros(0)
    common = np.zeros(book.pd.size)
    if economy >= 0:
        for column, weight in zip(book.loadings.T, dependence.factors.correlation[economy], strict=True):
            common += column * weight
    keys = (common[book.obligor], threshold[book.obligor], book.lgd)
    order = np.lexsort(keys)
    found, result = np.empty(order.size), np.empty(order.size)
    common, threshold, lgd = (key[order] for key in keys)
    lgd_locations(lgd, threshold, common, mixing, dependence.lgd_sigma, dependence.lgd_economy, found)
    result[order] = found
    return result


def _parts(parts: Integers | None, loan_order: Integers) -> Bytes:
    if parts is None:
        return np.zeros(loan_order.size, dtype=np.uint8)
    values = np.asarray(parts)
    if values.shape != (loan_order.size,) or not np.isin(values, (0, 1)).all():
        raise ValueError(f"parts must be ({loan_order.size},) of 0 (base) and 1 (beyond it)")
    return np.asarray(values[loan_order], dtype=np.uint8)


def _key(key: Integers, size: int) -> Integers:
    values = np.asarray(key)
    if values.shape != (size,) or values.dtype.kind not in "iu":
        raise ValueError(f"a key has shape {values.shape}; it must be ({size},) of whole numbers")
    return values
