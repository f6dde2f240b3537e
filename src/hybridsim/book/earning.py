"""What a book earns on its capital, and what its guarantees are worth."""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

from hybridsim.book.amounts import total
from hybridsim.book.capital_rules import loan_capital
from hybridsim.book.contributing import Contributed
from hybridsim.book.frames import frame
from hybridsim.book.pricing import (
    LABELS,
    Burden,
    by_label,
    guarantee_worth,
    life_years,
    loan_pricing,
    worth_by_label,
)
from hybridsim.book.ruling import Ruled
from hybridsim.book.tailing import estimated, exact, undefined
from hybridsim.core.estimate import Estimate
from hybridsim.study.metrics import Row

if TYPE_CHECKING:
    import pandas as pd

    from hybridsim.book.settings import BookSettings

_NINETY_FIVE = 1.96
_NONE = "no loan is guaranteed"
_KEPT = (
    "exposure_eur", "income_eur", "funding_eur", "running_cost_eur", "expected_loss_eur", "net_income_eur",
    "capital_eur", "value_added_eur", "raroc", "margin_pa", "break_even_margin_pa",
)  # fmt: skip


def priced(found: Ruled, tail: Contributed, settings: BookSettings) -> pd.DataFrame:
    """Income, cost, RAROC and break-even margin of each loan, on the own funds that the bank holds."""
    held = settings.rules.capital_ratio * found.capital["rwa_eur"]
    return loan_pricing(found.tape, settings.rules, expected_loss_eur=tail.el_eur, capital_eur=held)


def pricing_table(prices: pd.DataFrame) -> pd.DataFrame:
    """The table ``pricing``: the whole book, and by each of `LABELS` where there are several."""
    rows = [("total", "all", *whole) for whole in by_label(prices)[list(_KEPT)].itertuples(index=False)]
    for label in LABELS:
        table = by_label(prices, (label,))
        if len(table) > 1:
            figures = table[list(_KEPT)].itertuples(index=False)
            rows += [(label, name, *part) for name, part in zip(table[label], figures, strict=True)]
    return frame("pricing", rows)


def pricing_rows(prices: pd.DataFrame) -> Iterator[Row]:
    """RAROC and break-even margin of the whole book, and of each design if there are several."""
    yield from _returns(prices, "total")
    designs = prices.groupby("design", sort=True)
    if len(designs) > 1:
        for name, part in designs:
            yield from _returns(part, f"design:{name}")


def _returns(prices: pd.DataFrame, scope: str) -> Iterator[Row]:
    whole = by_label(prices).iloc[0]
    for metric in ("raroc", "break_even_margin_pa"):
        value = float(whole[metric])
        if value == value:
            yield exact(metric, value, "sums of the loans", scope)
        else:
            unknown = int((prices["rate_known"] == 0).sum())
            why = f"{unknown:,} loans have no rate" if unknown else "no capital is held"
            yield undefined(metric, why, scope)


def guaranteed(found: Ruled) -> bool:
    """Whether a guarantee covers anything."""
    return bool((found.cover > 0.0).any())


def worth(
    found: Ruled, covered: Contributed, uncovered: Contributed, settings: BookSettings
) -> tuple[pd.DataFrame, list[Row]]:
    """The table ``guarantees`` and its metrics: the same book with and without its guarantees."""
    rules = settings.rules
    bare = loan_capital(found.tape, approach=rules.approach, year=rules.year, with_guarantees=False)
    burdens = [
        Burden(tail.el_eur, rules.capital_ratio * rwa.to_numpy(), tail.es_eur - tail.el_eur)
        for tail, rwa in ((covered, found.capital["rwa_eur"]), (uncovered, bare["rwa_eur"]))
    ]
    years = life_years(found.loans, found.tape["pd"], rules.funding_rate_pa)
    table = guarantee_worth(found.tape, rules, covered=burdens[0], uncovered=burdens[1], years=years)
    sums = worth_by_label(table).iloc[0]
    loss = difference(uncovered.expected_loss, covered.expected_loss)
    shortfall = difference(uncovered.expected_shortfall, covered.expected_shortfall)
    yearly = _yearly(loss, shortfall, rules.cost_of_capital_pa)
    saved = float(sums["regulatory_capital_saved_eur"])
    rows = [
        ("expected loss of a year", "EUR", *_pair(uncovered.expected_loss, covered.expected_loss, loss)),
        (
            "expected shortfall", "EUR",
            *_pair(uncovered.expected_shortfall, covered.expected_shortfall, shortfall),
        ),
        (
            "own funds for the risk-weighted amount", "EUR", *_amounts(burdens, "regulatory_capital_eur"),
            None, None,
        ),
        *_margins(found, burdens, settings),
    ]  # fmt: skip
    return frame("guarantees", rows), [
        estimated("guarantee_worth_pa_eur", yearly),
        estimated("guarantee_el_eur", loss),
        estimated("guarantee_es_eur", shortfall),
        exact("guarantee_capital_eur", saved, "own funds at the bank's ratio, without less with guarantees"),
        exact(
            "guarantee_life_eur", float(sums["life_economic_eur"]), "worth of a year over the loans' lives"
        ),
    ]


def no_worth() -> tuple[pd.DataFrame, list[Row]]:
    """The same for a book without guarantees."""
    metrics = ("worth_pa", "el", "es", "capital", "life")
    return frame("guarantees", ()), [undefined(f"guarantee_{name}_eur", _NONE) for name in metrics]


def difference(without: Estimate, with_them: Estimate) -> Estimate:
    """One estimate less another of other scenarios: errors add up as those of independent figures."""
    if without.value is None or with_them.value is None:
        return Estimate(None, None, None, None, without.n, "one of the two is not known")
    value = without.value - with_them.value
    if without.se is None and with_them.se is None:
        return Estimate(value, None, None, None, without.n, "without less with guarantees, closed form")
    se = sqrt((without.se or 0.0) ** 2 + (with_them.se or 0.0) ** 2)
    half = _NINETY_FIVE * se
    return Estimate(
        value, se, value - half, value + half, without.n, "without less with guarantees, two runs"
    )


def _yearly(loss: Estimate, shortfall: Estimate, rate: float) -> Estimate:
    """Expected loss saved and the hurdle rate on the economic capital saved, per year."""
    if loss.value is None or shortfall.value is None:
        return Estimate(None, None, None, None, loss.n, "one of the two is not known")
    value = loss.value + rate * (shortfall.value - loss.value)
    se = sqrt(((1.0 - rate) * (loss.se or 0.0)) ** 2 + (rate * (shortfall.se or 0.0)) ** 2)
    half = _NINETY_FIVE * se
    method = "expected loss saved plus hurdle rate on the economic capital saved"
    return Estimate(value, se, value - half, value + half, loss.n, method)


def _pair(
    without: Estimate, with_them: Estimate, apart: Estimate
) -> tuple[float | None, float | None, float | None, float | None, float | None]:
    return without.value, with_them.value, apart.value, apart.ci_low, apart.ci_high


def _amounts(burdens: list[Burden], name: str) -> tuple[float, float, float]:
    with_them, without = (total(getattr(burden, name)) for burden in burdens)
    return without, with_them, without - with_them


def _margins(
    found: Ruled, burdens: list[Burden], settings: BookSettings
) -> Iterator[tuple[str, str, float, float, float, None, None]]:
    """Break-even margins on own funds for the rules and on economic capital."""
    for text, name in (("rules", "regulatory_capital_eur"), ("loss distribution", "economic_capital_eur")):
        margins = []
        for burden in burdens:
            prices = loan_pricing(
                found.tape, settings.rules, expected_loss_eur=np.maximum(burden.expected_loss_eur, 0.0),
                capital_eur=getattr(burden, name),
            )  # fmt: skip
            margins.append(float(by_label(prices)["break_even_margin_pa"].iloc[0]))
        with_them, without = margins
        if without == without:
            label = f"break-even margin, capital by the {text}"
            yield label, "per year", without, with_them, without - with_them, None, None
