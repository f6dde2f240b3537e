"""Against the published examples, the recursion of the literature and plain simulation."""

import numpy as np
import pytest
from scipy import stats

from hybridsim.credit.creditrisk_plus import credit_risk_plus, matched_variance, unexpected_loss
from hybridsim.credit.distribution import (
    bands,
    expected_shortfall,
    hundredth_of_largest,
    interpolated_quantile,
    mean,
    standard_deviation,
    value_at_risk,
)

# Credit Suisse First Boston, CreditRisk+ (1997), example 1A: 25 obligors, exposure and grade.
TAPE = """
    358475 H 1089819 H 1799710 F 1933116 G 2317327 G 2410929 G 2652184 H 2957685 G 3137989 D 3204044 D
    4727724 A 4830517 D 4912097 D 4928989 H 5042312 F 5320364 E 5435457 D 5517586 C 5764596 E 5847845 C
    6466533 H 6480322 H 7727651 B 15410906 F 20238895 E
"""
GRADES = {"A": 0.015, "B": 0.016, "C": 0.03, "D": 0.05, "E": 0.075, "F": 0.10, "G": 0.15, "H": 0.30}
EXPOSURE = np.array(TAPE.split()[::2], dtype=float)
PD = np.array([GRADES[grade] for grade in TAPE.split()[1::2]])
# All in one sector; the standard deviation of each PD is half of it, so that of the sector factor is 1/2.
WEIGHTS, VARIANCE = np.ones((25, 1)), [0.25]


def recursion(units, pd, weights, variance, size):
    """Power series of exp(sum of -log) term by term, all of one sign (Haaf, Reiss and Schoenmakers 2004)."""
    exponent = np.zeros(size)
    for share, s in zip([1.0 - weights.sum(axis=1), *weights.T], [0.0, *variance], strict=True):
        polynomial = np.bincount(units, share * pd, minlength=size)[:size]
        total = (share * pd).sum()
        if s == 0.0:
            exponent += polynomial
            exponent[0] -= total
            continue
        scaled = polynomial * s / (1.0 + s * total)
        logarithm = np.zeros(size)
        order = np.arange(size)
        for n in range(1, size):
            inner = (order[1:n] * logarithm[1:n]) @ scaled[n - 1 : 0 : -1]
            logarithm[n] = scaled[n] + inner / n
        exponent += logarithm / s
        exponent[0] -= np.log1p(s * total) / s
    result = np.zeros(size)
    result[0] = np.exp(exponent[0])
    order = np.arange(size)
    for n in range(1, size):
        result[n] = (order[1 : n + 1] * exponent[1 : n + 1]) @ result[n - 1 :: -1][:n] / n
    return result


def first(losses, count):
    """The first probabilities; beyond the grid there is nothing above 1e-14."""
    return np.pad(losses.probabilities, (0, count))[:count]


def test_example_1a_has_its_published_figures():
    # Published to the euro with the unit of the paper; half a euro is the rounding of print.
    book = bands(EXPOSURE, PD, hundredth_of_largest(EXPOSURE))
    losses = credit_risk_plus(book, WEIGHTS, VARIANCE)
    assert mean(losses) == pytest.approx(14_221_863, abs=0.5)
    assert standard_deviation(losses) == pytest.approx(12_668_742, abs=0.5)
    assert interpolated_quantile(losses, 0.99) == pytest.approx(55_311_503, abs=0.5)
    assert unexpected_loss(book, WEIGHTS, VARIANCE) == pytest.approx(12_668_742, abs=0.5)


def test_example_1a_has_its_published_figures_with_a_fine_unit():
    # The deviation needs no distribution and so allows a unit of one euro; the quantile is had at a thousand
    # euros, whose banding may move it by a fraction of that.
    assert unexpected_loss(bands(EXPOSURE, PD, 1.0), WEIGHTS, VARIANCE) == pytest.approx(12_613_104, abs=0.5)
    losses = credit_risk_plus(bands(EXPOSURE, PD, 1_000.0), WEIGHTS, VARIANCE)
    assert interpolated_quantile(losses, 0.99) == pytest.approx(55_242_706, abs=100)
    assert mean(losses) == pytest.approx(14_221_863, abs=0.5)


def test_plain_simulation_of_example_1a_meets_the_fine_figures():
    rng = np.random.default_rng(1997)
    futures = 200_000
    economy = rng.gamma(4.0, 0.25, futures)
    losses = np.zeros(futures)
    for exposure, pd in zip(EXPOSURE, PD, strict=True):
        losses += exposure * rng.poisson(pd * economy)
    low, high = np.sort(losses)[stats.binom.ppf([0.0005, 0.9995], futures, 0.99).astype(int)]
    assert low < 55_242_706 < high
    error = losses.std() / np.sqrt(futures)
    assert losses.mean() == pytest.approx(14_221_863, abs=3.5 * error)
    assert losses.std() == pytest.approx(12_613_104, rel=0.02)


def test_two_correlated_sectors_have_the_published_figures():
    # Buergisser, Kurth, Wagner and Wolf, Risk (July 1999), tables A and B, as in QuantLib's test suite
    # (creditriskplus.cpp). Printed to a tenth; 250 to a whole number, read off a grid.
    exposure, pd = np.repeat([1.0, 2.0], 1_000), np.repeat([0.04, 0.02], 1_000)
    sectors, variance = np.kron(np.eye(2), np.ones((1_000, 1))), [0.75**2, 0.75**2]
    correlation = [[1.0, 0.5], [0.5, 1.0]]
    book = bands(exposure, pd, 0.1)
    for sector, published in enumerate((30.66, 31.31)):
        own = bands(exposure[sectors[:, sector] > 0.0], pd[sectors[:, sector] > 0.0], 0.1)
        assert unexpected_loss(own, np.ones((1_000, 1)), variance[:1]) == pytest.approx(published, abs=0.006)
    assert unexpected_loss(book, sectors, variance, correlation) == pytest.approx(53.10, abs=0.005)
    matched = matched_variance(book, sectors, variance, correlation)
    assert matched == pytest.approx(0.65**2, abs=0.001)
    losses = credit_risk_plus(book, sectors.sum(axis=1, keepdims=True), [matched])
    assert standard_deviation(losses) == pytest.approx(53.10, abs=0.005)
    assert value_at_risk(losses, 0.99) == pytest.approx(250.0, abs=0.05)


def mixed_book():
    rng = np.random.default_rng(5)
    book = bands(rng.uniform(0.5, 12.0, 60), rng.uniform(0.001, 0.2, 60), 1.0)
    weights = rng.dirichlet((1.0, 1.0, 1.0, 1.0), 60)[:, :3]
    return book, weights, [0.3, 0.0, 2.0]


def test_several_sectors_and_own_risk_agree_with_the_recursion():
    book, weights, variance = mixed_book()
    losses = credit_risk_plus(book, weights, variance)
    expected = recursion(book.units, book.pd, weights, variance, 400)
    assert first(losses, 400) == pytest.approx(expected, abs=1e-14)


def test_several_sectors_have_the_moments_of_the_formula():
    book, weights, variance = mixed_book()
    losses = credit_risk_plus(book, weights, variance)
    assert mean(losses) == pytest.approx(book.units @ book.pd, rel=1e-11)
    assert standard_deviation(losses) == pytest.approx(unexpected_loss(book, weights, variance), rel=1e-9)
    assert value_at_risk(losses, 0.999) <= expected_shortfall(losses, 0.999)


def test_several_sectors_agree_with_plain_simulation():
    book, weights, variance = mixed_book()
    rng = np.random.default_rng(11)
    futures = 100_000
    factors = np.ones((futures, 3))
    factors[:, 0] = rng.gamma(1 / 0.3, 0.3, futures)
    factors[:, 2] = rng.gamma(1 / 2.0, 2.0, futures)
    intensity = (1.0 - weights.sum(axis=1) + factors @ weights.T) * book.pd
    simulated = rng.poisson(intensity) @ book.units
    losses = credit_risk_plus(book, weights, variance)
    for level in (0.5, 0.9, 0.99, 0.999):
        at_risk = int(value_at_risk(losses, level))
        cdf = losses.probabilities[: at_risk + 1].sum()
        error = np.sqrt(cdf * (1.0 - cdf) / futures)
        assert np.mean(simulated <= at_risk) == pytest.approx(cdf, abs=3.9 * error)


def test_one_sector_of_equal_loans_is_negative_binomial():
    book = bands(np.ones(500), np.full(500, 0.02), 1.0)
    losses = credit_risk_plus(book, np.ones((500, 1)), [0.4])
    expected = stats.nbinom.pmf(np.arange(200), 1 / 0.4, 1 / (1 + 0.4 * 10.0))
    assert first(losses, 200) == pytest.approx(expected, abs=1e-14)


@pytest.mark.parametrize("variance", [0.0, 1e-13, 1e-9])
def test_without_sector_risk_the_defaults_are_poisson(variance: float):
    book = bands(np.ones(300), np.full(300, 0.03), 1.0)
    losses = credit_risk_plus(book, np.ones((300, 1)), [variance])
    assert first(losses, 60) == pytest.approx(stats.poisson.pmf(np.arange(60), 9.0), abs=2e-9)


def test_a_large_book_whose_chance_of_no_loss_underflows_has_its_distribution():
    # P(no loss) is exp(-10,000) here, where a recursion would start with zero and never leave it.
    book = bands(np.ones(100_000), np.full(100_000, 0.1), 1.0)
    losses = credit_risk_plus(book, np.zeros((100_000, 0)), [])
    assert losses.probabilities[0] < 1e-16
    expected = stats.poisson.pmf(np.arange(9_000, 11_000), 10_000.0)
    # The phase of an exponent of 10,000 is known to about 1e-12.
    assert first(losses, 11_000)[9_000:] == pytest.approx(expected, abs=2e-12)
    assert value_at_risk(losses, 0.999) == stats.poisson.ppf(0.999, 10_000.0)


def test_what_lies_beyond_the_grid_is_not_folded_back():
    # A sector of large variance has a heavy tail: folded onto the grid it would show at the first losses.
    book = bands(np.ones(50), np.full(50, 0.05), 1.0)
    losses = credit_risk_plus(book, np.ones((50, 1)), [30.0])
    shape, scale = 1 / 30.0, 1 / (1 + 30.0 * 2.5)
    expected = stats.nbinom.pmf(np.arange(losses.probabilities.size), shape, scale)
    assert losses.probabilities == pytest.approx(expected, abs=5e-15)
    assert stats.nbinom.sf(losses.probabilities.size - 1, shape, scale) < 1e-14


def test_the_order_of_the_loans_does_not_matter():
    book, weights, variance = mixed_book()
    turned = bands(book.units[::-1].astype(float), book.pd[::-1], 1.0)
    assert credit_risk_plus(turned, weights[::-1], variance).probabilities == pytest.approx(
        credit_risk_plus(book, weights, variance).probabilities, abs=1e-15
    )


def test_a_book_that_cannot_lose_loses_nothing():
    losses = credit_risk_plus(bands([5.0], [0.0], 1.0), [[1.0]], [0.5])
    assert (mean(losses), value_at_risk(losses, 0.999)) == (0.0, 0.0)
    assert mean(credit_risk_plus(bands([], [], 1.0), np.zeros((0, 1)), [0.5])) == 0.0
    nothing = credit_risk_plus(bands([0.0, 0.0], [0.5, 0.1], 1.0), np.ones((2, 1)), [0.5])
    assert expected_shortfall(nothing, 0.999) == 0.0


@pytest.mark.parametrize(
    ("weights", "variance", "message"),
    [
        ([[1.0]], [0.25], r"2 loans and 1 sectors need \(2, 1\)"),
        ([[0.7, 0.5], [0.0, 0.0]], [0.1, 0.1], "sector_weights summed over sectors"),
        ([[-0.1], [1.0]], [0.1], r"sector_weights\[0, 0\]\(=-0.1\)"),
        ([[1.0], [1.0]], [-0.25], r"sector_variance\[0\]\(=-0.25\)"),
    ],
)
def test_impossible_sectors_are_refused(weights, variance, message):
    with pytest.raises(ValueError, match=message):
        credit_risk_plus(bands([1.0, 2.0], [0.1, 0.1], 1.0), weights, variance)


@pytest.mark.parametrize(
    ("correlation", "message"),
    [
        ([[1.0]], r"must be \(2, 2\)"),
        ([[1.0, 0.5], [0.2, 1.0]], "symmetric"),
        ([[1.0, 2.0], [2.0, 1.0]], r"in \[-1, 1\]"),
    ],
)
def test_impossible_correlations_are_refused(correlation, message):
    with pytest.raises(ValueError, match=message):
        matched_variance(bands([1.0, 2.0], [0.1, 0.1], 1.0), np.eye(2), [0.1, 0.1], correlation)


def test_correlations_that_no_factors_can_have_are_refused():
    impossible = [[1.0, 0.9, 0.9], [0.9, 1.0, -0.9], [0.9, -0.9, 1.0]]
    with pytest.raises(ValueError, match=r"eigenvalue -0\.8"):
        unexpected_loss(bands([1.0] * 3, [0.1] * 3, 1.0), np.eye(3), [0.1] * 3, impossible)


def test_loans_without_a_sector_have_no_variance_to_match():
    with pytest.raises(ValueError, match="no loan moves with a sector"):
        matched_variance(bands([1.0], [0.1], 1.0), [[0.0]], [0.1], [[1.0]])


def test_too_small_a_unit_says_so():
    with pytest.raises(ValueError, match="take a larger unit_eur"):
        credit_risk_plus(bands([1e9, 2e9], [0.1, 0.1], 1.0), np.ones((2, 1)), [0.25])
