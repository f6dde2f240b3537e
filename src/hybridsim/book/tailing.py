"""Figures and tables of the loss distribution, from a tail-risk run."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite
from typing import TYPE_CHECKING

from hybridsim.book.frames import frame
from hybridsim.book.metrics import UNITS
from hybridsim.study.metrics import Row

if TYPE_CHECKING:
    import pandas as pd

    from hybridsim.core.estimate import Estimate
    from hybridsim.credit.tail.result import TailResult

COARSER = 3.0
"""Tails that are looked at beside the book's are simulated to this many times the wanted precision."""
_NINETY_FIVE = 1.96


def exact(metric: str, value: float, method: str, scope: str = "total") -> Row:
    """A figure without sampling error."""
    return Row(metric, scope, value, UNITS[metric], None, None, None, 1, method)


def undefined(metric: str, method: str, scope: str = "total") -> Row:
    """A figure that there is not, and why."""
    return Row(metric, scope, None, UNITS[metric], None, None, None, 1, method)


def estimated(metric: str, found: Estimate, scope: str = "total") -> Row:
    """An estimate; money in whole cents, as contributions add up to it."""
    unit, value = UNITS[metric], found.value
    if unit == "EUR" and value is not None:
        value = round(value, 2)
    return Row(metric, scope, value, unit, found.se, found.ci_low, found.ci_high, found.n, found.method)


def less(metric: str, found: Estimate, expected: Estimate) -> Row:
    """A figure of the tail less the expected loss; with the tail's error, which is far larger."""
    figures = (found.value, found.ci_low, found.ci_high)
    if expected.value is None or found.value is None:
        return undefined(metric, found.method)
    value, low, high = (None if x is None else x - expected.value for x in figures)
    method = f"{found.method}; less expected loss"
    return Row(metric, "total", value, UNITS[metric], found.se, low, high, found.n, method)


def loss_rows(found: TailResult, expected: Estimate, exposure_eur: float) -> Iterator[Row]:
    """Expected loss, standard deviation, value at risk and shortfall at the level and at others."""
    yield estimated("expected_loss_eur", expected)
    yield _rate(expected, exposure_eur)
    yield estimated("loss_sd_eur", found.standard_deviation)
    yield estimated("loss_var_eur", found.value_at_risk)
    yield estimated("loss_es_eur", found.expected_shortfall)
    methods = {"var": found.value_at_risk.method, "es": found.expected_shortfall.method}
    columns = ("figure", "level", "value", "se", "ci_low", "ci_high")
    for name, level, *figures in zip(*(found.quantiles()[c].tolist() for c in columns), strict=True):
        value, se, low, high = (None if x != x else float(x) for x in figures)
        known = low is not None and high is not None
        told = methods[name] if known else f"{methods[name]}; too few scenarios beyond it"
        yield Row(f"loss_{name}_eur", f"level:{level:g}", value, "EUR", se, low, high, found.scenarios, told)


def quality_rows(found: TailResult) -> Iterator[Row]:
    """What the estimate cost and how good it is."""
    yield exact("scenarios", float(found.scenarios), f"besides {found.pilot_scenarios:,} of pilot runs")
    yield exact("effective_tail_scenarios", found.effective_size, "Kish (1965): (sum w)^2/sum w^2 beyond VaR")
    widths = [_width(figure) for figure in (found.value_at_risk, found.expected_shortfall)]
    if None in widths:
        yield undefined("precision_reached", "no loss at the level, or too few scenarios beyond it")
    else:
        widest = max(width for width in widths if width is not None)
        yield exact("precision_reached", widest, "half-width of the 95 % interval over the figure")


def distribution(found: TailResult) -> pd.DataFrame:
    """The table ``distribution``: probability of a loss above 0, and of one of at least each further edge."""
    start = found.sample.tail(0.0)
    edges = [(0.0, start.value, start.se)]
    table = found.distribution()
    names = ("loss_to", "probability_beyond", "beyond_se")
    further = zip(*(table[name].tolist() for name in names), strict=True)
    edges += [(loss, chance, se) for loss, chance, se in further if isfinite(loss)]
    rows = []
    for loss, chance, se in edges:
        beyond, half = min(max(chance, 0.0), 1.0), _NINETY_FIVE * se
        rows.append((loss, beyond, max(beyond - half, 0.0), min(beyond + half, 1.0)))
    return frame("distribution", rows)


def _rate(expected: Estimate, exposure_eur: float) -> Row:
    if not exposure_eur:
        return undefined("expected_loss_rate", "the book has no exposure")
    figures = (expected.value, expected.se, expected.ci_low, expected.ci_high)
    value, se, low, high = (None if x is None else x / exposure_eur for x in figures)
    unit = UNITS["expected_loss_rate"]
    return Row("expected_loss_rate", "total", value, unit, se, low, high, expected.n, expected.method)


def _width(found: Estimate) -> float | None:
    if not found.value or found.ci_low is None or found.ci_high is None:
        return None
    return 0.5 * (found.ci_high - found.ci_low) / found.value
