"""Tail risk of a book to a wanted precision, by importance sampling."""

from __future__ import annotations

from math import ceil, isfinite

import numpy as np

from hybridsim.core.estimate import Estimate
from hybridsim.credit.arrays import Floats, Integers
from hybridsim.credit.portfolio import Dependence, Portfolio
from hybridsim.credit.simulation.preparing import prepare
from hybridsim.credit.simulation.threads import usable_workers
from hybridsim.credit.tail.drawing import BASE, GROSS, LOSS, WEIGHT, Drawing, Progress
from hybridsim.credit.tail.expected import gross_losses
from hybridsim.credit.tail.pilot import FEWEST_SCENARIOS, explore, half_width, split
from hybridsim.credit.tail.result import TailResult
from hybridsim.credit.tail.sample import Sample

_LOOKS = 8
_MARGIN = 1.15
_GROWTH = (1.25, 4.0)
_POOR = 100.0
"""Fewer effective scenarios in the tail than this are poor: the tail's own probability is 10 % uncertain."""


def tail_risk(
    book: Portfolio,
    dependence: Dependence,
    *,
    level: float = 0.999,
    precision: float = 0.01,
    scenarios: int | None = None,
    seed: int = 0,
    workers: int | None = None,
    max_scenarios: int = 1 << 20,
    parts: Integers | None = None,
    importance: bool = True,
    obligor_key: Integers | None = None,
    loan_key: Integers | None = None,
    progress: Progress | None = None,
) -> TailResult:
    """VaR and ES of a book with 95 % intervals, until both are as narrow as wanted.

    Small pilot runs find the law to draw from and the number of scenarios; their own scenarios are thrown
    away. The run itself is one sample of that size. If its intervals are still too wide it is extended by
    whole batches, at most seven times, each time by what the widths say: never because of the figures
    themselves, so that the intervals keep their coverage.

    Parameters
    ----------
    precision
        Wanted half-width of the 95 % intervals of VaR and ES, relative to the figures.
    scenarios
        A number of scenarios instead, rounded up to whole batches.
    max_scenarios
        Where to give up; about 160 bytes of memory each.
    parts
        (n,) 0 for loans of the base part, 1 for those beyond it (:mod:`hybridsim.credit.tail.marginal`).
    importance
        False draws from the book's own law: plain simulation with evenly spread factors.
    obligor_key, loan_key
        See :func:`hybridsim.credit.simulation.preparing.prepare`.
    progress
        Called with scenarios told and planned; what it raises ends the run.

    Raises
    ------
    ValueError
        If a parameter is out of its range or book and factors do not fit.
    """
    _check(level, precision, scenarios, max_scenarios)
    threads = usable_workers(workers)
    prepared = prepare(book, dependence, parts=parts, obligor_key=obligor_key, loan_key=loan_key)
    pilot = explore(prepared, level, seed, threads, importance)
    wanted = pilot.needed * _MARGIN / precision**2 if scenarios is None else float(scenarios)
    batches, size = split(min(wanted, float(max_scenarios)))
    drawing = Drawing(prepared, pilot.law, seed, "run", size)
    known = float(gross_losses(prepared).sum())
    told = drawing.batches(range(batches), threads, progress, batches * size)
    sample = _sample(told, LOSS, known)
    for _ in range(_LOOKS - 1):
        width = half_width(sample, level, narrowing=True)
        room = max_scenarios // size - batches
        if scenarios is not None or width <= precision or room <= 0:
            break
        growth = _MARGIN * (width / precision) ** 2 if isfinite(width) else _GROWTH[1]
        target = min(batches + room, ceil(batches * min(max(growth, _GROWTH[0]), _GROWTH[1])))
        more = drawing.batches(range(batches, target), threads, progress, target * size)
        told, batches = np.concatenate((told, more), axis=1), target
        sample = _sample(told, LOSS, known)
    base = sample if parts is None else _sample(told, BASE, known)
    reached = scenarios is not None or half_width(sample, level) <= precision
    notes = _warnings(sample, level, reached, precision)
    return _result(sample, base, drawing, level, pilot.scenarios, reached, notes, threads)


def _sample(told: Floats, row: int, known: float) -> Sample:
    return Sample(told[row], told[WEIGHT], told[GROSS] if known > 0.0 else None, known)


def _result(
    sample: Sample,
    base: Sample,
    drawing: Drawing,
    level: float,
    before: int,
    reached: bool,
    warnings: tuple[str, ...],
    workers: int,
) -> TailResult:
    n = sample.size
    if drawing.book.guaranteed:
        mean = sample.mean(sample.loss).estimate(n, "importance sampling, gross expected loss as control")
    else:
        exact = float(gross_losses(drawing.book).sum())
        mean = Estimate(exact, 0.0, exact, exact, n, "exact")
    value = sample.value_at_risk(level)
    return TailResult(
        level,
        mean,
        sample.standard_deviation().estimate(n, "importance sampling, influence function"),
        value.estimate(n, "importance sampling, tail probability inverted"),
        sample.expected_shortfall(level).estimate(n, "importance sampling, influence function"),
        n,
        before,
        sample.effective_size(value.value),
        reached,
        warnings,
        drawing,
        sample,
        base,
        workers,
    )


def _warnings(sample: Sample, level: float, reached: bool, precision: float) -> tuple[str, ...]:
    found = []
    value = sample.quantile(1.0 - level)
    effective = sample.effective_size(value)
    if value > 0.0 and effective < _POOR:
        found.append(
            f"only {effective:.0f} effective scenarios at or beyond the VaR: its interval and those of the "
            f"contributions are rough; {_POOR:.0f} or more are good"
        )
    if not reached and half_width(sample, level, narrowing=True) <= precision:
        found.append(
            "the loss takes so few values near the VaR that its interval goes from one to the next: more "
            "scenarios do not narrow it"
        )
    elif not reached:
        found.append(
            f"after {sample.size:,} scenarios the half-widths of VaR and ES are not within {precision:.2%}; "
            "raise max_scenarios or accept the intervals"
        )
    return tuple(found)


def _check(level: float, precision: float, scenarios: int | None, most: int) -> None:
    if not 0.0 < level < 1.0:
        raise ValueError(f"level(={level}) must be in (0, 1)")
    if not 0.0 < precision < 1.0:
        raise ValueError(f"precision(={precision}) must be in (0, 1): 0.01 for one per cent")
    if scenarios is not None and scenarios < FEWEST_SCENARIOS:
        raise ValueError(f"scenarios(={scenarios}) must be >= {FEWEST_SCENARIOS}")
    if most < FEWEST_SCENARIOS:
        raise ValueError(f"max_scenarios(={most}) must be >= {FEWEST_SCENARIOS}")
