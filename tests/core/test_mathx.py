import math
import random
import struct
from decimal import Decimal
from fractions import Fraction
from hashlib import sha256
from itertools import pairwise

import pytest

from hybridsim.core import mathx
from tests.support.normal import density, lower_tail

N = 20_000


def draws(low, high, count=N, seed=1):
    rng = random.Random(seed)
    return [rng.uniform(low, high) for _ in range(count)]


def powers_of_ten(low, high, count=N):
    return [10.0**x for x in draws(low, high, count)]


def worst_ulps(function, reference, arguments):
    return max(
        abs(function(x) - reference(x)) / math.ulp(reference(x)) for x in arguments if reference(x) != 0.0
    )


def test_log_is_within_one_ulp_of_the_c_library():
    assert worst_ulps(mathx.log, math.log, powers_of_ten(-323, 308) + draws(0.5, 2.0)) <= 1.0


def test_exp_is_within_one_ulp_of_the_c_library():
    assert worst_ulps(mathx.exp, math.exp, draws(-745.0, 709.78) + draws(-1.0, 1.0)) <= 1.0


def test_log1p_neg_keeps_small_probabilities():
    arguments = powers_of_ten(-300, -0.001) + draws(0.0, 1.0) + draws(-3.0, 0.0)
    assert worst_ulps(mathx.log1p_neg, lambda p: math.log1p(-p), arguments) <= 2.0


def test_expit_is_accurate_in_both_tails():
    def reference(x):
        return 1.0 / (1.0 + math.exp(-x)) if x > 0 else math.exp(x) / (1.0 + math.exp(x))

    assert worst_ulps(mathx.expit, reference, draws(-700.0, 40.0)) <= 4.0


def test_logit_agrees_with_its_definition_in_exact_fractions():
    for p in powers_of_ten(-300, -0.31, 500) + draws(0.0, 1.0, 500):
        odds = Fraction(p) / (1 - Fraction(p))
        exact = (Decimal(odds.numerator) / Decimal(odds.denominator)).ln()
        assert abs(Decimal(mathx.logit(p)) - exact) <= Decimal("4e-16") * (1 + abs(exact))


def test_logit_undoes_expit():
    for x in draws(-30.0, 5.0, 2_000):
        assert mathx.logit(mathx.expit(x)) == pytest.approx(x, rel=1e-13, abs=1e-13)


def test_the_density_has_full_relative_accuracy_far_out():
    for x in draws(-37.0, 37.0, 500):
        assert abs(Decimal(mathx.norm_pdf(x)) / density(x) - 1) < 1e-15


def test_the_lower_tail_has_full_relative_accuracy_down_to_minus_37():
    for x in draws(-37.4, 0.0, 1_500):
        assert abs(Decimal(mathx.norm_cdf(x)) / lower_tail(x) - 1) < 1e-15, x


def test_the_upper_half_is_one_less_the_lower_tail():
    for x in draws(0.0, 9.0, 1_000):
        assert abs(Decimal(mathx.norm_cdf(x)) - (1 - lower_tail(-x))) < 2.3e-16


def test_the_distribution_function_is_continuous_where_its_pieces_meet():
    for border in (0.67448975, math.sqrt(32.0)):
        for x in (border, -border):
            below, above = math.nextafter(x, -9.0), math.nextafter(x, 9.0)
            assert mathx.norm_cdf(below) == pytest.approx(mathx.norm_cdf(above), rel=3e-15)


def test_a_quantile_solves_its_equation_to_the_last_bits():
    for p in powers_of_ten(-300, -0.302, 700) + draws(0.0, 0.5, 300):
        x = mathx.norm_ppf(p)
        error = (Decimal(p) - lower_tail(x)) / density(x)
        assert abs(error) <= Decimal("1e-15") * Decimal(max(abs(x), 1e-3)), p


def test_quantiles_are_symmetric():
    for k in range(1, 2_000):
        p = k / 4096.0
        assert mathx.norm_ppf(1.0 - p) == -mathx.norm_ppf(p)


@pytest.mark.parametrize(
    ("function", "grid"),
    [
        (mathx.exp, draws(-700.0, 700.0)),
        (mathx.log, powers_of_ten(-300, 300)),
        (mathx.norm_cdf, draws(-38.0, 8.0)),
        (mathx.norm_ppf, draws(0.0, 1.0)),
        (mathx.expit, draws(-700.0, 30.0)),
    ],
    ids=["exp", "log", "norm_cdf", "norm_ppf", "expit"],
)
def test_a_larger_argument_never_gives_a_smaller_value(function, grid):
    values = [function(x) for x in sorted(grid)]
    assert all(later >= earlier for earlier, later in pairwise(values))


def test_powers_are_products():
    for x in draws(0.5, 1.5, 200):
        for n in (0, 1, 2, 3, 7, 40, 161):
            assert mathx.powi(x, n) == pytest.approx(math.pow(x, n), rel=1e-13)
    assert mathx.powi(0.0, 0) == 1.0
    assert mathx.powi(-2.0, 3) == -8.0
    assert mathx.powi(10.0, 308) == pytest.approx(1e308)


EDGES = [
    (mathx.log, 0.0, -math.inf),
    (mathx.log, -0.0, -math.inf),
    (mathx.log, 1.0, 0.0),
    (mathx.log, math.inf, math.inf),
    (mathx.log, -1.0, math.nan),
    (mathx.log, -math.inf, math.nan),
    (mathx.log, 5e-324, -744.4400719213812),
    (mathx.exp, 0.0, 1.0),
    (mathx.exp, 710.0, math.inf),
    (mathx.exp, math.inf, math.inf),
    (mathx.exp, -746.0, 0.0),
    (mathx.exp, -math.inf, 0.0),
    (mathx.exp, -745.0, 5e-324),
    (mathx.log1p_neg, 0.0, 0.0),
    (mathx.log1p_neg, 1e-300, -1e-300),
    (mathx.log1p_neg, 1.0, -math.inf),
    (mathx.log1p_neg, 1.5, math.nan),
    (mathx.log1p_neg, -math.inf, math.inf),
    (mathx.expit, math.inf, 1.0),
    (mathx.expit, -math.inf, 0.0),
    (mathx.expit, 0.0, 0.5),
    (mathx.logit, 0.0, -math.inf),
    (mathx.logit, 1.0, math.inf),
    (mathx.logit, 0.5, 0.0),
    (mathx.logit, 1.5, math.nan),
    (mathx.logit, -0.5, math.nan),
    (mathx.norm_pdf, math.inf, 0.0),
    (mathx.norm_pdf, -1e300, 0.0),
    (mathx.norm_cdf, 0.0, 0.5),
    (mathx.norm_cdf, math.inf, 1.0),
    (mathx.norm_cdf, -math.inf, 0.0),
    (mathx.norm_cdf, -1e308, 0.0),
    (mathx.norm_ppf, 0.0, -math.inf),
    (mathx.norm_ppf, 1.0, math.inf),
    (mathx.norm_ppf, 0.5, 0.0),
    (mathx.norm_ppf, -0.1, math.nan),
    (mathx.norm_ppf, 1.1, math.nan),
]


@pytest.mark.parametrize(("function", "argument", "value"), EDGES)
def test_the_edges_of_a_function_are_defined(function, argument, value):
    result = function(argument)
    assert result == value or (math.isnan(result) and math.isnan(value))


@pytest.mark.parametrize(
    "function",
    [
        mathx.log,
        mathx.exp,
        mathx.log1p_neg,
        mathx.expit,
        mathx.logit,
        mathx.norm_pdf,
        mathx.norm_cdf,
        mathx.norm_ppf,
    ],
)
def test_a_nan_goes_through(function):
    assert math.isnan(function(math.nan))


def test_the_bits_are_the_same_on_every_machine():
    # Not a check of accuracy: the digest was taken once, and another CPU or C library has to reproduce it.
    grid = [math.ldexp(k * 2_654_435_761 % 2**32 + 0.5, -32) for k in range(4_000)]
    values = []
    for u in grid:
        values += [mathx.log(u), mathx.exp(40.0 * u - 20.0), mathx.log1p_neg(u), mathx.expit(20.0 * u - 10.0)]
        values += [mathx.logit(u), mathx.norm_pdf(8.0 * u - 4.0), mathx.norm_cdf(20.0 * u - 15.0)]
        values += [mathx.norm_ppf(u), mathx.norm_ppf(u * 1e-20), mathx.powi(u + 0.5, 37)]
    digest = sha256(struct.pack(f"<{len(values)}d", *values)).hexdigest()
    assert digest == "95e3e6ca6beb281272ca63b0ba574c06a7e7889f657a26171d440dae567ba69f"
