"""Who causes the loss: what loans contribute, summed by who and what, to the cent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from hybridsim.book.amounts import cents, euros
from hybridsim.book.fields import KINDS
from hybridsim.book.frames import shaped
from hybridsim.credit.arrays import Floats, Integers

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

    from hybridsim.credit.tail.contributions import Amounts

COLUMNS = {
    "obligor": "obligor_id",
    "group": "group_id",
    "sector": "sector",
    "land": "land",
    "design": "design",
    "instrument": "instrument",
    "provider": "provider",
    "part": "part",
}
"""Column of the tape by kind of contribution."""
_ADDED = ("exposure_eur", "el_eur", "var_eur", "es_eur", "ecl_eur", "capital_eur")
_SHARES = ("exposure", "el", "es")

Groups = Mapping[str, tuple["npt.NDArray[np.str_]", "Amounts"]]


def contributions(loans: pd.DataFrame, groups: Groups) -> pd.DataFrame:
    """The table ``contributions``: by kind, the largest share of the shortfall first, then by name.

    ``loans`` is the table of that name, whose whole cents are summed; ``groups`` gives the standard errors of
    the sums. Groups that are the obligors themselves are told once.
    """
    import pandas as pd

    same = bool((loans["group_id"] == loans["obligor_id"]).all())
    parts = [_of_kind(loans, kind, groups[kind]) for kind in KINDS if not (kind == "group" and same)]
    table = pd.concat(parts, ignore_index=True)
    return shaped("contributions", {name: table[name] for name in table.columns})


def _of_kind(loans: pd.DataFrame, kind: str, errors: tuple[npt.NDArray[np.str_], Amounts]) -> pd.DataFrame:
    import pandas as pd

    names, group = np.unique(loans[COLUMNS[kind]].to_numpy(dtype=object).astype(str), return_inverse=True)
    sums = {name: euros(_summed(cents(loans[name]), group, names.size)) for name in _ADDED}
    known = pd.DataFrame({"var": errors[1].var_se, "es": errors[1].es_se}, index=errors[0])
    known = known.reindex(names, fill_value=0.0)
    table = pd.DataFrame(
        {
            "kind": kind,
            "name": names,
            "loans": np.bincount(group, minlength=names.size),
            **sums,
            "var_se_eur": known["var"].to_numpy(),
            "es_se_eur": known["es"].to_numpy(),
            **dict(_shares(sums)),
        }
    )
    return table.iloc[np.lexsort((names, -sums["es_eur"]))]


def _summed(whole: Integers, group: Integers, groups: int) -> Integers:
    found = np.zeros(groups, dtype=np.int64)
    np.add.at(found, group, whole)
    return found


def _shares(sums: dict[str, Floats]) -> Iterator[tuple[str, Floats]]:
    for name in _SHARES:
        amounts = sums[f"{name}_eur"]
        whole = float(amounts.sum())
        yield f"{name}_share", amounts / whole if whole > 0.0 else np.zeros_like(amounts)
