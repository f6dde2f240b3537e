"""Tail risk by importance sampling against exact distributions and brute force."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtri
from scipy.stats import binom, norm
from scipy.stats import t as student

from hybridsim.credit.distribution import expected_shortfall, mean, standard_deviation, value_at_risk
from hybridsim.credit.portfolio import Dependence, portfolio
from hybridsim.credit.tail.risk import tail_risk
from hybridsim.credit.vasicek import pool_probabilities
from tests.credit.simulation.books import many_factors, year
from tests.credit.tail.books import PDS, RHO, UNITS, exact_sixty, sixty, two_sectors

LEVEL = 0.999


def test_intervals_cover_the_exact_var_and_es_of_a_finite_book() -> None:
    """Losses are whole euros, and the VaR is one of thousands: the grid widens no interval noticeably."""
    exact = exact_sixty()
    truth = np.array(
        [value_at_risk(exact, LEVEL), expected_shortfall(exact, LEVEL), standard_deviation(exact)]
    )
    runs, hits = 80, np.zeros(3)
    for seed in range(runs):
        found = tail_risk(*sixty(), scenarios=3_072, seed=seed)
        figures = (found.value_at_risk, found.expected_shortfall, found.standard_deviation)
        hits += [f.ci_low <= true <= f.ci_high for f, true in zip(figures, truth, strict=True)]  # type: ignore[operator]
    low, high = binom.interval(0.9999, runs, 0.95)
    assert ((low <= hits) & (hits <= high)).all(), hits / runs


def test_a_wanted_precision_is_reached_and_holds_the_truth() -> None:
    """The stopping rule looks at widths alone: its intervals cover as well as those of a fixed size."""
    exact = exact_sixty()
    var, es = value_at_risk(exact, LEVEL), expected_shortfall(exact, LEVEL)
    runs, hits = 40, np.zeros(2)
    for seed in range(runs):
        found = tail_risk(*sixty(), precision=0.012, seed=1000 + seed)
        assert found.reached and not found.warnings
        for place, (figure, truth) in enumerate(((found.value_at_risk, var), (found.expected_shortfall, es))):
            assert figure.ci_high - figure.ci_low <= 2 * 0.012 * figure.value  # type: ignore[operator]
            hits[place] += figure.ci_low <= truth <= figure.ci_high  # type: ignore[operator]
    low, high = binom.interval(0.9999, runs, 0.95)
    assert ((low <= hits) & (hits <= high)).all(), hits / runs


@pytest.mark.slow
@pytest.mark.parametrize("how", [{"scenarios": 3_072}, {"precision": 0.012}])
def test_intervals_cover_in_a_thousand_runs(how: dict[str, float]) -> None:
    """With a fixed size and with a wanted precision; 1,000 runs tell 95 % from 93 %."""
    exact = exact_sixty()
    truth = (
        value_at_risk(exact, LEVEL), expected_shortfall(exact, LEVEL), standard_deviation(exact)
    )  # fmt: skip
    runs, hits = 1_000, np.zeros(3)
    for seed in range(runs):
        found = tail_risk(*sixty(), seed=20_000 + seed, **how)  # type: ignore[arg-type]
        figures = (found.value_at_risk, found.expected_shortfall, found.standard_deviation)
        hits += [f.ci_low <= true <= f.ci_high for f, true in zip(figures, truth, strict=True)]  # type: ignore[operator]
    low, high = binom.interval(0.99, runs, 0.95)
    # A VaR on whole euros has an interval that may be a little wide, never one that is narrow.
    assert (hits >= low).all() and (hits[1:] <= high).all(), hits / runs


def test_the_body_stays_right() -> None:
    """The defensive share keeps mean, quantiles and the distribution of the body; 4 standard errors."""
    exact = exact_sixty()
    found = tail_risk(*sixty(), scenarios=20_000, seed=3)
    assert found.expected_loss.value == pytest.approx(mean(exact), rel=1e-12)
    direct = found.sample.mean(found.sample.loss)
    assert abs(direct.value - mean(exact)) < 4.0 * direct.se
    for level in (0.5, 0.9, 0.99):
        figure = found.sample.value_at_risk(level)
        reached = float(exact.probabilities[: int(figure.high) + 1].sum())
        below = float(exact.probabilities[: max(int(figure.low), 0)].sum())
        assert below - 0.01 <= level <= reached + 0.01
    cdf = np.cumsum(exact.probabilities)
    for loss in (100, 400, 1200):
        beyond = found.sample.tail(float(loss))
        assert abs(beyond.value - (1.0 - cdf[loss])) < 4.0 * beyond.se
    table = found.distribution()
    assert table["probability"].sum() == pytest.approx(1.0, abs=1e-9)


def test_weights_have_mean_one_and_never_exceed_what_the_defensive_share_allows() -> None:
    for book, dependence in (sixty(), sixty(degrees_of_freedom=4.0), two_sectors(), many_factors(50)):
        sample = tail_risk(book, dependence, scenarios=8_000, seed=2).sample
        means = sample.weight.mean(axis=1)
        assert abs(means.mean() - 1.0) < 4.0 * means.std(ddof=1) / np.sqrt(means.size)
        assert sample.weight.min() > 0.0 and sample.weight.max() <= 5.0 + 1e-12


def test_far_fewer_scenarios_than_plain_simulation() -> None:
    """The same engine with and without importance sampling, per relative width of the VaR's interval."""
    book, dependence = many_factors(100)
    fast = tail_risk(book, dependence, scenarios=4_000, seed=1)
    slow = tail_risk(book, dependence, scenarios=64_000, seed=1, importance=False)
    assert np.all(slow.sample.weight == 1.0)
    widths = [f.value_at_risk.ci_high - f.value_at_risk.ci_low for f in (fast, slow)]  # type: ignore[operator]
    assert fast.scenarios * widths[0] ** 2 * 50 < slow.scenarios * widths[1] ** 2
    assert slow.value_at_risk.ci_low < fast.value_at_risk.value < slow.value_at_risk.ci_high  # type: ignore[operator]


def test_a_t_copula_with_random_lgd_agrees_with_brute_force() -> None:
    """NumPy draws of the model's own sentences: asset values, chi-squared mixing, probit LGDs."""
    freedom, sigma, n = 5.0, 0.4, 400_000
    book, dependence = sixty(degrees_of_freedom=freedom, lgd_sigma=sigma)
    book = portfolio(UNITS, 0.45, PDS, np.full((UNITS.size, 1), np.sqrt(RHO)))
    rng = np.random.default_rng(8)
    factor, mixing = rng.standard_normal(n), rng.chisquare(freedom, n) / freedom
    thresholds = student.ppf(PDS, freedom)
    loss = np.zeros(n)
    for units, threshold in zip(UNITS, thresholds, strict=True):
        value = (np.sqrt(RHO) * factor + np.sqrt(1 - RHO) * rng.standard_normal(n)) / np.sqrt(mixing)
        lgd = norm.cdf(ndtri(0.45) * np.sqrt(1 + sigma**2) + sigma * rng.standard_normal(n))
        loss += np.where(value <= threshold, lgd * units, 0.0)
    worst = np.sort(loss)[::-1]
    found = tail_risk(book, dependence, precision=0.01, seed=1)
    beyond = int(n * (1 - LEVEL))
    spread = int(4 * np.sqrt(beyond))
    var, es = found.value_at_risk, found.expected_shortfall
    assert worst[beyond + spread] < var.ci_low and var.ci_high < worst[beyond - spread]  # type: ignore[operator]
    error = np.hypot(worst[:beyond].std() / np.sqrt(beyond) * 1.5, es.se or 0.0)
    assert abs(es.value - worst[:beyond].mean()) < 4.0 * error  # type: ignore[operator]


def test_a_tail_of_two_directions_is_drawn_from_both() -> None:
    for correlation in (0.0, -0.5):
        book, dependence = two_sectors(correlation=correlation)
        found = tail_risk(book, dependence, precision=0.01, seed=4)
        plain = tail_risk(book, dependence, scenarios=400_000, seed=4, importance=False)
        assert found.drawing.law.shifts.shape[0] >= 2
        for name in ("value_at_risk", "expected_shortfall"):
            ours, brute = getattr(found, name), getattr(plain, name)
            assert abs(ours.value - brute.value) < 4.0 * np.hypot(ours.se, brute.se), name


def test_neither_workers_nor_rows_nor_batches_in_hand_move_a_result() -> None:
    book, dependence = many_factors(60, lgd_sigma=0.3)
    once = tail_risk(book, dependence, scenarios=4_000, workers=1)
    again = tail_risk(book, dependence, scenarios=4_000, workers=3)
    order = np.random.default_rng(1).permutation(60)
    turned = portfolio(book.exposure_eur[order], book.lgd[order], book.pd[order], book.loadings[order])
    other = tail_risk(turned, dependence, scenarios=4_000, workers=2)
    for found in (again, other):
        assert np.array_equal(found.sample.loss, once.sample.loss)
        assert np.array_equal(found.sample.weight, once.sample.weight)
        assert found.value_at_risk == once.value_at_risk
    told, _ = once.drawing.tell(5)
    assert np.array_equal(told[0], once.sample.loss[5])
    assert not np.array_equal(
        tail_risk(book, dependence, scenarios=4_000, seed=1).sample.loss, once.sample.loss
    )


def test_guarantees_move_the_tail_by_what_brute_force_says() -> None:
    """Pools with caps, a guarantor that may default and one that cannot: plain draws of the same model."""
    rng = np.random.default_rng(3)
    n = 60
    pd = np.append(np.full(n, 0.02), 0.03)
    loadings = np.full((n + 1, 1), np.sqrt(0.25))
    pool = np.where(np.arange(n) % 2 == 0, 0, -1)
    guarantor = np.where(np.arange(n) % 3 == 0, n, -1)
    book = portfolio(
        rng.uniform(50.0, 150.0, n), 0.6, pd, loadings, obligor=np.arange(n), cover=0.5, guarantor=guarantor,
        pool=pool, pool_cap_eur=[150.0], pays_in_default=0.25,
    )  # fmt: skip
    dependence = Dependence(year())
    found = tail_risk(book, dependence, precision=0.01, seed=5)
    plain = tail_risk(book, dependence, scenarios=300_000, seed=6, importance=False)
    for name in ("value_at_risk", "expected_shortfall", "expected_loss"):
        ours, brute = getattr(found, name), getattr(plain, name)
        assert abs(ours.value - brute.value) < 4.0 * np.hypot(ours.se, brute.se), name


def test_what_is_no_question_is_refused_with_the_value() -> None:
    for wrong, message in (
        ({"level": 1.0}, r"level\(=1.0\)"),
        ({"precision": 1.0}, r"precision\(=1.0\) must be in \(0, 1\)"),
        ({"scenarios": 10}, r"scenarios\(=10\) must be >= 3072"),
        ({"max_scenarios": 10}, r"max_scenarios\(=10\)"),
        ({"workers": 0}, r"workers\(=0\)"),
    ):
        with pytest.raises(ValueError, match=message):
            tail_risk(*sixty(), **wrong)  # type: ignore[arg-type]


def test_books_without_a_tail_have_answers_too() -> None:
    sure = portfolio([100.0, 50.0], 0.5, [1.0, 0.0], np.zeros((2, 1)))
    found = tail_risk(sure, Dependence(year()), seed=1)
    assert (found.value_at_risk.value, found.expected_shortfall.value) == (50.0, 50.0)
    nothing = portfolio([0.0], 0.5, [0.1], np.full((1, 1), 0.3))
    assert tail_risk(nothing, Dependence(year())).value_at_risk.value == 0.0
    empty = portfolio([], 0.5, [], np.zeros((0, 1)))
    assert tail_risk(empty, Dependence(year())).expected_shortfall.value == 0.0


def test_a_run_that_may_not_go_on_says_so() -> None:
    calls: list[tuple[int, int]] = []
    found = tail_risk(
        *many_factors(50), precision=0.001, max_scenarios=6_000, progress=lambda *told: calls.append(told)
    )
    assert not found.reached and "raise max_scenarios" in found.warnings[0]
    assert found.scenarios <= 6_500 and calls[-1][0] == found.scenarios


def test_losses_of_few_values_end_the_run_and_are_told() -> None:
    """Equal loans: between k and k + 1 defaults no number of scenarios helps. Exact: `credit.vasicek`."""
    loans, pd, rho = 20, 0.02, 0.2
    book = portfolio(np.ones(loans), 1.0, np.full(loans, pd), np.full((loans, 1), np.sqrt(rho)))
    level = float(np.cumsum(pool_probabilities(loans, pd, rho))[5])
    found = tail_risk(book, Dependence(year()), level=level, precision=0.01, seed=1)
    assert not found.reached and "so few values" in found.warnings[0]
    assert found.scenarios < 50_000
    assert found.value_at_risk.ci_low <= 5.0 <= found.value_at_risk.ci_high  # type: ignore[operator]


@pytest.mark.parametrize("sigma", [0.0, 0.5])
def test_one_large_name_is_a_tail_of_its_own(sigma: float) -> None:
    """A single loan larger than the rest: no factor brings it about, and its LGD may be high."""
    exposure = np.append(np.full(40, 10.0), 300.0)
    book = portfolio(exposure, 0.5, np.append(np.full(40, 0.02), 0.004), np.full((41, 1), np.sqrt(0.3)))
    dependence = Dependence(year(), lgd_sigma=sigma)
    exact = tail_risk(book, dependence, scenarios=400_000, seed=3, importance=False)
    found = tail_risk(book, dependence, scenarios=20_000, seed=1)
    ours, brute = found.expected_shortfall, exact.expected_shortfall
    assert abs(ours.value - brute.value) < 4.0 * np.hypot(ours.se or 0.0, brute.se or 0.0)  # type: ignore[operator]
    assert found.effective_size > 300.0


def test_a_tail_of_double_default_is_right_and_told_if_rough() -> None:
    """Without the default of both, covered loans lose nothing."""
    n = 20
    loadings = np.full((n + 1, 1), np.sqrt(0.3))
    book = portfolio(
        np.linspace(80.0, 120.0, n), 0.6, np.append(np.full(n, 0.02), 0.01), loadings, obligor=np.arange(n),
        cover=1.0, guarantor=np.full(n, n),
    )  # fmt: skip
    dependence = Dependence(year())
    found = tail_risk(book, dependence, scenarios=16_000, seed=1)
    plain = tail_risk(book, dependence, scenarios=400_000, seed=2, importance=False)
    ours, brute = found.expected_shortfall, plain.expected_shortfall
    assert abs(ours.value - brute.value) < 4.0 * np.hypot(ours.se or 0.0, brute.se or 0.0)  # type: ignore[operator]
    assert (found.effective_size < 100.0) == ("effective scenarios" in "".join(found.warnings))
