"""The book in bad years, and the state of the factors that costs a given loss."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

from hybridsim.book.amortisation import contracts
from hybridsim.book.expecting import caps_can_bind, expected_loss, within_caps
from hybridsim.book.frames import frame
from hybridsim.book.settings import FactorStress
from hybridsim.book.stress import Failed, stress_table, stressed_state
from hybridsim.book.tailing import COARSER
from hybridsim.core.errors import Fault, InputError
from hybridsim.core.estimate import Estimate
from hybridsim.core.mathx import norm_cdf
from hybridsim.credit.factor_state import given
from hybridsim.credit.portfolio import Dependence
from hybridsim.credit.tail.reverse import reverse_stress
from hybridsim.credit.tail.risk import tail_risk

if TYPE_CHECKING:
    import pandas as pd

    from hybridsim.book.assembly import Assembly
    from hybridsim.book.ruling import Ruled
    from hybridsim.book.settings import BookSettings
    from hybridsim.credit.factor_state import FactorState
    from hybridsim.credit.tail.result import TailResult

_FARTHEST, _CLOSE = 8.0, 1e-3
_Row = tuple[float, str, str, float | None, float | None]


def stresses(
    assembly: Assembly,
    ruling: Ruled,
    settings: BookSettings,
    risk: TailResult,
    expected: Estimate,
    workers: int | None,
    progress: Callable[[str, int, int], None] | None = None,
) -> pd.DataFrame:
    """The table ``stresses``: the year as it is, whose tail and expected loss are known, then the bad ones.

    Where the cap of a pool can bind, expected losses under a stress are those of its simulation.
    """
    wanted = settings.stress.years or usual(assembly)
    states = {name: _state(assembly, name, year) for name, year in wanted.items()}
    tails: list[tuple[Estimate, Estimate, Estimate]] = []

    def tick(number: int) -> Callable[[int, int], None] | None:
        name = list(states)[number - 1]
        return None if progress is None else lambda done, planned: progress(f"stress {name}", done, planned)

    def tail(dependence: Dependence) -> tuple[float, float]:
        found = _tail(assembly, dependence, settings, workers, tick(len(tails))) if tails else risk
        mean = found.expected_loss if tails else expected
        tails.append((mean, found.value_at_risk, found.expected_shortfall))
        return found.value_at_risk.value or 0.0, found.expected_shortfall.value or 0.0

    rules = settings.rules
    failed = ruling.tape["defaulted"] > 0.0
    table = stress_table(
        assembly.portfolio,
        assembly.dependence,
        states,
        tape=assembly.loans,
        loans=contracts(assembly.loans, rules.payment_months, rules.funding_rate_pa),
        rules=rules,
        persistence=settings.model.persistence,
        tail=tail,
        failed=Failed(ruling.tape[failed], ruling.provisions["ecl_eur"].to_numpy()[failed]),
    )
    capped = bool(caps_can_bind(assembly.portfolio).any())
    texts = {name: told(year) for name, year in wanted.items()}
    rows = []
    columns = (table[name] for name in ("stress", "expected_loss_eur", "ecl_eur", "capital_eur"))
    for name, exact, ecl, capital, (el, var, es) in zip(*columns, tails, strict=True):
        ends = (value for one in (var, es) for value in (one.value, one.ci_low, one.ci_high))
        mean = (el.value, el.ci_low, el.ci_high) if capped else (exact, None, None)
        rows.append((name, texts.get(name, "the year as it is"), *mean, *ends, ecl, capital))
    return frame("stresses", rows)


def usual(assembly: Assembly) -> Mapping[str, FactorStress]:
    """Two bad years of the economy, and one of the sector or Land that hurts most."""
    names = assembly.dependence.factors.names
    economy = assembly.dependence.economy
    found = {}
    if economy in names:
        found["bad year"] = FactorStress(given={economy: -1.28})
        found["very bad year"] = FactorStress(given={economy: -2.33})
    book = assembly.portfolio
    weight = (book.exposure_eur * book.lgd * book.pd[book.obligor]) @ np.abs(book.loadings[book.obligor])
    others = [place for place, name in enumerate(names) if name != economy and weight[place] > 0.0]
    if others:
        worst = max(others, key=lambda place: float(weight[place]))
        found[f"bad {names[worst]}"] = FactorStress(given={names[worst]: -2.33})
    return found


def told(year: FactorStress) -> str:
    """What a stress moves, in words."""
    shifts = [f"{name} shifted by {by:g}" for name, by in year.shift.items()]
    return ", ".join([*shifts, *(f"{name} at {value:g}" for name, value in year.given.items())])


def reverse(assembly: Assembly, settings: BookSettings, losses_eur: Sequence[float]) -> pd.DataFrame:
    """The table ``reverse_stress``: the likeliest state of all factors and of the economy with each loss."""
    asked = settings.stress.losses_eur or losses_eur
    rows = [row for loss in asked for row in (*_together(assembly, loss), *_alone(assembly, loss))]
    return frame("reverse_stress", rows)


def _state(assembly: Assembly, name: str, year: FactorStress) -> FactorState:
    try:
        return stressed_state(assembly.dependence.factors, year.shift, year.given)
    except ValueError as error:
        fault = Fault("settings", 0, f"stress.years.{name}", str(error))
        raise InputError("a stress cannot be used", [fault]) from None


def _tail(
    assembly: Assembly,
    dependence: Dependence,
    settings: BookSettings,
    workers: int | None,
    tick: Callable[[int, int], None] | None,
) -> TailResult:
    asked = settings.simulation
    return tail_risk(
        assembly.portfolio,
        dependence,
        level=asked.level,
        precision=min(COARSER * asked.precision, 0.5),
        seed=asked.seed,
        workers=workers,
        max_scenarios=asked.max_scenarios,
        progress=tick,
    )


def _together(assembly: Assembly, loss: float) -> Iterator[_Row]:
    """Every factor of the likeliest state, the worst first."""
    try:
        found = reverse_stress(assembly.portfolio, assembly.dependence, loss)
    except ValueError:
        yield loss, "all", "", None, None
        return
    for name, value in sorted(found.factors.items(), key=lambda item: item[1]):
        yield loss, "all", name, value, found.probability


def _alone(assembly: Assembly, loss: float) -> Iterator[_Row]:
    """The economy alone, the other factors following as their covariance says."""
    state, economy = assembly.dependence.factors, assembly.dependence.economy
    if economy not in state.names:
        return
    place = state.names.index(economy)
    mean, spread = float(state.mean[place]), sqrt(float(state.root[place] @ state.root[place]))
    if not spread > 0.0:
        return

    def costs(distance: float) -> bool:
        factors = given(state, economy, mean - distance * spread)
        year = replace(assembly.dependence, factors=factors)
        book = assembly.portfolio
        return float(within_caps(book, expected_loss(book, year)).sum()) >= loss

    low, high = 0.0, _FARTHEST
    inside = costs(low)
    if inside or not costs(high):
        yield loss, economy, economy, mean if inside else None, 0.5 if inside else None
        return
    while high - low > _CLOSE:
        middle = 0.5 * (low + high)
        low, high = (low, middle) if costs(middle) else (middle, high)
    yield loss, economy, economy, mean - high * spread, norm_cdf(-high)
