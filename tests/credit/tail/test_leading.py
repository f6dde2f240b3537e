"""Tails of single names and of guarantors against exact enumeration: right, efficient, without bias."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom, chi2, norm

from hybridsim.credit.portfolio import Dependence, Portfolio, portfolio
from hybridsim.credit.simulation.preparing import prepare
from hybridsim.credit.tail.directions import shifted_laws
from hybridsim.credit.tail.drawing import DENSITIES, LOSS, WEIGHT, Drawing
from hybridsim.credit.tail.landscape import Landscape
from hybridsim.credit.tail.mixture import Mixture
from hybridsim.credit.tail.result import TailResult
from hybridsim.credit.tail.risk import tail_risk
from tests.credit.simulation.books import one_factor, year
from tests.credit.tail.enumerated import Exact, covered_by_one, enumerated, few_names

LEVEL = 0.999


def one_name() -> tuple[Portfolio, Dependence]:
    """One name owes 30 % of a book, with a PD of 0.2 %; the rest is a hundred equal loans."""
    exposure, pd = np.append(np.full(100, 0.7), 30.0), np.append(np.full(100, 0.01), 0.002)
    return portfolio(exposure, 0.5, pd, np.full((101, 1), np.sqrt(0.2))), Dependence(year())


def exact_one_name() -> Exact:
    """Binomial defaults beside the name's, given the factor."""
    factor = np.linspace(-8.0, 8.0, 801)
    chance, name = (norm.cdf((norm.ppf(p) - np.sqrt(0.2) * factor) / np.sqrt(0.8)) for p in (0.01, 0.002))
    weight = norm.pdf(factor) / norm.pdf(factor).sum()
    count = np.arange(101)
    given = binom.pmf(count, 100, chance[:, None])
    loss = np.concatenate((0.35 * count, 15.0 + 0.35 * count))
    probability = np.concatenate(((weight * (1.0 - name)) @ given, (weight * name) @ given))
    order = np.argsort(loss, kind="stable")
    return Exact(loss[order], probability[order])


def z_scores(found: TailResult, exact: Exact) -> list[float]:
    """Errors of the VaR's exceedance, ES, EL and SD in terms of their standard errors."""
    var = exact.value_at_risk(LEVEL)
    beyond = found.sample.tail(var * (1.0 + 1e-9))
    mean = found.sample.mean(found.sample.loss)
    shortfall = found.sample.mean(np.maximum(found.sample.loss - var, 0.0) / (1.0 - LEVEL))
    deviation = found.sample.standard_deviation()
    pairs = (
        (beyond, exact.beyond(var)), (shortfall, exact.expected_shortfall(LEVEL) - var),
        (mean, exact.mean()), (deviation, exact.deviation()),
    )  # fmt: skip
    return [(f.value - truth) / f.se for f, truth in pairs if f.se > 0.0]


BOOKS = {
    "one name": (one_name(), exact_one_name()),
    "one guarantor": (covered_by_one(), enumerated(*covered_by_one())),
    "one guarantor up to a cap": (covered_by_one(20.0), enumerated(*covered_by_one(20.0))),
}


@pytest.mark.parametrize("name", BOOKS)
def test_intervals_cover_and_the_tail_has_many_effective_scenarios(name: str) -> None:
    book, exact = BOOKS[name]
    truth = exact.value_at_risk(LEVEL), exact.expected_shortfall(LEVEL)
    runs, hits, sizes = 40, np.zeros(2), []
    for seed in range(runs):
        found = tail_risk(*book, scenarios=3_072, seed=seed)
        figures = found.value_at_risk, found.expected_shortfall
        hits += [f.ci_low - 1e-9 <= t <= f.ci_high + 1e-9 for f, t in zip(figures, truth, strict=True)]  # type: ignore[operator]
        sizes.append(found.effective_size)
    assert (hits >= binom.ppf(1e-4, runs, 0.95)).all(), hits / runs
    assert np.median(sizes) > 0.1 * 3_072


def test_the_weight_is_exact_whatever_leads() -> None:
    """Losses that tell every set of defaults apart, drawn by laws with odd shifts and needless leads."""
    book = portfolio([1.0, 2.0, 4.0, 8.0], 1.0, [0.02, 0.1, 0.05, 0.01], np.full((4, 1), np.sqrt(0.3)))
    dependence = Dependence(year())
    exact = enumerated(book, dependence)
    shifts = np.array([[-1.0], [1.0], [-2.5], [0.5]])
    law = Mixture(np.array([0.2, 0.2, 0.2, 0.2, 0.2]), shifts, np.array([-1, 0, 3, 1]), 9.0)
    told = Drawing(prepare(book, dependence), law, 3, "leads", 1_024).batches(range(100), 2, None, 0)
    assert told[WEIGHT].max() <= 5.0 + 1e-12
    scores = []
    for loss, probability in zip(exact.loss, exact.probability, strict=True):
        means = (told[WEIGHT] * (told[LOSS] == loss)).mean(axis=1)
        scores.append((means.mean() - probability) / (means.std(ddof=1) / 10.0))
    assert 1e-4 < chi2.cdf(np.square(scores).sum(), len(scores)) < 1.0 - 1e-4, scores


def test_densities_are_shares_of_what_a_scenario_is_drawn_from() -> None:
    """A weight is 1 over the own share and the laws' densities; a law whose lead is safe has none."""
    book, dependence = covered_by_one(20.0)
    law = Mixture(np.array([0.2, 0.4, 0.4]), np.array([[-2.0], [-1.0]]), np.array([-1, 2]), 40.0)
    drawing = Drawing(prepare(book, dependence), law, 1, "densities", 256)
    told = drawing.batches(range(8), 1, None, 0, rows=None)
    np.testing.assert_allclose(told[WEIGHT], 1.0 / (0.2 + told[DENSITIES:].sum(axis=0)), rtol=1e-12)
    safe = told[DENSITIES + 1] == 0.0
    assert 0.0 < safe.mean() < 0.7
    assert np.abs((told[WEIGHT] * told[DENSITIES]).mean() - 0.4) < 0.05
    assert np.abs((told[WEIGHT] * told[DENSITIES + 1]).mean() - 0.4) < 0.05


def test_who_leads_is_the_large_name_and_the_guarantor_and_nobody_in_a_granular_book() -> None:
    for (book, dependence), loss, leads in (
        (one_name(), 16.0, {100}),
        (covered_by_one(20.0), 60.0, {0, 1, 2, 3, 4, 5}),
        (one_factor(1_000, 0.02, 0.2), 150.0, set()),
    ):
        prepared = prepare(book, dependence)
        law = shifted_laws(Landscape(prepared), loss)
        assert {int(prepared.obligor_row[lead]) for lead in law.leads if lead >= 0} == leads
        assert law.leads[0] == -1


def test_few_names_at_random_have_no_bias() -> None:
    """Guarantors, caps, t copula: z-scores of 24 books are standard normal in sum and in squares."""
    _normal([_scores_of(seed) for seed in range(24)])


@pytest.mark.slow
def test_many_names_at_random_have_no_bias() -> None:
    _normal([_scores_of(seed) for seed in range(100, 400)])


def _scores_of(seed: int) -> list[float]:
    book = few_names(seed)
    return z_scores(tail_risk(*book, scenarios=8_192, seed=seed), enumerated(*book))


def _normal(scores: list[list[float]]) -> None:
    """Neither figure's scores are off in the mean or too wide: each once in a thousand if they are right.

    Scores have the tails of Student's t with 31 degrees of freedom and more: a variance of 31/29.
    """
    for number, kind in enumerate(("beyond", "shortfall", "mean", "deviation")):
        values = np.array([row[number] for row in scores if len(row) == 4])
        assert abs(values.sum()) < norm.isf(5e-4) * np.sqrt(values.size * 31 / 29), (kind, values.mean())
        assert np.square(values).sum() < chi2.isf(1e-3, values.size) * 31 / 29, (kind, values)
