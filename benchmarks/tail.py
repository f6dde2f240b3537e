"""What a 1 % half-width of the 99.9 % VaR takes, with and without importance sampling."""

from __future__ import annotations

import statistics
import time
from math import ceil

from benchmarks.common import say, table
from benchmarks.made_up import FACTORS, made_up
from hybridsim.credit.portfolio import Dependence, Portfolio
from hybridsim.credit.simulation import estimate
from hybridsim.credit.simulation.simulate import simulate
from hybridsim.credit.tail.contributions import contributions
from hybridsim.credit.tail.risk import tail_risk

CORES = 2
LEVEL = 0.999

Way = tuple[int, float, float, float]
"""Scenarios, seconds, relative half-widths of VaR and ES."""


def precision(obligors: int, wanted: float, trial: int, turns: int) -> None:
    """Scenarios and seconds to the wanted precision, for one factor and many, Gaussian and t copula."""
    rows = []
    for name, factors, more in (
        ("1 factor", 1, {}),
        (f"{FACTORS} factors", FACTORS, {}),
        (f"{FACTORS} factors, random LGDs", FACTORS, {"lgd_sigma": 0.5, "lgd_economy": 0.3}),
        (f"{FACTORS} factors, t copula, 5 degrees", FACTORS, {"degrees_of_freedom": 5.0}),
    ):
        book, dependence = made_up(obligors, factors, **more)
        tail_risk(book, dependence, precision=0.05, workers=CORES)
        slow = plain(book, dependence, wanted, trial)
        fast = _median([sampled(book, dependence, wanted, seed) for seed in range(turns)])
        rows += [_row(name, "plain", slow, slow), _row(name, "importance sampling", fast, slow)]
    head = ("book", "way", "scenarios", "s", "VaR +-", "ES +-", "fewer by", "faster by")
    title = f"{wanted:.0%} half-width of VaR and ES at {LEVEL:.1%}, {obligors:,} obligors, {CORES} threads"
    say(title, table(head, rows))


def plain(book: Portfolio, dependence: Dependence, wanted: float, trial: int) -> Way:
    """Plain simulation with as many scenarios as ``trial`` ones say that both figures need."""
    scenarios = trial
    for _ in range(2):
        began = time.perf_counter()
        sample = simulate(book, dependence, scenarios, 1, workers=CORES, level=LEVEL)
        widths = (
            _width(estimate.value_at_risk(sample, LEVEL)),
            _width(estimate.expected_shortfall(sample, LEVEL)),
        )
        seconds = time.perf_counter() - began
        told = (scenarios, seconds, *widths)
        scenarios = ceil(scenarios * (max(widths) / wanted) ** 2)
    return told


def sampled(book: Portfolio, dependence: Dependence, wanted: float, seed: int) -> Way:
    """Importance sampling until both are within the precision; the pilots' scenarios count."""
    began = time.perf_counter()
    found = tail_risk(book, dependence, level=LEVEL, precision=wanted, seed=seed, workers=CORES)
    seconds = time.perf_counter() - began
    widths = (_width(found.value_at_risk), _width(found.expected_shortfall))
    return (found.scenarios + found.pilot_scenarios, seconds, *widths)


def shares(obligors: int, wanted: float, turns: int) -> None:
    """Seconds for the contributions of each loan after such a run."""
    book, dependence = made_up(obligors, FACTORS)
    found = tail_risk(book, dependence, precision=wanted, workers=CORES)
    contributions(found)
    seconds = []
    for _ in range(turns):
        began = time.perf_counter()
        contributions(found)
        seconds.append(time.perf_counter() - began)
    print(f"\nContributions of each of {obligors:,} loans with errors: {statistics.median(seconds):.2f} s.")


def _width(figure: estimate.Estimate) -> float:
    if figure.value is None or figure.ci_low is None or figure.ci_high is None:
        return 1.0
    return 0.5 * (figure.ci_high - figure.ci_low) / figure.value


def _median(ways: list[Way]) -> Way:
    scenarios, seconds, var, es = (statistics.median(kind) for kind in zip(*ways, strict=True))
    return (int(scenarios), seconds, var, es)


def _row(name: str, kind: str, way: Way, slow: Way) -> list[str]:
    return [
        name, kind, f"{way[0]:,}", f"{way[1]:.2f}", f"{way[2]:.2%}", f"{way[3]:.2%}",
        f"{slow[0] / way[0]:.0f}", f"{slow[1] / way[1]:.1f}",
    ]  # fmt: skip
