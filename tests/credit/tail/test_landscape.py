"""What a state lets expect, against every set of defaults counted in that state."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import ndtr, ndtri
from scipy.stats import chi2
from scipy.stats import t as student

from hybridsim.credit.factor_state import shifted
from hybridsim.credit.portfolio import Dependence, Portfolio, portfolio
from hybridsim.credit.simulation.preparing import prepare
from hybridsim.credit.tail.landscape import Landscape
from tests.credit.simulation.books import year
from tests.credit.tail.enumerated import loss_of

STATE = np.array([-1.3, 0.4])


def guaranteed(caps: bool = False) -> tuple[Portfolio, Dependence]:
    """Five names; the last two guarantee, one pays 30 % in default; one cover is by nobody who can fail."""
    loadings = np.array([[0.4, 0.2], [0.3, 0.3], [0.5, 0.0], [0.2, 0.4], [0.1, 0.1]])
    book = portfolio(
        [100.0, 60.0, 80.0, 40.0, 30.0], [0.5, 0.6, 0.4, 0.7, 0.5], [0.05, 0.2, 0.1, 0.08, 0.03], loadings,
        obligor=np.array([0, 1, 2, 3, 0]), cover=[0.8, 0.5, 0.6, 0.0, 0.9],
        guarantor=np.array([3, 4, -1, -1, 4]),
        pool=np.array([0, 0, -1, -1, 1]) if caps else None, pool_cap_eur=[2.0, 500.0] if caps else [],
        pays_in_default=[0.0, 0.0, 0.0, 0.3, 0.0],
    )  # fmt: skip
    return book, Dependence(year(2))


def chances_at(book: Portfolio, state: np.ndarray) -> np.ndarray:
    own = np.sqrt(1.0 - (book.loadings**2).sum(axis=1))
    return np.asarray(ndtr((ndtri(book.pd) - book.loadings @ state) / own))


def expected(book: Portfolio, chances: np.ndarray) -> float:
    """By every set of defaults."""
    total = 0.0
    for number in range(1 << chances.size):
        defaulted = (number >> np.arange(chances.size) & 1).astype(bool)
        total += np.where(defaulted, chances, 1.0 - chances).prod() * loss_of(book, defaulted)
    return total


def test_chances_jumps_and_loss_are_those_of_every_set_of_defaults() -> None:
    """The loss is linear in each chance, so a jump is what the sure default less the sure survival cost."""
    book, dependence = guaranteed()
    prepared = prepare(book, dependence)
    given, chances = Landscape(prepared).given(STATE), chances_at(book, STATE)
    np.testing.assert_allclose(given.chances, chances[prepared.obligor_row], rtol=1e-9)
    assert given.expected_eur == pytest.approx(expected(book, chances), rel=1e-12)
    for place, row in enumerate(prepared.obligor_row):
        sure, safe = chances.copy(), chances.copy()
        sure[row], safe[row] = 1.0, 0.0
        assert given.jumps[place] == pytest.approx(expected(book, sure) - expected(book, safe), rel=1e-12)


def test_caps_bind_on_expected_claims() -> None:
    """Pool 0 pays 2 euros on what its loans claim on average; the other has enough, loan 2 has no cap."""
    book, dependence = guaranteed(caps=True)
    chances = chances_at(book, STATE)
    loss = book.lgd * book.exposure_eur
    claims = (chances[book.obligor] * loss * book.cover)[:2].sum()
    assert claims > 2.0
    capped = book.cover * np.where(book.pool == 0, 2.0 / claims, 1.0)
    exact = expected(portfolio(
        book.exposure_eur, book.lgd, book.pd, book.loadings, obligor=book.obligor, cover=capped,
        guarantor=book.guarantor, pays_in_default=book.pays_in_default,
    ), chances)  # fmt: skip
    assert Landscape(prepare(book, dependence)).given(STATE).expected_eur == pytest.approx(exact, rel=1e-12)


def test_a_bad_year_moves_chances_and_lgds() -> None:
    """In a year two deviations worse, state z is the state z - 2 of a usual one, of LGDs too."""
    book = portfolio([100.0], 0.4, [0.03], [[0.4, 0.3]])
    usual = Dependence(year(2), lgd_sigma=0.5, lgd_economy=0.6)
    bad = replace(usual, factors=shifted(usual.factors, "economy", -2.0))
    ours, theirs = Landscape(prepare(book, bad)), Landscape(prepare(book, usual))
    there = STATE - np.array([2.0, 0.0])
    assert ours.given(STATE).expected_eur == pytest.approx(theirs.given(there).expected_eur, rel=1e-12)
    location = float(prepare(book, usual).lgd_location[0])
    lgd = ndtr((location - 0.6 * there[0]) / np.sqrt(1.0 + 0.5**2))
    assert theirs.mean_lgds(there)[0] == pytest.approx(lgd, rel=1e-12)


def test_the_mixing_variable_scales_thresholds() -> None:
    book, _ = guaranteed()
    landscape = Landscape(prepare(book, Dependence(year(2), degrees_of_freedom=4.0)))
    z = np.append(STATE, -1.1)
    root = np.sqrt(chi2.ppf(ndtr(-1.1), 4.0) / 4.0)
    own = np.sqrt(1.0 - (book.loadings**2).sum(axis=1))
    chances = ndtr((student.ppf(book.pd, 4.0) * root - book.loadings @ STATE) / own)
    np.testing.assert_allclose(landscape.given(z).chances, chances[landscape.book.obligor_row], rtol=1e-5)


def test_a_direction_reaches_a_loss_where_it_is_first_expected() -> None:
    book, dependence = guaranteed()
    landscape = Landscape(prepare(book, dependence))
    direction = np.array([-0.8, -0.6])
    length = landscape.reaching(direction, 60.0, 8.0)
    assert length is not None
    assert landscape.given(length * direction).expected_eur >= 60.0
    assert landscape.given((length - 2e-8) * direction).expected_eur < 60.0
    assert landscape.reaching(direction, 60.0, 0.5 * length) is None


def test_what_a_default_costs_varies_with_lgds_and_guarantees_alone() -> None:
    plain = portfolio([1.0, 1.0], 0.5, [0.1, 0.1], np.full((2, 1), 0.3))
    covered = portfolio([1.0, 1.0], 0.5, [0.1, 0.1], np.full((2, 1), 0.3), cover=0.5)
    assert not Landscape(prepare(plain, Dependence(year()))).varies
    assert Landscape(prepare(covered, Dependence(year()))).varies
    assert Landscape(prepare(plain, Dependence(year(), lgd_economy=0.2))).varies
