"""Who causes the tail: Euler contributions to ES and VaR, loan by loan and by any label, with standard
errors.

    to ES    E[L_i g]/(1 - q),  g = 1{L > VaR} + b 1{L = VaR}, b such that E[g] = 1 - q: the atom in its share
    to VaR   VaR E[L_i k]/E[L k],  k = 1 in a window around the VaR, since E[L_i | L = VaR] cannot be drawn

Sources: D. Tasche, "Risk contributions and performance measurement" (1999); for the atom C. Acerbi and D.
Tasche, "On the coherence of expected shortfall", Journal of Banking and Finance 26 (2002). The window is a
smoothing: it holds a quarter of the tail's probability on each side of the VaR (*assumption*).

The run's scenarios in the tail and the window are told again, batch by batch, and only sums are kept. The VaR
is itself an estimate: with k_i = E[L_i | L = VaR] the error of a contribution to the ES is that of
``E[(L_i - k_i) g]/(1 - q)``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from hybridsim.credit.arrays import Floats, Integers
from hybridsim.credit.simulation.threads import in_order
from hybridsim.credit.tail.cents import whole_cents
from hybridsim.credit.tail.drawing import Progress
from hybridsim.credit.tail.expected import gross_losses
from hybridsim.credit.tail.multiples import Multiples, multiples
from hybridsim.credit.tail.result import TailResult
from hybridsim.credit.tail.spread import Spread

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Amounts:
    """Contributions of n loans or names: cents that add up exactly, standard errors in euros, each (n,)."""

    es_cents: Integers
    var_cents: Integers
    el_cents: Integers
    es_se: Floats
    var_se: Floats
    """The error of the VaR itself included."""
    el_se: Floats
    """0 for loans without cover: their expected loss is exact."""


@dataclass(frozen=True)
class Contributions:
    """What :func:`contributions` found."""

    loans: Amounts
    """In the rows of the portfolio."""
    groups: Mapping[str, tuple[npt.NDArray[np.str_], Amounts]]
    """Names of each label, and what their loans add up to."""

    def by(self, label: str) -> pd.DataFrame:
        """Sums by a label in euros, the largest contribution to the ES first; each column adds up exactly.

        Columns: the label, ``es_eur``, ``es_se``, ``es_share``, ``var_eur``, ``var_se``, ``el_eur``,
        ``el_se``.
        """
        import pandas as pd

        names, found = self.groups[label]
        table = pd.DataFrame(
            {
                label: names,
                "es_eur": found.es_cents / 100.0,
                "es_se": found.es_se,
                "es_share": found.es_cents / max(int(found.es_cents.sum()), 1),
                "var_eur": found.var_cents / 100.0,
                "var_se": found.var_se,
                "el_eur": found.el_cents / 100.0,
                "el_se": found.el_se,
            }
        )
        return table.sort_values(["es_eur", label], ascending=[False, True], ignore_index=True)


class _Columns:
    """Sums over batches for loans, or for what a label gathers of them."""

    def __init__(self, kinds: Multiples, place: Integers, size: int) -> None:
        tail, near = kinds.sides()
        self._kinds, self._place, self.size = kinds, place, size
        self._slopes = np.zeros((kinds.rows, size))
        self._tail, self._near = Spread(size, tail), Spread(size, near)
        self._mean = Spread(size, tail[:, 1:])

    def add(self, sums: Floats) -> None:
        """Take a batch's sums (rows, loans)."""
        gathered = self.gather(sums)
        self._slopes += gathered / self._kinds.sample.batches
        self._tail.add(gathered[0])
        self._near.add(gathered[self._kinds.near_row])
        if self._kinds.everywhere:
            self._mean.add(gathered[self._kinds.near_row + 1])

    def gather(self, rows: Floats) -> Floats:
        """Rows of the loans (M, n) added up by place, (M, size)."""
        return np.stack([np.bincount(self._place, row, self.size) for row in rows])

    def es(self) -> tuple[Floats, Floats]:
        """Contributions to the ES and their errors."""
        kinds, scores = self._kinds, self._kinds.sample.scores
        mass = kinds.mean(kinds.sample.calibrated * kinds.near)
        at_var = self._near.mean / mass if mass > 0.0 else np.zeros(self.size)
        slopes = [at_var / kinds.beyond]
        for number, score in enumerate(scores, start=1):
            explained = kinds.mean(score * kinds.sample.weight * kinds.tail)
            slopes.append(self._slopes[number] - slopes[0] * explained)
        return self._tail.mean, self._tail.error(np.stack(slopes))

    def var(self, var_se: float) -> tuple[Floats, Floats]:
        """Contributions to the VaR and their errors."""
        kinds = self._kinds
        total = kinds.mean(kinds.sample.calibrated * kinds.near * kinds.sample.loss)
        if not total > 0.0:
            return np.zeros(self.size), np.zeros(self.size)
        share = self._near.mean / total
        errors = kinds.var / total * self._near.error(share[None, :])
        return kinds.var * share, np.hypot(errors, share * var_se)

    def el(self, exact: Floats) -> tuple[Floats, Floats]:
        """Expected losses and their errors; ``exact`` (n,) are those that need no scenario, else 0."""
        known = self.gather(exact[None, :])[0]
        if not self._kinds.everywhere:
            return known, np.zeros(self.size)
        first = self._kinds.near_row + 2
        return known + self._mean.mean, self._mean.error(self._slopes[first:])


def contributions(
    result: TailResult,
    labels: Mapping[str, npt.ArrayLike] | None = None,
    progress: Progress | None = None,
) -> Contributions:
    """Contributions to EL, VaR and ES of each loan of a run's book, and of each name of the labels.

    Parameters
    ----------
    labels
        Names (n,) of the loans in the rows of the portfolio, by what they are names of: obligor, group,
        sector, Land, instrument, provider, part.
    progress
        Called with scenarios told again and in all.

    Raises
    ------
    ValueError
        If a label has another number of rows.
    """
    book = result.drawing.book
    loans = len(book.exposure)
    named = {label: _codes(label, values, loans) for label, values in (labels or {}).items()}
    kinds = multiples(result)
    exact, uncertain = _exact(result)
    columns = [_Columns(kinds, book.loan_row, loans)]
    columns += [_Columns(kinds, codes[book.loan_row], names.size) for names, codes in named.values()]

    def again(batch: int) -> Floats:
        sums = result.drawing.tell(batch, kinds.of_batch(batch))[1]
        sums[kinds.near_row + 1 :] *= uncertain
        return sums

    batches = range(result.sample.batches)
    for batch, sums in zip(batches, in_order(again, batches, result.workers), strict=True):
        for column in columns:
            column.add(sums)
        if progress is not None:
            progress((batch + 1) * result.drawing.size, result.sample.size)
    var_se = result.value_at_risk.se or 0.0
    figures = [(column.es(), column.var(var_se), column.el(exact)) for column in columns]
    (es, es_se), (var, near_se), (el, el_se) = figures[0]
    cents = [
        whole_cents(es, result.expected_shortfall.value or 0.0),
        whole_cents(var, result.value_at_risk.value or 0.0),
        whole_cents(el, float(el.sum())),
    ]
    groups = {}
    for (label, (names, codes)), found in zip(named.items(), figures[1:], strict=True):
        es_cents, var_cents, el_cents = (_added(kind, codes, names.size) for kind in cents)
        errors = (found[0][1], found[1][1], found[2][1])
        groups[label] = (names, Amounts(es_cents, var_cents, el_cents, *errors))
    return Contributions(Amounts(cents[0], cents[1], cents[2], es_se, near_se, el_se), groups)


def _exact(result: TailResult) -> tuple[Floats, Floats]:
    """Expected losses of loans without cover, 0 for others; and 1 for the others; in the book's order."""
    covered = (result.drawing.book.cover > 0.0).astype(np.float64)
    return gross_losses(result.drawing.book) * (1.0 - covered), covered


def _codes(label: str, values: npt.ArrayLike, loans: int) -> tuple[npt.NDArray[np.str_], Integers]:
    array = np.asarray(values).astype(np.str_)
    if array.shape != (loans,):
        raise ValueError(
            f"label {label!r} has shape {array.shape}; it must have ({loans},): a name for each loan"
        )
    names, codes = np.unique(array, return_inverse=True)
    return names, codes.reshape(-1).astype(np.int64)


def _added(cents: Integers, codes: Integers, size: int) -> Integers:
    """Whole cents added up by name, in whole numbers."""
    sums = np.zeros(size, dtype=np.int64)
    np.add.at(sums, codes, cents)
    return sums
