"""Contributions against exact conditional expectations of a finite book, symmetry, and what must add up."""

from __future__ import annotations

import numpy as np
import pytest

from hybridsim.credit.distribution import bands, value_at_risk
from hybridsim.credit.finite_pool import conditional_losses, conditional_pds
from hybridsim.credit.portfolio import Dependence, portfolio
from hybridsim.credit.tail.cents import whole_cents
from hybridsim.credit.tail.contributions import contributions
from hybridsim.credit.tail.risk import tail_risk
from hybridsim.credit.vasicek import factor_nodes
from tests.credit.simulation.books import year
from tests.credit.tail.books import PDS, RHO, UNITS, exact_sixty, sixty

LEVEL = 0.99
"""Where the smoothing of the VaR's contributions in a window is well within the errors below."""


def exact_contribution(loan: int) -> tuple[float, float]:
    """E[L_i 1{tail}]/(1 - q) and E[L_i | L = VaR] of one of the sixty loans, by recursion without it."""
    whole = exact_sixty()
    var, grid = int(value_at_risk(whole, LEVEL)), np.cumsum(whole.probabilities)
    nodes, weights = factor_nodes(UNITS.size, RHO)
    chances = conditional_pds(PDS, np.full(UNITS.size, RHO), nodes)
    others = np.arange(UNITS.size) != loan
    hit = weights * chances[:, loan]
    rest = conditional_losses(bands(UNITS[others], PDS[others], 1.0), chances[:, others], hit)
    defaulting = rest.probabilities * hit.sum() / weights.sum()
    start = var - int(UNITS[loan])
    # The loss that is the VaR counts with the share that makes the tail's probability 1 - q.
    share = (grid[var] - LEVEL) / whole.probabilities[var]
    tail = defaulting[start + 1 :].sum() + share * defaulting[start]
    near = range(start - 40, start + 41)
    around = sum(defaulting[x] for x in near if 0 <= x < defaulting.size)
    return UNITS[loan] * tail / (1.0 - LEVEL), UNITS[loan] * around / whole.probabilities[
        var - 40 : var + 41
    ].sum()


def test_contributions_are_the_exact_conditional_expectations() -> None:
    found = contributions(tail_risk(*sixty(), level=LEVEL, scenarios=60_000, seed=1)).loans
    loans = np.argsort(-UNITS * PDS)[::6]
    exact = np.array([exact_contribution(int(loan)) for loan in loans])
    es, var = found.es_cents[loans] / 100.0, found.var_cents[loans] / 100.0
    assert (np.abs(es - exact[:, 0]) < 4.0 * found.es_se[loans]).all()
    assert (np.abs(var - exact[:, 1]) < 4.0 * found.var_se[loans] + 0.01 * exact[:, 1]).all()
    assert (found.es_se[loans] < 0.1 * exact[:, 0]).all()


def test_errors_of_contributions_are_those_of_repeated_runs() -> None:
    """From run to run the contributions spread as their standard errors say, within 15 % on average."""
    values, errors = [], []
    for seed in range(30):
        found = contributions(tail_risk(*sixty(), level=LEVEL, scenarios=4_096, seed=seed)).loans
        values.append([found.es_cents / 100.0, found.var_cents / 100.0])
        errors.append([found.es_se, found.var_se])
    spread = np.std(values, axis=0, ddof=1)
    ratio = np.sqrt((spread**2).sum(axis=1) / (np.mean(errors, axis=0) ** 2).sum(axis=1))
    assert (np.abs(ratio - 1.0) < 0.15).all(), ratio


def test_equal_loans_contribute_equally_and_groups_add_up_to_the_cent() -> None:
    loans = 48
    loadings = np.full((loans, 1), np.sqrt(0.2))
    book = portfolio(np.full(loans, 333.33), 0.37, np.full(loans, 0.02), loadings)
    result = tail_risk(book, Dependence(year(), lgd_sigma=0.3), scenarios=20_000)
    labels = {"half": np.arange(loans) % 2, "third": np.array(["a", "b", "c"])[np.arange(loans) % 3]}
    found = contributions(result, labels)
    share = found.loans.es_cents.sum() / 100.0 / loans
    assert (np.abs(found.loans.es_cents / 100.0 - share) < 4.5 * found.loans.es_se).all()
    for kind, total in (
        ("es", result.expected_shortfall),
        ("var", result.value_at_risk),
        ("el", result.expected_loss),
    ):
        cents = getattr(found.loans, f"{kind}_cents")
        assert cents.sum() == round(100.0 * total.value)  # type: ignore[operator]
        for label in labels:
            assert getattr(found.groups[label][1], f"{kind}_cents").sum() == cents.sum()
            assert round(100 * found.by(label)[f"{kind}_eur"].sum()) == cents.sum()
    assert not found.loans.el_se.any()
    assert list(found.by("third")["third"]) != [] and set(found.by("half")["half"]) == {"0", "1"}


def test_one_group_of_all_has_the_error_of_the_whole() -> None:
    result = tail_risk(*sixty(), scenarios=8_000)
    found = contributions(result, {"all": np.zeros(UNITS.size, dtype=np.int64)}).groups["all"][1]
    # The ES contribution corrects for the VaR's error with the window's mean instead of the VaR itself.
    assert found.es_se[0] == pytest.approx(result.expected_shortfall.se, rel=0.03)
    assert found.var_se[0] == pytest.approx(result.value_at_risk.se, rel=1e-9)


def test_rows_and_workers_move_no_contribution() -> None:
    book, dependence = sixty()
    order = np.random.default_rng(2).permutation(UNITS.size)
    turned = portfolio(UNITS[order], 1.0, PDS[order], book.loadings[order])
    first = contributions(tail_risk(book, dependence, scenarios=4_000, workers=1))
    other = contributions(tail_risk(turned, dependence, scenarios=4_000, workers=3))
    assert np.array_equal(first.loans.es_se[order], other.loans.es_se)
    # Only who gets the last cent may hang on the rows.
    assert np.abs(first.loans.es_cents[order] - other.loans.es_cents).max() <= 1


def test_expected_losses_under_guarantees_are_estimated_where_there_is_cover() -> None:
    cover = np.array([0.0, 0.8, 0.8])
    guarantor = np.array([-1, -1, 3])
    book = portfolio(
        np.full(3, 100.0), 0.5, [0.02, 0.02, 0.02, 0.05], np.zeros((4, 1)), cover=cover, guarantor=guarantor,
        obligor=np.arange(3),
    )  # fmt: skip
    found = contributions(tail_risk(book, Dependence(year()), scenarios=30_000)).loans
    exact = np.array([1.0, 0.2, 1.0 - 0.8 * 0.95])
    assert found.el_cents[0] == 100 and found.el_se[0] == 0.0
    assert (np.abs(found.el_cents / 100.0 - exact)[1:] < 4.0 * found.el_se[1:] + 0.01).all()


def test_cents_add_up_to_the_rounded_total() -> None:
    amounts = np.array([0.333333, 0.333333, 0.333334])
    assert whole_cents(amounts, 1.0).tolist() == [33, 33, 34]
    with pytest.raises(ValueError, match=r"not to total_eur\(=0.98\)"):
        whole_cents(amounts, 0.98)
    assert whole_cents(np.zeros(0), 0.0).size == 0
    many = np.random.default_rng(1).exponential(size=999)
    assert whole_cents(many, float(many.sum())).sum() == round(100 * many.sum())
    assert np.abs(whole_cents(many, float(many.sum())) - 100 * many).max() < 1.0


def test_a_label_of_another_length_is_refused() -> None:
    result = tail_risk(*sixty(), scenarios=3_072)
    with pytest.raises(ValueError, match=r"label 'sector' has shape \(2,\)"):
        contributions(result, {"sector": ["a", "b"]})
