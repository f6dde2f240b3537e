"""What each loan contributes to the loss distribution, over all loans of a book."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from hybridsim.book.amounts import cents, euros
from hybridsim.book.causing import COLUMNS
from hybridsim.book.expecting import caps_can_bind, expected_loss
from hybridsim.book.tailing import estimated, exact
from hybridsim.core.estimate import Estimate
from hybridsim.credit.arrays import Floats, Integers
from hybridsim.credit.tail.contributions import Amounts, contributions
from hybridsim.credit.tail.marginal import added

if TYPE_CHECKING:
    import pandas as pd

    from hybridsim.book.assembly import Assembly
    from hybridsim.credit.tail.drawing import Progress
    from hybridsim.credit.tail.result import TailResult
    from hybridsim.study.metrics import Row

_NINETY_FIVE = 1.96
_BINDS = "caps that can bind"


@dataclass(frozen=True)
class Contributed:
    """Contributions of n loans in euros, whole cents, (n,) each, in the order of the tape by loan_id.

    Loans in default have none: their loss is no question of the year.
    """

    expected_loss: Estimate
    """Of the book: the sum of the loans'."""
    expected_shortfall: Estimate
    el_eur: Floats
    var_eur: Floats
    var_se_eur: Floats
    es_eur: Floats
    es_se_eur: Floats
    groups: Mapping[str, tuple[npt.NDArray[np.str_], Amounts]]
    """By kind: names, and what their loans contribute with its standard errors."""
    added: tuple[Row, ...]
    """What the AI loans add, if the book has others."""


def contributed(
    risk: TailResult,
    assembly: Assembly,
    tape: pd.DataFrame,
    *,
    named: bool = True,
    progress: Progress | None = None,
) -> Contributed:
    """Contributions of a run of an assembled book, spread over all rows of the tape.

    Expected losses are exact but where a guarantee's cap can bind. ``named`` False leaves the sums by who and
    what out; ``progress`` is called with scenarios told again and in all.
    """
    binding = caps_can_bind(assembly.portfolio)
    labels: dict[str, npt.ArrayLike] = {_BINDS: np.where(binding, "yes", "no")}
    if named:
        labels |= {kind: assembly.loans[column].to_numpy() for kind, column in COLUMNS.items()}
    found = contributions(risk, labels, progress)
    closed = cents(expected_loss(assembly.portfolio, assembly.dependence).net_eur)
    el = np.where(binding, found.loans.el_cents, closed)
    place = _places(assembly, tape)

    def over(values: Floats | Integers) -> Floats:
        whole = np.zeros(len(tape))
        whole[place] = values
        return whole

    return Contributed(
        _expected(el, found.groups[_BINDS], risk),
        risk.expected_shortfall,
        over(euros(el)),
        over(euros(found.loans.var_cents)),
        over(found.loans.var_se),
        over(euros(found.loans.es_cents)),
        over(found.loans.es_se),
        {kind: found.groups[kind] for kind in COLUMNS} if named else {},
        _added(risk, assembly, el, bool(binding.any())),
    )


def _places(assembly: Assembly, tape: pd.DataFrame) -> Integers:
    """Row of each simulated loan in the tape; both are in the order of loan_id."""
    import pandas as pd

    return np.asarray(
        pd.Index(tape["loan_id"]).get_indexer(pd.Index(assembly.loans["loan_id"])), dtype=np.int64
    )


def _expected(el_cents: Integers, binds: tuple[npt.NDArray[np.str_], Amounts], risk: TailResult) -> Estimate:
    """Expected loss of the book with the error of its loans under caps that can bind."""
    value = int(el_cents.sum()) / 100.0
    names, amounts = binds
    errors = amounts.el_se[names == "yes"]
    if not errors.size:
        method = "closed form: PD times loss given default after guarantees, guarantors' own defaults counted"
        return Estimate(value, None, None, None, risk.scenarios, method)
    se = float(errors[0])
    half = _NINETY_FIVE * se
    method = "closed form, and importance sampling for loans whose guarantee's cap can bind"
    return Estimate(value, se, value - half, value + half, risk.scenarios, method)


def _added(risk: TailResult, assembly: Assembly, el_cents: Integers, capped: bool) -> tuple[Row, ...]:
    """What the AI loans add to a book that has others; without caps their expected losses are their own."""
    if risk.base is risk.sample:
        return ()
    more = added(risk)
    ai = (assembly.loans["part"] == "ai").to_numpy()
    own = exact(
        "added_el_eur", int(el_cents[ai].sum()) / 100.0, "closed form: sum of the AI loans", "part:ai"
    )
    return (
        estimated("added_es_eur", more.expected_shortfall, "part:ai"),
        estimated("added_var_eur", more.value_at_risk, "part:ai"),
        estimated("added_el_eur", more.expected_loss, "part:ai") if capped else own,
        estimated("base_es_eur", more.base_expected_shortfall, "part:book"),
        estimated("base_var_eur", more.base_value_at_risk, "part:book"),
    )
